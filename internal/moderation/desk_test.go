package moderation_test

import (
	"context"
	"net/url"
	"sync"
	"testing"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/testkit"
)

// notes are a small kind of thing, in a table of the test: they can be reported
// as replies are, and suggested as clinics are.
type notes struct {
	d    *db.DB
	kind string
}

func (n notes) Kind() string { return n.kind }

func (n notes) About(ctx context.Context, id int64) (it moderation.Item, err error) {
	err = n.d.Pool().QueryRow(ctx, `SELECT title, 'About ' || title, author, state FROM notes WHERE id = $1`, id).Scan(&it.Title, &it.Excerpt, &it.AuthorAccountID, &it.State)
	if db.Missing(err) {
		return it, errs.New(errs.NotFound, "common.not_found")
	}
	it.Path = "/rules#note"
	return it, err
}

func (n notes) set(tx *db.Tx, id int64, state, why string) error {
	return tx.Gorm().Exec(`UPDATE notes SET state = ?, why = ? WHERE id = ?`, state, why, id).Error
}
func (n notes) Hide(tx *db.Tx, id int64, why string) error   { return n.set(tx, id, "hidden", why) }
func (n notes) Show(tx *db.Tx, id int64) error               { return n.set(tx, id, "shown", "") }
func (n notes) Approve(tx *db.Tx, id int64) error            { return n.set(tx, id, "listed", "") }
func (n notes) Refuse(tx *db.Tx, id int64, why string) error { return n.set(tx, id, "refused", why) }

// facts are what a decision rests on, long enough to be taken.
const facts = "It names a nurse in the second line."

// desk is a moderation desk with its people and one note.
type desk struct {
	*moderation.Service
	d                          *db.DB
	told                       *notify.Service
	clock                      *testkit.Clock
	author, reader, mod, other access.Actor
}

func newDesk(t *testing.T) desk {
	t.Helper()
	d, clock := testkit.DBAt(t)
	if _, err := testkit.OwnerOf(t, d).Pool().Exec(context.Background(), `CREATE TABLE notes (id bigint PRIMARY KEY, title text, author bigint, state text, why text NOT NULL DEFAULT '')`); err != nil {
		t.Fatal(err)
	}
	jobs := testkit.Jobs(t, d)
	told := notify.New(d, jobs)
	s := moderation.New(moderation.Tools{DB: d, Notify: told, Limits: httpd.NewLimits(d, make([]byte, 32), false)})
	s.AddSubject(notes{d, "reply"})
	s.AddSuggestion(notes{d, "clinic"})
	return desk{s, d, told, clock, testkit.Person(t, d, "Author"), testkit.Person(t, d, "Reader"),
		testkit.Person(t, d, "Mod", testkit.Moderator), testkit.Person(t, d, "Mod two", testkit.Moderator)}
}

func (k desk) note(t *testing.T, id int64, state string) {
	t.Helper()
	if _, err := k.d.Pool().Exec(context.Background(), `INSERT INTO notes (id, title, author, state) VALUES ($1, 'Note', $2, $3)`, id, k.author.AccountID, state); err != nil {
		t.Fatal(err)
	}
}

func (k desk) report(t *testing.T, a access.Actor, id int64) {
	t.Helper()
	if err := k.Report(context.Background(), a, "reply", id, "fake", "Look", db.Key{}); err != nil {
		t.Fatal(err)
	}
}

func (k desk) suggest(t *testing.T, id int64, by access.Actor) {
	t.Helper()
	if err := k.d.Write(context.Background(), func(tx *db.Tx) error { return moderation.Suggest(tx, "clinic", id, by.AccountID) }); err != nil {
		t.Fatal(err)
	}
}

// form is a form of names and values.
func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

// value reads one value.
func value[T any](t *testing.T, d *db.DB, sql string, args ...any) (v T) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (k desk) theCase(t *testing.T) int64 {
	t.Helper()
	return value[int64](t, k.d, `SELECT max(id) FROM moderation_cases`)
}

func TestAThingIsReportedOncePerPersonAndMakesOneCase(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	if err := k.Report(context.Background(), k.reader, "reply", 1, "abusive", "", db.Key{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("again by the same person: %v, want Conflict", err)
	}
	k.report(t, k.other, 1)
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_cases`); n != 1 {
		t.Errorf("%d cases, want one", n)
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM reports`); n != 2 {
		t.Errorf("%d reports, want two", n)
	}
	if err := k.Report(context.Background(), k.author, "reply", 1, "fake", "", db.Key{}); !errs.Is(err, errs.Forbidden) {
		t.Errorf("by its author: %v, want Forbidden", err)
	}
	k.note(t, 2, "hidden")
	for id, name := range map[int64]string{2: "hidden", 3: "absent"} {
		if err := k.Report(context.Background(), k.reader, "reply", id, "fake", "", db.Key{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v, want NotFound", name, err)
		}
	}
}

func TestParallelReportsOpenOneCase(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	people := []access.Actor{k.reader, k.mod, k.other, testkit.Person(t, k.d, "Four"), testkit.Person(t, k.d, "Five")}
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			if err := k.Report(context.Background(), p, "reply", 1, "fake", "", db.Key{}); err != nil {
				t.Errorf("%s: %v", p.Handle, err)
			}
		})
	}
	wg.Wait()
	if c, r := value[int](t, k.d, `SELECT count(*) FROM moderation_cases`), value[int](t, k.d, `SELECT count(*) FROM reports`); c != 1 || r != len(people) {
		t.Errorf("%d cases, %d reports; want 1, %d", c, r, len(people))
	}
}

