package account_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/account"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

func credentials(handle string) account.Credentials {
	return account.Credentials{Email: testkit.Address(strings.ReplaceAll(handle, " ", ".")), Password: goodPassword}
}

func TestSignInOpensForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	if _, err := w.SignUp(t.Context(), draft("Pale Otter"), noKey); err != nil { // never confirmed
		t.Fatal(err)
	}
	good := credentials("Quiet Heron")
	for name, c := range map[string]account.Credentials{
		"wrong password":        {Email: good.Email, Password: goodPassword + " "},
		"other case":            {Email: good.Email, Password: strings.ToUpper(goodPassword)},
		"no password":           {Email: good.Email},
		"unknown address":       {Email: "nobody@test.example", Password: goodPassword},
		"no address":            {Password: goodPassword},
		"not an address":        {Email: "' OR 1=1 --", Password: goodPassword},
		"address not confirmed": credentials("Pale Otter"),
		"huge password":         {Email: good.Email, Password: strings.Repeat("x", 200_000)},
	} {
		if _, err := w.SignIn(t.Context(), c); !errs.Is(err, errs.SignIn) || errs.Of(err).Key != "account.wrong" {
			t.Errorf("%s: %v", name, err)
		}
	}
	good.Email = strings.ToUpper(good.Email)
	o, err := w.SignIn(t.Context(), good)
	if err != nil || o.AccountID != a.AccountID {
		t.Errorf("the owner: %+v, %v", o, err)
	}
}

// An unknown address and a wrong password give the same page, after the
// same work.
func TestSignInTellsNobodyWhichAddressesExist(t *testing.T) {
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	p, q := b.signIn("quiet.heron@test.example", "wrong"), b.signIn("nobody.else@test.example", "wrong")
	same := strings.NewReplacer("quiet.heron@test.example", "X", "nobody.else@test.example", "X").Replace
	if p.status != http.StatusUnauthorized || q.status != p.status || same(bare(p.body)) != same(bare(q.body)) {
		t.Errorf("known: %d, unknown: %d", p.status, q.status)
	}
	try := func(email string) func() {
		return func() {
			if _, err := w.SignIn(t.Context(), account.Credentials{Email: email, Password: "wrong"}); !errs.Is(err, errs.SignIn) {
				t.Fatal(err)
			}
		}
	}
	sameTime(t, try("quiet.heron@test.example"), try("nobody.else@test.example"))
}

// Whatever cookie a browser came with, the session after a sign-in is a new
// one, and the one before is dead.
func TestSignInStartsANewSession(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	other := w.confirmed(t, "Pale Otter")
	planted, err := w.OpenSession(t.Context(), other.AccountID, "")
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser(t)
	sign := b.get("/sign-in") // before the cookie is planted
	b.setCookie("s", strings.Repeat("A", 43))
	if p := b.submit(sign, "/sign-in", "email", "quiet.heron@test.example", "password", goodPassword); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	if c := b.cookie("s"); c == strings.Repeat("A", 43) || w.who(t, c).Handle != "Quiet Heron" {
		t.Errorf("the planted id lives on")
	}
	c := credentials("Quiet Heron")
	c.OldCookie = planted.Cookie
	o, err := w.SignIn(t.Context(), c)
	if err != nil || o.Cookie == planted.Cookie {
		t.Fatal(err)
	}
	w.gone(t, planted.Cookie, "after another sign-in in the same browser")
	if !w.told.session(planted.PublicID) {
		t.Error("its sockets stay open")
	}
}

