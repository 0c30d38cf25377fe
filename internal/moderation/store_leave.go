package moderation

import (
	"time"

	"caravan/internal/db"
)

func forgetNotes(tx *db.Tx, accountID, personID int64) error {
	err := tx.Gorm().Exec(`UPDATE reports SET note = '' WHERE (account_id = ? OR person_id = ?) AND note <> ''`, accountID, personID).Error
	return db.Wrap("moderation: forget notes", err)
}

// endAppeals closes the cases in which an author waits for an answer. Those about
// experiences ended when the experience went or lost its author.
func endAppeals(tx *db.Tx, accountID int64) error {
	err := tx.Gorm().Exec(`UPDATE moderation_cases SET decided_at = ?, lock_version = lock_version + 1
		WHERE decided_at IS NULL AND appeal_of IN (SELECT id FROM moderation_decisions WHERE author_id = ?)`, tx.Now, accountID).Error
	return db.Wrap("moderation: end appeals", err)
}

// forgetOldNotes takes away the words of reports on things that were decided
// before a day.
func forgetOldNotes(tx *db.Tx, before time.Time) error {
	err := tx.Gorm().Exec(`UPDATE reports r SET note = '' FROM moderation_cases c WHERE c.id = r.case_id AND c.decided_at < ? AND r.note <> ''`, before).Error
	return db.Wrap("moderation: forget old notes", err)
}
