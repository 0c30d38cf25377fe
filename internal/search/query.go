package search

import (
	"strings"
	"unicode"

	"caravan/internal/errs"
	"caravan/internal/text"
)

// MaxText is how long a search may be, in characters.
const MaxText = 200

// Query is a search. Zero fields do not filter.
type Query struct {
	Text        string // words; "in quotes" together, -without, OR
	Kind        Kind   // Question finds replies too
	Lang        string // the reader's
	Country     string // ISO 3166-1 alpha-2
	ProcedureID int64
	Cursor      string // Page.Next of the page before
}

// clean checks a query and puts its text into the form that is compared.
func (q Query) clean() (Query, error) {
	if len(q.Text) > 40*MaxText {
		return q, errs.Field("q", "search.too_long", "most", MaxText)
	}
	t, err := text.Clean(q.Text)
	if err != nil {
		return q, err
	}
	switch {
	case text.Length(t) > MaxText:
		return q, errs.Field("q", "search.too_long", "most", MaxText)
	case q.Kind < 0 || q.Kind > Feedback:
		return q, errs.Field("kind", "search.no_kind")
	case q.Country != "" && !isCountry(q.Country):
		return q, errs.Field("country", "search.no_country")
	case q.ProcedureID < 0:
		return q, errs.Field("procedure", "search.no_procedure")
	}
	q.Text = t
	return q, nil
}

// sorts are which sorts of documents a search looks at.
func (q Query) sorts() sorts {
	return sorts{titles: q.Kind != Reply, replies: !q.Kind.standsAlone()}
}

// marks are the marks that every hit must have.
func (q Query) marks() (marks []string) {
	if q.Kind.standsAlone() {
		marks = append(marks, kindMark(q.Kind))
	}
	if q.Country != "" {
		marks = append(marks, countryMark(q.Country))
	}
	if q.ProcedureID != 0 {
		marks = append(marks, procedureMark(q.ProcedureID))
	}
	return marks
}

// titleMarks are those of titles: names are no questions.
func (q Query) titleMarks() []string {
	if q.Kind == Question {
		return append(q.marks(), kindMark(Question))
	}
	return q.marks()
}

// bothTexts is a search as the vectors compare it: for the stems its words as
// they are, for the plain vector folded, and of all other signs only those that
// mean something, quotes and the minus before a word or a quote. The operator OR
// is a word like any other here.
func bothTexts(s string) (stems, plain string) {
	var a, b strings.Builder
	write := func(t string) { a.WriteString(t); b.WriteString(t) }
	done, open, begun := 0, false, false // begun: a quote was just opened
	quotes := func(gap string) {
		for i := range len(gap) {
			switch {
			case gap[i] != '"':
			case open:
				write(`"`)
				open, begun = false, false
			default:
				write(" " + minus(gap[:i], done == 0) + `"`)
				open, begun = true, true
			}
		}
	}
	for _, t := range tokens(s) {
		if t.from >= done {
			gap := s[done:t.from]
			quotes(gap)
			if !open {
				write(" " + minus(gap, done == 0))
			}
		}
		if open && !begun || t.from < done {
			write(" ")
		}
		begun = false
		a.WriteString(s[t.from:t.to])
		b.WriteString(t.text)
		done = max(done, t.to)
	}
	quotes(s[done:])
	return strings.TrimSpace(a.String()), strings.TrimSpace(b.String())
}

// minus returns the minus that a gap between words ends with, if it stands free
// on its left: "hair -turkey" excludes, "all-on-4" does not.
func minus(gap string, first bool) string {
	before, ok := strings.CutSuffix(gap, "-")
	if ok && (before == "" && first || strings.TrimRightFunc(before, unicode.IsSpace) != before) {
		return "-"
	}
	return ""
}

// simpleWords reports whether a search is words only, so that its phrases may be
// exchanged for what means the same.
func simpleWords(plain string) bool {
	return !strings.ContainsAny(plain, `"-`) && !strings.Contains(" "+plain+" ", " or ")
}

// configs are the stemmers that Postgres has for the site's languages.
var configs = map[string]string{
	"en": "english", "ar": "arabic", "de": "german", "fr": "french", "es": "spanish", "tr": "turkish", "ru": "russian",
}

func configOf(lang string) string {
	if c, ok := configs[lang]; ok {
		return c
	}
	return "simple"
}

// readerConfig is the stemmer for what a reader typed: that of their language,
// if it is written in the letters they used.
func readerConfig(typed, lang string) string {
	for _, r := range typed {
		switch {
		case unicode.Is(unicode.Arabic, r):
			return "arabic"
		case unicode.Is(unicode.Cyrillic, r):
			return "russian"
		case unicode.Is(unicode.Latin, r):
			if lang == "ar" || lang == "ru" {
				return "english"
			}
			return configOf(lang)
		}
	}
	return "simple"
}
