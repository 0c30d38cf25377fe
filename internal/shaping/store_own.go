package shaping

import "caravan/internal/db"

// ownRow is a package with what one person did in it.
type ownRow struct {
	ID                int64
	Slug, Title, Lang string
	State             State
	Votes, Wishes     int
	Interest          InterestState // empty without one
}

// listOwnPackages are packages in which a person voted, wished something or named
// a price, the newest first, below an id (0: from the top).
func listOwnPackages(q *db.Tx, personID, below int64, most int) (rows []ownRow, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT p.id, p.slug, p.title, p.lang, p.state, coalesce(i.state, '') AS interest,
			(SELECT count(*) FROM package_standings s WHERE s.person_id = $1 AND s.package_id = p.id)::int AS votes,
			(SELECT count(*) FROM amendments w WHERE w.author_person_id = $1 AND w.package_id = p.id AND w.state <> 'draft')::int AS wishes
		FROM (SELECT package_id FROM package_standings WHERE person_id = $1 UNION SELECT package_id FROM package_interests WHERE person_id = $1
			UNION SELECT package_id FROM amendments WHERE author_person_id = $1 AND state <> 'draft') own
		JOIN packages p ON p.id = own.package_id LEFT JOIN package_interests i ON i.package_id = p.id AND i.person_id = $1
		WHERE p.published_at IS NOT NULL AND p.hidden_why = '' AND ($2 = 0 OR p.id < $2) ORDER BY p.id DESC LIMIT $3`,
		Args: []any{personID, below, most}, Row: each(&rows)})
	return rows, db.Wrap("shaping: list packages of a person", err)
}
