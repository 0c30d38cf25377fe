package account

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// Identity is one way in which an account is known.
type Identity struct {
	ID         int64
	AccountID  int64
	Provider   string // email, google, oidc, demo
	UID        string // the address, or issuer and subject
	VerifiedAt *time.Time
	RetiredAt  *time.Time
	CreatedAt  time.Time
}

func insertIdentity(tx *db.Tx, i *Identity) error {
	err := tx.Gorm().Raw(`INSERT INTO identities (account_id, provider, uid, verified_at, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
		i.AccountID, i.Provider, i.UID, i.VerifiedAt, tx.Now).Scan(&i.ID).Error
	if db.Duplicate(err) {
		return errs.New(errs.Conflict, "account.identity_taken")
	}
	return db.Wrap("account: insert identity", err)
}

// findIdentity returns the account that an identity belongs to; zero without
// one.
func findIdentity(q *db.Tx, provider, uid string) (accountID int64, err error) {
	err = q.Gorm().Raw(`SELECT account_id FROM identities WHERE provider = ? AND uid = ? AND verified_at IS NOT NULL AND retired_at IS NULL`,
		provider, uid).Scan(&accountID).Error
	return accountID, db.Wrap("account: find identity", err)
}

// listIdentities returns how an account is known now, oldest first.
func listIdentities(q *db.Tx, accountID int64) (all []Identity, err error) {
	err = q.Gorm().Raw(`SELECT id, account_id, provider, uid, verified_at, retired_at, created_at FROM identities
		WHERE account_id = ? AND retired_at IS NULL ORDER BY id`, accountID).Scan(&all).Error
	return all, db.Wrap("account: list identities", err)
}

// verifyIdentity notes that its owner has confirmed an address. Others may have
// typed the same address; the first to confirm it has it.
func verifyIdentity(tx *db.Tx, id int64) error {
	err := tx.Gorm().Exec(`UPDATE identities SET verified_at = ? WHERE id = ? AND verified_at IS NULL`, tx.Now, id).Error
	if db.Duplicate(err) {
		return errs.New(errs.Conflict, "account.address_elsewhere")
	}
	return db.Wrap("account: verify identity", err)
}

// retireAddresses puts an account's other confirmed addresses out of use and
// says how many there were.
func retireAddresses(tx *db.Tx, accountID, but int64) (int64, error) {
	r := tx.Gorm().Exec(`UPDATE identities SET retired_at = ? WHERE account_id = ? AND id <> ? AND provider = 'email' AND verified_at IS NOT NULL AND retired_at IS NULL`,
		tx.Now, accountID, but)
	return r.RowsAffected, db.Wrap("account: retire addresses", r.Error)
}

// deletePending drops the addresses that an account has not confirmed.
func deletePending(tx *db.Tx, accountID, but int64) error {
	return db.Wrap("account: delete pending addresses", tx.Gorm().Exec(
		`DELETE FROM identities WHERE account_id = ? AND id <> ? AND provider = 'email' AND verified_at IS NULL`, accountID, but).Error)
}

func deleteIdentity(tx *db.Tx, id int64) error {
	return db.Wrap("account: delete identity", tx.Gorm().Exec(`DELETE FROM identities WHERE id = ?`, id).Error)
}

// address is a line of the address book.
type address struct{ UID, Lang string }

const (
	presentAddress = `i.verified_at IS NOT NULL AND i.retired_at IS NULL ORDER BY i.id DESC`
	pendingAddress = `i.verified_at IS NULL ORDER BY i.id DESC`
	formerAddress  = `i.verified_at IS NOT NULL AND i.retired_at IS NOT NULL ORDER BY i.retired_at DESC`
)

// findAddress returns where an account gets mail; which is one of the three
// clauses above. Closed accounts get none.
func findAddress(q *db.Tx, accountID int64, which string) (a address, err error) {
	err = q.Gorm().Raw(`SELECT i.uid, a.lang FROM identities i JOIN accounts a ON a.id = i.account_id
		WHERE i.account_id = ? AND i.provider = 'email' AND a.closed_at IS NULL AND `+which+` LIMIT 1`, accountID).Scan(&a).Error
	return a, db.Wrap("account: find address", err)
}
