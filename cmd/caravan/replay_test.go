package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// handIn hands entries to the public log, and waits for their places.
func (p *program) handIn(entries ...leaf.Entry) {
	p.t.Helper()
	d := p.database()
	defer d.Close(context.Background())
	for _, e := range entries {
		b, err := e.Bytes()
		if err != nil {
			p.t.Fatal(err)
		}
		if _, err := d.Exec(p.t.Context(), `INSERT INTO log_outbox (kind, body, daily, created_on, seq) VALUES ($1, $2, false, now(), nextval('log_outbox_seq'))`, e.Kind, b); err != nil {
			p.t.Fatal(err)
		}
	}
	p.until("the entries are published", func() bool {
		return p.number(`SELECT count(*) FROM log_outbox WHERE NOT daily`) == 0 && p.number(`SELECT size - signed_size FROM log_head`) == 0
	})
}

// TestARestoredSiteGoesOnWhereItsLogWasPublished loses a database and has only
// an older backup of it. The log goes on without a fork, for whoever saw it last:
// what an author took away since is taken away again, and what was told since is
// named as lost; a version of a package since is named as to be made again.
func TestARestoredSiteGoesOnWhereItsLogWasPublished(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start("demo")
	p.until("everything has its place in the log", func() bool {
		return p.number(`SELECT count(*) FROM log_outbox`) == 0 && p.number(`SELECT count(*) FROM log_leaves`) > 100
	})
	file := filepath.Join(p.dir, "site.tar")
	if _, said, code := p.run("backup", file); code != 0 {
		t.Fatalf("backup: %s", said)
	}
	d := p.database()
	defer d.Close(context.Background())
	var withdrawn, clinic string
	if err := d.QueryRow(t.Context(), `SELECT e.public_id::text, o.slug FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.state = 'published' ORDER BY e.id LIMIT 1`).Scan(&withdrawn, &clinic); err != nil {
		t.Fatal(err)
	}
	const lost = "3f2c1a90-0000-4000-8000-00000000abcd"
	now := time.Now()
	p.handIn(
		leaf.Erased(withdrawn, clinic, "author", now),
		leaf.Told{Exp: lost, Version: 1, Clinic: clinic, Level: 2, Counted: false, Period: "2026-Q2", Commit: strings.Repeat("ab", 32)}.Entry(),
	)
	var slug, title string
	var number int
	if err := d.QueryRow(t.Context(), `SELECT p.slug, p.title, max(v.number) FROM packages p JOIN package_versions v ON v.package_id = p.id GROUP BY p.id ORDER BY p.id LIMIT 1`).Scan(&slug, &title, &number); err != nil {
		t.Fatal(err)
	}
	p.handIn(leaf.Offered{Package: slug, Title: title, Version: number + 1, Parent: number, Content: "{}", SHA256: sha256.Sum256([]byte("{}")), Reason: "round 1", Day: now}.Entry())
	published := p.number(`SELECT signed_size FROM log_head`)
	p.kill()

	q := fresh(t)
	q.addr = p.addr // the log goes by the name of its site
	q.env["ADDR"], q.env["BASE_URL"] = p.addr, p.base()
	for _, name := range []string{"log.key", "log.published", translog.EntriesFile, "demo-witness.key"} {
		b, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(q.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, said, code := q.run("restore", file)
	if code != 0 {
		t.Fatalf("restore: %s%s", out, said)
	}
	for _, want := range []string{"3 of them were brought back", fmt.Sprintf("to be done again by hand: pkg.version of package %s, version %d", slug, number+1), "recorded as lost: experience " + lost, "taken away again, as its author wanted: experience " + withdrawn} {
		if !strings.Contains(out, want) {
			t.Errorf("restore does not say %q: %s", want, out)
		}
	}
	if out, said, code := q.run("replay"); code != 0 || !strings.Contains(out, "0 of them were brought back") {
		t.Errorf("a second time: %d %s%s", code, out, said)
	}
	q.start("demo")
	q.until("what was lost stands in the log", func() bool {
		return q.number(`SELECT count(*) FROM log_leaves WHERE kind = 'log.lost'`) == 2 && q.number(`SELECT size - signed_size FROM log_head`) == 0
	})
	if n := q.number(`SELECT signed_size FROM log_head`); n <= published {
		t.Errorf("%d entries, published before %d", n, published)
	}
	q.verifier()(q)
	res, err := http.Get(q.base() + "/experiences/" + withdrawn)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusGone {
		t.Errorf("what its author took away: %d", res.StatusCode)
	}
}
