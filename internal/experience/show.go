package experience

import (
	"context"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/answer"
	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/money"
	"caravan/internal/translog"
	"caravan/internal/visit"
	"caravan/internal/wording"
	"caravan/web"
)

// alikes is how many similar experiences stand below one.
const alikes = 3

// appealTime is for how long a decision can be appealed against.
const appealMonths = 6

func pageKey(lang, publicID string, h head) string {
	return lang + " " + publicID + " " + strconv.Itoa(h.Version)
}

// forgetBody has a page made anew for who has just changed something on it.
func (s *Service) forgetBody(lang, publicID string, h head) {
	s.kept.pages.Drop(pageKey(lang, publicID, h))
}

// body makes what is the same for every reader of an experience, or takes what
// was made within the last second.
func (s *Service) body(ctx context.Context, lang, publicID string, h head) (*pageBody, error) {
	return s.kept.pages.Take(ctx, pageKey(lang, publicID, h), func(ctx context.Context) (*pageBody, error) {
		b, err := s.makeBody(s.db.Read(ctx), lang, publicID, h.ID)
		if err != nil {
			return nil, err
		}
		b.pieces, err = b.write(lang)
		return b, err
	})
}

// write makes the pieces of the page that are the same for every reader.
func (b *pageBody) write(lang string) (p pieces, err error) {
	for _, piece := range []struct {
		part web.PartOf[pageBody]
		into *template.HTML
	}{{openingPart, &p.Opening}, {tellingPart, &p.Telling}, {besidePart, &p.Beside}, {alikePart, &p.Alike}} {
		if *piece.into, err = piece.part.HTML(lang, *b); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (s *Service) makeBody(q *db.Tx, lang, publicID string, id int64) (*pageBody, error) {
	x, err := findTold(q, id)
	if err != nil {
		return nil, err
	}
	v := s.storyView(lang, x)
	b := &pageBody{
		PublicID: publicID, Path: Path(publicID),
		Title: v.Title, Lang: v.Lang, Pseudonym: v.Pseudonym, Role: v.Role, Period: v.Period, Treatment: v.Treatment, Clinic: v.Clinic, ClinicPath: v.ClinicPath, Place: v.Place,
		Level: int(x.Level), EditedOn: x.EditedOn, Edits: x.Version - 1, Records: recordsView(lang, x, s.hasCard(x.ProcedureID)),
		Written: wording.Text(lang, "experience.read_written", "lang", languageName(lang, x.Lang)),
	}
	if x.PublishedOn != nil {
		b.PublishedOn = *x.PublishedOn
	}
	for _, m := range x.Masks {
		if m.Version == x.Version {
			b.Masked++
		}
	}
	p, _ := s.provider.ProcedureByID(x.ProcedureID)
	b.Specialty = p.SpecialtyName(lang)
	if x.ShownTreatment == "procedure" {
		b.ProcedurePath = query{Procedure: p.Code}.address()
	}
	if b.Story, err = storyPart.HTML(lang, v); err != nil {
		return nil, err
	}
	return b, s.around(q, lang, x, b)
}

// around adds what other features and other experiences say.
func (s *Service) around(q *db.Tx, lang string, x told, b *pageBody) error {
	proofs, err := visit.Proofs(q, []int64{x.ID})
	if err != nil {
		return err
	}
	if b.Badge, err = visit.BadgePart.HTML(lang, visit.Badge(lang, int(x.Level), x.shownProofs(proofs[x.ID]))); err != nil {
		return err
	}
	if b.Followed, err = s.followedVersion(q, lang, x.ID); err != nil {
		return err
	}
	a, err := answer.Of(q, lang, x.ID, s.db.Now())
	if err != nil {
		return err
	}
	if a != nil {
		if b.Answer, err = answer.Part.HTML(lang, *a); err != nil {
			return err
		}
	}
	if x.Crowd >= leastCrowd && x.RatedOn != nil {
		rates, err := RatesOn(q, *x.RatedOn)
		if err != nil {
			return err
		}
		b.Journey = journeyWords(lang, JourneyOf(x.Experience, rates))
	}
	f := Filter{Limit: alikes, Specialty: x.SpecialtyID}
	if x.ShownTreatment == "procedure" {
		f = Filter{Limit: alikes, Procedure: x.ProcedureID}
	}
	rows, _, err := listExperiences(q, f)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r listRow) bool { return r.ID == x.ID })
	if rows = rows[:min(alikes, len(rows))]; len(rows) > 0 {
		b.Similar, err = cardsPart.HTML(lang, s.cards(lang, rows))
	}
	return err
}

