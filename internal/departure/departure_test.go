package departure_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/app"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/departure"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

// house is the whole server on demo data, without its door: people who have told,
// asked, voted and worked.
type house struct {
	*app.App
	t     *testing.T
	d     *db.DB
	owner *db.DB
	clock *testkit.Clock
	dir   string
}

var demoStock = testkit.NewStock(func(ctx context.Context, owner *db.DB) error {
	return demo.Fill(ctx, owner, demo.Options{Scale: 1})
})

func newHouse(t *testing.T) house {
	t.Helper()
	d, clock := demoStock.DBAt(t)
	return open(t, d, testkit.OwnerOf(t, d), clock, t.TempDir())
}

func open(t *testing.T, d, owner *db.DB, clock *testkit.Clock, dir string) house {
	t.Helper()
	env := map[string]string{"ADDR": "localhost:8080", "LIMITS": "off", "STATE_DIR": dir}
	cfg, err := config.Load(func(k string) string { return env[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(app.Options{Config: cfg, DB: d, Secret: make([]byte, 32), BoxDir: filepath.Join(dir, "mails")})
	if err != nil {
		t.Fatal(err)
	}
	return house{a, t, d, owner, clock, dir}
}

// who is somebody of the demo who has just shown again who they are.
func (h house) who(sql string) access.Actor {
	h.t.Helper()
	a := access.Actor{Lang: "en", Confirmed: true, SteppedUp: h.d.Now()}
	if err := h.owner.Pool().QueryRow(context.Background(), `SELECT a.id, a.person_id, a.handle FROM accounts a WHERE a.closed_at IS NULL AND `+sql+` ORDER BY a.id LIMIT 1`).Scan(&a.AccountID, &a.PersonID, &a.Handle); err != nil {
		h.t.Fatal(err)
	}
	return a
}

// talker has published an experience and written replies.
const talker = `EXISTS (SELECT FROM authorships x JOIN experiences e ON e.id = x.experience_id WHERE x.account_id = a.id AND e.state = 'published') AND EXISTS (SELECT FROM replies r WHERE r.author_account_id = a.id)`

func (h house) text(sql string, args ...any) (s string) {
	h.t.Helper()
	if err := h.owner.Pool().QueryRow(context.Background(), sql, args...).Scan(&s); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return s
}

func (h house) leave(a access.Actor, texts bool) {
	h.t.Helper()
	ctx := context.Background()
	a.SteppedUp = h.d.Now()
	if err := h.Departure.Leave(ctx, a, texts); err != nil {
		h.t.Fatal(err)
	}
	h.clock.Move(departure.Grace + time.Minute)
	if err := h.Departure.Depart(ctx); err != nil {
		h.t.Fatal(err)
	}
}

func TestAnExportHoldsEveryColumnThatNamesAPerson(t *testing.T) {
	t.Parallel()
	rows, err := testkit.DB(t).Pool().Query(t.Context(), `SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
		WHERE c.contype = 'f' AND c.confrelid IN ('accounts'::regclass, 'persons'::regclass)
		UNION SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname ~ '(^|_)(person|account)_id$' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(all) < 40 {
		t.Fatalf("%d columns, %v", len(all), err)
	}
	known := departure.Answered()
	for _, c := range all {
		if !slices.Contains(known, c) {
			t.Errorf("%s names an account or a person: put it into an export, or say why not", c)
		}
	}
	for _, c := range known {
		if !slices.Contains(all, c) {
			t.Errorf("%s is not a column that names anybody", c)
		}
	}
}

func TestAnExportIsWholeAndHoldsNothingOfOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	a := h.who(talker)
	if _, err := h.Departure.Ask(ctx, access.Actor{AccountID: a.AccountID, PersonID: a.PersonID}); !errs.Is(err, errs.Forbidden) {
		t.Errorf("without showing again who it is: %v", err)
	}
	passphrase, err := h.Departure.Ask(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Departure.Ask(ctx, a); !errs.Is(err, errs.TooMany) {
		t.Errorf("twice a day: %v", err)
	}
	if _, err := h.Departure.Fetch(ctx, a, passphrase); !errs.Is(err, errs.NotFound) {
		t.Errorf("before it is made: %v", err)
	}
	if err := h.Departure.MakeExports(ctx); err != nil {
		t.Fatal(err)
	}
	if e, there, err := h.Departure.Last(ctx, a); err != nil || !there || e.ReadyAt == nil || e.Done != e.Total {
		t.Errorf("made: %+v %v %v", e, there, err)
	}
	for _, wrong := range []string{"", "no", strings.Repeat("0", 52), passphrase[:len(passphrase)-1]} {
		if _, err := h.Departure.Fetch(ctx, a, wrong); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q opens it: %v", wrong, err)
		}
	}
	other := h.who(`a.id <> ` + fmt.Sprint(a.AccountID) + ` AND ` + talker)
	if _, err := h.Departure.Fetch(ctx, other, passphrase); !errs.Is(err, errs.NotFound) {
		t.Errorf("somebody else: %v", err)
	}
	b, err := h.Departure.Fetch(ctx, a, strings.ToUpper(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	data, page := unzip(t, b)
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"account", "sign_ins", "experiences", "replies"} {
		if rows, _ := all[name].([]any); len(rows) == 0 {
			t.Errorf("no %s", name)
		}
	}
	story := h.text(`SELECT split_part(story, E'\n', 1) FROM experiences WHERE id IN (SELECT experience_id FROM authorships WHERE account_id = $1) ORDER BY id LIMIT 1`, a.AccountID)
	if !strings.Contains(string(page), story[:min(40, len(story))]) {
		t.Error("the page does not tell what was told")
	}
	handles := h.text(`SELECT string_agg(handle, E'\n') FROM accounts WHERE id <> $1 AND length(handle) > 8`, a.AccountID)
	for handle := range strings.Lines(handles) {
		if strings.Contains(string(data), `"`+strings.TrimSpace(handle)+`"`) {
			t.Errorf("somebody else is named: %s", handle)
		}
	}
	h.clock.Move(8 * 24 * time.Hour)
	if err := h.Departure.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if _, there, err := h.Departure.Last(ctx, a); there || err != nil {
		t.Errorf("after a week it is still there, %v", err)
	}
}

func unzip(t *testing.T, b []byte) (data, page []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return read("data.json"), read("index.html")
}

func TestWhoThinksAgainLosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	a := h.who(talker)
	if err := h.Departure.Leave(ctx, a, true); err != nil {
		t.Fatal(err)
	}
	h.clock.Move(departure.Grace - time.Hour)
	if err := h.Departure.Depart(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.Departure.Stay(ctx, a); err != nil {
		t.Fatal(err)
	}
	if err := h.Departure.Stay(ctx, a); !errs.Is(err, errs.NotFound) {
		t.Errorf("taken back twice: %v", err)
	}
	h.clock.Move(30 * 24 * time.Hour)
	if err := h.Departure.Depart(ctx); err != nil {
		t.Fatal(err)
	}
	if got := h.text(`SELECT handle FROM accounts WHERE id = $1`, a.AccountID); got != a.Handle {
		t.Errorf("the account is %q", got)
	}
	if _, err := os.Stat(filepath.Join(h.dir, departure.ListFile)); !os.IsNotExist(err) {
		t.Errorf("somebody who stayed is on the list of who left: %v", err)
	}
}

// traces are texts by which a person could be found again.
func (h house) traces(a access.Actor, texts bool) (all []string) {
	h.t.Helper()
	all = []string{h.text(`SELECT uid FROM identities WHERE account_id = $1 AND provider = 'email' LIMIT 1`, a.AccountID), a.Handle}
	if !texts {
		return all
	}
	for _, sql := range []string{`SELECT story FROM experiences WHERE id = (SELECT min(experience_id) FROM authorships WHERE account_id = $1)`, `SELECT body FROM replies WHERE id = (SELECT min(id) FROM replies WHERE author_account_id = $1)`} {
		s := h.text(sql, a.AccountID)
		all = append(all, s[:min(len(s), 60)])
	}
	return all
}

// findings are the columns of the database in which a text stands.
func (h house) findings(s string) (found []string) {
	h.t.Helper()
	ctx := context.Background()
	rows, err := h.owner.Pool().Query(ctx, `SELECT c.table_schema, c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema IN ('public', 'river') AND t.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'jsonb', 'bytea', 'ARRAY', 'character varying', 'tsvector')`)
	if err != nil {
		h.t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Schema, Table, Column string }])
	if err != nil || len(columns) < 100 {
		h.t.Fatalf("%d columns, %v", len(columns), err)
	}
	for _, c := range columns {
		var n int
		of := fmt.Sprintf("%q", c.Column)
		if err := h.owner.Pool().QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM %q.%q WHERE strpos(%s::text, $1) > 0 OR strpos(%s::text, $2) > 0`, c.Schema, c.Table, of, of), s, hexOf(s)).Scan(&n); err != nil {
			h.t.Fatalf("%s.%s: %v", c.Table, c.Column, err)
		}
		if n > 0 {
			found = append(found, c.Table+"."+c.Column)
		}
	}
	return found
}

