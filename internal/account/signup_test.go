package account_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
)

func TestSignUpFromPageToConfirmedAddress(t *testing.T) {
	t.Parallel()
	w := open(t)
	var published []int64
	w.WhenConfirmed(func(_ *db.Tx, id int64) error { published = append(published, id); return nil })
	b := w.browser(t)
	p := b.get("/sign-in?next=%2Fquestions%2Fask%3Fclinic%3Done%26topic%3Dtwo")
	if !strings.Contains(p.body, `href="/sign-up?next=%2Fquestions%2Fask%3Fclinic%3Done%26topic%3Dtwo"`) {
		t.Error("where to go on is lost between the two pages")
	}
	p = b.get("/sign-up?next=/questions/ask")
	f, _ := formOf(p.body, "/sign-up")
	if _, _, err := text.Handle(f.Get("handle")); err != nil {
		t.Errorf("the suggested name %q is not taken: %v", f.Get("handle"), err)
	}
	p = b.submit(p, "/sign-up", "handle", "Quiet Heron", "email", "Heron@Test.Example", "password", goodPassword, "adult", "yes", "terms", "yes", "health", "yes")
	if at := p.head.Get("Location"); p.status != http.StatusSeeOther || at != "/sign-up/sent?next=%2Fquestions%2Fask" {
		t.Fatalf("%d to %q:\n%s", p.status, at, p.body)
	}
	if p = b.follow(p); p.status != 200 || !strings.Contains(p.body, `href="/questions/ask"`) || strings.Contains(p.body, "heron@") {
		t.Errorf("%d: the page says where to go on, and no address:\n%s", p.status, p.body)
	}
	a := w.who(t, b.cookie("s"))
	if a.Handle != "Quiet Heron" || a.Confirmed || a.Trust != 0 || !a.Newcomer(w.clock.Now()) {
		t.Errorf("signed up as %+v", a)
	}
	link := w.mailTo(t, "heron@test.example").Links[0]
	p = b.get(link)
	if p.status != 200 || w.count(t, `select count(*) from identities where verified_at is not null`) != 0 {
		t.Fatalf("%d: looking at the link must not confirm", p.status)
	}
	if p = b.submit(p, "/confirm"); p.head.Get("Location") != "/me?done=account_confirmed" {
		t.Fatalf("%d to %q", p.status, p.head.Get("Location"))
	}
	if a = w.who(t, b.cookie("s")); !a.Confirmed || a.Trust != 1 {
		t.Errorf("after confirming: %+v", a)
	}
	if !slices.Equal(published, []int64{a.AccountID}) {
		t.Errorf("published for %v", published)
	}
	if p = b.get(link); p.status != http.StatusGone {
		t.Errorf("the link works twice: %d", p.status)
	}
	if p = b.get("/me"); p.status != 200 || !strings.Contains(p.body, "heron@test.example") {
		t.Errorf("your place: %d", p.status)
	}
}

func TestSignUpSaysEverythingThatIsMissingAtOnceAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.browser(t)
	p := b.submit(b.get("/ar/sign-up"), "/ar/sign-up", "handle", "x", "email", "nobody", "password", "short", "mails", "yes")
	if p.status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", p.status)
	}
	for _, name := range []string{"handle", "email", "password", "adult", "terms", "health"} {
		if !strings.Contains(p.body, `id="`+name+`-err"`) {
			t.Errorf("nothing is said at the field %s", name)
		}
	}
	f, _ := formOf(p.body, "/ar/sign-up")
	if f.Get("email") != "nobody" || f.Get("mails") != "yes" || f.Get("password") != "" {
		t.Errorf("the form came back with %v", f)
	}
	if n := w.count(t, `select count(*) from accounts`); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

func TestRealNamesAreAskedAboutOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.browser(t)
	fill := []string{"handle", "Anna Miller", "email", "a@test.example", "password", goodPassword, "adult", "yes", "terms", "yes", "health", "yes"}
	p := b.submit(b.get("/sign-up"), "/sign-up", fill...)
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, `id="handle-err"`) {
		t.Fatalf("%d", p.status)
	}
	if p = b.submit(p, "/sign-up", fill...); p.status != http.StatusSeeOther {
		t.Errorf("asked twice: %d", p.status)
	}
}

