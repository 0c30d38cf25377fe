package shaping

import (
	"context"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

// wants keeps the interest of somebody.
func (b *booth) wants(a access.Actor, price int64, r Readiness, must ...string) {
	b.t.Helper()
	if err := b.SetInterest(context.Background(), a, b.p.Slug, Interest{PriceMaxMinor: price, Readiness: r, MustItems: must}); err != nil {
		b.t.Fatalf("%s wants it at %d: %v", a.Handle, price, err)
	}
}

func (b *booth) demand() (curve []Point, n int, expected float64, quarters int) {
	b.t.Helper()
	q := b.d.Read(context.Background())
	p, err := loadByID(q, b.p.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	if curve, n, expected, _, quarters, err = demand(q, p); err != nil {
		b.t.Fatal(err)
	}
	return curve, n, expected, quarters
}

// stateOf is where somebody's interest stands.
func (b *booth) stateOf(a access.Actor) InterestState {
	b.t.Helper()
	in, ok, err := findInterest(b.d.Read(context.Background()), b.p.ID, a.PersonID)
	if err != nil || !ok {
		b.t.Fatalf("%s has no interest: %v", a.Handle, err)
	}
	return in.State
}

func TestInterestsUnderANewVersion(t *testing.T) {
	b := newBooth(t)
	content, err := content(b.d.Read(context.Background()), *b.p.NewestVersionID)
	if err != nil {
		t.Fatal(err)
	}
	offer, _ := content.Price()
	free, picky, low, gone := b.patient(), b.patient(), b.patient(), b.patient()
	b.wants(free, offer+10_00, Ready)
	b.wants(picky, offer+10_00, Ready, "stay.hotel_nights")
	b.wants(low, offer-10_00, Planning)
	b.wants(gone, offer, Curious)
	if err := b.WithdrawInterest(context.Background(), gone, b.p.Slug); err != nil {
		t.Fatal(err)
	}
	b.newVersion(2, false) // a hotel night more
	for what, c := range map[string]struct {
		who  access.Actor
		want InterestState
	}{
		"nothing that matters changed":   {free, CarriedOver},
		"an item that must stay changed": {picky, NeedsConfirm},
		"the price was too high already": {low, NeedsConfirm},
		"what was withdrawn stays so":    {gone, TakenBack},
	} {
		if got := b.stateOf(c.who); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
	if err := b.ConfirmInterest(context.Background(), picky, b.p.Slug); err != nil || b.stateOf(picky) != Active {
		t.Errorf("confirmed it is %s, %v", b.stateOf(picky), err)
	}
	b.newVersion(3, true) // dearer, unasked
	if b.stateOf(free) != NeedsConfirm || b.stateOf(picky) != NeedsConfirm {
		t.Errorf("after a worse version: %s and %s", b.stateOf(free), b.stateOf(picky))
	}
	b.refused("confirming what was withdrawn", b.ConfirmInterest(context.Background(), gone, b.p.Slug), errs.Conflict, "shaping.interest_none")
}

func TestInterestsRunOutAfterOneReminder(t *testing.T) {
	b := newBooth(t)
	ctx := context.Background()
	ann := b.patient()
	b.wants(ann, 4_600_00, Ready)
	notices := func() int64 {
		return b.do(`SELECT count(*) FROM notifications WHERE account_id = ? AND kind = 'package_interest'`, ann.AccountID)
	}
	for _, c := range []struct {
		days    time.Duration
		notices int64
		state   InterestState
	}{{70, 0, Active}, {7, 1, Active}, {7, 1, Active}, {7, 1, Gone}} {
		b.clock.Move(c.days * 24 * time.Hour)
		if err := b.AgeInterests(ctx); err != nil {
			t.Fatal(err)
		}
		if notices() != c.notices || b.stateOf(ann) != c.state {
			t.Errorf("%d days on: %d notices, %s", c.days, notices(), b.stateOf(ann))
		}
	}
	if err := b.ConfirmInterest(ctx, ann, b.p.Slug); err != nil || b.stateOf(ann) != Active {
		t.Errorf("one tap: %s, %v", b.stateOf(ann), err)
	}
}

func TestWhoMaySayAPriceAndWhyNot(t *testing.T) {
	b := newBooth(t)
	ctx := context.Background()
	in := Interest{PriceMaxMinor: 4_600_00, Readiness: Ready}
	b.refused("the clinic's staff", b.SetInterest(ctx, b.patient(testkit.StaffOf(b.clinic, "staff")), b.p.Slug, in), errs.Forbidden, "shaping.not_your_own")
	b.refused("nobody's package", b.SetInterest(ctx, b.patient(), "nowhere", in), errs.NotFound, "shaping.not_found")
	b.refused("a slip of the keyboard", b.SetInterest(ctx, b.patient(), b.p.Slug, Interest{PriceMaxMinor: 1 << 40, Readiness: Ready}), errs.Invalid, "shaping.interest_high")
	b.refused("an item that is not there", b.SetInterest(ctx, b.patient(), b.p.Slug, Interest{PriceMaxMinor: 100, Readiness: Ready, MustItems: []string{"x.moon"}}), errs.Invalid, "shaping.item_gone")
	ann := b.patient(testkit.Newcomer)
	b.wants(ann, 4_600_00, Ready)
	if n := b.do(`SELECT count(*) FROM package_interests WHERE person_id = ? AND status = 'unverified'`, ann.PersonID); n != 1 {
		t.Error("a newcomer's interest is not kept as one that does not count yet")
	}
	b.clock.Move(25 * time.Hour)
	if err := b.CountRisen(ctx); err != nil {
		t.Fatal(err)
	}
	if n := b.do(`SELECT count(*) FROM package_interests WHERE person_id = ? AND status = 'counted'`, ann.PersonID); n != 1 {
		t.Error("it does not count a day later")
	}
	b.do(`UPDATE package_interests SET state = 'converted' WHERE person_id = ? RETURNING 0`, ann.PersonID)
	b.refused("who has a place", b.SetInterest(ctx, ann, b.p.Slug, in), errs.Conflict, "shaping.interest_converted")
	call := b.open("a-call-for-lenses", 0)
	b.refused("a call", b.SetInterest(ctx, b.patient(), call.Slug, in), errs.Conflict, "shaping.not_in_this_state")
}

func TestDemandFollowsWhoReallyCame(t *testing.T) {
	b := newBooth(t)
	for range demandVoices {
		b.wants(b.patient(), 4_600_00, Ready)
	}
	_, _, before, _ := b.demand()
	past := b.open("last-years-lens", b.clinic)
	people := b.crowd(20, b.d.Now().Add(-72*time.Hour), true)
	for i, a := range people {
		if err := b.SetInterest(context.Background(), a, past.Slug, Interest{PriceMaxMinor: 4_600_00, Readiness: Ready}); err != nil {
			t.Fatal(err)
		}
		if i < 16 {
			b.do(`UPDATE package_interests SET state = 'converted' WHERE person_id = ? RETURNING 0`, a.PersonID)
		}
	}
	b.do(`UPDATE packages SET state = 'ended' WHERE id = ? RETURNING id`, past.ID)
	curve, n, after, _ := b.demand()
	if n != 20 || len(curve) != 9 || before < 6.59 || before > 6.61 || after <= before {
		t.Errorf("%d people on %d prices; expected %.2f, then %.2f", n, len(curve), before, after)
	}
}
