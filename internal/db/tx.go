package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
)

// Tx is a transaction, or the read handle of Read.
type Tx struct {
	Now   time.Time // the one time of everything written in it, UTC
	ctx   context.Context
	gorm  *gorm.DB
	conn  *pgx.Conn     // nil when it is a read handle
	begun bool          // the database knows of it, or was asked to
	pool  *pgxpool.Pool // of a read handle
	last  []last
	after []func()
	kept  *sync.Map // of the database
}

// Statement is one statement with its values ($1) and, where its rows matter,
// what reads each of them.
type Statement struct {
	SQL  string
	Args []any
	Row  func(pgx.Rows) error
}

// PlanOnce makes the rest of a transaction use plans that each connection makes
// once. It is for statements over lists of values: for a short list Postgres
// deems a plan of its own cheaper every time, and making it then takes four times
// as long as the work (https://www.postgresql.org/docs/15/sql-prepare.html).
var PlanOnce = Statement{SQL: `SET LOCAL plan_cache_mode = force_generic_plan`}

// last is a statement of the commit: made when the transaction is otherwise
// done, because others may add to it until then.
type last struct {
	order string
	rows  any // *[]T of Gather
	make  func() (Statement, error)
}

// Context is the context of the request or job behind the transaction.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Gorm is the transaction as gorm sees it; values stand as `?`.
func (tx *Tx) Gorm() *gorm.DB {
	tx.begin()
	return tx.gorm
}

// Pgx is the transaction as pgx sees it, for river. Only inside Write.
func (tx *Tx) Pgx() pgx.Tx {
	tx.begin()
	return connTx{tx.conn}
}

// begin begins the transaction at the database, unless it is begun or there is
// none. If that fails the connection is closed: whatever is sent next fails, and
// nothing runs outside of a transaction.
func (tx *Tx) begin() {
	if tx.conn == nil || tx.begun {
		return
	}
	tx.begun = true
	if _, err := tx.conn.Exec(tx.ctx, "begin"); err != nil {
		if tx.ctx.Err() == nil {
			slog.Error("db: begin", "err", err) // who sends next only hears that the connection is closed
		}
		tx.drop()
	}
}

// send sends a batch in the transaction. The first one brings its beginning with
// it: that would be a round trip of its own, while others wait for the same rows.
func (tx *Tx) send(b *pgx.Batch) error {
	if !tx.begun {
		tx.begun = true
		b = &pgx.Batch{QueuedQueries: append([]*pgx.QueuedQuery{{SQL: "begin"}}, b.QueuedQueries...)}
	}
	return tx.conn.SendBatch(tx.ctx, b).Close()
}

// drop closes the connection of a transaction that could not begin, or is over
// before its end.
func (tx *Tx) drop() {
	clean, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), time.Second)
	defer cancel()
	_ = tx.conn.Close(clean) // of no more use either way
}

// Batch sends statements (values as $1) in one round trip and hands each answer
// to the function that was queued with it. It is for pages that many read: no
// reflection between the rows and who wants them. On a read handle each
// statement sees what is committed when it starts, in their order.
func (tx *Tx) Batch(b *pgx.Batch) error {
	if tx.conn != nil {
		err := tx.send(b)
		if err != nil && !tx.conn.IsClosed() && tx.conn.PgConn().TxStatus() == 'I' {
			tx.drop()
		}
		return err
	}
	wait, cancel := context.WithTimeout(tx.ctx, acquireTimeout)
	defer cancel()
	conn, err := tx.pool.Acquire(wait)
	if err != nil {
		return fmt.Errorf("db: acquire: %w", err)
	}
	defer conn.Release()
	err = conn.SendBatch(tx.ctx, b).Close()
	if err != nil && !conn.Conn().IsClosed() && conn.Conn().PgConn().TxStatus() != 'I' {
		clean, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), time.Second)
		defer cancel()
		_, _ = conn.Exec(clean, "rollback") // the pool closes it where that fails
	}
	return err
}

// AfterCommit runs f once the transaction holds. Losing f must be harmless: a
// process can die between the commit and f.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// Beside returns the one T that is kept beside the database of tx, made by
// its first caller and as old as the open database. It is for what must hear of commits
// on this database and of no other, without a variable of the process.
func Beside[T any](tx *Tx) *T {
	kept, _ := tx.kept.LoadOrStore(reflect.TypeFor[T](), new(T))
	return kept.(*T)
}

// Last queues a statement (values as $1) to be sent together with the commit,
// all in one round trip, ordered by order and then by call. It is for rows that
// many transactions change: the fewer moments their lock is held, the more of
// them fit into a second; and since everybody takes them in the same order,
// they do not deadlock. Scan may be nil; it runs before the commit's answer is
// known, so it may only keep the value.
func (tx *Tx) Last(order, sql string, args []any, scan func(pgx.Row) error) {
	s := Statement{SQL: sql, Args: args}
	if scan != nil {
		s.Row = func(r pgx.Rows) error { return scan(r) }
	}
	tx.last = append(tx.last, last{order: order, make: func() (Statement, error) { return s, nil }})
}

