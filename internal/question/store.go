package question

import (
	"fmt"

	"gorm.io/gorm/clause"

	"caravan/internal/db"
)

func channel(questionID int64) string { return fmt.Sprintf("question:%d", questionID) }

// ClinicChannel is the live channel of a clinic's own people.
func ClinicChannel(organisation int64) string { return fmt.Sprintf("clinic:%d", organisation) }

// insertQuestion stores q with its counters and sets its ID.
func insertQuestion(tx *db.Tx, q *Question) error {
	if err := tx.Gorm().Create(q).Error; err != nil {
		return db.Wrap("question: insert question", err)
	}
	err := tx.Gorm().Exec(`INSERT INTO question_counts (question_id, last_at, shown) VALUES (?, ?, ?)`, q.ID, q.CreatedAt, q.State == Shown).Error
	return db.Wrap("question: insert counts", err)
}

func findQuestion(q *db.Tx, id int64) (out Question, err error) {
	err = q.Gorm().Where("id = ?", id).Take(&out).Error
	if db.Missing(err) {
		return out, errNoQuestion
	}
	return out, db.Wrap("question: find question", err)
}

// lockQuestion holds a question for a change: FOR UPDATE, so that nobody
// replies meanwhile.
func lockQuestion(tx *db.Tx, id int64) (q Question, err error) {
	err = tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&q).Error
	if db.Missing(err) {
		return q, errNoQuestion
	}
	return q, db.Wrap("question: lock question", err)
}

func findReply(q *db.Tx, id int64) (r Reply, err error) {
	err = q.Gorm().Where("id = ?", id).Take(&r).Error
	if db.Missing(err) {
		return r, errNoReply
	}
	return r, db.Wrap("question: find reply", err)
}

func lockReply(tx *db.Tx, id int64) (r Reply, err error) {
	err = tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&r).Error
	if db.Missing(err) {
		return r, errNoReply
	}
	return r, db.Wrap("question: lock reply", err)
}

// rewriteQuestion stores new words and keeps those before. It moves the version
// on.
func rewriteQuestion(tx *db.Tx, q *Question) error {
	err := tx.Gorm().Exec(`
		INSERT INTO question_edits (question_id, version, title, body, body_html, written_at, replaced_at)
		SELECT id, version, title, body, body_html, coalesce(edited_at, created_at), ? FROM questions WHERE id = ?`, tx.Now, q.ID).Error
	if err != nil {
		return db.Wrap("question: keep words", err)
	}
	q.Version, q.EditedAt = q.Version+1, &tx.Now
	err = tx.Gorm().Exec(`UPDATE questions SET title = ?, body = ?, body_html = ?, renderer = ?, version = ?, edited_at = ? WHERE id = ?`,
		q.Title, q.Body, q.BodyHTML, q.Renderer, q.Version, tx.Now, q.ID).Error
	return db.Wrap("question: rewrite question", err)
}

// rewriteReply stores new words and keeps those before. It moves the version on.
func rewriteReply(tx *db.Tx, r *Reply) error {
	err := tx.Gorm().Exec(`
		INSERT INTO reply_edits (reply_id, version, body, body_html, written_at, replaced_at)
		SELECT id, version, body, body_html, coalesce(edited_at, created_at), ? FROM replies WHERE id = ?`, tx.Now, r.ID).Error
	if err != nil {
		return db.Wrap("question: keep words", err)
	}
	r.Version, r.EditedAt = r.Version+1, &tx.Now
	err = tx.Gorm().Exec(`UPDATE replies SET body = ?, body_html = ?, renderer = ?, version = ?, edited_at = ? WHERE id = ?`,
		r.Body, r.BodyHTML, r.Renderer, r.Version, tx.Now, r.ID).Error
	return db.Wrap("question: rewrite reply", err)
}

// setAccepted stores which reply is accepted and moves the version on.
func setAccepted(tx *db.Tx, q *Question) error {
	q.Version++
	err := tx.Gorm().Exec(`UPDATE questions SET accepted_reply_id = ?, version = ? WHERE id = ?`, q.AcceptedReplyID, q.Version, q.ID).Error
	return db.Wrap("question: set accepted", err)
}

func listWaitingQuestions(tx *db.Tx, accountID int64) (out []Question, err error) {
	err = tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("author_account_id = ? AND state = 'waiting'", accountID).Order("id").Limit(100).Find(&out).Error
	return out, db.Wrap("question: list waiting questions", err)
}

func listWaitingReplies(tx *db.Tx, accountID int64) (out []Reply, err error) {
	err = tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("author_account_id = ? AND state = 'waiting'", accountID).Order("id").Limit(100).Find(&out).Error
	return out, db.Wrap("question: list waiting replies", err)
}

func publishQuestion(tx *db.Tx, q *Question) error {
	q.State, q.PublishedAt = Shown, &tx.Now
	err := tx.Gorm().Exec(`UPDATE questions SET state = 'shown', published_at = ? WHERE id = ?`, tx.Now, q.ID).Error
	if err == nil {
		err = tx.Gorm().Exec(`UPDATE question_counts SET shown = true, last_at = ? WHERE question_id = ?`, tx.Now, q.ID).Error
	}
	return db.Wrap("question: publish question", err)
}

// speaksForClinic reports whether r's author wrote it for a clinic that may
// answer the question.
func speaksForClinic(tx *db.Tx, r Reply, about *int64) (yes bool, err error) {
	if r.AuthorOrganisationID == nil || (about != nil && *about != *r.AuthorOrganisationID) {
		return false, nil
	}
	err = tx.Gorm().Raw(`SELECT kind = 'clinic' FROM organisations WHERE id = ?`, *r.AuthorOrganisationID).Scan(&yes).Error
	return yes, db.Wrap("question: organisation of reply", err)
}

// setQuestionState hides or shows a question and moves its version on.
func setQuestionState(tx *db.Tx, q *Question, state, why string) error {
	q.State, q.HiddenWhy, q.Version = state, why, q.Version+1
	err := tx.Gorm().Exec(`UPDATE questions SET state = ?, hidden_why = ?, version = ? WHERE id = ?`, state, why, q.Version, q.ID).Error
	if err == nil {
		err = tx.Gorm().Exec(`UPDATE question_counts SET shown = ? WHERE question_id = ?`, state == Shown, q.ID).Error
	}
	return db.Wrap("question: set question state", err)
}

// setReplyState hides or shows a reply, moves its version on, and counts it out
// or in.
func setReplyState(tx *db.Tx, r *Reply, state, why string) error {
	r.State, r.HiddenWhy, r.Version = state, why, r.Version+1
	err := tx.Gorm().Exec(`UPDATE replies SET state = ?, hidden_why = ?, version = ? WHERE id = ?`, state, why, r.Version, r.ID).Error
	if err != nil {
		return db.Wrap("question: set reply state", err)
	}
	// Recounted, not added to: the counters must be right whatever happened
	// to them before.
	tx.Last("counts", `
		UPDATE question_counts c SET replies = n.replies, clinic_replies = n.clinic
		FROM (SELECT count(*) AS replies,
		             count(*) FILTER (WHERE o.kind = 'clinic' AND (q.organisation_id IS NULL OR q.organisation_id = o.id)) AS clinic
		      FROM replies r JOIN questions q ON q.id = r.question_id LEFT JOIN organisations o ON o.id = r.author_organisation_id
		      WHERE r.question_id = $1 AND r.state = 'shown') n
		WHERE c.question_id = $1`, []any{r.QuestionID}, nil)
	return nil
}
