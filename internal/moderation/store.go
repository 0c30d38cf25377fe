package moderation

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// Case is one thing that waits for a moderator, or waited.
type Case struct {
	ID          int64
	Ask         string // report, suggestion or appeal
	Kind        string
	Ref         int64
	OpenedBy    *int64
	AppealOf    *int64 // the decision that is appealed against
	ProposalID  *int64 // the decision that waits for a second moderator
	Reports     int
	LockVersion int // goes up with every claim and decision
	ClaimedBy   *int64
	ClaimedAt   *time.Time
	OpenedAt    time.Time
	DueAt       time.Time
	DecidedAt   *time.Time
}

type report struct {
	ID        int64
	CaseID    int64
	Kind      string
	Ref       int64
	Reason    string
	Note      string
	AccountID int64
	PersonID  int64
	Settled   bool
	CreatedAt time.Time
}

const caseColumns = `SELECT c.id, c.ask, c.kind, c.ref, c.opened_by, c.appeal_of, c.proposal_id, c.reports, c.lock_version, c.claimed_by, c.claimed_at, c.opened_at, c.due_at, c.decided_at FROM moderation_cases c `

// openCase returns the open case of a thing, making one if there is none. Two
// at the same time get the same.
func openCase(tx *db.Tx, c Case) (id int64, err error) {
	err = tx.Gorm().Raw(`
		INSERT INTO moderation_cases AS c (ask, kind, ref, opened_by, appeal_of, opened_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, ref, ask, coalesce(appeal_of, 0)) WHERE decided_at IS NULL DO UPDATE SET opened_at = c.opened_at RETURNING id`,
		c.Ask, c.Kind, c.Ref, c.OpenedBy, c.AppealOf, tx.Now, tx.Now.Add(allowance[c.Ask])).Scan(&id).Error
	return id, db.Wrap("moderation: open case", err)
}

// findCountry is where an organisation is.
func findCountry(q *db.Tx, organisationID int64) (country string, err error) {
	err = q.Gorm().Raw(`SELECT country FROM organisations WHERE id = ?`, organisationID).Scan(&country).Error
	return country, db.Wrap("moderation: find country", err)
}

// insertReport stores r; false when its person has reported the thing before.
func insertReport(tx *db.Tx, r report) (fresh bool, err error) {
	res := tx.Gorm().Exec(`
		INSERT INTO reports (case_id, kind, ref, reason, note, account_id, person_id, settled, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, ref, person_id) DO NOTHING`,
		r.CaseID, r.Kind, r.Ref, r.Reason, r.Note, r.AccountID, r.PersonID, r.Settled, r.CreatedAt)
	return res.RowsAffected == 1, db.Wrap("moderation: insert report", res.Error)
}

// hurry counts a report on its case, and brings the case forward: an hour for
// each further report up to mostForward, and to within safetyTime if the report
// says that somebody is in danger.
func hurry(tx *db.Tx, caseID int64, danger bool) error {
	err := tx.Gorm().Exec(`
		UPDATE moderation_cases SET reports = reports + 1,
			due_at = least(CASE WHEN reports BETWEEN 1 AND ? THEN due_at - interval '1 hour' ELSE due_at END, CASE WHEN ? THEN ?::timestamptz ELSE due_at END)
		WHERE id = ?`, mostForward, danger, tx.Now.Add(safetyTime), caseID).Error
	return db.Wrap("moderation: count report", err)
}

func findCase(q *db.Tx, id int64) (c Case, err error) {
	return oneCase(q, caseColumns+`WHERE c.id = ?`, id)
}

func lockCase(tx *db.Tx, id int64) (c Case, err error) {
	return oneCase(tx, caseColumns+`WHERE c.id = ? FOR UPDATE`, id)
}

func oneCase(q *db.Tx, sql string, id int64) (c Case, err error) {
	err = q.Gorm().Raw(sql, id).Take(&c).Error
	if db.Missing(err) {
		return c, errs.New(errs.NotFound, "common.not_found")
	}
	return c, db.Wrap("moderation: find case", err)
}

func claimCase(tx *db.Tx, id, accountID int64) error {
	err := tx.Gorm().Exec(`UPDATE moderation_cases SET claimed_by = ?, claimed_at = ?, lock_version = lock_version + 1 WHERE id = ?`, accountID, tx.Now, id).Error
	return db.Wrap("moderation: claim case", err)
}

// passCase leaves a case open for others: with what was proposed, or with
// nothing when that was rejected or something else was done.
func passCase(tx *db.Tx, id int64, proposalID *int64) error {
	err := tx.Gorm().Exec(`UPDATE moderation_cases SET proposal_id = ?, claimed_by = NULL, claimed_at = NULL, lock_version = lock_version + 1 WHERE id = ?`, proposalID, id).Error
	return db.Wrap("moderation: pass case on", err)
}

func closeCase(tx *db.Tx, id int64) error {
	err := tx.Gorm().Exec(`UPDATE moderation_cases SET decided_at = ?, claimed_by = NULL, claimed_at = NULL, proposal_id = NULL, lock_version = lock_version + 1 WHERE id = ?`, tx.Now, id).Error
	return db.Wrap("moderation: close case", err)
}

// closeSuggestion closes what waits of a thing to be published, if it does.
func closeSuggestion(tx *db.Tx, kind string, ref int64) error {
	err := tx.Gorm().Exec(`UPDATE moderation_cases SET decided_at = ?, claimed_by = NULL, claimed_at = NULL, lock_version = lock_version + 1
		WHERE kind = ? AND ref = ? AND ask = 'suggestion' AND decided_at IS NULL`, tx.Now, kind, ref).Error
	return db.Wrap("moderation: close suggestion", err)
}

func listReports(q *db.Tx, caseID int64) (rows []report, err error) {
	err = q.Gorm().Raw(`SELECT id, case_id, kind, ref, reason, note, account_id, person_id, settled, created_at FROM reports WHERE case_id = ? ORDER BY id`, caseID).Scan(&rows).Error
	return rows, db.Wrap("moderation: list reports", err)
}

// takeOverdue marks up to limit cases that are overdue and were not yet told
// of, and says how many those are.
func takeOverdue(tx *db.Tx, limit int) (n int64, err error) {
	res := tx.Gorm().Exec(`
		UPDATE moderation_cases SET reminded_at = ? WHERE id IN (
			SELECT c.id FROM moderation_cases c `+waiting+`AND c.reminded_at IS NULL AND c.due_at < ? ORDER BY c.due_at LIMIT ? FOR UPDATE OF c SKIP LOCKED)`,
		tx.Now, tx.Now, limit)
	return res.RowsAffected, db.Wrap("moderation: find overdue", res.Error)
}
