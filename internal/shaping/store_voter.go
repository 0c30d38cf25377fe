package shaping

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/db"
)

// peopleSQL reads what is known about persons. Whoever was merged into a person
// is that person: their accounts and ties are.
const peopleSQL = `
	SELECT p.id, coalesce(k.trust, 0), coalesce(k.platform, false),
		(SELECT json_agg(json_build_object('Organisation', f.organisation_id, 'From', f.valid_from, 'To', f.valid_to, 'Source', f.source,
			'Works', f.kind IN ('owner', 'staff', 'contractor', 'paid_agent') AND o.kind IN ('clinic', 'facilitator', 'agency')))
			FROM affiliations f JOIN organisations o ON o.id = f.organisation_id WHERE f.person_id = ANY (x.ids)),
		ARRAY(SELECT coalesce(k.organisation_id, -k.id) FROM package_declarations d JOIN packages k ON k.id = d.package_id
			WHERE d.person_id = ANY (x.ids) AND d.tie <> 'none')
	FROM persons p, LATERAL (SELECT ARRAY(SELECT p.id UNION ALL SELECT m.id FROM persons m WHERE m.merged_into = p.id) AS ids) x,
		LATERAL (SELECT bool_or(a.role) AS platform, max(CASE WHEN a.closed OR NOT a.email THEN 0 WHEN a.old AND a.other THEN 2 ELSE 1 END)::int AS trust FROM (
			SELECT a.disabled_at IS NOT NULL OR a.closed_at IS NOT NULL AS closed, a.created_at <= $2 AS old,
				EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id) AS role,
				coalesce(bool_or(i.provider = 'email'), false) AS email, coalesce(bool_or(i.provider <> 'email'), false) AS other
			FROM accounts a LEFT JOIN identities i ON i.account_id = a.id AND i.verified_at IS NOT NULL AND i.retired_at IS NULL
			WHERE a.person_id = ANY (x.ids) GROUP BY a.id) a) k
	WHERE p.id = ANY ($1)`

// askPeople is the statement that fills known with what is known now about
// persons.
func askPeople(q *db.Tx, persons []int64, known map[int64]someone) db.Statement {
	return db.Statement{SQL: peopleSQL, Args: []any{persons, q.Now.Add(-access.Newness)}, Row: func(r pgx.Rows) error {
		var id int64
		var x someone
		var ties []byte
		if err := r.Scan(&id, &x.trust, &x.platform, &ties, &x.said); err != nil {
			return err
		}
		if len(ties) > 0 {
			if err := json.Unmarshal(ties, &x.ties); err != nil {
				return fmt.Errorf("ties: %w", err)
			}
		}
		known[id] = x
		return nil
	}}
}

// peopleNow reads what is known now about persons.
func peopleNow(q *db.Tx, persons []int64) (map[int64]someone, error) {
	known := make(map[int64]someone, len(persons))
	if len(persons) == 0 {
		return known, nil
	}
	return known, db.Wrap("shaping: read voters", q.All(askPeople(q, persons, known)))
}

// holdPersons is the statement that keeps everything a person votes and wants
// in the hands of one transaction. It tells who was merged into whom.
func holdPersons(persons []int64, merged map[int64]int64) db.Statement {
	return db.Statement{SQL: `SELECT id, merged_into FROM persons WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE`, Args: []any{persons}, Row: func(r pgx.Rows) error {
		var id int64
		var into *int64
		err := r.Scan(&id, &into)
		if into != nil {
			merged[id] = *into
		}
		return err
	}}
}

// holdPackages is the statement that keeps packages in their states while votes
// on them are written: a step waits for the votes, votes wait for a step.
func holdPackages(packages []int64) db.Statement {
	return db.Statement{SQL: `SELECT FROM packages WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE`, Args: []any{packages}}
}
