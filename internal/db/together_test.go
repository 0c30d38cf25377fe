package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// letters are deeds that are named by themselves; the gate holds whoever comes
// first until all are there.
type letters struct {
	*db.Together[*letter]
	mu    sync.Mutex
	seen  [][]*letter
	gate  chan struct{}
	held  chan struct{} // one for each transaction that waits at the gate
	fails func(ls []*letter) ([]*letter, error)
}

type letter struct{ text string }

func newLetters(fails func(ls []*letter) ([]*letter, error)) *letters {
	l := &letters{gate: make(chan struct{}), held: make(chan struct{}, 100), fails: fails}
	l.Together = db.NewTogether(func(x *letter) string { return x.text }, func(_ context.Context, some []*letter) ([]*letter, error) {
		l.held <- struct{}{}
		<-l.gate
		l.mu.Lock()
		l.seen = append(l.seen, slices.Clone(some))
		l.mu.Unlock()
		return l.fails(some)
	})
	return l
}

// send does some deeds at the same time: the first takes the only place, the
// others wait behind it.
func (l *letters) send(t *testing.T, texts ...string) []error {
	t.Helper()
	out := make([]error, len(texts))
	var wg sync.WaitGroup
	for i, text := range texts {
		wg.Go(func() { out[i] = l.Do(context.Background(), &letter{text}) })
		if i == 0 {
			<-l.held
		}
	}
	close(l.gate)
	wg.Wait()
	return out
}

func nothing([]*letter) ([]*letter, error) { return nil, nil }

func TestDeedsWithOneNameNeverShareATransaction(t *testing.T) {
	t.Parallel()
	l := newLetters(nothing)
	for _, err := range l.send(t, "a", "b", "a", "a", "b", "c", "c", "d") {
		if err != nil {
			t.Error(err)
		}
	}
	n := 0
	for _, some := range l.seen {
		names := map[string]bool{}
		for _, x := range some {
			if names[x.text] {
				t.Errorf("%q twice in one", x.text)
			}
			names[x.text] = true
			n++
		}
	}
	if n != 8 {
		t.Errorf("%d deeds were done, want 8", n)
	}
}

func TestWhoFailsTogetherIsDoneAlone(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func([]*letter) ([]*letter, error){
		"an error":      func([]*letter) ([]*letter, error) { return nil, errors.New("refused") },
		"a lock":        func([]*letter) ([]*letter, error) { return nil, &pgconn.PgError{Code: "55P03"} },
		"too slow":      func([]*letter) ([]*letter, error) { return nil, &pgconn.PgError{Code: "57014"} },
		"a panic":       func([]*letter) ([]*letter, error) { panic("refused") },
		"one left out":  func(ls []*letter) ([]*letter, error) { return ls, nil },
		"text is wrong": func([]*letter) ([]*letter, error) { return nil, &pgconn.PgError{Code: "22021"} },
	} {
		for _, err := range newLetters(fails).send(t, "a", "b", "c", "d") {
			if !errors.Is(err, db.ErrAlone) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	away := newLetters(func([]*letter) ([]*letter, error) { return nil, &pgconn.PgError{Code: "57P01"} })
	for _, err := range away.send(t, "a", "b", "c", "d") {
		if db.Trouble(err) == nil {
			t.Errorf("the database is away: %v", err)
		}
	}
	some := newLetters(func(ls []*letter) (alone []*letter, err error) {
		return slices.DeleteFunc(slices.Clone(ls), func(x *letter) bool { return x.text != "c" }), nil
	})
	for i, err := range some.send(t, "a", "b", "c", "d") {
		if (i == 2) != errors.Is(err, db.ErrAlone) {
			t.Errorf("deed %d: %v", i, err)
		}
	}
}

func TestWhoLeavesWaitsForNothingAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	l := newLetters(nothing)
	ctx, leave := context.WithCancel(context.Background())
	gone := make(chan error)
	go func() { gone <- l.Do(ctx, &letter{"a"}) }()
	<-l.held
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := l.Do(ctx, &letter{"late"}); !errors.Is(err, context.Canceled) {
		t.Errorf("who had left before: %v", err)
	}
	close(l.gate)
	if err := l.Do(context.Background(), &letter{"a"}); err != nil { // after the first one
		t.Error(err)
	}
}

func TestNothingIsLeftWaiting(t *testing.T) {
	t.Parallel()
	l := newLetters(nothing)
	close(l.gate)
	go func() {
		for range l.held {
		}
	}()
	var wg sync.WaitGroup
	var done atomic.Int32
	for n := range 16 {
		wg.Go(func() {
			for range 200 {
				if err := l.Do(context.Background(), &letter{string(rune('a' + n%5))}); err != nil {
					t.Error(err)
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	close(l.held)
	if done.Load() != 3200 {
		t.Errorf("%d of 3200", done.Load())
	}
}

func TestWhileOneCommitsTheNextAsksAndAThirdWaits(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	ctx := context.Background()
	// Commits wait for a lock that the test holds.
	gate, err := d.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gate.Rollback(ctx) }()
	if _, err := gate.Exec(ctx, `SELECT pg_advisory_xact_lock(77)`); err != nil {
		t.Fatal(err)
	}
	asked := make(chan []*letter, 10)
	lead := make(chan struct{})
	var open atomic.Int32
	deeds := db.NewTogether(func(x *letter) string { return x.text }, func(ctx context.Context, some []*letter) ([]*letter, error) {
		if n := open.Add(1); n > 2 {
			t.Errorf("%d are open at once", n)
		}
		defer open.Add(-1)
		return nil, d.Write(ctx, func(tx *db.Tx) error {
			asked <- some
			<-lead
			tx.Last("a", `SELECT pg_advisory_xact_lock_shared(77)`, nil, nil)
			return nil
		})
	})
	var all sync.WaitGroup
	do := func(text string) {
		all.Go(func() {
			if err := deeds.Do(ctx, &letter{text}); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
	for _, text := range []string{"a", "b"} {
		do(text)
		if first := <-asked; first[0].text != text {
			t.Fatalf("%s asks, want %s", first[0].text, text)
		}
		lead <- struct{}{} // it commits, and the next may ask
	}
	do("a") // the first with this name is not done
	do("c")
	if err := gate.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	close(lead)
	all.Wait()
}
