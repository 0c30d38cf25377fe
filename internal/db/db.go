// Package db is the way to the database: one pool, reads, and one type of
// transaction.
//
//	db.go        Open, Read, Write with its retries, what is known of errors
//	roles.go     the roles in which the site acts and in which the public log is written
//	conn.go      one connection, for gorm and pgx at the same time
//	tx.go        Tx: gorm and pgx on one connection, Last, Gather, AfterCommit
//	once.go      idempotency keys: a form that arrives twice acts once
//	together.go  deeds of many people in one transaction
//	migrate.go   the schema, brought up to date at start
//
// Rules that keep the data right: what must not be lost is a row in the same
// transaction; what may be lost (waking sockets) runs in AfterCommit; what many
// people change at the same time (counters, the live channel) is queued with
// Last, so that its row lock is held only while the log is flushed.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"caravan/internal/errs"
)

// DB is the database behind one pool of connections.
type DB struct {
	pool *pgxpool.Pool
	sql  *sql.DB // the same pool, as gorm sees it
	gorm *gorm.DB
	now  func() time.Time
	kept sync.Map // what packages keep beside this database: Beside
}

// Options say which database, as whom, and with how many connections.
type Options struct {
	URL      string
	Role     string           // database role to act as; empty: the one of the URL
	MaxConns int32            // 20 when zero
	Now      func() time.Time // the clock; time.Now when nil
}

// Time limits of every connection: a statement, a wait for a lock, a
// transaction that does nothing. They turn a stuck database into an answer.
const (
	statementTimeout = 5 * time.Second
	lockTimeout      = 2 * time.Second
	idleTimeout      = 15 * time.Second
	acquireTimeout   = 2 * time.Second
	cancelTime       = 500 * time.Millisecond // then the connection is given up
)

// Open connects to the database and answers when it does.
func Open(ctx context.Context, o Options) (*DB, error) {
	cfg, err := o.pool()
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("db: open: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("db: connect: %w", err)
	}
	d := &DB{pool: pool, now: o.Now}
	if d.now == nil {
		d.now = time.Now
	}
	if d.sql, d.gorm, err = gormOn(pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("db: open: %w", err)
	}
	return d, nil
}

// pool is how connections are made.
func (o Options) pool() (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("db: DATABASE_URL cannot be read") // err would print the password
	}
	cfg.MaxConns = 20
	if o.MaxConns > 0 {
		cfg.MaxConns = o.MaxConns
	}
	cfg.MaxConnLifetime = 30 * time.Minute
	// Whoever leaves or is out of patience has the statement cancelled. Closing the
	// connection would lose every plan that was made on it, just when there is no
	// time to make them again.
	cfg.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelTime}
	}
	for name, d := range map[string]time.Duration{
		"statement_timeout": statementTimeout, "lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": idleTimeout,
	} {
		cfg.ConnConfig.RuntimeParams[name] = strconv.FormatInt(d.Milliseconds(), 10)
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if o.Role != "" {
		cfg.ConnConfig.RuntimeParams["role"] = o.Role
	}
	return cfg, nil
}

// gormOn is gorm on the connections of a pool. pgx already keeps prepared
// statements by connection; a second cache in gorm only costs.
func gormOn(pool *pgxpool.Pool) (*sql.DB, *gorm.DB, error) {
	view := sql.OpenDB(patient{stdlib.GetPoolConnector(pool)})
	view.SetMaxIdleConns(0) // the pool keeps them
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: view}), &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard, // its lines would hold people's values
		NowFunc:                func() time.Time { return time.Now().UTC() },
	})
	return view, g, err
}

// Close ends every connection.
func (d *DB) Close() {
	_ = d.sql.Close()
	d.pool.Close()
}

// As opens the same database in another role, with the same clock and a pool of
// its own, which its caller closes.
func (d *DB) As(ctx context.Context, role string, conns int32) (*DB, error) {
	return Open(ctx, Options{URL: d.pool.Config().ConnString(), Role: role, MaxConns: conns, Now: d.now})
}

// Pool is the pool itself, for river.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Now is the time of the database's clock interface: UTC, in microseconds, as
// Postgres keeps it.
func (d *DB) Now() time.Time { return d.now().UTC().Truncate(time.Microsecond) }

