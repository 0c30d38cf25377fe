package account

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

func listPasskeys(q *db.Tx, accountID int64) (rows []passkeyRow, err error) {
	err = q.Gorm().Raw(`
		SELECT id, name, created_at, used_at, warned_at, credential_id, credential::text AS credential
		FROM passkeys WHERE account_id = ? ORDER BY id`, accountID).Scan(&rows).Error
	if err != nil {
		return nil, db.Wrap("account: list passkeys", err)
	}
	for i := range rows {
		if err := rows[i].unfold(); err != nil {
			return nil, fmt.Errorf("account: read passkey: %w", err)
		}
	}
	return rows, nil
}

// findHolder is an account as authenticators know it; its handle is nil until
// its first passkey.
func findHolder(q *db.Tx, accountID int64) (*holder, error) {
	h := &holder{accountID: accountID}
	err := q.Gorm().Raw(`
		SELECT a.handle, p.handle FROM accounts a LEFT JOIN passkey_handles p ON p.account_id = a.id WHERE a.id = ?`, accountID).Row().Scan(&h.name, &h.handle)
	if err != nil {
		return nil, db.Wrap("account: find holder", err)
	}
	h.keys, err = listPasskeys(q, accountID)
	return h, err
}

// lockHolder is findHolder for who adds to it; others wait.
func lockHolder(tx *db.Tx, accountID int64) (*holder, error) {
	if _, err := lockOpen(tx, accountID); err != nil {
		return nil, err
	}
	return findHolder(tx, accountID)
}

// findHolderBy is findHolder by the handle; nil if nobody has it.
func findHolderBy(q *db.Tx, handle []byte) (*holder, error) {
	var id int64
	err := q.Gorm().Raw(`SELECT account_id FROM passkey_handles WHERE handle = ?`, handle).Scan(&id).Error
	if err != nil || id == 0 {
		return nil, db.Wrap("account: find handle", err)
	}
	return findHolder(q, id)
}

func insertHandle(tx *db.Tx, accountID int64, handle []byte) error {
	return db.Wrap("account: insert handle", tx.Gorm().Exec(`INSERT INTO passkey_handles (account_id, handle) VALUES (?, ?)`, accountID, handle).Error)
}

func insertPasskey(tx *db.Tx, accountID int64, name string, key webauthn.Credential) error {
	data, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("account: write passkey: %w", err)
	}
	err = tx.Gorm().Exec(`INSERT INTO passkeys (account_id, credential_id, credential, name, created_at) VALUES (?, ?, ?, ?, ?)`,
		accountID, key.ID, string(data), name, tx.Now).Error
	if db.Duplicate(err) {
		return errs.New(errs.Conflict, "account.passkey_known")
	}
	return db.Wrap("account: insert passkey", err)
}

// usePasskey keeps the new counter and the day of use. A key that was removed
// meanwhile is no key.
func usePasskey(tx *db.Tx, id int64, key webauthn.Credential) error {
	data, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("account: write passkey: %w", err)
	}
	// The counter is compared once more: of two answers at the same moment, the
	// later one may be the older.
	r := tx.Gorm().Exec(`
		UPDATE passkeys SET credential = ?, used_at = ? WHERE id = ?
			AND (coalesce((credential->'authenticator'->>'signCount')::bigint, 0) < ?::bigint OR ?::bigint = 0)`,
		string(data), tx.Now, id, int64(key.Authenticator.SignCount), int64(key.Authenticator.SignCount))
	if r.Error == nil && r.RowsAffected == 0 {
		return errRefused
	}
	return db.Wrap("account: use passkey", r.Error)
}

// warnPasskey marks a key as perhaps copied and says whether it was not yet.
func warnPasskey(tx *db.Tx, id int64) (fresh bool, err error) {
	r := tx.Gorm().Exec(`UPDATE passkeys SET warned_at = ? WHERE id = ? AND warned_at IS NULL`, tx.Now, id)
	return r.RowsAffected == 1, db.Wrap("account: warn of passkey", r.Error)
}

func deletePasskey(tx *db.Tx, accountID, id int64) (gone bool, err error) {
	r := tx.Gorm().Exec(`DELETE FROM passkeys WHERE account_id = ? AND id = ?`, accountID, id)
	return r.RowsAffected == 1, db.Wrap("account: delete passkey", r.Error)
}

