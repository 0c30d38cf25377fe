package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/testkit"
)

// outage watches what the program answers while its database is in trouble.
type outage struct {
	mu       sync.Mutex
	statuses map[int]int
	wrong    []string
}

// note takes an answer; only those in ok and a 503 with a time to come back are
// right.
func (o *outage) note(what string, a answer, err error, ok ...int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.statuses == nil {
		o.statuses = map[int]int{}
	}
	o.statuses[a.status]++
	right := a.status == http.StatusServiceUnavailable && (a.header.Get("Retry-After") != "" || strings.HasPrefix(what, "/readyz"))
	for _, s := range ok {
		right = right || a.status == s
	}
	if !right || err != nil {
		o.wrong = append(o.wrong, fmt.Sprintf("%s: %d %v %.300s", what, a.status, err, a.text))
	}
}

// TestAKilledDatabaseComesBackByItself ends the database without warning while
// replies come in: nobody gets an answer that is no answer, nothing that was
// acknowledged is lost, and the program brings the database back.
func TestAKilledDatabaseComesBackByItself(t *testing.T) {
	t.Parallel()
	kills := 2
	if long() {
		kills = 20
	}
	p := demoSite(t)
	p.start()
	people := p.people(9)
	questions := []asked{people[0].ask(1), people[0].ask(2)}
	s := blow(t, "outage", people[1:], questions, 100)
	var o, kept outage
	done := make(chan struct{})
	var readers sync.WaitGroup
	read := func(o *outage, who person, path string) {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(10 * time.Millisecond):
				}
				a, err := who.send("GET", path, "")
				o.note(path, a, err, http.StatusOK)
			}
		})
	}
	for _, path := range []string{"/questions", questions[0].Path, "/me", "/readyz", "/api/v1/questions"} {
		read(&o, people[0], path)
	}
	read(&kept, person{at: p}, "/questions") // as visitors see it: bytes that are kept
	for n := range kills {
		s.reached(t, 40*(n+1))
		before := p.postgres()
		began := time.Now()
		if err := syscall.Kill(before, syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		p.until("started again", func() bool { now := p.postgres(); return now != 0 && now != before })
		p.ready()
		t.Logf("ready %v after the database was killed", time.Since(began).Round(time.Millisecond))
		s.reached(t, s.acked()+20)
	}
	s.calm()
	close(done)
	readers.Wait()
	for _, e := range s.read() {
		o.note(e.key, answer{e.status, http.Header{"Retry-After": {e.retry}}, e.text}, nil, http.StatusCreated)
	}
	for i, w := range o.wrong {
		if i < 20 {
			t.Error(w)
		}
	}
	t.Logf("answers by status: %v; to visitors: %v", o.statuses, kept.statuses)
	if len(kept.statuses) != 1 || kept.statuses[http.StatusOK] == 0 {
		t.Errorf("visitors got %v for a page that was kept: %.3s", kept.statuses, kept.wrong)
	}
	if lines := p.said.failures(); len(lines) > 0 {
		t.Errorf("in the log: %s", lines)
	}
	p.judge(s.read())
	p.interrupt()
}

