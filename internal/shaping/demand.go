package shaping

import (
	"caravan/internal/db"
	"caravan/internal/money"
)

// demand is what the interests in a package add up to, and nothing of any one
// person: how many would take it at each price, out of how many; how many of
// them are expected to come; how many steps of its threshold are reached, and the
// way to the next one in quarters (0 to 100), which are public at any time. With fewer than
// demandVoices confirmed interests there is no curve, n and expected are 0.
func demand(q *db.Tx, p Package) (curve []Point, n int, expected float64, unlocked, quarters int, err error) {
	if p.NewestVersionID == nil {
		return nil, 0, 0, 0, 0, nil
	}
	rows, err := listInterests(q, p.ID)
	if err != nil {
		return nil, 0, 0, 0, 0, err
	}
	offer, err := findPrice(q, *p.NewestVersionID)
	if err != nil {
		return nil, 0, 0, 0, 0, err
	}
	var highest []int64
	say := map[Readiness]int{}
	reached := 0
	for _, in := range rows {
		v := Voter{}
		if in.Status == Counted {
			v.Trust = 2 // that is what the status says
		}
		if Meets(in, v, *p.NewestVersionID, offer, nil, nil, q.Now) {
			reached++
		}
		if in.Status == Counted && in.State == Active && in.VersionID == *p.NewestVersionID && !in.Expires(q.Now) {
			highest = append(highest, in.PriceMaxMinor)
			say[in.Readiness]++
		}
	}
	if len(p.Steps) > 0 {
		unlocked, quarters = Reached(p.Steps, reached)
	}
	exponent, _ := money.Exponent(p.Currency) // the table of packages knows only currencies
	if curve = Demand(Ladder(offer, exponent), highest); curve == nil {
		return nil, 0, 0, unlocked, quarters, nil
	}
	came, err := listCame(q, offeredBy(p))
	return curve, len(highest), Expected(say, came), unlocked, quarters, err
}
