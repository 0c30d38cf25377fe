package shaping

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

// ordered are the packages as a list has them, best first, by what is counted.
func (b *booth) ordered(of ...Package) []int64 {
	b.t.Helper()
	var all []Ranked
	for _, p := range of {
		sums, err := tallies(b.d.Read(context.Background()), p.ID)
		if err != nil {
			b.t.Fatal(err)
		}
		t := Sum(sums[OnPackage][p.ID])
		all = append(all, Ranked{ID: p.ID, Score: Score(t.Want, t.N(), 0), N: t.N(), CreatedAt: p.CreatedAt})
	}
	slices.SortFunc(all, Rank)
	ids := []int64{}
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestAWebsiteThatIsKnownLaterTakesItsPeoplesVotesAway(t *testing.T) {
	b := newBooth(t)
	b.provider.WhenTied(b.Restand)
	b.do(`UPDATE packages SET steps = '[{"People": 16, "Gives": "A case manager for everybody"}]' WHERE id = ? RETURNING id`, b.p.ID)
	first := b.p
	other := b.open("other-lens", b.clinic)
	b.p = first
	var people []access.Actor
	for i := range 20 {
		a := b.patient()
		if i < 15 { // at the clinic, by addresses of the clinic
			b.do(`UPDATE identities SET uid = ? WHERE account_id = ? AND provider = 'email' RETURNING id`, a.Handle+"@staff.harbour.example", a.AccountID)
		}
		b.says(a, OnPackage, b.p.ID, 1)
		b.says(a, OnAmendment, b.wish, 1)
		b.wants(a, 4_600_00, Ready)
		people = append(people, a)
	}
	b.p = other
	for _, a := range people[15:] {
		b.says(a, OnPackage, other.ID, 1)
	}
	for range 5 {
		b.says(b.patient(), OnPackage, other.ID, 1)
	}
	b.p = first
	if got := b.ordered(first, other); got[0] != first.ID {
		t.Errorf("before: the order is %v", got)
	}
	if _, n, _, quarters := b.demand(); n != 20 || quarters != 100 {
		t.Errorf("before: %d want it, %d %% of the step", n, quarters)
	}
	b.do(`UPDATE organisations SET website = 'https://www.harbour.example/en' WHERE id = ? RETURNING id`, b.clinic)
	b.must(b.provider.FindTies(context.Background()))
	b.expect("the package", OnPackage, b.p.ID, "5/0/0 void_affiliation 15")
	b.expect("the wish", OnAmendment, b.wish, "5/0/0 void_affiliation 15")
	if got := b.ordered(first, other); got[0] != other.ID {
		t.Errorf("after: the order is %v", got)
	}
	if _, _, _, quarters := b.demand(); quarters != 25 {
		t.Errorf("after: %d %% of the step", quarters)
	}
	if n := b.do(`SELECT count(*) FROM notifications WHERE kind = 'tie_by_address'`); n != 15 {
		t.Errorf("%d were told, want 15", n)
	}
	_, err := b.try(people[0], OnPackage, b.p.ID, 1)
	b.refused("one of them votes again", err, errs.Forbidden, "shaping.tied_by_address")

	b.clock.Move(time.Hour)
	b.do(`UPDATE identities SET retired_at = ? WHERE account_id = ? AND provider = 'email' RETURNING id`, b.d.Now(), people[0].AccountID)
	b.do(`INSERT INTO identities (provider, uid, account_id, verified_at, created_at) VALUES ('email', 'home@home.example', ?, ?, ?) RETURNING id`, people[0].AccountID, b.d.Now(), b.d.Now())
	b.must(b.provider.FindTies(context.Background()))
	b.expect("what was voted from the address stays what it was", OnPackage, b.p.ID, "5/0/0 void_affiliation 15")
	b.clock.Move(time.Hour)
	b.says(people[0], OnPackage, b.p.ID, 1)
	b.expect("what is voted without it counts", OnPackage, b.p.ID, "6/0/0 void_affiliation 14")
	b.recounts("in the end", 0)
}

// wifi is a network as a request names it.
func wifi(text string) httpd.Place { return httpd.Place{Network: netip.MustParsePrefix(text)} }

// from votes on the package from a network.
func (b *booth) from(a access.Actor, network httpd.Place) Voted {
	b.t.Helper()
	v, err := b.Vote(context.Background(), a, Ballot{PackageID: b.p.ID, Subject: OnPackage, Choice: 1, Tie: noTie, Network: b.provider.NetworkMark(network)})
	if err != nil {
		b.t.Fatalf("%s votes: %v", a.Handle, err)
	}
	return v
}

func TestVotesFromTheClinicsOwnNetworkAreUnderReview(t *testing.T) {
	b := newBooth(t)
	clinic, home := wifi("203.0.113.0/24"), wifi("198.51.100.0/24")
	b.must(b.provider.Worked(context.Background(), b.clinic, clinic))
	if n := b.do(`SELECT count(*) FROM console_visits WHERE what = 'network' AND length(hash) = 32`); n != 1 || b.do(`SELECT count(*) FROM console_visits`) != 1 {
		t.Errorf("%d networks are noted, want 1", n)
	}
	for range 15 { // staff with private addresses
		v := b.from(b.patient(), clinic)
		if v.Status != Quarantined || v.WhyNot != "shaping.uncounted_quarantined" {
			t.Fatalf("a vote from there is %s, told %q", v.Status, v.WhyNot)
		}
	}
	if v := b.from(b.patient(), home); v.Status != Counted {
		t.Errorf("a vote from elsewhere is %s", v.Status)
	}
	b.expect("none of fifteen counts", OnPackage, b.p.ID, "1/0/0 quarantined 15")
	rival := b.open("rival-lens", testkit.Organisation(t, b.d, "clinic", "Rival Eye"))
	own := b.p
	b.p = rival
	if v := b.from(b.patient(), clinic); v.Status != Counted {
		t.Errorf("at another clinic's package it is %s", v.Status)
	}
	b.p = own
	b.recounts("under review", 0)
	b.clock.Move(31 * 24 * time.Hour)
	if v := b.from(b.patient(), clinic); v.Status != Counted {
		t.Errorf("thirty days later it is %s", v.Status)
	}
	b.must(b.provider.ForgetVisits(context.Background()))
	if n := b.do(`SELECT count(*) FROM console_visits`); n != 0 {
		t.Errorf("%d visits are kept for longer than thirty days", n)
	}
}

func TestWhoVotesOnADeviceOfTheConsoleIsTied(t *testing.T) {
	b := newBooth(t)
	b.provider.WhenTied(b.Restand)
	ctx := context.Background()
	desk := httpd.Place{Device: "abcdefghijklmnopqrstuvwx"}
	ann, bob := b.patient(), b.patient()
	b.says(ann, OnAmendment, b.wish, 1)
	b.must(b.provider.MeetDevice(ctx, ann, desk)) // a device that no console knows says nothing
	b.expect("before", OnAmendment, b.wish, "1/0/0")
	b.must(b.provider.Worked(ctx, b.clinic, desk))
	b.clock.Move(time.Hour)
	for range 2 {
		b.must(b.provider.MeetDevice(ctx, ann, desk))
	}
	b.must(b.provider.MeetDevice(ctx, bob, httpd.Place{}))
	_, err := b.try(ann, OnPackage, b.p.ID, 1)
	b.refused("from that device", err, errs.Forbidden, "shaping.tied_by_device")
	b.says(bob, OnPackage, b.p.ID, 1)
	b.expect("what she voted before", OnAmendment, b.wish, "0/0/0 void_affiliation 1")
	if n := b.do(`SELECT count(*) FROM notifications WHERE kind = 'tie_by_device' AND account_id = ?`, ann.AccountID); n != 1 {
		t.Errorf("she was told %d times", n)
	}
	if b.do(`SELECT count(*) FROM affiliations WHERE source = 'console_device'`) != 1 {
		t.Error("the tie is not noted once")
	}
	b.clock.Move(31 * 24 * time.Hour)
	b.must(b.provider.MeetDevice(ctx, ann, desk))
	if v := b.says(ann, OnPackage, b.p.ID, 1); v.Status != Counted {
		t.Errorf("thirty days after the console was used there, her vote is %s", v.Status)
	}
}
