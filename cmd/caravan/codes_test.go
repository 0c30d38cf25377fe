package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var printedCode = regexp.MustCompile(`moderator2@demo\.example +([0-9A-Z]{4}(?:-[0-9A-Z]{4}){5})  `)

// TestAPrintedCodePassesStepUp reads a recovery code from where the demo was
// started, and goes on with it where a password is not enough: once, until the
// next start prints the same ones.
func TestAPrintedCodePassesStepUp(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	for range 2 {
		p.start()
		var printed []string
		p.until("a code is printed", func() bool {
			printed = printedCode.FindStringSubmatch(p.said.String())
			return printed != nil
		})
		mod := p.signIn("moderator2@demo.example")
		if a := mod.get("/me/leave"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/me/step-up?next=/me/leave" {
			t.Errorf("by password alone: %d to %q", a.status, a.header.Get("Location"))
		}
		for i, want := range []int{http.StatusSeeOther, http.StatusUnauthorized} {
			token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(mod.get("/me/step-up").text)[1]
			form := url.Values{"token": {token}, "next": {"/me/leave"}, "code": {printed[1]}}.Encode()
			a, err := mod.send("POST", "/me/step-up/code", form, "Content-Type", "application/x-www-form-urlencoded")
			if err != nil || a.status != want {
				t.Errorf("time %d: %d, %v", i+1, a.status, err)
			}
			if i == 0 {
				mod.cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
			}
		}
		if a := mod.get("/me/leave"); a.status != http.StatusOK {
			t.Errorf("after the code: %d", a.status)
		}
		p.interrupt()
	}
	p.start()
	if _, errs, code := p.run("passkeys", "drop", "moderator2@demo.example"); code != 0 {
		t.Fatalf("%d %s", code, errs)
	}
	if a := p.signIn("moderator2@demo.example").get("/me/leave"); a.status != http.StatusOK {
		t.Errorf("by password, with nothing else left: %d", a.status)
	}
	for _, args := range [][]string{{"passkeys", "drop", "moderator2@demo.example"}, {"passkeys", "drop", "nobody@demo.example"}, {"passkeys", "keep", "x@demo.example"}} {
		if _, errs, code := p.run(args...); code != 1 || errs == "" {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	p.interrupt()
}
