package shaping

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
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

// insertCommitment stores a commitment and sets its id. A second one that holds
// is refused by the database.
func insertCommitment(tx *db.Tx, c *Commitment) error {
	if c.Remedies == nil {
		c.Remedies = map[string]string{}
	}
	return db.Wrap("shaping: insert commitment", tx.Gorm().Create(c).Error)
}

// raiseCommitment gives a commitment more places.
func raiseCommitment(tx *db.Tx, id int64, capacity int) error {
	err := tx.Gorm().Exec(`UPDATE package_commitments SET capacity = ? WHERE id = ? AND capacity < ?`, capacity, id, capacity).Error
	return db.Wrap("shaping: raise commitment", err)
}

// closeCommitment ends a commitment: it takes no new patients any more. Who is
// enrolled keeps it.
func closeCommitment(tx *db.Tx, c Commitment, to CommitmentState) error {
	err := tx.Gorm().Exec(`UPDATE package_commitments SET state = ?, ended_at = ? WHERE id = ?`, to, tx.Now, c.ID).Error
	return db.Wrap("shaping: close commitment", err)
}

// moveCommitment suspends a commitment, or lets it go on.
func moveCommitment(tx *db.Tx, id int64, to CommitmentState) error {
	err := tx.Gorm().Exec(`UPDATE package_commitments SET state = ? WHERE id = ?`, to, id).Error
	return db.Wrap("shaping: move commitment", err)
}

// listCounters returns the ids of packages with a counter-offer that is at least
// as old as the shortest vote on one.
func listCounters(q *db.Tx, after int64, most int) (ids []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT p.id FROM packages p
		WHERE p.id > ? AND p.state IN ('shaping', 'answering') AND EXISTS (
			SELECT 1 FROM amendments a JOIN amendment_responses r ON r.amendment_id = a.id
			WHERE a.package_id = p.id AND a.state = 'answered' AND r.answer = 'counter' AND r.created_at <= ?)
		ORDER BY p.id LIMIT ?`, after, q.Now.AddDate(0, 0, -CounterDays+1), most).Scan(&ids).Error
	return ids, db.Wrap("shaping: list counter-offers", err)
}

// listPromised returns the ids of packages that were committed to and are not
// over: what their patients say can move them.
func listPromised(q *db.Tx, after int64, most int) (ids []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT id FROM packages
		WHERE id > ? AND proposer <> 'patients' AND (state IN ('committed', 'exhausted', 'reporting', 'ended', 'breached') OR state = 'suspended' AND held_by_rule)
		ORDER BY id LIMIT ?`, after, most).Scan(&ids).Error
	return ids, db.Wrap("shaping: list promised packages", err)
}

// insertSignatory stores a naming. Somebody who may sign already is Conflict.
func insertSignatory(tx *db.Tx, n *Named) error {
	err := tx.Gorm().Create(n).Error
	if db.Duplicate(err) {
		return errs.New(errs.Conflict, "shaping.named_already")
	}
	return db.Wrap("shaping: insert signatory", err)
}

// endSignatory ends a naming.
func endSignatory(tx *db.Tx, organisationID, id int64) error {
	r := tx.Gorm().Exec(`UPDATE package_signatories SET until = ? WHERE id = ? AND organisation_id = ? AND until IS NULL`, tx.Now, id, organisationID)
	if r.Error == nil && r.RowsAffected == 0 {
		return errs.New(errs.Conflict, "shaping.changed_meanwhile")
	}
	return db.Wrap("shaping: end signatory", r.Error)
}

// onlyOwner reports whether a person owns an organisation and nobody else does.
func onlyOwner(q *db.Tx, organisationID, personID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`
		SELECT count(DISTINCT person_id) = 1 AND bool_and(person_id = ?) FROM affiliations
		WHERE organisation_id = ? AND kind = 'owner' AND source IN ('roster', 'adjudicated') AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)
		HAVING count(*) > 0`, personID, organisationID, q.Now, q.Now).Scan(&yes).Error
	return yes, db.Wrap("shaping: find owner", err)
}

// listAccountsOf returns the open accounts of a person.
func listAccountsOf(q *db.Tx, personID int64) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM accounts WHERE person_id = ? AND closed_at IS NULL ORDER BY id`, personID).Scan(&ids).Error
	return ids, db.Wrap("shaping: list accounts", err)
}

// organisationSlug is how an organisation is called in addresses.
func organisationSlug(q *db.Tx, id int64) (slug string, err error) {
	err = q.Gorm().Raw(`SELECT slug FROM organisations WHERE id = ?`, id).Scan(&slug).Error
	return slug, db.Wrap("shaping: find organisation", err)
}
