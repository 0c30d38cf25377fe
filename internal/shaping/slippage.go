package shaping

import (
	"math"
	"strconv"

	"caravan/internal/db"
	"caravan/internal/wording"
)

// slippageOf is by how much an organisation usually misses its promises, by the
// item's key: from proven patients of all its packages, at least five an item.
func slippageOf(q *db.Tx, organisationID int64) (map[string]Slip, error) {
	all, err := listDelivered(q, organisationID)
	if err != nil {
		return nil, err
	}
	slips := map[string]Slip{}
	for _, s := range Slippage(all) {
		slips[s.Key] = s
	}
	return slips, nil
}

// slipRows are the usual misses of an organisation in words.
func slipRows(q *db.Tx, lang string, organisationID int64) (rows []DeskSlip, err error) {
	all, err := listDelivered(q, organisationID)
	if err != nil {
		return nil, err
	}
	for _, slip := range Slippage(all) {
		name := slip.Key
		if spec, ok := SpecOf(slip.Key); ok {
			name = spec.Name(lang)
		}
		rows = append(rows, DeskSlip{name, slip.Say(lang)})
	}
	return rows, nil
}

// Say is a slip in words, to stand beside the next promise, whose unit it has: "usually +8 %",
// "usually 0.4 less", "usually as promised"; with how many it is from.
func (s Slip) Say(lang string) string {
	n := wording.Text(lang, "shaping.slip_of", "count", s.N)
	middle := math.Round(s.Median*10) / 10
	if middle == 0 {
		return wording.Text(lang, "shaping.slip_none", "of", n)
	}
	way := "more"
	if middle < 0 {
		way = "less"
	}
	figure := strconv.FormatFloat(math.Abs(middle), 'f', -1, 64)
	if s.Kind == Money {
		return wording.Text(lang, "shaping.slip_money_"+way, "figure", figure, "of", n)
	}
	if s.Kind == Percent {
		return wording.Text(lang, "shaping.slip_points_"+way, "figure", strconv.FormatFloat(math.Round(math.Abs(s.Median))/100, 'f', -1, 64), "of", n)
	}
	return wording.Text(lang, "shaping.slip_"+way, "figure", figure, "of", n)
}
