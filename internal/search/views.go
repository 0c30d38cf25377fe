package search

import (
	"embed"
	"io/fs"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _   = fs.Sub(viewFiles, "views")
	searchPage = web.Page[SearchView](views, "search")
)

// SearchView is what search.page.html shows.
type SearchView struct {
	Q                string
	Asked            bool // and the answer is here
	Kinds, Countries []ChoiceView
	Procedures       []ChoiceView
	Hits             []HitView
	Meant            []MeantView
	Total            int
	Capped, Later    bool
	First, Next      string
	Now              time.Time
}

// ChoiceView is one value of a filter.
type ChoiceView struct {
	Value, Label string
	Chosen       bool
}

// HitView is one entry that was found.
type HitView struct {
	Kind, Title, Path, Lang, Context string
	Snippet                          []Piece
	By                               access.Byline
	HasAuthor                        bool
	At                               time.Time
	Texts                            int // further texts of the entry that match
}

// MeantView is a name that looks like what was typed.
type MeantView struct{ Title, Path string }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
