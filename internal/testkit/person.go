package testkit

import (
	"context"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/text"
)

// settled is the age of accounts that are no newcomers' any more.
const settled = 48 * time.Hour

// Address is the e-mail address of the person with that handle.
func Address(handle string) string { return strings.ToLower(handle) + "@test.example" }

// Trait changes who Person makes.
type Trait func(*person)

type person struct {
	age      time.Duration
	verified bool
	second   bool
	lang     string
	roles    []string
	works    []access.Work
}

// Newcomer has just signed up: the account is a minute old.
func Newcomer(p *person) { p.age = time.Minute }

// Unconfirmed has not yet confirmed the e-mail address.
func Unconfirmed(p *person) { p.verified = false }

// T2 is also known through a second identity, so that votes count.
func T2(p *person) { p.second = true }

// Moderator decides on content, and has always just shown that it is them.
func Moderator(p *person) { p.roles = append(p.roles, "moderator") }

// Admin manages roles, and has always just shown that it is them.
func Admin(p *person) { p.roles = append(p.roles, "admin") }

// Speaks sets the language of the account, which is English otherwise.
func Speaks(lang string) Trait { return func(p *person) { p.lang = lang } }

// StaffOf works for an organisation that is stored already, as staff or doctor.
func StaffOf(organisationID int64, role string) Trait {
	return func(p *person) {
		p.works = append(p.works, access.Work{OrganisationID: organisationID, Role: role})
	}
}

// Person stores a person with one account and a confirmed e-mail address,
// older than a newcomer's, and returns them as the actor of their requests.
func Person(t testing.TB, d *db.DB, handle string, traits ...Trait) access.Actor {
	t.Helper()
	p := person{age: settled, verified: true, lang: "en"}
	for _, f := range traits {
		f(&p)
	}
	var a access.Actor
	err := d.Write(context.Background(), func(tx *db.Tx) (err error) {
		a, err = p.store(tx, handle)
		return err
	})
	if err != nil {
		t.Fatalf("testkit: store %s: %v", handle, err)
	}
	return a
}

func (p person) store(tx *db.Tx, handle string) (access.Actor, error) {
	since := tx.Now.Add(-p.age)
	a := access.Actor{Handle: handle, Lang: p.lang, Confirmed: p.verified, Created: since, OwnNames: []string{strings.ToLower(handle)}}
	g := tx.Gorm()
	if err := g.Raw(`INSERT INTO persons (created_at) VALUES (?) RETURNING id`, since).Scan(&a.PersonID).Error; err != nil {
		return a, err
	}
	err := g.Raw(`INSERT INTO accounts (person_id, handle, handle_key, lang, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
		a.PersonID, handle, text.Skeleton(handle), p.lang, since).Scan(&a.AccountID).Error
	if err != nil {
		return a, err
	}
	if err := p.storeIdentities(tx, &a); err != nil {
		return a, err
	}
	for _, role := range p.roles {
		err := g.Exec(`INSERT INTO platform_roles (account_id, role, since) VALUES (?, ?, ?)`, a.AccountID, role, since).Error
		if err != nil {
			return a, err
		}
		a.Moderator, a.Admin = a.Moderator || role == "moderator", a.Admin || role == "admin"
		a.SteppedUp = tx.Now.AddDate(100, 0, 0)
	}
	return a, p.storeWorks(tx, &a)
}

func (p person) storeIdentities(tx *db.Tx, a *access.Actor) error {
	var verified *time.Time
	if p.verified {
		verified = &a.Created
		a.Trust = 1
	}
	const insert = `INSERT INTO identities (provider, uid, account_id, verified_at, created_at) VALUES (?, ?, ?, ?, ?)`
	err := tx.Gorm().Exec(insert, "email", Address(a.Handle), a.AccountID, verified, a.Created).Error
	if err != nil || !p.second {
		return err
	}
	if p.verified && !a.Newcomer(tx.Now) {
		a.Trust = 2
	}
	return tx.Gorm().Exec(insert, "demo", a.Handle, a.AccountID, a.Created, a.Created).Error
}

func (p person) storeWorks(tx *db.Tx, a *access.Actor) error {
	for _, w := range p.works {
		err := tx.Gorm().Exec(`INSERT INTO affiliations (person_id, organisation_id, role, kind, source, valid_from) VALUES (?, ?, ?, 'staff', 'roster', ?)`,
			a.PersonID, w.OrganisationID, w.Role, a.Created).Error
		if err != nil {
			return err
		}
		err = tx.Gorm().Raw(`SELECT kind, name, slug FROM organisations WHERE id = ?`, w.OrganisationID).Row().Scan(&w.Kind, &w.Name, &w.Slug)
		if err != nil {
			return err
		}
		a.Works = append(a.Works, w)
	}
	return nil
}
