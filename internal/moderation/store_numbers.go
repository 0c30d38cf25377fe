package moderation

import (
	"time"

	"caravan/internal/db"
)

// numbers is what was ever decided, in counts.
type numbers struct {
	Rows    []numberRow
	Cases   []caseRow
	Appeals int // made
	Since   *time.Time
}

type numberRow struct {
	Ask, Kind, Decision, Reason string
	Count                       int
}

type caseRow struct {
	Ask, Kind     string
	Open, Decided int
	Hours         float64 // median from opening to decision
}

func readNumbers(q *db.Tx) (n numbers, err error) {
	err = q.Gorm().Raw(`SELECT c.ask, d.kind, d.decision, d.reason, count(*) AS count FROM moderation_decisions d JOIN moderation_cases c ON c.id = d.case_id
		WHERE d.decision NOT IN ('propose', 'reject') GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, count(*) DESC, 4`).Scan(&n.Rows).Error
	if err != nil {
		return n, db.Wrap("moderation: count decisions", err)
	}
	err = q.Gorm().Raw(`SELECT c.ask, c.kind, count(*) FILTER (WHERE c.decided_at IS NULL) AS open, count(c.decided_at) AS decided,
		coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.decided_at - c.opened_at) / 3600), 0) AS hours
		FROM moderation_cases c GROUP BY 1, 2 ORDER BY array_position(ARRAY['suggestion', 'report', 'appeal'], c.ask), 2`).Scan(&n.Cases).Error
	if err != nil {
		return n, db.Wrap("moderation: count cases", err)
	}
	err = q.Gorm().Raw(`SELECT count(*) AS appeals, (SELECT min(opened_at) FROM moderation_cases) AS since FROM moderation_appeals`).Row().Scan(&n.Appeals, &n.Since)
	return n, db.Wrap("moderation: count appeals", err)
}
