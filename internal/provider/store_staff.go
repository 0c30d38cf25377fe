package provider

import (
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

const invitationColumns = `SELECT id, organisation_id, email, role, title, invited_by, created_at, expires_at, accepted_at, withdrawn_at FROM staff_invitations `

func insertInvitation(tx *db.Tx, i *Invitation, hash []byte) error {
	err := tx.Gorm().Raw(`
		INSERT INTO staff_invitations (organisation_id, hash, email, role, title, invited_by, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`, // hash not first: gorm takes bytes after a bracket for a list
		i.OrganisationID, hash, i.Email, i.Role, i.Title, i.InvitedBy, i.CreatedAt, i.ExpiresAt).Scan(&i.ID).Error
	return db.Wrap("provider: insert invitation", err)
}

func findInvitation(q *db.Tx, hash []byte) (Invitation, error) {
	return oneInvitation(q, invitationColumns+`WHERE hash = ?`, hash)
}

func lockInvitation(tx *db.Tx, hash []byte) (Invitation, error) {
	return oneInvitation(tx, invitationColumns+`WHERE hash = ? FOR UPDATE`, hash)
}

// oneInvitation answers an unknown one like one that has ended.
func oneInvitation(q *db.Tx, sql string, hash []byte) (i Invitation, err error) {
	err = q.Gorm().Raw(sql, hash).Take(&i).Error
	if db.Missing(err) {
		return i, gone()
	}
	return i, db.Wrap("provider: find invitation", err)
}

// closeInvitation notes who accepted it; the address has done its work.
func closeInvitation(tx *db.Tx, id, accountID int64) error {
	err := tx.Gorm().Exec(`UPDATE staff_invitations SET accepted_at = ?, accepted_by = ?, email = '' WHERE id = ?`, tx.Now, accountID, id).Error
	return db.Wrap("provider: close invitation", err)
}

func withdrawInvitation(tx *db.Tx, organisationID, id int64) error {
	res := tx.Gorm().Exec(`UPDATE staff_invitations SET withdrawn_at = ?, email = '' WHERE id = ? AND organisation_id = ? AND accepted_at IS NULL AND withdrawn_at IS NULL`,
		tx.Now, id, organisationID)
	if res.Error == nil && res.RowsAffected == 0 {
		return errs.New(errs.Conflict, "provider.invitation_over")
	}
	return db.Wrap("provider: withdraw invitation", res.Error)
}

// listOpenInvitations are those that can still be accepted.
func listOpenInvitations(q *db.Tx, organisationID int64) (rows []Invitation, err error) {
	err = q.Gorm().Raw(invitationColumns+`WHERE organisation_id = ? AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > ? ORDER BY id`, organisationID, q.Now).Scan(&rows).Error
	return rows, db.Wrap("provider: list invitations", err)
}

func removeInvitations(q *db.Tx, after time.Duration) error {
	return db.Wrap("provider: remove invitations", q.Gorm().Exec(`DELETE FROM staff_invitations WHERE expires_at < ?`, q.Now.Add(-after)).Error)
}

// listAddresses are the confirmed e-mail addresses of an account.
func listAddresses(q *db.Tx, accountID int64) (all []string, err error) {
	err = q.Gorm().Raw(`SELECT uid FROM identities WHERE account_id = ? AND provider = 'email' AND verified_at IS NOT NULL AND retired_at IS NULL`, accountID).Scan(&all).Error
	return all, db.Wrap("provider: list addresses", err)
}

// findAccountByAddress is the open account with a confirmed address, or zero.
func findAccountByAddress(q *db.Tx, email string) (id int64, err error) {
	err = q.Gorm().Raw(`
		SELECT a.id FROM identities i JOIN accounts a ON a.id = i.account_id
		WHERE i.provider = 'email' AND i.uid = ? AND i.verified_at IS NOT NULL AND i.retired_at IS NULL AND a.closed_at IS NULL AND a.disabled_at IS NULL`, email).Scan(&id).Error
	return id, db.Wrap("provider: find account", err)
}

func insertAffiliation(tx *db.Tx, personID int64, i Invitation) error {
	err := tx.Gorm().Exec(`
		INSERT INTO affiliations (person_id, organisation_id, role, kind, source, title, valid_from, decided_by) VALUES (?, ?, ?, 'staff', 'roster', ?, ?, ?)`,
		personID, i.OrganisationID, i.Role, i.Title, tx.Now, i.InvitedBy).Error
	return db.Wrap("provider: insert affiliation", err)
}

// endAffiliations ends what a person does for an organisation now; the rows
// stay as its history. What was found out ends by what it was found by.
func endAffiliations(tx *db.Tx, personID, organisationID int64) error {
	err := tx.Gorm().Exec(`UPDATE affiliations SET valid_to = ? WHERE person_id = ? AND organisation_id = ? AND kind IN ('owner', 'staff', 'contractor', 'paid_agent') AND source NOT IN ('email_domain', 'console_device') AND (valid_to IS NULL OR valid_to > ?)`,
		tx.Now, personID, organisationID, tx.Now).Error
	return db.Wrap("provider: end affiliations", err)
}

// endWorks ends all that a person does anywhere, unless another of their
// accounts is still open.
func endWorks(tx *db.Tx, accountID int64) error {
	err := tx.Gorm().Exec(`
		UPDATE affiliations f SET valid_to = ? FROM accounts a
		WHERE a.id = ? AND f.person_id = a.person_id AND (f.valid_to IS NULL OR f.valid_to > ?)
			AND NOT EXISTS (SELECT FROM accounts b WHERE b.person_id = a.person_id AND b.id <> a.id AND b.closed_at IS NULL)`,
		tx.Now, accountID, tx.Now).Error
	if err != nil {
		return db.Wrap("provider: end works", err)
	}
	err = tx.Gorm().Exec(`UPDATE staff_invitations SET email = '' WHERE accepted_by = ?`, accountID).Error
	return db.Wrap("provider: forget invitations", err)
}

// lockAffiliation returns whose present tie to the organisation id is.
func lockAffiliation(tx *db.Tx, organisationID, id int64) (personID int64, err error) {
	err = tx.Gorm().Raw(`
		SELECT person_id FROM affiliations WHERE id = ? AND organisation_id = ? AND (valid_to IS NULL OR valid_to > ?) FOR UPDATE`,
		id, organisationID, tx.Now).Scan(&personID).Error
	if err == nil && personID == 0 {
		return 0, errs.New(errs.Conflict, "provider.affiliation_over")
	}
	return personID, db.Wrap("provider: lock affiliation", err)
}

// present is what makes a tie count now: it is work, and was not only claimed
// by the person. The time stands in it twice.
const present = `f.kind IN ('owner', 'staff', 'contractor', 'paid_agent') AND f.source IN ('roster', 'adjudicated') AND f.valid_from <= ? AND (f.valid_to IS NULL OR f.valid_to > ?)`

func listColleagues(q *db.Tx, organisationID int64) (rows []Colleague, err error) {
	err = q.Gorm().Raw(`
		SELECT f.id, f.person_id, a.handle, f.role, f.title, f.valid_from AS since
		FROM affiliations f JOIN LATERAL (SELECT handle FROM accounts WHERE person_id = f.person_id AND closed_at IS NULL ORDER BY id LIMIT 1) a ON true
		WHERE f.organisation_id = ? AND `+present+` ORDER BY f.valid_from, f.id`,
		organisationID, q.Now, q.Now).Scan(&rows).Error
	return rows, db.Wrap("provider: list colleagues", err)
}

func listWorks(q *db.Tx, personID int64) (rows []access.Work, err error) {
	err = q.Gorm().Raw(`
		SELECT o.id AS organisation_id, o.kind, f.role, o.name, o.slug, f.title
		FROM affiliations f JOIN organisations o ON o.id = f.organisation_id
		WHERE f.person_id = ? AND `+present+` AND o.state <> 'refused' ORDER BY f.id`,
		personID, q.Now, q.Now).Scan(&rows).Error
	return rows, db.Wrap("provider: list works", err)
}

func listAccounts(q *db.Tx, personID int64) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM accounts WHERE person_id = ? ORDER BY id`, personID).Scan(&ids).Error
	return ids, db.Wrap("provider: list accounts", err)
}
