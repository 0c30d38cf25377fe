package moderation

import (
	"time"

	"caravan/internal/db"
)

// recordRow is a decision as the public log records it.
type recordRow struct {
	ID          int64
	Kind        string
	Ref         int64
	Decision    string
	Reason      string
	Statement   string
	ModeratorID int64
	Proposer    *int64 // the moderator who proposed it
	Settles     *int64 // the decision that was appealed against
	Clinic      string // slug; empty if it is about none
	DecidedAt   time.Time
}

// listToRecord is one decision, or the first n that the public log knows nothing
// of. What an experience, an answer, a package or a clinic is about is read from
// its own row.
func listToRecord(q *db.Tx, id int64, n int) (rows []recordRow, err error) {
	sql := `
		SELECT d.id, d.kind, d.ref, d.decision, d.reason, d.statement, d.moderator_id, p.moderator_id AS proposer, c.appeal_of AS settles, d.decided_at,
			coalesce(CASE d.kind
				WHEN 'experience' THEN (SELECT o.slug FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.id = d.ref)
				WHEN 'answer' THEN (SELECT o.slug FROM answers a JOIN organisations o ON o.id = a.organisation_id WHERE a.experience_id = d.ref)
				WHEN 'package' THEN (SELECT o.slug FROM packages x JOIN organisations o ON o.id = x.organisation_id WHERE x.id = d.ref)
				WHEN 'package_votes' THEN (SELECT o.slug FROM packages x JOIN organisations o ON o.id = x.organisation_id WHERE x.id = d.ref)
				WHEN 'clinic' THEN (SELECT o.slug FROM organisations o WHERE o.id = d.ref) END, '') AS clinic
		FROM moderation_decisions d JOIN moderation_cases c ON c.id = d.case_id LEFT JOIN moderation_decisions p ON p.id = d.proposal_id
		WHERE `
	if id != 0 {
		err = q.Gorm().Raw(sql+`d.id = ?`, id).Scan(&rows).Error
		return rows, db.Wrap("moderation: read decision to record", err)
	}
	err = q.Gorm().Raw(sql+`d.decision NOT IN ('approve', 'propose', 'reject')
		AND NOT EXISTS (SELECT FROM log_openings o WHERE o.kind = 'decision' AND o.ref = d.id::text) ORDER BY d.id LIMIT ?`, n).Scan(&rows).Error
	return rows, db.Wrap("moderation: list decisions to record", err)
}
