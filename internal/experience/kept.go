package experience

import (
	"context"
	"html/template"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"
)

// How long what is the same for every reader of a language is kept: pages for a
// second, so that many readers cost as much as one; figures of a clinic for ten.
const (
	pageLife    = time.Second
	figuresLife = 10 * time.Second
)

// kept holds what pages are made of, by language and address.
type kept struct {
	lists   *expirable.LRU[string, template.HTML]
	pages   *expirable.LRU[string, *pageBody]
	clinics *expirable.LRU[int64, clinicCases]
	counts  *expirable.LRU[string, int]
	flight  singleflight.Group
}

func newKept() *kept {
	return &kept{
		lists:   expirable.NewLRU[string, template.HTML](256, nil, pageLife),
		pages:   expirable.NewLRU[string, *pageBody](500, nil, pageLife),
		clinics: expirable.NewLRU[int64, clinicCases](500, nil, figuresLife),
		counts:  expirable.NewLRU[string, int](20, nil, figuresLife),
	}
}

// once returns what is kept under a key, or makes it: of many who ask at the
// same time one does, with a context that nobody's going away ends.
func once[K comparable, V any](ctx context.Context, k *kept, cache *expirable.LRU[K, V], key K, name string, make func(context.Context) (V, error)) (V, error) {
	if v, ok := cache.Get(key); ok {
		return v, nil
	}
	v, err, _ := k.flight.Do(name, func() (any, error) {
		v, err := make(context.WithoutCancel(ctx))
		if err == nil {
			cache.Add(key, v)
		}
		return v, err
	})
	if err != nil {
		var zero V
		return zero, err
	}
	return v.(V), nil
}

// Forget drops everything that is kept, for tests and for who cannot wait.
func (s *Service) Forget() {
	s.kept.lists.Purge()
	s.kept.pages.Purge()
	s.kept.clinics.Purge()
	s.kept.counts.Purge()
}
