package shaping

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

func TestAVoteIsSetAndItsLogOnlyGrows(t *testing.T) {
	b := newBooth(t)
	ann, bob := b.patient(), b.patient()
	b.says(ann, OnPackage, b.p.ID, 1)
	b.says(bob, OnPackage, b.p.ID, -1)
	b.expect("two votes", OnPackage, b.p.ID, "1/0/1")
	b.says(ann, OnPackage, b.p.ID, 1)
	b.expect("the same again", OnPackage, b.p.ID, "1/0/1")
	if v := b.says(ann, OnPackage, b.p.ID, -1); v.Status != Counted || v.WhyNot != "" {
		t.Errorf("a changed vote is %+v", v)
	}
	b.expect("changed", OnPackage, b.p.ID, "0/0/2")
	if n := b.do(`SELECT count(*) FROM package_votes WHERE person_id = ?`, ann.PersonID); n != 3 {
		t.Errorf("the log has %d lines of Ann, want 3", n)
	}
	b.treated[ann.PersonID] = true
	b.says(ann, OnPackage, b.p.ID, 1)
	all, err := tallies(b.d.Read(context.Background()), b.p.ID)
	if got := all[OnPackage][b.p.ID]; err != nil || countsOf(got[WasTreated]) != "1/0/0" || countsOf(got[Considers]) != "0/0/1" {
		t.Errorf("strata %+v, %v", got, err)
	}
}