// hexOf is a text as bytea columns print it.
func hexOf(s string) string { return fmt.Sprintf("%x", s) }

func TestWhoLeavesIsNowhere(t *testing.T) {
	t.Parallel()
	for _, texts := range []bool{false, true} {
		h := newHouse(t)
		ctx := context.Background()
		a := h.who(talker)
		told := h.text(`SELECT experience_id::text FROM authorships WHERE account_id = $1 AND experience_id IN (SELECT id FROM experiences WHERE state = 'published') LIMIT 1`, a.AccountID)
		sums := `SELECT coalesce(sum(helpful), 0)::text FROM reply_scores`
		before, all := h.text(sums), h.traces(a, texts)
		if err := h.Jobs.Start(ctx); err != nil { // the index forgets as well
			t.Fatal(err)
		}
		h.leave(a, texts)
		if err := h.settle(ctx); err != nil {
			t.Fatal(err)
		}
		if err := h.Jobs.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if found := h.findings(s); len(found) > 0 {
				t.Errorf("texts %v: %.20q… stands in %v", texts, s, found)
			}
		}
		if n := h.text(`SELECT count(*)::text FROM authorships WHERE account_id = $1 OR person_id = $2`, a.AccountID, a.PersonID); n != "0" {
			t.Errorf("%s authorships are left", n)
		}
		want := "published"
		if texts {
			want = "withdrawn"
		}
		if got := h.text(`SELECT state FROM experiences WHERE id = $1::bigint`, told); got != want {
			t.Errorf("texts %v: the experience is %s", texts, got)
		}
		if got := h.text(sums); got != before {
			t.Errorf("sums of votes are %s, before %s", got, before)
		}
	}
}

