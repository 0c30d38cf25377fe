package demo

import (
	"math/rand/v2"
)

// saga is what people tell about a kind of treatment. Every line is a template
// (phrase.go).
type saga struct {
	For           []string // beginnings of procedure codes
	Goals         []string
	Before, There []string
	Good, Mixed   []string
	Bad           []string
	Later, Titles toned
	Troubles      []setback
}

// toned are lines for what went well, half well, and badly.
type toned struct{ Good, Mixed, Bad []string }

func (t toned) of(tone string) []string {
	switch tone {
	case "good":
		return t.Good
	case "mixed":
		return t.Mixed
	}
	return t.Bad
}

// setback is something that can go wrong, between two days after the treatment.
type setback struct {
	Kind   string
	Days   [2]int
	Grades []string
	Line   string
}

// telling is what every kind of treatment shares.
type telling struct {
	Exact                   []string
	More                    map[string][]string // by reason of the gap
	Language, Stay, Records []string
	Closings                toned
	Notes                   struct {
		Good       map[string][]string // by moment
		Mixed, Bad []string
	}
	Update  []string
	Answers []struct {
		Standing, Tone string
		Body           paragraphs
	}
	Changes []struct{ Title, Proof string }
	Why     struct{ Withdrawn string }
}

func (c *content) sagaOf(code string) *saga {
	for i := range c.Sagas {
		if begins(code, c.Sagas[i].For) {
			return &c.Sagas[i]
		}
	}
	return nil
}

// tales are in how many of a hundred cases it went how, and how often something
// went wrong then.
var tones = []struct {
	name            string
	share, troubled int
	goal            [2]int // as last told
}{{"good", 58, 12, [2]int{8, 10}}, {"mixed", 27, 34, [2]int{5, 7}}, {"bad", 15, 50, [2]int{1, 4}}}

// origins are where patients of a destination mostly come from.
var origins = map[string][]string{
	"TR": {"GB", "GB", "DE", "NL", "IT", "FR", "SE", "KW"}, "HU": {"IE", "GB", "GB", "AT", "DE", "SE", "NO", "CH"}, "MX": {"US", "US", "US", "CA"},
	"TH": {"AU", "AU", "NZ", "GB", "SG"}, "IN": {"KE", "OM", "NG", "GB", "US"}, "ES": {"FR", "IE", "GB", "DE", "MA"}, "PL": {"SE", "NO", "DK", "DE", "GB"},
	"LT": {"GB", "GB", "IE", "NO", "SE"}, "AE": {"KW", "SA", "OM", "GB"}, "KR": {"JP", "SG", "US", "AU"},
}

// currencyOf is what somebody pays in.
func currencyOf(destination, origin string) string {
	switch {
	case destination == "KR":
		return "KRW"
	case destination == "TH" && origin != "AU":
		return "THB"
	case destination == "AE":
		return "AED"
	case destination == "MX", destination == "IN", origin == "US":
		return "USD"
	case origin == "GB":
		return "GBP"
	case origin == "AU":
		return "AUD"
	}
	return "EUR"
}

// weighted draws one of a list in which every value stands before its weight.
func weighted(r *rand.Rand, list ...any) string {
	sum := 0
	for i := 1; i < len(list); i += 2 {
		sum += list[i].(int)
	}
	n := r.IntN(sum)
	for i := 1; i < len(list); i += 2 {
		if n -= list[i].(int); n < 0 {
			return list[i-1].(string)
		}
	}
	return ""
}

// parts are how a price is split, in hundredths, by treatment; the rest is the
// surgery.
func partsOf(code string) (lines []string, shares []int) {
	lines, shares = []string{"anaesthesia", "tests"}, []int{9, 4}
	if begins(code, []string{"den.", "ort.", "oph.icl", "oph.cataract", "oph.lens", "cob.breast_aug", "car.valve"}) {
		lines, shares = append(lines, "implant"), append(shares, 24)
	}
	if begins(code, []string{"ort.", "car.", "bar.", "cob.", "gen.", "onc.surgery"}) {
		lines, shares = append(lines, "hospital_nights"), append(shares, 12)
	}
	if begins(code, []string{"fer.", "onc.chemo"}) {
		lines, shares = append(lines, "drugs"), append(shares, 20)
	}
	return lines, shares
}
