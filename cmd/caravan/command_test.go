package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestCommandsWorkBesideTheRunningProgram prints sessions and gives a role while
// the site is open.
func TestCommandsWorkBesideTheRunningProgram(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start()
	seen := map[string]bool{}
	for _, who := range p.people(3) {
		a := who.get("/api/v1/me")
		var me struct{ Handle string }
		decode(t, a.text, &me)
		if a.status != http.StatusOK || me.Handle == "" || seen[me.Handle] {
			t.Errorf("%d %s", a.status, a.text)
		}
		seen[me.Handle] = true
	}
	if _, errs, code := p.run("sessions", "-n", "0"); code != 1 || errs == "" {
		t.Errorf("no sessions asked for: %d %s", code, errs)
	}

	const email = "demo-001@demo.example"
	if a := p.signIn(email).get("/moderation"); a.status != http.StatusForbidden {
		t.Errorf("before: %d", a.status)
	}
	for range 2 { // given twice, had once
		if _, errs, code := p.run("grant", "moderator", email); code != 0 {
			t.Fatalf("grant: %d %s", code, errs)
		}
	}
	if a := p.signIn(email).get("/moderation"); a.status != http.StatusOK {
		t.Errorf("after: %d", a.status)
	}
	for _, args := range [][]string{{"king", email}, {"moderator", "nobody-there@demo.example"}} {
		if _, errs, code := p.run("grant", args[0], args[1]); code != 1 || errs == "" || strings.Contains(errs, "panic") {
			t.Errorf("grant %v: %d %s", args, code, errs)
		}
	}
	p.interrupt()
}
