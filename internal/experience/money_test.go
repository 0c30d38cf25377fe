package experience

import (
	"slices"
	"testing"
	"time"

	"caravan/internal/money"
)

var someRates = Rates{Day: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), PerEuro: map[string]float64{"USD": 1.25, "JPY": 160, "KWD": 0.4, "TRY": 50}}

func TestRatioIsPaidForOneQuotedAtTheRatesOfItsDay(t *testing.T) {
	for _, c := range []struct {
		say          string
		quoted, paid money.Amount
		want         float64
	}{
		{"same currency", money.Amount{Minor: 200_000, Currency: "EUR"}, money.Amount{Minor: 250_000, Currency: "EUR"}, 1.25},
		{"a currency without rates, with itself", money.Amount{Minor: 3, Currency: "CLP"}, money.Amount{Minor: 1, Currency: "CLP"}, 0.3333},
		{"dollars for euros", money.Amount{Minor: 100_000, Currency: "EUR"}, money.Amount{Minor: 125_000, Currency: "USD"}, 1},
		{"no decimals and three", money.Amount{Minor: 160_000, Currency: "JPY"}, money.Amount{Minor: 400_000, Currency: "KWD"}, 1},
		{"a rate is missing", money.Amount{Minor: 1, Currency: "EUR"}, money.Amount{Minor: 1, Currency: "GBP"}, -1},
		{"quoted for nothing", money.Amount{Currency: "EUR"}, money.Amount{Minor: 1, Currency: "EUR"}, -1},
	} {
		got := -1.0
		if r := ratio(c.quoted, c.paid, someRates); r != nil {
			got = *r
		}
		if got != c.want {
			t.Errorf("%s: got %v, want %v", c.say, got, c.want)
		}
	}
}

func TestWhatIsUnknownOfAJourneyIsNoZero(t *testing.T) {
	e := Experience{PaidMinor: ptr(int64(500_000)), PaidCurrency: ptr("TRY"),
		Details: Answers{"travel_cost": {"40000 EUR"}, "companion_cost": {"unknown"}, "refund": {"10000 EUR"}}}
	j := JourneyOf(e, someRates)
	if j.EuroMinor != 10_000+40_000-10_000 || !slices.Equal(j.Known, []string{"paid", "travel_cost", "refund"}) || !slices.Equal(j.Unknown, []string{"stay_cost", "companion_cost", "aftercare_cost", "revision_cost"}) {
		t.Errorf("got %+v", j)
	}
}

func TestAmountsOfFewAreShownInTwoFigures(t *testing.T) {
	for in, want := range map[int64]int64{0: 0, 7: 7, 99: 99, 104: 100, 425_050: 430_000, 999_999: 1_000_000, 123_456_789: 120_000_000} {
		if got := rounded(money.Amount{Minor: in, Currency: "EUR"}).Minor; got != want {
			t.Errorf("%d: got %d, want %d", in, got, want)
		}
	}
	e := Experience{Crowd: 4, PaidMinor: ptr(int64(425_050)), PaidCurrency: ptr("EUR")}
	if got := e.ShownAmount("en", e.PaidMinor, e.PaidCurrency); got != "EUR\u00a04,300" {
		t.Errorf("for four: %q", got)
	}
	e.Crowd = 5
	if got := e.ShownAmount("en", e.PaidMinor, e.PaidCurrency); got != "EUR\u00a04,250.50" {
		t.Errorf("for five: %q", got)
	}
}
