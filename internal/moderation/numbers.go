package moderation

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/wording"
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

// NumbersView is what numbers.page.html shows.
type NumbersView struct {
	Since *time.Time
	Kinds []NumbersKind
}

// NumbersKind is the table of one kind and question.
type NumbersKind struct {
	Label         string
	Of            int    // cases
	Open, Decided int    // of them
	Median        string // time to a decision; empty when there was none
	Lines         []NumbersLine
}

// NumbersLine is how often something was decided, out of the kind's decisions.
type NumbersLine struct {
	Decision, Reason string
	Count, Of        int
}

func numbersView(lang string, n numbers) NumbersView {
	v := NumbersView{Since: n.Since}
	for _, c := range n.Cases {
		k := NumbersKind{Label: label(lang, Case{Ask: c.Ask, Kind: c.Kind}), Of: c.Open + c.Decided, Open: c.Open, Decided: c.Decided}
		if c.Decided > 0 {
			k.Median = wording.Age(lang, time.Duration(c.Hours*float64(time.Hour)))
		}
		of := 0
		for _, r := range n.Rows {
			if r.Ask == c.Ask && r.Kind == c.Kind {
				of += r.Count
			}
		}
		for _, r := range n.Rows {
			if r.Ask != c.Ask || r.Kind != c.Kind {
				continue
			}
			line := NumbersLine{Decision: wording.Text(lang, "moderation.did_"+r.Decision), Count: r.Count, Of: of}
			if r.Reason != "" {
				line.Reason = wording.Text(lang, ReasonKey(r.Reason))
			}
			k.Lines = append(k.Lines, line)
		}
		v.Kinds = append(v.Kinds, k)
	}
	return v
}
