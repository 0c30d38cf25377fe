package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// What makes somebody work for an organisation: a current tie that the
// organisation or a moderator has stated. What people say of themselves gives
// no rights, and a family member or investor does not speak for anybody. The
// two forms are for values as $2 and as two times `?`.
const (
	worksFrom = `f.kind IN ('owner', 'staff', 'contractor', 'paid_agent') AND f.source IN ('roster', 'adjudicated') AND f.valid_from <= `
	worksPgx  = worksFrom + `$2 AND (f.valid_to IS NULL OR f.valid_to > $2)`
	worksGorm = worksFrom + `? AND (f.valid_to IS NULL OR f.valid_to > ?)`
)

const whoSQL = `
	SELECT a.id, a.person_id, a.handle, a.lang, a.created_at, a.unread, a.disabled_at IS NOT NULL OR a.closed_at IS NOT NULL,
		s.public_id, s.created_at, s.seen_at, s.idle_s, s.expires_at, s.stepped_up_at,
		EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL),
		EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider <> 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL),
		EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id AND r.role = 'moderator'),
		EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id AND r.role = 'admin'),
		ARRAY(SELECT split_part(i.uid, '@', 1) FROM identities i WHERE i.account_id = a.id AND i.provider = 'email'),
		(SELECT json_agg(json_build_object('OrganisationID', o.id, 'Kind', o.kind, 'Role', f.role, 'Name', o.name, 'Slug', o.slug, 'Title', f.title) ORDER BY f.id)
			FROM affiliations f JOIN organisations o ON o.id = f.organisation_id
			WHERE f.person_id = a.person_id AND o.state <> 'refused' AND ` + worksPgx + `)
	FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE `

const (
	whoByCookie = whoSQL + `s.hash = $1`
	whoByName   = whoSQL + `s.public_id = ANY ($1)`
)

// findActor reads all that a signed-in request needs to know of its person, in
// one round trip, without gorm.
func findActor(ctx context.Context, d *db.DB, hash []byte, now time.Time) (access.Actor, Session, error) {
	return scanActor(d.Pool().QueryRow(ctx, whoByCookie, hash, now), now)
}

// listActors is findActor for many sessions, by their public ids.
func listActors(ctx context.Context, d *db.DB, publicIDs []string, now time.Time, each func(access.Actor, Session)) error {
	rows, err := d.Pool().Query(ctx, whoByName, publicIDs, now)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		a, x, err := scanActor(rows, now)
		if err != nil {
			return err
		}
		each(a, x)
	}
	return rows.Err()
}

func scanActor(row pgx.Row, now time.Time) (a access.Actor, x Session, err error) {
	var second bool
	var idle int32
	var steppedUp *time.Time
	var works []byte
	err = row.Scan(
		&a.AccountID, &a.PersonID, &a.Handle, &a.Lang, &a.Created, &a.Unread, &x.blocked,
		&x.PublicID, &x.CreatedAt, &x.SeenAt, &idle, &x.ExpiresAt, &steppedUp,
		&a.Confirmed, &second, &a.Moderator, &a.Admin, &a.OwnNames, &works)
	if err != nil {
		return a, x, err
	}
	if len(works) > 0 {
		if err := json.Unmarshal(works, &a.Works); err != nil {
			return a, x, fmt.Errorf("works: %w", err)
		}
	}
	if steppedUp != nil {
		a.SteppedUp = *steppedUp
	}
	a.Session, a.Trust = x.PublicID, trustOf(a.Confirmed, second, a.Created, now)
	x.accountID, x.desk, x.staff, x.Idle = a.AccountID, a.Moderator || a.Admin, len(a.Works) > 0, time.Duration(idle)*time.Second
	return a, x, nil
}

