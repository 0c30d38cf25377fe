package testkit

import (
	"context"
	"testing"

	"caravan/internal/db"
	"caravan/internal/text"
)

// Organisation stores a listed organisation of a kind (clinic, facilitator,
// agency, association, employer, organiser) in Istanbul, and returns its id.
// Its slug is made from the name.
func Organisation(t testing.TB, d *db.DB, kind, name string) (id int64) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		return tx.Gorm().Raw(`
			INSERT INTO organisations (kind, slug, name, country, city, state, created_at)
			VALUES (?, ?, ?, 'TR', 'Istanbul', 'listed', ?) RETURNING id`,
			kind, text.Slug(name), name, tx.Now).Row().Scan(&id)
	})
	if err != nil {
		t.Fatalf("testkit: store %s: %v", name, err)
	}
	return id
}
