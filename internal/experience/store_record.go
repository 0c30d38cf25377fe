package experience

import (
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// listRecords reads experiences as the public log holds them, by public ids or
// by ids, each kind of row with one statement for all of them.
func listRecords(q *db.Tx, publicIDs []string, ids []int64) (all []*recorded, err error) {
	var rows []Experience
	where, value := `public_id = ANY(ARRAY(SELECT x::uuid FROM unnest(string_to_array(?, ',')) x))`, any(join(publicIDs))
	if publicIDs == nil {
		where, value = `id IN ?`, ids
	}
	if len(publicIDs) == 0 && len(ids) == 0 {
		return nil, nil
	}
	if err = q.Gorm().Raw(`SELECT `+columns+` FROM experiences WHERE `+where+` ORDER BY id`, value).Scan(&rows).Error; err != nil {
		return nil, db.Wrap("experience: read records", err)
	}
	by, ids, orgs := map[int64]*recorded{}, []int64{}, []int64{}
	for _, e := range rows {
		x := &recorded{Experience: e}
		all, by[e.ID], ids, orgs = append(all, x), x, append(ids, e.ID), append(orgs, e.OrganisationID)
	}
	slugs := map[int64]string{}
	err = q.All(
		db.Statement{SQL: `SELECT id, slug FROM organisations WHERE id = ANY($1)`, Args: []any{orgs}, Row: func(r pgx.Rows) error {
			var id int64
			var slug string
			err := r.Scan(&id, &slug)
			slugs[id] = slug
			return err
		}},
		db.Statement{SQL: `SELECT experience_id, told, kind, grade, treated_where, payer, resolved, clinic_reaction FROM complications WHERE experience_id = ANY($1) ORDER BY experience_id, id`, Args: []any{ids},
			Row: func(r pgx.Rows) error {
				var c Complication
				err := r.Scan(&c.ExperienceID, &c.Told, &c.Kind, &c.Grade, &c.TreatedWhere, &c.Payer, &c.Resolved, &c.ClinicReaction)
				by[c.ExperienceID].Complications = append(by[c.ExperienceID].Complications, c)
				return err
			}},
		db.Statement{SQL: `SELECT experience_id, moment, status, goal_achieved, worth_it, complication, note FROM check_ins WHERE experience_id = ANY($1) AND status = 'done'`, Args: []any{ids},
			Row: func(r pgx.Rows) error {
				var c CheckIn
				err := r.Scan(&c.ExperienceID, &c.Moment, &c.Status, &c.GoalAchieved, &c.WorthIt, &c.Complication, &c.Note)
				by[c.ExperienceID].CheckIns = append(by[c.ExperienceID].CheckIns, c)
				return err
			}},
		db.Statement{SQL: `SELECT experience_id, version, field, first_byte, end_byte, class FROM experience_masks WHERE experience_id = ANY($1)`, Args: []any{ids},
			Row: func(r pgx.Rows) error {
				var m Mask
				err := r.Scan(&m.ExperienceID, &m.Version, &m.Field, &m.FirstByte, &m.EndByte, &m.Class)
				by[m.ExperienceID].Masks = append(by[m.ExperienceID].Masks, m)
				return err
			}},
	)
	for _, x := range all {
		x.ClinicSlug = slugs[x.OrganisationID]
	}
	return all, db.Wrap("experience: read records", err)
}

func join(ids []string) (s string) {
	for i, id := range ids {
		if i > 0 {
			s += ","
		}
		s += id
	}
	return s
}

func findSlug(q *db.Tx, organisationID int64) (slug string, err error) {
	err = q.Gorm().Raw(`SELECT slug FROM organisations WHERE id = ?`, organisationID).Scan(&slug).Error
	return slug, db.Wrap("experience: find slug", err)
}

const unrecordedSQL = `
	SELECT e.id FROM experiences e WHERE e.state = 'published'
	AND NOT EXISTS (SELECT FROM log_openings o WHERE o.kind = 'experience' AND o.ref = e.public_id::text) ORDER BY e.id LIMIT ?`

// anyUnrecorded reports whether the public log knows nothing of something that is
// shown.
func anyUnrecorded(q *db.Tx) (bool, error) {
	var ids []int64
	err := q.Gorm().Raw(unrecordedSQL, 1).Scan(&ids).Error
	return len(ids) > 0, db.Wrap("experience: look for unrecorded", err)
}

// lockUnrecorded are shown experiences of which the public log knows nothing.
// They stay locked: one that its author takes away at this moment must not get
// an opening after its openings were destroyed.
func lockUnrecorded(tx *db.Tx, n int) (ids []int64, err error) {
	err = tx.Gorm().Raw(unrecordedSQL+` FOR UPDATE OF e`, n).Scan(&ids).Error
	return ids, db.Wrap("experience: lock unrecorded", err)
}

// listFigures are the figures of all clinics that have experiences. A median
// stands only where enough told how far their goal was reached.
func listFigures(q *db.Tx, enough int) (all []leaf.Figures, err error) {
	var rows []struct {
		Slug           string
		Shown, Counted int
		Goals          int
		Median         *float64
	}
	err = q.Gorm().Raw(`
		SELECT o.slug, count(*) AS shown, count(*) FILTER (WHERE e.counted) AS counted, count(e.goal_achieved) FILTER (WHERE e.counted) AS goals,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY e.goal_achieved) FILTER (WHERE e.counted) AS median
		FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.state = 'published' GROUP BY o.slug`).Scan(&rows).Error
	for _, r := range rows {
		f := leaf.Figures{Clinic: r.Slug, Shown: r.Shown, Counted: r.Counted}
		if r.Median != nil && r.Goals >= enough {
			tenths := int(*r.Median*10 + 0.5)
			f.GoalMedianX10 = &tenths
		}
		all = append(all, f)
	}
	return all, db.Wrap("experience: list figures", err)
}

func findPublicID(q *db.Tx, id int64) (publicID string, err error) {
	err = q.Gorm().Raw(`SELECT public_id::text FROM experiences WHERE id = ?`, id).Scan(&publicID).Error
	return publicID, db.Wrap("experience: find public id", err)
}

// stoneRow is a tombstone that the public log knows nothing of.
type stoneRow struct {
	PublicID, Clinic, AskedBy string
	MadeOn                    time.Time
}

func listUnrecordedStones(q *db.Tx) (rows []stoneRow, err error) {
	err = q.Gorm().Raw(`
		SELECT e.public_id::text AS public_id, o.slug AS clinic, t.asked_by, t.made_on FROM tombstones t JOIN experiences e ON e.id = t.experience_id
		JOIN organisations o ON o.id = e.organisation_id WHERE e.published_on IS NOT NULL
		AND NOT EXISTS (SELECT FROM log_openings x WHERE x.kind = 'mark' AND x.ref = 'exp.erase ' || e.public_id::text) ORDER BY t.made_on, e.public_id`).Scan(&rows).Error
	return rows, db.Wrap("experience: list unrecorded tombstones", err)
}
