package account_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"caravan/internal/config"
)

// subject is a person at the provider. The stand-in leaves "sub" out of its
// answer about a user, which the standard demands.
type subject struct{ *mockoidc.MockUser }

func (s subject) Userinfo(scope []string) ([]byte, error) {
	raw, err := s.MockUser.Userinfo(scope)
	if err != nil {
		return nil, err
	}
	m := map[string]any{}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	m["sub"] = s.Subject
	return json.Marshal(m)
}

func person(sub, email string, verified bool) subject {
	return subject{&mockoidc.MockUser{Subject: sub, Email: email, EmailVerified: verified}}
}

// idp is a provider that runs beside the test.
func idp(t *testing.T) *mockoidc.MockOIDC {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func with(m *mockoidc.MockOIDC) func(*config.Config) {
	return func(c *config.Config) {
		c.OIDC = config.OIDC{Client: config.Client{ID: m.ClientID, Secret: m.ClientSecret}, Issuer: m.Issuer(), Label: "Test IdP"}
	}
}

// leave starts a sign-in and returns the way back that the provider gives.
func (b *browser) leave(m *mockoidc.MockOIDC, from string, as subject) (back string) {
	b.t.Helper()
	m.QueueUser(as)
	p := b.submit(b.get(from), "/sign-in/oidc")
	if p.status != http.StatusSeeOther {
		b.t.Fatalf("start: %d\n%s", p.status, p.body)
	}
	p = b.get(p.head.Get("Location"))
	if p.status != http.StatusFound {
		b.t.Fatalf("at the provider: %d %s", p.status, p.body)
	}
	return p.head.Get("Location")
}

// join goes through the whole first sign-in.
func (b *browser) join(m *mockoidc.MockOIDC, as subject, handle string) page {
	b.t.Helper()
	p := b.follow(b.get(b.leave(m, "/sign-in?next=/questions/ask", as)))
	return b.submit(p, "/sign-up/finish", "handle", handle, "adult", "yes", "terms", "yes", "health", "yes")
}

func TestProviderSignsUpAndInByIssuerAndSubject(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	b := w.browser(t)
	p := b.join(m, person("s-1", "heron@test.example", true), "Quiet Heron")
	if p.status != http.StatusSeeOther || p.head.Get("Location") != "/questions/ask" {
		t.Fatalf("%d to %q\n%s", p.status, p.head.Get("Location"), p.body)
	}
	a := w.who(t, b.cookie("s"))
	if a.Handle != "Quiet Heron" || !a.Confirmed || a.Trust != 1 {
		t.Errorf("joined as %+v", a)
	}
	w.clock.Move(25 * 3600e9)
	if a = w.who(t, b.cookie("s")); a.Trust != 2 {
		t.Errorf("after a day: trust %d", a.Trust)
	}
	// Another browser, another address at the provider: the same person.
	c := w.browser(t)
	p = c.get(c.leave(m, "/sign-in?next=/clinics", person("s-1", "changed@test.example", true)))
	if p.status != http.StatusSeeOther || p.head.Get("Location") != "/clinics" || w.who(t, c.cookie("s")).AccountID != a.AccountID {
		t.Errorf("%d to %q", p.status, p.head.Get("Location"))
	}
	// The same subject under another issuer, and the same address under another
	// subject, are others.
	if n := w.count(t, `select count(*) from identities where provider = 'oidc' and uid = $1`, m.Issuer()+" s-1"); n != 1 {
		t.Error("the key is not issuer and subject")
	}
}

func TestAddressThatTheProviderHasNotConfirmedIsMailed(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	b := w.browser(t)
	if p := b.join(m, person("s-1", "heron@test.example", false), "Quiet Heron"); p.status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", p.status, p.body)
	}
	if w.who(t, b.cookie("s")).Confirmed {
		t.Error("confirmed on the word of a provider that does not vouch for it")
	}
	if p := b.submit(b.get(w.mailTo(t, "heron@test.example").Links[0]), "/confirm"); p.status != http.StatusSeeOther {
		t.Errorf("%d", p.status)
	}
	if !w.who(t, b.cookie("s")).Confirmed {
		t.Error("not confirmed by the link")
	}
}

