package shaping

import "caravan/internal/db"

// listReviewed are the people whose votes in a package are under review.
func listReviewed(q *db.Tx, packageID int64) (persons []int64, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT person_id FROM package_standings WHERE package_id = ? AND status = 'quarantined' ORDER BY person_id`, packageID).Scan(&persons).Error
	return persons, db.Wrap("shaping: list votes under review", err)
}

// clearPeople notes that people's votes in a package were found to be in order.
func clearPeople(tx *db.Tx, packageID int64, persons []int64) error {
	err := tx.Gorm().Exec(`UPDATE package_declarations SET cleared_at = ? WHERE package_id = ? AND person_id IN ?`, tx.Now, packageID, persons).Error
	return db.Wrap("shaping: clear people", err)
}

func insertReview(tx *db.Tx, packageID int64, r Review) error {
	err := tx.Gorm().Exec(`INSERT INTO package_vote_reviews (package_id, counted, reason, note, votes, decided_at) VALUES (?, ?, ?, ?, ?, ?)`,
		packageID, r.Counted, r.Reason, r.Note, r.Votes, tx.Now).Error
	return db.Wrap("shaping: insert review", err)
}

// listAccountsOfAll are the open accounts of people.
func listAccountsOfAll(q *db.Tx, persons []int64) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM accounts WHERE person_id IN ? AND closed_at IS NULL ORDER BY id`, persons).Scan(&ids).Error
	return ids, db.Wrap("shaping: list accounts", err)
}