// Read returns a handle for reads outside of any transaction: each statement
// sees what is committed when it starts.
func (d *DB) Read(ctx context.Context) *Tx {
	return &Tx{Now: d.Now(), ctx: ctx, pool: d.pool, gorm: d.gorm.WithContext(ctx), kept: &d.kept}
}

// WriteUnless is Write, but for a dry run: then f gets a handle for reads, on
// which it must not write.
func (d *DB) WriteUnless(ctx context.Context, dry bool, f func(tx *Tx) error) error {
	if dry {
		return f(d.Read(ctx))
	}
	return d.Write(ctx, f)
}

// maxTries is how often Write runs a transaction that lost against another.
const maxTries = 6

// Write runs f in one transaction and commits. If the database says that the
// transaction lost against another (serialisation, deadlock), f runs again from
// the start: it must not change anything outside but its own results.
func (d *DB) Write(ctx context.Context, f func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, f)
		var pe *pgconn.PgError
		if err == nil || try == maxTries || !errors.As(err, &pe) || (pe.Code != "40001" && pe.Code != "40P01") {
			return err
		}
		pause := time.Duration(rand.IntN(4<<try)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, f func(tx *Tx) error) (err error) {
	// One connection, seen by gorm as a *sql.Conn and by us as pgx: gorm's own
	// transaction would commit by itself, and the commit is ours to send.
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return fmt.Errorf("db: acquire: %w", err)
	}
	defer conn.Close()
	tx := &Tx{Now: d.Now(), ctx: ctx, kept: &d.kept}
	if err := conn.Raw(func(c any) error { tx.conn = c.(*lent).hold(); return nil }); err != nil {
		return fmt.Errorf("db: acquire: %w", err)
	}
	tx.gorm = d.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	tx.gorm.Statement.ConnPool = conn
	done := false
	defer func() {
		if done || !tx.begun {
			return
		}
		// Also after a panic in f and after the person has gone: the
		// connection goes back clean or not at all.
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, e := tx.conn.Exec(clean, "rollback"); e != nil {
			_ = tx.conn.Close(clean)
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.commit(); err != nil {
		return err
	}
	done = true
	for _, f := range tx.after {
		safely(f)
	}
	return nil
}

// safely keeps a failing AfterCommit from turning a done deed into an error.
func safely(f func()) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("db: after commit", "panic", fmt.Sprint(p))
		}
	}()
	f()
}

// Missing reports whether err says that there is no such row.
func Missing(err error) bool {
	return errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, pgx.ErrNoRows)
}

// Duplicate reports whether err says that a unique value is taken.
func Duplicate(err error) bool {
	var pe *pgconn.PgError
	return errors.Is(err, gorm.ErrDuplicatedKey) || (errors.As(err, &pe) && pe.Code == "23505")
}

// Wrap says for operators what was being done when err happened; nil stays nil
// and answers to people stay as they are.
func Wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Trouble turns what the database says of its own state into an answer: it is
// away, too slow, or full. Nil means that err says nothing of the kind.
func Trouble(err error) error {
	down := errs.Wait(errs.Unavailable, 3*time.Second, "common.down")
	busy := errs.Wait(errs.Unavailable, 2*time.Second, "common.busy")
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		switch {
		case pe.Code == "53100":
			return errs.New(errs.Full, "common.full")
		case pe.Code == "57014" || lockTaken(pe) || pe.Code == "25P03" || pe.Code[:2] == "53":
			return busy
		case pe.Code == "22021":
			return errs.New(errs.Malformed, "common.not_text")
		case pe.Code == "CA001": // our own: the account has left
			return errs.New(errs.SignIn, "common.sign_in_first")
		case pe.Code[:2] == "57" || pe.Code[:2] == "58" || pe.Code[:2] == "08":
			return down
		}
	}
	var ne net.Error
	var ce *pgconn.ConnectError
	switch {
	case errors.As(err, &ce), errors.As(err, &ne), errors.Is(err, context.DeadlineExceeded), pgconn.SafeToRetry(err), errors.Is(err, errGone), errors.Is(err, errLost),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF): // it ended while it answered
		return down
	}
	return nil
}

// lockTaken reports whether a lock was waited for and not had in time.
func lockTaken(pe *pgconn.PgError) bool { return pe.Code == "55P03" }
