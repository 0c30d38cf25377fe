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
