package testkit_test

import (
	"context"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/localpg"
	"caravan/internal/testkit"
)

func count(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), `select count(*) from `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryTestHasItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	one, two := testkit.DB(t), testkit.DB(t)
	testkit.Person(t, one, "amina")
	if a, b := count(t, one, "accounts"), count(t, two, "accounts"); a != 1 || b != 0 {
		t.Errorf("accounts: got %d and %d, want 1 and 0", a, b)
	}
	if n := count(t, one, "river.river_job"); n != 0 {
		t.Errorf("jobs: got %d", n)
	}
}

func TestAStockIsFilledOnceAndEveryTestHasItsOwnCopy(t *testing.T) {
	t.Parallel()
	fills := 0
	stock := testkit.NewStock(func(_ context.Context, owner *db.DB) error {
		fills++
		testkit.Person(t, owner, "amina")
		return nil
	})
	one := stock.DB(t)
	testkit.Person(t, one, "zeynep")
	two, clock := stock.DBAt(t)
	if a, b := count(t, one, "accounts"), count(t, two, "accounts"); a != 2 || b != 1 || fills != 1 {
		t.Errorf("accounts: got %d and %d, want 2 and 1; filled %d times", a, b, fills)
	}
	var since time.Time
	if err := two.Pool().QueryRow(t.Context(), `select max(created_at) from accounts`).Scan(&since); err != nil || since.After(clock.Now()) {
		t.Errorf("signed up at %v, after the clock's %v (%v)", since, clock.Now(), err)
	}
}

func TestTheClockStandsUntilItIsMoved(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	before := d.Read(context.Background()).Now
	if got := d.Read(context.Background()).Now; !got.Equal(before) {
		t.Errorf("it went on by %v", got.Sub(before))
	}
	clock.Move(time.Hour)
	if got := d.Read(context.Background()).Now.Sub(before); got != time.Hour {
		t.Errorf("moved by %v, want one hour", got)
	}
}

func TestPeopleHaveTheRightsTheyAreGiven(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	now := d.Now()
	clinic := testkit.Organisation(t, d, "clinic", "Bosphorus Eye Clinic")
	for name, c := range map[string]struct {
		traits []testkit.Trait
		right  func(a access.Actor) bool
	}{
		"member":      {nil, func(a access.Actor) bool { return a.Confirmed && a.Trust == 1 && !a.Newcomer(now) && a.Lang == "en" }},
		"newcomer":    {[]testkit.Trait{testkit.Newcomer}, func(a access.Actor) bool { return a.Newcomer(now) }},
		"newT2":       {[]testkit.Trait{testkit.Newcomer, testkit.T2}, func(a access.Actor) bool { return a.Trust == 1 }},
		"unconfirmed": {[]testkit.Trait{testkit.Unconfirmed}, func(a access.Actor) bool { return !a.Confirmed && a.Trust == 0 }},
		"known":       {[]testkit.Trait{testkit.T2}, func(a access.Actor) bool { return a.Trust == 2 }},
		"arab":        {[]testkit.Trait{testkit.Speaks("ar")}, func(a access.Actor) bool { return a.Lang == "ar" }},
		"moderator":   {[]testkit.Trait{testkit.Moderator}, func(a access.Actor) bool { return a.Moderator && !a.Admin }},
		"admin":       {[]testkit.Trait{testkit.Admin}, func(a access.Actor) bool { return a.Admin && !a.Moderator }},
		"doctor": {[]testkit.Trait{testkit.StaffOf(clinic, "doctor")}, func(a access.Actor) bool {
			w, ok := a.WorksFor(clinic)
			return ok && w == access.Work{OrganisationID: clinic, Kind: "clinic", Role: "doctor", Name: "Bosphorus Eye Clinic", Slug: "bosphorus-eye-clinic"}
		}},
	} {
		a := testkit.Person(t, d, name, c.traits...)
		if a.AccountID == 0 || a.PersonID == 0 || a.Handle != name || !c.right(a) {
			t.Errorf("%s: got %+v", name, a)
		}
	}
}

func TestAStateFolderIsOpenToTheDatabasesUser(t *testing.T) {
	t.Parallel()
	dir := testkit.StateDir(t)
	s, err := localpg.Start(context.Background(), localpg.Options{Dir: dir, Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.Dir != dir {
		t.Errorf("the data went to %s instead of %s", s.Dir, dir)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
