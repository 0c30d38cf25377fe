package shelf_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/shelf"
)

// patience is how long a test waits for what should come at once.
const patience = 10 * time.Second

func TestOfManyWhoAskAtOnceOneMakesIt(t *testing.T) {
	t.Parallel()
	s := shelf.New[int64, string](10, time.Hour)
	var made atomic.Int32
	begun, proceed := make(chan struct{}), make(chan struct{})
	slow := func(context.Context) (string, error) {
		if made.Add(1) == 1 {
			close(begun)
		}
		<-proceed
		return "a page", nil
	}
	var all sync.WaitGroup
	ask := func() {
		if got, err := s.Take(t.Context(), 7, slow); got != "a page" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	all.Go(ask)
	<-begun
	for range 20 {
		all.Go(ask)
	}
	close(proceed)
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	if got, ok := s.Look(7); got != "a page" || !ok {
		t.Errorf("there stands %q, %v", got, ok)
	}
}

func TestWhoGoesAwayDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	s := shelf.New[string, int](10, time.Hour)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	n, err := s.Take(gone, "en /packages", func(ctx context.Context) (int, error) { return 3, ctx.Err() })
	if n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestWhatCouldNotBeMadeIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := shelf.New[string, *int](10, time.Hour)
	away := errors.New("the database is away")
	if v, err := s.Take(t.Context(), "a", func(context.Context) (*int, error) { return new(int), away }); v != nil || !errors.Is(err, away) {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := s.Take(t.Context(), "a", func(context.Context) (*int, error) { return new(int), nil }); v == nil || err != nil {
		t.Errorf("%v, %v", v, err)
	}
}

func TestWhatIsDroppedIsMadeAnewEvenWhileItIsBeingMade(t *testing.T) {
	t.Parallel()
	s := shelf.New[int64, string](10, time.Hour)
	begun, end := make(chan struct{}), make(chan struct{})
	var old sync.WaitGroup
	old.Go(func() {
		got, err := s.Take(t.Context(), 7, func(context.Context) (string, error) {
			close(begun)
			<-end
			return "before the change", nil
		})
		if got != "before the change" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
	<-begun
	s.Drop(7)
	fresh := make(chan string, 1)
	go func() {
		got, err := s.Take(t.Context(), 7, func(context.Context) (string, error) { return "after the change", nil })
		if err != nil {
			t.Error(err)
		}
		fresh <- got
	}()
	select {
	case got := <-fresh:
		if got != "after the change" {
			t.Errorf("got %q", got)
		}
	case <-time.After(patience):
		t.Error("who asks after the change waits for what began before it")
	}
	close(end)
	old.Wait()
}

func TestThingsGoWhenTheirTimeIsOverOrTheShelfIsCleared(t *testing.T) {
	t.Parallel()
	brief, long := shelf.New[string, int](10, time.Millisecond), shelf.New[string, int](10, time.Hour)
	for _, s := range []*shelf.Of[string, int]{brief, long} {
		if _, err := s.Take(t.Context(), "a", func(context.Context) (int, error) { return 1, nil }); err != nil {
			t.Fatal(err)
		}
	}
	tick, late := time.NewTicker(time.Millisecond), time.After(patience)
	defer tick.Stop()
	for _, there := brief.Look("a"); there; _, there = brief.Look("a") {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("still there")
		}
	}
	if _, there := long.Look("a"); !there {
		t.Error("what has an hour is gone")
	}
	long.Clear()
	if _, there := long.Look("a"); there {
		t.Error("a cleared shelf holds something")
	}
}
