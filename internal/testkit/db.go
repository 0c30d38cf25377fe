package testkit

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/db"
)

var serial atomic.Int64

// conns is enough for a test's own requests in parallel, and little enough
// for many tests on one server.
const conns = 12

// DB returns a fresh database with the current schema that the test has for
// itself, in the role in which the site acts. It is dropped when the test ends.
func DB(t testing.TB) *db.DB {
	t.Helper()
	return open(t, URL(t), db.Web, time.Now)
}

// OwnerOf opens the same database as its owner, who may do what the site may
// not: make tables of a test's own, tamper with what is recorded, and try what is
// refused to everybody.
func OwnerOf(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	return open(t, d.Pool().Config().ConnString(), "", d.Now)
}

// DBAt is DB with a clock that the test moves.
func DBAt(t testing.TB) (*db.DB, *Clock) {
	t.Helper()
	c := NewClock()
	return open(t, URL(t), db.Web, c.Now), c
}

// URL returns the address of a fresh database with the current schema, for
// programs that open it themselves. It is dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	return s.copy(t, s.template)
}

// copy returns the address of a copy of a database that nobody is connected to.
func (s *server) copy(t testing.TB, from string) string {
	t.Helper()
	name := fmt.Sprintf("%s_%d_%d", s.template, os.Getpid(), serial.Add(1))
	s.run(t, `create database `+name+` template `+from+` strategy file_copy`)
	t.Cleanup(func() { s.run(t, `drop database `+name+` with (force)`) })
	return s.url(name)
}

func open(t testing.TB, url, role string, now func() time.Time) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Options{URL: url, Role: role, MaxConns: conns, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}
