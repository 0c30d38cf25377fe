package shaping

import (
	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// holdPeople keeps what people vote and want in the hands of the transaction:
// theirs, and that of everybody who is the same person. It returns all of them,
// and who was merged into whom.
func holdPeople(tx *db.Tx, persons []int64) (ids []int64, merged map[int64]int64, err error) {
	merged = map[int64]int64{}
	err = tx.All(db.Statement{SQL: `
		WITH root AS (SELECT DISTINCT coalesce(merged_into, id) AS id FROM persons WHERE id = ANY ($1))
		SELECT id, merged_into FROM persons WHERE id IN (SELECT id FROM root UNION SELECT m.id FROM root JOIN persons m ON m.merged_into = root.id)
		ORDER BY id FOR NO KEY UPDATE`, Args: []any{persons}, Row: func(r pgx.Rows) error {
		var id int64
		var into *int64
		err := r.Scan(&id, &into)
		ids = append(ids, id)
		if into != nil {
			merged[id] = *into
		}
		return err
	}})
	return ids, merged, db.Wrap("shaping: hold people", err)
}

// holdPackagesOf keeps the packages in which people voted, or want something, in
// their states.
func holdPackagesOf(tx *db.Tx, persons []int64) error {
	return db.Wrap("shaping: hold packages", tx.All(db.Statement{SQL: `
		SELECT FROM packages WHERE id IN (SELECT package_id FROM package_standings WHERE person_id = ANY ($1) UNION SELECT package_id FROM package_interests WHERE person_id = ANY ($1))
		ORDER BY id FOR KEY SHARE`, Args: []any{persons}}))
}

// foldSQL makes what somebody did as one person ($1) the other's ($2). Of two
// things said about a tie, the tie stays; of two interests the one confirmed
// last, unless one has become a journey.
var foldSQL = []string{
	`INSERT INTO package_declarations AS d (package_id, person_id, tie, said_at) SELECT package_id, $2, tie, said_at FROM package_declarations WHERE person_id = $1
		ON CONFLICT (package_id, person_id) DO UPDATE SET tie = excluded.tie WHERE d.tie = 'none' AND excluded.tie <> 'none'`,
	`DELETE FROM package_interests a USING package_interests b WHERE a.package_id = b.package_id
		AND (a.person_id = $1 AND b.person_id = $2 AND (b.state = 'converted', b.confirmed_at) >= (a.state = 'converted', a.confirmed_at)
		  OR a.person_id = $2 AND b.person_id = $1 AND (b.state = 'converted', b.confirmed_at) > (a.state = 'converted', a.confirmed_at))`,
	`UPDATE package_interests SET person_id = $2 WHERE person_id = $1`,
	`UPDATE package_journeys j SET person_id = $2 WHERE person_id = $1 AND NOT EXISTS (SELECT FROM package_journeys o WHERE o.commitment_id = j.commitment_id AND o.person_id = $2)`,
	`UPDATE amendments SET author_person_id = $2 WHERE author_person_id = $1`,
	`UPDATE packages SET proposer_person_id = $2 WHERE proposer_person_id = $1`,
}

func foldPersons(tx *db.Tx, merged map[int64]int64) error {
	for from, into := range merged {
		for _, sql := range foldSQL {
			if err := tx.All(db.Statement{SQL: sql, Args: []any{from, into}}); err != nil {
				return db.Wrap("shaping: fold persons", err)
			}
		}
	}
	return nil
}

// listStandings reads the standing votes of people with what their status
// depends on.
func listStandings(q *db.Tx, persons []int64) (rows []standingOf, err error) {
	return readStandings(q, `s.person_id = ANY ($1)`, persons)
}

func readStandings(q *db.Tx, where string, arg any) (rows []standingOf, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT s.package_id, s.person_id, s.subject, s.subject_id, s.version_id, s.choice, s.reason, s.stratum, s.status, s.carried, s.stale, s.updated_at,
			coalesce(p.organisation_id, 0), coalesce(w.merged_into, m.author_person_id, 0)
		FROM package_standings s JOIN packages p ON p.id = s.package_id
		LEFT JOIN amendments m ON s.subject IN ('amendment', 'alternative', 'counter') AND m.id = s.subject_id
		LEFT JOIN persons w ON w.id = m.author_person_id
		WHERE ` + where + ` ORDER BY s.person_id, s.subject, s.subject_id`, Args: []any{arg}, Row: func(r pgx.Rows) error {
		var s standingOf
		err := r.Scan(&s.PackageID, &s.PersonID, &s.Subject, &s.SubjectID, &s.VersionID, &s.Choice, &s.Reason, &s.Stratum, &s.Status, &s.Carried, &s.Stale, &s.UpdatedAt,
			&s.OrganisationID, &s.Author)
		s.UpdatedAt = s.UpdatedAt.UTC()
		rows = append(rows, s)
		return err
	}})
	return rows, db.Wrap("shaping: list standings", err)
}

// listVoters are the next people who voted or want something.
func listVoters(q *db.Tx, after int64, most int) (ids []int64, err error) {
	err = q.Gorm().Raw(`(SELECT DISTINCT person_id FROM package_standings WHERE person_id > ? ORDER BY person_id LIMIT ?)
		UNION (SELECT DISTINCT person_id FROM package_interests WHERE person_id > ? ORDER BY person_id LIMIT ?) ORDER BY person_id LIMIT ?`,
		after, most, after, most, most).Scan(&ids).Error
	return ids, db.Wrap("shaping: list voters", err)
}

// listMerged says which of these people are another person now.
func listMerged(q *db.Tx, persons []int64) (map[int64]int64, error) {
	var rows []struct{ ID, MergedInto int64 }
	err := q.Gorm().Raw(`SELECT id, merged_into FROM persons WHERE id IN ? AND merged_into IS NOT NULL`, persons).Scan(&rows).Error
	merged := make(map[int64]int64, len(rows))
	for _, r := range rows {
		merged[r.ID] = r.MergedInto
	}
	return merged, db.Wrap("shaping: list merged", err)
}

func findPersonOf(q *db.Tx, accountID int64) (id int64, err error) {
	err = q.Gorm().Raw(`SELECT person_id FROM accounts WHERE id = ?`, accountID).Scan(&id).Error
	return id, db.Wrap("shaping: find person", err)
}
