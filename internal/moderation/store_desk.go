package moderation

import (
	"time"

	"caravan/internal/db"
)

// Suggestions of people whose address nobody confirmed wait for that first.
const waiting = `WHERE c.decided_at IS NULL AND (c.opened_by IS NULL OR EXISTS (
	SELECT FROM identities i WHERE i.account_id = c.opened_by AND i.verified_at IS NOT NULL)) `

// Filter narrows the desk.
type Filter struct {
	Ask, Kind string // empty: any
	Show      string // "", late (overdue), second (waits for a second moderator), mine (claimed by Viewer)
	Viewer    int64
}

func (f Filter) where(now time.Time) (sql string, args []any) {
	sql = waiting
	if f.Ask != "" {
		sql, args = sql+`AND c.ask = ? `, append(args, f.Ask)
	}
	if f.Kind != "" {
		sql, args = sql+`AND c.kind = ? `, append(args, f.Kind)
	}
	switch f.Show {
	case showLate:
		sql, args = sql+`AND c.due_at < ? `, append(args, now)
	case showSecond:
		sql += `AND c.proposal_id IS NOT NULL `
	case showMine:
		sql, args = sql+`AND c.claimed_by = ? AND c.claimed_at > ? `, append(args, f.Viewer, now.Add(-ClaimLife))
	}
	return sql, args
}

type waitingRow struct {
	Case
	Claimer string
	Reasons string // codes with commas
}

// listWaiting is a page of open cases, what is due first standing first, and
// how many there are.
func listWaiting(q *db.Tx, f Filter, offset, limit int) (rows []waitingRow, count int, err error) {
	where, args := f.where(q.Now)
	if err = q.Gorm().Raw(`SELECT count(*) FROM moderation_cases c `+where, args...).Scan(&count).Error; err != nil {
		return nil, 0, db.Wrap("moderation: count cases", err)
	}
	err = q.Gorm().Raw(`
		SELECT c.id, c.ask, c.kind, c.ref, c.opened_by, c.appeal_of, c.proposal_id, c.reports, c.lock_version, c.claimed_by, c.claimed_at, c.opened_at, c.due_at, coalesce(a.handle, '') AS claimer, r.reasons
		FROM moderation_cases c LEFT JOIN accounts a ON a.id = c.claimed_by
		CROSS JOIN LATERAL (SELECT coalesce(string_agg(DISTINCT reason, ',' ORDER BY reason), '') AS reasons FROM reports WHERE case_id = c.id) r `+
		where+`ORDER BY c.due_at, c.id LIMIT ? OFFSET ?`, append(args, limit, offset)...).Scan(&rows).Error
	return rows, count, db.Wrap("moderation: list cases", err)
}

type tally struct {
	Ask, Kind               string
	Count, Late, Two, Taken int
}

// tallies counts what waits, by question and kind.
func tallies(q *db.Tx, viewer int64) (rows []tally, err error) {
	err = q.Gorm().Raw(`SELECT c.ask, c.kind, count(*) AS count, count(*) FILTER (WHERE c.due_at < ?) AS late, count(c.proposal_id) AS two,
		count(*) FILTER (WHERE c.claimed_by = ? AND c.claimed_at > ?) AS taken FROM moderation_cases c `+waiting+`GROUP BY c.ask, c.kind ORDER BY c.ask DESC, c.kind`,
		q.Now, viewer, q.Now.Add(-ClaimLife)).Scan(&rows).Error
	return rows, db.Wrap("moderation: count desk", err)
}

// tieLife is how long after its end a tie to an organisation still counts.
const tieLife = 24 // months

// tied tells whether a person has, or had within tieLife, a tie to an
// organisation: work, family, money.
func tied(q *db.Tx, personID, organisationID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT FROM affiliations WHERE person_id = ? AND organisation_id = ? AND (valid_to IS NULL OR valid_to > ?))`,
		personID, organisationID, q.Now.AddDate(0, -tieLife, 0)).Scan(&yes).Error
	return yes, db.Wrap("moderation: find tie", err)
}

// colleagues tells whether a person shares an organisation with an account.
func colleagues(q *db.Tx, personID, accountID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT FROM affiliations x JOIN affiliations y ON y.organisation_id = x.organisation_id JOIN accounts a ON a.person_id = y.person_id
		WHERE x.person_id = ? AND a.id = ? AND (x.valid_to IS NULL OR x.valid_to > ?) AND (y.valid_to IS NULL OR y.valid_to > ?))`,
		personID, accountID, q.Now, q.Now).Scan(&yes).Error
	return yes, db.Wrap("moderation: find colleagues", err)
}

// freeModerators counts those who could decide: who work for no provider, have
// no tie to the organisation and are not among those who decided before.
func freeModerators(q *db.Tx, organisationID int64, deciders []int64) (n int, err error) {
	if len(deciders) == 0 {
		deciders = []int64{0}
	}
	err = q.Gorm().Raw(`SELECT count(DISTINCT a.person_id) FROM platform_roles r JOIN accounts a ON a.id = r.account_id
		WHERE r.role IN ('moderator', 'admin') AND a.closed_at IS NULL AND a.disabled_at IS NULL AND a.id NOT IN ? AND NOT EXISTS (
			SELECT FROM affiliations f JOIN organisations o ON o.id = f.organisation_id
			WHERE f.person_id = a.person_id AND (f.organisation_id = ? AND (f.valid_to IS NULL OR f.valid_to > ?)
				OR o.kind IN ('clinic', 'facilitator', 'agency') AND (f.valid_to IS NULL OR f.valid_to > ?)))`,
		deciders, organisationID, q.Now.AddDate(0, -tieLife, 0), q.Now).Scan(&n).Error
	return n, db.Wrap("moderation: count moderators", err)
}

// moderatorAccounts are whom to remind.
func moderatorAccounts(q *db.Tx) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT a.id FROM platform_roles r JOIN accounts a ON a.id = r.account_id WHERE r.role = 'moderator' AND a.closed_at IS NULL AND a.disabled_at IS NULL ORDER BY a.id`).Scan(&ids).Error
	return ids, db.Wrap("moderation: list moderators", err)
}
