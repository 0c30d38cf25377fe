package search

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// pageSize is how many entries a page shows.
const pageSize = 20

// patience is how long a person waits for a search.
const patience = 800 * time.Millisecond

// fewEntries is below how many entries other spellings are offered.
const fewEntries = 3

// Page is one page of what was found, best first.
type Page struct {
	Entries []Entry
	Total   int          // entries among the candidates, on all pages
	Capped  bool         // there were more texts with these words than are ranked
	Next    string       // cursor of the next page; empty on the last
	Meant   []Suggestion // names that look like what was typed
}

// Entry is a name, or a question with what matches under it: shown is the best
// text of it.
type Entry struct {
	Kind     Kind
	Ref      int64
	Parent   int64
	Lang     string
	Title    string // of a reply, its question's
	Context  string
	Path     string
	Snippet  []Piece
	Author   access.Author
	At       time.Time // when the shown text was written
	Country  string
	Verified bool
	Texts    int // texts of the entry that match, the shown one included
}

// Suggestion is a name that looks like what was typed.
type Suggestion struct {
	Kind  Kind
	Title string
	Path  string
}

// asked is a query, understood.
type asked struct {
	config  string   // stemmer for what was typed
	typed   string   // with its operators
	plain   string   // the same, folded
	concept string   // plain with concepts in place of phrases; empty if it has none
	key     string   // folded without operators: what a title that is just it reads as
	words   [][]term // of plain and concept
	stems   [][]term // of typed
	queries queries
}

// Find returns a page of what matches q: the newest texts with its words,
// ranked by how close together and how prominent the words are, whether the
// text is verified, and a little by age. An empty search finds nothing.
func (s *Service) Find(ctx context.Context, query Query) (Page, error) {
	query, err := query.clean()
	if err != nil {
		return Page{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	q := s.db.Read(ctx)
	after, err := readCursor(query.Cursor, q.Now)
	if err != nil {
		return Page{}, err
	}
	a, err := s.understand(ctx, q, query)
	if err != nil || a.plain == "" {
		return Page{}, late(ctx, err)
	}
	page, err := s.page(q, query, a, after)
	if err != nil {
		return Page{}, late(ctx, err)
	}
	if after == nil && page.Total < fewEntries && !page.Capped {
		page.Meant, err = near(q, a, page.Entries)
	}
	return page, late(ctx, err)
}

// late turns the end of patience into an answer.
func late(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errs.Wait(errs.Unavailable, 2*time.Second, "search.slow")
	}
	return err
}

// understand reads what was typed. What has no words asks for nothing.
func (s *Service) understand(ctx context.Context, q *db.Tx, query Query) (asked, error) {
	stems, plain := bothTexts(query.Text)
	if plain == "" {
		return asked{}, nil
	}
	c, err := s.conceptsNow(ctx, q)
	if err != nil {
		return asked{}, err
	}
	a := asked{config: readerConfig(query.Text, query.Lang), typed: stems, plain: plain, key: folded(query.Text), words: alternatives(plain)}
	if onlyNot(a.words) {
		return asked{}, errs.Field("q", "search.only_not")
	}
	if simpleWords(plain) {
		if replaced, ok := c.asked(query.Text); ok {
			a.concept = replaced
			a.words = append(a.words, alternatives(replaced)...)
		}
	}
	err = s.readWords(q, &a)
	return a, err
}

// terms are the words that a text may have been found by.
func (a asked) terms(c *concepts) termSet {
	var out []string
	for _, alternative := range slices.Concat(a.words, a.stems) {
		for _, t := range alternative {
			switch words, ok := c.words[t.word]; {
			case t.not:
			case ok:
				out = append(out, words...)
			default:
				out = append(out, foldWord(t.word))
			}
		}
	}
	slices.Sort(out)
	return termsOf(slices.Compact(out))
}

// page looks where the forecast says that there is enough, and further if there
// is not.
func (s *Service) page(q *db.Tx, query Query, a asked, after *cursor) (Page, error) {
	marks := query.marks()
	f := finding{asked: a, sorts: query.sorts(), titleMarks: allMarks(query.titleMarks()), replyMarks: allMarks(marks), now: q.Now, after: after}
	if after != nil {
		f.now = after.at
	}
	if fc := s.forecast.Load(); fc != nil {
		f.follow(fc, query)
	}
	rows, err := find(q, f)
	for err == nil && f.again(rows) {
		rows, err = find(q, f)
	}
	if err != nil || len(rows) == 0 {
		return Page{}, err
	}
	c, err := s.conceptsNow(q.Context(), q)
	if err != nil {
		return Page{}, err
	}
	page := pageOf(rows, a.terms(c), f.now)
	page.Capped = page.Capped || f.partly()
	return page, nil
}

func pageOf(rows []foundRow, marked termSet, now time.Time) (p Page) {
	p.Total = rows[0].Total
	p.Capped = rows[0].Titles >= rankedTitles || rows[0].Replies >= rankedReplies
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		last := rows[pageSize-1]
		p.Next = cursor{last.Exact, last.Score, last.Entry, now}.String()
	}
	p.Entries = make([]Entry, 0, len(rows))
	for i := range rows {
		p.Entries = append(p.Entries, rows[i].entry(marked))
	}
	return p
}

func (r *foundRow) entry(marked termSet) Entry {
	return Entry{
		Kind: r.Kind, Ref: r.RefID, Parent: r.ParentID, Lang: r.Lang, Title: r.Title, Context: r.Context, Path: r.Path,
		Snippet: snippet(r.Body, marked), Author: r.Author, At: r.CreatedAt, Country: r.Country, Verified: r.Verified, Texts: r.Texts,
	}
}

// mostTyped is how many words of a search are compared with names.
const mostTyped = 5

// clearly is how much less alike a name may be than the one most alike.
const clearly = 0.15

// near returns the names that look like the search, or like one of its longer
// words, and are not found already.
func near(q *db.Tx, a asked, found []Entry) ([]Suggestion, error) {
	typed := []string{a.key}
	for _, w := range strings.Fields(a.key) {
		if text.Length(w) >= 4 && w != a.key && len(typed) <= mostTyped {
			typed = append(typed, w)
		}
	}
	rows, err := listNear(q, typed)
	if err != nil {
		return nil, err
	}
	var out []Suggestion
	for _, r := range rows {
		known := slices.ContainsFunc(found, func(e Entry) bool { return e.Kind == r.Kind && e.Ref == r.RefID })
		if !known && len(out) < 3 && r.Likeness > rows[0].Likeness-clearly {
			out = append(out, Suggestion{r.Kind, r.Title, r.Path})
		}
	}
	return out, nil
}

// Similar returns at most limit entries of a kind with titles like this one, most
// alike first: those that share at least two of its words, or all if it has one.
func (s *Service) Similar(ctx context.Context, kind Kind, title, lang string, limit int) ([]Entry, error) {
	query, err := Query{Text: text.Excerpt(title, MaxText), Lang: lang, Kind: kind}.clean()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	q := s.db.Read(ctx)
	words := folded(query.Text)
	if words == "" {
		return nil, nil
	}
	rows, err := listSimilar(q, kind, readerConfig(query.Text, lang), query.Text, words, limit)
	if err != nil {
		return nil, late(ctx, err)
	}
	var out []Entry
	for _, r := range rows {
		out = append(out, Entry{Kind: kind, Ref: r.RefID, Lang: r.Lang, Title: r.Title, Context: r.Context, Path: r.Path, Country: r.Country, At: r.CreatedAt})
	}
	return out, nil
}
