package db

import (
	"context"
	"fmt"
)

// The roles of the database, in which the site acts and in which the public log
// is written. What each may do is part of the schema; its owner migrates, fills,
// backs up and restores.
const (
	Web    = "caravan_web"
	Signer = "caravan_signer"
)

// MakeRoles makes the roles where they are missing and lets the owner act in
// them. Roles belong to the whole server: a second site on it finds them made.
// The owner needs CREATEROLE for it, once.
func (d *DB) MakeRoles(ctx context.Context) error {
	for _, role := range []string{Web, Signer} {
		_, err := d.pool.Exec(ctx, fmt.Sprintf(`DO $$ BEGIN
			BEGIN
				CREATE ROLE %[1]s NOLOGIN;
			EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
			END;
			IF NOT pg_has_role(current_user, '%[1]s', 'MEMBER') THEN
				EXECUTE format('GRANT %[1]s TO %%I', current_user);
			END IF;
		END $$`, role))
		if err != nil {
			return fmt.Errorf("db: make role %s: %w", role, err)
		}
	}
	return nil
}
