package notify

import (
	"encoding/json"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// notification is a row as the list shows it.
type notification struct {
	ID        int64
	Kind      string
	Path      string
	Args      string // JSON object
	Count     int
	CreatedAt time.Time
	ReadAt    *time.Time
}

// A row that is still unread is told again; only a new one raises the number.
const tellSQL = `
	WITH n AS (
		INSERT INTO notifications (account_id, kind, ref, path, args, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account_id, kind, ref) WHERE read_at IS NULL DO UPDATE SET
			count = notifications.count + 1, path = excluded.path, args = excluded.args, created_at = excluded.created_at
		RETURNING xmax = 0 AS fresh)
	UPDATE accounts SET unread = unread + 1 FROM n WHERE accounts.id = $1 AND n.fresh`

func queueNotice(tx *db.Tx, n Notice) {
	args := n.Args
	if args == nil {
		args = map[string]string{}
	}
	tx.Last(lastOrder(n.AccountID), tellSQL, []any{n.AccountID, n.Kind, n.Ref, n.Path, args, tx.Now}, nil)
}

// queueRead marks one notification of an account as read, or all when id is 0.
func queueRead(tx *db.Tx, accountID, id int64) {
	tx.Last(lastOrder(accountID), `
		WITH mine AS (SELECT id FROM notifications WHERE account_id = $1 AND read_at IS NULL AND ($2::bigint = 0 OR id = $2::bigint) ORDER BY id FOR UPDATE),
		done AS (UPDATE notifications SET read_at = $3 WHERE id IN (SELECT id FROM mine) RETURNING 1)
		UPDATE accounts SET unread = greatest(0, unread - (SELECT count(*) FROM done)) WHERE id = $1`,
		[]any{accountID, id, tx.Now}, nil)
}

// lastOrder is the order of the person's live channel.
func lastOrder(accountID int64) string { return "live:" + channel(accountID) }

func findNotification(q *db.Tx, accountID, id int64) (n notification, err error) {
	err = q.Gorm().Raw(`SELECT id, kind, path, args, count, created_at, read_at FROM notifications WHERE id = ? AND account_id = ?`, id, accountID).Take(&n).Error
	if db.Missing(err) {
		return n, errs.New(errs.NotFound, "common.not_found")
	}
	return n, db.Wrap("notify: find notification", err)
}

// listNotifications is a page, newest first, of those told before the one with
// id before, or from the newest on when before is 0.
func listNotifications(q *db.Tx, accountID, before int64, limit int) (rows []notification, err error) {
	err = q.Gorm().Raw(`
		SELECT id, kind, path, args, count, created_at, read_at FROM notifications
		WHERE account_id = ? AND (? = 0 OR (created_at, id) < (SELECT created_at, id FROM notifications WHERE id = ? AND account_id = ?))
		ORDER BY created_at DESC, id DESC LIMIT ?`, accountID, before, before, accountID, limit).Scan(&rows).Error
	return rows, db.Wrap("notify: list notifications", err)
}

// listUnread is the number of unread notifications by account.
func listUnread(q *db.Tx, accounts []int64) (map[int64]int, error) {
	var rows []struct {
		ID     int64
		Unread int
	}
	err := q.Gorm().Raw(`SELECT id, unread FROM accounts WHERE id IN ?`, accounts).Scan(&rows).Error
	out := make(map[int64]int, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Unread
	}
	return out, db.Wrap("notify: list unread", err)
}

// purgeBatch is how many rows a purge removes in one transaction.
const purgeBatch = 1000

func removeOld(tx *db.Tx) (int64, error) {
	return remove(tx, `SELECT id FROM notifications WHERE created_at < ? LIMIT ? FOR UPDATE SKIP LOCKED`, tx.Now.Add(-Life), purgeBatch)
}

func removeBeyond(tx *db.Tx) (int64, error) {
	return remove(tx, `
		WITH crowded AS MATERIALIZED (SELECT account_id FROM notifications GROUP BY account_id HAVING count(*) > ?),
		first AS MATERIALIZED (
			SELECT c.account_id, x.created_at, x.id FROM crowded c
			CROSS JOIN LATERAL (SELECT created_at, id FROM notifications WHERE account_id = c.account_id ORDER BY created_at DESC, id DESC OFFSET ? LIMIT 1) x)
		SELECT n.id FROM notifications n JOIN first f ON n.account_id = f.account_id AND (n.created_at, n.id) <= (f.created_at, f.id)
		LIMIT ? FOR UPDATE OF n SKIP LOCKED`, Most, Most, purgeBatch)
}

// remove deletes the rows that which selects and takes the unread ones off
// their accounts' numbers.
func remove(tx *db.Tx, which string, args ...any) (gone int64, err error) {
	err = tx.Gorm().Raw(`
		WITH old AS (`+which+`),
		gone AS (DELETE FROM notifications WHERE id IN (SELECT id FROM old) RETURNING account_id, read_at),
		less AS (
			UPDATE accounts SET unread = greatest(0, unread - g.n)
			FROM (SELECT account_id, count(*) AS n FROM gone WHERE read_at IS NULL GROUP BY account_id) g WHERE accounts.id = g.account_id)
		SELECT count(*) FROM gone`, args...).Scan(&gone).Error
	return gone, db.Wrap("notify: remove old", err)
}

// values are the arguments of a row's sentence.
func (n notification) values() (map[string]string, error) {
	var v map[string]string
	err := json.Unmarshal([]byte(n.Args), &v)
	return v, db.Wrap("notify: read arguments", err)
}
