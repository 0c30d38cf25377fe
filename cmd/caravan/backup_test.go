package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// restless are tables that a running site changes by itself.
var restless = []string{"river_", "live_", "sessions", "buckets", "idempotency_keys", "search_", "clinic_ranks", "log_"}

// fingerprints says of every table how many rows it has and what they are.
func (p *program) fingerprints() map[string]string {
	p.t.Helper()
	d := p.database()
	defer d.Close(context.Background())
	rows, err := d.Query(p.t.Context(), `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'river')`)
	if err != nil {
		p.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range tables {
		if strings.Contains(table, "river.") || isRestless(strings.TrimPrefix(table, "public.")) {
			continue
		}
		var sum string
		err := d.QueryRow(p.t.Context(), `SELECT count(*) || ' ' || coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint)::text, '') FROM `+table+` t`).Scan(&sum)
		if err != nil {
			p.t.Fatalf("%s: %v", table, err)
		}
		out[table] = sum
	}
	return out
}

func isRestless(table string) bool {
	for _, prefix := range restless {
		if strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return false
}

func (p *program) number(sql string) (n int64) {
	p.t.Helper()
	d := p.database()
	defer d.Close(context.Background())
	if err := d.QueryRow(p.t.Context(), sql).Scan(&n); err != nil {
		p.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// What is restored into an empty machine is the same site, with the same rights,
// and goes on.
func TestABackupIsTheSiteAgain(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start("demo")
	v := p.people(1)[0]
	p.until("everything has its place in the log", func() bool {
		return p.number(`SELECT count(*) FROM log_outbox`) == 0 && p.number(`SELECT count(*) FROM log_leaves`) > 100
	})
	file := filepath.Join(p.dir, "site.tar")
	if _, said, code := p.run("backup", file); code != 0 {
		t.Fatalf("backup: %s", said)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", st.Mode(), err)
	}
	if _, said, code := p.run("restore", file); code == 0 || !strings.Contains(said, "there is a database already") {
		t.Errorf("restored over a site: %d %s", code, said)
	}
	verify := p.verifier()
	verify(p)
	before := p.fingerprints()
	entries := p.number(`SELECT size FROM log_head`)
	p.interrupt()
	q := fresh(t)
	q.addr = p.addr // the log goes by the name of its site
	q.env["ADDR"], q.env["BASE_URL"] = p.addr, p.base()
	if out, said, code := q.run("restore", file); code != 0 {
		t.Fatalf("restore: %s%s", out, said)
	}
	q.start("demo")
	after := q.fingerprints()
	for table, sum := range before {
		if after[table] != sum {
			t.Errorf("%s: %q, before %q", table, after[table], sum)
		}
	}
	if len(before) < 60 || len(after) != len(before) {
		t.Errorf("%d tables, before %d", len(after), len(before))
	}
	verify(q) // by who saw the log before
	if n := q.number(`SELECT count(*) FROM log_leaves`); n < entries {
		t.Errorf("the log has %d entries, before %d", n, entries)
	}
	// Who was signed in still is, since the secret came along.
	v.at = q
	if a := v.get("/me"); a.status != http.StatusOK {
		t.Errorf("/me after: %d", a.status)
	}
}

// verifier is somebody outside who checks the log of a site, and remembers it.
func (p *program) verifier() func(*program) {
	p.t.Helper()
	dir := p.t.TempDir()
	tool := filepath.Join(dir, "trustlog")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", tool, "caravan/cmd/trustlog").CombinedOutput(); err != nil {
		p.t.Fatalf("go build: %v: %s", err, out)
	}
	return func(at *program) {
		at.t.Helper()
		out, err := exec.Command(tool, "verify", "--url", at.base(), "--state", filepath.Join(dir, "seen"), "--wait", "60s").CombinedOutput()
		if err != nil {
			at.t.Errorf("verify: %v: %s", err, out)
		}
	}
}

func TestHalfABackupIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	file := filepath.Join(p.dir, "site.tar")
	if _, said, code := p.run("backup", file); code != 0 {
		t.Fatalf("backup: %s", said)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	q := fresh(t)
	for _, size := range []int{len(b) / 2, len(b) - 4000, 100, 0} {
		half := filepath.Join(q.dir, "half.tar")
		if err := os.WriteFile(half, b[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, said, code := q.run("restore", half); code == 0 {
			t.Errorf("%d of %d bytes were taken: %s", size, len(b), said)
		}
	}
	if _, said, code := q.run("restore", file); code != 0 {
		t.Errorf("the whole one after the halves: %s", said)
	}
}
