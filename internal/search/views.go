package search

import (
	"embed"
	"html/template"
	"io/fs"
	"strconv"

	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _   = fs.Sub(viewFiles, "views")
	searchPage = web.Page[SearchView](views, "search")
	options    = web.Part[[]ChoiceView](views, "options")
)

// SearchView is what search.page.html shows.
type SearchView struct {
	Q                string
	Asked            bool          // and the answer is here
	Kinds, Countries template.HTML // options of the filters; empty if there are none
	Procedures       template.HTML
	Hits             []HitView
	Meant            []MeantView
	Total            int
	Capped, Later    bool
	First, Next      string
}

// ChoiceView is one value of a filter.
type ChoiceView struct {
	Value, Label string
	Chosen       bool
}

// HitView is one entry that was found, ready to print: a page has twenty, and
// whatever its template still had to work out would be most of its cost.
type HitView struct {
	Kind, Title, Path, Lang, Context string
	Snippet                          template.HTML
	By, Organisation                 string // who wrote it; empty for names
	At, Ago                          string // when, for machines and for people
	More                             string // how many further texts of the entry match; empty if none
}

// MeantView is a name that looks like what was typed.
type MeantView struct{ Title, Path string }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
