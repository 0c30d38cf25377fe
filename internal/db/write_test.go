package db_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

// TestWhoeverLeavesMidWriteHarmsNobody ends contexts between two statements,
// over and over: everything is rolled back, every connection comes back, and
// the process lives.
func TestWhoeverLeavesMidWriteHarmsNobody(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var leaving sync.WaitGroup
	for range 8 {
		leaving.Go(func() {
			for range 100 {
				ctx, cancel := context.WithCancel(context.Background())
				err := d.Write(ctx, func(tx *db.Tx) error {
					if err := tx.Gorm().Exec(`INSERT INTO settings (key, value) VALUES ('left', '')`).Error; err != nil {
						return err
					}
					cancel()
					return tx.Gorm().Exec(`SELECT 1`).Error
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	leaving.Wait()
	if n := d.Pool().Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections did not come back", n)
	}
	var left int
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		return tx.Gorm().Raw(`SELECT count(*) FROM settings WHERE key = 'left'`).Scan(&left).Error
	})
	if err != nil || left != 0 {
		t.Errorf("%d rows, %v", left, err)
	}
}

// TestTroubleOfTheDatabaseIsAnAnswer says of each sign what people are told.
func TestTroubleOfTheDatabaseIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want errs.Kind
	}{
		{&pgconn.PgError{Code: "57P01"}, errs.Unavailable}, // it is stopped
		{&pgconn.PgError{Code: "57014"}, errs.Unavailable}, // a statement took too long
		{&pgconn.PgError{Code: "55P03"}, errs.Unavailable}, // a lock was not had
		{&pgconn.PgError{Code: "53300"}, errs.Unavailable}, // too many connections
		{&pgconn.PgError{Code: "58030"}, errs.Unavailable}, // a file cannot be read
		{&pgconn.PgError{Code: "53100"}, errs.Full},
		{&pgconn.PgError{Code: "22021"}, errs.Malformed}, // no text
		{&pgconn.ConnectError{}, errs.Unavailable},
		{io.ErrUnexpectedEOF, errs.Unavailable},
		{driver.ErrBadConn, errs.Unavailable},
		{context.DeadlineExceeded, errs.Unavailable},
		{&pgconn.PgError{Code: "23505"}, errs.Internal}, // our own mistakes are no trouble
		{&pgconn.PgError{Code: "42703"}, errs.Internal},
		{context.Canceled, errs.Internal},
		{errors.New("else"), errs.Internal},
	} {
		if got := errs.Of(db.Trouble(fmt.Errorf("test: do: %w", c.err))).Kind; got != c.want {
			t.Errorf("%v: kind %d, want %d", c.err, got, c.want)
		}
	}
}

func TestWhoeverLosesPatienceLeavesTheConnectionToOthers(t *testing.T) {
	t.Parallel()
	d, err := testkit.DB(t).As(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	pid := func() (id int) {
		t.Helper()
		if err := d.Pool().QueryRow(t.Context(), `select pg_backend_pid()`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	before := pid()
	for name, slow := range map[string]func(ctx context.Context) error{
		"a read": func(ctx context.Context) error {
			return d.Read(ctx).AllPlannedOnce(db.Statement{SQL: `select pg_sleep(4)`})
		},
		"a write": func(ctx context.Context) error {
			return d.Write(ctx, func(tx *db.Tx) error { return tx.Gorm().Exec(`select pg_sleep(4)`).Error })
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := slow(ctx)
		cancel()
		if err == nil {
			t.Errorf("%s: out of patience and no error", name)
		}
		if after := pid(); after != before {
			t.Errorf("%s: the connection is gone, and every plan that was made on it", name)
		}
	}
}
