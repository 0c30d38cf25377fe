package experience_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/mail"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// world is a clinic with its people, somebody who was treated there, and
// everything that telling needs.
type world struct {
	*experience.Service
	d                 *db.DB
	clock             *testkit.Clock
	jobs              *job.Runner
	mail              *mail.Mailer
	desk              *moderation.Service
	visit             *visit.Service
	provider          *provider.Service
	clinic            provider.Organisation
	patient, staff    access.Actor
	moderator, second access.Actor
}

// book knows the addresses that testkit gives to people.
type book struct{ d *db.DB }

func (b book) Address(ctx context.Context, id int64, _ bool) (address, lang string, err error) {
	err = b.d.Pool().QueryRow(ctx, `SELECT i.uid, a.lang FROM accounts a JOIN identities i ON i.account_id = a.id AND i.provider = 'email' WHERE a.id = $1`, id).Scan(&address, &lang)
	return address, lang, err
}

func newWorld(t testing.TB) world {
	t.Helper()
	d, clock := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	m := testkit.Mail(t, jobs, "http://localhost:8080")
	limits := httpd.NewLimits(d, make([]byte, 32), true)
	people := account.New(account.Tools{DB: d, Jobs: jobs, Mail: m, Limits: limits, Secret: make([]byte, 32)})
	m.SetBook(book{d})
	n := notify.New(d, jobs)
	p := provider.New(provider.Tools{DB: d, Jobs: jobs, Mail: m, Notify: n, Limits: limits})
	w := world{d: d, clock: clock, jobs: jobs, mail: m, provider: p}
	t.Cleanup(func() {
		if err := jobs.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w.desk = moderation.New(moderation.Tools{DB: d, Notify: n, Limits: limits})
	w.visit = visit.New(visit.Tools{DB: d, Limits: limits, Provider: p, Account: people, Key: []byte("the key of this purpose")})
	w.Service = experience.New(experience.Tools{DB: d, Jobs: jobs, Mail: m, Limits: limits, Notify: n, Provider: p, Search: search.New(d, jobs, limits), Moderation: w.desk, Visit: w.visit})
	w.visit.Introduce(w.Service)
	for _, x := range w.Subjects() {
		w.desk.AddSubject(x)
	}
	for _, x := range w.Suggestions() {
		w.desk.AddSuggestion(x)
	}
	var err error
	if w.clinic, err = p.FindOrganisation(d.Read(context.Background()), testkit.Organisation(t, d, "clinic", "Galata Dental")); err != nil {
		t.Fatal(err)
	}
	w.patient = testkit.Person(t, d, "Beatrix Featherstone", testkit.T2)
	w.staff = testkit.Person(t, d, "Selin", testkit.StaffOf(w.clinic.ID, "staff"))
	w.moderator, w.second = testkit.Person(t, d, "Mod one", testkit.Moderator), testkit.Person(t, d, "Mod two", testkit.Moderator)
	return w
}

const story = "They placed four implants and a lift that nobody had mentioned. The team was kind, and the bill was not what we had agreed on."

// answers are the eleven, as typed, about a treatment in the present quarter.
func (w world) answers() experience.Answers {
	return experience.Answers{
		"clinic": {w.clinic.Slug}, "procedure": {"den.implant.allon4"}, "quarter": {string(visit.Of(w.d.Now()))},
		"author_role": {"patient"}, "adult": {"yes"}, "origin_country": {"IE"},
		"title": {"Kind people, and a bill that grew on the day"}, "story": {story}, "goal_achieved": {"8"}, "complication": {"none"}, "would_repeat": {"unsure"},
		"quoted": {"4000"}, "quoted_currency": {"EUR"}, "paid": {"4,600"}, "paid_currency": {"EUR"}, "incentive": {"none"},
		"consent_publish": {"yes"},
	}
}

// with returns the eleven answers with some of them changed.
func (w world) with(changes experience.Answers) experience.Answers {
	a := w.answers()
	maps.Copy(a, changes)
	return a
}

// draft writes a draft with answers, step by step.
func (w world) draft(t testing.TB, a access.Actor, typed experience.Answers) string {
	t.Helper()
	d, err := w.StartDraft(context.Background(), a, experience.Answers{"title": {"A draft of its own"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range experience.Steps {
		if _, err := w.SaveStep(context.Background(), a, d.PublicID, step, "en", typed); err != nil {
			t.Fatalf("step %s: %v", step, err)
		}
	}
	return d.PublicID
}

var keys atomic.Int64

// key is a fresh idempotency key.
func key(a access.Actor) db.Key {
	return db.Key{Scope: fmt.Sprintf("a%d", a.AccountID), Route: "POST /test", Value: fmt.Sprintf("0123456789abcdef-%d-%d", time.Now().UnixNano(), keys.Add(1)), Hash: []byte("x")}
}

// tell sends an experience and returns it.
func (w world) tell(t testing.TB, a access.Actor, typed experience.Answers) experience.Experience {
	t.Helper()
	e, err := w.Submit(context.Background(), a, w.draft(t, a, typed), "en", key(a))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// decide has a moderator decide on the one open case.
func (w world) decide(t testing.TB, v moderation.Verdict) {
	t.Helper()
	var id int64
	if err := w.d.Pool().QueryRow(context.Background(), `SELECT id, lock_version FROM moderation_cases WHERE decided_at IS NULL ORDER BY id DESC LIMIT 1`).Scan(&id, &v.Version); err != nil {
		t.Fatal(err)
	}
	v.Seen = value[int](t, w, `SELECT e.version FROM experiences e JOIN moderation_cases c ON c.ref = e.id WHERE c.id = $1`, id)
	if err := w.desk.Decide(context.Background(), w.moderator, id, v); err != nil {
		t.Fatal(err)
	}
}

// published tells an experience and has it approved.
func (w world) published(t testing.TB, a access.Actor, typed experience.Answers) experience.Experience {
	t.Helper()
	e := w.tell(t, a, typed)
	w.decide(t, moderation.Verdict{Decision: "approve"})
	return e
}

// value reads one value.
func value[T any](t testing.TB, w world, sql string, args ...any) (v T) {
	t.Helper()
	if err := w.d.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (w world) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.d.Pool().Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// state is what a row of experiences says of itself, by columns.
func (w world) state(t testing.TB, e experience.Experience, columns string) string {
	t.Helper()
	return value[string](t, w, `SELECT concat_ws(' ', `+columns+`) FROM experiences WHERE id = $1`, e.ID)
}

// code makes a visit code of the present quarter.
func (w world) code(t testing.TB) string {
	t.Helper()
	_, codes, err := w.visit.Make(context.Background(), w.staff, w.clinic, visit.Sheet{Quarter: string(visit.Of(w.d.Now())), Codes: 1, Seed: visit.NewSeed()}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return codes[0]
}

// link is the newest link that was mailed.
func (w world) link(t testing.TB) string {
	t.Helper()
	if err := w.jobs.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	box, err := w.mail.Box()
	if err != nil || len(box) == 0 {
		t.Fatalf("no mail: %v", err)
	}
	for _, l := range box[0].Links {
		if _, token, ok := strings.Cut(l, "/check-in/"); ok {
			return token
		}
	}
	t.Fatalf("no link in %+v", box[0])
	return ""
}

// confirm does what happens when an account's address is confirmed.
func (w world) confirm(a access.Actor) error {
	return w.d.Write(context.Background(), func(tx *db.Tx) error { return w.Confirmed(tx, a.AccountID) })
}
