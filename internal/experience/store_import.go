package experience

import (
	"caravan/internal/access"
	"caravan/internal/db"
)

// findByAddress finds who has confirmed an e-mail address; the zero Actor if
// nobody has.
func findByAddress(q *db.Tx, address string) (a access.Actor, err error) {
	var row struct{ AccountID, PersonID int64 }
	err = q.Gorm().Raw(`SELECT a.id AS account_id, a.person_id FROM identities i JOIN accounts a ON a.id = i.account_id
		WHERE i.provider = 'email' AND i.uid = ? AND i.verified_at IS NOT NULL AND i.retired_at IS NULL AND a.disabled_at IS NULL AND a.closed_at IS NULL`, address).Scan(&row).Error
	return access.Actor{AccountID: row.AccountID, PersonID: row.PersonID, Lang: "en", Confirmed: row.AccountID != 0}, db.Wrap("experience: find account", err)
}

func listImported(q *db.Tx, source string, refs []string) (map[string]bool, error) {
	var there []string
	err := q.Gorm().Raw(`SELECT source_ref FROM experience_imports WHERE source = ? AND source_ref IN ?`, source, refs).Scan(&there).Error
	known := make(map[string]bool, len(there))
	for _, ref := range there {
		known[ref] = true
	}
	return known, db.Wrap("experience: list imported", err)
}

func insertImported(tx *db.Tx, source, ref string, id int64) error {
	return db.Wrap("experience: note import", tx.Gorm().Exec(`INSERT INTO experience_imports (source, source_ref, experience_id) VALUES (?, ?, ?)`, source, ref, id).Error)
}

func newPublicID(q *db.Tx) (id string, err error) {
	err = q.Gorm().Raw(`SELECT gen_random_uuid()::text`).Scan(&id).Error
	return id, db.Wrap("experience: draw id", err)
}
