package translog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// headRow is the head of the tree and of what was published.
type headRow struct {
	PublicKey   string
	Size        int64
	Root        []byte
	DailyOn     *time.Time
	SignedSize  int64
	Note        []byte
	SignedAt    *time.Time
	WitnessedAt *time.Time
	AloneSince  *time.Time
}

// waiting is an entry in the outbox.
type waiting struct {
	ID   string
	Kind string
	Body []byte
}

// leafRow is an entry in its place.
type leafRow struct {
	Idx       int64
	OutboxID  string
	Kind      string
	AboutKind string
	AboutRef  string
	Clinic    string
	Removal   bool
	Body      []byte
	LeafHash  []byte
	Day       time.Time
}

// findHead is the head, nil while there is no log.
func findHead(q *db.Tx) (*headRow, error) {
	var rows []headRow
	err := q.Gorm().Raw(`SELECT public_key, size, root, daily_on, signed_size, note, signed_at, witnessed_at, alone_since FROM log_head`).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, db.Wrap("translog: find head", err)
	}
	return &rows[0], nil
}

func insertHead(tx *db.Tx, public string, root [32]byte) error {
	err := tx.Gorm().Exec(`INSERT INTO log_head (public_key, size, root) VALUES (?, 0, ?) ON CONFLICT DO NOTHING`, public, root[:]).Error
	return db.Wrap("translog: begin", err)
}

// treeLock lets one process write the tree at a time.
const treeLock = 7701003

// lockTree takes the tree for this transaction, which reads one snapshot of
// everything, and more time than a request has.
func lockTree(tx *db.Tx) (mine bool, err error) {
	for _, sql := range []string{`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`, `SET LOCAL statement_timeout = '60s'`, `SET LOCAL idle_in_transaction_session_timeout = '60s'`} {
		if err := tx.Gorm().Exec(sql).Error; err != nil {
			return false, db.Wrap("translog: lock tree", err)
		}
	}
	err = tx.Gorm().Raw(`SELECT pg_try_advisory_xact_lock(?)`, treeLock).Scan(&mine).Error
	return mine, db.Wrap("translog: lock tree", err)
}

// listWaiting are the first n entries that have an order.
func listWaiting(tx *db.Tx, n int) (rows []waiting, err error) {
	err = tx.Gorm().Raw(`SELECT id, kind, body FROM log_outbox WHERE NOT daily ORDER BY seq LIMIT ?`, n).Scan(&rows).Error
	return rows, db.Wrap("translog: list what waits", err)
}

// listDaily are n entries of the daily batch, by their random ids.
func listDaily(tx *db.Tx, n int) (rows []waiting, err error) {
	err = tx.Gorm().Raw(`SELECT id, kind, body FROM log_outbox WHERE daily ORDER BY id LIMIT ?`, n).Scan(&rows).Error
	return rows, db.Wrap("translog: list the batch of the day", err)
}

// listFigures are what the log last said of each clinic.
func listFigures(tx *db.Tx) (map[string]leaf.Entry, error) {
	var rows []struct{ Body []byte }
	err := tx.Gorm().Raw(`SELECT DISTINCT ON (about_ref) body FROM log_leaves WHERE kind = ? ORDER BY about_ref, idx DESC`, leaf.StatsDaily).Scan(&rows).Error
	known := make(map[string]leaf.Entry, len(rows))
	for _, r := range rows {
		e, err := leaf.ReadEntry(r.Body)
		if err != nil {
			return nil, fmt.Errorf("translog: figures: %w", err)
		}
		known[e.Text("clinic")] = e
	}
	return known, db.Wrap("translog: list figures", err)
}

// countLeaves is how many places of the tree are taken.
func countLeaves(q *db.Tx) (n int64, err error) {
	err = q.Gorm().Raw(`SELECT coalesce(max(idx) + 1, 0) FROM log_leaves`).Scan(&n).Error
	return n, db.Wrap("translog: count leaves", err)
}

