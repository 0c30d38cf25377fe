package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

// house is a site with a log and a list of experiences, as small as can be.
type house struct {
	*translog.Service
	t     testing.TB
	db    *db.DB
	clock *testkit.Clock
	dir   string
	url   string

	mu    sync.Mutex
	shown map[string]map[string]any // experiences that readers see now
}

func newHouse(t testing.TB) *house {
	t.Helper()
	d, clock := testkit.DBAt(t)
	return openHouse(t, &house{t: t, db: d, clock: clock, dir: t.TempDir(), shown: map[string]map[string]any{}})
}

// openHouse starts what a house is made of, on its database and its files.
func openHouse(t testing.TB, h *house) *house {
	t.Helper()
	return openHouseWith(t, h, nil)
}

func openHouseWith(t testing.TB, h *house, more map[string]string) *house {
	t.Helper()
	env := map[string]string{"STATE_DIR": h.dir, "LIMITS": "off"}
	maps.Copy(env, more)
	cfg, err := config.Load(func(k string) string { return env[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := job.New(h.db)
	if err != nil {
		t.Fatal(err)
	}
	if h.Service, err = translog.New(translog.Tools{DB: h.db, Jobs: jobs, Config: cfg}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Service.Close)
	h.Hold(h)
	h.Count(h)
	list := httpd.Route{Method: "GET", Path: "/api/v1/experiences", Gate: access.Anyone, Do: h.list}
	front := httpd.New(httpd.Options{Config: cfg, DB: h.db, Sessions: testkit.Guests{}, Secret: make([]byte, 32)}, append(h.Routes(), list))
	srv := httptest.NewServer(front)
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

func (h *house) Kind() string { return leaf.Experience }

// Shown are the experiences that readers see.
func (h *house) Shown(_ *db.Tx, refs []string) (map[string]map[string]any, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]map[string]any{}
	for _, r := range refs {
		if b := h.shown[r]; b != nil {
			out[r] = b
		}
	}
	return out, nil
}

// Figures are those of the one clinic.
func (h *house) Figures(*db.Tx) ([]leaf.Figures, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := leaf.Figures{Clinic: "smile-izmir", Shown: len(h.shown), Counted: len(h.shown)}
	if n := len(h.shown); n > 0 {
		median := 70
		f.GoalMedianX10 = &median
	}
	return []leaf.Figures{f}, true, nil
}

func (h *house) list(c echo.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := []map[string]any{}
	for id := range h.shown {
		all = append(all, map[string]any{"id": id, "clinic": "smile-izmir", "published_on": leaf.Day(h.clock.Now())})
	}
	return c.JSON(http.StatusOK, map[string]any{"experiences": all})
}

func expID(i int) string { return fmt.Sprintf("3f2c1a90-0000-4000-8000-%012d", i) }

// tell publishes an experience with its entry.
func (h *house) tell(i, version int, story string) {
	h.t.Helper()
	body := map[string]any{"story": story, "goal_achieved": 7}
	h.act(func(tx *db.Tx) error {
		commit, err := translog.Open(tx, leaf.Experience, expID(i), version, body)
		if err != nil {
			return err
		}
		e := leaf.Told{Exp: expID(i), Version: version, Clinic: "smile-izmir", Level: 2, Counted: true, Period: "2026-Q2", Commit: commit}.Entry()
		return translog.AddDaily(tx, e.Kind, e.Body)
	})
	h.set(expID(i), body)
}

func (h *house) set(ref string, body map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if body == nil {
		delete(h.shown, ref)
		return
	}
	h.shown[ref] = body
}

// rules records the rules, without which nothing may be decided.
func (h *house) rules() {
	h.t.Helper()
	h.record(leaf.Policy("rules", "en", "Nobody's words are taken away without a reason.", h.clock.Now()))
}

func (h *house) record(e leaf.Entry) {
	h.t.Helper()
	h.act(func(tx *db.Tx) error { return translog.Add(tx, e.Kind, e.Body) })
}

// decide records a decision on an experience, with its statement.
func (h *house) decide(id string, i int, action, settles string, moderators ...string) {
	h.t.Helper()
	h.act(func(tx *db.Tx) error {
		commit, err := translog.Open(tx, leaf.Decision, id, 1, map[string]any{"statement": "It names a nurse."})
		if err != nil {
			return err
		}
		e := leaf.Decided{ID: id, KindOf: leaf.Experience, Ref: expID(i), Action: action, Rule: "personal_data", Commit: commit, Clinic: "smile-izmir", Settles: settles, Moderators: moderators, Day: tx.Now}.Entry()
		return translog.Add(tx, e.Kind, e.Body)
	})
}

func (h *house) act(f func(tx *db.Tx) error) {
	h.t.Helper()
	if err := h.db.Write(context.Background(), f); err != nil {
		h.t.Fatal(err)
	}
}

// tomorrow lets a day pass and the batch of the day go in.
func (h *house) tomorrow() {
	h.t.Helper()
	h.clock.Move(24 * 3600 * 1e9)
	h.round()
}

func (h *house) round() {
	h.t.Helper()
	if err := h.Round(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// tamper does what only the owner of the database can.
func (h *house) tamper(sql ...string) {
	h.t.Helper()
	owner := testkit.OwnerOf(h.t, h.db)
	for _, s := range append([]string{`ALTER TABLE log_leaves DISABLE TRIGGER ALL`, `ALTER TABLE log_hashes DISABLE TRIGGER ALL`}, sql...) {
		if _, err := owner.Pool().Exec(context.Background(), s); err != nil {
			h.t.Fatalf("%s: %v", s, err)
		}
	}
}

// said is how a run of the program ended.
type said struct {
	code      int
	out, errs string
}

func (h *house) trustlog(args ...string) said {
	h.t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, &out, &errs)
	return said{code, out.String(), errs.String()}
}

// verify runs verify without waiting for what has no place yet.
func (h *house) verify(args ...string) said {
	h.t.Helper()
	return h.trustlog(append([]string{"verify", "--url", h.url, "--wait", "0s"}, args...)...)
}

// wants fails the test unless a run ended so and said so.
func (h *house) wants(name string, s said, code int, words ...string) {
	h.t.Helper()
	for _, w := range words {
		if !strings.Contains(s.out+s.errs, w) {
			h.t.Errorf("%s: it does not say %q:\n%s%s", name, w, s.out, s.errs)
		}
	}
	if s.code != code {
		h.t.Errorf("%s: exit %d, want %d:\n%s%s", name, s.code, code, s.out, s.errs)
	}
}

// file keeps what a page gives out.
func (h *house) file(path, name string) string {
	h.t.Helper()
	res, err := http.Get(h.url + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %d %s, %v", path, res.StatusCode, b.String(), err)
	}
	to := filepath.Join(h.t.TempDir(), name)
	if err := os.WriteFile(to, b.Bytes(), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return to
}

func (h *house) status(path string) (status int, body map[string]any) {
	h.t.Helper()
	res, err := http.Get(h.url + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	_ = json.NewDecoder(res.Body).Decode(&body) // an error page is none
	return res.StatusCode, body
}
