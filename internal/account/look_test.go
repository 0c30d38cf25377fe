package account_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
)

// TestPagesAreAccessible looks at the pages of the feature as a browser shows
// them: all of them on a phone in Arabic, the main ones on a dark desktop in
// English.
func TestPagesAreAccessible(t *testing.T) {
	m := idp(t)
	w := open(t, with(m))
	a := w.confirmed(t, "Quiet Heron")
	if err := w.AskReset(t.Context(), "quiet.heron@test.example"); err != nil {
		t.Fatal(err)
	}
	reset := "/reset?token=" + tokenOf(t, w.mailTo(t, "quiet.heron@test.example").Links[0])
	waiting, err := w.SignUp(t.Context(), draft("Pale Otter"), noKey)
	if err != nil {
		t.Fatal(err)
	}
	confirm := "/confirm?token=" + tokenOf(t, w.mailTo(t, "pale.otter@test.example").Links[0])
	desk := testkit.Person(t, w.db, "Mira", testkit.StaffOf(w.clinic(t, "dunakert", "listed"), "doctor"), testkit.T2)
	browser := testkit.Browser(t)
	main := map[string]bool{"/sign-up": true, "/sign-in": true, "/me": true, "/me/sessions": true}
	for name, looks := range map[string][]testkit.Look{
		"ar-phone": {testkit.Size(390, 844)}, "en-dark": {testkit.Dark},
	} {
		ctx := testkit.Tab(t, browser, append(looks, testkit.Allow("/live"))...)
		visit := func(cookie string, paths ...string) {
			w.asBrowser(t, ctx, cookie)
			for _, path := range paths {
				if main[path] || name == "ar-phone" {
					w.look(t, ctx, name, path)
				}
			}
		}
		visit("", "/sign-up", "/sign-in", "/sign-up/sent", "/reset", reset, confirm, "/demo/mail")
		visit(w.session(t, a).Cookie, "/me", "/me/email", "/me/password", "/me/sessions", "/me/step-up")
		visit(waiting.Cookie, "/me", "/me/email")
		visit(w.session(t, desk).Cookie, "/me")
	}
}

// asBrowser gives the tab a session, or none.
func (w *world) asBrowser(t *testing.T, ctx context.Context, cookie string) {
	t.Helper()
	if cookie == "" {
		return
	}
	_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "s", Value: cookie, URL: w.http.URL})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) look(t *testing.T, ctx context.Context, name, path string) {
	t.Helper()
	at := path
	if strings.HasPrefix(name, "ar") {
		at = "/ar" + path
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(w.http.URL+at)); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	testkit.Axe(t, ctx)
	file, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "-"), "?")
	testkit.Shot(t, ctx, "account-"+file+"-"+name)
}