// writeTree adds leaves and hashes, and takes the entries out of the outbox.
func writeTree(tx *db.Tx, leaves []leafRow, hashes map[int64]tlog.Hash) error {
	ctx := tx.Context()
	var taken []string
	rows := make([][]any, 0, len(leaves))
	for _, l := range leaves {
		taken = append(taken, l.OutboxID)
		rows = append(rows, []any{l.Idx, l.OutboxID, l.Kind, l.AboutKind, l.AboutRef, l.Clinic, l.Removal, l.Body, l.LeafHash, l.Day})
	}
	columns := []string{"idx", "outbox_id", "kind", "about_kind", "about_ref", "clinic", "removal", "body", "leaf_hash", "day"}
	if _, err := tx.Pgx().CopyFrom(ctx, pgx.Identifier{"log_leaves"}, columns, pgx.CopyFromRows(rows)); err != nil {
		return db.Wrap("translog: write leaves", err)
	}
	at := make([][]any, 0, len(hashes))
	for i, h := range hashes {
		at = append(at, []any{i, h[:]})
	}
	slices.SortFunc(at, func(a, b []any) int { return int(a[0].(int64) - b[0].(int64)) })
	if _, err := tx.Pgx().CopyFrom(ctx, pgx.Identifier{"log_hashes"}, []string{"storage_index", "hash"}, pgx.CopyFromRows(at)); err != nil {
		return db.Wrap("translog: write hashes", err)
	}
	_, err := tx.Pgx().Exec(ctx, `DELETE FROM log_outbox WHERE id = ANY($1::uuid[])`, taken)
	return db.Wrap("translog: empty outbox", err)
}

// forgetWaiting takes entries that have their places by now out of the outbox,
// where an old copy of the database has them wait, and returns those.
func forgetWaiting(tx *db.Tx, bodies [][]byte) (waited [][]byte, err error) {
	rows, err := tx.Pgx().Query(tx.Context(), `
		WITH placed AS (SELECT body, count(*) AS n FROM unnest($1::bytea[]) AS b (body) GROUP BY body),
			here AS (SELECT id, body, row_number() OVER (PARTITION BY body ORDER BY seq, id) AS nth FROM log_outbox WHERE body = ANY($1::bytea[]))
		DELETE FROM log_outbox WHERE id IN (SELECT h.id FROM here h JOIN placed p ON p.body = h.body AND h.nth <= p.n) RETURNING body`, bodies)
	if err == nil {
		waited, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
	}
	return waited, db.Wrap("translog: forget what waits", err)
}

func growHead(tx *db.Tx, size int64, root tlog.Hash, daily bool) error {
	err := tx.Gorm().Exec(`UPDATE log_head SET size = ?, root = ?, daily_on = CASE WHEN ? THEN ?::date ELSE daily_on END`, size, root[:], daily, tx.Now).Error
	return db.Wrap("translog: grow", err)
}

// publishHead keeps a signed head, unless a larger one is published already.
func publishHead(tx *db.Tx, size int64, note []byte, witnessed bool) error {
	err := tx.Gorm().Exec(`
		UPDATE log_head SET note = ?, signed_size = ?, signed_at = ?, witnessed_at = CASE WHEN ? THEN ? ELSE witnessed_at END,
			alone_since = CASE WHEN ? THEN NULL ELSE coalesce(alone_since, ?) END
		WHERE signed_size <= ?`, note, size, tx.Now, witnessed, tx.Now, witnessed, tx.Now, size).Error
	return db.Wrap("translog: publish", err)
}

// hashReader reads hashes of the tree.
type hashReader struct{ q *db.Tx }

// ReadHashes returns the hashes at places.
func (r hashReader) ReadHashes(at []int64) ([]tlog.Hash, error) {
	return listHashes(r.q, at)
}

func listHashes(q *db.Tx, at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, 0, len(at))
	err := q.All(db.Statement{SQL: `SELECT h.hash FROM unnest($1::bigint[]) WITH ORDINALITY AS u (i, n) JOIN log_hashes h ON h.storage_index = u.i ORDER BY u.n`, Args: []any{at},
		Row: func(r pgx.Rows) error {
			var b []byte
			if err := r.Scan(&b); err != nil {
				return err
			}
			out = append(out, tlog.Hash(b))
			return nil
		}})
	if err != nil {
		return nil, db.Wrap("translog: read hashes", err)
	}
	if len(out) != len(at) {
		return nil, fmt.Errorf("translog: read hashes: %d of %d are there", len(out), len(at))
	}
	return out, nil
}

// exportSnapshot names what tx sees, for another transaction to see the same.
func exportSnapshot(tx *db.Tx) (name string, err error) {
	err = tx.Gorm().Raw(`SELECT pg_export_snapshot()`).Scan(&name).Error
	return name, db.Wrap("translog: export snapshot", err)
}

// importSnapshot makes tx see what another one named. It is the first statement
// of tx; the name is of the database's making.
func importSnapshot(tx *db.Tx, name string) error {
	if err := tx.Gorm().Exec(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`).Error; err != nil {
		return db.Wrap("translog: import snapshot", err)
	}
	if strings.Trim(name, "0123456789ABCDEF-") != "" {
		return fmt.Errorf("translog: import snapshot: %q is no name of one", name)
	}
	return db.Wrap("translog: import snapshot", tx.Gorm().Exec(`SET TRANSACTION SNAPSHOT '`+name+`'`).Error)
}
