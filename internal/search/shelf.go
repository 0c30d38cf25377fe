package search

import (
	"context"
	"fmt"
	"slices"

	"caravan/internal/db"
)

// Replies stand on shelves of 8,192 by their number. Each shelf has indexes of
// its own, so that what a search of common words costs does not grow with the
// site: it looks at the newest shelves that are likely to hold enough, and at
// all of them only if they do not.

// shelfBits is how many low bits of a reply's number are its place on its shelf.
const shelfBits = 13

func shelfOf(reply int64) int64 { return reply >> shelfBits }

// makeShelves makes the shelves of what waits in the queue. It has a transaction
// of its own, since searches wait while a shelf is put up.
func (s *Service) makeShelves(ctx context.Context) error {
	q := s.db.Read(ctx)
	if len(s.shelves) == 0 {
		there, err := listShelves(q)
		if err != nil {
			return err
		}
		for _, x := range there {
			s.shelves[x.Number], s.changed.shelves[x.Number] = true, true
		}
	}
	wanted, err := listQueuedShelves(q, batch)
	if err != nil {
		return err
	}
	for _, n := range wanted {
		if s.shelves[n] {
			continue
		}
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return makeShelf(tx, n) }); err != nil {
			return fmt.Errorf("search: make shelf %d: %w", n, err)
		}
		s.shelves[n] = true
	}
	return nil
}

// onShelves are the replies whose shelf there is; the others wait for the next
// round, which makes it.
func (s *Service) onShelves(refs []int64) (ready, waiting []int64) {
	for _, ref := range refs {
		if s.shelves[shelfOf(ref)] {
			ready = append(ready, ref)
		} else {
			waiting = append(waiting, ref)
		}
	}
	return slices.Clip(ready), waiting
}
