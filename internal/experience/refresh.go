package experience

import (
	"slices"
	"time"

	"caravan/internal/db"
	"caravan/internal/visit"
)

// Refresh computes anew what an experience's row derives from others: level of
// verification, whether it is counted, the worst grade, goal and worth as last
// told, how long it is known, how much is answered, and the ratio of paid to
// quoted. It belongs to the transaction that changed one of them.
func Refresh(tx *db.Tx, id int64) error {
	e, err := lockByID(tx, id)
	if err != nil {
		return err
	}
	parts, err := findParts(tx, e)
	if err != nil {
		return err
	}
	proofs, err := visit.Proofs(tx, []int64{id})
	if err != nil {
		return err
	}
	e.verify(parts, proofs[id])
	e.follow(parts)
	e.known(parts.checkIns)
	e.Answered, e.Asked = Completeness(lastDue(parts.checkIns, tx.Now), parts.outcome, e.answers(parts.complications))
	r, err := e.rates(tx)
	if err != nil {
		return err
	}
	e.price(r)
	if err := updateDerived(tx, e); err != nil {
		return err
	}
	return record(tx, id)
}

// parts are the rows that an experience derives from.
type parts struct {
	confirmed     bool   // the author's address
	outcome       string // of the main procedure
	checkIns      []CheckIn
	complications []Complication
}

// rates are those that the experience was converted by the first time.
func (e Experience) rates(q *db.Tx) (Rates, error) {
	if e.RatedOn != nil {
		return RatesOn(q, *e.RatedOn)
	}
	return ratesFor(q, visit.Quarter(e.Quarter))
}

func (e *Experience) verify(p parts, proofs []visit.Proof) {
	followed := slices.ContainsFunc(p.checkIns, func(c CheckIn) bool {
		return c.Status == Done && lifts(c.Moment) && c.Agrees != nil && *c.Agrees
	})
	e.Level = int16(visit.Level(p.confirmed, proofs, followed))
	e.Counted = e.Level >= visit.Countable && e.Incentive == "none"
}

// follow takes over what was told last. What went wrong once has gone wrong.
func (e *Experience) follow(p parts) {
	e.GoalTold, e.GoalAchieved = Start, nil
	if n := number(e.Details.One(goalAtStart)); n != nil {
		v := int16(*n)
		e.GoalAchieved = &v
	}
	var later []string
	for _, c := range inOrder(p.checkIns) {
		if c.Status != Done {
			continue
		}
		if c.GoalAchieved != nil {
			e.GoalAchieved, e.GoalTold = c.GoalAchieved, c.Moment
		}
		if c.WorthIt != "" && c.WorthIt != Unknown {
			e.WorthIt = c.WorthIt
		}
		if c.Complication == "yes" {
			e.Complication = "yes"
		}
		later = append(later, c.Complication)
	}
	e.WorstGrade = worstGrade(e.Complication, later, p.complications)
}

func inOrder(all []CheckIn) []CheckIn {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b CheckIn) int { return slices.Index(Moments, a.Moment) - slices.Index(Moments, b.Moment) })
	return all
}

// known counts the days from the end of the treatment's quarter, which tells no
// exact day, to the last word about it.
func (e *Experience) known(all []CheckIn) {
	last := e.CreatedOn
	for _, c := range all {
		if c.Status == Done && c.DoneOn != nil && c.DoneOn.After(last) {
			last = *c.DoneOn
		}
	}
	end := visit.Quarter(e.Quarter).End().AddDate(0, 0, -1)
	e.KnownDays = max(0, int(last.Sub(end)/(24*time.Hour)))
}

// lastDue is the last check-in that has been due by now.
func lastDue(all []CheckIn, now time.Time) string {
	stage := Start
	for _, c := range inOrder(all) {
		if !c.DueOn.After(now) {
			stage = c.Moment
		}
	}
	return stage
}

// answers are the public ones, by the names of the catalogue, out of the columns
// that hold them. The clinic and the like are always answered.
func (e Experience) answers(complications []Complication) Answers {
	a := Answers{"clinic": {"-"}, "procedure": {"-"}, "quarter": {e.Quarter}, "author_role": {e.AuthorRole}, "title": {"-"}, "story": {"-"}, "incentive": {e.Incentive},
		"complication": {e.Complication}, "would_repeat": {e.WouldRepeat}, "goal_achieved": e.Details[goalAtStart],
		"consent_lang": {e.ConsentLang}, "interpreter": {e.Interpreter}}
	for name, v := range e.Details {
		a[name] = v
	}
	if e.OriginCountry != nil {
		a["origin_country"] = []string{*e.OriginCountry}
	}
	if m, ok := e.quoted(); ok {
		a["quoted"] = []string{writeAmount(m)}
	}
	if m, ok := e.paid(); ok {
		a["paid"] = []string{writeAmount(m)}
	}
	for _, c := range complications {
		if c.Grade != nil {
			a["c_treatment"], a["c_intensive"] = []string{"-"}, []string{"-"}
		}
		if c.AtDischarge != nil {
			a["c_discharge"] = []string{"-"}
		}
	}
	return a
}
