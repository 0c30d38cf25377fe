package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// patient waits for a connection only so long: while all of them are at work,
// people get an answer, not a place in a queue without an end.
type patient struct{ driver.Connector }

// Connect takes a connection from the pool.
func (p patient) Connect(ctx context.Context) (driver.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, acquireTimeout)
	defer cancel()
	c, err := p.Connector.Connect(wait)
	if err != nil {
		return nil, err
	}
	own, ok := c.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("db: connect: got a %T", c), c.Close())
	}
	return &lent{Conn: own}, nil
}

// lent is a connection of the pool in the hands of database/sql, which gives it
// back at once when it hears driver.ErrBadConn. That is right for a lone
// statement, which is then tried on another one. But the word also means that a
// context had ended before anything was sent; and inside Write the connection
// is still in use, for the rollback at least. Given back, it would be torn down
// under our hands. So a connection that is held never says the word.
type lent struct {
	*stdlib.Conn
	held bool
}

// hold keeps the connection until its sql.Conn is closed.
func (l *lent) hold() *pgx.Conn {
	l.held = true
	return l.Conn.Conn()
}

var errLost = errors.New("db: connection lost")

func (l *lent) say(ctx context.Context, err error) error {
	switch {
	case !l.held || !errors.Is(err, driver.ErrBadConn):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return errLost
}

// ExecContext is as in database/sql/driver.
func (l *lent) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	r, err := l.Conn.ExecContext(ctx, query, args)
	return r, l.say(ctx, err)
}

// QueryContext is as in database/sql/driver.
func (l *lent) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	r, err := l.Conn.QueryContext(ctx, query, args)
	return r, l.say(ctx, err)
}

// PrepareContext is as in database/sql/driver.
func (l *lent) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := l.Conn.PrepareContext(ctx, query)
	return s, l.say(ctx, err)
}

// BeginTx is as in database/sql/driver.
func (l *lent) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	t, err := l.Conn.BeginTx(ctx, o)
	return t, l.say(ctx, err)
}
