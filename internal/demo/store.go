package demo

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/search"
)

// claimEmpty makes sure that nobody else has an account or makes one meanwhile,
// and lifts the time limits that are right for requests and wrong for this.
func claimEmpty(tx *db.Tx) error {
	for _, sql := range []string{
		`SET LOCAL statement_timeout = 0`, `SET LOCAL lock_timeout = 0`, `SET LOCAL idle_in_transaction_session_timeout = 0`,
		`LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE`,
	} {
		if _, err := tx.Pgx().Exec(tx.Context(), sql); err != nil {
			return fmt.Errorf("demo: prepare: %w", err)
		}
	}
	var taken bool
	if err := tx.Pgx().QueryRow(tx.Context(), `SELECT EXISTS (SELECT FROM accounts)`).Scan(&taken); err != nil {
		return fmt.Errorf("demo: look for accounts: %w", err)
	}
	if taken {
		return ErrNotEmpty
	}
	return nil
}

// table is rows on their way into a table.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

func (t *table) add(values ...any) { t.rows = append(t.rows, values) }

// put copies the rows of tables, in their order, and forgets them.
func put(tx *db.Tx, tables ...*table) error {
	for _, t := range tables {
		n, err := tx.Pgx().CopyFrom(tx.Context(), pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(t.rows))
		if err != nil {
			return fmt.Errorf("demo: copy into %s: %w", t.name, err)
		}
		if n != int64(len(t.rows)) {
			return fmt.Errorf("demo: copy into %s: %d of %d rows", t.name, n, len(t.rows))
		}
		t.rows = t.rows[:0]
	}
	return nil
}

// moveOn lets a table give ids behind the ones given here.
func moveOn(tx *db.Tx, names ...string) error {
	for _, name := range names {
		sql := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%s', 'id'), coalesce(max(id), 0) + 1, false) FROM %s`, name, name)
		if _, err := tx.Pgx().Exec(tx.Context(), sql); err != nil {
			return fmt.Errorf("demo: move ids of %s on: %w", name, err)
		}
	}
	return nil
}

// ids reads what other rows are told by: SQL gives text and number.
func ids(tx *db.Tx, sql string) (map[string]int64, error) {
	rows, err := tx.Pgx().Query(tx.Context(), sql)
	if err != nil {
		return nil, fmt.Errorf("demo: read ids: %w", err)
	}
	out := map[string]int64{}
	var name string
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&name, &id}, func() error { out[name] = id; return nil })
	if err != nil {
		return nil, fmt.Errorf("demo: read ids: %w", err)
	}
	return out, nil
}

// queueForSearch lets the index job find everything that was added. The
// catalogue was there before.
func queueForSearch(tx *db.Tx) error {
	for _, k := range []struct {
		kind search.Kind
		sql  string
	}{
		{search.Clinic, `SELECT id FROM organisations WHERE kind = 'clinic' ORDER BY id`},
		{search.Clinician, `SELECT id FROM clinicians ORDER BY id`},
		{search.Package, `SELECT id FROM packages WHERE published_at IS NOT NULL ORDER BY id DESC`},
		{search.Question, `SELECT id FROM questions ORDER BY id DESC`},
		{search.Experience, `SELECT id FROM experiences WHERE state = 'published' ORDER BY id DESC`},
		{search.Reply, `SELECT id FROM replies ORDER BY id DESC`},
	} {
		var refs []int64
		if err := tx.Gorm().Raw(k.sql).Scan(&refs).Error; err != nil {
			return fmt.Errorf("demo: list for search: %w", err)
		}
		if err := search.PutMany(tx, k.kind, refs); err != nil {
			return fmt.Errorf("demo: queue for search: %w", err)
		}
	}
	return nil
}

// tidy makes the database know what it has now, as it would in time by itself:
// the first pages shall be as fast as the later ones.
func tidy(ctx context.Context, d *db.DB) error {
	conn, err := d.Pool().Acquire(ctx)
	if err != nil {
		return fmt.Errorf("demo: tidy: %w", err)
	}
	defer conn.Release()
	for _, sql := range []string{
		`SET statement_timeout = 0`,
		`VACUUM (ANALYZE) persons, accounts, identities, organisations, questions, question_counts, replies, reply_votes, reply_scores, live_channels, live_events,
			experiences, authorships, check_ins, complications, experience_lines, experience_procedures, experience_votes, visit_proofs, visit_codes, answers, changes,
			packages, package_items, package_versions, package_version_items, amendments, amendment_responses, package_votes, package_standings, package_tallies, package_interests`,
		`RESET statement_timeout`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("demo: tidy: %w", err)
		}
	}
	return nil
}
