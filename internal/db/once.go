package db

import (
	"bytes"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"caravan/internal/errs"
)

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 24 * time.Hour

// Key makes a deed happen once however often it is sent: the same person (or
// form cookie), the same route and the same value name the same deed. The hash
// is of what was sent, so that a key used for another text is noticed. The zero
// Key asks for nothing.
//
// The meaning follows the IETF draft "The Idempotency-Key HTTP Header Field":
// same key and body after completion give the first answer; another body is
// refused; a second one while the first still runs is told to wait.
type Key struct {
	Scope, Route, Value string
	Hash                []byte
}

// Kept is what a deed left behind for those who send it again.
type Kept struct {
	ID      int64
	Address string
}

// Once claims k as the first statement of a transaction. A Kept that is not nil
// says that the deed is done: answer with that and change nothing.
func Once(tx *Tx, k Key) (*Kept, error) {
	if k.Value == "" {
		return nil, nil
	}
	// A second request with the same key waits here until the first commits
	// or rolls back, at most lock_timeout.
	var row struct {
		Mine     bool
		BodyHash []byte
		RefID    int64
		Address  string
	}
	err := tx.Gorm().Raw(`
		INSERT INTO idempotency_keys (scope, route, key, body_hash, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (scope, route, key) DO NOTHING RETURNING true AS mine`,
		k.Scope, k.Route, k.Value, k.Hash, tx.Now).Scan(&row).Error
	var pe *pgconn.PgError
	if errors.As(err, &pe) && lockTaken(pe) {
		return nil, errs.Wait(errs.Conflict, 2*time.Second, "common.still_running")
	}
	if err != nil {
		return nil, Wrap("db: claim key", err)
	}
	if row.Mine {
		return nil, nil
	}
	err = tx.Gorm().Raw(`SELECT body_hash, ref_id, address FROM idempotency_keys WHERE scope = ? AND route = ? AND key = ?`,
		k.Scope, k.Route, k.Value).Scan(&row).Error
	if err != nil {
		return nil, Wrap("db: read key", err)
	}
	if !bytes.Equal(row.BodyHash, k.Hash) {
		return nil, errs.New(errs.Invalid, "common.key_reused")
	}
	return &Kept{row.RefID, row.Address}, nil
}

// Keep remembers, together with the commit, what the deed behind k made.
func Keep(tx *Tx, k Key, id int64, address string) {
	if k.Value == "" {
		return
	}
	tx.Last("key", `UPDATE idempotency_keys SET ref_id = $1, address = $2 WHERE scope = $3 AND route = $4 AND key = $5`,
		[]any{id, address, k.Scope, k.Route, k.Value}, nil)
}

// Claim is the statement that is Once and Keep for many deeds at a time, each of
// which makes a row with an id out of sequence. It calls got for each of keys
// that is this transaction's now, with the id that it is kept with; the others
// are to be answered by Once in a transaction of their own.
func Claim(tx *Tx, keys []Key, sequence string, got func(i int, id int64)) Statement {
	type name struct{ scope, route, value string }
	at := make(map[name]int, len(keys))
	var scopes, routes, values []string
	var hashes [][]byte
	for i, k := range keys {
		at[name{k.Scope, k.Route, k.Value}] = i
		scopes, routes, values, hashes = append(scopes, k.Scope), append(routes, k.Route), append(values, k.Value), append(hashes, k.Hash)
	}
	// In one order, so that two who claim the same keys do not deadlock.
	return Statement{SQL: `
		INSERT INTO idempotency_keys (scope, route, key, body_hash, ref_id, created_at)
		SELECT scope, route, key, hash, nextval($5::text::regclass), $6::timestamptz
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS k (scope, route, key, hash) ORDER BY scope, route, key
		ON CONFLICT (scope, route, key) DO NOTHING RETURNING scope, route, key, ref_id`,
		Args: []any{scopes, routes, values, hashes, sequence, tx.Now}, Row: func(r pgx.Rows) error {
			var n name
			var id int64
			err := r.Scan(&n.scope, &n.route, &n.value, &id)
			if i, ok := at[n]; err == nil && ok {
				got(i, id)
			}
			return err
		}}
}

// Unclaim gives a claimed key back, together with the commit: its deed is not
// done after all.
func Unclaim(tx *Tx, k Key) {
	tx.Last("key", `DELETE FROM idempotency_keys WHERE scope = $1 AND route = $2 AND key = $3`, []any{k.Scope, k.Route, k.Value}, nil)
}

// ForgetKeys drops keys older than KeyLife and says how many.
func ForgetKeys(tx *Tx) (int64, error) {
	r := tx.Gorm().Exec(`DELETE FROM idempotency_keys WHERE created_at < ?`, tx.Now.Add(-KeyLife))
	return r.RowsAffected, Wrap("db: forget keys", r.Error)
}

// Done returns what the deed behind k left behind, nil if it was not done. It
// claims nothing: for what is checked before a transaction.
func Done(q *Tx, k Key) (*Kept, error) {
	var row struct {
		BodyHash []byte
		RefID    int64
		Address  string
	}
	res := q.Gorm().Raw(`SELECT body_hash, ref_id, address FROM idempotency_keys WHERE scope = ? AND route = ? AND key = ?`,
		k.Scope, k.Route, k.Value).Scan(&row)
	switch {
	case res.Error != nil:
		return nil, Wrap("db: read key", res.Error)
	case res.RowsAffected == 0:
		return nil, nil
	case !bytes.Equal(row.BodyHash, k.Hash):
		return nil, errs.New(errs.Invalid, "common.key_reused")
	}
	return &Kept{row.RefID, row.Address}, nil
}
