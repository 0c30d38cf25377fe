package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/testkit"
)

// wash is a job of these tests; how it ends is chosen by its arguments.
type wash struct {
	Name string `json:"name"`
}

// Kind names the job.
func (wash) Kind() string { return "wash" }

func runner(t *testing.T, d *db.DB) *job.Runner {
	t.Helper()
	r, err := job.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func begin(t *testing.T, r *job.Runner) {
	t.Helper()
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// next waits for something to be told.
func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(time.Minute):
		t.Fatalf("%s: nothing within a minute", what)
		panic("unreachable")
	}
}

func TestAJobIsThereExactlyIfItsTransactionIs(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	r := runner(t, d)
	done := make(chan string, 10)
	job.Handle(r, func(_ context.Context, w wash) error { done <- w.Name; return nil })
	begin(t, r)
	back := errors.New("back")
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		return errors.Join(r.Add(tx, wash{"never"}), back)
	})
	if !errors.Is(err, back) {
		t.Fatal(err)
	}
	err = d.Write(context.Background(), func(tx *db.Tx) error { return r.Add(tx, wash{"once"}) })
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, "the job", done); got != "once" {
		t.Errorf("done: %s", got)
	}
	if err := r.Drain(context.Background()); err != nil {
		t.Error(err)
	}
	if len(done) > 0 {
		t.Errorf("done too: %s", <-done)
	}
}

// TestAPanicInAJobEndsNothing lets a job panic and fail before it succeeds: it
// is tried again later, others go on, and what failed is kept with its error.
func TestAPanicInAJobEndsNothing(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	r := runner(t, d)
	type try struct {
		name string
		n    int32
		at   time.Time
	}
	tries := make(chan try, 10)
	var bad atomic.Int32
	job.Handle(r, func(_ context.Context, w wash) error {
		if w.Name == "good" {
			tries <- try{w.Name, 1, time.Now()}
			return nil
		}
		n := bad.Add(1)
		tries <- try{w.Name, n, time.Now()}
		if n == 1 {
			panic("fault")
		}
		return nil
	})
	begin(t, r)
	for _, name := range []string{"bad", "good"} {
		if err := d.Write(context.Background(), func(tx *db.Tx) error { return r.Add(tx, wash{name}) }); err != nil {
			t.Fatal(err)
		}
	}
	var seen []try
	for range 3 {
		seen = append(seen, next(t, "a try", tries))
	}
	var first, second time.Time
	good := 0
	for _, s := range seen {
		switch {
		case s.name == "good":
			good++
		case s.n == 1:
			first = s.at
		default:
			second = s.at
		}
	}
	if good != 1 || first.IsZero() || second.Sub(first) < 300*time.Millisecond {
		t.Errorf("tries: %+v; the second must come after a pause", seen)
	}
	var kept int
	err := d.Pool().QueryRow(context.Background(), `SELECT coalesce(array_length(errors, 1), 0) FROM river.river_job WHERE args ->> 'name' = 'bad'`).Scan(&kept)
	if err != nil || kept != 1 {
		t.Errorf("%d errors kept, %v", kept, err)
	}
}

func TestARoundThatPanicsComesRoundAgain(t *testing.T) {
	t.Parallel()
	r := runner(t, testkit.DB(t))
	rounds := make(chan int32, 10)
	var n atomic.Int32
	nudge := r.Every("test", time.Hour, func(context.Context) error {
		k := n.Add(1)
		rounds <- k
		if k == 1 {
			panic("fault")
		}
		return nil
	})
	job.Handle(r, func(context.Context, wash) error { return nil }) // River wants one
	begin(t, r)
	nudge()
	next(t, "the first round", rounds)
	nudge()
	if got := next(t, "the second round", rounds); got != 2 {
		t.Errorf("round %d", got)
	}
}

// TestStopWaitsForWhatRuns stops while a job runs: it comes to its end.
func TestStopWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	r := runner(t, d)
	running, end := make(chan bool), make(chan bool)
	var ended atomic.Bool
	job.Handle(r, func(context.Context, wash) error {
		running <- true
		<-end
		ended.Store(true)
		return nil
	})
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(context.Background(), func(tx *db.Tx) error { return r.Add(tx, wash{"slow"}) }); err != nil {
		t.Fatal(err)
	}
	next(t, "the job", running)
	stopped := make(chan error, 1)
	go func() { stopped <- r.Stop(context.Background()) }()
	close(end)
	if err := next(t, "the stop", stopped); err != nil || !ended.Load() {
		t.Errorf("stopped with %v, the job ended: %v", err, ended.Load())
	}
}
