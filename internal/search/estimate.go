package search

import (
	"context"
	"slices"
	"time"

	"caravan/internal/db"
)

// forecast is what the planner knows of the index: how many documents there
// are, in which share of them the commonest words are, and when the n newest
// were last active. With it a search of common words looks at the newest part
// of the index only. A wrong guess costs time, never a hit.
type forecast struct {
	docs   float64
	shares map[string]float64
	rare   float64 // share of a word that is not among the commonest
	depths []depth
}

// depth says that n documents were active since at.
type depth struct {
	N  float64
	At time.Time
}

// firstDepth is the smallest part of the index that is worth looking at alone;
// each further one is a quarter deeper, up to three quarters of the index.
const firstDepth = 1_000

// measure reads the forecast and the concepts anew.
func (s *Service) measure(ctx context.Context) error {
	q := s.db.Read(ctx)
	f, err := readForecast(q)
	if err != nil {
		return err
	}
	rows, err := listSynonyms(q)
	if err != nil {
		return err
	}
	s.forecast.Store(f)
	s.concepts.Store(readConcepts(rows))
	return nil
}

func readForecast(q *db.Tx) (*forecast, error) {
	f := &forecast{shares: map[string]float64{}}
	var err error
	if f.docs, err = countDocs(q); err != nil {
		return nil, err
	}
	words, err := listCommonWords(q)
	if err != nil {
		return nil, err
	}
	f.rare = 1
	for _, w := range words {
		f.shares[w.Word] = w.Share
		f.rare = min(f.rare, w.Share)
	}
	var ns []int
	for n := firstDepth; float64(n) < f.docs*3/4; n += n / 4 {
		ns = append(ns, n)
	}
	f.depths, err = listDepths(q, ns)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// share is the part of all documents that a query with filters is likely to
// match, if its words stand independently of each other; words of a text keep
// company, so there are rather more.
func (f *forecast) share(words [][]term, filters [][]string) float64 {
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
	for _, set := range filters {
		p := 0.0
		for _, mark := range set {
			p += f.of(mark)
		}
		sum *= min(p, 1)
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

// newest are the marks of the newest part of the index that is likely to hold n
// documents of some kind that a search of that share matches; narrow is false if
// that is most of the index, and the marks are the filters alone.
func (f *forecast) newest(share float64, n int, k Kind, filters [][]string, now time.Time) (marks string, narrow bool) {
	all := asMarks(filters...)
	share *= f.of(kindMark(k))
	if len(f.shares) == 0 || share <= 0 {
		return all, false
	}
	need := margin * float64(n) / share
	for _, d := range f.depths {
		if d.N >= need {
			if cells := since(d.At, now); cells != nil {
				return asMarks(append(slices.Clone(filters), append(cells, allTimes))...), true
			}
			break
		}
	}
	return all, false
}
