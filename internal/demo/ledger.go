package demo

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/money"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// kept is a tale as its tables have it.
type kept struct {
	experience.Experience
	proofs     []visit.Proof
	checkIns   []experience.CheckIn
	harms      []experience.Complication
	treated    []experience.Treated
	lines      []experience.Line
	restricted experience.Answers
	sealed     experience.Answers
}

// ledger turns tales into rows, in the order in which they were told, so that
// each knows those before it.
type ledger struct {
	t      *teller
	tx     *db.Tx
	places *places
	desk   *desk
	rates  map[visit.Quarter]experience.Rates
	census map[int64]*tally
	lastID int64
}

// tally is what is published of a clinic so far.
type tally struct {
	counted                int
	specialty, procedure   map[string]int // by id, and by quarter and id, and by year and id
	origin, age            map[string]int
	declared, declaredYear map[string]int
	declaredOf             map[string]int
}

func newLedger(t *teller, tx *db.Tx, p *places, d *desk) *ledger {
	return &ledger{t: t, tx: tx, places: p, desk: d, rates: map[visit.Quarter]experience.Rates{}, census: map[int64]*tally{}}
}

// keep makes the rows of a tale.
func (l *ledger) keep(x *tale) error {
	l.lastID++
	k := &x.kept
	main := l.t.catalogue[x.Procedures[0].Code]
	org := l.places.organisations[x.clinic.Slug].id
	k.Experience = experience.Experience{ID: l.lastID, PublicID: l.publicID(), Pseudonym: x.Pseudonym, AuthorRole: nonEmpty(x.Role, "patient"), OrganisationID: org, BookedVia: nonEmpty(x.Via, "unknown"),
		SpecialtyID: main.Specialty, ProcedureID: main.ID, Destination: x.clinic.Country, City: x.clinic.City, OriginCountry: &x.Origin, AgeBand: &x.Age,
		Quarter: string(x.quarter()), Title: x.Title, Story: x.Story.String(), Renderer: text.RendererVersion, Lang: x.Lang, Incentive: x.Incentive, GapReasons: x.Gap, Goal: x.Goal,
		WouldRepeat: x.Repeat, WorthIt: "unknown", Complication: nonEmpty(x.Complication, "none"), Details: experience.Answers{}, State: x.state, Version: 1, CreatedOn: x.told}
	if b, ok := l.places.organisations[x.Booked]; ok {
		k.BookedOrganisationID = &b.id
	}
	k.StoryHTML = text.Markdown(k.Story)
	if !x.published.IsZero() {
		k.PublishedOn = &x.published
	}
	if x.first != "" {
		k.Version, k.EditedOn = 2, &x.edited
	}
	k.checkIns = x.checkIns(l.t.today, main.TwoYears)
	l.answers(x)
	if err := l.parts(x); err != nil {
		return err
	}
	k.proofs = l.desk.proofs(x, k.ID)
	rates, err := l.ratesFor(x.quarter())
	if err != nil {
		return err
	}
	k.TellGoal(x.Start)
	k.Derive(experience.Parts{Confirmed: true, Outcome: main.Outcome, Proofs: k.proofs, CheckIns: k.checkIns, Complications: k.harms, Rates: rates}, l.t.now)
	l.cover(x)
	if x.gone() {
		x.erase()
	}
	return nil
}

func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// publicID is drawn as everything else, so that addresses stay the same.
func (l *ledger) publicID() string { return drawUUID(l.t.r) }

func drawUUID(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff, uint16(b>>48)&0x3fff|0x8000, b&0xffffffffffff)
}

func (l *ledger) ratesFor(q visit.Quarter) (experience.Rates, error) {
	r, ok := l.rates[q]
	if ok {
		return r, nil
	}
	r, err := experience.RatesOn(l.tx, q.End().AddDate(0, 0, -1))
	if err != nil {
		return r, fmt.Errorf("demo: %w", err)
	}
	l.rates[q] = r
	return r, nil
}