// settle waits until the index has no work.
func (h house) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var n int
		if err := h.owner.Pool().QueryRow(ctx, `SELECT count(*) FROM search_queue`).Scan(&n); err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestARestoredDatabaseForgetsAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	a := h.who(talker)
	h.leave(a, true)
	// An older database: the same people, nobody gone.
	older := newHouse(t)
	again := open(t, older.d, older.owner, older.clock, h.dir)
	if n, err := again.Departure.Replay(ctx); err != nil || n != 1 {
		t.Fatalf("%d left again, %v", n, err)
	}
	if got := again.text(`SELECT (closed_at IS NOT NULL)::text FROM accounts WHERE id = $1`, a.AccountID); got != "true" {
		t.Error("the account is back")
	}
	if n := again.text(`SELECT count(*)::text FROM authorships WHERE account_id = $1`, a.AccountID); n != "0" {
		t.Errorf("%s authorships are back", n)
	}
	if n, err := again.Departure.Replay(ctx); err != nil || n != 0 {
		t.Errorf("the second time %d left, %v", n, err)
	}
	list, err := os.ReadFile(filepath.Join(h.dir, departure.ListFile))
	if err != nil || !regexp.MustCompile(`^\d+ texts \d{4}-\d\d-\d\d\n$`).Match(list) {
		t.Errorf("the list: %q, %v", list, err)
	}
}
