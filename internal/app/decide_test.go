package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"caravan/internal/testkit"
)

// Whoever finds a moderator's screen unlocked decides nothing: after five
// minutes a decision waits for a step-up, and what was written for it is kept.
func TestADecisionWaitsUntilTheModeratorHasShownWhoTheyAre(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	s := startOn(t, d, nil, nil)
	mina := s.as(testkit.Person(t, s.db, "mina"))
	id, path := mina.askJSON("ask-0123456789abcdef")
	reporter := s.as(testkit.Person(t, s.db, "omid", testkit.T2))
	report := fmt.Sprintf("/report/question/%d", id)
	if a := reporter.post(report, reporter.fill(report, "reason", "unrelated")); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("report: %d %s", a.StatusCode, a.text)
	}
	one := "/moderation/" + s.text(t, `SELECT max(id)::text FROM moderation_cases WHERE decided_at IS NULL`)
	judge := s.as(testkit.Person(t, s.db, "judge", testkit.Moderator))
	clock.Move(6 * time.Minute)

	words := "It sells a clinic and asks nothing."
	verdict := judge.fill(one, "decision", "hide", "reason", "unrelated", "statement", words, "version", s.text(t, `SELECT max(lock_version)::text FROM moderation_cases`), "seen", "1")
	a := judge.post(one+"/decide", verdict)
	if a.StatusCode != http.StatusForbidden || s.text(t, `SELECT count(decided_at)::text FROM moderation_cases`) != "0" {
		t.Fatalf("decided without a step-up: %d", a.StatusCode)
	}
	testkit.Contains(t, a.text, "Please show that it is you", "What you wrote is kept.")
	if got := s.visitor().get(path).StatusCode; got != http.StatusOK {
		t.Errorf("the question after a refused decision: %d", got)
	}

	if _, err := s.db.Pool().Exec(t.Context(), `UPDATE sessions SET stepped_up_at = $1 WHERE account_id = (SELECT id FROM accounts WHERE handle = 'judge')`, s.db.Now()); err != nil {
		t.Fatal(err)
	}
	a = judge.post(one+"/decide", verdict)
	testkit.Contains(t, a.text, "What the author will read", words)
}