// minor is an amount in the smallest unit of its currency.
func minor(units int, currency string) int64 {
	places, _ := money.Exponent(currency)
	return int64(units) * int64(math.Pow10(places))
}

// answers are those of the check-ins that were answered; by hand, all that was
// written.
func (l *ledger) answers(x *tale) {
	k := &x.kept
	k.restricted, k.sealed = experience.Answers{}, experience.Answers{"procedure_day": {x.day.Format(time.DateOnly)}}
	drawn := x.tone != ""
	asked := func(stage string) bool { return !drawn || stageDone(stage, k.checkIns) }
	if asked("d7") {
		k.ConsentLang, k.Interpreter = x.Consent, x.Interpreter
		if x.Nights != nil {
			n := int16(*x.Nights)
			k.NightsBeforeFlight = &n
		}
		records := slices.Sorted(slices.Values(x.Records))
		if len(records) == 0 {
			records = []string{"none"}
		}
		k.Details["records_received"] = records
		k.sealed["discharge_day"] = []string{x.day.AddDate(0, 0, 1).Format(time.DateOnly)}
	}
	for name, n := range x.Costs {
		f, _ := experience.FieldNamed(name)
		switch {
		case !asked(f.Stage):
		case f.Input == experience.Money:
			k.Details[name] = []string{strconv.FormatInt(minor(n, x.Currency), 10) + " " + x.Currency}
		default:
			k.Details[name] = []string{strconv.Itoa(n)}
		}
	}
	for name, v := range x.more {
		switch f, _ := experience.FieldNamed(name); {
		case !asked(f.Stage):
		case f.Place == experience.InSums:
			k.restricted[name] = v
		default:
			k.Details[name] = v
		}
	}
}

// parts are the rows of other tables.
func (l *ledger) parts(x *tale) error {
	k := &x.kept
	for i, p := range x.Procedures {
		c, known := l.t.catalogue[p.Code]
		if !known {
			return fmt.Errorf("demo: %q: %q is not in the catalogue", x.Title, p.Code)
		}
		k.treated = append(k.treated, experience.Treated{ExperienceID: k.ID, Position: int16(i), ProcedureID: c.ID, State: nonEmpty(p.State, "performed"), Quantity: p.Quantity, Side: p.Side})
	}
	var quoted, paid int64
	for _, p := range x.Lines {
		i := slices.Index(experience.PriceLines, p.Line)
		if i < 0 {
			return fmt.Errorf("demo: %q: %q is no part of a price", x.Title, p.Line)
		}
		line := experience.Line{ExperienceID: k.ID, Position: int16(i), Line: p.Line}
		if p.Quoted != nil {
			v := minor(*p.Quoted, x.Currency)
			quoted, line.QuotedMinor = quoted+v, &v
		}
		if p.Paid != nil {
			v := minor(*p.Paid, x.Currency)
			paid, line.PaidMinor = paid+v, &v
		}
		k.lines = append(k.lines, line)
	}
	if len(x.Lines) > 0 {
		k.QuotedMinor, k.QuotedCurrency, k.PaidMinor, k.PaidCurrency = &quoted, &x.Currency, &paid, &x.Currency
	}
	for _, b := range x.Complications {
		h, err := b.row(k.ID)
		if err != nil {
			return fmt.Errorf("demo: %q: %w", x.Title, err)
		}
		k.harms = append(k.harms, h)
		if b.Told == experience.Start {
			k.Complication = "yes"
		}
	}
	return nil
}

func (b trouble) row(id int64) (h experience.Complication, err error) {
	grade := int16(slices.Index(experience.GradeNames[:], b.Grade))
	if grade < 1 {
		return h, fmt.Errorf("%q is no grade", b.Grade)
	}
	h = experience.Complication{ExperienceID: id, Told: b.Told, Kind: b.Kind, OnsetDay: &b.Day, Grade: &grade, Certainty: "self", TreatedWhere: b.Where, DaysInHospital: b.Days, Reoperation: "no",
		Payer: nonEmpty(b.Payer, "unknown"), Resolved: nonEmpty(b.Resolved, "unknown"), ReportedToClinic: nonEmpty(b.Reported, "unknown"), ClinicReaction: nonEmpty(b.Reaction, "unknown")}
	if grade == experience.GradeIIIb {
		h.Reoperation = "yes"
	} else if grade > experience.GradeIIIb {
		h.Reoperation = "unknown"
	}
	there := b.Where == "destination"
	h.AtDischarge = &there
	return h, nil
}