// deleteSecond drops every passkey and recovery code of an account.
func deleteSecond(tx *db.Tx, accountID int64) (had bool, err error) {
	for _, sql := range []string{`DELETE FROM passkeys WHERE account_id = ?`, `DELETE FROM recovery_codes WHERE account_id = ?`, `DELETE FROM passkey_ceremonies WHERE account_id = ?`} {
		r := tx.Gorm().Exec(sql, accountID)
		if r.Error != nil {
			return false, db.Wrap("account: delete second factor", r.Error)
		}
		had = had || r.RowsAffected > 0
	}
	return had, nil
}

// insertCeremony stores one half of a ceremony. (Bytes must not stand first in a
// list: gorm writes those out one by one.)
func insertCeremony(tx *db.Tx, ticket, purpose string, accountID int64, data string, life time.Duration) error {
	var owner *int64
	if accountID != 0 {
		owner = &accountID
	}
	return db.Wrap("account: insert ceremony", tx.Gorm().Exec(
		`INSERT INTO passkey_ceremonies (purpose, ticket_hash, account_id, data, expires_at) VALUES (?, ?, ?, ?, ?)`,
		purpose, hashOf(ticket), owner, data, tx.Now.Add(life)).Error)
}

// takeCeremony returns what was kept and drops it; empty if there is none. Who
// comes second waits for the row and finds it gone.
func takeCeremony(tx *db.Tx, ticket, purpose string, accountID int64) (data string, err error) {
	err = tx.Gorm().Raw(`
		DELETE FROM passkey_ceremonies WHERE purpose = ? AND ticket_hash = ? AND coalesce(account_id, 0) = ? AND expires_at > ?
		RETURNING data::text`, purpose, hashOf(ticket), accountID, tx.Now).Scan(&data).Error
	return data, db.Wrap("account: take ceremony", err)
}

func forgetCeremonies(tx *db.Tx) error {
	return db.Wrap("account: forget ceremonies", tx.Gorm().Exec(`DELETE FROM passkey_ceremonies WHERE expires_at <= ?`, tx.Now).Error)
}

// findWays counts what an account could show.
func findWays(q *db.Tx, a access.Actor) (w Ways, err error) {
	err = q.Gorm().Raw(`
		SELECT EXISTS (SELECT FROM passwords WHERE account_id = ?) AS password,
			(SELECT count(*) FROM passkeys WHERE account_id = ?) AS passkeys,
			(SELECT count(*) FROM recovery_codes WHERE account_id = ? AND used_at IS NULL) AS codes`,
		a.AccountID, a.AccountID, a.AccountID).Scan(&w).Error
	w.Role = needsRole(a)
	return w, db.Wrap("account: find ways", err)
}

// findStepUp is when, and by what, the session in use last stepped up.
func findStepUp(q *db.Tx, a access.Actor) (at *time.Time, by string, err error) {
	var row struct {
		SteppedUpAt *time.Time
		By          string
	}
	err = q.Gorm().Raw(`SELECT stepped_up_at, coalesce(stepped_up_by, '') AS by FROM sessions WHERE account_id = ? AND public_id = ?`,
		a.AccountID, a.Session).Scan(&row).Error
	return row.SteppedUpAt, row.By, db.Wrap("account: find step-up", err)
}

// listRecovery are the hashes of the codes that are left.
func listRecovery(q *db.Tx, accountID int64) (all [][]byte, err error) {
	rows, err := q.Gorm().Raw(`SELECT hash FROM recovery_codes WHERE account_id = ? AND used_at IS NULL`, accountID).Rows()
	if err != nil {
		return nil, db.Wrap("account: list recovery codes", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h []byte
		if err := rows.Scan(&h); err != nil {
			return nil, db.Wrap("account: list recovery codes", err)
		}
		all = append(all, h)
	}
	return all, db.Wrap("account: list recovery codes", rows.Err())
}

// useRecovery uses a code up, once.
func useRecovery(tx *db.Tx, accountID int64, hash []byte) (used bool, err error) {
	r := tx.Gorm().Exec(`UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND hash = ? AND used_at IS NULL`, tx.Now, accountID, hash)
	return r.RowsAffected == 1, db.Wrap("account: use recovery code", r.Error)
}

func deleteRecovery(tx *db.Tx, accountID int64) error {
	return db.Wrap("account: delete recovery codes", tx.Gorm().Exec(`DELETE FROM recovery_codes WHERE account_id = ?`, accountID).Error)
}

// insertRecovery stores codes as unused.
func insertRecovery(tx *db.Tx, hashes [][]byte, accountID int64) error {
	for _, h := range hashes {
		err := tx.Gorm().Exec(`INSERT INTO recovery_codes (account_id, hash, created_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET used_at = NULL`,
			accountID, h, tx.Now).Error
		if err != nil {
			return db.Wrap("account: insert recovery code", err)
		}
	}
	return nil
}
