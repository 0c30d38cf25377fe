package experience

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// errNone says that there is no such experience, or not for everybody.
var errNone = errs.New(errs.NotFound, "experience.read_no_such")

// listRow is an experience in a list.
type listRow struct {
	Experience
	Clinic, ClinicSlug string
	Start              string // of the story
	CheckIns           string // "d7:done,m1:missed"
	Masks              []Mask
}

// listColumns are what a card of the list shows, in the order of scanRow.
const listColumns = `
	SELECT e.id, e.public_id::text, e.pseudonym, e.author_role, e.procedure_id, e.destination, e.city, e.origin_country, e.shown_origin, e.age_band, e.shown_age,
	       e.quarter, e.shown_period, e.shown_treatment, e.crowd, e.title, left(e.story, 400), e.lang, e.version, e.incentive,
	       e.quoted_minor, e.quoted_currency, e.paid_minor, e.paid_currency, e.paid_ratio::float8, e.goal_achieved, e.goal_told, e.complication, e.worst_grade,
	       e.level, e.counted, e.helpful, e.helpful_of, e.published_on, o.name, o.slug,
	       coalesce((SELECT string_agg(c.moment || ':' || c.status, ',') FROM check_ins c WHERE c.experience_id = e.id), ''),
	       coalesce((SELECT string_agg(m.field || ' ' || m.first_byte || ' ' || m.end_byte || ' ' || m.class, ',' ORDER BY m.first_byte) FROM experience_masks m
	                 WHERE m.experience_id = e.id AND m.version = e.version), '')
	FROM experiences e JOIN organisations o ON o.id = e.organisation_id
	WHERE `

func scanRow(rows pgx.Rows) (r listRow, err error) {
	var masks string
	err = rows.Scan(&r.ID, &r.PublicID, &r.Pseudonym, &r.AuthorRole, &r.ProcedureID, &r.Destination, &r.City, &r.OriginCountry, &r.ShownOrigin, &r.AgeBand, &r.ShownAge,
		&r.Quarter, &r.ShownPeriod, &r.ShownTreatment, &r.Crowd, &r.Title, &r.Start, &r.Lang, &r.Version, &r.Incentive,
		&r.QuotedMinor, &r.QuotedCurrency, &r.PaidMinor, &r.PaidCurrency, &r.PaidRatio, &r.GoalAchieved, &r.GoalTold, &r.Complication, &r.WorstGrade,
		&r.Level, &r.Counted, &r.Helpful, &r.HelpfulOf, &r.PublishedOn, &r.Clinic, &r.ClinicSlug, &r.CheckIns, &masks)
	r.Masks = readMasks(masks, r.Version)
	return r, err
}

// readMasks reads the masks of one version as a list's query writes them.
func readMasks(s string, version int) (out []Mask) {
	for part := range strings.SplitSeq(s, ",") {
		f := strings.Fields(part)
		if len(f) != 4 {
			continue
		}
		first, _ := strconv.Atoi(f[1]) // the database wrote a number
		end, _ := strconv.Atoi(f[2])
		out = append(out, Mask{Version: version, Field: f[0], FirstByte: first, EndByte: end, Class: f[3]})
	}
	return out
}

