package visit

import (
	"time"

	"caravan/internal/db"
)

// foundCode is a code with its batch. The zero foundCode is one that nobody made.
type foundCode struct {
	OrganisationID int64
	Quarter        Quarter
	SpecialtyID    *int16
	Used           bool
	ExpiresAt      time.Time
}

func (c foundCode) usable(now time.Time) bool {
	return c.OrganisationID != 0 && !c.Used && now.Before(c.ExpiresAt)
}

func findCode(q *db.Tx, hash []byte) (c foundCode, err error) {
	err = q.Gorm().Raw(`
		SELECT b.organisation_id, b.quarter, b.specialty_id, c.used, b.expires_at
		FROM visit_codes c JOIN visit_batches b ON b.id = c.batch_id WHERE c.hash = ?`, hash).Scan(&c).Error
	return c, db.Wrap("visit: find code", err)
}

// useCode marks a code as used if it agrees with the claim. Who comes second
// waits for the row and finds it used.
func useCode(tx *db.Tx, hash []byte, c Claim) (specialty *int16, used bool, err error) {
	var row struct {
		SpecialtyID *int16
		Mine        bool
	}
	err = tx.Gorm().Raw(`
		UPDATE visit_codes c SET used = true FROM visit_batches b
		WHERE c.hash = ? AND b.id = c.batch_id AND NOT c.used AND b.expires_at > ?
		  AND b.organisation_id = ? AND b.quarter = ? AND (b.specialty_id IS NULL OR b.specialty_id = ?)
		RETURNING b.specialty_id, true AS mine`,
		hash, tx.Now, c.OrganisationID, c.Quarter, c.SpecialtyID).Scan(&row).Error
	return row.SpecialtyID, row.Mine, db.Wrap("visit: use code", err)
}

// insertProof says whether there was none of its kind.
func insertProof(tx *db.Tx, p Proof) (fresh bool, err error) {
	r := tx.Gorm().Exec(`
		INSERT INTO visit_proofs (experience_id, kind, organisation_id, quarter, specialty_id, sources, amount_seen, seen_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ExperienceID, p.Kind, p.OrganisationID, p.Quarter, p.SpecialtyID, p.Sources, p.AmountSeen, p.SeenOn)
	return r.RowsAffected == 1, db.Wrap("visit: store proof", r.Error)
}

func listProofs(q *db.Tx, experienceIDs []int64) (rows []Proof, err error) {
	err = q.Gorm().Raw(`
		SELECT experience_id, kind, organisation_id, quarter, specialty_id, sources, amount_seen, seen_on
		FROM visit_proofs WHERE experience_id IN ? ORDER BY experience_id, kind`, experienceIDs).Scan(&rows).Error
	return rows, db.Wrap("visit: list proofs", err)
}
