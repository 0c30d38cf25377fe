package moderation

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// Case is one thing that waits for a moderator, or waited.
type Case struct {
	ID          int64
	Ask         string // report or suggestion
	Kind        string
	Ref         int64
	OpenedBy    *int64
	LockVersion int // goes up with every claim and decision
	ClaimedBy   *int64
	ClaimedAt   *time.Time
	OpenedAt    time.Time
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
	CreatedAt time.Time
}

// decision is a row of the history.
type decision struct {
	ID          int64
	CaseID      int64
	Kind        string
	Ref         int64
	Decision    string
	Reason      string
	Statement   string
	Title       string
	AuthorID    *int64
	ModeratorID int64
	Moderator   string // handle
	Reports     int
	DecidedAt   time.Time
}

const caseColumns = `SELECT c.id, c.ask, c.kind, c.ref, c.opened_by, c.lock_version, c.claimed_by, c.claimed_at, c.opened_at, c.decided_at FROM moderation_cases c `

// openCase returns the open case of a thing, making one if there is none. Two
// at the same time get the same.
func openCase(tx *db.Tx, ask, kind string, ref int64, by *int64) (id int64, err error) {
	err = tx.Gorm().Raw(`
		INSERT INTO moderation_cases AS c (ask, kind, ref, opened_by, opened_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (kind, ref, ask) WHERE decided_at IS NULL DO UPDATE SET opened_at = c.opened_at RETURNING id`,
		ask, kind, ref, by, tx.Now).Scan(&id).Error
	return id, db.Wrap("moderation: open case", err)
}

// insertReport stores r; false when its person has reported the thing before.
func insertReport(tx *db.Tx, r report) (fresh bool, err error) {
	res := tx.Gorm().Exec(`
		INSERT INTO reports (case_id, kind, ref, reason, note, account_id, person_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, ref, person_id) DO NOTHING`,
		r.CaseID, r.Kind, r.Ref, r.Reason, r.Note, r.AccountID, r.PersonID, r.CreatedAt)
	return res.RowsAffected == 1, db.Wrap("moderation: insert report", res.Error)
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

func closeCase(tx *db.Tx, id int64) error {
	err := tx.Gorm().Exec(`UPDATE moderation_cases SET decided_at = ?, claimed_by = NULL, claimed_at = NULL, lock_version = lock_version + 1 WHERE id = ?`, tx.Now, id).Error
	return db.Wrap("moderation: close case", err)
}

func insertDecision(tx *db.Tx, c Case, it Item, v Verdict, moderatorID int64, reports int) (id int64, err error) {
	var author *int64
	if it.AuthorAccountID != 0 {
		author = &it.AuthorAccountID
	}
	err = tx.Gorm().Raw(`
		INSERT INTO moderation_decisions (case_id, kind, ref, decision, reason, statement, title, author_id, moderator_id, reports, decided_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		c.ID, c.Kind, c.Ref, v.Decision, v.Reason, v.Statement, it.Title, author, moderatorID, reports, tx.Now).Scan(&id).Error
	return id, db.Wrap("moderation: insert decision", err)
}

// Suggestions of people whose address nobody confirmed wait for that first.
const waiting = `WHERE c.decided_at IS NULL AND (c.opened_by IS NULL OR EXISTS (
	SELECT FROM identities i WHERE i.account_id = c.opened_by AND i.verified_at IS NOT NULL)) `

// listWaiting is a page of open cases, the oldest first, and how many there are.
func listWaiting(q *db.Tx, offset, limit int) (rows []waitingRow, count int, err error) {
	if err = q.Gorm().Raw(`SELECT count(*) FROM moderation_cases c ` + waiting).Scan(&count).Error; err != nil {
		return nil, 0, db.Wrap("moderation: count cases", err)
	}
	err = q.Gorm().Raw(`
		SELECT c.id, c.ask, c.kind, c.ref, c.opened_by, c.lock_version, c.claimed_by, c.claimed_at, c.opened_at, coalesce(a.handle, '') AS claimer, r.reports, r.reasons
		FROM moderation_cases c LEFT JOIN accounts a ON a.id = c.claimed_by
		CROSS JOIN LATERAL (SELECT count(*) AS reports, coalesce(string_agg(DISTINCT reason, ',' ORDER BY reason), '') AS reasons FROM reports WHERE case_id = c.id) r `+
		waiting+`ORDER BY c.opened_at, c.id LIMIT ? OFFSET ?`, limit, offset).Scan(&rows).Error
	return rows, count, db.Wrap("moderation: list cases", err)
}

type waitingRow struct {
	Case
	Claimer string
	Reports int
	Reasons string // codes with commas
}

func listReports(q *db.Tx, caseID int64) (rows []report, err error) {
	err = q.Gorm().Raw(`SELECT id, case_id, kind, ref, reason, note, account_id, person_id, created_at FROM reports WHERE case_id = ? ORDER BY id`, caseID).Scan(&rows).Error
	return rows, db.Wrap("moderation: list reports", err)
}

const decisionColumns = `SELECT d.id, d.case_id, d.kind, d.ref, d.decision, d.reason, d.statement, d.title, d.author_id, d.moderator_id, a.handle AS moderator, d.reports, d.decided_at
	FROM moderation_decisions d JOIN accounts a ON a.id = d.moderator_id `

// listDecisions is what was ever decided on a thing, the first first.
func listDecisions(q *db.Tx, kind string, ref int64) (rows []decision, err error) {
	err = q.Gorm().Raw(decisionColumns+`WHERE d.kind = ? AND d.ref = ? ORDER BY d.id`, kind, ref).Scan(&rows).Error
	return rows, db.Wrap("moderation: list decisions", err)
}

// listHistory is a page of all decisions, the newest first, before id before.
func listHistory(q *db.Tx, before int64, limit int) (rows []decision, err error) {
	err = q.Gorm().Raw(decisionColumns+`WHERE ? = 0 OR d.id < ? ORDER BY d.id DESC LIMIT ?`, before, before, limit).Scan(&rows).Error
	return rows, db.Wrap("moderation: list history", err)
}

// findDecision returns a decision and whether person had reported its thing.
func findDecision(q *db.Tx, id, personID int64) (d decision, reported bool, err error) {
	err = q.Gorm().Raw(decisionColumns+`WHERE d.id = ?`, id).Take(&d).Error
	if db.Missing(err) {
		return d, false, errs.New(errs.NotFound, "common.not_found")
	}
	if err != nil {
		return d, false, db.Wrap("moderation: find decision", err)
	}
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT FROM reports WHERE case_id = ? AND person_id = ?)`, d.CaseID, personID).Scan(&reported).Error
	return d, reported, db.Wrap("moderation: find decision", err)
}
