package shaping

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/money"
	"caravan/internal/wording"
)

// What stands beside the lines: who signed, where the package comes from, what
// people would pay, and what was kept of promises before.

// signedView is the commitment, nil where there is none.
func (k *known) signedView(lang string) *SignedView {
	c := k.commitment
	if c == nil {
		return nil
	}
	v := &SignedView{Name: c.SignerName, Title: c.SignerTitle, Hash: hashWords(c.ContentHash), At: c.SignedAt, Until: c.ValidUntil, PriceUntil: c.PriceLockedUntil,
		Capacity: c.Capacity, Left: max(0, c.Capacity-k.enrolled), State: string(c.State), StateName: say(lang, "commitment_"+string(c.State))}
	v.LeftText = say(lang, "places", "count", v.Left, "of", wording.Number(lang, c.Capacity))
	for _, m := range k.versions {
		if m.ID == c.VersionID {
			v.Version, v.VersionPath = m.Number, packagePath(k.Slug)+"/versions/"+strconv.Itoa(m.Number)
		}
	}
	for key, remedy := range c.Remedies {
		name := key
		if l, ok := k.newest.Find(key); ok {
			name, _ = nameOf(lang, l.Item, k.Lang)
		}
		v.Remedies = append(v.Remedies, RemedyView{name, remedy})
	}
	slices.SortFunc(v.Remedies, func(a, b RemedyView) int { return strings.Compare(a.Line, b.Line) })
	return v
}

func (s *Service) lineageViews(lang string, k *known) (out []LineageView) {
	for _, l := range k.lineage {
		v := LineageView{Says: say(lang, "from_"+l.Relation), Path: packagePath(l.Slug), Title: l.Title, Lang: l.Lang}
		note := []string{}
		if l.OrgName != "" {
			note = append(note, l.OrgName)
		}
		if l.PriceMinor != nil {
			note = append(note, money.Amount{Minor: *l.PriceMinor, Currency: l.Currency}.Format(lang))
		}
		note = append(note, say(lang, "state_"+string(l.State)))
		v.Note = strings.Join(note, " · ")
		out = append(out, v)
	}
	return out
}

func (s *Service) stayViews(lang, procedure string, k *known) (out []StayView) {
	for _, st := range Short(procedure, k.newest) {
		v := StayView{Line: st.Item, Says: st.Say(lang), Answer: k.StayAnswers[st.Item], Source: st.Source.Publisher + ": " + st.Source.Title, SourceURL: st.Source.URL, Lang: k.Lang}
		if l, ok := k.newest.Find(st.Item); ok {
			v.Line, _ = nameOf(lang, l.Item, k.Lang)
		}
		out = append(out, v)
	}
	return out
}

// offersPath is where the offers that answer a call stand side by side, line by
// line on the lines of the call; empty for fewer than two.
func (k *known) offersPath() string {
	q := url.Values{}
	for _, l := range k.offers() {
		if len(q["p"]) < mostCompared {
			q.Add("p", l.Slug)
		}
	}
	if len(q["p"]) < 2 {
		return ""
	}
	return "/packages/compare?" + q.Encode()
}

// figures are what is counted over many rows, and changes slowly.
type figures struct {
	curve    []Point
	said     int // people who named a price
	expected float64
	quarters int // of the way to the next step, in percent; of steps that were reached 100
	unlocked int
	mean     float64 // of votes in the treatment's packages
	promises promiseParts
	record   *RecordView
}

// past is what came of a line before, in sentences.
func (f *figures) past(it Item) []string { return f.promises.Past[it.Key] }

// figuresOf reads what stands beside the lines.
func (s *Service) figuresOf(q *db.Tx, lang string, k *known) (*figures, error) {
	f := &figures{}
	var err error
	if f.mean, err = meanOf(q, k.ProcedureID); err != nil {
		return nil, err
	}
	if f.curve, f.said, f.expected, f.unlocked, f.quarters, err = demand(q, k.Package); err != nil {
		return nil, err
	}
	if f.promises, err = s.promisePieces(q, lang, k.Package); err != nil {
		return nil, err
	}
	if k.OrganisationID != nil {
		f.record, err = recordView(q, lang, *k.OrganisationID)
	}
	return f, err
}

// into adds the figures to a page.
func (f *figures) into(lang string, k *known, v *PackageView) {
	price, ok := k.newest.Price()
	if ok && len(f.curve) > 0 {
		d := chart.Demand{ID: "d-demand", Offer: price, Said: f.said}
		for _, p := range f.curve {
			d.Points = append(d.Points, chart.Taker{Minor: p.PriceMinor, Price: money.Amount{Minor: p.PriceMinor, Currency: k.Currency}.Format(lang), N: p.Takers})
		}
		drawn := d.Draw(lang)
		v.Demand = &drawn
		v.DemandNote = say(lang, "demand_note", "count", f.said, "expected", wording.Number(lang, int(f.expected+0.5)))
	}
	for i, st := range k.Steps {
		x := StepView{People: say(lang, "step_people", "count", st.People), Gives: st.Gives, Reached: i < f.unlocked}
		if i == f.unlocked {
			x.Next, x.Percent, x.Drawing = true, f.quarters, chart.Quarters(lang, f.quarters)
		}
		v.Steps = append(v.Steps, x)
	}
	v.Promises, v.Refused, v.Record = f.promises.Ledger, f.promises.Refused, f.record
}
