package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrAlone says that a deed was not done together with others, and nothing of it
// is left behind: its caller does it in a transaction of its own, where it waits
// as long as it must and its error is only its own.
var ErrAlone = errors.New("db: not together with others")

// Together does deeds of many people in one transaction: whoever comes while one
// asks what it must know waits for the next, and is answered after its commit.
// While one commits the next may ask, once there are enough for it. A row that all
// of them change is then locked and flushed once, not once each. A deed that comes
// alone runs at once.
//
// Deeds with the same name are done one after the other, never in one
// transaction.
type Together[T comparable] struct {
	name func(T) string
	do   func(ctx context.Context, deeds []T) (alone []T, err error)

	mu      sync.Mutex
	waiting []*deed[T]
	names   map[string]bool // of the deeds that are being done
	asking  int             // transactions that are not committing yet
	open    int             // transactions in all
	size    int             // of the last
}

type deed[T comparable] struct {
	of   T
	name string
	done chan error // holds one
}

// How many deeds share a transaction at most, how many transactions ask at a time
// and are open, and for how long. Of two that ask at once each would be half as
// large and take a third more work for a deed; while one commits it only waits,
// for rows and for the log.
const (
	mostTogether = 64
	mostAsking   = 1
	mostOpen     = 2
	togetherTime = 30 * time.Second
)

// NewTogether returns a Together of deeds. Do does many of them in one
// transaction and returns those that it left out for their own callers; its
// error means that nothing was done. It must not do anything that only some of
// the callers may see: its context is nobody's.
func NewTogether[T comparable](name func(T) string, do func(ctx context.Context, deeds []T) (alone []T, err error)) *Together[T] {
	return &Together[T]{name: name, do: do, names: map[string]bool{}}
}

// Do has x done and returns after the commit. Whoever leaves before that does
// not know whether it holds, as with every commit. It returns ErrAlone when x is
// for the caller to do.
func (t *Together[T]) Do(ctx context.Context, x T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d := &deed[T]{of: x, name: t.name(x), done: make(chan error, 1)}
	t.mu.Lock()
	t.waiting = append(t.waiting, d)
	t.start()
	t.mu.Unlock()
	select {
	case err := <-d.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins a transaction for those who wait, if there may be one more. While
// another commits only three quarters as many as it has are worth one. Its caller holds mu.
func (t *Together[T]) start() {
	if t.asking >= mostAsking || t.open >= mostOpen || t.open > 0 && 4*len(t.waiting) < 3*t.size {
		return
	}
	some := t.take()
	if len(some) == 0 {
		return
	}
	t.asking, t.open, t.size = t.asking+1, t.open+1, len(some)
	go t.run(some)
}

// run does some deeds. From the moment they commit others may begin.
func (t *Together[T]) run(some []*deed[T]) {
	next := sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.asking--
		t.start()
	})
	t.answer(some, next)
	next()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range some {
		delete(t.names, d.name)
	}
	t.open--
	t.start()
}

// take takes the longest waiting deeds with different names that are not being
// done. Its caller holds mu.
func (t *Together[T]) take() (some []*deed[T]) {
	t.waiting = slices.DeleteFunc(t.waiting, func(d *deed[T]) bool {
		if len(some) == mostTogether || t.names[d.name] {
			return false
		}
		t.names[d.name] = true
		some = append(some, d)
		return true
	})
	return some
}

// answer does some deeds and tells each caller what became of theirs.
func (t *Together[T]) answer(some []*deed[T], atCommit func()) {
	all := make([]T, len(some))
	for i, d := range some {
		all[i] = d.of
	}
	alone, err := t.try(all, atCommit)
	if err != nil && !common(err) {
		alone, err = all, nil
	}
	for _, d := range some {
		if err == nil && slices.Contains(alone, d.of) {
			d.done <- ErrAlone
			continue
		}
		d.done <- err
	}
}

// try keeps a panic to who caused it: each is done alone then.
func (t *Together[T]) try(all []T, atCommit func()) (alone []T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: together: panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), committing{}, atCommit), togetherTime)
	defer cancel()
	return t.do(ctx, all)
}

// committing is the key of a function in a context, which a transaction under it calls when it
// has asked all that it must and only commits.
type committing struct{}

// common reports whether err is everybody's: the database is away or full.
// Everything else may be the doing of one deed, and so may a lock that somebody
// holds and a statement that takes too long.
func common(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && (lockTaken(pe) || pe.Code == "57014" || pe.Code == "22021") {
		return false
	}
	return Trouble(err) != nil
}
