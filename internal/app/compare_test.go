package app_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"caravan/internal/testkit"
)

// press presses keys, one after the other.
func (r reader) press(keys ...string) {
	r.t.Helper()
	for _, k := range keys {
		r.do("press a key", chromedp.KeyEvent(k))
	}
}

// focused is a property of what the keyboard is at.
func (r reader) focused(of string) string {
	r.t.Helper()
	s, err := chromedp.Run(r.ctx, chromedp.Evaluate[string](`String(`+of+`)`))
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// tabTo presses Tab until the keyboard is at what is described, and can be seen
// there.
func (r reader) tabTo(what, of, want string) {
	r.t.Helper()
	for range 60 {
		r.press(kb.Tab)
		if r.focused(of) == want {
			if r.focused(`getComputedStyle(document.activeElement).outlineStyle`) == "none" {
				r.t.Errorf("nobody sees that the keyboard is at %s", what)
			}
			return
		}
	}
	r.t.Fatalf("no Tab leads to %s on %s", what, r.path())
}

const (
	focusedID   = `document.activeElement.id`
	focusedPath = `document.activeElement.getAttribute("href")`
	focusedText = `document.activeElement.textContent.trim()`
)

// TestClinicsAreComparedWithTheKeyboardAlone goes from a clinic to the
// comparison with another and on to that one, without a mouse and without
// scripts.
func TestClinicsAreComparedWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	testkit.Organisation(t, x.db, "clinic", "Yali Smile")
	for _, name := range []string{"Walker a", "Walker b", "Walker c", "Walker d", "Walker e"} {
		x.tells(t, testkit.Person(t, x.db, name, testkit.T2), "A lift nobody had mentioned, number "+name[len(name)-1:])
	}
	r := reader{t, testkit.Tab(t, testkit.Browser(t), testkit.NoScript), x.URL, ""}
	r.open("/clinics/galata-dental")
	r.tabTo("the comparison", focusedPath, "/compare?clinic=galata-dental")
	r.press(kb.Enter)
	r.at("/compare")
	r.tabTo("the first clinic", focusedID, "clinic1")
	if got := r.value("#clinic1"); got != "galata-dental" {
		t.Errorf("the first clinic is %q", got)
	}
	r.press(kb.Tab)
	if got := r.focused(focusedID); got != "clinic2" {
		t.Fatalf("after the first comes %q", got)
	}
	r.press("Y") // its name begins with it
	r.tabTo("the button", focusedText, "Compare")
	r.press(" ")
	r.at("clinic=yali-smile")
	r.see("Side by side")
	text, err := chromedp.Run(r.ctx, chromedp.Text(chromedp.CSS("table.compare")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Galata Dental", "Yali Smile", "Verified patients", "\n5", "0 of 5 needed to show this.", "+15 %"} {
		if !strings.Contains(strings.ReplaceAll(text, "\t", "\n"), want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	r.tabTo("the table, to scroll it", `document.activeElement.className`, "scroll")
	r.tabTo("the other clinic", focusedPath, "/clinics/yali-smile")
	r.press(kb.Enter)
	r.at("/clinics/yali-smile")
}

// TestBackAfterSigningOutShowsNobody goes back to pages of one's own after
// signing out, as the next person at the same machine could.
func TestBackAfterSigningOutShowsNobody(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	me := testkit.Person(t, x.db, "Walker a", testkit.T2)
	const title = "A lift nobody had mentioned before"
	e := x.tells(t, me, title)
	r := reader{t, testkit.Tab(t, testkit.WholeBrowser(t), testkit.Size(390, 844), testkit.Allow("404")), x.URL, ""}
	cookie := network.SetCookieParams{Name: "s", Value: x.as(me).cookies["s"], URL: x.URL}
	if _, err := chromedp.Call(r.ctx, network.SetCookie, cookie); err != nil {
		t.Fatal(err)
	}
	own := []string{"/me/experiences", "/me/experiences/" + e.PublicID + "/edit", "/me/decisions", "/me"}
	for _, path := range own {
		r.open(path)
	}
	r.click(`form[action$="/sign-out"] button`)
	r.until("signing out", func() bool { return r.path() != "/me" })
	for range own {
		r.do("go back", chromedp.NavigateBack())
		r.until("being asked to sign in", func() bool { return strings.Contains(r.path(), "/sign-in") || strings.Contains(r.text(), "Sign in") })
		if page := r.source(); strings.Contains(page, title) || strings.Contains(page, testkit.Address("Walker a")) || strings.Contains(page, e.Pseudonym) {
			t.Errorf("%s shows what was read before signing out", r.path())
		}
	}
}
