package demo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"caravan/internal/db"
)

// How long such a session lasts, and how many of them one person may have: as
// a member's session that was opened by signing in.
const (
	sessionIdle = 14 * 24 * time.Hour
	sessionEnd  = 30 * 24 * time.Hour
	sessionsOf  = 10
)

// Sessions signs n demo people in and returns their cookies: those who look for
// advice first, one session each, and a second one only when nobody is left.
func Sessions(ctx context.Context, d *db.DB, n int) ([]string, error) {
	var cookies []string
	err := d.Write(ctx, func(tx *db.Tx) error {
		cookies = cookies[:0]
		accounts, err := listForSessions(tx, n)
		if err != nil {
			return err
		}
		if len(accounts) == 0 || n < 1 || n > len(accounts)*sessionsOf {
			return fmt.Errorf("demo: %d sessions of %d people: fill with a greater scale, or ask for fewer", n, len(accounts))
		}
		rows := &table{name: "sessions", columns: []string{"hash", "public_id", "account_id", "device", "created_at", "seen_at", "idle_s", "expires_at"}}
		for i := range n {
			// As package account makes them: 32 random bytes, of which the
			// database gets the hash.
			cookie := secret(32)
			hash := sha256.Sum256([]byte(cookie))
			rows.add(hash[:], secret(12), accounts[i%len(accounts)], "demo", tx.Now, tx.Now, int(sessionIdle.Seconds()), tx.Now.Add(sessionEnd))
			cookies = append(cookies, cookie)
		}
		return put(tx, rows)
	})
	return cookies, err
}

func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// listForSessions are at most n accounts of demo people: members who work for
// nobody, then the others; moderators and admins last.
func listForSessions(tx *db.Tx, n int) (ids []int64, err error) {
	err = tx.Gorm().Raw(`
		SELECT a.id FROM accounts a
		WHERE EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider = 'email' AND i.uid LIKE '%@demo.example' AND i.verified_at IS NOT NULL)
			AND a.disabled_at IS NULL AND a.closed_at IS NULL
		ORDER BY EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id),
			EXISTS (SELECT FROM affiliations f WHERE f.person_id = a.person_id), a.created_at, a.id
		LIMIT ?`, n).Scan(&ids).Error
	return ids, db.Wrap("demo: list people", err)
}
