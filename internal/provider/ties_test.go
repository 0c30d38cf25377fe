package provider_test

import (
	"context"
	"slices"
	"testing"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/testkit"
)

func TestAnOwnersDomainIsTheOrganisations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	duna := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	at := func(handle, address string) access.Actor {
		a := testkit.Person(t, h.d, handle)
		exec(t, h.d, `UPDATE identities SET uid = $1 WHERE account_id = $2 AND provider = 'email'`, address, a.AccountID)
		return a
	}
	boss, ann := at("Boss", "boss@duna-group.example"), at("Ann", "ann@duna-group.example")
	exec(t, h.d, `INSERT INTO affiliations (person_id, organisation_id, kind, source, valid_from) VALUES ($1, $2, 'owner', 'adjudicated', '2020-01-01')`, boss.PersonID, duna.ID)
	tied := func(a access.Actor) int {
		return value[int](t, h.d, `SELECT count(*) FROM affiliations WHERE person_id = $1 AND source = 'email_domain' AND valid_to IS NULL`, a.PersonID)
	}
	look := func(a access.Actor) {
		t.Helper()
		if err := h.d.Write(context.Background(), func(tx *db.Tx) error { return h.Addressed(tx, a.AccountID) }); err != nil {
			t.Fatal(err)
		}
	}
	if look(boss); tied(ann) != 1 || tied(boss) != 0 {
		t.Errorf("after the owner's address: Ann has %d ties, the owner %d", tied(ann), tied(boss))
	}
	exec(t, h.d, `UPDATE identities SET uid = 'boss@gmail.com' WHERE account_id = $1 AND provider = 'email'`, boss.AccountID)
	at("Guest", "guest@gmail.com")
	if err := h.FindTies(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM affiliations WHERE source = 'email_domain' AND valid_to IS NULL`); n != 0 {
		t.Errorf("%d ties by an address that anybody gets", n)
	}
	exec(t, h.d, `UPDATE organisations SET website = 'https://duna-group.example' WHERE id = $1`, duna.ID)
	if look(ann); tied(ann) != 1 {
		t.Error("an address that is confirmed at a website's name is no tie")
	}
}

func TestAConfirmedAddressAtTheClinicsDomainIsATie(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var told []int64
	h.WhenTied(func(_ *db.Tx, persons []int64) error { told = append(told, persons...); return nil })
	duna, mail := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU"), h.clinic(t, "mail", "Mail Clinic", "Budapest", "HU")
	exec(t, h.d, `UPDATE organisations SET website = 'https://WWW.duna.example:443/en?x=1' WHERE id = $1`, duna.ID)
	exec(t, h.d, `UPDATE organisations SET website = 'https://gmail.com' WHERE id = $1`, mail.ID)
	at := func(handle, address string) access.Actor {
		a := testkit.Person(t, h.d, handle)
		exec(t, h.d, `UPDATE identities SET uid = $1 WHERE account_id = $2 AND provider = 'email'`, address, a.AccountID)
		return a
	}
	inside, below := at("Inside", "inside@duna.example"), at("Below", "below@mail.duna.example")
	at("Alike", "alike@notduna.example")
	at("Longer", "longer@duna.example.test")
	at("Public", "public@gmail.com")
	unsure := at("Unsure", "unsure@duna.example")
	exec(t, h.d, `UPDATE identities SET verified_at = NULL WHERE account_id = $1`, unsure.AccountID)
	colleague := h.works(t, "Colleague", duna, "staff")
	exec(t, h.d, `UPDATE identities SET uid = 'colleague@duna.example' WHERE account_id = $1 AND provider = 'email'`, colleague.AccountID)
	find := func() {
		t.Helper()
		told = nil
		if err := h.FindTies(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	find()
	if want := []int64{inside.PersonID, below.PersonID}; !slices.Equal(told, want) {
		t.Errorf("looked at %v again, want %v", told, want)
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM affiliations WHERE source = 'email_domain' AND organisation_id = $1 AND valid_to IS NULL`, duna.ID); n != 2 {
		t.Errorf("%d ties are noted, want 2", n)
	}
	if works, err := h.PersonAffiliations(h.d.Read(context.Background()), inside.PersonID); err != nil || len(works) != 0 {
		t.Errorf("it gives a right: %+v, %v", works, err)
	}
	if find(); len(told) != 0 {
		t.Errorf("the second time %v were found again", told)
	}
	exec(t, h.d, `UPDATE identities SET retired_at = now() WHERE account_id = $1 AND provider = 'email'`, inside.AccountID)
	if find(); !slices.Equal(told, []int64{inside.PersonID}) {
		t.Errorf("after the address was given up: %v", told)
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM affiliations WHERE source = 'email_domain' AND person_id = $1 AND valid_to IS NOT NULL`, inside.PersonID); n != 1 {
		t.Error("the tie did not end with the address")
	}
}
