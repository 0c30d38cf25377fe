package demo

import (
	"fmt"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
)

// afterSignUp is how long people took to confirm their address.
const afterSignUp = 4 * time.Minute

// firstTexts is the version of the texts that everybody here agreed to.
const firstTexts = 1

// storePeople writes persons with their accounts and all that belongs to them.
// Everybody has the same password, so its hash is made once.
func storePeople(tx *db.Tx, w *crowd, p *places) error {
	hash, err := account.HashPassword(account.DemoPassword)
	if err != nil {
		return fmt.Errorf("demo: hash password: %w", err)
	}
	persons := &table{name: "persons", columns: []string{"id", "created_at"}}
	accounts := &table{name: "accounts", columns: []string{"id", "person_id", "handle", "handle_key", "lang", "created_at"}}
	identities := &table{name: "identities", columns: []string{"provider", "uid", "account_id", "verified_at", "created_at"}}
	passwords := &table{name: "passwords", columns: []string{"account_id", "hash", "changed_at"}}
	roles := &table{name: "platform_roles", columns: []string{"account_id", "role", "since"}}
	consents := &table{name: "consents", columns: []string{"account_id", "purpose", "version", "given", "at"}}
	works := &table{name: "affiliations", columns: []string{"person_id", "organisation_id", "role", "kind", "source", "title", "valid_from"}}
	for _, m := range w.all {
		persons.add(m.ID, m.born)
		accounts.add(m.ID, m.ID, m.Handle, m.key, m.Lang, m.born)
		confirmed := m.born.Add(afterSignUp)
		identities.add("email", m.address(), m.ID, confirmed, m.born)
		if m.Email != "" {
			identities.add("email", m.Email, m.ID, confirmed.Add(time.Second), m.born.Add(time.Second))
		}
		if m.Vouched {
			identities.add("demo", m.address(), m.ID, confirmed, confirmed)
		}
		passwords.add(m.ID, hash, m.born)
		for _, purpose := range account.Purposes {
			consents.add(m.ID, purpose, firstTexts, purpose != account.PurposeMails || m.Vouched, m.born)
		}
		if m.Role == "moderator" || m.Role == "admin" {
			roles.add(m.ID, m.Role, m.born)
		}
		if m.insider() {
			works.add(m.ID, p.organisations[m.Organisation].id, m.Role, "staff", "roster", m.Title, m.born)
		}
	}
	for _, m := range w.found {
		works.add(m.ID, p.organisations[agency].id, "staff", "paid_agent", "adjudicated", "Online community", m.born)
	}
	if err := put(tx, persons, accounts, identities, passwords, roles, consents, works); err != nil {
		return err
	}
	return moveOn(tx, "persons", "accounts")
}
