package account_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

func (w *world) session(t *testing.T, a access.Actor) account.Opened {
	t.Helper()
	o, err := w.OpenSession(t.Context(), a.AccountID, "Firefox, Linux")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// clinic stores an organisation and returns its id.
func (w *world) clinic(t *testing.T, slug, state string) int64 {
	t.Helper()
	return w.count(t, `insert into organisations (kind, slug, name, country, city, state, created_at)
		values ('clinic', $1, 'Dunakert Dental', 'HU', 'Budapest', $2, now()) returning id`, slug, state)
}

func TestWhoKnowsEverythingARequestNeeds(t *testing.T) {
	t.Parallel()
	w := open(t)
	id := w.clinic(t, "dunakert", "listed")
	want := testkit.Person(t, w.db, "Mira", testkit.T2, testkit.Moderator, testkit.StaffOf(id, "doctor"), testkit.Speaks("ar"))
	w.exec(t, `update accounts set unread = 3 where id = $1`, want.AccountID)
	o := w.session(t, want)
	a, expires, err := w.Who(t.Context(), o.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	if a.AccountID != want.AccountID || a.PersonID != want.PersonID || a.Handle != "Mira" || a.Lang != "ar" || !a.Confirmed || a.Trust != 2 || a.Unread != 3 ||
		!a.Moderator || a.Admin || a.Session != o.PublicID || !a.SteppedUp.Equal(w.clock.Now()) {
		t.Errorf("got %+v", a)
	}
	if len(a.Works) != 1 || a.Works[0] != want.Works[0] {
		t.Errorf("works: %+v, want %+v", a.Works, want.Works)
	}
	if !expires.Equal(w.clock.Now().Add(12 * time.Hour)) {
		t.Errorf("expires %v", expires)
	}
}

func TestOnlyStatedAndPresentTiesCount(t *testing.T) {
	t.Parallel()
	w := open(t)
	for name, c := range map[string]struct {
		state, kind, source string
		from, to            time.Duration
		want                int
	}{
		"on the roster":        {"listed", "staff", "roster", -time.Hour, 0, 1},
		"suggested clinic":     {"suggested", "owner", "roster", -time.Hour, 0, 1},
		"refused clinic":       {"refused", "owner", "roster", -time.Hour, 0, 0},
		"says so themselves":   {"listed", "staff", "self", -time.Hour, 0, 0},
		"family":               {"listed", "family", "roster", -time.Hour, 0, 0},
		"left":                 {"listed", "staff", "roster", -2 * time.Hour, -time.Hour, 0},
		"leaves later":         {"listed", "staff", "roster", -2 * time.Hour, time.Hour, 1},
		"has not yet started":  {"listed", "staff", "roster", time.Hour, 0, 0},
		"found by a moderator": {"listed", "paid_agent", "adjudicated", -time.Hour, 0, 1},
	} {
		slug := strings.ReplaceAll(name, " ", "-")
		id, p := w.clinic(t, slug, c.state), testkit.Person(t, w.db, slug)
		var to *time.Time
		if c.to != 0 {
			x := w.clock.Now().Add(c.to)
			to = &x
		}
		w.exec(t, `insert into affiliations (person_id, organisation_id, kind, source, valid_from, valid_to) values ($1, $2, $3, $4, $5, $6)`,
			p.PersonID, id, c.kind, c.source, w.clock.Now().Add(c.from), to)
		if a := w.who(t, w.session(t, p).Cookie); len(a.Works) != c.want {
			t.Errorf("%s: works %+v", name, a.Works)
		}
	}
}

func TestSessionsEndWithoutUseAndAfterAll(t *testing.T) {
	t.Parallel()
	w := open(t)
	p := testkit.Person(t, w.db, "Mira")
	o := w.session(t, p)
	for range 2 {
		w.clock.Move(13 * 24 * time.Hour)
		w.who(t, o.Cookie) // in use
	}
	w.clock.Move(4*24*time.Hour - time.Second)
	w.who(t, o.Cookie)
	w.clock.Move(time.Second)
	w.gone(t, o.Cookie, "after thirty days")

	o = w.session(t, p)
	w.clock.Move(14 * 24 * time.Hour)
	w.gone(t, o.Cookie, "after fourteen days without use")

	o = w.session(t, p)
	w.exec(t, `insert into platform_roles (account_id, role, since) values ($1, 'moderator', now())`, p.AccountID)
	w.clock.Move(29 * time.Minute)
	w.who(t, o.Cookie)
	w.clock.Move(31 * time.Minute)
	w.gone(t, o.Cookie, "half an hour after a moderator used it, although a member opened it")
}

func TestUseOfASessionIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	w := open(t)
	o := w.session(t, testkit.Person(t, w.db, "Mira"))
	seen := func() (at time.Time) {
		if err := w.db.Pool().QueryRow(t.Context(), `select seen_at from sessions`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	first := seen()
	w.clock.Move(59 * time.Second)
	w.who(t, o.Cookie)
	if !seen().Equal(first) {
		t.Error("written within the minute")
	}
	w.clock.Move(time.Second)
	w.who(t, o.Cookie)
	if !seen().Equal(w.clock.Now()) {
		t.Error("not written after the minute")
	}
}

func TestCookiesThatAreNoneOpenNothing(t *testing.T) {
	t.Parallel()
	w := open(t)
	o := w.session(t, testkit.Person(t, w.db, "Mira"))
	for _, c := range []string{"", "x", strings.Repeat("A", 43), o.Cookie + "A", o.Cookie[:42], strings.ToUpper(o.Cookie), o.PublicID, "' or 1=1 --"} {
		w.gone(t, c, "although it is "+c)
	}
	if n := w.count(t, `select count(*) from sessions where hash::text like '%' || $1 || '%' or public_id = $1`, o.Cookie); n != 0 {
		t.Error("the cookie itself is in the database")
	}
}

func TestOldestUnusedSessionMakesRoom(t *testing.T) {
	t.Parallel()
	w := open(t)
	for handle, c := range map[string]struct {
		most   int
		traits []testkit.Trait
	}{"Mira": {10, nil}, "Omar": {2, []testkit.Trait{testkit.Moderator}}} {
		p := testkit.Person(t, w.db, handle, c.traits...)
		var all []account.Opened
		for range c.most {
			all = append(all, w.session(t, p))
			w.clock.Move(time.Minute)
		}
		w.who(t, all[0].Cookie) // so the second is now the longest unused
		all = append(all, w.session(t, p))
		for i, o := range all {
			if i == 1 {
				w.gone(t, o.Cookie, "beyond the most")
				if !w.told.session(o.PublicID) {
					t.Error("its sockets stay open")
				}
				continue
			}
			w.who(t, o.Cookie)
		}
	}
}

func TestStandingOfOpenSockets(t *testing.T) {
	t.Parallel()
	w := open(t)
	p, q := testkit.Person(t, w.db, "Mira"), testkit.Person(t, w.db, "Omar")
	a, b, c := w.session(t, p), w.session(t, p), w.session(t, q)
	if err := w.EndSession(t.Context(), w.who(t, a.Cookie), b.PublicID); err != nil {
		t.Fatal(err)
	}
	if err := w.Disable(t.Context(), q.AccountID); err != nil {
		t.Fatal(err)
	}
	got, err := w.Standing(t.Context(), []string{a.PublicID, b.PublicID, c.PublicID, "unknown"})
	if err != nil || len(got) != 1 || got[a.PublicID].Actor.Handle != "Mira" || !got[a.PublicID].Expires.Equal(a.Expires) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOwnerSeesAndEndsSessions(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	other := testkit.Person(t, w.db, "Mira")
	foreign := w.session(t, other)
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	p := b.get("/me/sessions")
	if strings.Count(p.body, `action="/me/sessions/end"`) != 2 || strings.Contains(p.body, foreign.PublicID) {
		t.Errorf("%d: the page does not list the two sessions:\n%s", p.status, p.body)
	}
	if p := b.submit(p, "/me/sessions/end", "session", foreign.PublicID); p.status != http.StatusNotFound {
		t.Errorf("ending a stranger's session: %d", p.status)
	}
	w.who(t, foreign.Cookie)
	if p := b.submit(p, "/me/sessions/end-others"); p.status != http.StatusSeeOther {
		t.Errorf("ending the others: %d", p.status)
	}
	if n := w.count(t, `select count(*) from sessions where account_id <> $1`, other.AccountID); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	p = b.submit(b.get("/me/sessions"), "/me/sessions/end")
	if p.status != http.StatusSeeOther || b.cookie("s") != "" {
		t.Errorf("ending this one: %d, cookie %q", p.status, b.cookie("s"))
	}
}

// Blocking ends sessions, and so does another role.
func TestBlockingAndRolesEndEverySession(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	o := w.session(t, a)
	err := w.db.Write(t.Context(), func(tx *db.Tx) error { return account.Grant(tx, "moderator", "Quiet.Heron@test.example") })
	if err != nil {
		t.Fatal(err)
	}
	w.gone(t, o.Cookie, "after its owner became a moderator")
	o = w.session(t, a)
	if !w.who(t, o.Cookie).Moderator {
		t.Error("no moderator")
	}
	if err := w.Disable(t.Context(), a.AccountID); err != nil {
		t.Fatal(err)
	}
	w.gone(t, o.Cookie, "after blocking")
	if len(w.told.accounts) == 0 {
		t.Error("sockets stay open")
	}
	if _, err := w.SignIn(t.Context(), credentials("Quiet Heron")); !errs.Is(err, errs.Forbidden) {
		t.Errorf("sign-in after blocking: %v", err)
	}
	for role, email := range map[string]string{"owner": "quiet.heron@test.example", "admin": "nobody@test.example", "": ""} {
		if err := w.db.Write(t.Context(), func(tx *db.Tx) error { return account.Grant(tx, role, email) }); err == nil {
			t.Errorf("%q was granted to %q", role, email)
		}
	}
}

func TestForgetDropsWhatHasEnded(t *testing.T) {
	t.Parallel()
	w := open(t)
	kept := w.confirmed(t, "Quiet Heron")
	o, err := w.SignUp(t.Context(), draft("Pale Otter"), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	var closed []int64
	w.WhenClosed(func(_ *db.Tx, id int64) error { closed = append(closed, id); return nil })
	w.clock.Move(29 * 24 * time.Hour)
	w.session(t, kept)
	if err := w.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `select count(*) from sessions`); n != 1 {
		t.Errorf("%d sessions after a month, want the one in use", n)
	}
	if n := w.count(t, `select count(*) from account_tokens`); n != 0 {
		t.Errorf("%d links after a month", n)
	}
	if len(closed) != 0 {
		t.Errorf("closed too early: %v", closed)
	}
	w.clock.Move(25 * time.Hour)
	if err := w.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(closed) != 1 || closed[0] != o.AccountID {
		t.Errorf("closed: %v, want the one that was never confirmed", closed)
	}
	if n := w.count(t, `select count(*) from identities where uid like 'pale.otter%'`); n != 0 {
		t.Error("the address of a closed account is kept")
	}
	if _, err := w.SignUp(t.Context(), draft("Pale Otter"), db.Key{}); err != nil {
		t.Errorf("its name is not free again: %v", err)
	}
}
