// Package job runs work after a transaction: jobs are rows that are inserted
// in the transaction that wants them (River, in schema "river"), so they exist
// exactly if what they belong to exists, and are tried until they succeed.
//
// Add and Handle are for work that belongs to one deed, such as a mail. Every
// is for work that comes round, such as purging: each node runs it by its own
// clock, so its function must be safe to run on several at once.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"caravan/internal/db"
)

// schema holds River's own tables.
const schema = "river"

// keep is how long the rows of finished jobs stay: they may hold what a mail
// said.
const keep = 7 * 24 * time.Hour

// Runner knows the jobs and runs them.
type Runner struct {
	db      *db.DB
	workers *river.Workers
	rounds  []*round
	insert  *river.Client[pgx.Tx] // inserts only, works before Start
	client  *river.Client[pgx.Tx]
	wg      sync.WaitGroup
	stop    context.CancelFunc
}

// still is River's way to the database without NOTIFY, which would put a lock of
// the whole database into commits that add a job. Clients look for jobs by
// themselves (PollOnly).
type still struct{ *riverpgxv5.Driver }

// SupportsListenNotify says that there is nobody to notify.
func (still) SupportsListenNotify() bool { return false }

type round struct {
	name  string
	every time.Duration
	f     func(ctx context.Context) error
	wake  chan struct{}
}

// New returns a Runner on d. Handle and Every come before Start.
func New(d *db.DB) (*Runner, error) {
	c, err := river.NewClient(still{riverpgxv5.New(d.Pool())}, &river.Config{Schema: schema, Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("job: %w", err)
	}
	return &Runner{db: d, workers: river.NewWorkers(), insert: c}, nil
}

// Handle says what does the jobs of kind T. An error of f means: try again
// later, with growing pauses.
func Handle[T river.JobArgs](r *Runner, f func(ctx context.Context, args T) error) {
	river.AddWorker(r.workers, river.WorkFunc(func(ctx context.Context, j *river.Job[T]) error { return f(ctx, j.Args) }))
}

// Every calls f about every d on each node, and at once when the returned
// nudge is called. Nudges that come while f runs are one.
func (r *Runner) Every(name string, d time.Duration, f func(ctx context.Context) error) (nudge func()) {
	x := &round{name, d, f, make(chan struct{}, 1)}
	r.rounds = append(r.rounds, x)
	return func() {
		select {
		case x.wake <- struct{}{}:
		default:
		}
	}
}

// Add puts a job into tx: it runs if tx commits.
func (r *Runner) Add(tx *db.Tx, args river.JobArgs) error {
	_, err := r.insert.InsertTx(tx.Context(), tx.Pgx(), args, nil)
	return db.Wrap("job: add "+args.Kind(), err)
}

// Migrate brings River's tables up to date.
func (r *Runner) Migrate(ctx context.Context) error {
	return Migrate(ctx, r.db)
}

// Migrate brings River's tables in d up to date. Many may call it at once.
func Migrate(ctx context.Context, d *db.DB) error {
	conn, err := d.Pool().Acquire(ctx)
	if err != nil {
		return fmt.Errorf("job: migrate: %w", err)
	}
	defer conn.Release()
	// River has no lock of its own here; the schema must exist before it looks.
	// Whoever comes second waits for as long as the first one needs.
	if _, err := conn.Exec(ctx, "set statement_timeout = 0; set lock_timeout = 0; select pg_advisory_lock(7701001)"); err != nil {
		return fmt.Errorf("job: migrate: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock(7701001); reset statement_timeout; reset lock_timeout")
	}()
	if _, err := conn.Exec(ctx, "create schema if not exists "+schema); err != nil {
		return fmt.Errorf("job: migrate: %w", err)
	}
	m, err := rivermigrate.New(riverpgxv5.New(d.Pool()), &rivermigrate.Config{Schema: schema, Logger: quiet})
	if err != nil {
		return fmt.Errorf("job: migrate: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("job: migrate: %w", err)
	}
	return nil
}

var quiet = slog.New(slog.DiscardHandler)

// Start begins to run jobs and rounds, until Stop.
func (r *Runner) Start(ctx context.Context) error {
	c, err := river.NewClient(still{riverpgxv5.New(r.db.Pool())}, &river.Config{
		Schema: schema, Workers: r.workers, PollOnly: true, FetchPollInterval: 500 * time.Millisecond, Logger: quiet,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 20}},
		ErrorHandler:                report{},
		ReindexerIndexNames:         []string{}, // the site may not: its role owns nothing
		CompletedJobRetentionPeriod: 24 * time.Hour, DiscardedJobRetentionPeriod: keep, CancelledJobRetentionPeriod: keep,
	})
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	ctx, r.stop = context.WithCancel(ctx)
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		r.stop()
		return fmt.Errorf("job: start: %w", err)
	}
	r.client = c
	for _, x := range r.rounds {
		r.wg.Go(func() { x.run(ctx) })
	}
	return nil
}

func (x *round) run(ctx context.Context) {
	for {
		// Up to a tenth more, so that nodes do not march in step.
		t := time.NewTimer(x.every + time.Duration(rand.Int64N(int64(x.every)/10+1)))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-x.wake:
			t.Stop()
		case <-t.C:
		}
		if err := x.once(ctx); err != nil && ctx.Err() == nil {
			slog.Error("job: round", "name", x.name, "error", err)
		}
	}
}

func (x *round) once(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return x.f(ctx)
}

// Stop lets running jobs end, at most until ctx does.
func (r *Runner) Stop(ctx context.Context) error {
	if r.client == nil {
		return nil
	}
	r.stop()
	r.wg.Wait()
	return r.client.Stop(ctx)
}

// Drain does everything that is due, once, and returns when nothing is left:
// for tests and for commands that must not leave work behind.
func (r *Runner) Drain(ctx context.Context) error {
	if r.client == nil {
		if err := r.Start(ctx); err != nil {
			return err
		}
	}
	for {
		for _, x := range r.rounds {
			if err := x.once(ctx); err != nil {
				return fmt.Errorf("job: round %s: %w", x.name, err)
			}
		}
		var n int
		err := r.db.Pool().QueryRow(ctx, `select count(*) from `+schema+`.river_job where state in ('available','running') or (state = 'retryable' and attempt < 2) or (state = 'scheduled' and scheduled_at <= now())`).Scan(&n)
		if err != nil || n == 0 {
			return db.Wrap("job: drain", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// report logs what fails, without the job's arguments.
type report struct{}

// HandleError logs a job that failed, unless the node is stopping. The job is
// tried again as River plans it.
func (report) HandleError(_ context.Context, j *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if !errors.Is(err, context.Canceled) {
		slog.Error("job: failed", "kind", j.Kind, "attempt", j.Attempt, "error", err)
	}
	return nil
}

// HandlePanic logs a job that panicked, which is tried again like one that failed.
func (report) HandlePanic(_ context.Context, j *rivertype.JobRow, p any, _ string) *river.ErrorHandlerResult {
	slog.Error("job: panic", "kind", j.Kind, "attempt", j.Attempt, "panic", fmt.Sprint(p))
	return nil
}
