package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestNothingAcknowledgedIsLostByKills kills the program while replies come in
// and pages listen, starts it again, and compares what the clients know with
// what is there.
func TestNothingAcknowledgedIsLostByKills(t *testing.T) {
	rounds, pages, perSecond := 2, 20, full
	if long() {
		rounds, pages, perSecond = 50, 200, 200
	}
	p := demoSite(t)
	p.start()
	people := p.people(11)
	var questions []asked
	for n := range 4 {
		questions = append(questions, people[0].ask(n))
	}
	var open []*listener
	for range pages {
		open = append(open, p.listen(questions[0].Channel, questions[1].Channel, questions[2].Channel, questions[3].Channel))
	}
	for round := range rounds {
		s := blow(t, fmt.Sprint("round", round), people[1:], questions, perSecond)
		s.reached(t, 50+17*(round%5))
		p.kill()
		s.calm()
		began := time.Now()
		p.start()
		t.Logf("ready %v after a kill", time.Since(began).Round(time.Millisecond))
		p.judge(s.read())
	}
	p.heard(open, questions)
	p.interrupt()
}

// TestPeopleWhoLeaveHarmNobody hangs up at every moment of a post, over and
// over: what was posted is whole or absent, nobody else notices, and the log
// has nothing to say.
func TestPeopleWhoLeaveHarmNobody(t *testing.T) {
	t.Parallel()
	n := 160
	if long() {
		n = 5_000
	}
	p := demoSite(t)
	p.start()
	people := p.people(9)
	questions := []asked{people[0].ask(1), people[0].ask(2)}
	var all journal
	var posting sync.WaitGroup
	for i, who := range people[1:] {
		posting.Go(func() {
			for turn := range n / 8 {
				who.hurry = rand.N(80*time.Millisecond) + time.Microsecond
				e := entry{key: fmt.Sprintf("leave-0123456789-%d-%d", i, turn), body: fmt.Sprintf("Reply leave %d %d, nothing more.", i, turn),
					question: questions[turn%2], by: who}
				e.send()
				e.by.hurry = 0
				all.add(e)
			}
		})
	}
	posting.Wait()
	p.judge(all.read())
	if lines := p.said.failures(); len(lines) > 0 {
		t.Errorf("in the log: %s", lines)
	}
	p.interrupt()
}

// TestACopyOfAStoppedMomentHoldsWhatWasAcknowledged stops program and database
// where they stand, as a cut of the power does, and starts the copy of their
// files.
func TestACopyOfAStoppedMomentHoldsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start()
	people := p.people(9)
	questions := []asked{people[0].ask(1), people[0].ask(2)}
	s := blow(t, "copy", people[1:], questions, full)
	s.reached(t, 60)

	var stopped []int
	for _, pid := range append([]int{p.cmd.Process.Pid, p.postgres()}, children(t, p.postgres())...) {
		if syscall.Kill(pid, syscall.SIGSTOP) == nil { // a child may have ended meanwhile
			stopped = append(stopped, pid)
		}
	}
	known := s.read()
	copied := fresh(t)
	copyFolder(t, p.dir, copied.dir)
	for _, pid := range stopped {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}
	p.kill()
	s.calm()

	// What was under way when everything stood still may be there or not.
	for _, e := range s.read()[len(known):] {
		e.status = 0
		known = append(known, e)
	}
	copied.start()
	copied.judge(known)
	copied.interrupt()
}

// children are the processes that a process started and that still run.
func children(t *testing.T, of int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// "12 (postgres: x) S 7 …": the parent is the second word after the name.
		words := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(words) > 1 && words[1] == strconv.Itoa(of) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestTwoStartsOnOneFolderFindOneSecret starts twice at once where nothing is
// yet: both make one database, and a form of one is taken by the other.
func TestTwoStartsOnOneFolderFindOneSecret(t *testing.T) {
	t.Parallel()
	one, two := demoSite(t), fresh(t)
	if err := os.Remove(filepath.Join(one.dir, "secret")); err != nil {
		t.Fatal(err)
	}
	two.dir, two.env["STATE_DIR"] = one.dir, one.dir
	one.launch()
	two.launch()
	one.ready()
	two.ready()
	who := one.people(1)[0]
	token := formToken(t, who.get("/questions/ask").text)
	who.at = two
	a, err := who.send("POST", "/questions", "token="+token, "Content-Type", "application/x-www-form-urlencoded")
	if err != nil || a.status != 400 && a.status != 422 { // 403: the token is another secret's
		t.Errorf("a form of the other node: %d %v", a.status, err)
	}
	one.interrupt() // the one that may have run the database; the other takes over
	two.ready()
	if got := (person{at: two}).get("/questions"); got.status != 200 {
		t.Errorf("after the other left: %d", got.status)
	}
	two.interrupt()
}