// shownProofs are proofs as coarse as the experience itself: where only the
// year is shown, nothing says the quarter or when it was looked at.
func (e Experience) shownProofs(in []visit.Proof) []visit.Proof {
	out := slices.Clone(in)
	for i := range out {
		if e.ShownPeriod == "year" {
			out[i].Quarter, out[i].SeenOn = "", time.Time{}
		}
	}
	return out
}

// recordsView says which records were handed over; nil if nobody told.
func recordsView(lang string, x told, card bool) *RecordsView {
	told := x.Details["records_received"]
	if !tells(told) {
		return nil
	}
	want := slices.Clone(fullRecords)
	if card {
		want = append(want, implantCard)
	}
	v := &RecordsView{}
	have := 0
	for _, r := range told {
		if r != "none" {
			v.Got = append(v.Got, within(valueName(lang, "records_received", r)))
		}
	}
	for _, r := range want {
		if slices.Contains(told, r) {
			have++
		} else {
			v.Missing = append(v.Missing, within(valueName(lang, "records_received", r)))
		}
	}
	v.Of = chart.Of(lang, have, len(want))
	return v
}

// journeyWords says what the whole journey cost, as far as it was told; "" if
// only the treatment was.
func journeyWords(lang string, j Journey) string {
	if len(j.Known) < 2 || !slices.Contains(j.Known, "paid") {
		return ""
	}
	names := func(list []string) string {
		var out []string
		for _, n := range list {
			if n != "paid" {
				out = append(out, wording.Text(lang, "experience.read_cost_"+n))
			}
		}
		return strings.Join(out, wording.Text(lang, "common.comma"))
	}
	total := money.Amount{Minor: (j.EuroMinor + 50) / 100 * 100, Currency: "EUR"}
	s := wording.Text(lang, "experience.read_journey", "parts", names(j.Known), "amount", total.Format(lang))
	if missing := names(j.Unknown); missing != "" {
		s += " " + wording.Text(lang, "experience.read_journey_missing", "parts", missing)
	}
	return s
}

// goneView is what stands where an experience was.
func (s *Service) goneView(q *db.Tx, lang string, h head) (v GoneView, err error) {
	r, err := findGone(q, h.ID)
	if err != nil {
		return v, err
	}
	v = GoneView{Kind: r.State, Clinic: r.Clinic, ClinicPath: "/clinics/" + r.Slug, By: "platform", Log: translog.HistoryPath(leaf.Experience, r.PublicID)}
	why := r.StateWhy
	if t, ok, err := findTombstone(q, h.ID); err != nil {
		return v, err
	} else if ok {
		v.On, v.By, v.Appeal = t.MadeOn, t.AskedBy, t.AppealUntil
		if t.Reason != "" {
			why = t.Reason
		}
	}
	if r.State == Restricted {
		if v.On, err = hiddenOn(q, h.ID); err != nil {
			return v, err
		}
		if !v.On.IsZero() {
			until := v.On.AddDate(0, appealMonths, 0)
			v.Appeal = &until
		}
	}
	if why != "" && wording.Has(why) && r.State != Withdrawn {
		v.Why = wording.Text(lang, why)
	}
	return v, nil
}

// wordings are all versions of an experience's words, the newest first, each
// with what is masked in it.
func (s *Service) wordings(q *db.Tx, lang, publicID string, id int64) (v WordingsView, err error) {
	x, err := findTold(q, id)
	if err != nil {
		return v, err
	}
	edits, err := listEdits(q, id)
	if err != nil {
		return v, err
	}
	v.Path = Path(publicID)
	now := WordingView{Version: x.Version, Title: x.covered(lang, "title", x.Title), Lang: x.Lang, HTML: x.storyHTML(lang), Now: true, From: x.CreatedOn}
	if x.EditedOn != nil {
		now.From = *x.EditedOn
	}
	v.Wordings = append(v.Wordings, now)
	for _, e := range edits {
		old := x
		old.Version, old.Story, old.StoryHTML = e.Version, e.Story, e.StoryHTML
		v.Wordings = append(v.Wordings, WordingView{Version: e.Version, Title: old.covered(lang, "title", e.Title), Lang: x.Lang, HTML: old.storyHTML(lang), From: e.WrittenOn})
	}
	return v, nil
}
