package shaping

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"caravan/internal/leaf"
	"caravan/internal/testkit"
)

// tallied are the outcomes of votes that were entered so far, oldest first.
func (b *bazaar) tallied() (all []leaf.Entry) {
	b.t.Helper()
	rows, err := testkit.OwnerOf(b.t, b.d).Pool().Query(b.t.Context(), `SELECT body FROM log_outbox WHERE kind = 'vote.tally' ORDER BY seq`)
	b.must(err)
	defer rows.Close()
	for rows.Next() {
		var body []byte
		b.must(rows.Scan(&body))
		e, err := leaf.ReadEntry(body)
		b.must(err)
		all = append(all, e)
	}
	b.must(rows.Err())
	return all
}

// entered fails unless so many outcomes were entered, and returns the newest.
func (b *bazaar) entered(when string, want int) (newest leaf.Entry) {
	b.t.Helper()
	all := b.tallied()
	if len(all) != want {
		b.t.Fatalf("%s: %d outcomes in the log, want %d", when, len(all), want)
	}
	if want > 0 {
		newest = all[want-1]
	}
	return newest
}

// totals writes an outcome down: subject, votes, voided, and want/pass/against
// by stratum.
func totals(e leaf.Entry) (lines []string) {
	list, _ := e.Body["subjects"].([]any)
	for _, x := range list {
		m := x.(map[string]any)
		strata, _ := json.Marshal(m["strata"])
		lines = append(lines, fmt.Sprint(m["subject"], " ", m["ref"], " ", m["votes"], " ", m["voided"], " ", string(strata)))
	}
	return lines
}

// recounted fails unless the votes in the opening have the root of the entry and
// add up to its totals.
func (b *bazaar) recounted(e leaf.Entry) {
	b.t.Helper()
	var body []byte
	b.must(testkit.OwnerOf(b.t, b.d).Pool().QueryRow(b.t.Context(), `SELECT body FROM log_openings WHERE kind = 'tally' AND ref = $1`, e.Text("tally")).Scan(&body))
	words, err := leaf.Loose(body)
	b.must(err)
	votes, err := leaf.ReadVotes(words)
	b.must(err)
	root, err := leaf.VotesRoot(votes)
	b.must(err)
	if hex.EncodeToString(root[:]) != e.Text("root") {
		b.t.Errorf("%s: the votes have another root", e.Text("tally"))
	}
	cast := map[string]int64{}
	for _, v := range votes {
		cast[v.Subject+" "+v.Ref]++
	}
	list, _ := e.Body["subjects"].([]any)
	for _, x := range list {
		m := x.(map[string]any)
		ref, _ := m["ref"].(string)
		n, _ := leaf.Number(m["votes"])
		if got := cast[m["subject"].(string)+" "+ref]; m["strata"] != nil && got != n {
			b.t.Errorf("%s: %d votes on %v %s, want %d", e.Text("tally"), got, m["subject"], ref, n)
		}
	}
}

func TestWhatIsFrozenStandsInTheLogAtOnceAndNothingBefore(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 24)
	p := b.published()
	guarantee := b.asks(b.patients[0], p, "x.guarantee", 24)
	lounge := b.asks(b.patients[1], p, "x.lounge", 5)
	b.votes(p, OnAmendment, guarantee, 1, b.patients[5:15])
	b.votes(p, OnAmendment, guarantee, -1, b.patients[15:17])
	b.votes(p, OnAmendment, lounge, 1, b.patients[5:7])
	b.votes(p, OnPackage, p.ID, 1, b.patients[5:17])
	for _, a := range b.patients[17:22] {
		_, err := b.Vote(t.Context(), a, Ballot{PackageID: p.ID, Subject: OnPackage, SubjectID: p.ID, Choice: 0, Tie: noTie, Companion: true})
		b.must(err)
	}
	stay := b.do(`SELECT id FROM package_items WHERE package_id = ? AND key = 'x.lounge'`, p.ID)
	b.votes(p, OnNeed, stay, 1, b.patients[5:8])
	b.do(`UPDATE package_standings SET status = 'void_fraud' WHERE subject = 'amendment' AND subject_id = ? AND person_id = ? RETURNING person_id`, guarantee, b.patients[16].PersonID)
	b.must(b.Tick(t.Context()))
	b.entered("while votes run", 0)

	p = b.until(p.Slug)
	e := b.entered("after the round", 1)
	want := strings.Join([]string{
		fmt.Sprintf(`amendment %d 11 1 {"all":{"against":1,"pass":0,"want":10}}`, guarantee),
		fmt.Sprintf(`amendment %d 2 <nil> {"all":{"against":0,"pass":0,"want":2}}`, lounge),
		`item_need x.lounge 3 <nil> null`, // too few to say how they split
		`package <nil> 17 <nil> {"companion":{"against":0,"pass":5,"want":0},"considering":{"against":0,"pass":0,"want":12}}`,
	}, "\n")
	if got := strings.Join(totals(e), "\n"); got != want || e.Int("participants") != 17 || e.Text("subject") != "end_round" || e.Int("round") != 1 {
		t.Errorf("%d people, %s:\n%s\nwant\n%s", e.Int("participants"), e.Text("subject"), got, want)
	}
	b.recounted(e)

	b.answers(guarantee, Response{Answer: Counter, ReasonCode: Cost, CounterValue: Value{Kind: Duration, Number: 12}})
	b.answers(lounge, Response{Answer: Reject, ReasonCode: Cost})
	b.votes(p, OnCounter, guarantee, 1, b.patients[5:10])
	b.votes(p, OnCounter, guarantee, -1, b.patients[10:12])
	b.entered("while the vote on a counter-offer runs", 1)
	p = b.until(p.Slug)
	b.state(p, FinalVote, 1)
	e = b.entered("after the vote on a counter-offer", 2)
	if got := strings.Join(totals(e), "\n"); got != fmt.Sprintf(`counter %d 7 <nil> {"all":{"against":2,"pass":0,"want":5}}`, guarantee) {
		t.Errorf("the counter-offer: %s", got)
	}
	b.recounted(e)

	b.votes(p, OnPackage, p.ID, 1, b.patients[:21])
	b.must(b.Tick(t.Context()))
	b.entered("while the final vote runs", 2)
	p = b.until(p.Slug)
	b.state(p, AwaitingCommitment, 1)
	e = b.entered("after the final vote", 3)
	n := b.do(`SELECT count(*) FROM package_standings WHERE subject = 'package' AND package_id = ? AND status = 'counted'`, p.ID)
	if got := totals(e); len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprintf("package <nil> %d ", n)) || e.Text("subject") != "end_final" || e.Int("version") != 2 {
		t.Errorf("the final vote of %d: %v", n, got)
	}
	b.recounted(e)
}

