package shaping

import (
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/testkit"
)

func TestTheSameWishTwiceIsSupportForTheFirst(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 3)
	ctx := t.Context()
	p := b.published()
	first := b.asks(b.patients[0], p, "x.guarantee", 12)
	same := Wished{Op: Set, Key: "x.guarantee", Value: Value{Kind: Duration, Number: 12}, Reason: becauseSo, Tie: noTie}
	id, joined, err := b.Amend(ctx, b.patients[1], p.Slug, same, db.Key{})
	if err != nil || !joined || id != first {
		t.Fatalf("%d, joined %v, %v", id, joined, err)
	}
	if n := b.do(`SELECT want FROM package_tallies WHERE subject = 'amendment' AND subject_id = ?`, first); n != 1 {
		t.Errorf("%d want it, want 1", n)
	}
	_, _, err = b.Amend(ctx, b.patients[0], p.Slug, same, db.Key{})
	b.refused("one's own wish again", err, "shaping.own_already")
	if n := b.do(`SELECT count(*) FROM amendments WHERE package_id = ?`, p.ID); n != 1 {
		t.Errorf("%d wishes", n)
	}
}

func TestWishesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 2)
	ctx := t.Context()
	newcomer := testkit.Person(t, b.d, "fresh")
	p := b.published()
	clinical := ""
	for _, l := range b.says(p) {
		if !l.Item.Votable {
			clinical = l.Item.Key
		}
	}
	calls := Wished{Op: Set, Key: "x.nurse_calls", Value: Value{Kind: Count, Number: 7}, Reason: becauseSo}
	with := func(change func(*Wished)) Wished {
		w := calls
		change(&w)
		return w
	}
	for what, c := range map[string]struct {
		a    access.Actor
		w    Wished
		want string
	}{
		"by staff":           {b.desk, calls, "shaping.not_your_own"},
		"by somebody of T1":  {newcomer, calls, "shaping.need_trust"},
		"by a visitor":       {access.Actor{}, calls, "common.sign_in_first"},
		"without a reason":   {b.patients[0], with(func(w *Wished) { w.Reason = "more" }), "reason shaping.reason_length"},
		"with a telephone":   {b.patients[0], with(func(w *Wished) { w.Reason = becauseSo + " Call me: +49 151 23456789." }), "reason text.leak_"},
		"what is there":      {b.patients[0], with(func(w *Wished) { w.Value.Number = 2 }), "value shaping.value_same"},
		"of a medical item":  {b.patients[0], with(func(w *Wished) { w.Key = clinical }), "shaping.clinical_item"},
		"without a must":     {b.patients[0], with(func(w *Wished) { w.Op, w.Key = Remove, "stay.days" }), "item shaping.item_mandatory"},
		"of nothing there":   {b.patients[0], with(func(w *Wished) { w.Key = "x.nowhere" }), "shaping.item_gone"},
		"of an unnamed item": {b.patients[0], with(func(w *Wished) { w.Op, w.Key = Add, "x.nowhere" }), "shaping.item_key"},
	} {
		_, _, err := b.Amend(ctx, c.a, p.Slug, c.w, db.Key{})
		b.refused(what, err, c.want)
	}
	for i := range MaxOpenAmendments {
		b.asks(b.patients[1], p, []string{"x.nurse_calls", "x.guarantee", "x.lounge"}[i], 40)
	}
	_, _, err := b.Amend(ctx, b.patients[1], p.Slug, with(func(w *Wished) { w.Value.Number = 8 }), db.Key{})
	b.refused("a fourth", err, "shaping.most_wishes")
	b.must(b.WithdrawWish(ctx, b.patients[1], b.do(`SELECT min(id) FROM amendments WHERE author_person_id = ?`, b.patients[1].PersonID)))
	b.asks(b.patients[1], p, "x.nurse_calls", 8)
}

