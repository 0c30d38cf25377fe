package account_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/account"
	"caravan/internal/testkit"
)

// renamed changes a handle behind the feature's back, so that a test sees
// whether the next look is a new one.
func (w *world) renamed(t *testing.T, accountID int64, handle string) {
	t.Helper()
	w.exec(t, `update accounts set handle = $2 where id = $1`, accountID, handle)
}

func TestWhoLooksOnceInTwoSeconds(t *testing.T) {
	t.Parallel()
	w := open(t)
	p := testkit.Person(t, w.db, "Mira")
	o := w.session(t, p)
	handle := func() string { t.Helper(); return w.who(t, o.Cookie).Handle }
	if handle() != "Mira" {
		t.Fatal("somebody else")
	}
	w.renamed(t, p.AccountID, "Mira B")
	if h := handle(); h != "Mira" {
		t.Errorf("looked again at once: %s", h)
	}
	w.clock.Move(2 * time.Second)
	if h := handle(); h != "Mira B" {
		t.Errorf("known for longer than two seconds: %s", h)
	}
	w.renamed(t, p.AccountID, "Mira C")
	w.clock.Move(-time.Hour)
	if h := handle(); h != "Mira C" {
		t.Errorf("known although the clock went back: %s", h)
	}
	w.renamed(t, p.AccountID, "Mira D")
	// The clock stands from here on; the two seconds pass all the same.
	deadline := time.Now().Add(10 * time.Second)
	for handle() != "Mira D" {
		if time.Now().After(deadline) {
			t.Fatal("known for ever while the clock stands")
		}
	}
}

func TestWhatChangesAnAccountIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	p := testkit.Person(t, w.db, "Mira")
	o := w.session(t, p)
	for name, change := range map[string]func(){
		"another language": func() {
			if err := w.ChangeLang(t.Context(), p, "ar"); err != nil {
				t.Fatal(err)
			}
		},
		"told from outside":            func() { w.LookAgain(p.AccountID) },
		"told of the session":          func() { w.LookAgainAtSession(o.PublicID) },
		"told that something was lost": func() { w.LookAgainAtAll() },
	} {
		w.who(t, o.Cookie)
		w.renamed(t, p.AccountID, name)
		change()
		if h := w.who(t, o.Cookie).Handle; h != name {
			t.Errorf("%s: still %s", name, h)
		}
	}
}

// A step-up changes the cookie; the one before must not be known any longer.
func TestTheCookieBeforeAStepUpIsDeadAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	o := w.session(t, a)
	a = w.who(t, o.Cookie)
	risen, err := w.StepUp(t.Context(), a, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	w.gone(t, o.Cookie, "after the step-up")
	w.who(t, risen.Cookie)
}

// Whoever was known a moment ago is gone at once when the session ends.
func TestEndedSessionsAreForgotten(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	for _, c := range []struct {
		name string
		end  func(o account.Opened) error
	}{
		{"sign-out", func(o account.Opened) error { return w.SignOut(t.Context(), o.Cookie) }},
		{"ending it", func(o account.Opened) error { return w.EndSession(t.Context(), a, o.PublicID) }},
		{"ending others", func(account.Opened) error { return w.EndOthers(t.Context(), a) }},
		{"a new password", func(account.Opened) error {
			return w.ChangePassword(t.Context(), a, goodPassword, goodPassword+" and a tenth")
		}},
		{"blocking", func(account.Opened) error { return w.Disable(t.Context(), a.AccountID) }},
	} {
		o := w.session(t, a)
		w.who(t, o.Cookie)
		if err := c.end(o); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		w.gone(t, o.Cookie, "after "+c.name)
	}
}

// A look-up that began before a sign-out and arrives after it must not bring
// the session back.
func TestALookUpThatWasOvertakenIsNotKept(t *testing.T) {
	t.Parallel()
	w := open(t)
	p := testkit.Person(t, w.db, "Mira")
	for range 30 {
		o := w.session(t, p)
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for range 5 {
					if _, _, err := w.Who(t.Context(), o.Cookie); err != nil {
						t.Error(err)
					}
				}
			})
		}
		if err := w.SignOut(t.Context(), o.Cookie); err != nil {
			t.Fatal(err)
		}
		w.gone(t, o.Cookie, "after sign-out while others asked")
		asking.Wait()
		w.gone(t, o.Cookie, "after those who asked had their answer")
	}
}

func TestAFormIsFollowedByAFreshLook(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	p := b.get("/me")
	w.exec(t, `update accounts set unread = 7`)
	if got := b.submit(p, "/me/language", "lang", "en"); got.status != http.StatusSeeOther {
		t.Fatalf("the form: %d", got.status)
	}
	if p := b.api(http.MethodGet, "/api/v1/me", "", ""); !strings.Contains(p.body, `"unread":7`) {
		t.Errorf("after a form the account is not looked at anew: %s", p.body)
	}
}
