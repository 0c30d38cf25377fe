package question

import "caravan/internal/db"

// listShownQuestions are what the search index may hold of questions.
func listShownQuestions(q *db.Tx, ids []int64) (out []QuestionRow, err error) {
	err = q.Gorm().Raw(questionColumns+`WHERE q.id IN ? AND q.state = 'shown'`, ids).Scan(&out).Error
	return out, db.Wrap("question: questions for search", err)
}

// foundReply is a reply with what it is found by beside its own words.
type foundReply struct {
	ReplyRow
	Title, Destination    string
	ProcedureID, ClinicID int64
}

// listShownReplies are what the search index may hold of replies.
func listShownReplies(q *db.Tx, ids []int64) (out []foundReply, err error) {
	err = q.Gorm().Raw(`
		SELECT r.id, r.question_id, r.position, r.body, r.lang, r.published_at, r.author_role AS by_role, r.author_title AS by_title, q.title, q.destination, q.procedure_id,
		       coalesce(q.organisation_id, 0) AS clinic_id, `+authorColumns+`
		FROM replies r JOIN questions q ON q.id = r.question_id JOIN accounts a ON a.id = r.author_account_id
		LEFT JOIN organisations o ON o.id = r.author_organisation_id
		WHERE r.id IN ? AND r.state = 'shown' AND q.state = 'shown'`, ids).Scan(&out).Error
	return out, db.Wrap("question: replies for search", err)
}
