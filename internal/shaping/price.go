package shaping

import (
	"math"
	"slices"
	"time"

	"caravan/internal/errs"
)

// Readiness is how near somebody is to travelling.
type Readiness string

// The degrees of readiness.
const (
	Curious  Readiness = "curious"
	Planning Readiness = "planning"
	Ready    Readiness = "ready"
)

// Readinesses are all degrees, the least ready first.
var Readinesses = []Readiness{Curious, Planning, Ready}

// InterestState is where an interest stands.
type InterestState string

// The states of an interest.
const (
	Active       InterestState = "active"
	CarriedOver  InterestState = "carried" // into a newer version; shown apart until confirmed
	NeedsConfirm InterestState = "needs_confirm"
	Gone         InterestState = "expired"
	TakenBack    InterestState = "withdrawn"
	Converted    InterestState = "converted" // became a journey
)

// CheckInterest says whether an interest can be kept: a price, a degree, a
// window that lies ahead, conditions on items of the version.
func CheckInterest(in Interest, c Content, now time.Time) error {
	today := DayAfter(now.UTC(), 0)
	switch {
	case in.PriceMaxMinor <= 0:
		return errs.Field("price", "shaping.interest_price")
	case !slices.Contains(Readinesses, in.Readiness):
		return errs.Field("readiness", "shaping.interest_readiness")
	case in.WindowFrom != nil && in.WindowTo != nil && in.WindowTo.Before(*in.WindowFrom),
		in.WindowTo != nil && in.WindowTo.Before(today):
		return errs.Field("window", "shaping.interest_window")
	}
	for _, key := range in.MustItems {
		if _, ok := c.Find(key); !ok {
			return errs.Field("must", "shaping.item_gone")
		}
	}
	return nil
}

// Confirm makes an interest stand for the newest version from now on.
func (in Interest) Confirm(versionID int64, now time.Time) Interest {
	in.VersionID, in.State, in.ConfirmedAt, in.RemindedAt = versionID, Active, now, nil
	in.ExpiresAt = now.AddDate(0, 0, InterestDays)
	return in
}

// Remind reports whether the one reminder of an interest is due.
func (in Interest) Remind(now time.Time) bool {
	return in.RemindedAt == nil && in.runs() && !now.Before(in.ExpiresAt.AddDate(0, 0, -RemindDays)) && now.Before(in.ExpiresAt)
}

// Expires reports whether an interest has run out.
func (in Interest) Expires(now time.Time) bool { return in.runs() && !now.Before(in.ExpiresAt) }

func (in Interest) runs() bool {
	return in.State == Active || in.State == CarriedOver || in.State == NeedsConfirm
}

// ladderSteps is how many prices the ladder has; ladderTaps how many of them a
// person is asked about at most.
const (
	ladderSteps = 9
	ladderTaps  = 4
)

// Ladder returns the prices that people are asked about, ascending: from
// about 70 to 130 % of the offer, in steps that read as prices. The offer is among
// them. Amounts are minor units.
func Ladder(offer int64, exponent int) []int64 {
	if offer <= 0 {
		return nil
	}
	unit := int64(math.Pow10(exponent))
	step := max(unit, roundTo(offer*75/1000, unit))
	var prices []int64
	for i := int64(-4); i <= 4; i++ {
		if p := offer + i*step; p > 0 {
			prices = append(prices, p)
		}
	}
	return prices
}

// roundTo cuts n to one figure that is followed by nothing but zeros, and never
// below one unit.
func roundTo(n, unit int64) int64 {
	p := unit
	for p*10 <= n {
		p *= 10
	}
	return p * max(1, n/p)
}

// Start is the step at which a person's ladder begins, drawn by lot so that the
// first price, which anchors all that follow, is another for everybody. Any
// start ends within ladderTaps taps.
func Start(person, packageID int64, steps int) int {
	if steps < ladderSteps {
		return steps / 2
	}
	return 1 + int(draw(packageID, person, "ladder")%7)
}

// Climb says which step to ask next after the given answers to "would you take
// it at this price?", the first of which was to step start. When done, highest
// is the last step that was taken, -1 for none.
func Climb(steps, start int, taken []bool) (ask int, done bool, highest int) {
	low, high := -1, steps // the highest taken, the lowest refused
	ask = start
	for _, yes := range taken {
		if yes {
			low = ask
		} else {
			high = ask
		}
		if high-low <= 1 {
			return 0, true, low
		}
		ask = low + (high-low)/2
	}
	return ask, false, -1
}

// demandVoices is from how many prices a curve is shown: never one person's.
const demandVoices = 20

// Point is how many would take an offer at a price.
type Point struct {
	PriceMinor int64
	Takers     int
}

// Demand is how many would take the offer at each price of the ladder, from
// their highest prices. It is empty with fewer than demandVoices.
func Demand(ladder, highest []int64) (curve []Point) {
	if len(highest) < demandVoices {
		return nil
	}
	for _, p := range ladder {
		n := 0
		for _, most := range highest {
			if most >= p {
				n++
			}
		}
		curve = append(curve, Point{p, n})
	}
	return curve
}

// Stated willingness overstates what people do: a median ratio of 1.35 with a
// heavy tail over 28 studies (Murphy et al., Environmental and Resource
// Economics 30, 2005), about 3 in another synthesis (List and Gallet, 20, 2001).
// So shares start low, as a Beta prior worth priorWeight people, and follow what
// really came of it.
const priorWeight = 20

var priors = map[Readiness]float64{Ready: 0.33, Planning: 0.10, Curious: 0.02}

// Came is how many people of a degree of readiness had their time to decide,
// and how many of them came.
type Came struct{ Asked, Came int }

// Rate is the share of people of a degree of readiness who are expected to come.
func Rate(r Readiness, c Came) float64 {
	return (priors[r]*priorWeight + float64(c.Came)) / float64(priorWeight+c.Asked)
}

// Expected is how many of the people who say so are expected to come.
func Expected(say map[Readiness]int, came map[Readiness]Came) float64 {
	sum := 0.0
	for _, r := range Readinesses {
		sum += float64(say[r]) * Rate(r, came[r])
	}
	return sum
}
