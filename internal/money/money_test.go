package money_test

import (
	"testing"

	"caravan/internal/errs"
	"caravan/internal/money"
)

func TestExponentsFollowISO4217(t *testing.T) {
	for code, want := range map[string]int{
		"EUR": 2, "USD": 2, "TRY": 2, "MXN": 2, "THB": 2, "AED": 2, "INR": 2, "HUF": 2,
		"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "TND": 3, "JOD": 3, "BHD": 3, "CLF": 4,
	} {
		if got, ok := money.Exponent(code); !ok || got != want {
			t.Errorf("Exponent(%s) = %d, %v, want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"", "E", "eur", "QQQ", "EURO", "€"} {
		if _, ok := money.Exponent(code); ok {
			t.Errorf("Exponent(%q) takes it for a currency", code)
		}
	}
}

func TestAmountsAreWrittenAsTheLanguageDoes(t *testing.T) {
	for _, c := range []struct {
		lang string
		a    money.Amount
		want string
	}{
		{"en", money.Amount{Minor: 425000, Currency: "EUR"}, "EUR\u00a04,250"},
		{"en", money.Amount{Minor: 425050, Currency: "EUR"}, "EUR\u00a04,250.50"},
		{"de", money.Amount{Minor: 123456789, Currency: "EUR"}, "1.234.567,89\u00a0EUR"},
		{"fr", money.Amount{Minor: 425050, Currency: "EUR"}, "4\u202f250,50\u00a0EUR"},
		{"ar", money.Amount{Minor: 425050, Currency: "USD"}, "4,250.50\u00a0USD"},
		{"en", money.Amount{Minor: 425000, Currency: "JPY"}, "JPY\u00a0425,000"},
		{"en", money.Amount{Minor: 425125, Currency: "KWD"}, "KWD\u00a0425.125"},
		{"en", money.Amount{Minor: 5, Currency: "EUR"}, "EUR\u00a00.05"},
		{"en", money.Amount{Minor: 0, Currency: "EUR"}, "EUR\u00a00"},
		{"en", money.Amount{Minor: -99900, Currency: "EUR"}, "EUR\u00a0−999"},
		{"xx", money.Amount{Minor: 100, Currency: "EUR"}, "EUR\u00a01"},
	} {
		if got := c.a.Format(c.lang); got != c.want {
			t.Errorf("%v in %s: got %q, want %q", c.a, c.lang, got, c.want)
		}
		if got, err := money.Parse(c.lang, c.a.Format(c.lang), c.a.Currency); c.a.Minor >= 0 && (err != nil || got != c.a) {
			t.Errorf("%v in %s does not read back: %v, %v", c.a, c.lang, got, err)
		}
	}
}

func TestAmountsAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		lang, in, code string
		want           int64
	}{
		{"en", "4250", "EUR", 425000},
		{"en", " 4,250.5 ", "EUR", 425050},
		{"en", "4 250", "EUR", 425000},
		{"en", "4'250 eur", "EUR", 425000},
		{"de", "4.250,50", "EUR", 425050},
		{"fr", "4 250,50", "EUR", 425050},
		{"ar", "٤٬٢٥٠٫٥", "EUR", 425050},
		{"en", "425000.00", "JPY", 425000},
		{"en", "0", "KWD", 0},
		{"en", "1.234", "KWD", 1234},
		{"en", "10000000000", "EUR", money.Most},
	} {
		got, err := money.Parse(c.lang, c.in, c.code)
		if err != nil || got.Minor != c.want || got.Currency != c.code {
			t.Errorf("Parse(%s, %q, %s) = %v, %v, want %d", c.lang, c.in, c.code, got, err, c.want)
		}
	}
}

func TestAmountsThatCannotBeReadSayWhy(t *testing.T) {
	for _, c := range []struct{ lang, in, code, why string }{
		{"en", "", "EUR", "money.unreadable"},
		{"en", "four", "EUR", "money.unreadable"},
		{"en", "-5", "EUR", "money.unreadable"},
		{"en", "1e3", "EUR", "money.unreadable"},
		{"en", "4.250,50", "EUR", "money.unreadable"},
		{"en", "42,50", "EUR", "money.unreadable"},
		{"de", "4,250.50", "EUR", "money.unreadable"},
		{"en", "1,2345", "EUR", "money.unreadable"},
		{"en", "1234,567", "EUR", "money.unreadable"},
		{"en", "5.", "EUR", "money.unreadable"},
		{"en", "1.2.3", "EUR", "money.unreadable"},
		{"en", "EUR", "EUR", "money.unreadable"},
		{"en", "5.125", "EUR", "money.too_fine"},
		{"en", "5.5", "JPY", "money.too_fine"},
		{"en", "10000000000.01", "EUR", "money.too_much"},
		{"en", "99999999999999999999999", "EUR", "money.too_much"},
		{"en", "5", "XYZ", "money.currency"},
	} {
		_, err := money.Parse(c.lang, c.in, c.code)
		if e := errs.Of(err); e.Kind != errs.Invalid || e.Key != c.why {
			t.Errorf("Parse(%s, %q, %s): got %v, want %s", c.lang, c.in, c.code, err, c.why)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("en", "4,250.50")
	f.Add("ar", "٤٬٢٥٠٫٥")
	f.Fuzz(func(t *testing.T, lang, s string) {
		for _, code := range []string{"EUR", "JPY", "KWD"} {
			a, err := money.Parse(lang, s, code)
			if err != nil {
				continue
			}
			if back, err := money.Parse(lang, a.Format(lang), code); err != nil || back != a {
				t.Fatalf("Parse(%s, %q) = %v, which reads back as %v, %v", lang, s, a, back, err)
			}
		}
	})
}
