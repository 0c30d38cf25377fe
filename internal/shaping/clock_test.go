package shaping

import (
	"context"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/moderation"
	"caravan/internal/wording"
)

func TestTwoMissedPromisesStopNewPatientsUntilTheyAreAnswered(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 3)
	ctx := t.Context()
	p := b.committed()
	item := b.do(`SELECT id FROM package_items WHERE package_id = ? AND key = 'x.nurse_calls'`, p.ID)
	commitment := b.do(`SELECT id FROM package_commitments WHERE package_id = ?`, p.ID)
	for _, a := range b.patients[:2] {
		_, err := b.Enrol(ctx, a, p.Slug, db.Key{})
		b.must(err)
		j := b.do(`UPDATE package_journeys SET stage = 'treated', proven = true, discharged_on = ?::date WHERE commitment_id = ? AND person_id = ? RETURNING id`, b.clock.Now(), commitment, a.PersonID)
		b.do(`INSERT INTO package_verdicts (journey_id, item_id, due_on, verdict, said_at) VALUES (?, ?, ?::date, 'not_delivered', ?)
			ON CONFLICT (journey_id, item_id) DO UPDATE SET verdict = excluded.verdict, said_at = excluded.said_at RETURNING 1`, j, item, b.clock.Now(), b.clock.Now())
	}
	b.must(b.Tick(ctx))
	p = b.read(p.Slug)
	if p.State != Suspended || !p.HeldByRule || p.Why == "" {
		t.Fatalf("%s, by rule %v, why %q", p.State, p.HeldByRule, p.Why)
	}
	if _, err := b.Enrol(ctx, b.patients[2], p.Slug, db.Key{}); err == nil {
		t.Error("a new patient was taken while promises are open")
	}
	b.do(`INSERT INTO package_verdict_replies (commitment_id, item_id, author_account_id, body, lang, state, created_at, published_at)
		VALUES (?, ?, ?, 'Two nurses are on every shift now.', 'en', 'shown', ?, ?) RETURNING id`, commitment, item, b.desk.AccountID, b.clock.Now(), b.clock.Now())
	b.must(b.Tick(ctx))
	b.state(b.read(p.Slug), Reporting, 1)
	if held, err := standing(b.d.Read(ctx), p.ID); err != nil || held == nil || held.State != CommitmentActive {
		t.Errorf("the commitment is %+v, %v", held, err)
	}
}

func TestACommitmentEndsWithItsLastDayAndIsArchivedLater(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 0)
	p := b.committed()
	zone, err := Zone(p.Zone)
	b.must(err)
	if at := p.EndsAt.In(zone); at.Hour() != 0 || at.Minute() != 0 {
		t.Errorf("its last day ends at %s", at)
	}
	b.state(b.until(p.Slug), Ended, 1)
	b.clock.Move(restDays * 24 * time.Hour)
	b.must(b.Tick(t.Context()))
	b.state(b.read(p.Slug), Archived, 1)
}

func TestOfATooLongStopOfTheSiteNoPhaseIsLost(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 0)
	p := b.published()
	b.clock.Move(90 * 24 * time.Hour)
	b.must(b.Tick(t.Context()))
	p = b.read(p.Slug)
	b.state(p, Answering, 1)
	if left := p.EndsAt.Sub(b.clock.Now()); left < AnsweringDays*24*time.Hour-time.Hour {
		t.Errorf("%s are left to answer", left)
	}
}

func TestModeratorsHideWordsAndNothingElse(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 1)
	p := b.published()
	id := b.asks(b.patients[0], p, "x.guarantee", 12)
	b.answers(id, Response{Answer: Accept})
	answer := b.do(`SELECT id FROM amendment_responses WHERE amendment_id = ?`, id)
	ids := map[string]int64{"package": p.ID, "amendment": id, "response": answer}
	for _, x := range b.Subjects() {
		ref, mine := ids[x.Kind()]
		if !mine {
			continue
		}
		state := func(want string) {
			t.Helper()
			if it, err := x.About(t.Context(), ref); err != nil || it.State != want || it.OrganisationID != b.clinic || it.AuthorAccountID == 0 {
				t.Errorf("%s: %+v, %v; want %s", x.Kind(), it, err, want)
			}
		}
		set := func(do func(*db.Tx) error) { b.must(b.d.Write(context.Background(), do)) }
		state(moderation.Shown)
		set(func(tx *db.Tx) error { return x.Hide(tx, ref, "moderation.reason_abusive") })
		state(moderation.Hidden)
		set(func(tx *db.Tx) error { return x.Show(tx, ref) })
		state(moderation.Shown)
	}
	b.wishState(id, Accepted)
}

func TestAnEarlyFinalVoteWithoutAQuorumLeadsToAnotherRound(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 4)
	p := b.published()
	id := b.asks(b.patients[0], p, "x.guarantee", 12)
	p = b.until(p.Slug)
	b.refused("before the answer", b.AskFinal(t.Context(), b.desk, p.Slug), "shaping.answers_missing")
	b.answers(id, Response{Answer: Accept})
	b.refused("by a patient", b.AskFinal(t.Context(), b.patients[1], p.Slug), "shaping.not_yours")
	b.must(b.AskFinal(t.Context(), b.desk, p.Slug))
	p = b.read(p.Slug)
	b.state(p, FinalVote, 1)
	b.wishState(id, Merged)
	b.votes(p, OnPackage, p.ID, 1, b.patients)
	b.state(b.until(p.Slug), Shaping, 2)
}

func TestEveryWordOfTheMachineHasASentence(t *testing.T) {
	var keys []string
	add := func(prefix string, words ...string) {
		for _, w := range words {
			keys = append(keys, "shaping."+prefix+"_"+w)
		}
	}
	for _, s := range States {
		add("state", string(s))
	}
	for _, e := range Events {
		add("step", string(e))
	}
	for _, s := range AmendmentStates {
		add("wish", string(s))
	}
	for _, a := range Answers {
		add("answer", string(a))
	}
	for _, c := range ReasonCodes {
		add("code", string(c))
	}
	for _, v := range Verdicts {
		add("verdict", string(v))
	}
	for _, r := range Readinesses {
		add("readiness", string(r))
	}
	for _, c := range Classes {
		add("class", string(c))
	}
	for _, s := range Strata {
		add("stratum", string(s))
	}
	for _, s := range Statuses {
		add("status", string(s))
	}
	add("due", DueWords...)
	for _, k := range keys {
		if !wording.Has(k) {
			t.Errorf("there is no sentence %s", k)
		}
	}
}
