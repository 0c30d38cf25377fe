package shaping

import (
	"context"
	"html/template"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"
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
	lists   *expirable.LRU[string, template.HTML]
	pages   *expirable.LRU[string, *keptPage]
	known   *expirable.LRU[int64, *known]
	figures *expirable.LRU[string, *figures]
	means   *expirable.LRU[int64, float64]
	orders  *expirable.LRU[string, means]
	flight  singleflight.Group
}

func newKept() *kept {
	return &kept{
		lists:   expirable.NewLRU[string, template.HTML](256, nil, keptFor),
		pages:   expirable.NewLRU[string, *keptPage](512, nil, keptFor),
		known:   expirable.NewLRU[int64, *known](512, nil, keptFor),
		figures: expirable.NewLRU[string, *figures](512, nil, figuresFor),
		means:   expirable.NewLRU[int64, float64](512, nil, figuresFor),
		orders:  expirable.NewLRU[string, means](1, nil, ordersFor),
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
	s.kept.known.Purge()
	s.kept.figures.Purge()
	s.kept.means.Purge()
	s.kept.orders.Purge()
}
