package experience

import (
	"time"

	"caravan/internal/visit"
)

// Parts are the rows that an experience derives from, where they are made
// elsewhere than in the database.
type Parts struct {
	Confirmed     bool   // the author's address
	Outcome       string // of the main procedure
	Proofs        []visit.Proof
	CheckIns      []CheckIn
	Complications []Complication
	Rates         Rates // of the last day of the quarter, or before it
}

// Derive sets what Refresh would, from rows that are not stored yet. Price, the
// answers and the start's goal must be in e.
func (e *Experience) Derive(p Parts, now time.Time) {
	own := parts{p.Confirmed, p.Outcome, p.CheckIns, p.Complications}
	e.verify(own, p.Proofs)
	e.follow(own)
	e.known(own.checkIns)
	e.Answered, e.Asked = Completeness(lastDue(own.checkIns, now), own.outcome, e.answers(own.complications))
	e.price(p.Rates)
}

// TellGoal keeps what was reached as told at the start: 0 to 10, nil for too
// early.
func (e *Experience) TellGoal(reached *int) {
	v := "too_early"
	if reached != nil {
		v = itoa(*reached)
	}
	if e.Details == nil {
		e.Details = Answers{}
	}
	e.Details[goalAtStart] = []string{v}
}

// Schedule says when to ask again about a treatment of that day, as of today.
func Schedule(day, today time.Time, twoYears bool) []CheckIn { return schedule(day, today, twoYears) }

// Census is what is known about how many patients a treatment fits.
type Census = census

// ShowAs sets how coarsely a treatment is shown.
func (e *Experience) ShowAs(c Census) {
	x := coarsen(c)
	e.ShownPeriod, e.ShownTreatment, e.Crowd = x.Period, x.Treatment, x.Crowd
}

// LeastAlike is how many experiences of a clinic must share an answer before it
// is shown with any of them.
const LeastAlike = leastCrowd
