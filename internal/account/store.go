package account

import (
	"strings"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// newAccount is what an account begins as.
type newAccount struct {
	Handle, HandleKey, Lang string
}

// insertAccount stores a person with one account. A handle that looks like one
// there is, is taken.
func insertAccount(tx *db.Tx, n newAccount) (id int64, err error) {
	err = tx.Gorm().Raw(`
		WITH p AS (INSERT INTO persons (created_at) VALUES (?) RETURNING id)
		INSERT INTO accounts (person_id, handle, handle_key, lang, created_at) SELECT id, ?, ?, ?, ? FROM p
		WHERE NOT EXISTS (SELECT FROM accounts WHERE handle_key = `+goneKey+`) RETURNING id`,
		tx.Now, n.Handle, n.HandleKey, n.Lang, tx.Now, n.HandleKey).Scan(&id).Error
	if db.Duplicate(err) || err == nil && id == 0 {
		return 0, errs.Field("handle", "account.handle_taken")
	}
	return id, db.Wrap("account: insert account", err)
}

// handleTaken reports whether a handle with this key exists.
func handleTaken(q *db.Tx, key string) (taken bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT FROM accounts WHERE handle_key IN (?, `+goneKey+`))`, key, key).Scan(&taken).Error
	return taken, db.Wrap("account: look for handle", err)
}

// setPassword stores a hash, for the first time or instead of another.
func setPassword(tx *db.Tx, accountID int64, hash string) error {
	return db.Wrap("account: set password", tx.Gorm().Exec(`
		INSERT INTO passwords (account_id, hash, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, accountID, hash, tx.Now).Error)
}

// rehash replaces a hash by one of the same password, unless it has changed
// since it was read.
func rehash(tx *db.Tx, accountID int64, old, hash string) error {
	return db.Wrap("account: rehash", tx.Gorm().Exec(`UPDATE passwords SET hash = ? WHERE account_id = ? AND hash = ?`, hash, accountID, old).Error)
}

// findPassword returns the hash of an account's password; empty without one.
func findPassword(q *db.Tx, accountID int64) (hash string, err error) {
	err = q.Gorm().Raw(`SELECT hash FROM passwords WHERE account_id = ?`, accountID).Scan(&hash).Error
	return hash, db.Wrap("account: find password", err)
}

// login is what a sign-in needs to know behind an address.
type login struct {
	AccountID int64
	Hash      string
}

// findLogin returns the account behind a confirmed address; zeros without one.
func findLogin(q *db.Tx, email string) (l login, err error) {
	err = q.Gorm().Raw(`
		SELECT i.account_id, coalesce(p.hash, '') AS hash FROM identities i LEFT JOIN passwords p ON p.account_id = i.account_id
		WHERE i.provider = 'email' AND i.uid = ? AND i.verified_at IS NOT NULL AND i.retired_at IS NULL`, email).Scan(&l).Error
	return l, db.Wrap("account: find login", err)
}

// profile is what an account is shown as to its owner after a sign-in.
type profile struct{ Handle, Lang string }

func findProfile(q *db.Tx, accountID int64) (p profile, err error) {
	err = q.Gorm().Raw(`SELECT handle, lang FROM accounts WHERE id = ?`, accountID).Scan(&p).Error
	return p, db.Wrap("account: find profile", err)
}

func setLang(tx *db.Tx, accountID int64, lang string) error {
	return db.Wrap("account: set language", tx.Gorm().Exec(`UPDATE accounts SET lang = ? WHERE id = ?`, lang, accountID).Error)
}

// Consent is one answer to one question about data, at one time.
type Consent struct {
	Purpose string
	Version int // of the text that was agreed to
	Given   bool
	At      time.Time
}

func insertConsent(tx *db.Tx, accountID int64, purpose string, given bool) error {
	return db.Wrap("account: insert consent", tx.Gorm().Exec(`INSERT INTO consents (account_id, purpose, version, given, at) VALUES (?, ?, ?, ?, ?)`,
		accountID, purpose, consentVersions[purpose], given, tx.Now).Error)
}

// listConsents returns the last answer to each purpose.
func listConsents(q *db.Tx, accountID int64) (all []Consent, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT ON (purpose) purpose, version, given, at FROM consents
		WHERE account_id = ? ORDER BY purpose, at DESC, id DESC`, accountID).Scan(&all).Error
	return all, db.Wrap("account: list consents", err)
}

// grantRole gives a role of the platform to an account, once.
func grantRole(tx *db.Tx, accountID int64, role string) error {
	return db.Wrap("account: grant role", tx.Gorm().Exec(`INSERT INTO platform_roles (account_id, role, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		accountID, role, tx.Now).Error)
}

// disable blocks an account.
func disable(tx *db.Tx, accountID int64) error {
	return db.Wrap("account: disable", tx.Gorm().Exec(`UPDATE accounts SET disabled_at = coalesce(disabled_at, ?) WHERE id = ?`, tx.Now, accountID).Error)
}

// closeAccount takes everything from an account by which its owner could be
// known or could come back. A handle that others have seen stays taken, so that
// goneKey stands for the name of somebody who left: it can be told again that the
// name was taken, so that nobody passes for them, and not what it was.
const goneKey = `'gone ' || encode(sha256(convert_to(?, 'UTF8')), 'hex')`

// nobody can pose as its owner; one that nobody has seen becomes free.
func closeAccount(tx *db.Tx, accountID int64, freeHandle bool) error {
	key := strings.ReplaceAll(goneKey, "?", "handle_key")
	if freeHandle {
		key = `'free ' || id`
	}
	err := tx.Gorm().Exec(`UPDATE accounts SET closed_at = ?, handle = 'gone ' || id, handle_key = `+key+` WHERE id = ? AND closed_at IS NULL`, tx.Now, accountID).Error
	if err != nil {
		return db.Wrap("account: close", err)
	}
	for _, sql := range []string{
		`DELETE FROM account_tokens WHERE account_id = ?`, `DELETE FROM sign_in_starts WHERE account_id = ?`,
		`DELETE FROM identities WHERE account_id = ?`, `DELETE FROM passwords WHERE account_id = ?`, `DELETE FROM passkeys WHERE account_id = ?`,
		`DELETE FROM passkey_handles WHERE account_id = ?`, `DELETE FROM passkey_ceremonies WHERE account_id = ?`, `DELETE FROM recovery_codes WHERE account_id = ?`,
		`DELETE FROM platform_roles WHERE account_id = ?`,
	} {
		if err := tx.Gorm().Exec(sql, accountID).Error; err != nil {
			return db.Wrap("account: close", err)
		}
	}
	return nil
}
