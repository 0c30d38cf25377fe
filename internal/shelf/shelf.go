// Package shelf holds for a while what many readers see alike: pages as HTML, and
// figures that are read over and over. Of many who ask for the same thing at the
// same time one makes it, and the others get what that one made.
package shelf

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"
)

// Key is what things stand under: an address with its language, or the id of a row.
type Key interface{ string | int64 }

// Of is a shelf of things of one kind. It is made by New, and may be used by many
// at the same time. Who takes a thing must not change it: others hold it too.
type Of[K Key, V any] struct {
	things *expirable.LRU[K, V]
	flight singleflight.Group
}

// New returns a shelf on which at most that many things stand, each as long as
// life. What was asked for longest ago goes first. It is for the life of the
// program: what sweeps it never ends.
func New[K Key, V any](most int, life time.Duration) *Of[K, V] {
	return &Of[K, V]{things: expirable.NewLRU[K, V](most, nil, life)}
}

// Take returns what stands under a key, or has it made: of many who ask at the
// same time one makes it, with a context that nobody's going away ends. What
// could not be made is not kept; all who waited for it get the error.
func (s *Of[K, V]) Take(ctx context.Context, key K, make func(context.Context) (V, error)) (V, error) {
	if v, ok := s.things.Get(key); ok {
		return v, nil
	}
	v, err, _ := s.flight.Do(name(key), func() (any, error) {
		v, err := make(context.WithoutCancel(ctx))
		if err == nil {
			s.things.Add(key, v)
		}
		return v, err
	})
	if err != nil {
		var none V
		return none, err
	}
	return v.(V), nil
}

// Look returns what stands under a key, if anything does.
func (s *Of[K, V]) Look(key K) (V, bool) { return s.things.Get(key) }

// Drop has the next who asks make a thing anew, also where somebody is making it
// right now: that may have begun before the change.
func (s *Of[K, V]) Drop(key K) {
	s.things.Remove(key)
	s.flight.Forget(name(key))
}

// Clear drops everything that stands there.
func (s *Of[K, V]) Clear() { s.things.Purge() }

// name is a key as the flight knows it.
func name[K Key](key K) string { return fmt.Sprint(key) }
