package notify

import (
	"encoding/json"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/live"
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
// Rows, and then accounts, are locked in one order.
const tellSQL = `
	WITH told AS (
		INSERT INTO notifications (account_id, kind, ref, path, args, count, created_at)
		SELECT account_id, kind, ref, path, args::jsonb, count, $7::timestamptz
		FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[]) AS n (account_id, kind, ref, path, args, count)
		ORDER BY account_id, kind, ref
		ON CONFLICT (account_id, kind, ref) WHERE read_at IS NULL DO UPDATE SET
			count = notifications.count + excluded.count, path = excluded.path, args = excluded.args, created_at = excluded.created_at
		RETURNING account_id, xmax = 0 AS fresh),
	held AS (
		SELECT a.id, n.fresh FROM (SELECT account_id, count(*) AS fresh FROM told WHERE fresh GROUP BY account_id) n
		JOIN accounts a ON a.id = n.account_id ORDER BY a.id FOR NO KEY UPDATE OF a)
	UPDATE accounts SET unread = unread + held.fresh FROM held WHERE accounts.id = held.id`

// told is a notice that goes with the commit of tx.
type told struct {
	Notice
	tx *db.Tx
}

// about names the line that a notice is part of while it is unread.
type about struct {
	account, ref int64
	kind         string
}

// writeNotices makes one statement of a transaction's notices; the last one
// about a matter says what its line shows.
func writeNotices(rows []told) (db.Statement, error) {
	at := map[about]int{}
	var accounts, refs []int64
	var kinds, paths, args []string
	var counts []int32
	for _, n := range rows {
		values, err := json.Marshal(n.Args)
		if n.Args == nil {
			values = []byte("{}")
		}
		if err != nil {
			return db.Statement{}, db.Wrap("notify: encode arguments", err)
		}
		k := about{n.AccountID, n.Ref, n.Kind}
		i, again := at[k]
		if again {
			paths[i], args[i], counts[i] = n.Path, string(values), counts[i]+1
			continue
		}
		at[k] = len(kinds)
		accounts, kinds, refs = append(accounts, n.AccountID), append(kinds, n.Kind), append(refs, n.Ref)
		paths, args, counts = append(paths, n.Path), append(args, string(values)), append(counts, 1)
	}
	return db.Statement{SQL: tellSQL, Args: []any{accounts, kinds, refs, paths, args, counts, rows[0].tx.Now}}, nil
}

// queueRead marks one notification of an account as read, or all when id is 0.
func queueRead(tx *db.Tx, accountID, id int64) {
	tx.Last(live.OrderBefore, `
		WITH mine AS (SELECT id FROM notifications WHERE account_id = $1 AND read_at IS NULL AND ($2::bigint = 0 OR id = $2::bigint) ORDER BY kind, ref FOR UPDATE),
		done AS (UPDATE notifications SET read_at = $3 WHERE id IN (SELECT id FROM mine) RETURNING 1)
		UPDATE accounts SET unread = greatest(0, unread - (SELECT count(*) FROM done)) WHERE id = $1`,
		[]any{accountID, id, tx.Now}, nil)
}

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

// removeAll forgets everything an account was told.
func removeAll(tx *db.Tx, accountID int64) error {
	return db.Wrap("notify: remove all", tx.Gorm().Exec(`DELETE FROM notifications WHERE account_id = ?`, accountID).Error)
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
