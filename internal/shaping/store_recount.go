package shaping

import (
	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// listPublished are the packages that can have votes, by id.
func listPublished(q *db.Tx) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM packages WHERE published_at IS NOT NULL ORDER BY id`).Scan(&ids).Error
	return ids, db.Wrap("shaping: list published", err)
}

// listVotes reads the log of a package, in its order.
func listVotes(q *db.Tx, packageID int64) (log []Vote, err error) {
	err = q.All(db.Statement{SQL: `SELECT id, package_id, person_id, account_id, subject, subject_id, version_id, choice, reason, stratum, created_at
		FROM package_votes WHERE package_id = $1 ORDER BY id`, Args: []any{packageID}, Row: func(r pgx.Rows) error {
		var v Vote
		err := r.Scan(&v.ID, &v.PackageID, &v.PersonID, &v.AccountID, &v.Subject, &v.SubjectID, &v.VersionID, &v.Choice, &v.Reason, &v.Stratum, &v.CreatedAt)
		v.CreatedAt = v.CreatedAt.UTC()
		log = append(log, v)
		return err
	}})
	return log, db.Wrap("shaping: list votes", err)
}

// authorsOf are the authors of a package's amendments, as the persons they are
// now.
func authorsOf(q *db.Tx, packageID int64) (map[int64]int64, error) {
	var rows []struct{ ID, Author int64 }
	err := q.Gorm().Raw(`SELECT m.id, coalesce(w.merged_into, w.id) AS author FROM amendments m JOIN persons w ON w.id = m.author_person_id WHERE m.package_id = ?`, packageID).Scan(&rows).Error
	authors := make(map[int64]int64, len(rows))
	for _, r := range rows {
		authors[r.ID] = r.Author
	}
	return authors, db.Wrap("shaping: list authors", err)
}

// recountTallies makes the sums of a package anew from its standing votes and
// says how many rows were wrong. The package must be locked.
func recountTallies(tx *db.Tx, packageID int64) (wrong int64, err error) {
	var rows []struct{ Subject Subject }
	err = tx.Gorm().Raw(`
		WITH right_now AS (
			SELECT subject, subject_id, stratum,
				count(*) FILTER (WHERE status = 'counted' AND choice > 0) AS want, count(*) FILTER (WHERE status = 'counted' AND choice = 0) AS pass,
				count(*) FILTER (WHERE status = 'counted' AND choice < 0) AS against, count(*) FILTER (WHERE status = 'counted' AND carried) AS carried,
				count(*) FILTER (WHERE status = 'unverified') AS unverified, count(*) FILTER (WHERE status = 'quarantined') AS quarantined,
				count(*) FILTER (WHERE status = 'stale_version') AS stale, count(*) FILTER (WHERE status = 'own_wish') AS own_wish,
				count(*) FILTER (WHERE status = 'void_affiliation') AS void_ties, count(*) FILTER (WHERE status = 'void_fraud') AS void_fraud
			FROM package_standings WHERE package_id = @id GROUP BY subject, subject_id, stratum
		), gone AS (
			UPDATE package_tallies t SET want = 0, pass = 0, against = 0, carried = 0, unverified = 0, quarantined = 0, stale = 0, own_wish = 0, void_ties = 0, void_fraud = 0
			WHERE package_id = @id AND (want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
			  AND NOT EXISTS (SELECT FROM right_now r WHERE (r.subject, r.subject_id, r.stratum) = (t.subject, t.subject_id, t.stratum)) RETURNING t.subject
		), put AS (
			INSERT INTO package_tallies AS t (package_id, subject, subject_id, stratum, want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud)
			SELECT @id, r.* FROM right_now r
			ON CONFLICT (subject, subject_id, stratum) DO UPDATE SET want = excluded.want, pass = excluded.pass, against = excluded.against, carried = excluded.carried,
				unverified = excluded.unverified, quarantined = excluded.quarantined, stale = excluded.stale, own_wish = excluded.own_wish,
				void_ties = excluded.void_ties, void_fraud = excluded.void_fraud
			WHERE (t.want, t.pass, t.against, t.carried, t.unverified, t.quarantined, t.stale, t.own_wish, t.void_ties, t.void_fraud) <>
				(excluded.want, excluded.pass, excluded.against, excluded.carried, excluded.unverified, excluded.quarantined, excluded.stale, excluded.own_wish, excluded.void_ties, excluded.void_fraud)
			RETURNING t.subject
		)
		SELECT subject FROM gone UNION ALL SELECT subject FROM put`, map[string]any{"id": packageID}).Scan(&rows).Error
	return int64(len(rows)), db.Wrap("shaping: recount tallies", err)
}
