package translog

import (
	"time"

	"caravan/internal/db"
)

type outboxRow struct {
	kind  string
	body  []byte
	daily bool
}

// sendOutbox makes one statement of all entries of a transaction. The order of
// the numbered ones is the order of the calls.
func sendOutbox(now time.Time) func(rows []outboxRow) (db.Statement, error) {
	return func(rows []outboxRow) (db.Statement, error) {
		kinds, bodies, daily := make([]string, len(rows)), make([][]byte, len(rows)), make([]bool, len(rows))
		for i, r := range rows {
			kinds[i], bodies[i], daily[i] = r.kind, r.body, r.daily
		}
		return db.Statement{SQL: `
			INSERT INTO log_outbox (kind, body, daily, created_on, seq)
			SELECT kind, body, daily, $4, CASE WHEN NOT daily THEN nextval('log_outbox_seq') END
			FROM (SELECT * FROM unnest($1::text[], $2::bytea[], $3::boolean[]) WITH ORDINALITY AS r (kind, body, daily, n) ORDER BY n) r`,
			Args: []any{kinds, bodies, daily, now}}, nil
	}
}

// opening is what a commitment is opened with, or that it was destroyed.
type opening struct {
	Kind, Ref string
	Version   int
	Commit    []byte
	Salt      []byte
	Body      []byte // JSON
	ErasedOn  *time.Time
}

func insertOpening(tx *db.Tx, o opening) error {
	err := tx.Gorm().Exec(`INSERT INTO log_openings (kind, ref, version, commit, salt, body) VALUES (?, ?, ?, ?, ?, ?::jsonb)`,
		o.Kind, o.Ref, o.Version, o.Commit, o.Salt, string(o.Body)).Error
	return db.Wrap("translog: keep opening", err)
}

// insertErased keeps that there was an opening which nobody has any more.
func insertErased(tx *db.Tx, o opening) error {
	err := tx.Gorm().Exec(`INSERT INTO log_openings (kind, ref, version, commit, erased_on) VALUES (?, ?, ?, ?, ?)`, o.Kind, o.Ref, o.Version, o.Commit, tx.Now).Error
	return db.Wrap("translog: keep lost opening", err)
}

// newestOpening is the newest version of a thing, 0 if there is none, and its
// body as JSON, nil if that was erased.
func newestOpening(q *db.Tx, kind, ref string) (version int, body []byte, err error) {
	var rows []struct {
		Version int
		Body    []byte
	}
	err = q.Gorm().Raw(`SELECT version, body::text AS body FROM log_openings WHERE kind = ? AND ref = ? ORDER BY version DESC LIMIT 1`, kind, ref).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, nil, db.Wrap("translog: find newest opening", err)
	}
	return rows[0].Version, rows[0].Body, nil
}

// eraseOpenings destroys the openings of a thing. The site's role may do that
// alone: it can destroy words, and not replace them.
func eraseOpenings(tx *db.Tx, kind, ref string) error {
	return db.Wrap("translog: erase openings", tx.Gorm().Exec(`SELECT log_erase(?, ?, ?)`, kind, ref, tx.Now).Error)
}

// insertMark says whether there was none.
func insertMark(tx *db.Tx, ref string, version int) (first bool, err error) {
	empty := make([]byte, 32)
	r := tx.Gorm().Exec(`INSERT INTO log_openings (kind, ref, version, commit, salt, body) VALUES (?, ?, ?, ?, ?, '{}') ON CONFLICT DO NOTHING`, mark, ref, version, empty, empty)
	return r.RowsAffected == 1, db.Wrap("translog: mark", r.Error)
}