func TestVotesOfASuspendedOrWithdrawnPackageAreCountedOnce(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 6)
	p := b.published()
	b.votes(p, OnPackage, p.ID, 1, b.patients)
	mod := testkit.Person(t, b.d, "warden", testkit.Moderator)
	b.must(b.Suspend(t.Context(), mod, p.Slug, becauseSo))
	b.entered("while it is suspended", 0)
	b.must(b.Resume(t.Context(), mod, p.Slug, becauseSo))
	b.entered("while it runs again", 0)
	p = b.until(p.Slug)
	b.entered("after the round", 1)
	b.must(b.Suspend(t.Context(), mod, p.Slug, becauseSo))
	b.must(b.Resume(t.Context(), mod, p.Slug, becauseSo))
	b.must(b.Withdraw(t.Context(), b.desk, p.Slug, becauseSo))
	b.entered("after it was withdrawn", 1)

	b.clock.Move(48 * 3600 * 1e9)
	other := b.published(func(x *Proposal) { x.Title = "One lens with a night and a driver" })
	b.votes(other, OnPackage, other.ID, 1, b.patients[:2])
	b.must(b.Withdraw(t.Context(), b.desk, other.Slug, becauseSo))
	e := b.entered("after another one was withdrawn in its round", 2)
	if got := totals(e); e.Text("subject") != "withdraw" || len(got) != 1 || got[0] != `package <nil> 2 <nil> {"all":{"against":0,"pass":0,"want":2}}` {
		t.Errorf("%v", got)
	}
}

func TestVotesThatEndedBeforeThereWasALogAreEnteredOnceThereIs(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 12)
	p := b.published()
	lounge := b.asks(b.patients[1], p, "x.lounge", 5)
	b.votes(p, OnAmendment, lounge, 1, b.patients[5:7])
	b.votes(p, OnPackage, p.ID, 1, b.patients[5:12])
	p = b.until(p.Slug)
	b.answers(lounge, Response{Answer: Reject, ReasonCode: Cost})
	b.must(b.Withdraw(t.Context(), b.desk, p.Slug, becauseSo))
	b.clock.Move(48 * 3600 * 1e9)
	running := b.published(func(x *Proposal) { x.Title = "One lens with a night and a driver" })
	b.votes(running, OnPackage, running.ID, 1, b.patients[:5])
	for _, sql := range []string{`DELETE FROM log_outbox`, `DELETE FROM log_openings`} {
		_, err := testkit.OwnerOf(t, b.d).Pool().Exec(t.Context(), sql)
		b.must(err)
	}
	for range 2 {
		b.must(b.RecordMissing(t.Context()))
		e := b.entered("once there is a log", 1)
		want := fmt.Sprintf(`amendment %d 2 <nil> {"all":{"against":0,"pass":0,"want":2}}`, lounge) + "\n" + `package <nil> 7 <nil> {"all":{"against":0,"pass":0,"want":7}}`
		if got := strings.Join(totals(e), "\n"); got != want || e.Text("subject") != "late" || e.Text("package") != p.Slug {
			t.Errorf("of %s, %s:\n%s\nwant\n%s", e.Text("package"), e.Text("subject"), got, want)
		}
		b.recounted(e)
	}
}
