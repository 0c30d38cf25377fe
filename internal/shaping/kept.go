package shaping

import (
	"html/template"
	"time"

	"caravan/internal/shelf"
)

// How long what many readers see alike is kept: pages for a second, so that many
// readers cost as much as one; figures for ten.
const (
	keptFor    = time.Second
	figuresFor = 10 * time.Second
	ordersFor  = time.Hour // means of whole treatments move slowly, and pages of a list should go together
)

// kept holds what pages are made of.
type kept struct {
	lists   *shelf.Of[string, template.HTML]
	pages   *shelf.Of[string, *keptPage]
	known   *shelf.Of[int64, *known]
	figures *shelf.Of[string, *figures]
	orders  *shelf.Of[string, means]
}

func newKept() *kept {
	return &kept{
		lists:   shelf.New[string, template.HTML](256, keptFor),
		pages:   shelf.New[string, *keptPage](512, keptFor),
		known:   shelf.New[int64, *known](512, keptFor),
		figures: shelf.New[string, *figures](512, figuresFor),
		orders:  shelf.New[string, means](1, ordersFor),
	}
}

// Forget drops everything that is kept, for tests and for who cannot wait.
func (s *Service) Forget() {
	s.kept.lists.Clear()
	s.kept.pages.Clear()
	s.kept.known.Clear()
	s.kept.figures.Clear()
	s.kept.orders.Clear()
}