// Gather is Last for rows that a transaction may have many of: all rows of one
// type and order become one statement, which send makes of them, in the order of
// the calls, when the transaction is otherwise done. It returns the rows so far.
// A statement that locks several rows must lock them in one order, always.
func Gather[T any](tx *Tx, order string, row T, send func(rows []T) (Statement, error)) []T {
	for _, l := range tx.last {
		if rows, ok := l.rows.(*[]T); ok && l.order == order {
			*rows = append(*rows, row)
			return *rows
		}
	}
	rows := &[]T{row}
	tx.last = append(tx.last, last{order, rows, func() (Statement, error) { return send(*rows) }})
	return *rows
}

// errGone means that the answer to a commit never came: it may hold or not.
var errGone = errors.New("db: connection lost at commit")

func (tx *Tx) commit() error {
	slices.SortStableFunc(tx.last, func(a, b last) int { return strings.Compare(a.order, b.order) })
	var b pgx.Batch
	for _, l := range tx.last {
		s, err := l.make()
		if err != nil {
			return err
		}
		queue(&b, s)
	}
	if tell, ok := tx.ctx.Value(committing{}).(func()); ok {
		tell()
	}
	if !tx.begun && b.Len() == 0 {
		return nil
	}
	committed := false
	b.Queue("commit").Exec(func(t pgconn.CommandTag) error {
		committed = t.String() == "COMMIT"
		return nil
	})
	err := tx.send(&b)
	if err != nil {
		if tx.conn.IsClosed() || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: %w", errGone, err)
		}
		return fmt.Errorf("db: commit: %w", err)
	}
	if !committed {
		return errors.New("db: commit: the database rolled back")
	}
	return nil
}

// queue adds a statement to a batch.
func queue(b *pgx.Batch, s Statement) {
	q := b.Queue(s.SQL, s.Args...)
	if s.Row == nil {
		return
	}
	q.Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := s.Row(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// All sends statements in one round trip and hands each row to who wants it: as
// Batch, and under the same rules.
func (tx *Tx) All(statements ...Statement) error {
	var b pgx.Batch
	for _, s := range statements {
		queue(&b, s)
	}
	return tx.Batch(&b)
}

// AllPlannedOnce is All on a read handle, with plans as PlanOnce wants them. It is
// for statements over many tables, whose plan takes longer than their work.
func (tx *Tx) AllPlannedOnce(statements ...Statement) error {
	all := append([]Statement{{SQL: "begin"}, PlanOnce}, statements...)
	return tx.All(append(all, Statement{SQL: "commit"})...)
}

// connTx is a pgx.Tx over a connection on which Write has already begun.
type connTx struct{ c *pgx.Conn }

var errOwner = errors.New("db: Write owns this transaction")

// Begin is refused: one transaction has no others within.
func (t connTx) Begin(context.Context) (pgx.Tx, error) { return nil, errOwner }

// Commit is refused: Write commits.
func (t connTx) Commit(context.Context) error { return errOwner }

// Rollback is refused: an error of its function makes Write roll back.
func (t connTx) Rollback(context.Context) error { return errOwner }

// LargeObjects is what pgx.Tx asks for; nothing here is kept in any.
func (t connTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Conn is the connection on which Write has begun.
func (t connTx) Conn() *pgx.Conn { return t.c }

// CopyFrom adds rows by COPY and returns how many.
func (t connTx) CopyFrom(ctx context.Context, n pgx.Identifier, cols []string, src pgx.CopyFromSource) (int64, error) {
	return t.c.CopyFrom(ctx, n, cols, src)
}

// SendBatch sends statements in one round trip.
func (t connTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.c.SendBatch(ctx, b)
}

// Prepare has the server parse a statement under a name.
func (t connTx) Prepare(ctx context.Context, n, q string) (*pgconn.StatementDescription, error) {
	return t.c.Prepare(ctx, n, q)
}

// Exec runs a statement that returns no rows.
func (t connTx) Exec(ctx context.Context, q string, a ...any) (pgconn.CommandTag, error) {
	return t.c.Exec(ctx, q, a...)
}

// Query runs a statement; its rows have to be closed.
func (t connTx) Query(ctx context.Context, q string, a ...any) (pgx.Rows, error) {
	return t.c.Query(ctx, q, a...)
}

// QueryRow runs a statement of which one row is wanted; its error comes with Scan.
func (t connTx) QueryRow(ctx context.Context, q string, a ...any) pgx.Row {
	return t.c.QueryRow(ctx, q, a...)
}
