package shaping

import (
	"time"

	"caravan/internal/db"
)

const interestColumns = `person_id, package_id, account_id, version_id, price_max_minor, readiness, window_from, window_to, must_items, state, status, confirmed_at, reminded_at, expires_at`

// interestOf is an interest with what its status depends on.
type interestOf struct {
	Interest
	OrganisationID int64
}

// statusNow is whether the person's vote on the package would count.
func (in interestOf) statusNow(x someone, at time.Time) Status {
	v := x.voter(in.PackageID, in.OrganisationID, in.ConfirmedAt, at)
	v.Fraud, v.Review = in.Status == VoidFraud, in.Status == Quarantined
	return StatusOf(OnPackage, v, false)
}

// listInterests reads all interests in a package.
func listInterests(q *db.Tx, packageID int64) (rows []Interest, err error) {
	err = q.Gorm().Raw(`SELECT `+interestColumns+` FROM package_interests WHERE package_id = ? ORDER BY person_id`, packageID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list interests", err)
}

// listInterestsOf reads the interests of people.
func listInterestsOf(q *db.Tx, persons []int64) (rows []interestOf, err error) {
	err = q.Gorm().Raw(`SELECT i.*, coalesce(p.organisation_id, 0) AS organisation_id FROM package_interests i JOIN packages p ON p.id = i.package_id
		WHERE i.person_id IN ? ORDER BY i.person_id, i.package_id`, persons).Scan(&rows).Error
	return rows, db.Wrap("shaping: list interests", err)
}

// findInterest is a person's interest in a package; ok is false without one.
func findInterest(q *db.Tx, packageID, personID int64) (in Interest, ok bool, err error) {
	res := q.Gorm().Raw(`SELECT `+interestColumns+` FROM package_interests WHERE package_id = ? AND person_id = ?`, packageID, personID).Scan(&in)
	return in, res.RowsAffected > 0, db.Wrap("shaping: find interest", res.Error)
}

// putInterest stores an interest. Its person must be held.
func putInterest(tx *db.Tx, in Interest) error {
	if in.MustItems == nil {
		in.MustItems = []string{}
	}
	if err := tx.Gorm().Exec(`DELETE FROM package_interests WHERE package_id = ? AND person_id = ?`, in.PackageID, in.PersonID).Error; err != nil {
		return db.Wrap("shaping: put interest", err)
	}
	return db.Wrap("shaping: put interest", tx.Gorm().Create(&in).Error)
}

// moveInterests stores to which version interests belong now, and in which state.
func moveInterests(tx *db.Tx, rows []Interest) error {
	if len(rows) == 0 {
		return nil
	}
	var persons, versions []int64
	var states []string
	for _, in := range rows {
		persons, versions, states = append(persons, in.PersonID), append(versions, in.VersionID), append(states, string(in.State))
	}
	return db.Wrap("shaping: move interests", tx.All(db.Statement{SQL: `
		UPDATE package_interests i SET version_id = v.version_id, state = v.state FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS v (person_id, version_id, state)
		WHERE i.package_id = $1 AND i.person_id = v.person_id`, Args: []any{rows[0].PackageID, persons, versions, states}}))
}

// restandInterests looks again at whether the interests of people count.
func restandInterests(tx *db.Tx, ids []int64, known map[int64]someone) error {
	rows, err := listInterestsOf(tx, ids)
	if err != nil {
		return err
	}
	var changed []Interest
	for _, in := range rows {
		if now := in.statusNow(known[in.PersonID], tx.Now); now != in.Status {
			in.Status = now
			changed = append(changed, in.Interest)
		}
	}
	return setInterestStatuses(tx, changed)
}

// setInterestStatuses stores whether interests count.
func setInterestStatuses(tx *db.Tx, rows []Interest) error {
	if len(rows) == 0 {
		return nil
	}
	var persons, packages []int64
	var statuses []string
	for _, in := range rows {
		persons, packages, statuses = append(persons, in.PersonID), append(packages, in.PackageID), append(statuses, string(in.Status))
	}
	return db.Wrap("shaping: set statuses of interests", tx.All(db.Statement{SQL: `
		UPDATE package_interests i SET status = v.status FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS v (person_id, package_id, status)
		WHERE i.person_id = v.person_id AND i.package_id = v.package_id`, Args: []any{persons, packages, statuses}}))
}

// aging is an interest that ended just now, or of which its owner is reminded.
type aging struct {
	AccountID, PackageID int64
	Slug, Title          string
	Remind               bool
}

// takeAging marks interests that have run out, or whose reminder is due, and
// returns them. Two who do it at once take different ones.
func takeAging(tx *db.Tx, most int) (rows []aging, err error) {
	err = tx.Gorm().Raw(`
		WITH due AS (
			SELECT i.package_id, i.person_id, i.expires_at > @now AS remind FROM package_interests i JOIN packages p ON p.id = i.package_id
			WHERE i.state IN ('active', 'carried', 'needs_confirm') AND (i.expires_at <= @now OR i.expires_at <= @soon AND i.reminded_at IS NULL AND p.state IN @open)
			ORDER BY i.expires_at, i.package_id, i.person_id LIMIT @most FOR UPDATE OF i SKIP LOCKED
		)
		UPDATE package_interests i SET state = CASE WHEN d.remind THEN i.state ELSE 'expired' END, reminded_at = CASE WHEN d.remind THEN @now ELSE i.reminded_at END
		FROM due d JOIN packages p ON p.id = d.package_id WHERE i.package_id = d.package_id AND i.person_id = d.person_id
		RETURNING i.account_id, i.package_id, p.slug, p.title, d.remind`,
		map[string]any{"now": tx.Now, "soon": tx.Now.AddDate(0, 0, RemindDays), "open": rights[ShowInterest].in, "most": most}).Scan(&rows).Error
	return rows, db.Wrap("shaping: take aging interests", err)
}

// stated is how many people say that they would take an offer, and how many of
// earlier ones came.
type stated struct {
	Readiness   Readiness
	Asked, Came int
}

// listCame reads, for a provider's packages that are over, how many people of
// each readiness were interested and how many of them came.
func listCame(q *db.Tx, organisationID int64) (map[Readiness]Came, error) {
	var rows []stated
	err := q.Gorm().Raw(`SELECT i.readiness, count(*) AS asked, count(*) FILTER (WHERE i.state = 'converted') AS came
		FROM package_interests i JOIN packages p ON p.id = i.package_id
		WHERE p.organisation_id = ? AND i.status = 'counted' AND p.state IN ('exhausted', 'ended', 'reporting', 'archived') GROUP BY i.readiness`, organisationID).Scan(&rows).Error
	came := map[Readiness]Came{}
	for _, r := range rows {
		came[r.Readiness] = Came{Asked: r.Asked, Came: r.Came}
	}
	return came, db.Wrap("shaping: list who came", err)
}

// findPrice is the price in a version, in minor units; 0 where there is none.
func findPrice(q *db.Tx, versionID int64) (int64, error) {
	var rows []struct{ Value Value }
	err := q.Gorm().Raw(`SELECT v.value FROM package_version_items v JOIN package_items i ON i.id = v.item_id WHERE v.version_id = ? AND i.key = ? AND v.value IS NOT NULL`,
		versionID, PriceKey).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, db.Wrap("shaping: find price", err)
	}
	return rows[0].Value.Number, nil
}