func TestAHundredVotesOfOnePersonAtOnceAreOneVote(t *testing.T) {
	b := newBooth(t)
	b.Service.limits = nil
	b.Service.limits = unlimited(b)
	ann := b.patient()
	b.says(ann, OnAmendment, b.wish, 0)
	other := New(Tools{DB: b.d, Limits: unlimited(b)}) // a second node
	other.Introduce(b)
	var wg sync.WaitGroup
	for i := range 100 {
		node := []*Service{b.Service, other}[i%2]
		wg.Go(func() {
			if _, err := node.Vote(context.Background(), ann, Ballot{PackageID: b.p.ID, Subject: OnAmendment, SubjectID: b.wish, Choice: int16(i%3 - 1)}); err != nil {
				t.Errorf("vote %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := b.do(`SELECT count(*) FROM package_standings WHERE person_id = ?`, ann.PersonID); n != 1 {
		t.Errorf("%d votes stand, want 1", n)
	}
	if n := b.do(`SELECT count(*) FROM package_votes WHERE person_id = ?`, ann.PersonID); n != 101 {
		t.Errorf("the log has %d lines, want 101", n)
	}
	if got := b.tally(OnAmendment, b.wish); got.All() != 1 {
		t.Errorf("the sum is %s, want one vote", countsOf(got))
	}
	b.recounts("after a hundred at once", 0)
}

func TestRacingVotesAddUp(t *testing.T) {
	b := newBooth(t)
	other := New(Tools{DB: b.d, Limits: b.Service.limits})
	other.Introduce(b)
	var people []access.Actor
	for range 24 {
		people = append(people, b.patient())
	}
	second := b.wishFor(b.p, "stay.hotel_nights", 5)
	var wg sync.WaitGroup
	for i, a := range people {
		node := []*Service{b.Service, other}[i%2]
		wg.Go(func() {
			for _, x := range []struct {
				s  Subject
				id int64
			}{{OnPackage, b.p.ID}, {OnAmendment, b.wish}, {OnAmendment, second}, {OnPackage, b.p.ID}} {
				if _, err := node.Vote(context.Background(), a, Ballot{PackageID: b.p.ID, Subject: x.s, SubjectID: x.id, Choice: 1, Tie: noTie}); err != nil {
					t.Errorf("%s: %v", a.Handle, err)
				}
			}
		})
	}
	wg.Wait()
	b.expect("package", OnPackage, b.p.ID, "24/0/0")
	b.expect("first wish", OnAmendment, b.wish, "24/0/0")
	b.expect("second wish", OnAmendment, second, "24/0/0")
	b.recounts("after the race", 0)
}

func TestWhoMayVoteOnWhatAndWhyNot(t *testing.T) {
	b := newBooth(t)
	rival := testkit.Organisation(t, b.d, "clinic", "Other Bay Clinic")
	union := testkit.Organisation(t, b.d, "association", "Eye Patients")
	for _, c := range []struct {
		what string
		who  access.Actor
		s    Subject
		id   int64
		key  string
	}{
		{"the clinic's own staff", b.patient(testkit.StaffOf(b.clinic, "staff")), OnPackage, b.p.ID, "shaping.not_your_own"},
		{"another clinic's doctor", b.patient(testkit.StaffOf(rival, "doctor")), OnAmendment, b.wish, "shaping.not_providers"},
		{"a moderator", b.patient(testkit.Moderator), OnPackage, b.p.ID, "shaping.not_platform"},
		{"the author on the own wish", b.author, OnAmendment, b.wish, "shaping.own_wish"},
		{"somebody unconfirmed", b.patient(testkit.Unconfirmed), OnPackage, b.p.ID, "shaping.confirm_first"},
	} {
		_, err := b.try(c.who, c.s, c.id, 1)
		b.refused(c.what, err, errs.Forbidden, c.key)
	}
	if _, err := b.try(b.patient(testkit.StaffOf(union, "staff")), OnPackage, b.p.ID, 1); err != nil {
		t.Errorf("who works for patients cannot vote: %v", err)
	}
	ann := b.patient()
	_, err := b.try(ann, OnAmendment, b.wish+1000, 1)
	b.refused("a wish that is not there", err, errs.Conflict, "shaping.wish_over")
	_, err = b.try(ann, OnNeed, 1<<40, 1)
	b.refused("an item that is not there", err, errs.Conflict, "shaping.item_gone")
	_, err = b.Vote(context.Background(), ann, Ballot{PackageID: b.p.ID, Subject: OnPackage, Choice: -1, Tie: noTie})
	b.refused("no reason given", err, errs.Invalid, "shaping.reason_chip")
	_, err = b.Vote(context.Background(), ann, Ballot{PackageID: 1 << 40, Subject: OnPackage, Choice: 1, Tie: noTie})
	b.refused("no such package", err, errs.NotFound, "shaping.not_found")
	b.do(`UPDATE packages SET state = 'answering' WHERE id = ? RETURNING id`, b.p.ID)
	_, err = b.try(ann, OnAmendment, b.wish, 1)
	b.refused("between rounds", err, errs.Conflict, "shaping.round_frozen")
	b.do(`UPDATE packages SET state = 'committed' WHERE id = ? RETURNING id`, b.p.ID)
	_, err = b.try(ann, OnPackage, b.p.ID, 1)
	b.refused("after the vote", err, errs.Conflict, "shaping.not_in_this_state")
	if n := b.do(`SELECT count(*) FROM package_votes`); n != 1 {
		t.Errorf("refused votes left %d lines in the log, want 1 of the one that was taken", n)
	}
}

func TestATieIsAskedForOnceAndKept(t *testing.T) {
	b := newBooth(t)
	ann, bob := b.patient(), b.patient()
	ctx := context.Background()
	_, err := b.Vote(ctx, ann, Ballot{PackageID: b.p.ID, Subject: OnPackage, Choice: 1})
	b.refused("nothing said about ties", err, errs.Invalid, "shaping.tie_first")
	b.says(ann, OnPackage, b.p.ID, 1)
	if _, err := b.Vote(ctx, ann, Ballot{PackageID: b.p.ID, Subject: OnAmendment, SubjectID: b.wish, Choice: 1}); err != nil {
		t.Errorf("a second vote asks again: %v", err)
	}
	second := b.open("harbour-eye-laser", b.clinic)
	b.says(bob, OnPackage, b.p.ID, 1)
	b.expect("both", OnPackage, b.p.ID, "2/0/0")
	_, err = b.Vote(ctx, bob, Ballot{PackageID: second.ID, Subject: OnPackage, Choice: 1, Tie: "paid"})
	b.refused("a tie that is said", err, errs.Forbidden, "shaping.tie_now")
	if n := b.do(`SELECT count(*) FROM package_declarations WHERE person_id = ? AND tie = 'paid'`, bob.PersonID); n != 1 {
		t.Error("what was said is not kept")
	}
	b.expect("the tie concerns the clinic's other package", OnPackage, b.p.ID, "1/0/0 void_affiliation 1")
	_, err = b.Vote(ctx, bob, Ballot{PackageID: second.ID, Subject: OnPackage, Choice: 1, Tie: noTie})
	b.refused("taking it back", err, errs.Forbidden, "shaping.tie_said")
	_, err = b.try(bob, OnAmendment, b.wish, 1)
	b.refused("voting at the other package", err, errs.Forbidden, "shaping.not_your_own")
	b.recounts("after declarations", 0)
}

func TestSixtyVotesAnHour(t *testing.T) {
	b := newBooth(t)
	ann := b.patient()
	for i := range MaxVotesAnHour {
		if _, err := b.try(ann, OnNeed, b.items[b.p.Slug+" stay.hotel_nights"], int16(i%3-1)); err != nil {
			t.Fatalf("vote %d: %v", i+1, err)
		}
	}
	_, err := b.try(ann, OnPackage, b.p.ID, 1)
	b.refused("the sixty-first", err, errs.TooMany, "common.too_many")
	b.says(b.patient(), OnPackage, b.p.ID, 1)
}

func TestOnlySupportersVoteOnACounterOffer(t *testing.T) {
	b := newBooth(t)
	fan, foe, guest := b.patient(), b.patient(), b.patient()
	puppet := b.patient(testkit.Newcomer)
	b.says(fan, OnAmendment, b.wish, 1)
	b.says(foe, OnAmendment, b.wish, -1)
	b.says(puppet, OnAmendment, b.wish, 1)
	b.says(guest, OnPackage, b.p.ID, 1)
	_, err := b.try(fan, OnCounter, b.wish, 1)
	b.refused("before there is one", err, errs.Conflict, "shaping.counter_over")
	b.do(`UPDATE amendments SET state = 'answered' WHERE id = ? RETURNING id`, b.wish)
	b.do(`INSERT INTO amendment_responses (amendment_id, number, organisation_id, author_account_id, answer, reason_code, reason, counter_value, created_at)
		VALUES (?, 1, ?, ?, 'counter', 'cost', 'A third night in the hospital is possible at this price.', '{}', ?) RETURNING id`, b.wish, b.clinic, b.author.AccountID, b.d.Now())
	b.says(fan, OnCounter, b.wish, 1)
	b.says(b.author, OnCounter, b.wish, -1)
	for what, a := range map[string]access.Actor{"who voted against the wish": foe, "who said nothing about it": guest, "whose support does not count": puppet} {
		_, err := b.try(a, OnCounter, b.wish, 1)
		b.refused(what, err, errs.Forbidden, "shaping.only_supporters")
	}
	b.expect("the counter-offer", OnCounter, b.wish, "1/0/1")
	b.clock.Move(6 * 24 * time.Hour)
	_, err = b.try(fan, OnCounter, b.wish, -1)
	b.refused("after five days", err, errs.Conflict, "shaping.counter_over")
}

func TestFourHundredNewAccountsCountForNothing(t *testing.T) {
	b := newBooth(t)
	real := b.patient()
	b.says(real, OnPackage, b.p.ID, -1)
	accounts := b.crowd(400, b.d.Now().Add(-time.Hour), false)
	voteAll(b, accounts, func(i int) Ballot {
		return Ballot{PackageID: b.p.ID, Subject: OnPackage, Choice: 1, Tie: noTie}
	})
	b.expect("four hundred of an hour", OnPackage, b.p.ID, "0/0/1 unverified 400")
	v := b.says(accounts[0], OnPackage, b.p.ID, 1)
	if v.Status != Unverified || v.WhyNot != "shaping.uncounted_unverified" || v.Shown.Participants != 0 {
		t.Errorf("a new account is told %+v", v)
	}
	b.clock.Move(25 * time.Hour)
	if err := b.CountRisen(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.expect("a day later, still known by an address alone", OnPackage, b.p.ID, "0/0/1 unverified 400")
	b.do(`INSERT INTO identities (provider, uid, account_id, verified_at, created_at) SELECT 'demo', 'second' || id, id, created_at, created_at FROM accounts WHERE id IN (?, ?) RETURNING 0`,
		accounts[0].AccountID, accounts[1].AccountID)
	if err := b.CountRisen(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.expect("two are known better by now", OnPackage, b.p.ID, "2/0/1 unverified 398")
	b.recounts("after rising", 0)
}

// crowd stores many people at once, known by a second identity or not.
func (b *booth) crowd(n int, since time.Time, second bool) (all []access.Actor) {
	b.t.Helper()
	b.do(`WITH p AS (INSERT INTO persons (created_at) SELECT ?::timestamptz FROM generate_series(1, ?::int) RETURNING id),
		a AS (INSERT INTO accounts (person_id, handle, handle_key, created_at) SELECT id, 'crowd' || id, 'crowd' || id, ?::timestamptz FROM p RETURNING id),
		e AS (INSERT INTO identities (provider, uid, account_id, verified_at, created_at) SELECT 'email', 'crowd' || id || '@test.example', id, ?::timestamptz, ?::timestamptz FROM a)
		INSERT INTO identities (provider, uid, account_id, verified_at, created_at) SELECT 'demo', 'crowd' || id, id, ?::timestamptz, ?::timestamptz FROM a WHERE ? RETURNING 0`,
		since, n, since, since, since, since, since, second)
	for i := range int64(n) {
		account := b.do(`SELECT id FROM accounts WHERE handle LIKE 'crowd%' ORDER BY id DESC LIMIT 1 OFFSET ?`, i)
		all = append(all, access.Actor{AccountID: account, PersonID: b.do(`SELECT person_id FROM accounts WHERE id = ?`, account), Handle: fmt.Sprint("crowd", account), Confirmed: true, Trust: 1})
	}
	return all
}

// voteAll has everybody vote at about the same moment.
func voteAll(b *booth, people []access.Actor, ballot func(i int) Ballot) {
	b.t.Helper()
	var wg sync.WaitGroup
	next := make(chan int)
	for range 16 {
		wg.Go(func() {
			for i := range next {
				if _, err := b.Vote(context.Background(), people[i], ballot(i)); err != nil {
					b.t.Errorf("%s: %v", people[i].Handle, err)
				}
			}
		})
	}
	for i := range people {
		next <- i
	}
	close(next)
	wg.Wait()
}
