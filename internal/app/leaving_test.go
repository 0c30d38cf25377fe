package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caravan/internal/departure"
	"caravan/internal/testkit"
)

// announces has the author ask to leave, think again, and ask once more.
func (x *parting) announces(choice string) {
	x.t.Helper()
	r := x.teller
	r.open("/me")
	r.click(`main a[href$="/me/leave"]`)
	r.at("/me/")
	if strings.Contains(r.path(), "/me/step-up") {
		x.shows()
	}
	r.at("/me/leave")
	if n := x.count(r, `input[name=texts][value=keep]:checked`); n != 1 {
		x.t.Error("that texts stay without a link is not suggested")
	}
	testkit.Axe(x.t, r.ctx)
	x.shot("leave", r)
	r.pick("texts", choice)
	r.click(`main form[action$="/me/leave"] button`)
	r.see("You have a week to change your mind")
	r.click(`main form[action$="/me/leave/stay"] button`)
	r.see("Good that you stay.")
	if n := x.s.text(x.t, `SELECT count(*)::text FROM departures WHERE done_on IS NULL`); n != "0" {
		x.t.Errorf("%s people are leaving after they said that they stay", n)
	}
	r.open("/me/leave")
	r.pick("texts", choice)
	r.click(`main form[action$="/me/leave"] button`)
	r.see("You leave on")
	testkit.Axe(x.t, r.ctx)
	x.shot("leaving", r)
}

// leaves lets the week pass, an hour before whose end nothing happened yet.
func (x *parting) leaves() {
	x.t.Helper()
	depart := func() {
		x.t.Helper()
		if err := x.s.Departure.Depart(x.t.Context()); err != nil {
			x.t.Fatal(err)
		}
	}
	account := x.s.text(x.t, `SELECT account_id::text FROM departures WHERE done_on IS NULL`)
	x.pass(departure.Grace - time.Hour)
	depart()
	if got := x.s.text(x.t, `SELECT (closed_at IS NULL)::text FROM accounts WHERE id = $1`, account); got != "true" {
		x.t.Error("the account went before its week was over")
	}
	x.pass(2 * time.Hour)
	depart()
	x.pass(25 * time.Hour) // what an author takes away is recorded once a day
	for what, sql := range map[string]string{
		"authorships": `SELECT count(*)::text FROM authorships WHERE account_id = $1`, "addresses": `SELECT count(*)::text FROM identities WHERE account_id = $1`,
		"passwords": `SELECT count(*)::text FROM passwords WHERE account_id = $1`, "sessions": `SELECT count(*)::text FROM sessions WHERE account_id = $1`,
		"exports": `SELECT count(*)::text FROM exports WHERE account_id = $1`,
	} {
		if n := x.s.text(x.t, sql, account); n != "0" {
			x.t.Errorf("%s %s are left", n, what)
		}
	}
	x.teller.open("/me")
	x.teller.at("/sign-in")
}

// stands looks at what is left where the text stays and only the link goes.
func (x *parting) stands() {
	x.t.Helper()
	x.reader.open("/experiences/" + x.id)
	x.reader.see(strings.TrimSpace(secondHalf))
	x.keeps(x.reader)
	x.reader.open("/log/of/experience/" + x.id)
	x.reader.see("can be opened")
}

// gone looks at what is left where the text goes too.
func (x *parting) gone() {
	x.t.Helper()
	x.reader.open("/experiences/" + x.id)
	x.reader.see("author")
	if strings.Contains(x.reader.source(), strings.TrimSpace(secondHalf)) {
		x.t.Error("the page still tells what its author took away")
	}
	testkit.Axe(x.t, x.reader.ctx)
	x.shot("gone", x.reader)
	x.reader.click(`main a[href$="/log/of/experience/` + x.id + `"]`)
	x.reader.at("/log/of/")
	x.reader.see("An experience was taken away")
	x.reader.see("asked for by its author")
	x.reader.see("Moderators hid it")
	x.reader.see("After an appeal another moderator took the decision back")
	if a := x.s.visitor().get("/log/opening/experience/" + x.id + "/1"); a.StatusCode != http.StatusGone || strings.Contains(a.text, "salt") {
		x.t.Errorf("its opening: %d %s", a.StatusCode, a.text)
	}
	x.shot("gone-log", x.reader)
}

// TestNothingIsQuietlyDeletedAndAnAuthorCanLeave is the third story that the site
// is for: what was told is taken away by two moderators, with a rule and with a
// trace; its author proves without us what stood there, is heard by somebody
// else, gets it back, takes everything along, and leaves. With scripts on a
// phone the text stays without its author, without scripts it goes too.
func TestNothingIsQuietlyDeletedAndAnAuthorCanLeave(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	clinic := testkit.Organisation(t, d, "clinic", "Galata Dental")
	s := startOn(t, d, nil, nil)
	browser, checker := testkit.Browser(t), buildChecker(t)
	staff, passer := testkit.Person(t, d, "Selin", testkit.StaffOf(clinic, "staff")), testkit.Person(t, d, "Passer")
	for _, c := range []struct {
		name, key, title, email, choice string
		looks                           []testkit.Look
	}{
		{"with scripts", "a", "Warm people, one lift more, and a longer bill", "beatrix.featherstone@mail.example", "keep", []testkit.Look{testkit.Size(390, 844)}},
		{"without scripts", "b", "Plain pages, calm week, and a longer bill", "cordelia.ashworth@mail.example", "take", []testkit.Look{testkit.NoScript}},
	} {
		t.Run(c.name, func(t *testing.T) {
			open := func() reader { return reader{t, testkit.Tab(t, browser, c.looks...), s.URL, ""} }
			x := &parting{clock: clock, checker: checker, dir: t.TempDir(), mods: s.judges(t, c.key),
				tale: tale{t: t, s: s, title: c.title, teller: open(), reader: s.signedIn(open(), passer), staff: s.signedIn(open(), staff)}}
			first, _, _ := strings.Cut(c.email, ".")
			x.secrets = []string{first, c.email}
			for i := range x.mods {
				x.mods[i].tab = open()
			}
			x.join(c.email)
			x.tell()
			x.pass(25 * time.Hour) // experiences are recorded once a day
			s.signedIn(x.reader, passer)
			files := x.keepsFiles()
			x.removed()
			files = append(files, x.follow())
			policy := x.file(x.reader, `main a[href="/log/policy"]`, "policy")
			says := x.checked(0, append([]string{"prove", "--policy", policy}, files...)...)
			testkit.Contains(t, says, "promise kept", "opened: these are the words of version 1", c.title, `"action":"hide"`, `"rule":"personal_data"`)
			x.appeals()
			x.exports()
			x.announces(c.choice)
			x.leaves()
			if c.choice == "keep" {
				x.stands()
			} else {
				x.gone()
			}
			x.checked(0, append([]string{"prove", "--policy", policy}, files...)...)
			says = x.checked(0, "verify", "--url", s.URL, "--state", "state", "--wait", "1s")
			testkit.Contains(t, says, "mod.decision")
		})
	}
}
