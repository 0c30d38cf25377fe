package provider

import (
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// findPersonOf is whoever an account belongs to; 0 without one.
func findPersonOf(q *db.Tx, accountID int64) (id int64, err error) {
	err = q.Gorm().Raw(`SELECT person_id FROM accounts WHERE id = ?`, accountID).Scan(&id).Error
	return id, db.Wrap("provider: find person", err)
}

// listEmployers are listed organisations of the kinds to whose people an address
// can belong, by id.
func listEmployers(q *db.Tx, after int64, limit int) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM organisations WHERE id > ? ORDER BY id LIMIT ?`, after, limit).Scan(&ids).Error
	return ids, db.Wrap("provider: list employers", err)
}

// listDomains are the names of the websites of organisations.
func listDomains(q *db.Tx, organisations []int64) (domains []string, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT domain FROM organisations WHERE id IN ? AND domain <> '' AND state = 'listed' AND kind IN ?`, organisations, employers).Scan(&domains).Error
	return domains, db.Wrap("provider: list domains", err)
}

// listByDomain are the listed organisations whose websites have these names.
func listByDomain(q *db.Tx, domains []string) (map[string][]int64, error) {
	of := map[string][]int64{}
	err := q.All(db.Statement{SQL: `SELECT domain, id FROM organisations WHERE domain = ANY ($1) AND domain <> '' AND state = 'listed' AND kind = ANY ($2) ORDER BY id`,
		Args: []any{domains, employers}, Row: func(r pgx.Rows) error {
			var domain string
			var id int64
			err := r.Scan(&domain, &id)
			of[domain] = append(of[domain], id)
			return err
		}})
	return of, db.Wrap("provider: list by domain", err)
}

// owns is what makes somebody an owner whose address names the domain of the
// organisation o now. The time stands in it twice.
const owns = present + ` AND f.kind = 'owner' AND o.state = 'listed' AND o.kind IN ?`

// listOwners are the present owners of organisations.
func listOwners(q *db.Tx, organisations []int64) (people []int64, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT f.person_id FROM affiliations f JOIN organisations o ON o.id = f.organisation_id WHERE f.organisation_id IN ? AND `+owns,
		organisations, q.Now, q.Now, employers).Scan(&people).Error
	return people, db.Wrap("provider: list owners", err)
}

// listOwned is what people own now.
func listOwned(q *db.Tx, people []int64) (all []domainTie, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT f.person_id, f.organisation_id FROM affiliations f JOIN organisations o ON o.id = f.organisation_id WHERE f.person_id IN ? AND `+owns,
		people, q.Now, q.Now, employers).Scan(&all).Error
	return all, db.Wrap("provider: list owned", err)
}

// listOnRoster is where people work by the organisations' own word.
func listOnRoster(q *db.Tx, people []int64) (all []domainTie, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT f.person_id, f.organisation_id FROM affiliations f WHERE f.person_id IN ? AND `+present, people, q.Now, q.Now).Scan(&all).Error
	return all, db.Wrap("provider: list roster", err)
}

// listDomainTies are the ties by address that are noted of people.
func listDomainTies(q *db.Tx, people []int64) (all []domainTie, err error) {
	err = q.Gorm().Raw(`SELECT person_id, organisation_id FROM affiliations WHERE person_id IN ? AND source = 'email_domain' AND valid_to IS NULL ORDER BY id`, people).Scan(&all).Error
	return all, db.Wrap("provider: list ties by address", err)
}

// listTiedTo are the people of whom a tie by address to organisations is noted.
func listTiedTo(q *db.Tx, organisations []int64) (people []int64, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT person_id FROM affiliations WHERE organisation_id IN ? AND source = 'email_domain' AND valid_to IS NULL`, organisations).Scan(&people).Error
	return people, db.Wrap("provider: list tied", err)
}

// insertFoundTie notes a tie that was found out, once while it lasts; until is
// nil where nobody knows yet when it ends.
func insertFoundTie(tx *db.Tx, t domainTie, source string, since time.Time, until *time.Time) (fresh bool, err error) {
	res := tx.Gorm().Exec(`INSERT INTO affiliations (person_id, organisation_id, kind, source, valid_from, valid_to) VALUES (?, ?, 'staff', ?, ?, ?) ON CONFLICT DO NOTHING`,
		t.PersonID, t.OrganisationID, source, since, until)
	return res.RowsAffected == 1, db.Wrap("provider: note tie", res.Error)
}

func endDomainTies(tx *db.Tx, over []domainTie) error {
	for _, t := range over {
		err := tx.Gorm().Exec(`UPDATE affiliations SET valid_to = ? WHERE person_id = ? AND organisation_id = ? AND source = 'email_domain' AND valid_to IS NULL`,
			tx.Now, t.PersonID, t.OrganisationID).Error
		if err != nil {
			return db.Wrap("provider: end tie by address", err)
		}
	}
	return nil
}

// listOpenAccounts are the accounts in which a person can be told something.
func listOpenAccounts(q *db.Tx, personID int64) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM accounts WHERE person_id = ? AND closed_at IS NULL ORDER BY id`, personID).Scan(&ids).Error
	return ids, db.Wrap("provider: list accounts", err)
}
