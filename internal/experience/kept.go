package experience

import (
	"html/template"
	"time"

	"caravan/internal/shelf"
)

// How long what is the same for every reader of a language is kept: pages for a
// second, so that many readers cost as much as one; figures of a clinic for ten.
const (
	pageLife    = time.Second
	figuresLife = 10 * time.Second
)

// kept holds what pages are made of, by language and address.
type kept struct {
	lists   *shelf.Of[string, template.HTML]
	pages   *shelf.Of[string, *pageBody]
	clinics *shelf.Of[int64, clinicCases]
	counts  *shelf.Of[string, int]
}

func newKept() *kept {
	return &kept{
		lists:   shelf.New[string, template.HTML](256, pageLife),
		pages:   shelf.New[string, *pageBody](500, pageLife),
		clinics: shelf.New[int64, clinicCases](500, figuresLife),
		counts:  shelf.New[string, int](20, figuresLife),
	}
}

// Forget drops everything that is kept, for tests and for who cannot wait.
func (s *Service) Forget() {
	s.kept.lists.Clear()
	s.kept.pages.Clear()
	s.kept.clinics.Clear()
	s.kept.counts.Clear()
}
