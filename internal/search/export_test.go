package search

import (
	"context"
	"strings"
)

// Explain returns the plan of what Find runs.
func Explain(s *Service, query Query) (string, error) {
	query, err := query.clean()
	if err != nil {
		return "", err
	}
	q := s.db.Read(context.Background())
	a, err := s.understand(context.Background(), q, query)
	if err != nil {
		return "", err
	}
	f := finding{asked: a, sorts: query.sorts(), titleMarks: allMarks(query.titleMarks()), replyMarks: allMarks(query.marks()), now: q.Now}
	if fc := s.forecast.Load(); fc != nil {
		f.from = fc.from(fc.share(a.words, query.marks()))
	}
	var lines []string
	err = q.Gorm().Raw("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+f.statement(), f.values()).Scan(&lines).Error
	return strings.Join(lines, "\n"), err
}