// A way back that was not started here, in this browser, is refused, and a
// state from the request is never used.
func TestSignInMustHaveStartedInThisBrowser(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	victim, attacker := w.browser(t), w.browser(t)
	victim.get("/sign-in")
	foreign := attacker.leave(m, "/sign-in", person("attacker", "attacker@test.example", true))
	if p := victim.get(foreign); p.status != http.StatusBadRequest || victim.cookie("s") != "" {
		t.Errorf("another browser's state: %d", p.status)
	}
	for name, query := range map[string]string{"no start": "?code=x&state=chosen", "state empty": "?code=x&state=", "nothing": "", "state twice": "?state=a&state=b&code=x"} {
		if p := victim.get("/sign-in/oidc/callback" + query); p.status != http.StatusBadRequest || !strings.Contains(p.body, "not started here") {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	p := victim.get("/sign-in")
	f, _ := formOf(p.body, "/sign-in/oidc")
	f.Set("state", "chosen")
	p = victim.post("/sign-in/oidc?state=chosen", f)
	u, err := url.Parse(p.head.Get("Location"))
	if err != nil || p.status != http.StatusSeeOther {
		t.Fatalf("%d, %v", p.status, err)
	}
	q := u.Query()
	if q.Get("state") == "chosen" || len(q.Get("state")) < 43 || q.Get("nonce") == "" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" {
		t.Errorf("sent on with %v", q)
	}
	if n := w.count(t, `select count(*) from accounts`); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

// A code serves once, and only with its verifier.
func TestCodesServeOnceAndOnlyWithTheirVerifier(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	b := w.browser(t)
	back := b.leave(m, "/sign-in", person("s-1", "heron@test.example", true))
	if p := b.get(back); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	if p := b.get(back); p.status != http.StatusBadRequest {
		t.Errorf("the same way back again: %d", p.status)
	}
	used, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := url.Parse(b.leave(m, "/sign-in", person("s-1", "heron@test.example", true)))
	if err != nil {
		t.Fatal(err)
	}
	q := fresh.Query()
	q.Set("code", used.Query().Get("code"))
	if p := b.get("/sign-in/oidc/callback?" + q.Encode()); p.status != http.StatusBadRequest {
		t.Errorf("a used code with a fresh state: %d", p.status)
	}
	for name, change := range map[string]string{"verifier": `verifier = ''`, "other verifier": `verifier = 'x'`, "other nonce": `nonce = 'x'`, "no nonce": `nonce = ''`} {
		back := b.leave(m, "/sign-in", person("s-1", "heron@test.example", true))
		w.exec(t, `update sign_in_starts set `+change+` where known is null`)
		if p := b.get(back); p.status != http.StatusBadRequest {
			t.Errorf("%s changed: %d", name, p.status)
		}
	}
	back = b.leave(m, "/sign-in", person("s-1", "heron@test.example", true))
	w.clock.Move(startLife)
	if p := b.get(back); p.status != http.StatusBadRequest {
		t.Errorf("after ten minutes: %d", p.status)
	}
	if b.cookie("s") != "" {
		t.Error("somebody was signed in")
	}
}

const startLife = 10 * 60e9

// Nobody gets into an account because a provider names its address.
func TestProviderWithAKnownAddressTakesNothingOver(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	a := w.confirmed(t, "Quiet Heron")
	attacker := w.browser(t)
	p := attacker.get(attacker.leave(m, "/sign-in", person("attacker", "Quiet.Heron@test.example", true)))
	if p.status != http.StatusConflict || attacker.cookie("s") != "" || !strings.Contains(p.body, "sign in to it first") {
		t.Errorf("%d, cookie %q", p.status, attacker.cookie("s"))
	}
	if n := w.count(t, `select count(*) from identities where provider = 'oidc'`); n != 0 {
		t.Error("it was linked")
	}
	// The owner signs in first, links, and from then on comes in by it.
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	p = b.get(b.leave(m, "/me", person("s-1", "quiet.heron@test.example", true)))
	if p.head.Get("Location") != "/me?done=account_linked" {
		t.Fatalf("%d to %q\n%s", p.status, p.head.Get("Location"), p.body)
	}
	c := w.browser(t)
	if p = c.get(c.leave(m, "/sign-in", person("s-1", "", false))); p.status != http.StatusSeeOther || w.who(t, c.cookie("s")).AccountID != a.AccountID {
		t.Errorf("linked: %d", p.status)
	}
	// Nobody else can link what is linked.
	other := w.browser(t)
	w.confirmed(t, "Pale Otter")
	other.signIn("pale.otter@test.example", goodPassword)
	if p = other.get(other.leave(m, "/me", person("s-1", "", false))); p.status != http.StatusConflict {
		t.Errorf("a second owner: %d", p.status)
	}
}

func TestLinkingAsksForThePasswordAndUnlinkingKeepsAWayIn(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	w.clock.Move(10 * 60e9)
	if p := b.submit(b.get("/me"), "/sign-in/oidc"); p.head.Get("Location") != "/me/step-up?next=/me" {
		t.Errorf("%d to %q", p.status, p.head.Get("Location"))
	}
	b.submit(b.get("/me/step-up"), "/me/step-up", "current_password", goodPassword)
	b.get(b.leave(m, "/me", person("s-1", "", false)))
	if p := b.submit(b.get("/me"), "/me/sign-ins/remove"); p.head.Get("Location") != "/me?done=account_unlinked" {
		t.Errorf("%d to %q", p.status, p.head.Get("Location"))
	}
	// Who came by the provider alone cannot lock themselves out.
	c := w.browser(t)
	c.join(m, person("s-2", "otter@test.example", true), "Pale Otter")
	if p := c.submit(c.get("/me"), "/me/sign-ins/remove"); p.status != http.StatusConflict {
		t.Errorf("the last way in: %d", p.status)
	}
	foreign := w.count(t, `select id from identities where provider = 'oidc'`)
	if p := b.submit(b.get("/me/sessions"), "/me/sessions/end-others"); p.status != http.StatusSeeOther {
		t.Fatal(p.status)
	}
	f, _ := formOf(b.get("/me").body, "/me/consents")
	if p := b.post("/me/sign-ins/remove", url.Values{"token": f["token"], "id": {json.Number(itoa(foreign)).String()}}); p.status != http.StatusNotFound {
		t.Errorf("a stranger's link: %d", p.status)
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

func TestProvidersThatAreNotThere(t *testing.T) {
	t.Parallel()
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer down.Close()
	w := open(t, func(c *config.Config) {
		c.OIDC = config.OIDC{Client: config.Client{ID: "x", Secret: "y"}, Issuer: down.URL, Label: "Away"}
	})
	b := w.browser(t)
	p := b.get("/sign-in")
	if strings.Contains(p.body, "Google") || !strings.Contains(p.body, "Away") {
		t.Error("the page offers other providers than those that are set up")
	}
	f, _ := formOf(p.body, "/sign-in")
	for _, name := range []string{"google", "facebook", "kept", "..", "oidc%2f"} {
		if p := b.post("/sign-in/"+name, f); p.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", name, p.status)
		}
		if p := b.get("/sign-in/" + name + "/callback?state=x&code=y"); p.status != http.StatusNotFound {
			t.Errorf("callback of %s: %d", name, p.status)
		}
	}
	if p := b.submit(p, "/sign-in/oidc"); p.status != http.StatusServiceUnavailable || p.head.Get("Retry-After") == "" {
		t.Errorf("a provider that is down: %d", p.status)
	}
	if p := b.get("/sign-up/finish?ticket=x"); p.status != http.StatusBadRequest {
		t.Errorf("a ticket that is none: %d", p.status)
	}
}

func TestProviderThatSaysNo(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	b := w.browser(t)
	u, err := url.Parse(b.leave(m, "/sign-in", person("s-1", "heron@test.example", true)))
	if err != nil {
		t.Fatal(err)
	}
	state := url.Values{"state": {u.Query().Get("state")}, "error": {"access_denied"}, "error_description": {"<script>"}}
	if p := b.get("/sign-in/oidc/callback?" + state.Encode()); p.status != http.StatusBadRequest || strings.Contains(p.body, "<script>\n") || !strings.Contains(p.body, "was not completed") {
		t.Errorf("%d", p.status)
	}
}