// touchSession notes the use of a session; of many at once, one writes.
func touchSession(ctx context.Context, d *db.DB, hash []byte, now time.Time) error {
	_, err := d.Pool().Exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE hash = $1 AND seen_at <= $3`, hash, now, now.Add(-seenEvery))
	return err
}

// rights are what decides whether and for how long an account may sign in.
type rights struct {
	Desk, Staff, Blocked bool
	Second               bool // has a passkey or a recovery code
}

// lockRights keeps the account's row from changing while a session is added,
// so that blocking and signing in do not pass each other.
func lockRights(tx *db.Tx, accountID int64) (r rights, err error) {
	res := tx.Gorm().Raw(`
		SELECT a.disabled_at IS NOT NULL OR a.closed_at IS NOT NULL AS blocked,
			EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id) AS desk,
			EXISTS (SELECT FROM affiliations f WHERE f.person_id = a.person_id AND `+worksGorm+`) AS staff,
			EXISTS (SELECT FROM passkeys k WHERE k.account_id = a.id)
				OR EXISTS (SELECT FROM recovery_codes c WHERE c.account_id = a.id AND c.used_at IS NULL) AS second
		FROM accounts a WHERE a.id = ? FOR NO KEY UPDATE OF a`, tx.Now, tx.Now, accountID).Scan(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		return r, errs.New(errs.NotFound, "account.no_such_account")
	}
	return r, db.Wrap("account: lock rights", res.Error)
}

// insertSession stores a session by the hash of its cookie. (Bytes must not
// stand first in a list: gorm writes those out one by one.) It has stepped up by
// what by says; empty: not at all.
func insertSession(tx *db.Tx, o Opened, device string, idle time.Duration, by string) error {
	var steppedUp *time.Time
	if by != "" {
		steppedUp = &tx.Now
	}
	err := tx.Gorm().Exec(`
		INSERT INTO sessions (public_id, hash, account_id, device, created_at, seen_at, idle_s, expires_at, stepped_up_at, stepped_up_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''))`,
		o.PublicID, hashOf(o.Cookie), o.AccountID, device, tx.Now, tx.Now, int(idle.Seconds()), o.Expires, steppedUp, by).Error
	return db.Wrap("account: insert session", err)
}

// trimSessions drops the sessions of an account beyond the most it may have,
// longest unused first, and returns their public ids.
func trimSessions(tx *db.Tx, accountID int64, most int) (gone []string, err error) {
	err = tx.Gorm().Raw(`
		DELETE FROM sessions WHERE hash IN (
			SELECT hash FROM sessions WHERE account_id = ? ORDER BY seen_at DESC, created_at DESC OFFSET ?)
		RETURNING public_id`, accountID, most).Scan(&gone).Error
	return gone, db.Wrap("account: trim sessions", err)
}

func deleteSession(tx *db.Tx, hash []byte) (gone []string, err error) {
	err = tx.Gorm().Raw(`DELETE FROM sessions WHERE hash = ? RETURNING public_id`, hash).Scan(&gone).Error
	return gone, db.Wrap("account: delete session", err)
}

func deleteNamedSession(tx *db.Tx, accountID int64, publicID string) (gone []string, err error) {
	err = tx.Gorm().Raw(`DELETE FROM sessions WHERE account_id = ? AND public_id = ? RETURNING public_id`, accountID, publicID).Scan(&gone).Error
	return gone, db.Wrap("account: delete session", err)
}

func deleteSessions(tx *db.Tx, accountID int64, keep string) (gone []string, err error) {
	err = tx.Gorm().Raw(`DELETE FROM sessions WHERE account_id = ? AND public_id <> ? RETURNING public_id`, accountID, keep).Scan(&gone).Error
	return gone, db.Wrap("account: delete sessions", err)
}

// rotateSession gives a session a new cookie and notes that its owner has just
// shown that it is them.
func rotateSession(tx *db.Tx, accountID int64, publicID string, hash []byte, by string) (expires time.Time, err error) {
	err = tx.Gorm().Raw(`UPDATE sessions SET hash = ?, stepped_up_at = ?, stepped_up_by = ?, seen_at = ? WHERE account_id = ? AND public_id = ? RETURNING expires_at`,
		hash, tx.Now, by, tx.Now, accountID, publicID).Row().Scan(&expires)
	return expires, db.Wrap("account: rotate session", err)
}

func listSessions(q *db.Tx, accountID int64) (all []Session, err error) {
	rows, err := q.Gorm().Raw(`
		SELECT s.public_id, s.device, s.created_at, s.seen_at, s.idle_s, s.expires_at,
			EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id),
			EXISTS (SELECT FROM affiliations f WHERE f.person_id = a.person_id AND `+worksGorm+`)
		FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.account_id = ? ORDER BY s.seen_at DESC`, q.Now, q.Now, accountID).Rows()
	if err != nil {
		return nil, db.Wrap("account: list sessions", err)
	}
	defer rows.Close()
	for rows.Next() {
		x := Session{accountID: accountID}
		var idle int32
		if err := rows.Scan(&x.PublicID, &x.Device, &x.CreatedAt, &x.SeenAt, &idle, &x.ExpiresAt, &x.desk, &x.staff); err != nil {
			return nil, db.Wrap("account: list sessions", err)
		}
		x.Idle = time.Duration(idle) * time.Second
		all = append(all, x)
	}
	return all, db.Wrap("account: list sessions", rows.Err())
}
