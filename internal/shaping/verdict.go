package shaping

import (
	"cmp"
	"slices"
	"time"

	"caravan/internal/stats"
)

// Verdict is what a patient says of a promise.
type Verdict string

// The verdicts.
const (
	Kept          Verdict = "kept"
	BetterThan    Verdict = "better"
	WorseThan     Verdict = "worse"
	NotDelivered  Verdict = "not_delivered"
	NotApplicable Verdict = "not_applicable"
	TooEarly      Verdict = "too_early"
)

// Verdicts are all verdicts.
var Verdicts = []Verdict{Kept, BetterThan, WorseThan, NotDelivered, NotApplicable, TooEarly}

// Judged reports whether the verdict says something about the promise.
func (v Verdict) Judged() bool {
	return v == Kept || v == BetterThan || v == WorseThan || v == NotDelivered
}

// after is how many days after discharge a promise can be judged.
var after = map[Verify]int{AtDischarge: 0, ByDocument: 0, At30Days: 30, At180Days: 180, At365Days: 365}

// DueOn is the day on which a patient who was discharged on a day is asked
// about a promise; ok is false for what cannot be verified.
func DueOn(v Verify, discharged time.Time) (day time.Time, ok bool) {
	days, ok := after[v]
	return DayAfter(discharged, days), ok
}

// Asked is a promise with the day on which it is asked about.
type Asked struct {
	Item  Item
	Value Value
	DueOn time.Time
}

// Schedule returns what a patient is asked about a version, by day and key.
func Schedule(c Content, discharged time.Time) (all []Asked) {
	for _, l := range c.held() {
		if day, ok := DueOn(l.Item.Verify, discharged); ok {
			all = append(all, Asked{l.Item, l.Value, day})
		}
	}
	slices.SortStableFunc(all, func(a, b Asked) int { return a.DueOn.Compare(b.DueOn) })
	return all
}

// Tolerance is how far a price may be off, in the package's currency.
type Tolerance struct {
	FloorMinor int64 // 50 EUR
	FlagMinor  int64 // 400 USD
}

// Percentages of the price tolerance: what is still kept (with FloorMinor, the
// larger), and what is flagged. Beyond 8 % travellers may leave free of charge
// in the European Union (Directive (EU) 2015/2302, article 10); in the United
// States a bill of 400 USD above the estimate can be disputed (45 CFR 149.620).
const (
	keptPercent = 2
	flagPercent = 8
)

// Judge holds what was delivered against what was promised. It proposes a
// verdict; the patient has the last word on texts, people and papers, of which
// only sameness can be seen. Flag says that a price is far above its promise.
func Judge(s Spec, promised, delivered Value, tol Tolerance) (v Verdict, flag bool) {
	if s.Kind == Money && promised.Currency == delivered.Currency {
		return judgePrice(s, promised.Number, delivered.Number, tol)
	}
	switch e := s.Effect(promised, delivered); {
	case e == Same:
		return Kept, false
	case delivered.None(), s.Kind == Bool && e == Worse && promised.Number != 0:
		return NotDelivered, false
	case e == Better:
		return BetterThan, false
	}
	return WorseThan, false
}

func judgePrice(s Spec, promised, delivered int64, tol Tolerance) (v Verdict, flag bool) {
	over := delivered - promised
	if s.Direction == HigherBetter { // an amount that the patient gets
		over = -over
	}
	most := max(promised*keptPercent/100, tol.FloorMinor)
	switch {
	case over > most:
		return WorseThan, s.Direction == LowerBetter && (over*100 > promised*flagPercent || over > tol.FlagMinor)
	case over < -most:
		return BetterThan, false
	}
	return Kept, false
}

// verdictVoices is from how many verdicts anything is said about a promise.
const verdictVoices = 5

// Promises is how promises of one kind were kept.
type Promises struct {
	Kept, Better, Worse, NotDelivered int
}

// Add counts a verdict.
func (p *Promises) Add(v Verdict) {
	switch v {
	case Kept:
		p.Kept++
	case BetterThan:
		p.Better++
	case WorseThan:
		p.Worse++
	case NotDelivered:
		p.NotDelivered++
	}
}

// N is how many were judged.
func (p Promises) N() int { return p.Kept + p.Better + p.Worse + p.NotDelivered }

// Rate is the share of promises that were kept or more than kept, as if two
// more had been, at nine in ten; with the 95 % interval of the plain share. Ok
// is false below five verdicts: then nothing is said.
func (p Promises) Rate() (rate, low, high float64, ok bool) {
	good := p.Kept + p.Better
	if p.N() < verdictVoices {
		return 0, 0, 1, false
	}
	low, high = stats.Wilson(good, p.N())
	return (float64(good) + 2*0.9) / float64(p.N()+2), low, high, true
}

// Delivery is a promise with what came of it, of one journey.
type Delivery struct {
	JourneyID           int64
	Item                Item
	Promised, Delivered Value
	Verdict             Verdict
	Proven              bool // the journey is shown by evidence
	SaidAt              time.Time
	AnsweredAt          *time.Time // by the provider
}

// Slip is by how much a provider usually misses a promise.
type Slip struct {
	Key    string
	Unit   string
	Kind   Kind
	Median float64 // delivered minus promised; percent of the price for money
	N      int
}

// Slippage is how a provider's figures usually differ from its promises, per
// item with enough deliveries, by key. It stands next to the next promise.
func Slippage(all []Delivery) (slips []Slip) {
	byKey := map[string][]float64{}
	items := map[string]Item{}
	for _, d := range all {
		if !d.Verdict.Judged() || !onOneLine(d.Promised, d.Delivered) {
			continue
		}
		miss := float64(d.Delivered.Number - d.Promised.Number)
		if d.Item.Kind == Money {
			if d.Promised.Number == 0 {
				continue
			}
			miss = 100 * miss / float64(d.Promised.Number)
		}
		byKey[d.Item.Key], items[d.Item.Key] = append(byKey[d.Item.Key], miss), d.Item
	}
	for key, misses := range byKey {
		if len(misses) < verdictVoices {
			continue
		}
		middle, _ := stats.Median(misses) // there are some
		slips = append(slips, Slip{key, items[key].Unit, items[key].Kind, middle, len(misses)})
	}
	slices.SortFunc(slips, func(a, b Slip) int { return cmp.Compare(a.Key, b.Key) })
	return slips
}

// suspendDays is within how many days two patients must have missed the same
// promise.
const suspendDays = 60

// Suspends returns the item on which a commitment is suspended for new patients:
// two proven journeys did not get it within 60 days, and the provider has not
// answered both. Ok is false where none is.
func Suspends(all []Delivery) (key string, ok bool) {
	missed := slices.DeleteFunc(slices.Clone(all), func(d Delivery) bool {
		return d.Verdict != NotDelivered || !d.Proven || d.AnsweredAt != nil
	})
	slices.SortStableFunc(missed, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(a.Item.Key, b.Item.Key), a.SaidAt.Compare(b.SaidAt))
	})
	for i := 1; i < len(missed); i++ {
		a, b := missed[i-1], missed[i]
		if a.Item.Key == b.Item.Key && a.JourneyID != b.JourneyID && b.SaidAt.Sub(a.SaidAt) <= suspendDays*24*time.Hour {
			return a.Item.Key, true
		}
	}
	return "", false
}
