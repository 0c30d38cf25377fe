package demo

import (
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/moderation"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// storeExperiences writes what was told, with everything that hangs on it, notes
// when clinics answered, and returns the tales.
func storeExperiences(tx *db.Tx, c *content, w *crowd, p *places, trips map[string][]trip, o Options, answered map[int64]time.Time) ([]*tale, error) {
	catalogue, err := readCatalogue(tx)
	if err != nil {
		return nil, err
	}
	rates, err := experience.RatesOn(tx, o.Now)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	t := newTeller(c, w, o.Now, catalogue, rates.PerEuro)
	t.trips = trips
	tales, err := t.all(o.Scale)
	if err != nil {
		return nil, err
	}
	d := newDesk(t, p, tales)
	l := newLedger(t, tx, p, d)
	for _, x := range tales {
		if err := l.keep(x); err != nil {
			return nil, err
		}
	}
	votes := &table{name: "experience_votes", columns: []string{"experience_id", "person_id", "value", "counted", "cast_at"}}
	r := newReactions(t, tales)
	s := newTaleRows()
	for _, x := range tales {
		l.uncover(x)
		t.applause(x, votes)
		if err := r.react(x); err != nil {
			return nil, err
		}
		s.add(x, o.Now)
	}
	s.draft(w.byKey["quiet-heron"], t)
	if err := put(tx, append(s.tables(), votes, r.answers, r.changes, r.sightings)...); err != nil {
		return nil, err
	}
	batches, codes, declarations := d.batches()
	if err := put(tx, batches, codes, declarations); err != nil {
		return nil, err
	}
	for org, at := range r.latest {
		if answered[org].Before(at) {
			answered[org] = at
		}
	}
	if err := moderate(tx, w, tales); err != nil {
		return nil, err
	}
	fmt.Fprintf(logOf(o), "demo: %d experiences\n", len(tales))
	return tales, moveOn(tx, "experiences", "complications", "check_ins", "changes", "visit_batches", "experience_drafts")
}

func logOf(o Options) io.Writer {
	if o.Log == nil {
		return io.Discard
	}
	return o.Log
}

func readCatalogue(tx *db.Tx) (map[string]entry, error) {
	rows, err := tx.Pgx().Query(tx.Context(), `SELECT code, id, specialty_id, coalesce(outcome, ''), month24 FROM procedures`)
	if err != nil {
		return nil, fmt.Errorf("demo: read catalogue: %w", err)
	}
	out := map[string]entry{}
	var code string
	var e entry
	_, err = pgx.ForEachRow(rows, []any{&code, &e.ID, &e.Specialty, &e.Outcome, &e.TwoYears}, func() error { out[code] = e; return nil })
	if err != nil {
		return nil, fmt.Errorf("demo: read catalogue: %w", err)
	}
	return out, nil
}

// taleRows are the rows of all tales.
type taleRows struct {
	experiences, authorships, restricted, sealed, consents, procedures, lines, harms, checkIns, proofs, edits, stones, drafts *table
	harmID, checkInID                                                                                                         int64
}

func newTaleRows() *taleRows {
	return &taleRows{
		experiences: &table{name: "experiences", columns: []string{"id", "public_id", "pseudonym", "author_role", "organisation_id", "booked_via", "booked_organisation_id", "specialty_id", "procedure_id",
			"destination", "city", "origin_country", "quarter", "shown_period", "shown_treatment", "shown_origin", "age_band", "shown_age", "crowd", "title", "story", "story_html", "renderer", "lang", "incentive",
			"quoted_minor", "quoted_currency", "paid_minor", "paid_currency", "paid_ratio", "paid_euro_minor", "rated_on", "gap_reasons", "goal", "goal_achieved", "goal_told", "would_repeat", "worth_it",
			"complication", "worst_grade", "consent_lang", "interpreter", "nights_before_flight", "details", "answered", "asked", "known_days", "level", "counted", "helpful", "helpful_of",
			"state", "state_why", "version", "created_on", "published_on", "edited_on"}},
		authorships: &table{name: "authorships", columns: []string{"experience_id", "account_id", "person_id", "organisation_id", "quarter", "told"}},
		restricted:  &table{name: "experience_restricted", columns: []string{"experience_id", "answers"}},
		sealed:      &table{name: "experience_sealed", columns: []string{"experience_id", "answers"}},
		consents:    &table{name: "experience_consents", columns: []string{"experience_id", "purpose", "text_version", "given_at", "withdrawn_at"}},
		procedures:  &table{name: "experience_procedures", columns: []string{"experience_id", "position", "procedure_id", "state", "quantity", "side"}},
		lines:       &table{name: "experience_lines", columns: []string{"experience_id", "position", "line", "quoted_minor", "paid_minor"}},
		harms: &table{name: "complications", columns: []string{"id", "experience_id", "told", "kind", "onset_day", "grade", "at_discharge", "certainty", "treated_where", "days_in_hospital", "reoperation",
			"payer", "resolved", "reported_to_clinic", "clinic_reaction"}},
		checkIns: &table{name: "check_ins", columns: []string{"id", "experience_id", "moment", "due_on", "closes_on", "status", "goal_achieved", "worth_it", "complication", "note", "agrees", "done_on"}},
		proofs:   &table{name: "visit_proofs", columns: []string{"experience_id", "kind", "organisation_id", "quarter", "specialty_id", "sources", "amount_seen", "seen_on"}},
		edits:    &table{name: "experience_edits", columns: []string{"experience_id", "version", "title", "story", "story_html", "written_on", "replaced_on"}},
		stones:   &table{name: "tombstones", columns: []string{"experience_id", "kind", "reason", "asked_by", "made_on", "appeal_until"}},
		drafts:   &table{name: "experience_drafts", columns: []string{"account_id", "answers", "pseudonym", "created_at", "updated_at"}},
	}
}

func (s *taleRows) tables() []*table {
	return []*table{s.experiences, s.authorships, s.restricted, s.sealed, s.consents, s.procedures, s.lines, s.harms, s.checkIns, s.proofs, s.edits, s.stones, s.drafts}
}

func (s *taleRows) add(x *tale, now time.Time) {
	k := &x.kept
	why := ""
	if x.state == experience.Removed || x.state == experience.Restricted {
		why = moderation.ReasonKey(goneFor)
	}
	gaps := []string(k.GapReasons)
	if gaps == nil {
		gaps = []string{}
	}
	s.experiences.add(k.ID, k.PublicID, k.Pseudonym, k.AuthorRole, k.OrganisationID, k.BookedVia, k.BookedOrganisationID, k.SpecialtyID, k.ProcedureID,
		k.Destination, k.City, k.OriginCountry, k.Quarter, k.ShownPeriod, k.ShownTreatment, k.ShownOrigin, k.AgeBand, k.ShownAge, k.Crowd, k.Title, k.Story, k.StoryHTML, k.Renderer, k.Lang, k.Incentive,
		k.QuotedMinor, k.QuotedCurrency, k.PaidMinor, k.PaidCurrency, k.PaidRatio, k.PaidEuroMinor, k.RatedOn, gaps, k.Goal, k.GoalAchieved, k.GoalTold, k.WouldRepeat, k.WorthIt,
		k.Complication, k.WorstGrade, k.ConsentLang, k.Interpreter, k.NightsBeforeFlight, answersJSON(k.Details), k.Answered, k.Asked, k.KnownDays, k.Level, k.Counted, k.Helpful, k.HelpfulOf,
		k.State, why, k.Version, k.CreatedOn, k.PublishedOn, k.EditedOn)
	s.authorships.add(k.ID, x.author.ID, x.author.ID, k.OrganisationID, k.Quarter, !x.gone())
	if len(k.restricted) > 0 {
		s.restricted.add(k.ID, answersJSON(k.restricted))
	}
	if len(k.sealed) > 0 {
		s.sealed.add(k.ID, answersJSON(k.sealed))
	}
	s.consent(x, now)
	for _, p := range k.treated {
		s.procedures.add(k.ID, p.Position, p.ProcedureID, p.State, p.Quantity, p.Side)
	}
	for _, l := range k.lines {
		s.lines.add(k.ID, l.Position, l.Line, l.QuotedMinor, l.PaidMinor)
	}
	for _, h := range k.harms {
		s.harmID++
		s.harms.add(s.harmID, k.ID, h.Told, h.Kind, h.OnsetDay, h.Grade, h.AtDischarge, h.Certainty, h.TreatedWhere, h.DaysInHospital, h.Reoperation, h.Payer, h.Resolved, h.ReportedToClinic, h.ClinicReaction)
	}
	for _, c := range k.checkIns {
		s.checkInID++
		s.checkIns.add(s.checkInID, k.ID, c.Moment, c.DueOn, c.ClosesOn, c.Status, c.GoalAchieved, c.WorthIt, c.Complication, c.Note, c.Agrees, c.DoneOn)
	}
	for _, p := range k.proofs {
		s.proofs.add(k.ID, p.Kind, p.OrganisationID, string(p.Quarter), p.SpecialtyID, p.Sources, p.AmountSeen, p.SeenOn)
	}
	if x.first != "" {
		s.edits.add(k.ID, 1, k.Title, x.first, text.Markdown(x.first), x.told, x.edited)
	}
	s.stone(x)
}

// goneFor is the reason of what the platform took away.
const goneFor = "fake"

// stone says what stood there.
func (s *taleRows) stone(x *tale) {
	on := x.published.AddDate(0, 0, 6)
	switch x.state {
	case experience.Withdrawn:
		s.stones.add(x.kept.ID, experience.Withdrawn, "", "author", on, nil)
	case experience.Removed:
		s.stones.add(x.kept.ID, experience.Removed, moderation.ReasonKey(goneFor), "platform", on, on.AddDate(0, 6, 0))
	}
}

// consent is what the author agreed to: publishing always, the rest by the
// numbers of the experience.
func (s *taleRows) consent(x *tale, now time.Time) {
	var withdrawn any
	if x.gone() {
		withdrawn = x.published.AddDate(0, 0, 6)
	}
	for i, purpose := range experience.Purposes {
		if i == 0 || x.kept.ID%int64(i+2) != 0 {
			s.consents.add(x.kept.ID, purpose, experience.ConsentVersion, earlier(x.told.Add(8*time.Hour), now), withdrawn)
		}
	}
}

// draft is one that was begun: it can be tried out by going on with it.
func (s *taleRows) draft(m *member, t *teller) {
	begun := t.now.Add(-26 * time.Hour)
	answers := experience.Answers{"clinic": {"sargalomb-dental"}, "procedure": {"den.crown"}, "quarter": {string(visit.Of(t.today.AddDate(0, 0, -30)))},
		"author_role": {"patient"}, "adult": {"yes"}, "origin_country": {"IE"}, "title": {"A small repair, an hour from the big one."}, "lang": {"en"}}
	s.drafts.add(m.ID, answersJSON(answers), experience.Pseudonym(t.r), begun, begun)
}

// moderate puts what was submitted before the moderators, and notes who
// restricted what.
func moderate(tx *db.Tx, w *crowd, tales []*tale) error {
	for _, x := range tales {
		switch x.state {
		case experience.Submitted:
			if err := moderation.Suggest(tx, "experience", x.kept.ID, 0); err != nil {
				return fmt.Errorf("demo: %w", err)
			}
		case experience.Restricted, experience.Removed:
			if err := decided(tx, x, w.byKey["stone-bridge"], w.byKey["calm-ledger"]); err != nil {
				return err
			}
		}
	}
	return nil
}

// decided notes that one moderator proposed to take an experience away, and a
// second one agreed.
func decided(tx *db.Tx, x *tale, first, second *member) error {
	at := x.published.AddDate(0, 0, 5).Add(11 * time.Hour)
	var caseID, proposal int64
	for _, do := range []struct {
		sql  string
		args []any
		into *int64
	}{
		{`INSERT INTO moderation_cases (ask, kind, ref, reports, opened_at, due_at, decided_at) VALUES ('report', 'experience', $1, 0, $2, $3, $4) RETURNING id`,
			[]any{x.kept.ID, at, at.Add(24 * time.Hour), at.Add(20 * time.Hour)}, &caseID},
		{`INSERT INTO moderation_decisions (case_id, kind, ref, decision, reason, statement, title, moderator_id, reports, decided_at) VALUES ($1, 'experience', $2, 'propose', $3, '', $4, $5, 0, $6) RETURNING id`,
			[]any{&caseID, x.kept.ID, goneFor, x.Title, first.ID, at.Add(2 * time.Hour)}, &proposal},
		{`INSERT INTO moderation_decisions (case_id, kind, ref, decision, reason, statement, title, moderator_id, reports, proposal_id, decided_at)
			VALUES ($1, 'experience', $2, 'hide', $3, $7, $4, $5, 0, $8, $6) RETURNING id`,
			[]any{&caseID, x.kept.ID, goneFor, x.Title, second.ID, at.Add(20 * time.Hour), "The same account was sent for two other places, word for word.", &proposal}, new(int64)},
	} {
		if err := tx.Pgx().QueryRow(tx.Context(), do.sql, do.args...).Scan(do.into); err != nil {
			return fmt.Errorf("demo: note decision: %w", err)
		}
	}
	return nil
}
