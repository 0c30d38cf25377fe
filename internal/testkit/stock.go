package testkit

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"caravan/internal/db"
)

// Stock is what the databases of several tests begin with. It is filled in once
// for a test program, and every test gets a copy to itself: copying files takes a
// fraction of the time.
type Stock struct {
	fill func(ctx context.Context, owner *db.DB) error
	once sync.Once
	name string // database to copy
	err  error
}

// NewStock returns a stock that fill puts into an empty database, as its owner.
// It is filled when the first test wants a copy.
func NewStock(fill func(ctx context.Context, owner *db.DB) error) *Stock {
	return &Stock{fill: fill}
}

// DB is DB with the stock in it.
func (s *Stock) DB(t testing.TB) *db.DB {
	t.Helper()
	return open(t, s.url(t), db.Web, time.Now)
}

// DBAt is DBAt with the stock in it, all of which lies in the clock's past.
func (s *Stock) DBAt(t testing.TB) (*db.DB, *Clock) {
	t.Helper()
	url, c := s.url(t), NewClock()
	return open(t, url, db.Web, c.Now), c
}

func (s *Stock) url(t testing.TB) string {
	t.Helper()
	srv, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	if srv.life == nil { // others use this server too: nothing may stay behind on it
		url := URL(t)
		if err := s.put(url); err != nil {
			t.Fatal(err)
		}
		return url
	}
	s.once.Do(func() {
		s.name = fmt.Sprintf("%s_%d_stock_%d", srv.template, os.Getpid(), serial.Add(1))
		srv.run(t, `create database `+s.name+` template `+srv.template+` strategy file_copy`)
		s.err = s.put(srv.url(s.name))
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return srv.copy(t, s.name)
}

// put fills the stock into the database at url and leaves it to itself: what
// somebody is connected to cannot be copied.
func (s *Stock) put(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	owner, err := db.Open(ctx, db.Options{URL: url})
	if err != nil {
		return fmt.Errorf("testkit: fill stock: %w", err)
	}
	defer owner.Close()
	if err := s.fill(ctx, owner); err != nil {
		return fmt.Errorf("testkit: fill stock: %w", err)
	}
	return nil
}
