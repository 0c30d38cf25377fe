package question

import "caravan/internal/db"

// listTexts are the ids of everything an account wrote, ascending.
func listTexts(tx *db.Tx, accountID int64) (questions, replies []int64, err error) {
	if err = tx.Gorm().Raw(`SELECT id FROM questions WHERE author_account_id = ? ORDER BY id`, accountID).Scan(&questions).Error; err != nil {
		return nil, nil, db.Wrap("question: list texts", err)
	}
	err = tx.Gorm().Raw(`SELECT id FROM replies WHERE author_account_id = ? ORDER BY id`, accountID).Scan(&replies).Error
	return questions, replies, db.Wrap("question: list texts", err)
}

// touchTexts moves the versions of everything an account wrote on, because what
// stands beside it changes.
func touchTexts(tx *db.Tx, accountID int64) error {
	for _, table := range []string{"questions", "replies"} {
		if err := tx.Gorm().Exec(`UPDATE `+table+` SET version = version + 1 WHERE author_account_id = ?`, accountID).Error; err != nil {
			return db.Wrap("question: touch texts", err)
		}
	}
	return nil
}

// replaceQuestion stores other words and keeps none of those before.
func replaceQuestion(tx *db.Tx, q *Question) error {
	q.Version, q.EditedAt = q.Version+1, &tx.Now
	err := tx.Gorm().Exec(`UPDATE questions SET title = ?, body = ?, body_html = ?, renderer = ?, version = ?, edited_at = ? WHERE id = ?`,
		q.Title, q.Body, q.BodyHTML, q.Renderer, q.Version, tx.Now, q.ID).Error
	return db.Wrap("question: replace words", err)
}

// replaceReply stores other words and keeps none of those before.
func replaceReply(tx *db.Tx, r *Reply) error {
	r.Version, r.EditedAt = r.Version+1, &tx.Now
	err := tx.Gorm().Exec(`UPDATE replies SET body = ?, body_html = ?, renderer = ?, version = ?, edited_at = ? WHERE id = ?`,
		r.Body, r.BodyHTML, r.Renderer, r.Version, tx.Now, r.ID).Error
	return db.Wrap("question: replace words", err)
}