// TestWishesMeetANewVersion goes through what a new version can mean for a wish
// that waits, all in one round.
func TestWishesMeetANewVersion(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 16)
	ctx := t.Context()
	p := b.published(func(p *Proposal) {
		p.own("x.meals", Count, "", 1)
		p.own("x.taxi", Count, "", 1)
	})
	calls := b.asks(b.patients[0], p, "x.nurse_calls", 6)
	toward := b.asks(b.patients[1], p, "x.nurse_calls", 9)
	away := b.asks(b.patients[2], p, "x.nurse_calls", 1)
	untouched := []int64{b.asks(b.patients[3], p, "x.meals", 3), b.asks(b.patients[4], p, "x.taxi", 3), b.asks(b.patients[5], p, "x.lounge", 3)}
	b.votes(p, OnAmendment, toward, 1, b.patients[6:10])
	b.votes(p, OnAmendment, untouched[0], 1, b.patients[6:10])
	b.votes(p, OnAmendment, away, 1, b.patients[10:12])
	b.answers(calls, Response{Answer: Accept})
	p = b.until(b.until(p.Slug).Slug)
	b.state(p, Shaping, 2)
	b.wishState(calls, Merged)
	for _, id := range untouched {
		b.wishState(id, Open)
	}
	if w := b.wish(untouched[0]); w.BaseVersionID != *p.NewestVersionID {
		t.Error("an untouched wish did not move on")
	}
	if b.wish(toward).State != NeedsRebase || !b.wish(toward).Partly || b.wish(away).State != NeedsRebase || b.wish(away).Partly {
		t.Errorf("toward %+v, away %+v", b.wish(toward), b.wish(away))
	}
	counted := func(id int64) int64 {
		return b.do(`SELECT coalesce(sum(want), 0) FROM package_tallies WHERE subject = 'amendment' AND subject_id = ?`, id)
	}
	if counted(toward) != 0 || counted(untouched[0]) != 4 {
		t.Errorf("votes: %d on what moved, %d on what did not", counted(toward), counted(untouched[0]))
	}
	b.refused("enough of what moved away", b.Enough(ctx, b.patients[2], away), "shaping.not_partly")
	b.must(b.Enough(ctx, b.patients[1], toward))
	b.wishState(toward, PartlyAchieved)
	_, err := b.Repropose(ctx, b.patients[6], away, db.Key{})
	b.refused("anew by somebody who never wanted it", err, "shaping.not_yours")
	_, err = b.Repropose(ctx, b.patients[10], away, db.Key{})
	b.refused("anew by a supporter, too early", err, "shaping.author_first")
	b.clock.Move((RebaseDays*24 + 1) * time.Hour)
	again, err := b.Repropose(ctx, b.patients[10], away, db.Key{})
	b.must(err)
	if n := b.do(`SELECT count(*) FROM notifications WHERE kind = 'package_wish_again' AND account_id IN (?, ?)`, b.patients[2].AccountID, b.patients[11].AccountID); n != 2 {
		t.Errorf("%d of its people were asked again, want 2", n)
	}
	b.wishState(away, Obsolete)
	if w := b.wish(again); w.State != Open || *w.RebasedFromID != away || *b.wish(away).ObsoletedByID != again {
		t.Errorf("anew: %+v", w)
	}
	// One former supporter is left to be asked besides the one who proposed it; somebody new counts for nobody's former support.
	one := func(a access.Actor) (v WishView) {
		h, err := findAhead(b.d.Read(ctx), p.Slug, a.PersonID)
		b.must(err)
		k, err := findKnown(b.d.Read(ctx), p.ID)
		b.must(err)
		l := k.look(a, h)
		l.sees = true
		return maker{b.Service, "en", k, l, b.clock.Now()}.wish(*k.wish(again))
	}
	b.votes(p, OnAmendment, again, 1, b.patients[6:8])
	if v := one(b.patients[11]); v.Restarted != "Proposed anew: 0 of 1 supporter said it again." || v.Again == "" || len(v.Buttons) == 0 {
		t.Errorf("to a former supporter: %q, %q, %d buttons", v.Restarted, v.Again, len(v.Buttons))
	}
	if v := one(b.patients[12]); v.Again != "" {
		t.Errorf("to somebody else: %q", v.Again)
	}
	b.votes(p, OnAmendment, again, 1, b.patients[11:12])
	if v := one(b.patients[11]); v.Restarted != "Proposed anew: 1 of 1 supporter said it again." || v.Again != "" {
		t.Errorf("after the tap: %q, %q", v.Restarted, v.Again)
	}
	if wrong, err := b.Recount(ctx); err != nil || wrong != 0 {
		t.Errorf("%d sums are wrong, %v", wrong, err)
	}
}

