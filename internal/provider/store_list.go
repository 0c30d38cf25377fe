package provider

import (
	"slices"
	"strings"

	"caravan/internal/db"
	"caravan/internal/text"
)

// Filter says which clinics a list holds, and in which order.
type Filter struct {
	Text      string // in names and cities; a name may be misspelt
	Country   string // ISO code
	Procedure int64  // id
	ByAnswer  bool   // those whose staff answered last first
	ByFigures bool   // by what patients told, as far as enough did; the others by name
}

// clinicRow is a clinic in a list.
type clinicRow struct {
	Organisation
	Procedures int // how many it offers
	Languages  string
	Staff      int // people who answer here for it
	Ranked
}

// Ranked is what patients told about a clinic, as package experience adds it up:
// sums of fewer than five are zero but for their n.
type Ranked struct {
	Verified       int // patients whose visit was seen
	Goals, Reached int
	Due, Known     int // after a year
}

// where returns the conditions of a filter and their values.
func (f Filter) where() (sql string, args []any) {
	sql = `o.kind = 'clinic' AND o.state = 'listed'`
	if f.Country != "" {
		sql, args = sql+` AND o.country = ?`, append(args, f.Country)
	}
	if f.Procedure != 0 {
		sql, args = sql+` AND EXISTS (SELECT FROM organisation_procedures p WHERE p.organisation_id = o.id AND p.procedure_id = ?)`, append(args, f.Procedure)
	}
	if f.Text != "" {
		like := "%" + likeEscape.Replace(f.Text) + "%"
		if text.Length(f.Text) < misspelt {
			return sql + ` AND o.words LIKE plain_letters(?)`, append(args, like)
		}
		sql, args = sql+` AND (o.words LIKE plain_letters(?) OR plain_letters(?) <% o.words)`, append(args, like, f.Text)
	}
	return sql, args
}

// misspelt is from how many characters on a search may be a misspelt name:
// fewer look like everything.
const misspelt = 4

// likeEscape makes the wildcards of LIKE mean themselves.
var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func countClinics(q *db.Tx, f Filter) (n int, err error) {
	where, args := f.where()
	err = q.Gorm().Raw(`SELECT count(*) FROM organisations o WHERE `+where, args...).Scan(&n).Error
	return n, db.Wrap("provider: count clinics", err)
}

func countListed(q *db.Tx) (clinics, countries int, err error) {
	var n struct{ Clinics, Countries int }
	err = q.Gorm().Raw(`SELECT count(*) AS clinics, count(DISTINCT country) AS countries FROM organisations WHERE kind = 'clinic' AND state = 'listed'`).Scan(&n).Error
	return n.Clinics, n.Countries, db.Wrap("provider: count listed", err)
}

func listClinics(q *db.Tx, f Filter, offset, limit int) (rows []clinicRow, err error) {
	order := `o.words, o.id`
	switch {
	case f.ByAnswer:
		order = `o.answered_at DESC NULLS LAST, o.id`
	case f.ByFigures:
		order = `coalesce(r.tier, 0) DESC, coalesce(r.score, 0) DESC, o.words, o.id`
	}
	where, args := f.where()
	err = q.Gorm().Raw(`
		SELECT `+organisationColumns+`, array_to_string(o.languages, ',') AS languages,
		       (SELECT count(*) FROM organisation_procedures p WHERE p.organisation_id = o.id) AS procedures,
		       (SELECT count(*) FROM affiliations f WHERE f.organisation_id = o.id AND `+present+`) AS staff,
		       coalesce(r.verified, 0) AS verified, coalesce(r.goals, 0) AS goals, coalesce(r.reached, 0) AS reached, coalesce(r.due, 0) AS due, coalesce(r.known, 0) AS known
		FROM organisations o LEFT JOIN clinic_ranks r ON r.organisation_id = o.id WHERE `+where+` ORDER BY `+order+` LIMIT ? OFFSET ?`, slices.Concat([]any{q.Now, q.Now}, args, []any{limit, offset})...).Scan(&rows).Error
	return rows, db.Wrap("provider: list clinics", err)
}

// searchRow is a clinic with all that the search index holds of it.
type searchRow struct {
	Organisation
	Description, Languages, Procedures string
	Verified                           bool
}

func listForSearch(q *db.Tx, ids []int64) (rows []searchRow, err error) {
	err = q.Gorm().Raw(`
		SELECT `+organisationColumns+`, o.description, array_to_string(o.languages, ',') AS languages,
		       coalesce((SELECT string_agg(procedure_id::text, ',' ORDER BY procedure_id) FROM organisation_procedures WHERE organisation_id = o.id), '') AS procedures,
		       coalesce(o.licence_valid, false) AS verified
		FROM organisations o WHERE o.id IN ? AND o.kind = 'clinic' AND o.state = 'listed'`, ids).Scan(&rows).Error
	return rows, db.Wrap("provider: list for search", err)
}

// clinicianDoc is a clinician with the clinic they work at.
type clinicianDoc struct {
	Clinician
	Clinic, Slug, City, Country string
}

func listCliniciansForSearch(q *db.Tx, ids []int64) (rows []clinicianDoc, err error) {
	err = q.Gorm().Raw(`
		SELECT `+clinicianColumns+`, o.name AS clinic, o.slug, o.city, o.country
		FROM clinicians c JOIN organisations o ON o.id = c.organisation_id
		WHERE c.id IN ? AND c.left_at IS NULL AND o.kind = 'clinic' AND o.state = 'listed'`, ids).Scan(&rows).Error
	return rows, db.Wrap("provider: list clinicians for search", err)
}

// listIDs are all listed clinics and those who work at them.
func listIDs(q *db.Tx) (clinics, clinicians []int64, err error) {
	err = q.Gorm().Raw(`SELECT id FROM organisations WHERE kind = 'clinic' AND state = 'listed' ORDER BY id`).Scan(&clinics).Error
	if err == nil {
		err = q.Gorm().Raw(`SELECT c.id FROM clinicians c JOIN organisations o ON o.id = c.organisation_id WHERE o.kind = 'clinic' AND o.state = 'listed' ORDER BY c.id`).Scan(&clinicians).Error
	}
	return clinics, clinicians, db.Wrap("provider: list ids", err)
}
