package shaping

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/db"
)

// peopleSQL reads what is known about persons, and about whoever was merged into
// them: their accounts and ties are theirs. One row each.
const peopleSQL = `
	SELECT x.person, k.trust, k.platform, f.ties,
		ARRAY(SELECT coalesce(k.organisation_id, -k.id) FROM package_declarations d JOIN packages k ON k.id = d.package_id WHERE d.person_id = x.id AND d.tie <> 'none')
	FROM (SELECT id AS person, id FROM persons WHERE id = ANY ($1) UNION ALL SELECT merged_into, id FROM persons WHERE merged_into = ANY ($1)) x,
		LATERAL (SELECT coalesce(bool_or(EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id)), false) AS platform,
				coalesce(max(CASE WHEN a.disabled_at IS NOT NULL OR a.closed_at IS NOT NULL OR i.email IS NOT true THEN 0 WHEN i.other AND a.created_at <= $2 THEN 2 ELSE 1 END), 0) AS trust
			FROM accounts a, LATERAL (SELECT bool_or(i.provider = 'email') AS email, bool_or(i.provider <> 'email') AS other FROM identities i
				WHERE i.account_id = a.id AND i.verified_at IS NOT NULL AND i.retired_at IS NULL) i
			WHERE a.person_id = x.id) k,
		LATERAL (SELECT json_agg(json_build_object('Organisation', f.organisation_id, 'From', f.valid_from, 'To', f.valid_to, 'Source', f.source,
				'Works', f.kind IN ('owner', 'staff', 'contractor', 'paid_agent') AND o.kind IN ('clinic', 'facilitator', 'agency'))) AS ties
			FROM affiliations f JOIN organisations o ON o.id = f.organisation_id WHERE f.person_id = x.id) f`

// askPeople is the statement that fills known with what is known now about
// persons.
func askPeople(q *db.Tx, persons []int64, known map[int64]someone) db.Statement {
	return db.Statement{SQL: peopleSQL, Args: []any{persons, q.Now.Add(-access.Newness)}, Row: func(r pgx.Rows) error {
		var id int64
		var one someone
		var ties []byte
		if err := r.Scan(&id, &one.trust, &one.platform, &ties, &one.said); err != nil {
			return err
		}
		if len(ties) > 0 {
			if err := json.Unmarshal(ties, &one.ties); err != nil {
				return fmt.Errorf("ties: %w", err)
			}
		}
		x := known[id]
		known[id] = someone{trust: max(x.trust, one.trust), platform: x.platform || one.platform, ties: append(x.ties, one.ties...), said: append(x.said, one.said...)}
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