// listSQL is the statement of a page of the list and its values.
func (f Filter) listSQL(after *place) (string, []any) {
	where, args := f.where()
	by, key := f.order()
	if after != nil {
		var marks []string
		for _, v := range f.values(*after) {
			args = append(args, v)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		where += " AND " + key + " < (" + strings.Join(marks, ", ") + ")"
	}
	return listColumns + where + " ORDER BY " + by + " LIMIT " + strconv.Itoa(f.Limit+1), args
}

// countSQL counts what a filter finds, up to one more than countCap: in the
// order of an index, so that it ends there.
func (f Filter) countSQL() (string, []any) {
	where, args := f.where()
	return `SELECT count(*) FROM (SELECT FROM experiences e WHERE ` + where + ` ORDER BY e.published_on DESC, e.id DESC LIMIT ` + strconv.Itoa(countCap+1) + `) x`, args
}

// findPlace is where an experience stands in the list; nil if it is gone.
func findPlace(q *db.Tx, publicID string) (*place, error) {
	var p place
	res := q.Gorm().Raw(`SELECT helpful_rank AS rank, critical, published_on AS "on", id FROM experiences WHERE public_id = ?::uuid AND published_on IS NOT NULL`, publicID).Scan(&p)
	if res.Error != nil || res.RowsAffected == 0 {
		return nil, db.Wrap("experience: find place", res.Error)
	}
	return &p, nil
}

// listExperiences reads a page of the list, one row more than the limit if
// there is a next page, and how many there are in all up to countCap + 1.
func listExperiences(q *db.Tx, f Filter) (out []listRow, count int, err error) {
	var after *place
	if f.After != "" {
		if after, err = findPlace(q, f.After); err != nil {
			return nil, 0, err
		}
	}
	var b pgx.Batch
	sql, args := f.listSQL(after)
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		out = make([]listRow, 0, f.Limit+1)
		for rows.Next() {
			r, err := scanRow(rows)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	sql, args = f.countSQL()
	b.Queue(sql, args...).QueryRow(func(row pgx.Row) error { return row.Scan(&count) })
	return out, count, db.Wrap("experience: list", q.Batch(&b))
}

// head is what every request for an experience's page reads: what stands there,
// and what differs by reader.
type head struct {
	ID                 int64
	State              string
	Version            int
	Helpful, HelpfulOf int
	Vote               *int16 // of the reader; nil for none
	Own                bool   // the reader wrote it
}

func findHead(q *db.Tx, publicID string, personID int64) (h head, err error) {
	var b pgx.Batch
	b.Queue(`
		SELECT e.id, e.state, e.version, e.helpful, e.helpful_of, v.value AS vote, a.experience_id IS NOT NULL AS own
		FROM experiences e LEFT JOIN experience_votes v ON v.experience_id = e.id AND v.person_id = $2
		LEFT JOIN authorships a ON a.experience_id = e.id AND a.person_id = $2
		WHERE e.public_id = $1::uuid`, publicID, personID).QueryRow(func(row pgx.Row) error {
		return row.Scan(&h.ID, &h.State, &h.Version, &h.Helpful, &h.HelpfulOf, &h.Vote, &h.Own)
	})
	err = q.Batch(&b)
	if db.Missing(err) {
		return h, errNone
	}
	return h, db.Wrap("experience: find head", err)
}

// findTold reads an experience with its rows, each kind with one statement.
func findTold(q *db.Tx, id int64) (x told, err error) {
	g := q.Gorm()
	if err = g.Raw(`SELECT * FROM experiences WHERE id = ?`, id).Scan(&x.Experience).Error; err != nil {
		return x, db.Wrap("experience: find", err)
	}
	var org struct{ Name, Slug string }
	if err = g.Raw(`SELECT name, slug FROM organisations WHERE id = ?`, x.OrganisationID).Scan(&org).Error; err != nil {
		return x, db.Wrap("experience: find clinic", err)
	}
	x.Clinic, x.ClinicSlug = org.Name, org.Slug
	for _, part := range []struct {
		sql  string
		into any
	}{
		{`SELECT * FROM experience_procedures WHERE experience_id = ? ORDER BY position`, &x.Treated},
		{`SELECT * FROM experience_lines WHERE experience_id = ? ORDER BY position`, &x.Lines},
		{`SELECT * FROM complications WHERE experience_id = ? ORDER BY id`, &x.Complications},
		{`SELECT experience_id, moment, status, goal_achieved, worth_it, complication, note FROM check_ins WHERE experience_id = ?`, &x.CheckIns},
		{`SELECT experience_id, version, field, first_byte, end_byte, class FROM experience_masks WHERE experience_id = ? ORDER BY first_byte`, &x.Masks},
	} {
		if err = g.Raw(part.sql, id).Scan(part.into).Error; err != nil {
			return x, db.Wrap("experience: find rows", err)
		}
	}
	return x, nil
}

// findTombstone is what stands where an experience was; ok is false if nothing
// was put there yet.
func findTombstone(q *db.Tx, id int64) (t Tombstone, ok bool, err error) {
	res := q.Gorm().Raw(`SELECT * FROM tombstones WHERE experience_id = ?`, id).Scan(&t)
	return t, res.RowsAffected == 1, db.Wrap("experience: find tombstone", res.Error)
}

// goneRow is what remains of an experience that is no longer shown.
type goneRow struct {
	State, StateWhy string
	EditedOn        *time.Time
	Clinic, Slug    string
	PublicID        string
}

func findGone(q *db.Tx, id int64) (r goneRow, err error) {
	err = q.Gorm().Raw(`SELECT e.state, e.state_why, e.edited_on, o.name AS clinic, o.slug, e.public_id::text AS public_id FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.id = ?`, id).Scan(&r).Error
	return r, db.Wrap("experience: find gone", err)
}

// hiddenOn is the day on which moderators last took an experience away; zero if
// they did not.
func hiddenOn(q *db.Tx, id int64) (day time.Time, err error) {
	var at *time.Time
	err = q.Gorm().Raw(`SELECT max(decided_at) FROM moderation_decisions WHERE kind = 'experience' AND ref = ? AND decision IN ('hide', 'uphold')`, id).Row().Scan(&at)
	if at != nil {
		day = at.UTC().Truncate(24 * time.Hour)
	}
	return day, db.Wrap("experience: when hidden", err)
}
