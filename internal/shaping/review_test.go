package shaping

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
)

// reviewed is a booth in whose clinic's network people have voted.
func reviewed(t *testing.T, n int) (b *booth, people []access.Actor, caseID int64) {
	t.Helper()
	b = newBooth(t)
	for _, x := range b.Suggestions() {
		b.moderation.AddSuggestion(x)
	}
	b.must(b.provider.Worked(context.Background(), b.clinic, wifi("203.0.113.0/24")))
	for range n {
		a := b.patient()
		b.from(a, wifi("203.0.113.0/24"))
		people = append(people, a)
	}
	if n := b.do(`SELECT count(*) FROM moderation_cases WHERE kind = 'package_votes' AND decided_at IS NULL`); n != 1 {
		t.Fatalf("%d cases are at the desk, want 1", n)
	}
	return b, people, b.do(`SELECT id FROM moderation_cases WHERE kind = 'package_votes'`)
}

// rules has a moderator decide on a case as it stands.
func (b *booth) rules(a access.Actor, caseID int64, decision, reason, note string) error {
	return b.moderation.Decide(context.Background(), a, caseID, moderation.Verdict{Decision: decision, Reason: reason, Statement: note,
		Version: int(b.do(`SELECT lock_version FROM moderation_cases WHERE id = ?`, caseID))})
}

const paidNote = "All fifteen accounts were made within one morning and by the same pattern."

func TestTwoModeratorsVoidVotesUnderReview(t *testing.T) {
	b, people, caseID := reviewed(t, 15)
	one, two := testkit.Person(t, b.d, "One", testkit.Moderator), testkit.Person(t, b.d, "Two", testkit.Moderator)
	inside := testkit.Person(t, b.d, "Inside", testkit.Moderator, testkit.StaffOf(b.clinic, "staff"))

	b.refused("the provider's own", b.rules(inside, caseID, moderation.Propose, "votes_staff", paidNote), errs.Forbidden, "moderation.you_work_there")
	for _, alone := range []string{moderation.Refuse, moderation.Approve, moderation.Keep, moderation.Confirm} {
		b.refused("alone, "+alone, b.rules(one, caseID, alone, "votes_staff", paidNote), errs.Invalid, "moderation.choose_decision")
	}
	b.refused("without facts", b.rules(one, caseID, moderation.Propose, "votes_staff", "No."), errs.Invalid, "moderation.facts_short")
	b.must(b.rules(one, caseID, moderation.Propose, "votes_staff", paidNote))
	b.expect("proposed", OnPackage, b.p.ID, "0/0/0 quarantined 15")
	b.refused("who proposed it confirms it", b.rules(one, caseID, moderation.Confirm, "", ""), errs.Conflict, "moderation.needs_second")
	b.refused("the provider's own confirm it", b.rules(inside, caseID, moderation.Confirm, "", ""), errs.Forbidden, "moderation.you_work_there")
	b.must(b.rules(two, caseID, moderation.Reject, "", ""))
	b.expect("rejected", OnPackage, b.p.ID, "0/0/0 quarantined 15")
	b.must(b.rules(two, caseID, moderation.Propose, "votes_staff", paidNote))
	b.must(b.rules(one, caseID, moderation.Confirm, "", ""))
	b.expect("confirmed by another", OnPackage, b.p.ID, "0/0/0 void_fraud 15")

	if n := b.do(`SELECT count(*) FROM notifications WHERE kind = 'package_votes_void'`); n != 15 {
		t.Errorf("%d were told, want 15", n)
	}
	if n := b.do(`SELECT count(*) FROM log_openings WHERE kind = 'decision'`); n != 1 {
		t.Errorf("the public log knows of %d decisions, want 1", n)
	}
	k, err := findKnown(b.d.Read(context.Background()), b.p.ID)
	b.must(err)
	lines := reviewLines("en", k.reviews)
	if want := "15 votes voided: They were cast by the provider's people, or for them. " + paidNote; len(lines) != 1 || lines[0] != want {
		t.Errorf("the package says %q, want %q", lines, want)
	}
	if v := b.from(people[0], wifi("198.51.100.0/24")); v.Status != VoidFraud || v.WhyNot != "shaping.uncounted_void_fraud" {
		t.Errorf("voting again from elsewhere is %s, told %q", v.Status, v.WhyNot)
	}
	b.recounts("in the end", 0)
}

func TestAPatientOnTheClinicsNetworkCountsAfterReview(t *testing.T) {
	b, people, caseID := reviewed(t, 3)
	one, two := testkit.Person(t, b.d, "One", testkit.Moderator), testkit.Person(t, b.d, "Two", testkit.Moderator)
	b.hire(people[2], b.clinic, "staff", "report", b.d.Now().Add(-time.Hour)) // found out meanwhile
	b.must(b.rules(one, caseID, moderation.Propose, moderation.VotesGenuine, "Each of them has a visit of their own, months apart."))
	b.must(b.rules(two, caseID, moderation.Confirm, "", ""))
	b.expect("counted, but for who has a tie", OnPackage, b.p.ID, "2/0/0 void_affiliation 1")
	if n := b.do(`SELECT count(*) FROM notifications WHERE kind = 'package_votes_count' AND account_id = ?`, people[0].AccountID); n != 1 {
		t.Errorf("the patient was told %d times", n)
	}
	if v := b.from(people[0], wifi("203.0.113.0/24")); v.Status != Counted {
		t.Errorf("the patient votes again from there: %s", v.Status)
	}
	if v := b.from(b.patient(), wifi("203.0.113.0/24")); v.Status != Quarantined {
		t.Errorf("somebody else votes from there: %s", v.Status)
	}
	if n := b.do(`SELECT count(*) FROM moderation_cases WHERE kind = 'package_votes' AND decided_at IS NULL`); n != 1 {
		t.Errorf("%d new cases, want 1", n)
	}
	b.recounts("in the end", 0)
}

func TestTheDeskOfVotesUnderReviewHasNoBarriers(t *testing.T) {
	b, _, caseID := reviewed(t, 2)
	one, two := testkit.Person(t, b.d, "One", testkit.Moderator), testkit.Person(t, b.d, "Two", testkit.Moderator)
	people := testkit.Guests{"one": one, "two": two}
	srv := testkit.Door(t, b.d, people, b.moderation.Routes())
	path := fmt.Sprintf("/moderation/%d", caseID)
	v := testkit.Visit(t, srv, "one")
	_, page, _ := v.Get(path)
	testkit.Contains(t, page, "Votes under review", "2 votes are under review", "Propose it")
	testkit.Tour(t, srv.URL, map[string][]string{"one": {path}})
	status, body, to := v.Post(path, path+"/decide", url.Values{"version": {"0"}, "seen": {"0"}, "decision": {"propose"}, "reason": {"votes_staff"}, "statement": {paidNote}})
	if status != http.StatusSeeOther || to != "/moderation?done=proposed" {
		t.Fatalf("proposing: %d %s %s", status, to, body)
	}
	_, page, _ = testkit.Visit(t, srv, "two").Get(path)
	testkit.Contains(t, page, paidNote, "Agree", "Disagree")
	testkit.Tour(t, srv.URL, map[string][]string{"two": {"/moderation?show=second", path}})
}
