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
