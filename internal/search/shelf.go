package search

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"caravan/internal/db"
)

// What can be found stands on shelves of 8,192: replies by their number, titles by
// the order in which they came. Each shelf has indexes of its own, so that what a
// search of common words costs does not grow with the site: it looks at the
// newest shelves that hold enough, and at all of them only if they do not. Names
// have one shelf of their own.

// The tables of which shelves are parts.
const (
	titlesTable  = "search_titles"
	repliesTable = "search_replies"
	namesShelf   = "search_titles_names"
)

// shelfBits is how many low bits of a place are its place on its shelf, and
// nameBit is in all places of names.
const (
	shelfBits = 13
	nameBit   = 1 << 40
)

// shelf is a part of a table. Rows is how many the planner believes it holds.
type shelf struct {
	Table  string
	Number int64
	Rows   float64
}

// table is its name in the database.
func (x shelf) table() string { return x.Table + "_" + strconv.FormatInt(x.Number, 10) }

// shelfOf is the shelf of a document by its place; the place of a reply is its number.
func shelfOf(k Kind, place int64) string {
	switch {
	case k == Reply:
		return shelf{Table: repliesTable, Number: place >> shelfBits}.table()
	case place >= nameBit:
		return namesShelf
	}
	return shelf{Table: titlesTable, Number: place >> shelfBits}.table()
}

// makeShelves makes the shelves of what waits in the queue. It has a transaction
// of its own, since searches wait while a shelf is put up.
func (s *Service) makeShelves(ctx context.Context) error {
	q := s.db.Read(ctx)
	if len(s.shelves) == 0 { // just started: anything may have been written by others
		there, err := listShelves(q)
		if err != nil {
			return err
		}
		s.changed[namesShelf] = true
		for _, x := range there {
			s.shelves[x.table()], s.changed[x.table()] = true, true
		}
	}
	wanted, err := listWantedShelves(q, batch)
	if err != nil {
		return err
	}
	for _, x := range wanted {
		if s.shelves[x.table()] {
			continue
		}
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return makeShelf(tx, x) }); err != nil {
			return fmt.Errorf("search: make shelf %s: %w", x.table(), err)
		}
		s.shelves[x.table()] = true
	}
	return nil
}

// onShelves are the replies whose shelf there is; the others wait for the next
// round, which makes it.
func (s *Service) onShelves(refs []int64) (ready, waiting []int64) {
	for _, ref := range refs {
		if s.shelves[shelfOf(Reply, ref)] {
			ready = append(ready, ref)
		} else {
			waiting = append(waiting, ref)
		}
	}
	return slices.Clip(ready), waiting
}
