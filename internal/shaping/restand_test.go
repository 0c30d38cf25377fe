package shaping

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

// hire gives somebody a tie of a kind, found out in a way, from a moment on.
func (b *booth) hire(a access.Actor, organisation int64, kind, source string, from time.Time) int64 {
	b.t.Helper()
	return b.do(`INSERT INTO affiliations (person_id, organisation_id, kind, source, valid_from) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`, a.PersonID, organisation, kind, source, from)
}

// restand looks at people again, as the hooks of other features do.
func (b *booth) restand(people ...access.Actor) {
	b.t.Helper()
	var ids []int64
	for _, a := range people {
		ids = append(ids, a.PersonID)
	}
	if err := b.d.Write(context.Background(), func(tx *db.Tx) error { return b.Restand(tx, ids) }); err != nil {
		b.t.Fatal(err)
	}
}

func TestStaffFoundOutLaterFallOutOfEverything(t *testing.T) {
	b := newBooth(t)
	b.do(`UPDATE packages SET steps = '[{"People": 4, "Gives": "A case manager for everybody"}]' WHERE id = ? RETURNING id`, b.p.ID)
	var people []access.Actor
	for range demandVoices {
		a := b.patient()
		b.says(a, OnPackage, b.p.ID, 1)
		b.says(a, OnAmendment, b.wish, 1)
		people = append(people, a)
	}
	for _, a := range people {
		b.wants(a, 4_600_00, Ready)
	}
	if curve, n, expected, quarters := b.demand(); len(curve) == 0 || n != demandVoices || expected <= 6 || quarters != 100 {
		t.Errorf("before: curve %v of %d, %.2f expected, %d %%", curve, n, expected, quarters)
	}
	now := b.d.Now()
	spy := people[0]
	b.hire(spy, b.clinic, "family", "report", now.Add(-time.Hour))
	b.restand(spy)
	b.expect("a relative, found out by a report", OnPackage, b.p.ID, "19/0/0 void_affiliation 1")
	b.expect("and on the wish", OnAmendment, b.wish, "19/0/0 void_affiliation 1")
	if curve, n, _, _ := b.demand(); curve != nil || n != 0 {
		t.Errorf("nineteen are shown: %v, %d", curve, n)
	}
	left := b.hire(people[1], b.clinic, "staff", "roster", now.Add(-time.Hour))
	b.clock.Move(time.Hour)
	b.do(`UPDATE affiliations SET valid_to = ? WHERE id = ? RETURNING id`, b.d.Now(), left)
	b.hire(people[2], testkit.Organisation(t, b.d, "agency", "Smile Agents"), "paid_agent", "self", now.Add(-time.Hour))
	if err := b.CountRisen(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.expect("who worked there when voting, and who sells for others", OnPackage, b.p.ID, "17/0/0 void_affiliation 3")
	for _, a := range people[3:18] {
		b.hire(a, b.clinic, "staff", "console_device", now.Add(-time.Hour))
	}
	b.restand(people[3:18]...)
	b.expect("fifteen more of them", OnPackage, b.p.ID, "2/0/0 void_affiliation 18")
	if _, _, _, quarters := b.demand(); quarters != 50 {
		t.Errorf("two of four are %d %% of the step", quarters)
	}
	b.do(`UPDATE affiliations SET valid_from = ?, valid_to = ? WHERE person_id = ? RETURNING id`, now.Add(time.Minute), b.d.Now(), people[3].PersonID)
	b.restand(people[3])
	b.expect("a tie that began after the vote has ended", OnPackage, b.p.ID, "3/0/0 void_affiliation 17")
	b.recounts("in the end", 0)
}

func TestRisingAndFallingTrustMovesTheSums(t *testing.T) {
	b := newBooth(t)
	ann := b.patient(testkit.Newcomer)
	if v := b.says(ann, OnPackage, b.p.ID, 1); v.Status != Unverified {
		t.Errorf("a newcomer's vote is %s", v.Status)
	}
	b.expect("a newcomer", OnPackage, b.p.ID, "0/0/0 unverified 1")
	b.clock.Move(24 * time.Hour)
	if err := b.CountRisen(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.expect("a day later", OnPackage, b.p.ID, "1/0/0")
	b.do(`UPDATE identities SET retired_at = ? WHERE account_id = ? AND provider = 'demo' RETURNING id`, b.d.Now(), ann.AccountID)
	if err := b.d.Write(context.Background(), func(tx *db.Tx) error { return b.Risen(tx, ann.AccountID) }); err != nil {
		t.Fatal(err)
	}
	b.expect("without the second identity", OnPackage, b.p.ID, "0/0/0 unverified 1")
}

// join makes one person of two, as it is stored.
func (b *booth) join(into, from access.Actor) {
	b.t.Helper()
	b.do(`UPDATE accounts SET person_id = ? WHERE id = ? RETURNING id`, into.PersonID, from.AccountID)
	b.do(`UPDATE persons SET merged_into = ? WHERE id = ? RETURNING id`, into.PersonID, from.PersonID)
	b.restand(from)
}

func TestTwoAccountsOfOnePersonHaveOneVote(t *testing.T) {
	b := newBooth(t)
	ann, alt, bob := b.patient(), b.patient(), b.patient()
	hotel := b.items[b.p.Slug+" stay.hotel_nights"]
	b.says(ann, OnPackage, b.p.ID, 1)
	b.clock.Move(time.Minute)
	b.says(alt, OnPackage, b.p.ID, -1) // newer
	b.says(alt, OnAmendment, b.wish, 1)
	b.says(ann, OnNeed, hotel, 1)
	b.says(bob, OnPackage, b.p.ID, 1)
	b.wants(ann, 4_000_00, Ready)
	b.clock.Move(time.Minute)
	b.wants(alt, 5_000_00, Planning)
	b.join(ann, alt)
	b.expect("the newer vote stands", OnPackage, b.p.ID, "1/0/1")
	b.expect("what only one of them said is not lost", OnAmendment, b.wish, "1/0/0")
	b.expect("nor what the other said", OnNeed, hotel, "1/0/0")
	if n := b.do(`SELECT count(*) FROM package_standings WHERE person_id = ?`, alt.PersonID); n != 0 {
		t.Errorf("%d votes stand for a person who is another one", n)
	}
	if n := b.do(`SELECT price_max_minor FROM package_interests WHERE person_id = ?`, ann.PersonID); n != 5_000_00 || b.do(`SELECT count(*) FROM package_interests`) != 1 {
		t.Errorf("of two interests %d is left", n)
	}
	b.recounts("after joining", 0)
	b.clock.Move(time.Minute)
	alt.PersonID = ann.PersonID
	b.says(alt, OnPackage, b.p.ID, 1)
	b.expect("they vote again, from the other account", OnPackage, b.p.ID, "2/0/0")
	b.recounts("after voting again", 0)

	author := b.patient()
	b.says(author, OnAmendment, b.wish, 1)
	b.join(b.author, author)
	b.expect("the author's other account supported the wish", OnAmendment, b.wish, "1/0/0 own_wish 1")
	b.recounts("after finding the author", 0)
}

func TestAVoteFromAnAccountThatIsBeingJoinedIsThePersonsVote(t *testing.T) {
	b := newBooth(t)
	ann, alt := b.patient(), b.patient()
	b.says(ann, OnPackage, b.p.ID, 1)
	b.join(ann, alt)
	b.clock.Move(time.Minute)
	b.says(alt, OnPackage, b.p.ID, 0) // its session still names the person it was
	b.expect("one vote", OnPackage, b.p.ID, "0/1/0")
	b.recounts("after it", 0)
}

func TestARecountEqualsTheSumsAfterAnyHistory(t *testing.T) {
	b := newBooth(t)
	b.limits = unlimited(b)
	r := rand.New(rand.NewPCG(7, 11))
	second := b.wishFor(b.p, "stay.hotel_nights", 6)
	var people []access.Actor
	for i := range 14 {
		if i%5 == 4 {
			people = append(people, b.patient(testkit.Newcomer))
		} else {
			people = append(people, b.patient())
		}
	}
	ctx := context.Background()
	number := 1
	for step := range 220 {
		b.clock.Move(time.Minute)
		a := people[r.IntN(len(people))]
		switch n := r.IntN(20); {
		case n < 14:
			x := []Ballot{{Subject: OnPackage, SubjectID: b.p.ID}, {Subject: OnAmendment, SubjectID: b.wish}, {Subject: OnAlternative, SubjectID: second},
				{Subject: OnNeed, SubjectID: b.items[b.p.Slug+" "+PriceKey]}, {Subject: OnKeep, SubjectID: b.items[b.p.Slug+" stay.hotel_nights"]}}[r.IntN(5)]
			x.PackageID, x.Choice, x.Reason, x.Tie, x.Companion = b.p.ID, int16(r.IntN(3)-1), "time", noTie, r.IntN(9) == 0
			if _, err := b.Vote(ctx, a, x); errs.Is(err, errs.Internal) {
				t.Fatal(err)
			}
		case n == 14:
			b.hire(a, b.clinic, []string{"family", "investor", "contractor"}[r.IntN(3)], "adjudicated", b.d.Now().Add(-time.Minute))
			b.restand(a)
		case n == 15:
			b.do(`UPDATE affiliations SET valid_to = ? WHERE person_id = ? AND valid_to IS NULL RETURNING id`, b.d.Now(), a.PersonID)
			b.restand(a)
		case n == 16 && step%3 == 0:
			if o := people[r.IntN(len(people))]; o.PersonID != a.PersonID && len(people) > 8 {
				b.join(a, o)
				people = deletePerson(people, o)
			}
		case n == 17:
			number++
			b.newVersion(number, r.IntN(2) == 0)
		case n == 18:
			b.clock.Move(6 * time.Hour)
			if err := b.CountRisen(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if step%44 == 43 {
			b.recounts(fmt.Sprint("after step ", step), 0)
		}
	}
	if b.do(`SELECT count(*) FROM package_standings`) < 20 || b.do(`SELECT count(DISTINCT status) FROM package_standings`) < 3 {
		t.Error("the history was too dull to prove anything")
	}
	// Not votes that a version carried over: that is no part of the log, so their sums would be wrong as well.
	b.do(`UPDATE package_tallies SET want = want + 1, pass = pass + 2 WHERE subject = 'package' AND stratum = 'considering' RETURNING 0`)
	b.do(`DELETE FROM package_standings WHERE ctid = (SELECT ctid FROM package_standings WHERE subject = 'amendment' AND NOT carried AND NOT stale ORDER BY subject_id, person_id LIMIT 1) RETURNING 0`)
	b.do(`UPDATE package_standings SET choice = -choice WHERE ctid = (SELECT ctid FROM package_standings WHERE subject <> 'amendment' AND choice <> 0 AND NOT carried AND NOT stale ORDER BY subject, subject_id, person_id LIMIT 1) RETURNING 0`)
	b.recounts("two votes and a sum were tampered with", 3)
	b.recounts("once more", 0)
}

func deletePerson(people []access.Actor, gone access.Actor) (left []access.Actor) {
	for _, a := range people {
		if a.PersonID != gone.PersonID {
			left = append(left, a)
		}
	}
	return left
}

// newVersion publishes a version with a higher price, or more hotel nights, and
// takes votes and interests over, as a step of the package does.
func (b *booth) newVersion(number int, dearer bool) {
	b.t.Helper()
	old, err := content(b.d.Read(context.Background()), *b.p.NewestVersionID)
	if err != nil {
		b.t.Fatal(err)
	}
	var lines []Line
	for _, l := range old {
		if dearer && l.Item.Key == PriceKey || !dearer && l.Item.Key == "stay.hotel_nights" {
			l.Value.Number += 1
			l.Reason = "Everything costs more this year, by exactly this much."
		}
		lines = append(lines, l)
	}
	next := NewContent(lines...)
	changes := Diff(old, next)
	version := b.publish(&b.p, next, number)
	price, _ := next.Price()
	err = b.d.Write(context.Background(), func(tx *db.Tx) error {
		p, err := lock(tx, b.p.ID)
		if err != nil {
			return err
		}
		if err := CarryVotes(tx, p, changes, version); err != nil {
			return err
		}
		return CarryInterests(tx, p, changes, price, version)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestVotesUnderANewVersion(t *testing.T) {
	b := newBooth(t)
	must, easy, foe, named := b.patient(), b.patient(), b.patient(), b.patient()
	hotel, price := b.items[b.p.Slug+" stay.hotel_nights"], b.items[b.p.Slug+" "+PriceKey]
	for _, a := range []access.Actor{must, easy} {
		b.says(a, OnPackage, b.p.ID, 1)
	}
	b.says(foe, OnPackage, b.p.ID, -1)
	b.says(must, OnNeed, hotel, 1)
	b.says(easy, OnNeed, price, 1)
	b.says(foe, OnKeep, hotel, 1)
	b.says(named, OnPackage, b.p.ID, 0)
	b.must(b.SetInterest(context.Background(), named, b.p.Slug, Interest{PriceMaxMinor: 4_600_00, Readiness: Planning, MustItems: []string{"stay.hotel_nights"}}))
	b.newVersion(2, false) // one hotel night more: better, but an item that must stay has changed
	b.expect("carried where it harms nobody", OnPackage, b.p.ID, "1/0/1 stale_version 2")
	if got := b.tally(OnPackage, b.p.ID); got.Carried != 2 {
		t.Errorf("%d are carried, want 2", got.Carried)
	}
	b.expect("keeping it as it was", OnKeep, hotel, "0/0/0 stale_version 1")
	b.expect("needs stay", OnNeed, hotel, "1/0/0")
	if v := b.says(must, OnPackage, b.p.ID, 1); v.Status != Counted {
		t.Errorf("said again it is %s", v.Status)
	}
	b.newVersion(3, true) // dearer, unasked
	b.expect("a second time nobody is carried", OnPackage, b.p.ID, "0/0/0 stale_version 4")
	b.expect("the need of what the clinic made worse", OnNeed, price, "0/0/0 stale_version 1")
	b.recounts("after two versions", 0)
	b.says(easy, OnAmendment, b.wish, 1)
	if err := b.d.Write(context.Background(), func(tx *db.Tx) error { return DropVotes(tx, b.wish) }); err != nil {
		t.Fatal(err)
	}
	b.expect("a wish that needs a rebase", OnAmendment, b.wish, "0/0/0 stale_version 1")
	b.recounts("after dropping", 0)
}
