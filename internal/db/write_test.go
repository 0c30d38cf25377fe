package db_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

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
