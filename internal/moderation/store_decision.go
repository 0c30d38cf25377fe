package moderation

import (
	"encoding/json"
	"fmt"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// decision is a row of the history.
type decision struct {
	ID          int64
	CaseID      int64
	Ask         string // of its case
	Kind        string
	Ref         int64
	Decision    string
	Reason      string
	Statement   string
	Title       string // empty where it is read from the thing, see entitle
	AuthorID    *int64
	ModeratorID int64
	Moderator   string // handle
	Reports     int
	ProposalID  *int64
	Spans       []byte
	DecidedAt   time.Time
	Words       *string // of the appeal against it, if there is one
	AppealCase  *int64
	AppealAt    *time.Time
	Outcome     *int64 // the decision on the appeal
}

// masks are the passages that a decision covered.
func (d decision) masks() (m []Mask, err error) {
	if err = json.Unmarshal(d.Spans, &m); err != nil {
		return nil, fmt.Errorf("moderation: read spans of decision %d: %w", d.ID, err)
	}
	return m, nil
}

// insertDecision keeps what was decided. Reports is how many people had
// reported the thing, masks which passages were covered.
func insertDecision(tx *db.Tx, c Case, d dossier, v Verdict, moderatorID int64, proposal *int64, masks []Mask) (id int64, err error) {
	it, title := d.item, d.item.Title
	if d.guarded {
		title = "" // what its author withdraws stays nowhere
	}
	var author *int64
	if it.AuthorAccountID != 0 {
		author = &it.AuthorAccountID
	}
	if masks == nil {
		masks = []Mask{}
	}
	spans, err := json.Marshal(masks)
	if err != nil {
		return 0, fmt.Errorf("moderation: write spans: %w", err)
	}
	err = tx.Gorm().Raw(`
		INSERT INTO moderation_decisions (case_id, kind, ref, decision, reason, statement, title, author_id, moderator_id, reports, proposal_id, spans, decided_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?) RETURNING id`,
		c.ID, c.Kind, c.Ref, v.Decision, v.Reason, v.Statement, title, author, moderatorID, c.Reports, proposal, string(spans), tx.Now).Scan(&id).Error
	return id, db.Wrap("moderation: insert decision", err)
}

const decisionColumns = `SELECT d.id, d.case_id, c.ask, d.kind, d.ref, d.decision, d.reason, d.statement, d.title, d.author_id, d.moderator_id, a.handle AS moderator, d.reports, d.proposal_id, d.spans, d.decided_at,
		p.words, p.case_id AS appeal_case, p.made_at AS appeal_at, o.id AS outcome
	FROM moderation_decisions d JOIN moderation_cases c ON c.id = d.case_id JOIN accounts a ON a.id = d.moderator_id
	LEFT JOIN moderation_appeals p ON p.decision_id = d.id
	LEFT JOIN moderation_decisions o ON o.case_id = p.case_id AND o.decision IN ('uphold', 'overturn') `

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

// findDecision returns a decision.
func findDecision(q *db.Tx, id int64) (d decision, err error) {
	err = q.Gorm().Raw(decisionColumns+`WHERE d.id = ?`, id).Take(&d).Error
	if db.Missing(err) {
		return d, errs.New(errs.NotFound, "common.not_found")
	}
	return d, db.Wrap("moderation: find decision", err)
}

// reportedBy tells whether a person had reported what a case is about.
func reportedBy(q *db.Tx, caseID, personID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT FROM reports WHERE case_id = ? AND person_id = ?)`, caseID, personID).Scan(&yes).Error
	return yes, db.Wrap("moderation: find reporter", err)
}

// told are the decisions that an author hears of.
const told = `d.decision NOT IN ('keep', 'propose', 'reject') `

// listOfAuthor is a page of the decisions on what an account wrote where
// authors are known, and on things of other kinds, named by kind and ids, the
// newest first.
func listOfAuthor(q *db.Tx, accountID int64, things map[string][]int64, before int64, limit int) (rows []decision, err error) {
	sql, args := decisionColumns+`WHERE `+told+`AND (? = 0 OR d.id < ?) AND (d.author_id = ?`, []any{before, before, accountID}
	for kind, ids := range things {
		if len(ids) > 0 {
			sql, args = sql+` OR d.kind = ? AND d.ref IN ?`, append(args, kind, ids)
		}
	}
	err = q.Gorm().Raw(sql+`) ORDER BY d.id DESC LIMIT ?`, append(args, limit)...).Scan(&rows).Error
	return rows, db.Wrap("moderation: list decisions of author", err)
}

// insertAppeal stores an appeal; false when there is one already.
func insertAppeal(tx *db.Tx, decisionID, caseID int64, words string) (fresh bool, err error) {
	res := tx.Gorm().Exec(`INSERT INTO moderation_appeals (decision_id, case_id, words, made_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		decisionID, caseID, words, tx.Now)
	return res.RowsAffected == 1, db.Wrap("moderation: insert appeal", res.Error)
}
