package search

import (
	"context"
	"strings"
)

// Measure is measure, for tests that do not wait for the job.
func Measure(s *Service) error { return s.measure(context.Background()) }

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
	filters := query.filters()
	all := asMarks(filters...)
	f := finding{asked: a, sorts: query.sorts(), filters: all, titled: all, replies: all, now: q.Now}
	out := ""
	if fc := s.forecast.Load(); fc != nil {
		share := fc.share(a.words, filters)
		f.titled, f.titledOnly = fc.newest(share, rankedTitled, Question, filters, q.Now)
		f.replies, f.repliesOnly = fc.newest(share, rankedReplies, Reply, filters, q.Now)
		out = f.titled + "  " + f.replies + "\n"
	}
	var lines []string
	err = q.Gorm().Raw("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+findSQL(f.sorts), f.values()).Scan(&lines).Error
	return out + strings.Join(lines, "\n"), err
}