func TestDoublePressMakesOneAccount(t *testing.T) {
	t.Parallel()
	w := open(t)
	k := db.Key{Scope: "f1", Route: "POST /sign-up", Value: "abcdefghijklmnopqrst", Hash: []byte("x")}
	first, err := w.SignUp(t.Context(), draft("Quiet Heron"), k)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.SignUp(t.Context(), draft("Quiet Heron"), k)
	if err != nil || second.AccountID != first.AccountID {
		t.Errorf("got %+v, %v", second, err)
	}
	if n := w.count(t, `select count(*) from accounts`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	if n := len(w.mails(t)); n != 1 {
		t.Errorf("%d mails", n)
	}
	// What is kept of the form must not let anybody try passwords against it.
	if n := w.count(t, `select count(*) from idempotency_keys where body_hash = $1`, []byte("x")); n != 0 {
		t.Error("the plain hash of the form is kept")
	}
}

func TestHandlesThatLookAlikeAreTaken(t *testing.T) {
	t.Parallel()
	w := open(t)
	if _, err := w.SignUp(t.Context(), draft("Quiet Heron"), db.Key{}); err != nil {
		t.Fatal(err)
	}
	for _, handle := range []string{"Quiet Heron", "quiet heron", "Qu1et-Heron"} {
		d := draft("Other Otter")
		d.Handle = handle
		_, err := w.SignUp(t.Context(), d, db.Key{})
		if f := errs.Of(err).Fields; len(f) != 1 || f[0].Key != "account.handle_taken" {
			t.Errorf("%s: %v", handle, err)
		}
	}
}

// Somebody who tries an address learns nothing from answer or time.
func TestSignUpWithAKnownAddressLooksTheSame(t *testing.T) {
	t.Parallel()
	w := open(t)
	owner := w.confirmed(t, "Quiet Heron")
	known, fresh := w.browser(t), w.browser(t)
	try := func(b *browser, handle, email string) page {
		return b.submit(b.get("/sign-up"), "/sign-up", "handle", handle, "email", email, "password", goodPassword, "adult", "yes", "terms", "yes", "health", "yes")
	}
	p, q := try(known, "Pale Otter", "quiet.heron@test.example"), try(fresh, "Brisk Plover", "new@test.example")
	if p.status != q.status || p.head.Get("Location") != q.head.Get("Location") || (known.cookie("s") == "") != (fresh.cookie("s") == "") {
		t.Errorf("known: %d to %q; new: %d to %q", p.status, p.head.Get("Location"), q.status, q.head.Get("Location"))
	}
	if a, b := bare(known.follow(p).body), bare(fresh.follow(q).body); a != b {
		t.Error("the pages differ")
	}
	l := w.mailTo(t, "quiet.heron@test.example")
	if l.Subject != "You already have an account" || strings.Contains(l.Body, "/confirm") {
		t.Errorf("the owner was told %q", l.Subject)
	}
	// The new account is nobody's: its address cannot be confirmed, and its
	// password opens nothing.
	if got := w.count(t, `select count(*) from identities where uid = 'quiet.heron@test.example' and verified_at is not null`); got != 1 {
		t.Errorf("%d accounts own the address", got)
	}
	o, err := w.SignIn(t.Context(), account.Credentials{Email: "quiet.heron@test.example", Password: goodPassword})
	if err != nil || o.AccountID != owner.AccountID {
		t.Errorf("the address opens account %d, %v; want its owner's", o.AccountID, err)
	}
}

// bare drops from a page what differs each time.
func bare(body string) string {
	var out []string
	for line := range strings.SplitSeq(body, "\n") {
		if !strings.Contains(line, `name="token"`) && !strings.Contains(line, `data-channel="user:`) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func TestSignUpTakesAsLongWithAKnownAddress(t *testing.T) {
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	try := func(email string) func() {
		return func() {
			handle, err := w.SuggestHandle(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			d := draft(handle)
			if email != "" {
				d.Email = email
			}
			if _, err := w.SignUp(t.Context(), d, db.Key{}); err != nil {
				t.Fatalf("%s: %+v", d.Handle, errs.Of(err))
			}
		}
	}
	sameTime(t, try("quiet.heron@test.example"), try(""))
}

// sameTime fails the test if one of two things takes longer than the other: if
// the medians differ by more than 20 ms however often they are taken. A machine
// that is busy with something else makes single takes differ.
func sameTime(t *testing.T, known, unknown func()) {
	t.Helper()
	took := map[bool][]time.Duration{}
	median := func(k bool) time.Duration { slices.Sort(took[k]); return took[k][len(took[k])/2] }
	for range 6 {
		for _, i := range rand.Perm(18) {
			start, k := time.Now(), i%2 == 0
			if k {
				known()
			} else {
				unknown()
			}
			took[k] = append(took[k], time.Since(start))
		}
		if (median(true) - median(false)).Abs() <= 20*time.Millisecond {
			return
		}
	}
	t.Errorf("medians: known %v, unknown %v", median(true), median(false))
}

func TestOnlyTheFirstToConfirmHasAnAddress(t *testing.T) {
	t.Parallel()
	w := open(t)
	var links []string
	for _, handle := range []string{"Quiet Heron", "Pale Otter"} {
		d := draft(handle)
		d.Email = "shared@test.example"
		if _, err := w.SignUp(t.Context(), d, db.Key{}); err != nil {
			t.Fatal(err)
		}
		links = append(links, tokenOf(t, w.mailTo(t, d.Email).Links[0]))
	}
	if _, err := w.Confirm(t.Context(), links[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Confirm(t.Context(), links[0]); !errs.Is(err, errs.Conflict) {
		t.Errorf("the second one got %v", err)
	}
}

func TestConfirmingIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := open(t)
	broken := errors.New("broken")
	fail := true
	w.WhenConfirmed(func(*db.Tx, int64) error {
		if fail {
			return broken
		}
		return nil
	})
	o, err := w.SignUp(t.Context(), draft("Quiet Heron"), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	link := tokenOf(t, w.mailTo(t, "quiet.heron@test.example").Links[0])
	if _, err := w.Confirm(t.Context(), link); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if w.who(t, o.Cookie).Confirmed {
		t.Error("confirmed although what waited could not be published")
	}
	fail = false
	if _, err := w.Confirm(t.Context(), link); err != nil {
		t.Errorf("the link was used up by the failure: %v", err)
	}
}

func TestLinksEndAndNewOnesReplaceThem(t *testing.T) {
	t.Parallel()
	w := open(t)
	o, err := w.SignUp(t.Context(), draft("Quiet Heron"), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	a := w.who(t, o.Cookie)
	first := tokenOf(t, w.mailTo(t, "quiet.heron@test.example").Links[0])
	if err := w.Resend(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	second := tokenOf(t, w.mailTo(t, "quiet.heron@test.example").Links[0])
	if _, err := w.Confirm(t.Context(), first); !errs.Is(err, errs.Gone) {
		t.Errorf("the first link: %v", err)
	}
	if err := w.Reset(t.Context(), second, "another lantern over ten rivers"); !errs.Is(err, errs.Gone) {
		t.Errorf("a link for confirming set a password: %v", err)
	}
	w.clock.Move(3 * 24 * time.Hour)
	if _, err := w.Confirm(t.Context(), second); !errs.Is(err, errs.Gone) {
		t.Errorf("after three days: %v", err)
	}
	if _, err := w.Confirm(t.Context(), ""); !errs.Is(err, errs.Gone) {
		t.Errorf("no link at all: %v", err)
	}
}

func TestConsentsAreKeptByPurposeAndVersion(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	given := func() map[string]bool {
		all, err := w.Consents(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]bool{}
		for _, c := range all {
			if c.Version != 1 || c.At.IsZero() {
				t.Errorf("%+v", c)
			}
			m[c.Purpose] = c.Given
		}
		return m
	}
	if m := given(); len(m) != 3 || !m["terms"] || !m["health"] || m["mails"] {
		t.Errorf("at first: %v", m)
	}
	wants := func() bool {
		ok, err := w.Wants(w.db.Read(t.Context()), a.AccountID)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if wants() {
		t.Error("mails without consent")
	}
	w.clock.Move(time.Second)
	if err := w.Consent(t.Context(), a, "mails", true); err != nil {
		t.Fatal(err)
	}
	if !given()["mails"] || !wants() {
		t.Error("consent is not kept")
	}
	for _, p := range []string{"terms", "health", "marketing", ""} {
		if err := w.Consent(t.Context(), a, p, false); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", p, err)
		}
	}
	if n := w.count(t, `select count(*) from consents`); n != 4 {
		t.Errorf("%d answers are kept, want all 4: they are added, never changed", n)
	}
}

func TestSignUpIsLimitedByAddressAndCountsOnlyWhatIsTaken(t *testing.T) {
	t.Parallel()
	w := open(t, withLimits)
	for i, handle := range []string{"x", "Quiet Heron", "Pale Otter", "Brisk Plover", "Calm Egret"} {
		d := draft(handle)
		d.Address = "somewhere"
		_, err := w.SignUp(t.Context(), d, db.Key{})
		want := []errs.Kind{errs.Invalid, 0, 0, 0, errs.TooMany}[i]
		if want == 0 && err != nil || want != 0 && !errs.Is(err, want) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

var _ httpd.Sessions = (*account.Service)(nil)
