package shaping

import (
	"time"

	"caravan/internal/db"
)

// Named is somebody who may bind a provider by signing for it.
type Named struct {
	ID             int64
	OrganisationID int64
	PersonID       int64
	Name           string
	Title          string
	NamedBy        int64 // account
	Since          time.Time
	Until          *time.Time
}

// TableName is the table of signatories.
func (Named) TableName() string { return "package_signatories" }

// commitments returns all commitments of a package, oldest first.
func commitments(q *db.Tx, packageID int64) (all []Commitment, err error) {
	err = q.Gorm().Where("package_id = ?", packageID).Order("id").Find(&all).Error
	return all, db.Wrap("shaping: list commitments", err)
}

// standing returns the commitment of a package that holds: active or suspended;
// nil where there is none.
func standing(q *db.Tx, packageID int64) (*Commitment, error) {
	var c Commitment
	err := q.Gorm().Where("package_id = ? AND state IN ('active', 'suspended')", packageID).Take(&c).Error
	if db.Missing(err) {
		return nil, nil
	}
	return &c, db.Wrap("shaping: find commitment", err)
}

// signatories returns who may sign for an organisation now, longest first.
func signatories(q *db.Tx, organisationID int64) (all []Named, err error) {
	err = q.Gorm().Where("organisation_id = ? AND until IS NULL", organisationID).Order("since, id").Find(&all).Error
	return all, db.Wrap("shaping: list signatories", err)
}

// signatory returns the naming under which a person may sign for an
// organisation; nil where there is none, or the person no longer works there.
func signatory(q *db.Tx, organisationID, personID int64) (*Named, error) {
	var rows []Named
	err := q.Gorm().Raw(`
		SELECT s.* FROM package_signatories s
		WHERE s.organisation_id = ? AND s.person_id = ? AND s.until IS NULL
		  AND EXISTS (SELECT 1 FROM affiliations a WHERE a.organisation_id = s.organisation_id AND a.person_id = s.person_id
		              AND a.kind IN ('owner', 'staff', 'contractor') AND a.source IN ('roster', 'adjudicated')
		              AND a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to > ?))`, organisationID, personID, q.Now, q.Now).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, db.Wrap("shaping: find signatory", err)
	}
	return &rows[0], nil
}
