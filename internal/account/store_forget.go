package account

import (
	"time"

	"caravan/internal/db"
)

// forgetSessions drops sessions that are over. Those that end earlier because
// of their owner's rights are refused by Who, and go with the rest.
func forgetSessions(tx *db.Tx) error {
	return db.Wrap("account: forget sessions", tx.Gorm().Exec(
		`DELETE FROM sessions WHERE expires_at < ? OR seen_at + make_interval(secs => idle_s) < ?`, tx.Now, tx.Now).Error)
}

func forgetTokens(tx *db.Tx) error {
	return db.Wrap("account: forget tokens", tx.Gorm().Exec(`DELETE FROM account_tokens WHERE expires_at < ?`, tx.Now.Add(-keepTokens)).Error)
}

func forgetStarts(tx *db.Tx) error {
	return db.Wrap("account: forget starts", tx.Gorm().Exec(`DELETE FROM sign_in_starts WHERE expires_at < ?`, tx.Now).Error)
}

func forgetRetired(tx *db.Tx) error {
	return db.Wrap("account: forget addresses", tx.Gorm().Exec(`DELETE FROM identities WHERE retired_at < ?`, tx.Now.Add(-keepRetired)).Error)
}

// lockUnconfirmed returns accounts from before a time that are known in no
// confirmed way at all.
func lockUnconfirmed(tx *db.Tx, before time.Time, limit int) (ids []int64, err error) {
	err = tx.Gorm().Raw(`
		SELECT a.id FROM accounts a
		WHERE a.created_at < ? AND a.closed_at IS NULL
			AND NOT EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.verified_at IS NOT NULL)
		ORDER BY a.id LIMIT ? FOR NO KEY UPDATE OF a SKIP LOCKED`, before, limit).Scan(&ids).Error
	return ids, db.Wrap("account: lock unconfirmed", err)
}
