package db

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrateLock is the advisory lock that makes starting many at once safe.
const migrateLock = 0x63617261 // "cara"

// Migrate brings the schema up to date with the SQL files of files, forward
// only, one transaction each. Many may call it at once: they wait for each
// other. It has connections of its own, without the time limits of requests: an
// index over years of rows takes as long as it takes.
func (d *DB) Migrate(ctx context.Context, files fs.FS) error {
	if err := d.MakeRoles(ctx); err != nil {
		return err
	}
	cfg := d.pool.Config().ConnConfig
	for _, limit := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		cfg.RuntimeParams[limit] = "0"
	}
	slow := stdlib.OpenDB(*cfg)
	defer slow.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrateLock))
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, slow, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	return nil
}

// SchemaVersion is the number of the last migration.
func (d *DB) SchemaVersion(ctx context.Context) (n int64, err error) {
	err = d.pool.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&n)
	return n, Wrap("db: read schema version", err)
}

// Empty reports whether the database has no table yet.
func (d *DB) Empty(ctx context.Context) (empty bool, err error) {
	err = d.pool.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('public', 'river') AND c.relkind IN ('r', 'p'))`).Scan(&empty)
	return empty, Wrap("db: look for tables", err)
}
