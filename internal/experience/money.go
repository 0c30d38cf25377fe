package experience

import (
	"math"
	"strconv"
	"strings"
	"time"

	"caravan/internal/money"
)

// Rates are what one euro was worth on a day, in units of each currency.
type Rates struct {
	Day     time.Time
	PerEuro map[string]float64
}

// Euro converts an amount to cents of a euro.
func (r Rates) Euro(a money.Amount) (minor int64, ok bool) {
	per := r.PerEuro[a.Currency]
	if a.Currency == "EUR" {
		per = 1
	}
	places, known := money.Exponent(a.Currency)
	if per <= 0 || !known {
		return 0, false
	}
	return int64(math.Round(float64(a.Minor) / math.Pow10(places) / per * 100)), true
}

// ratio is what was paid for one that was quoted, to four places. In one
// currency it needs no rates.
func ratio(quoted, paid money.Amount, r Rates) *float64 {
	q, p := quoted.Minor, paid.Minor
	if quoted.Currency != paid.Currency {
		var ok, also bool
		q, ok = r.Euro(quoted)
		p, also = r.Euro(paid)
		if !ok || !also {
			return nil
		}
	}
	if q <= 0 {
		return nil
	}
	v := math.Round(float64(p)/float64(q)*10_000) / 10_000
	if v >= 1_000_000 {
		return nil // a slip of the pen; the column ends there
	}
	return &v
}

// Amounts of an experience; ok is false while one is unknown.
func (e Experience) quoted() (money.Amount, bool) { return amount(e.QuotedMinor, e.QuotedCurrency) }
func (e Experience) paid() (money.Amount, bool)   { return amount(e.PaidMinor, e.PaidCurrency) }

func amount(minor *int64, currency *string) (money.Amount, bool) {
	if minor == nil || currency == nil {
		return money.Amount{}, false
	}
	return money.Amount{Minor: *minor, Currency: *currency}, true
}

// price sets ratio and euros by the given rates.
func (e *Experience) price(r Rates) {
	e.PaidRatio, e.PaidEuroMinor, e.RatedOn = nil, nil, nil
	paid, ok := e.paid()
	if !ok {
		return
	}
	if euro, ok := r.Euro(paid); ok {
		e.PaidEuroMinor = &euro
	}
	if quoted, ok := e.quoted(); ok {
		e.PaidRatio = ratio(quoted, paid, r)
	}
	if !r.Day.IsZero() && (e.PaidEuroMinor != nil || e.PaidRatio != nil) {
		e.RatedOn = &r.Day
	}
}

// writeAmount and ReadAmount carry an amount in Answers.
func writeAmount(a money.Amount) string { return strconv.FormatInt(a.Minor, 10) + " " + a.Currency }

// ReadAmount reads an amount as answers keep it, "45000 EUR"; ok is false for
// what is unknown.
func ReadAmount(v string) (a money.Amount, ok bool) {
	minor, currency, found := strings.Cut(v, " ")
	n, err := strconv.ParseInt(minor, 10, 64)
	if _, known := money.Exponent(currency); !found || err != nil || !known {
		return money.Amount{}, false
	}
	return money.Amount{Minor: n, Currency: currency}, true
}

// JourneyParts are what the whole journey costs besides the treatment; a refund
// is taken off.
var JourneyParts = []string{"travel_cost", "stay_cost", "companion_cost", "aftercare_cost", "revision_cost", "refund"}

// Journey is the total cost of a journey in cents of a euro, by the rates of
// RatedOn, and which parts of it nobody told: an unknown part is no zero.
type Journey struct {
	EuroMinor int64
	Known     []string // paid and the names of JourneyParts that were told
	Unknown   []string
}

// JourneyOf adds up what is known.
func JourneyOf(e Experience, r Rates) (j Journey) {
	add := func(name string, a money.Amount, ok bool, sign int64) {
		euro, rated := r.Euro(a)
		if !ok || !rated {
			j.Unknown = append(j.Unknown, name)
			return
		}
		j.Known = append(j.Known, name)
		j.EuroMinor += sign * euro
	}
	paid, ok := e.paid()
	add("paid", paid, ok, 1)
	for _, name := range JourneyParts {
		a, ok := ReadAmount(e.Details.One(name))
		sign := int64(1)
		if name == "refund" {
			sign = -1
		}
		add(name, a, ok, sign)
	}
	return j
}

// rounded is an amount in its two first figures, as it is shown where few
// patients fit what is shown of a treatment.
func rounded(a money.Amount) money.Amount {
	step := int64(1)
	for a.Minor/step >= 100 {
		step *= 10
	}
	a.Minor = (a.Minor + step/2) / step * step
	return a
}

// ShownAmount writes an amount in lang as finely as the experience may be
// known; "" while it is unknown.
func (e Experience) ShownAmount(lang string, minor *int64, currency *string) string {
	a, ok := amount(minor, currency)
	if !ok {
		return ""
	}
	if e.Crowd < leastCrowd {
		a = rounded(a)
	}
	return a.Format(lang)
}