// The seventh try in a minute is refused, whatever the
// header says about the address.
func TestSeventhTryInAMinuteIsRefused(t *testing.T) {
	t.Parallel()
	w := open(t, withLimits)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	f, _ := formOf(b.get("/sign-in").body, "/sign-in")
	f.Set("email", "quiet.heron@test.example")
	f.Set("password", "wrong")
	for i := range 8 {
		req, err := http.NewRequest(http.MethodPost, w.http.URL+"/sign-in", strings.NewReader(f.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", "203.0.113."+string(rune('1'+i)))
		p := b.do(req)
		if want := map[bool]int{true: 401, false: 429}[i < 6]; p.status != want {
			t.Errorf("try %d: %d, want %d", i+1, p.status, want)
		}
		if p.status == 429 && p.head.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
	// The same bucket counts for the API.
	if p := b.api(http.MethodPost, "/api/v1/session", `{"email":"quiet.heron@test.example","password":"`+goodPassword+`"}`, ""); p.status != 429 {
		t.Errorf("the API let it in: %d", p.status)
	}
	// From elsewhere the right password opens: nobody can lock anybody out.
	if _, err := w.SignIn(t.Context(), credentials("Quiet Heron")); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

// Thirty an hour from one address.
func TestThirtyFirstTryInAnHourIsRefused(t *testing.T) {
	t.Parallel()
	w := open(t, withLimits)
	b := w.browser(t)
	f, _ := formOf(b.get("/sign-in").body, "/sign-in")
	last := 0
	for i := range 31 {
		f.Set("email", "nobody"+string(rune('a'+i))+"@test.example")
		last = b.post("/sign-in", f).status
		if i < 30 && last != 401 {
			t.Fatalf("try %d: %d", i+1, last)
		}
		w.clock.Move(11 * time.Second) // six a minute are fine
	}
	// In those six minutes the hour's bucket filled up by three again.
	for range 4 {
		w.clock.Move(11 * time.Second)
		last = b.post("/sign-in", f).status
	}
	if last != 429 {
		t.Errorf("got %d after the hour's tries", last)
	}
}

func TestManyTriesForOneAccountWaitLongerAndLongerButNeverForEver(t *testing.T) {
	t.Parallel()
	w := open(t, withLimits)
	w.confirmed(t, "Quiet Heron")
	var waits []time.Duration
	w.SetPause(func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil })
	for range 85 {
		if err := w.Slow(t.Context(), credentials("Quiet Heron").Email); err != nil {
			t.Fatal(err)
		}
	}
	if len(waits) != 75 || !slices.IsSorted(waits) || waits[0] != time.Second || waits[len(waits)-1] != 8*time.Second {
		t.Errorf("waits: %v", waits)
	}
	if _, err := w.SignIn(t.Context(), credentials("Quiet Heron")); err != nil {
		t.Errorf("the right password: %v", err)
	}
}

// Where a sign-in leads is always a page of this site.
func TestSignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	for next, want := range map[string]string{
		"/questions?list=new": "/questions?list=new", "/ar/questions": "/questions", "": "/",
		"//evil.example": "/", "https:evil": "/", "https://evil.example/": "/", `/\evil`: "/", `\\evil`: "/", "javascript:alert(1)": "/",
		"/\tevil": "/", "///evil": "/", "/%2f/evil": "/%2f/evil", "evil": "/",
	} {
		b := w.browser(t)
		p := b.get("/sign-in?next=" + url.QueryEscape(next))
		p = b.submit(p, "/sign-in", "email", "quiet.heron@test.example", "password", goodPassword)
		if at := p.head.Get("Location"); p.status != http.StatusSeeOther || at != want {
			t.Errorf("%q: %d to %q, want %q", next, p.status, at, want)
		}
		if at := b.get("/sign-in?next=" + url.QueryEscape(next)).head.Get("Location"); at != want {
			t.Errorf("%q, signed in already: to %q, want %q", next, at, want)
		}
	}
}

// A text that was sent on a dead session is there after the sign-in, under the
// same key, and its form is accepted.
func TestTextIsKeptOverASignIn(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	o, err := w.OpenSession(t.Context(), a.AccountID, "")
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser(t)
	b.setCookie("s", o.Cookie)
	f, _ := formOf(b.get("/me").body, "/me/consents")
	f.Set("given", "yes")
	f.Set("once", "key-of-the-form-0001")
	f.Set("story", "It took three weeks.\nThen it was fine & <b>well</b>.")
	if err := w.EndOthers(t.Context(), a); err != nil { // all but a's own first one
		t.Fatal(err)
	}
	p := b.post("/me/consents", f)
	if p.status != http.StatusUnauthorized && p.status != http.StatusForbidden {
		t.Fatalf("a dead session got %d", p.status)
	}
	if p.status == http.StatusForbidden { // the token belonged to the session; a fresh page asks again
		t.Logf("refused as a foreign form")
	}
	kept, err := json.Marshal([]map[string]any{{"Name": "purpose", "Value": "mails"}, {"Name": "given", "Value": "yes"}, {"Name": "story", "Value": f.Get("story"), "Long": true}})
	if err != nil {
		t.Fatal(err)
	}
	carry := []string{"email", "quiet.heron@test.example", "kept", string(kept), "kept_action", "/me/consents", "kept_key", "key-of-the-form-0001"}
	p = b.submit(b.get("/sign-in"), "/sign-in", append(carry, "password", "wrong")...)
	if p.status != http.StatusUnauthorized || !strings.Contains(p.body, "Then it was fine &amp; &lt;b&gt;well") {
		t.Fatalf("%d: a wrong password lost the text:\n%s", p.status, p.body)
	}
	p = b.submit(p, "/sign-in", "password", goodPassword)
	back, ok := formOf(p.body, "/me/consents")
	if p.status != http.StatusOK || !ok {
		t.Fatalf("%d:\n%s", p.status, p.body)
	}
	if back.Get("once") != "key-of-the-form-0001" || back.Get("story") != f.Get("story") || back.Get("purpose") != "mails" {
		t.Errorf("the form came back as %v", back)
	}
	if p = b.submit(p, "/me/consents"); p.status != http.StatusSeeOther {
		t.Errorf("sending it again: %d", p.status)
	}
	if p = b.get("/sign-in/kept"); p.status != http.StatusNotFound {
		t.Errorf("by itself: %d", p.status)
	}
	b.signOut()
	p = b.submit(b.get("/sign-in"), "/sign-in", append(carry, "password", goodPassword, "kept_action", "https://evil.example/")...)
	if f, ok := formOf(p.body, "https://evil.example/"); ok {
		t.Errorf("a kept text would go elsewhere: %v", f)
	}
}

func (b *browser) signOut() page {
	b.t.Helper()
	return b.submit(b.get("/me"), "/sign-out")
}

// What has ended does not open anything, and its sockets are told.
func TestCookieIsDeadAfterSignOut(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	cookie := b.cookie("s")
	id := w.who(t, cookie).Session
	p := b.signOut()
	if p.status != http.StatusSeeOther || p.head.Get("Clear-Site-Data") != `"cache", "cookies", "storage"` || b.cookie("s") != "" {
		t.Errorf("%d, %q", p.status, p.head.Get("Clear-Site-Data"))
	}
	w.gone(t, cookie, "after signing out")
	if !w.told.session(id) {
		t.Error("its sockets stay open")
	}
	b.setCookie("s", cookie)
	if p := b.api(http.MethodGet, "/api/v1/me", "", ""); p.status != http.StatusUnauthorized {
		t.Errorf("the old cookie got %d", p.status)
	}
	if p := b.get("/me"); p.status != http.StatusSeeOther || !strings.HasPrefix(p.head.Get("Location"), "/sign-in?next=") {
		t.Errorf("your place: %d to %q", p.status, p.head.Get("Location"))
	}
}

func TestUnsentTextsStayOnTheDeviceOnRequest(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	if p := b.submit(b.get("/me"), "/sign-out", "drafts", "keep"); p.head.Get("Clear-Site-Data") != `"cache", "cookies"` {
		t.Errorf("%q", p.head.Get("Clear-Site-Data"))
	}
}

func TestOtherSitesCannotSignAnybodyInOrOut(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	f, _ := formOf(b.get("/me").body, "/sign-out")
	for name, change := range map[string]func(*http.Request, url.Values){
		"cross-site":         func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"foreign origin":     func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "https://evil.example") },
		"neither, no token":  func(_ *http.Request, f url.Values) { f.Del("token") },
		"neither, old token": func(_ *http.Request, f url.Values) { f.Set("token", strings.Repeat("A", 43)) },
	} {
		for _, path := range []string{"/sign-out", "/sign-in", "/me/email", "/sign-in/oidc"} {
			v := url.Values{"token": f["token"]}
			req, err := http.NewRequest(http.MethodPost, w.http.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			change(req, v)
			full, err := http.NewRequest(http.MethodPost, w.http.URL+path, strings.NewReader(v.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			full.Header = req.Header
			full.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if p := b.do(full); p.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, p.status)
			}
		}
	}
	for _, path := range []string{"/sign-out", "/me/sessions/end", "/reset/password", "/api/v1/session"} {
		if p := b.get(path); p.status != http.StatusMethodNotAllowed && p.status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, p.status)
		}
	}
	w.who(t, b.cookie("s"))
}
