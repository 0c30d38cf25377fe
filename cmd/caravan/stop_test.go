package main

import (
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestCtrlCStopsEverythingAndTheNextStartGoesOn stops the program under open
// pages, and then kills it: both times the next start has all that was there.
func TestCtrlCStopsEverythingAndTheNextStartGoesOn(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start()
	who := p.people(1)[0]
	q := who.ask(1)
	e := entry{key: "stop-0123456789abcdef", body: "Ten days, said mine.", question: q, by: who}
	if e.send(); !e.acked() {
		t.Fatalf("%d %s", e.status, e.text)
	}
	var pages []*listener
	for range 5 {
		pages = append(pages, p.listen(q.Channel))
	}
	for _, l := range pages {
		if !l.has(q.Channel, e.seq) {
			t.Fatal("a page did not open")
		}
	}
	database := p.postgres()
	if database == 0 {
		t.Fatal("there is no private database")
	}
	p.interrupt()
	if p.postgres() != 0 || syscall.Kill(database, 0) == nil {
		t.Errorf("the database goes on without the program")
	}
	for _, l := range pages {
		l.mu.Lock()
		if !slices.Equal(l.ends, []int{4001}) || len(l.wrong) > 0 {
			t.Errorf("a page was told %v %v, want 4001", l.ends, l.wrong)
		}
		l.mu.Unlock()
	}
	p.start()
	if all, top := p.replies(q.ID); len(all) != 1 || all[0].Source != e.body || top != e.seq {
		t.Errorf("after a stop: %+v, top %d", all, top)
	}
	p.kill()
	p.start()
	if all, _ := p.replies(q.ID); len(all) != 1 || all[0].Source != e.body {
		t.Errorf("after a kill: %+v", all)
	}
	if a := who.get("/me"); a.status != 200 {
		t.Errorf("the session did not live on: %d", a.status)
	}
	p.heard(pages, []asked{q})
	p.interrupt()
}

// TestCtrlCDuringTheFirstStartLeavesNothingHalf stops the program while it makes
// and fills its database.
func TestCtrlCDuringTheFirstStartLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	p := fresh(t)
	for _, begun := range []func() bool{
		func() bool { _, err := os.Stat(filepath.Join(p.dir, "data.new")); return err == nil },
		func() bool { return p.postgres() != 0 },
	} {
		p.launch()
		p.until("begun", begun)
		p.interrupt()
		if p.postgres() != 0 {
			t.Error("the database goes on without the program")
		}
	}
	p.start()
	if a := (person{at: p}).get("/questions"); a.status != 200 || !strings.Contains(a.text, "/questions/") {
		t.Errorf("the list of questions: %d", a.status)
	}
	p.interrupt()
}

// TestAnOrdinaryUserNeedsNothingSetUp runs the program as a user without rights
// in an empty folder: it makes and fills its database, and leaves nothing that
// others can read.
func TestAnOrdinaryUserNeedsNothingSetUp(t *testing.T) {
	t.Parallel()
	p := fresh(t)
	p.user = ordinary(t)
	if p.user != nil {
		if err := os.Chown(p.dir, int(p.user.Uid), int(p.user.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	p.start()
	a := person{at: p}.get("/questions")
	if a.status != 200 || !strings.Contains(a.text, "/questions/") {
		t.Errorf("the list of questions: %d", a.status)
	}
	if !strings.Contains(p.said.String(), p.base()) || !strings.Contains(p.said.String(), "patient@demo.example") {
		t.Errorf("address and sign-ins are not told:\n%s", p.said)
	}
	p.interrupt()
	st, err := os.Stat(filepath.Join(p.dir, "secret"))
	if err != nil || st.Mode().Perm() != 0o600 || st.Size() != 32 {
		t.Errorf("the secret: %v %v", st, err)
	}
	for _, name := range []string{"secret", "data", "mails"} {
		st, err := os.Stat(filepath.Join(p.dir, name))
		if os.IsNotExist(err) && name == "mails" {
			continue // there was none to keep
		}
		if err != nil || st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: others may read it: %v %v", name, st, err)
		}
	}
}

// ordinary is a user without rights; nil when the tests already run as one.
func ordinary(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]*)"`)

// formToken is the token of the forms on a page.
func formToken(t *testing.T, page string) string {
	t.Helper()
	m := tokenField.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the page has no form")
	}
	return m[1]
}
