package translog

import (
	"context"
	"sync"
	"time"

	"caravan/internal/leaf"
)

// troubles are what is wrong with the log at this node, since when, and when the
// operators were last told.
type troubles struct {
	mu   sync.Mutex
	at   map[string]time.Time
	said map[string]time.Time
}

// due reports whether the operators are to be told now, and remembers it.
func (t *troubles) due(what string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.said[what]; ok && now.Sub(last) < alarmEvery {
		return false
	}
	if t.said == nil {
		t.said = map[string]time.Time{}
	}
	t.said[what] = now
	return true
}

func (t *troubles) set(what string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == nil {
		t.at = map[string]time.Time{}
	}
	if _, ok := t.at[what]; !ok {
		t.at[what] = now
	}
}

func (t *troubles) clear(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.at, what)
	delete(t.said, what)
}

// since is when something went wrong; zero while it is right.
func (t *troubles) since(what string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.at[what]
}

// Thing is what the log holds about one thing, newest first, with the openings
// of its entries.
type Thing struct {
	Rows     []leafRow
	openings map[thing]map[int]*Opening
}

// History finds what the log holds about a thing, and whether anything of it was
// handed in at all.
func (s *Service) History(ctx context.Context, kind, ref string) (t Thing, told bool, err error) {
	q := s.db.Read(ctx)
	if t.Rows, err = listAbout(q, kind, ref); err != nil {
		return t, false, err
	}
	t.openings, err = s.openingsFor(ctx, t.Rows)
	if err != nil {
		return t, false, err
	}
	rows, err := listOpenings(q, []thing{{kind, ref}})
	return t, len(rows) > 0 || len(t.Rows) > 0, err
}

func (s *Service) openingsFor(ctx context.Context, rows []leafRow) (map[thing]map[int]*Opening, error) {
	var want []thing
	for _, r := range rows {
		e, err := leaf.ReadEntry(r.Body)
		if err != nil {
			return nil, err
		}
		if kind, ref, _, ok := e.Opened(); ok {
			want = append(want, thing{kind, ref})
		}
	}
	return s.openings(ctx, want)
}

// removedPageSize is how many removals stand on a page.
const removedPageSize = 50

// Removed are entries that took something away, newest first, before a place, of
// one clinic or of all; and how many there are of each clinic.
func (s *Service) Removed(ctx context.Context, clinic string, before int64, n int) (rows []leafRow, counts []Count, err error) {
	if before <= 0 {
		before = 1 << 62
	}
	q := s.db.Read(ctx)
	if rows, err = listRemovals(q, clinic, before, n); err != nil {
		return nil, nil, err
	}
	counts, err = countRemovals(q)
	return rows, counts, err
}

// countsKept keeps how many entries of each kind there are: counting reads the
// whole log.
type countsKept struct {
	mu     sync.Mutex
	counts []Count
	at     time.Time
}

// countsLife is how long counted kinds are shown.
const countsLife = time.Minute

// Kinds is how many entries of each kind there are, about a minute ago.
func (s *Service) Kinds(ctx context.Context) ([]Count, error) {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	if time.Since(s.counts.at) < countsLife {
		return s.counts.counts, nil
	}
	counts, err := countKinds(s.db.Read(ctx))
	if err == nil {
		s.counts.counts, s.counts.at = counts, time.Now()
	}
	return counts, err
}
