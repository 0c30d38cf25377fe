package account

import (
	"time"

	"caravan/internal/db"
)

// Kinds of single-use links.
const (
	tokenConfirm = "confirm" // a first address
	tokenChange  = "change"  // an address instead of another
	tokenReset   = "reset"   // a new password
)

// How long a link works.
var tokenLife = map[string]time.Duration{tokenConfirm: 3 * 24 * time.Hour, tokenChange: 24 * time.Hour, tokenReset: time.Hour}

// insertToken stores the hash of a link for an identity. Earlier links of the
// same kind stop working.
func insertToken(tx *db.Tx, i Identity, kind, raw string) error {
	if err := voidTokens(tx, i.AccountID, kind); err != nil {
		return err
	}
	return db.Wrap("account: insert token", tx.Gorm().Exec(`
		INSERT INTO account_tokens (account_id, hash, identity_id, kind, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		i.AccountID, hashOf(raw), i.ID, kind, tx.Now.Add(tokenLife[kind]), tx.Now).Error)
}

func voidTokens(tx *db.Tx, accountID int64, kind string) error {
	return db.Wrap("account: void tokens", tx.Gorm().Exec(
		`UPDATE account_tokens SET used_at = ? WHERE account_id = ? AND kind = ? AND used_at IS NULL`, tx.Now, accountID, kind).Error)
}

// insertReset stores a link for the owner of a confirmed address, and returns
// their account; zero if there is none, after the same work.
func insertReset(tx *db.Tx, email, raw string) (accountID int64, err error) {
	err = tx.Gorm().Raw(`
		INSERT INTO account_tokens (hash, account_id, identity_id, kind, expires_at, created_at)
		SELECT ?, i.account_id, i.id, 'reset', ?, ? FROM identities i JOIN accounts a ON a.id = i.account_id
		WHERE i.provider = 'email' AND i.uid = ? AND i.verified_at IS NOT NULL AND i.retired_at IS NULL AND a.disabled_at IS NULL
		RETURNING account_id`, hashOf(raw), tx.Now.Add(tokenLife[tokenReset]), tx.Now, email).Scan(&accountID).Error
	return accountID, db.Wrap("account: insert reset", err)
}

// token is a link that works.
type token struct {
	AccountID, IdentityID int64
	Kind                  string
}

const liveToken = `t.hash = ? AND t.used_at IS NULL AND t.expires_at > ?`

// findToken returns a link that works; the zero token for any other.
func findToken(q *db.Tx, raw string) (t token, err error) {
	err = q.Gorm().Raw(`SELECT t.account_id, t.identity_id, t.kind FROM account_tokens t WHERE `+liveToken, hashOf(raw), q.Now).Scan(&t).Error
	return t, db.Wrap("account: find token", err)
}

// useToken is findToken, once.
func useToken(tx *db.Tx, raw string) (t token, err error) {
	err = tx.Gorm().Raw(`UPDATE account_tokens t SET used_at = ? WHERE `+liveToken+` RETURNING t.account_id, t.identity_id, t.kind`,
		tx.Now, hashOf(raw), tx.Now).Scan(&t).Error
	return t, db.Wrap("account: use token", err)
}

// start is a sign-in at another provider that is under way.
type start struct {
	Provider, Verifier, Nonce, Session string
	Browser                            []byte
	AccountID                          *int64 // of a signed-in person who links
	Next                               string
	Known                              []byte // JSON of known, in the second half
}

func insertStart(tx *db.Tx, state string, x start, life time.Duration) error {
	return db.Wrap("account: insert start", tx.Gorm().Exec(`
		INSERT INTO sign_in_starts (provider, state_hash, verifier, nonce, session, browser, account_id, next, known, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		x.Provider, hashOf(state), x.Verifier, x.Nonce, x.Session, x.Browser, x.AccountID, x.Next, jsonOrNull(x.Known), tx.Now.Add(life)).Error)
}

func jsonOrNull(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}

const (
	startColumns = `provider, verifier, nonce, session, browser, account_id, next, known`
	startHere    = `state_hash = ? AND browser = ? AND expires_at > ? AND (known IS NOT NULL) = ?`
)

// takeStart returns a start of this browser and drops it, so that it serves
// once; known says which half it must be in. A start without a provider is
// none.
func takeStart(tx *db.Tx, state string, browser []byte, known bool) (x start, err error) {
	err = tx.Gorm().Raw(`DELETE FROM sign_in_starts WHERE `+startHere+` RETURNING `+startColumns, hashOf(state), browser, tx.Now, known).Scan(&x).Error
	return x, db.Wrap("account: take start", err)
}

// findStart is takeStart without dropping it.
func findStart(q *db.Tx, state string, browser []byte, known bool) (x start, err error) {
	err = q.Gorm().Raw(`SELECT `+startColumns+` FROM sign_in_starts WHERE `+startHere, hashOf(state), browser, q.Now, known).Scan(&x).Error
	return x, db.Wrap("account: find start", err)
}
