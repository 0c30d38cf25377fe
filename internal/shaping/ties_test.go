package shaping

import (
	"context"
	"slices"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
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
