package experience

import (
	"time"

	"caravan/internal/db"
)

const draftColumns = `id, public_id::text AS public_id, account_id, answers, code_hash, pseudonym, lock_version, created_at, updated_at`

func listDrafts(q *db.Tx, accountID int64) (rows []Draft, err error) {
	err = q.Gorm().Raw(`SELECT `+draftColumns+` FROM experience_drafts WHERE account_id = ? ORDER BY updated_at DESC, id DESC`, accountID).Scan(&rows).Error
	return rows, db.Wrap("experience: list drafts", err)
}

func findDraft(q *db.Tx, accountID int64, publicID string) (Draft, error) {
	return oneDraft(q, `SELECT `+draftColumns+` FROM experience_drafts WHERE account_id = ? AND public_id = ?::uuid`, accountID, publicID)
}

func lockDraft(tx *db.Tx, accountID int64, publicID string) (Draft, error) {
	return oneDraft(tx, `SELECT `+draftColumns+` FROM experience_drafts WHERE account_id = ? AND public_id = ?::uuid FOR UPDATE`, accountID, publicID)
}

func oneDraft(q *db.Tx, sql string, args ...any) (d Draft, err error) {
	r := q.Gorm().Raw(sql, args...).Scan(&d)
	if r.Error == nil && r.RowsAffected == 0 {
		return d, errNoDraft
	}
	return d, db.Wrap("experience: find draft", r.Error)
}

func insertDraft(tx *db.Tx, d *Draft) error {
	r := tx.Gorm().Raw(`INSERT INTO experience_drafts (account_id, answers, code_hash, pseudonym, created_at, updated_at) VALUES (?, ?::jsonb, ?, ?, ?, ?) RETURNING `+draftColumns,
		d.AccountID, d.Answers, d.CodeHash, d.Pseudonym, tx.Now, tx.Now).Scan(d)
	return db.Wrap("experience: store draft", r.Error)
}

// saveDraft replaces the answers that part names; one without a value is taken
// out.
func saveDraft(tx *db.Tx, d *Draft, part Answers) error {
	var gone []string
	kept := Answers{}
	for name, v := range part {
		if len(v) == 0 {
			gone = append(gone, name)
		} else {
			kept[name] = v
		}
	}
	r := tx.Gorm().Raw(`UPDATE experience_drafts SET answers = (answers || ?::jsonb) - ?::text[], lock_version = lock_version + 1, updated_at = ? WHERE id = ? RETURNING `+draftColumns,
		kept, Words(gone), tx.Now, d.ID).Scan(d)
	return db.Wrap("experience: save draft", r.Error)
}

func setDraftCode(tx *db.Tx, id int64, hash []byte) error {
	return db.Wrap("experience: set code", tx.Gorm().Exec(`UPDATE experience_drafts SET code_hash = ? WHERE id = ?`, hash, id).Error)
}

func removeDraft(tx *db.Tx, id int64) error {
	return db.Wrap("experience: remove draft", tx.Gorm().Exec(`DELETE FROM experience_drafts WHERE id = ?`, id).Error)
}

func removeDraftsOf(tx *db.Tx, accountID int64) error {
	return db.Wrap("experience: remove drafts", tx.Gorm().Exec(`DELETE FROM experience_drafts WHERE account_id = ?`, accountID).Error)
}

func removeOldDrafts(tx *db.Tx, before time.Time) error {
	return db.Wrap("experience: remove old drafts", tx.Gorm().Exec(`DELETE FROM experience_drafts WHERE updated_at < ?`, before).Error)
}
