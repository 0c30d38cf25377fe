package visit

import (
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"time"

	"caravan/internal/account"
	"caravan/internal/provider"
	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

// Views are the templates of this feature.
var Views, _ = fs.Sub(viewFiles, "views")

// BadgePart shows a badge: the part "badge".
var BadgePart = web.Part[BadgeView](Views, "badge")

var (
	tryPage   = web.Page[TryView](Views, "try")
	codesPage = web.Page[CodesView](Views, "codes")
	sheetPage = web.Page[SheetView](Views, "sheet")
)

// TryView is what try.page.html shows.
type TryView struct{ SignedIn, Refused bool }

// CodesView is what codes.page.html shows to a clinic: sums only.
type CodesView struct {
	Name, Path            string
	Standings             []Standing
	Batches               []BatchRow
	Quarters, Specialties []provider.Choice
	Declarable            []provider.Choice
	Codes                 int
	Patients              string // as typed
	Seed                  string // of the form for a batch; see codes
	MaxBatch, LeastCap    int
	MaxPatients, TellUsed int
	Key                   account.KeyView
	Sign                  bool // the form asks for a passkey
	NeedsCode             bool // without scripts, a recovery code comes first
	Lead                  bool // to register a passkey
}

// BatchRow is a batch in the list.
type BatchRow struct {
	By, Specialty     string
	ByKey             bool // signed by a passkey
	Quarter           Quarter
	Codes             int
	MadeAt, ExpiresAt time.Time
}

// SheetView is what sheet.page.html shows: the codes, this once.
type SheetView struct {
	Name, Back, Address string
	Quarter             Quarter
	ExpiresAt           time.Time
	Sentences           []Sentence
	Cards               []Card
	ByKey               bool // signed by a passkey
}

// Sentence says on a card what it is for, in one language.
type Sentence struct{ Lang, Dir, Text string }

// Card is a code to cut out.
type Card struct {
	N       int
	Code    string
	Drawing template.HTML
}

// spoken is the language of a country, where it is neither English nor Arabic.
// Lists of languages by country: https://cldr.unicode.org (territory info).
var spoken = map[string]string{
	"TR": "tr", "TH": "th", "MY": "ms", "KR": "ko", "MX": "es", "CR": "es", "CO": "es", "BR": "pt", "DO": "es", "PA": "es", "HU": "hu", "PL": "pl", "CZ": "cs",
	"ES": "es", "PT": "pt", "DE": "de", "GR": "el", "LT": "lt", "LV": "lv", "HR": "hr", "RO": "ro", "AL": "sq", "RS": "sr", "GE": "ka", "IL": "he", "VN": "vi",
	"TW": "zh", "JP": "ja", "IN": "hi", "FR": "fr", "IT": "it", "AT": "de", "CH": "de", "CN": "zh", "AR": "es", "CL": "es", "BG": "bg", "RU": "ru",
}

// sentences are what stands on every card: English, Arabic, and the language of
// the country.
func sentences(country string) []Sentence {
	out := []Sentence{{"en", "ltr", wording.Text("en", "visit.card")}, {"ar", "rtl", wording.Text("ar", "visit.card")}}
	local := spoken[country]
	if local == "" {
		return out
	}
	dir := "ltr"
	if local == "he" {
		dir = "rtl"
	}
	return append(out, Sentence{local, dir, wording.Text("en", "visit.card_"+local)})
}

// nameIn picks a name out of a JSON object by language, English where lang has
// none.
func nameIn(names, lang string) string {
	var by map[string]string
	if json.Unmarshal([]byte(names), &by) != nil {
		return ""
	}
	if n := by[lang]; n != "" {
		return n
	}
	return by[wording.Langs[0]]
}