func TestHidingHappensWithItsReasonAndEverybodyConcernedIsTold(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	id := k.theCase(t)
	if err := k.Decide(context.Background(), k.mod, id, moderation.Verdict{Decision: "hide", Reason: "personal_data", Statement: facts}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, k.d, `SELECT state || ' ' || why FROM notes WHERE id = 1`); got != "hidden moderation.reason_personal_data" {
		t.Errorf("the note is %q", got)
	}
	if got := value[string](t, k.d, `SELECT decision || ' ' || reason || ' ' || statement || ' ' || reports::text FROM moderation_decisions`); got != "hide personal_data "+facts+" 1" {
		t.Errorf("kept decision: %q", got)
	}
	if got := value[string](t, k.d, `SELECT kind || ' ' || (args->>'reason_key') FROM notifications WHERE account_id = $1`, k.author.AccountID); got != "moderation_hide moderation.reason_personal_data" {
		t.Errorf("the author was told %q", got)
	}
	if got := value[string](t, k.d, `SELECT kind FROM notifications WHERE account_id = $1`, k.reader.AccountID); got != "report_hidden" {
		t.Errorf("the reporter was told %q", got)
	}
	// Shown again by another moderator: a second decision, and the author hears.
	if err := k.Decide(context.Background(), k.other, id, moderation.Verdict{Decision: "show", Version: 1}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, k.d, `SELECT state FROM notes WHERE id = 1`); got != "shown" {
		t.Errorf("after showing again it is %q", got)
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_decisions`); n != 2 {
		t.Errorf("%d decisions kept, want both", n)
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM notifications WHERE account_id = $1`, k.reader.AccountID); n != 1 {
		t.Errorf("the reporter was told %d times, want once", n)
	}
}

func TestOfTwoWhoDecideOneDoesAndTheOtherIsTold(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	id := k.theCase(t)
	var wg sync.WaitGroup
	results := make([]error, 2)
	for i, v := range []moderation.Verdict{{Decision: "hide", Reason: "fake", Statement: facts}, {Decision: "keep"}} {
		wg.Go(func() { results[i] = k.Decide(context.Background(), []access.Actor{k.mod, k.other}[i], id, v) })
	}
	wg.Wait()
	done := 0
	for _, err := range results {
		switch {
		case err == nil:
			done++
		case !errs.Is(err, errs.Conflict) && !errs.Is(err, errs.Invalid):
			t.Errorf("the later one: %v", err)
		}
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_decisions`); done != 1 || n != 1 {
		t.Errorf("%d decided, %d kept; want one", done, n)
	}
	if err := k.Decide(context.Background(), k.other, id, moderation.Verdict{Decision: "keep"}); !errs.Is(err, errs.Conflict) || errs.Of(err).Key != "moderation.somebody_decided" {
		t.Errorf("decided again from an old page: %v", err)
	}
}

func TestAClaimKeepsOthersOutUntilItEnds(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	id := k.theCase(t)
	if err := k.Claim(context.Background(), k.mod, id, 0); err != nil {
		t.Fatal(err)
	}
	if err := k.Claim(context.Background(), k.other, id, 0); !errs.Is(err, errs.Conflict) {
		t.Errorf("claimed from an old page: %v", err)
	}
	if err := k.Decide(context.Background(), k.other, id, moderation.Verdict{Decision: "keep", Version: 1}); errs.Of(err).Key != "moderation.claimed" {
		t.Errorf("decided while another looks: %v", err)
	}
	if _, err := k.d.Pool().Exec(context.Background(), `UPDATE moderation_cases SET claimed_at = now() - interval '31 minutes'`); err != nil {
		t.Fatal(err)
	}
	if err := k.Decide(context.Background(), k.other, id, moderation.Verdict{Decision: "keep", Version: 1}); err != nil {
		t.Errorf("decided after the claim ended: %v", err)
	}
}

func TestNobodyDecidesOnWhatTheyWroteOrReported(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.mod, 1)
	v := moderation.Verdict{Decision: "keep"}
	if err := k.Decide(context.Background(), k.mod, k.theCase(t), v); errs.Of(err).Key != "moderation.you_reported_it" {
		t.Errorf("by the reporter: %v", err)
	}
	author := k.author
	author.Moderator = true
	if err := k.Decide(context.Background(), author, k.theCase(t), v); errs.Of(err).Key != "moderation.you_wrote_it" {
		t.Errorf("by the author: %v", err)
	}
}

func TestASuggestionIsApprovedOrRefusedAndItsAuthorIsTold(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "suggested")
	k.note(t, 2, "suggested")
	k.suggest(t, 1, k.author)
	if err := k.Decide(context.Background(), k.mod, k.theCase(t), moderation.Verdict{Decision: "approve"}); err != nil {
		t.Fatal(err)
	}
	k.suggest(t, 2, k.author)
	if err := k.Decide(context.Background(), k.mod, k.theCase(t), moderation.Verdict{Decision: "refuse", Reason: "duplicate"}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, k.d, `SELECT string_agg(state || why, ' ' ORDER BY id) FROM notes`); got != "listed refusedmoderation.reason_duplicate" {
		t.Errorf("states: %q", got)
	}
	if got := value[string](t, k.d, `SELECT string_agg(kind, ' ' ORDER BY id) FROM notifications WHERE account_id = $1`, k.author.AccountID); got != "moderation_approve moderation_refuse" {
		t.Errorf("the author was told %q", got)
	}
}

func TestDecisionsCannotBeChangedOrRemovedNotEvenBySQL(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	if err := k.Decide(context.Background(), k.mod, k.theCase(t), moderation.Verdict{Decision: "keep"}); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`UPDATE moderation_decisions SET decision = 'hide', reason = 'fake'`, `DELETE FROM moderation_decisions`, `TRUNCATE moderation_decisions`} {
		if _, err := k.d.Pool().Exec(context.Background(), sql); err == nil {
			t.Errorf("%s was possible", sql)
		}
	}
}
