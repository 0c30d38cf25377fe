package experience

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// What the public log records of an experience is what everybody may read of it
// under every circumstance: no age and no origin, which are shown only where
// enough others share them, and amounts by two figures, as they are shown where
// few fit. Whenever that changes there is another version in the log.

// Logged is what the public log asks of experiences.
type Logged struct{}

var (
	_ translog.Holder  = Logged{}
	_ translog.Figures = Logged{}
)

// Kind is what the public log calls experiences.
func (Logged) Kind() string { return leaf.Experience }

// Shown are the bodies of those experiences that everybody can read now.
func (Logged) Shown(q *db.Tx, publicIDs []string) (map[string]map[string]any, error) {
	all, err := listRecords(q, publicIDs, nil)
	if err != nil {
		return nil, err
	}
	out := make(map[string]map[string]any, len(all))
	for _, x := range all {
		if x.State == Published {
			out[x.PublicID] = x.body()
		}
	}
	return out, nil
}

// record hands to the public log what it does not hold yet of an experience
// that is shown. It belongs to every transaction that changes what is shown.
func record(tx *db.Tx, id int64) error { return recordAll(tx, []int64{id}) }

func recordAll(tx *db.Tx, ids []int64) error {
	all, err := listRecords(tx, nil, ids)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.State != Published {
			continue
		}
		err := translog.Tell(tx, leaf.Experience, x.PublicID, x.body(), func(version int, commit string) leaf.Entry {
			return leaf.Told{Exp: x.PublicID, Version: version, Clinic: x.ClinicSlug, Level: int(x.Level), Counted: x.Counted, Period: x.recordedPeriod(), Commit: commit}.Entry()
		})
		if err != nil {
			return fmt.Errorf("experience: record: %w", err)
		}
	}
	return nil
}

// forgetRecord destroys what the log's commitments are opened with, and says in
// the log that the experience was taken away and who asked for it.
func forgetRecord(tx *db.Tx, e Experience, askedBy string) error {
	first, err := translog.Once(tx, leaf.ExpErase, e.PublicID, 1)
	if err != nil || !first || e.PublishedOn == nil {
		return err
	}
	clinic, err := findSlug(tx, e.OrganisationID)
	if err != nil {
		return err
	}
	// The clinic's answer speaks of it, and goes with it.
	for _, kind := range []string{leaf.Experience, leaf.Reply} {
		if err := translog.Erase(tx, kind, e.PublicID); err != nil {
			return err
		}
	}
	entry := leaf.Erased(e.PublicID, clinic, askedBy, tx.Now)
	return translog.Add(tx, entry.Kind, entry.Body)
}

// coverRecord replaces all that was recorded of an experience's words by what is
// left of them: a passage was covered, and older openings still had it.
func coverRecord(tx *db.Tx, id int64) error {
	all, err := listRecords(tx, nil, []int64{id})
	if err != nil || len(all) == 0 {
		return err
	}
	if err := translog.Erase(tx, leaf.Experience, all[0].PublicID); err != nil {
		return err
	}
	return record(tx, id)
}

// recordBatch is how many experiences are recorded in one transaction.
const recordBatch = 200

// RecordMissing hands to the public log what was published before there was one,
// or brought in beside the acts. It is a job that ends with a few rows.
func (s *Service) RecordMissing(ctx context.Context) error {
	return s.backlog.Record(ctx, s.db, func(tx *db.Tx) (int, error) {
		ids, err := lockUnrecorded(tx, recordBatch)
		if err != nil {
			return 0, err
		}
		if len(ids) == 0 {
			return 0, recordStones(tx)
		}
		return len(ids), recordAll(tx, ids)
	})
}

// recordStones says in the log what was taken away before there was one.
func recordStones(tx *db.Tx) error {
	rows, err := listUnrecordedStones(tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if first, err := translog.Once(tx, leaf.ExpErase, r.PublicID, 1); err != nil || !first {
			return err
		}
		e := leaf.Erased(r.PublicID, r.Clinic, r.AskedBy, r.MadeOn)
		if err := translog.Add(tx, e.Kind, e.Body); err != nil {
			return err
		}
	}
	return nil
}

