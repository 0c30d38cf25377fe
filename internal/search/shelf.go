package search

import (
	"context"
	"fmt"
	"slices"

	"caravan/internal/db"
)

// Replies stand on shelves of 16,384 by their number. Each shelf has indexes of
// its own, so that what a search of common words costs does not grow with the
// site: it looks at the newest shelves that are likely to hold enough, and at
// all of them only if they do not.

// shelfBits is how many low bits of a reply's number are its place on its shelf.
const shelfBits = 14

func shelfOf(reply int64) int64 { return reply >> shelfBits }

// forecast is what the planner knows of the replies: how many stand on each
// shelf, and in which share of them the commonest words are. A wrong guess costs
// time, never a hit.
type forecast struct {
	shelves []shelf // newest first
	shares  map[string]float64
	rare    float64 // share of a word that is not among the commonest
}

type shelf struct {
	Number  int64
	Replies float64
}

// measure reads the forecast and the concepts anew.
func (s *Service) measure(ctx context.Context) error {
	q := s.db.Read(ctx)
	shelves, err := listShelves(q)
	if err != nil {
		return err
	}
	words, err := listCommonWords(q)
	if err != nil {
		return err
	}
	f := &forecast{shelves: shelves, shares: make(map[string]float64, len(words)), rare: 1}
	for _, w := range words {
		f.shares[w.Word] = w.Share
		f.rare = min(f.rare, w.Share)
	}
	rows, err := listSynonyms(q)
	if err != nil {
		return err
	}
	s.forecast.Store(f)
	s.concepts.Store(readConcepts(rows))
	s.called.Clear()
	return nil
}

// share is the part of all replies that a search is likely to match, if its
// words stand independently of each other; words of a text keep company, so
// there are rather more.
func (f *forecast) share(words [][]term, marks []string) float64 {
	sum := 0.0
	for _, alternative := range words {
		p := 1.0
		for _, t := range alternative {
			if !t.not {
				p *= f.of(t.word)
			}
		}
		sum += p
	}
	sum = min(sum, 1)
	for _, m := range marks {
		sum *= f.of(m)
	}
	return sum
}

func (f *forecast) of(word string) float64 {
	if p, ok := f.shares[word]; ok {
		return p
	}
	return f.rare / 2
}

// margin is how many times more than needed a search looks for, so that it
// seldom looks twice.
const margin = 1.3

// from is the first reply of the oldest shelf that a search of that share must
// look at, to find as many as are ranked; 0 means all.
func (f *forecast) from(share float64) int64 {
	if f == nil || len(f.shares) == 0 {
		return 0
	}
	found := 0.0
	for i, s := range f.shelves {
		if found += s.Replies * share; found >= margin*rankedReplies && i+1 < len(f.shelves) {
			return s.Number << shelfBits
		}
	}
	return 0
}

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
			s.shelves[x.Number] = true
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
