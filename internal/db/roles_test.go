package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// recorded are tables of which nothing is ever rewritten or removed; kept those
// whose rows change by their own rules and stay.
var (
	recorded = []string{"moderation_decisions", "moderation_appeals", "consents", "answer_edits", "question_edits", "reply_edits", "tombstones",
		"package_steps", "package_items", "package_versions", "package_version_items", "amendment_responses", "package_votes",
		"log_outbox", "log_leaves", "log_hashes", "log_head", "log_openings"}
	kept = []string{"experiences", "answers", "changes", "questions", "replies", "moderation_cases", "reports", "organisations", "persons",
		"packages", "amendments", "package_commitments", "package_journeys", "package_verdicts", "visit_batches"}
)

func TestTheSiteCanNeitherRewriteNorRemoveWhatIsRecorded(t *testing.T) {
	t.Parallel()
	site := testkit.DB(t)
	owner := testkit.OwnerOf(t, site)
	for _, table := range recorded {
		denied(t, site, `DELETE FROM `+table)
		denied(t, site, `TRUNCATE `+table+` CASCADE`)
		denied(t, site, fmt.Sprintf(`UPDATE %s SET %s = NULL`, table, aColumn(t, owner, table)))
	}
	for _, table := range kept {
		denied(t, site, `DELETE FROM `+table)
		denied(t, site, `TRUNCATE `+table+` CASCADE`)
	}
	for _, sql := range []string{
		`ALTER TABLE moderation_decisions DISABLE TRIGGER ALL`, `DROP TABLE log_leaves`, `SELECT * FROM log_outbox`,
		`INSERT INTO log_leaves (idx, outbox_id, kind, body, leaf_hash, day) VALUES (0, gen_random_uuid(), 'x', '', '', now())`,
		`CREATE TABLE another (id int)`, `DELETE FROM goose_db_version`,
	} {
		denied(t, site, sql)
	}
}

func TestWhoWritesTheLogSeesNothingElse(t *testing.T) {
	t.Parallel()
	site := testkit.DB(t)
	signer, err := db.Open(t.Context(), db.Options{URL: site.Pool().Config().ConnString(), Role: db.Signer, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(signer.Close)
	for _, sql := range []string{`SELECT * FROM accounts`, `SELECT * FROM authorships`, `SELECT * FROM identities`, `SELECT * FROM log_openings`,
		`UPDATE log_leaves SET idx = 1`, `DELETE FROM log_leaves`, `DELETE FROM log_hashes`, `DELETE FROM log_head`, `UPDATE log_outbox SET kind = ''`} {
		denied(t, signer, sql)
	}
	if _, err := signer.Pool().Exec(t.Context(), `SELECT FROM log_outbox`); err != nil {
		t.Errorf("it cannot do its work: %v", err)
	}
}

// denied runs a statement that the role of d may not.
func denied(t *testing.T, d *db.DB, sql string) {
	t.Helper()
	_, err := d.Pool().Exec(context.Background(), sql)
	if pe := (*pgconn.PgError)(nil); !errors.As(err, &pe) || pe.Code != "42501" {
		t.Errorf("%s: %v", sql, err)
	}
}

func aColumn(t *testing.T, d *db.DB, table string) (name string) {
	t.Helper()
	err := d.Pool().QueryRow(context.Background(), `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
		AND is_identity = 'NO' AND is_generated = 'NEVER' LIMIT 1`, table).Scan(&name)
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	return name
}
