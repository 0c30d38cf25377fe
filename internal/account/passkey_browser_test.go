package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
)

// visitor is somebody at a real browser with a device that holds passkeys.
type visitor struct {
	t    *testing.T
	at   string
	tab  context.Context
	keys webauthn.AuthenticatorID
}

func (v visitor) do(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.tab, actions...); err != nil {
		v.t.Fatal(err)
	}
}

// press clicks what may lead to another page.
func (v visitor) press(css string) { v.t.Helper(); v.do(chromedp.Click(chromedp.CSS(css))) }

// arrive waits until the address holds path and the page shows css.
func (v visitor) arrive(path, css string) {
	v.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got, err := chromedp.Run(v.tab, chromedp.Evaluate[bool](`location.pathname === "`+path+`" && document.readyState === "complete" && !!document.querySelector(`+"`"+css+"`"+`)`))
		if err == nil && got {
			return
		}
		if time.Now().After(deadline) {
			where, _ := chromedp.Run(v.tab, chromedp.Evaluate[string](`location.href + " " + document.querySelector("main").innerText`))
			v.t.Fatalf("not at %s with %s, but at %s (%v)", path, css, where, err)
		}
	}
}

func (v visitor) open(path, css string) {
	v.t.Helper()
	v.do(chromedp.Navigate(v.at+path), chromedp.WaitVisible(chromedp.CSS(css)))
}

func (v visitor) signOut() {
	v.t.Helper()
	v.open("/me", `form[action="/sign-out"] button`)
	v.press(`form[action="/sign-out"] button`)
	v.arrive("/", "main")
}

// TestPasskeysInABrowser registers a passkey, signs in and steps up by it, and
// finds it refused once it is removed.
func TestPasskeysInABrowser(t *testing.T) {
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	_, origin := w.PasskeyHost()
	tab := testkit.Tab(t, testkit.Browser(t), testkit.Allow("/live"))
	v := visitor{t, origin, tab, testkit.Authenticator(t, tab)}

	v.open("/sign-in", `form[action="/sign-in/passkey"] button`)
	testkit.Axe(t, tab)
	testkit.Shot(t, tab, "passkey-sign-in")
	v.do(chromedp.SendKeys(chromedp.CSS("#email"), "quiet.heron@test.example"), chromedp.SendKeys(chromedp.CSS("#password"), goodPassword))
	v.press(`form[action="/sign-in"] button`)
	v.arrive("/", "main")
	v.open("/me/passkeys", `#name`)
	testkit.Axe(t, tab)
	testkit.Shot(t, tab, "passkey-none")
	v.do(chromedp.SendKeys(chromedp.CSS("#name"), "the red key"))
	v.press(`form[data-passkey=create] button`)
	v.arrive("/me/passkeys", `form[action="/me/passkeys/remove"]`)
	testkit.Axe(t, tab)
	testkit.Shot(t, tab, "passkey-one")
	v.press(`form[action="/me/passkeys/codes"] button`)
	v.arrive("/me/passkeys/codes", `main li code`)
	testkit.Axe(t, tab)
	testkit.Shot(t, tab, "passkey-codes")
	v.signOut()

	w.exec(t, `insert into platform_roles (account_id, role, since) values ($1, 'moderator', now())`, a.AccountID)
	v.open("/sign-in?next=/me", `form[action="/sign-in/passkey"] button`)
	v.press(`form[action="/sign-in/passkey"] button`)
	v.arrive("/me", "h1")
	w.clock.Move(6 * time.Minute)
	w.LookAgainAtAll()
	v.open("/me/step-up?next=/me/passkeys", `form[action="/me/step-up/passkey"] button`)
	testkit.Axe(t, tab)
	testkit.Shot(t, tab, "passkey-step-up")
	v.press(`form[action="/me/step-up/passkey"] button`)
	v.arrive("/me/passkeys", `form[data-passkey="create"]`)

	// The owner does not pass the device's own check: nothing happens, and the
	// page says so.
	if _, err := chromedp.Call(tab, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: v.keys}); err != nil {
		t.Fatal(err)
	}
	v.open("/me/step-up", `form[action="/me/step-up/passkey"] button`)
	v.press(`form[action="/me/step-up/passkey"] button`)
	v.do(chromedp.WaitVisible(chromedp.CSS(`form[action="/me/step-up/passkey"] [data-said]`)))
	testkit.Shot(t, tab, "passkey-cancelled")
	if _, err := chromedp.Call(tab, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: v.keys, IsUserVerified: true}); err != nil {
		t.Fatal(err)
	}

	v.open("/me/passkeys", `form[action="/me/passkeys/remove"] button`)
	v.press(`form[action="/me/passkeys/remove"] button`)
	v.arrive("/me/passkeys", `.done`)
	v.signOut()
	v.open("/sign-in", `form[action="/sign-in/passkey"] button`)
	v.press(`form[action="/sign-in/passkey"] button`)
	v.arrive("/sign-in/passkey", `.errors`)
	testkit.Shot(t, tab, "passkey-refused")
}

// TestPasskeyPagesWithoutScripts says what there is instead, and where passkeys
// work if it is not here.
func TestPasskeyPagesWithoutScripts(t *testing.T) {
	w := open(t)
	me, _ := w.coded(t, "Quiet Heron")
	_, origin := w.PasskeyHost()
	browser := testkit.Browser(t)
	for name, looks := range map[string][]testkit.Look{"ar-phone": {testkit.Size(390, 844), testkit.NoScript, testkit.Allow("/live")}, "en-dark": {testkit.Dark, testkit.Allow("/live")}} {
		tab := testkit.Tab(t, browser, looks...)
		v := visitor{t: t, at: w.http.URL, tab: tab}
		prefix := ""
		if strings.HasPrefix(name, "ar") {
			prefix = "/ar"
		}
		v.open(prefix+"/sign-in", `h1`)
		w.look(t, tab, name, "/sign-in")
		w.asBrowser(t, tab, w.session(t, me).Cookie)
		for _, path := range []string{"/me/step-up", "/me/passkeys"} {
			w.look(t, tab, name, path)
		}
	}
	tab := testkit.Tab(t, browser, testkit.Allow("/live"))
	v := visitor{t: t, at: w.http.URL, tab: tab}
	v.open("/sign-in?next=/me", `form[action="/sign-in/passkey"] [data-elsewhere] a`)
	if to, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("[data-elsewhere] a").href`)); err != nil || to != origin+"/sign-in?next=/me" {
		t.Errorf("leads to %q, %v", to, err)
	}
	testkit.Shot(t, tab, "passkey-elsewhere")
}
