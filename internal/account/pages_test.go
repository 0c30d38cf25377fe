package account_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"caravan/internal/config"
	"caravan/internal/testkit"
)

// rawKey is a sentence that has no words in this language.
var rawKey = regexp.MustCompile(`\b(account|common|error|done|nav|mail)\.[a-z][a-z_0-9]+\b|&lt;no value|%!`)

func TestEveryPageSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	m := idp(t)
	w := open(t, with(m))
	w.confirmed(t, "Quiet Heron")
	guest, member, waiting, desk := w.browser(t), w.browser(t), w.browser(t), w.browser(t)
	member.signIn("quiet.heron@test.example", goodPassword)
	waiting.submit(waiting.get("/sign-up"), "/sign-up", "handle", "Pale Otter", "email", "otter@test.example", "password", goodPassword, "adult", "yes", "terms", "yes", "health", "yes")
	works := testkit.Person(t, w.db, "Mira", testkit.StaffOf(w.clinic(t, "dunakert", "listed"), "doctor"), testkit.T2, testkit.Admin)
	desk.setCookie("s", w.session(t, works).Cookie)
	if err := w.AskReset(t.Context(), "quiet.heron@test.example"); err != nil {
		t.Fatal(err)
	}
	var confirm, reset string
	for _, l := range w.mails(t) {
		switch {
		case l.To == "otter@test.example":
			confirm = "/confirm?token=" + tokenOf(t, l.Links[0])
		case strings.Contains(l.Links[0], "/reset"):
			reset = "/reset?token=" + tokenOf(t, l.Links[0])
		}
	}
	ticket := guest.get(guest.leave(m, "/sign-in", person("s-1", "plover@test.example", true))).head.Get("Location")
	for who, c := range map[string]struct {
		b     *browser
		paths []string
	}{
		"guest":   {guest, []string{"/sign-up", "/sign-in", "/sign-up/sent", "/sign-up/sent?what=reset", "/reset", reset, confirm, ticket, "/demo/mail", "/sign-in?done=account_confirmed"}},
		"member":  {member, []string{"/me", "/me/email", "/me/password", "/me/sessions", "/me/step-up", "/me/passkeys", "/me?done=account_password"}},
		"waiting": {waiting, []string{"/me", "/me/email", "/sign-up/sent"}},
		"desk":    {desk, []string{"/me", "/me/password", "/me/step-up", "/me/passkeys"}},
	} {
		for _, path := range c.paths {
			for _, lang := range []string{"", "/ar"} {
				p := c.b.get(lang + path)
				if p.status != http.StatusOK {
					t.Errorf("%s, %s%s: %d", who, lang, path, p.status)
					continue
				}
				if raw := rawKey.FindString(p.body); raw != "" {
					t.Errorf("%s, %s%s says %s", who, lang, path, raw)
				}
				if got := p.head.Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s, %s%s may be kept: %q", who, lang, path, got)
				}
			}
		}
	}
	checkPlace(t, desk)
}

// checkPlace looks at what stands on the page of somebody with rights.
func checkPlace(t *testing.T, desk *browser) {
	t.Helper()
	p := desk.get("/me")
	for _, want := range []string{`href="/console/dunakert"`, "Dunakert Dental", "Admin"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("your place lacks %s", want)
		}
	}
}

func TestDemoSignInsAreSaidInDemoModeOnly(t *testing.T) {
	t.Parallel()
	for demo, want := range map[bool]int{true: http.StatusOK, false: http.StatusNotFound} {
		w := open(t, func(c *config.Config) { c.Demo = demo })
		b := w.browser(t)
		if got := strings.Contains(b.get("/sign-in").body, "caravan-demo-sign-in"); got != demo {
			t.Errorf("demo %v: the page says the password: %v", demo, got)
		}
		if p := b.get("/demo/mail"); p.status != want {
			t.Errorf("demo %v: the box answers %d", demo, p.status)
		}
	}
}

func TestDemoBoxLeadsOn(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.browser(t)
	b.submit(b.get("/sign-up"), "/sign-up", "handle", "Quiet Heron", "email", "heron@test.example", "password", goodPassword, "adult", "yes", "terms", "yes", "health", "yes")
	link := w.mailTo(t, "heron@test.example").Links[0]
	p := b.get("/demo/mail")
	if !strings.Contains(p.body, `href="`+link+`"`) || !strings.Contains(p.body, "heron@test.example") {
		t.Errorf("the box does not show the mail:\n%s", p.body)
	}
	if p = b.submit(b.get(link), "/confirm"); p.status != http.StatusSeeOther {
		t.Errorf("%d", p.status)
	}
}