// of is the tally of a clinic.
func (l *ledger) of(organisationID int64) *tally {
	c := l.census[organisationID]
	if c == nil {
		c = &tally{specialty: map[string]int{}, procedure: map[string]int{}, origin: map[string]int{}, age: map[string]int{}}
		c.declared, c.declaredYear, c.declaredOf = l.desk.declared(organisationID)
		l.census[organisationID] = c
	}
	return c
}

// cover chooses how coarsely the treatment is shown, by what was known then, and
// counts this one for those after it.
func (l *ledger) cover(x *tale) {
	k, c := &x.kept, l.of(x.kept.OrganisationID)
	year := strings.SplitN(k.Quarter, "-", 2)[0]
	s, p := strconv.Itoa(int(k.SpecialtyID)), strconv.FormatInt(k.ProcedureID, 10)
	known := experience.Census{DeclaredYear: c.declaredYear[year], DeclaredOf: c.declaredOf[year], Counted: c.counted, OfSpecialty: c.specialty[s], OfProcedure: c.procedure[p],
		QuarterProcedure: c.procedure[k.Quarter+p], QuarterSpecialty: c.specialty[k.Quarter+s], YearProcedure: c.procedure[year+p], YearSpecialty: c.specialty[year+s]}
	if n, ok := c.declared[k.Quarter]; ok {
		known.Declared = &n
	}
	k.ShowAs(known)
	if k.State != experience.Published {
		return
	}
	c.origin[x.Origin]++
	c.age[x.Age]++
	if k.Counted {
		c.counted++
		for _, when := range []string{"", k.Quarter, year} {
			c.specialty[when+s]++
			c.procedure[when+p]++
		}
	}
}

// uncover shows origins and ages that enough writers of a clinic share, once
// all of them are known.
func (l *ledger) uncover(x *tale) {
	if x.gone() {
		return
	}
	c := l.of(x.kept.OrganisationID)
	x.kept.ShownOrigin, x.kept.ShownAge = c.origin[x.Origin] >= experience.LeastAlike, c.age[x.Age] >= experience.LeastAlike
}

func (x *tale) gone() bool { return x.state == experience.Withdrawn || x.state == experience.Removed }

// erase leaves what a tombstone stands on.
func (x *tale) erase() {
	k := &x.kept
	k.Title, k.Story, k.StoryHTML, k.Goal, k.Details = "", "", "", "", experience.Answers{}
	k.AgeBand, k.OriginCountry, k.QuotedMinor, k.QuotedCurrency, k.PaidMinor, k.PaidCurrency, k.PaidRatio, k.PaidEuroMinor = nil, nil, nil, nil, nil, nil, nil, nil
	k.GapReasons, k.GoalAchieved, k.WouldRepeat, k.WorthIt, k.Complication, k.WorstGrade = nil, nil, "unknown", "unknown", "unknown", nil
	k.ConsentLang, k.Interpreter, k.NightsBeforeFlight, k.Counted = "", "", nil, false
	k.lines, k.treated, k.harms, k.restricted, k.sealed, x.first = nil, nil, nil, nil, nil, ""
	for i := range k.checkIns {
		c := &k.checkIns[i]
		c.GoalAchieved, c.WorthIt, c.Complication, c.Note, c.Agrees = nil, "unknown", "unknown", "", nil
		if c.Status == experience.Coming || c.Status == experience.Asked {
			c.Status = experience.Declined
		}
	}
}

// answersJSON writes answers as their column has them.
func answersJSON(a experience.Answers) string {
	b, err := json.Marshal(map[string][]string(a))
	if err != nil || a == nil { // strings always encode
		return "{}"
	}
	return string(b)
}
