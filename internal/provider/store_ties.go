package provider

import (
	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// addressSQL are people with a confirmed address at the domain of an
// organisation that treats, arranges or sells treatment, or at one below it. A
// domain with more people than $2 belongs to everybody.
const addressSQL = `
	WITH own AS (
		SELECT id, lower(regexp_replace(website, '^https?://(www[.])?([^/:#]+).*$', '\2', 'i')) AS domain FROM organisations
		WHERE kind IN ('clinic', 'facilitator', 'agency') AND state = 'listed' AND website LIKE 'http%'
	), mine AS (
		SELECT a.person_id, i.verified_at, d.domain FROM identities i JOIN accounts a ON a.id = i.account_id AND a.closed_at IS NULL,
			LATERAL (SELECT lower(split_part(i.uid, '@', 2)) AS host) h,
			LATERAL (SELECT h.host AS domain UNION SELECT substr(h.host, strpos(h.host, '.') + 1) WHERE h.host LIKE '%.%.%') d
		WHERE i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL
	), found AS (
		SELECT m.person_id, o.id AS organisation_id, min(m.verified_at) AS since, count(*) OVER (PARTITION BY o.id) AS people
		FROM own o JOIN mine m ON m.domain = o.domain WHERE o.domain LIKE '%.%' AND o.domain <> ALL ($1) GROUP BY m.person_id, o.id
	)
	SELECT person_id, organisation_id, since FROM found f WHERE people <= $2`

// listDomainTies are people whose address says that they are tied to an
// organisation, of whom nothing is noted so far.
func listDomainTies(q *db.Tx, public []string, most int) (all []domainTie, err error) {
	err = q.All(db.Statement{SQL: addressSQL + ` AND NOT EXISTS (SELECT FROM affiliations x WHERE x.person_id = f.person_id AND x.organisation_id = f.organisation_id
		AND x.valid_to IS NULL) ORDER BY person_id, organisation_id`, Args: []any{public, most}, Row: keepTie(&all)})
	return all, db.Wrap("provider: list ties by address", err)
}

// listLostDomainTies are ties by an address whose person has none there any more.
func listLostDomainTies(q *db.Tx) (all []domainTie, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT x.person_id, x.organisation_id, x.valid_from FROM affiliations x JOIN organisations o ON o.id = x.organisation_id
		WHERE x.source = 'email_domain' AND x.valid_to IS NULL AND NOT EXISTS (
			SELECT FROM accounts a JOIN identities i ON i.account_id = a.id AND i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL
			WHERE a.person_id = x.person_id AND a.closed_at IS NULL
			AND '.' || lower(split_part(i.uid, '@', 2)) LIKE '%.' || lower(regexp_replace(o.website, '^https?://(www[.])?([^/:#]+).*$', '\2', 'i')))
		ORDER BY x.person_id, x.organisation_id`, Row: keepTie(&all)})
	return all, db.Wrap("provider: list lost ties by address", err)
}

func keepTie(into *[]domainTie) func(pgx.Rows) error {
	return func(r pgx.Rows) error {
		var t domainTie
		err := r.Scan(&t.PersonID, &t.OrganisationID, &t.Since)
		*into = append(*into, t)
		return err
	}
}

// insertDomainTie notes a tie, once while it lasts.
func insertDomainTie(tx *db.Tx, t domainTie) error {
	err := tx.Gorm().Exec(`
		INSERT INTO affiliations (person_id, organisation_id, kind, source, valid_from)
		SELECT ?, ?, 'staff', 'email_domain', ? WHERE NOT EXISTS (SELECT FROM affiliations WHERE person_id = ? AND organisation_id = ? AND valid_to IS NULL)`,
		t.PersonID, t.OrganisationID, t.Since, t.PersonID, t.OrganisationID).Error
	return db.Wrap("provider: note tie by address", err)
}

func endDomainTie(tx *db.Tx, t domainTie) error {
	err := tx.Gorm().Exec(`UPDATE affiliations SET valid_to = ? WHERE person_id = ? AND organisation_id = ? AND source = 'email_domain' AND valid_to IS NULL`,
		tx.Now, t.PersonID, t.OrganisationID).Error
	return db.Wrap("provider: end tie by address", err)
}
