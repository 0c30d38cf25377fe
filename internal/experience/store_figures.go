package experience

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// caseSQL reads the counted experiences of a clinic with the check-ins whose day
// has come; which procedures have an implant card is known to the caller.
const caseSQL = `
	SELECT e.organisation_id, CASE WHEN e.shown_treatment = 'procedure' THEN e.procedure_id ELSE 0 END, e.procedure_id, e.goal_achieved, e.paid_ratio::float8, e.gap_reasons,
	       e.worst_grade, e.known_days, e.would_repeat, e.details->'records_received' IS NOT NULL,
	       coalesce((SELECT string_agg(r, ',') FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof(e.details->'records_received') = 'array' THEN e.details->'records_received' ELSE '[]' END) r), ''),
	       coalesce((SELECT string_agg(c.moment || ':' || (c.status = 'done'), ',') FROM check_ins c WHERE c.experience_id = e.id AND (c.due_on <= $2 OR c.status = 'done')), '')
	FROM experiences e WHERE e.state = 'published' AND e.counted AND e.organisation_id = ANY($1) ORDER BY e.id`

// listCases are the counted experiences of clinics as figures need them. card
// says whether an implant card belongs to a procedure.
func listCases(q *db.Tx, organisations []int64, today time.Time, card func(procedureID int64) bool) (out []Case, err error) {
	var b pgx.Batch
	b.Queue(caseSQL, organisations, today.UTC().Truncate(24*time.Hour)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var c Case
			var procedure int64
			var goal, grade *int16
			var asked bool
			var records, checkIns string
			if err := rows.Scan(&c.OrganisationID, &c.ProcedureID, &procedure, &goal, &c.Ratio, &c.Gaps, &grade, &c.KnownDays, &c.Repeat, &asked, &records, &checkIns); err != nil {
				return err
			}
			c.Goal, c.Grade, c.ImplantCard = whole(goal), whole(grade), card(procedure)
			c.Records = recordsOf(asked, records)
			c.CheckIns = askings(checkIns)
			out = append(out, c)
		}
		return rows.Err()
	})
	return out, db.Wrap("experience: list cases", q.Batch(&b))
}

func whole(v *int16) *int {
	if v == nil {
		return nil
	}
	n := int(*v)
	return &n
}

// recordsOf are the records that were told; nil if it is not known which.
func recordsOf(asked bool, list string) []string {
	if !asked || list == "" || list == Unknown || list == RatherNot {
		return nil
	}
	return strings.Split(list, ",")
}

func askings(s string) (out []Asking) {
	for part := range strings.SplitSeq(s, ",") {
		if moment, known, ok := strings.Cut(part, ":"); ok {
			out = append(out, Asking{moment, known == "true"})
		}
	}
	return out
}

// listRanked are the clinics that have published experiences, and how many.
func listRanked(q *db.Tx) (out []struct {
	OrganisationID int64
	Experiences    int
}, err error) {
	err = q.Gorm().Raw(`SELECT organisation_id, count(*) AS experiences FROM experiences WHERE state = 'published' GROUP BY organisation_id ORDER BY organisation_id`).Scan(&out).Error
	return out, db.Wrap("experience: list clinics to rank", err)
}

func putRank(tx *db.Tx, organisationID int64, r Rank) error {
	err := tx.Gorm().Exec(`
		INSERT INTO clinic_ranks (organisation_id, tier, score, goals, reached, due, known, verified, experiences) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (organisation_id) DO UPDATE SET tier = excluded.tier, score = excluded.score, goals = excluded.goals, reached = excluded.reached,
			due = excluded.due, known = excluded.known, verified = excluded.verified, experiences = excluded.experiences`,
		organisationID, r.Tier, r.Score, r.N, r.Reached, r.Due, r.Known, r.Verified, r.Experiences).Error
	return db.Wrap("experience: store rank", err)
}

// dropRanks removes the ranks of clinics that are not among those ranked now.
func dropRanks(tx *db.Tx, keep []int64) error {
	err := tx.Gorm().Exec(`DELETE FROM clinic_ranks WHERE organisation_id <> ALL(?::bigint[])`, idList(keep)).Error
	return db.Wrap("experience: drop ranks", err)
}

// withheld is how many experiences of a clinic are not shown, by reason.
type withheld struct{ Withdrawn, Removed, Restricted int }

// countOf counts a clinic's published experiences, and those that were taken
// away.
func countOf(q *db.Tx, organisationID int64) (published int, w withheld, err error) {
	var row struct{ Published, Withdrawn, Removed, Restricted int }
	err = q.Gorm().Raw(`
		SELECT (SELECT count(*) FROM experiences WHERE organisation_id = ? AND state = 'published') AS published,
		       count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn, count(*) FILTER (WHERE state = 'removed') AS removed, count(*) FILTER (WHERE state = 'restricted') AS restricted
		FROM experiences WHERE organisation_id = ? AND state IN ('withdrawn', 'removed', 'restricted')`, organisationID, organisationID).Scan(&row).Error
	return row.Published, withheld{row.Withdrawn, row.Removed, row.Restricted}, db.Wrap("experience: count of clinic", err)
}

// countShown counts all published experiences of level 2 or more.
func countShown(q *db.Tx) (n int, err error) {
	err = q.Gorm().Raw(`SELECT count(*) FROM experiences WHERE state = 'published' AND level >= 2`).Scan(&n).Error
	return n, db.Wrap("experience: count", err)
}

// countYearly is how many of those due after a year are known, over all counted
// experiences, from the ranks.
func countYearly(q *db.Tx) (known, due int, err error) {
	var row struct{ Known, Due int }
	err = q.Gorm().Raw(`SELECT coalesce(sum(known), 0) AS known, coalesce(sum(due), 0) AS due FROM clinic_ranks WHERE due >= 5`).Scan(&row).Error
	return row.Known, row.Due, db.Wrap("experience: count known", err)
}

// idList writes ids as a PostgreSQL array.
func idList(ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return "{" + strings.Join(out, ",") + "}"
}
