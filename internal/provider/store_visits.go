package provider

import (
	"time"

	"caravan/internal/db"
)

func putVisit(q *db.Tx, organisationID int64, what string, hash []byte) error {
	err := q.Gorm().Exec(`
		INSERT INTO console_visits AS v (organisation_id, hash, what, first_at, seen_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (organisation_id, what, hash) DO UPDATE SET seen_at = greatest(v.seen_at, excluded.seen_at),
			first_at = CASE WHEN v.seen_at < ? THEN excluded.first_at ELSE v.first_at END`,
		organisationID, hash, what, q.Now, q.Now, q.Now.Add(-visitLife)).Error
	return db.Wrap("provider: note visit", err)
}

func removeVisits(q *db.Tx, after time.Duration) error {
	return db.Wrap("provider: forget visits", q.Gorm().Exec(`DELETE FROM console_visits WHERE seen_at < ?`, q.Now.Add(-after)).Error)
}

// listMet are the organisations in whose consoles a device was used lately, of
// those that a person is not on the list of and whose tie does not last as long
// yet.
func listMet(q *db.Tx, hash []byte, personID int64) (all []metDevice, err error) {
	old := q.Now.Add(-visitLife)
	var rows []struct {
		OrganisationID  int64
		FirstAt, SeenAt time.Time
	}
	err = q.Gorm().Raw(`
		SELECT v.organisation_id, v.first_at, v.seen_at FROM console_visits v
		WHERE v.what = 'device' AND v.hash = ? AND v.seen_at > ?
			AND NOT EXISTS (SELECT FROM affiliations f WHERE f.person_id = ? AND f.organisation_id = v.organisation_id AND `+present+`)
			AND NOT EXISTS (SELECT FROM affiliations f WHERE f.person_id = ? AND f.organisation_id = v.organisation_id AND f.source = 'console_device' AND f.valid_to >= v.seen_at + ?::interval)
		ORDER BY v.organisation_id`, hash, old, personID, q.Now, q.Now, personID, visitLife.String()).Scan(&rows).Error
	for _, r := range rows {
		from := r.FirstAt
		if from.Before(old) {
			from = old
		}
		all = append(all, metDevice{domainTie{personID, r.OrganisationID}, from, r.SeenAt.Add(visitLife)})
	}
	return all, db.Wrap("provider: find device", err)
}

// prolongDeviceTie lets a tie by device that still holds last longer.
func prolongDeviceTie(tx *db.Tx, m metDevice) (done bool, err error) {
	res := tx.Gorm().Exec(`UPDATE affiliations SET valid_to = ? WHERE person_id = ? AND organisation_id = ? AND source = 'console_device' AND valid_to > ?`,
		m.Until, m.PersonID, m.OrganisationID, tx.Now)
	return res.RowsAffected > 0, db.Wrap("provider: prolong tie", res.Error)
}

// holdPerson keeps what is noted of a person in the hands of one transaction.
func holdPerson(tx *db.Tx, id int64) error {
	return db.Wrap("provider: hold person", tx.Gorm().Exec(`SELECT FROM persons WHERE id = ? FOR NO KEY UPDATE`, id).Error)
}
