package experience

import "testing"

// TestACountryStandsOnceInTheList keeps patients of one country one group: what
// fewer than five told of is not shown.
func TestACountryStandsOnceInTheList(t *testing.T) {
	for _, lang := range []string{"en", "ar"} {
		codes := map[string]string{}
		for _, c := range countries(lang) {
			if other, twice := codes[c.Label]; twice {
				t.Errorf("%s: %s is %s and %s", lang, c.Label, other, c.Value)
			}
			codes[c.Label] = c.Value
		}
		if len(codes) < 200 {
			t.Errorf("%s: only %d countries", lang, len(codes))
		}
	}
	for code, is := range map[string]bool{"DE": true, "DD": false, "GB": true, "UK": false, "TR": true, "EU": false, "ZZ": false, "tr": false, "TUR": false, "": false} {
		if isCountry(code) != is {
			t.Errorf("%q is a country: %v", code, !is)
		}
	}
	if got := countryName("en", "TR") + countryName("en", "SZ") + countryName("en", "IE"); got != "TürkiyeEswatiniIreland" {
		t.Errorf("got %s", got)
	}
}