// TestWhatCameTrueInPartIsClosedAfterSevenDays has three wishes wait for their
// authors: two whose line moved toward them, and one from which it moved away.
func TestWhatCameTrueInPartIsClosedAfterSevenDays(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 7)
	ctx := t.Context()
	p := b.published(func(p *Proposal) {
		p.own("x.meals", Count, "", 1)
		p.own("x.taxi", Count, "", 1)
	})
	for i, key := range []string{"x.meals", "x.taxi", "x.lounge"} { // enough for another round
		b.asks(b.patients[4+i], p, key, 3)
	}
	calls := b.asks(b.patients[0], p, "x.nurse_calls", 6)
	toward, away := b.asks(b.patients[1], p, "x.nurse_calls", 9), b.asks(b.patients[2], p, "x.nurse_calls", 1)
	further := b.asks(b.patients[3], p, "x.nurse_calls", 12)
	b.answers(calls, Response{Answer: Accept})
	p = b.until(b.until(p.Slug).Slug)
	b.state(p, Shaping, 2)
	waiting := func(when string, want ...AmendmentState) {
		t.Helper()
		b.must(b.Tick(ctx))
		for i, id := range []int64{toward, away, further} {
			if got := b.wish(id).State; got != want[i] {
				t.Errorf("%s: wish %d is %s, want %s", when, i, got, want[i])
			}
		}
	}
	b.clock.Move(RebaseDays*24*time.Hour - time.Minute)
	waiting("while the seven days last", NeedsRebase, NeedsRebase, NeedsRebase)
	b.do(`UPDATE packages SET state = 'suspended', held_from = 'shaping' WHERE id = ? RETURNING id`, p.ID)
	b.clock.Move(time.Minute)
	waiting("while the package is stopped", NeedsRebase, NeedsRebase, NeedsRebase)
	b.do(`UPDATE packages SET state = 'shaping', held_from = '' WHERE id = ? RETURNING id`, p.ID)
	again, err := b.Repropose(ctx, b.patients[3], further, db.Key{})
	b.must(err)
	waiting("after seven days", PartlyAchieved, NeedsRebase, Obsolete)
	closed := b.wish(toward).ChangedAt
	b.clock.Move(time.Hour)
	waiting("an hour later", PartlyAchieved, NeedsRebase, Obsolete)
	if !b.wish(toward).ChangedAt.Equal(closed) {
		t.Error("it was closed twice")
	}
	b.state(b.read(p.Slug), Shaping, 2)
	b.refused("enough of what is closed", b.Enough(ctx, b.patients[1], toward), "shaping.no_such_step")
	b.until(b.until(p.Slug).Slug)
	waiting("at the end of the next round", PartlyAchieved, WishExpired, Obsolete)
	b.wishState(again, Open)
}

func TestWhatTheProviderChangesAloneIsMarked(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 6)
	ctx := t.Context()
	p := b.published()
	b.votes(p, OnPackage, p.ID, 1, b.patients)
	worse := OwnChange{Key: "x.lounge", Reason: becauseSo}
	b.refused("without a reason", b.PlanChanges(ctx, b.desk, p.Slug, []OwnChange{{Key: "x.lounge"}}), "shaping.own_reason")
	b.refused("by a patient", b.PlanChanges(ctx, b.patients[0], p.Slug, []OwnChange{worse}), "shaping.not_yours")
	b.must(b.PlanChanges(ctx, b.desk, p.Slug, []OwnChange{worse}))
	p = b.until(b.until(p.Slug).Slug)
	c := b.says(p)
	if _, there := c.Find("x.lounge"); there {
		t.Error("it is still there")
	}
	for _, l := range c {
		if l.Item.Key == "x.lounge" && (l.Reason == "" || l.AmendmentID != 0) {
			t.Errorf("the change is not marked: %+v", l)
		}
	}
	if n := b.do(`SELECT count(*) FROM package_standings WHERE package_id = ? AND subject = 'package' AND status = 'counted'`, p.ID); n != 0 {
		t.Errorf("%d votes count on though something got worse", n)
	}
}
