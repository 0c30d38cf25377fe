package search

import (
	"context"
	"strings"
	"time"

	"caravan/internal/db"
)

// Explain returns the plan of what Find runs.
func Explain(s *Service, query Query) (string, error) {
	query, err := query.clean()
	if err != nil {
		return "", err
	}
	q := s.db.Read(context.Background())
	f, err := findingOf(s, q, query)
	if err != nil {
		return "", err
	}
	if fc := s.forecast.Load(); fc != nil {
		f.follow(fc, query)
	}
	var lines []string
	err = q.Gorm().Raw("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+f.statement(), f.values()).Scan(&lines).Error
	return strings.Join(lines, "\n"), err
}

// Wait makes searches wait that long for an answer, for tests that run beside
// others and ask what is found, not when.
func Wait(s *Service, d time.Duration) { s.patience = d }

// Found are the entries that are found by index, or row after row.
func Found(s *Service, query Query, through bool) (entries []int64, err error) {
	if query, err = query.clean(); err != nil {
		return nil, err
	}
	q := s.db.Read(context.Background())
	f, err := findingOf(s, q, query)
	if err != nil {
		return nil, err
	}
	f.titles.through, f.replies.through = through, through
	rows, err := find(q, f)
	for _, r := range rows {
		entries = append(entries, r.Entry)
	}
	return entries, err
}

func findingOf(s *Service, q *db.Tx, query Query) (finding, error) {
	a, err := s.understand(context.Background(), q, query)
	return finding{asked: a, sorts: query.sorts(), titleMarks: allMarks(query.titleMarks()), replyMarks: allMarks(query.marks()), now: q.Now}, err
}

// Expect makes searches believe that every text has the word, and that the shelves up to newest
// hold more than enough of them.
func Expect(s *Service, word string, newest int64) {
	f := &forecast{titleShelves: []shelf{{Table: titlesTable, Rows: 1e9}}}
	f.titles = shares{plain: map[string]float64{word: 1}}
	f.replies = f.titles
	for n := newest; n >= 0; n-- {
		f.replyShelves = append(f.replyShelves, shelf{repliesTable, n, 1e9})
	}
	s.forecast.Store(f)
}

// VectorOf is what plain words become.
func VectorOf(words string) (string, bool) { return vectorOf(words) }