// TestABusyDatabaseIsSaidAndPasses makes every connection of the program wait
// inside the database. More people than connections are told to come back, in
// time, and afterwards all is as before.
func TestABusyDatabaseIsSaidAndPasses(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start()
	people := p.people(40)
	q := people[0].ask(1)
	db := p.database()
	ctx := context.Background()
	if _, err := db.Exec(ctx, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$;
		CREATE TRIGGER slow BEFORE INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION slow()`); err != nil {
		t.Fatal(err)
	}
	var o outage
	var slowest time.Duration
	var all journal
	var posting sync.WaitGroup
	for n, who := range people {
		posting.Go(func() {
			e := entry{key: fmt.Sprintf("busy-0123456789abcdef-%d", n), body: fmt.Sprintf("Reply busy %d, nothing more.", n), question: q, by: who}
			began := time.Now()
			e.send()
			all.add(e)
			o.note("reply", answer{e.status, http.Header{"Retry-After": {e.retry}}, e.text}, nil, http.StatusCreated)
			o.mu.Lock()
			slowest = max(slowest, time.Since(began))
			o.mu.Unlock()
		})
	}
	told := false
	p.until("said to be busy", func() bool {
		a, err := person{at: p}.send("GET", "/readyz", "")
		told = told || err == nil && a.status == http.StatusServiceUnavailable
		return told
	})
	for _, path := range []string{"/api/v1/questions", q.Path + "?sort=helpful", "/search?q=knee", "/questions?list=new"} {
		posting.Go(func() {
			began := time.Now()
			a, err := person{at: p}.send("GET", path, "")
			o.note(path, a, err, http.StatusOK)
			t.Logf("%s: %d after %v", path, a.status, time.Since(began).Round(time.Millisecond))
		})
	}
	posting.Wait()
	if _, err := db.Exec(ctx, `DROP TRIGGER slow ON idempotency_keys; DROP FUNCTION slow()`); err != nil {
		t.Fatal(err)
	}
	for _, w := range o.wrong {
		t.Error(w)
	}
	if slowest > 20*time.Second || o.statuses[http.StatusServiceUnavailable] == 0 {
		t.Errorf("the slowest answer took %v; %v", slowest, o.statuses)
	}
	t.Logf("slowest %v, answers %v", slowest.Round(time.Millisecond), o.statuses)
	p.ready()
	p.judge(all.read())
	p.interrupt()
}

// emptyDatabase is a database without any table, on the server of the tests.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	full := testkit.URL(t)
	u, err := url.Parse(full)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/") + "_empty"
	ctx := context.Background()
	c, err := pgx.Connect(ctx, full)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := c.Exec(ctx, `DROP DATABASE `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
		_ = c.Close(ctx)
	})
	u.Path = "/" + name
	return u.String()
}

// on points a program that is no demo at a database.
func (p *program) on(database string) *program {
	p.env["DATABASE_URL"], p.env["LIMITS"] = database, ""
	return p
}

// applied counts the migrations that a database says it has, and those that it
// says twice.
func applied(t *testing.T, database string) (all, double int) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	err = c.QueryRow(ctx, `SELECT count(*), count(*) - count(DISTINCT version_id) FROM goose_db_version`).Scan(&all, &double)
	if err != nil {
		t.Fatal(err)
	}
	return all, double
}

// TestTwoStartsMigrateOnce starts two programs at once on a database without a
// schema.
func TestTwoStartsMigrateOnce(t *testing.T) {
	t.Parallel()
	database := emptyDatabase(t)
	one, two := fresh(t).on(database), fresh(t).on(database)
	one.launch("serve")
	two.launch("serve")
	for _, p := range []*program{one, two} {
		p.ready()
		if a := (person{at: p}).get("/questions"); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
	if all, double := applied(t, database); all < 5 || double > 0 {
		t.Errorf("%d migrations, %d of them twice", all, double)
	}
	one.interrupt()
	two.interrupt()
}

// TestAKilledMigrationIsFinishedByTheNextStart kills the program at several
// moments of its first start.
func TestAKilledMigrationIsFinishedByTheNextStart(t *testing.T) {
	t.Parallel()
	database := emptyDatabase(t)
	p := fresh(t).on(database)
	ctx := context.Background()
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, want := range []int{1, 3} {
		p.launch("serve")
		p.until("migrating", func() bool {
			var n int
			err := c.QueryRow(ctx, `SELECT count(*) FROM goose_db_version`).Scan(&n)
			return err == nil && n >= want
		})
		p.kill()
	}
	p.start("serve")
	if a := (person{at: p}).get("/questions"); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.text)
	}
	if all, double := applied(t, database); all < 5 || double > 0 {
		t.Errorf("%d migrations, %d of them twice", all, double)
	}
	p.interrupt()

	// The program of yesterday still works, and takes nothing back.
	if _, err := c.Exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	before, _ := applied(t, database)
	p.start("serve")
	if a := (person{at: p}).get("/questions"); a.status != http.StatusOK {
		t.Errorf("on a schema of tomorrow: %d %s", a.status, a.text)
	}
	if after, _ := applied(t, database); after != before {
		t.Errorf("%d migrations became %d", before, after)
	}
	p.interrupt()
}
