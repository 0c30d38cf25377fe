package experience

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"caravan/internal/provider"
	"caravan/internal/wording"
)

var (
	countryLists = map[string][]provider.Choice{}
	countryMutex sync.Mutex
)

// countries are all of the world by name, made once for each language.
func countries(lang string) []provider.Choice {
	countryMutex.Lock()
	defer countryMutex.Unlock()
	if countryLists[lang] == nil {
		var out []provider.Choice
		for a := 'A'; a <= 'Z'; a++ {
			for b := 'A'; b <= 'Z'; b++ {
				code := string([]rune{a, b})
				if name := countryName(lang, code); isCountry(code) && name != "" && name != code {
					out = append(out, provider.Choice{Value: code, Label: name})
				}
			}
		}
		sortChoices(lang, out)
		countryLists[lang] = out
	}
	return countryLists[lang]
}

// isCountry reports whether somebody can come from where an ISO 3166-1 code
// names. Former and second codes of a country are none: who came from one
// country counts as one group.
func isCountry(code string) bool {
	r, err := language.ParseRegion(code)
	return err == nil && len(code) == 2 && r.IsCountry() && r.String() == code && r.Canonicalize() == r && !notCountries[code]
}

// notCountries are codes of the table of regions that nobody comes from.
var notCountries = map[string]bool{"AC": true, "AQ": true, "BV": true, "CP": true, "CQ": true, "DG": true, "EA": true, "EU": true, "EZ": true, "HM": true, "IC": true, "QO": true,
	"TA": true, "TF": true, "UM": true, "UN": true, "XA": true, "XB": true, "ZZ": true}

// countryName is in the reader's language; a code that is none stands for
// itself. The wording has the names that are newer than the table's.
func countryName(lang, iso string) string {
	if key := "experience.country_" + strings.ToLower(iso); wording.Has(key) {
		return wording.Text(lang, key)
	}
	r, err := language.ParseRegion(iso)
	if err != nil {
		return iso
	}
	return display.Regions(language.Make(lang)).Name(r)
}
