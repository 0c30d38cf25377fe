package experience

import "caravan/internal/db"

func lockExperienceByID(tx *db.Tx, id int64) error {
	return db.Wrap("experience: lock", tx.Gorm().Exec(`SELECT 1 FROM experiences WHERE id = ? FOR UPDATE`, id).Error)
}
