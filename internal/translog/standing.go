package translog

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/web"
)

// Look finds out whether the tree is the one that was published, before the
// first round does: a site on an old copy of its database takes nothing from the
// first request on.
func (s *Service) Look(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.db.Read(ctx)
	row, err := findHead(q)
	if err != nil || row == nil {
		return err
	}
	s.stands.Store(row)
	if key := s.key.Load(); key == nil || key.public != row.PublicKey {
		return nil // the first round says so
	}
	_, err = s.continues(q, s.headOf(row))
	return err
}

// Record is how the log stands, from memory: every page tells it.
func (s *Service) Record() (r web.Record) {
	r.ReadOnly = s.Trouble().Behind
	h := s.stands.Load()
	if h == nil || h.SignedAt == nil {
		return r
	}
	r.Entries, r.SignedAt = int(h.SignedSize), *h.SignedAt
	if h.AloneSince != nil && len(s.askers) > 0 && s.db.Now().Sub(*h.AloneSince) >= aloneLong {
		r.Alone = *h.AloneSince
	}
	return r
}

func (s *Service) headOf(row *headRow) leaf.Head {
	return leaf.Head{Origin: s.key.Load().signer.Name(), Size: row.Size, Root: tlog.Hash(row.Root)}
}

// fits reports whether the tree is the one that was published, as far as this
// node and the witnesses remember.
func (s *Service) fits(ctx context.Context) (bool, error) {
	q := s.writer.Read(ctx)
	row, err := findHead(q)
	if err != nil || row == nil {
		return false, err
	}
	ok, err := s.continues(q, s.headOf(row))
	if err != nil || !ok {
		return false, err
	}
	return s.witnessesAgree(ctx, row), nil
}

// continues reports whether the tree grew out of the head that was last
// published from here.
func (s *Service) continues(q *db.Tx, head leaf.Head) (bool, error) {
	last, err := s.published()
	if err != nil {
		return false, err
	}
	if last == nil {
		return true, nil
	}
	if head.Size < last.Size {
		return false, s.alarm("behind", fmt.Sprintf("the tree (%d entries) is behind what was published (%d): this database is an old copy. Nothing is signed, and the site takes nothing. "+
			"Restore a newer copy, or run caravan replay to bring the missing entries back", head.Size, last.Size))
	}
	root, err := tlog.TreeHash(last.Size, hashReader{q})
	if err != nil {
		return false, fmt.Errorf("translog: root of what was published: %w", err)
	}
	if root != last.Root {
		return false, s.alarm("behind", fmt.Sprintf("the first %d entries are not those that were published: this is another tree. Nothing is signed, and the site takes nothing. Restore a copy of the right database", last.Size))
	}
	s.calm("behind")
	return true, nil
}

// Trouble is what is wrong with the log, since when; zero times are right.
type Trouble struct {
	NoKey  time.Time // this node cannot sign, and perhaps nobody does
	Behind time.Time // the tree is not the one that was published: nothing is signed
}

// Trouble is what this node knows to be wrong.
func (s *Service) Trouble() Trouble {
	t := Trouble{NoKey: s.state.since("key"), Behind: s.state.since("behind")}
	if ahead := s.state.since("ahead"); t.Behind.IsZero() || !ahead.IsZero() && ahead.Before(t.Behind) {
		t.Behind = ahead
	}
	return t
}
