package translog_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"testing"

	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

// site is a log with a front door.
type site struct {
	*translog.Service
	t   testing.TB
	db  *db.DB
	dir string
	url string
}

// newSite begins a log on d with its files in dir.
func newSite(t testing.TB, d *db.DB, dir string, env map[string]string) *site {
	t.Helper()
	full := map[string]string{"STATE_DIR": dir, "LIMITS": "off"}
	for k, v := range env {
		full[k] = v
	}
	cfg, err := config.Load(func(k string) string { return full[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	jobs := testkit.Jobs(t, d)
	s, err := translog.New(translog.Tools{DB: d, Jobs: jobs, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	front := httpd.New(httpd.Options{Config: cfg, DB: d, Sessions: testkit.Guests{}, Secret: make([]byte, 32), Record: s.Record}, s.Routes())
	srv := httptest.NewServer(front)
	t.Cleanup(srv.Close)
	return &site{s, t, d, dir, srv.URL}
}

// aSite is a fresh log on a fresh database.
func aSite(t testing.TB) *site {
	t.Helper()
	return newSite(t, testkit.DB(t), t.TempDir(), nil)
}

// add records n policy texts in transactions of many.
func (s *site) add(n int) {
	s.t.Helper()
	for n > 0 {
		some := min(n, 5000)
		n -= some
		err := s.db.Write(context.Background(), func(tx *db.Tx) error {
			for i := range some {
				e := leaf.Policy("rules", "en", fmt.Sprintf("Be kind, %d.", i), tx.Now)
				if err := translog.Add(tx, e.Kind, e.Body); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// round runs one round, which must succeed.
func (s *site) round() {
	s.t.Helper()
	if err := s.Round(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

// head is the published head.
func (s *site) head() *translog.Head {
	s.t.Helper()
	h, err := s.Published(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

func escape(s string) string { return url.PathEscape(s) }

// begin is New alone.
func begin(t testing.TB, dir string) error {
	t.Helper()
	cfg, err := config.Load(func(k string) string { return map[string]string{"STATE_DIR": dir}[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	d := testkit.DB(t)
	jobs := testkit.Jobs(t, d)
	_, err = translog.New(translog.Tools{DB: d, Jobs: jobs, Config: cfg})
	return err
}

// write is one transaction of the site, which must succeed.
func (s *site) write(f func(tx *db.Tx) error) {
	s.t.Helper()
	if err := s.db.Write(context.Background(), f); err != nil {
		s.t.Fatal(err)
	}
}
