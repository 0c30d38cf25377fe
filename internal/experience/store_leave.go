package experience

import "caravan/internal/db"

// unlink removes everything that says what a person told.
func unlink(tx *db.Tx, accountID, personID int64) error {
	for _, sql := range []string{
		`DELETE FROM experience_restricted WHERE experience_id IN (SELECT experience_id FROM authorships WHERE person_id = ?)`,
		`DELETE FROM experience_sealed WHERE experience_id IN (SELECT experience_id FROM authorships WHERE person_id = ?)`,
		`DELETE FROM experience_imports WHERE experience_id IN (SELECT experience_id FROM authorships WHERE person_id = ?)`,
		`DELETE FROM authorships WHERE person_id = ?`,
	} {
		if err := tx.Gorm().Exec(sql, personID).Error; err != nil {
			return db.Wrap("experience: unlink", err)
		}
	}
	return removeDraftsOf(tx, accountID)
}