// Figures are what the site shows of each clinic.
func (Logged) Figures(q *db.Tx) (all []leaf.Figures, ready bool, err error) {
	left, err := anyUnrecorded(q)
	if err != nil || left {
		return nil, false, err
	}
	all, err = listFigures(q, Enough)
	return all, true, err
}

// recorded is an experience with what the log holds of it, read for many at once.
type recorded struct {
	Experience
	ClinicSlug    string
	Complications []Complication
	CheckIns      []CheckIn
	Masks         []Mask
}

// recordedPeriod is when the treatment was, as coarsely as it is shown.
func (x recorded) recordedPeriod() string {
	if x.ShownPeriod == "year" && len(x.Quarter) >= 4 {
		return x.Quarter[:4]
	}
	return x.Quarter
}

// body is what the commitment hides.
func (x recorded) body() map[string]any {
	b := map[string]any{
		"clinic": x.ClinicSlug, "level": int64(x.Level), "counted": x.Counted, "quarter": x.recordedPeriod(), // in the clear too
		"pseudonym": x.Pseudonym, "role": x.AuthorRole, "lang": x.Lang, "title": x.bare("title", x.Title, x.Version), "story": x.bare("story", x.Story, x.Version), "goal": x.bare("goal", x.Goal, x.Version),
		"goal_told": x.GoalTold, "would_repeat": x.WouldRepeat, "worth_it": x.WorthIt, "complication": x.Complication, "incentive": x.Incentive, "ai_used": x.AIUsed,
		"gap_reasons": texts(x.GapReasons), "consent_lang": x.ConsentLang, "interpreter": x.Interpreter,
		"details": x.recordedDetails(), "complications": x.recordedHarm(), "check_ins": x.recordedCheckIns(),
	}
	putNumber(b, "goal_achieved", x.GoalAchieved)
	putNumber(b, "worst_grade", x.WorstGrade)
	putNumber(b, "nights_before_flight", x.NightsBeforeFlight)
	for name, of := range map[string]func() (*int64, *string){"quoted": func() (*int64, *string) { return x.QuotedMinor, x.QuotedCurrency }, "paid": func() (*int64, *string) { return x.PaidMinor, x.PaidCurrency }} {
		if a, ok := amount(of()); ok {
			a = rounded(a)
			b[name] = map[string]any{"minor": a.Minor, "currency": a.Currency}
		}
	}
	return b
}

// bare is a text with what is covered in it, in no language.
func (x recorded) bare(field, s string, version int) string {
	var own []Mask
	for _, m := range x.Masks {
		if m.Field == field && m.Version == version {
			own = append(own, m)
		}
	}
	slices.SortFunc(own, func(a, b Mask) int { return cmp.Compare(a.FirstByte, b.FirstByte) })
	var out []byte
	at := 0
	for _, m := range own {
		first, end := min(max(m.FirstByte, at), len(s)), min(max(m.EndByte, at), len(s))
		if end <= at {
			continue
		}
		out = append(append(out, s[at:first]...), "["+m.Class+"]"...)
		at = end
	}
	return string(append(out, s[at:]...))
}

func (x recorded) recordedDetails() map[string]any {
	out := map[string]any{}
	for name, v := range x.Details {
		if f, ok := FieldNamed(name); ok && f.Class == Public && f.Input != Money {
			out[name] = texts(v)
		}
	}
	return out
}

func (x recorded) recordedHarm() []any {
	out := []any{}
	for _, c := range x.Complications {
		m := map[string]any{"told": c.Told, "kind": c.Kind, "treated_where": c.TreatedWhere, "payer": c.Payer, "resolved": c.Resolved, "clinic_reaction": c.ClinicReaction}
		putNumber(m, "grade", c.Grade)
		out = append(out, m)
	}
	return out
}

func (x recorded) recordedCheckIns() []any {
	out := []any{}
	for _, c := range inOrder(x.CheckIns) {
		if c.Status != Done {
			continue
		}
		m := map[string]any{"moment": c.Moment, "worth_it": c.WorthIt, "complication": c.Complication, "note": x.bare("note_"+c.Moment, c.Note, 1)}
		putNumber(m, "goal_achieved", c.GoalAchieved)
		out = append(out, m)
	}
	return out
}

func putNumber(m map[string]any, key string, n *int16) {
	if n != nil {
		m[key] = int64(*n)
	}
}

func texts(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}
