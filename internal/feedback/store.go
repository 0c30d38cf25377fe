package feedback

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/provider"
	"caravan/internal/search"
)

// listKnown tells which ids of a source are there already.
func listKnown(q *db.Tx, source string, refs []string) (map[string]bool, error) {
	var rows []string
	err := q.Gorm().Raw(`SELECT source_ref FROM feedback WHERE source = ? AND source_ref IN ?`, source, refs).Scan(&rows).Error
	known := make(map[string]bool, len(rows))
	for _, r := range rows {
		known[r] = true
	}
	return known, db.Wrap("feedback: list known", err)
}

// findOrganisation returns a listed organisation; zero if there is none.
func findOrganisation(q *db.Tx, slug string) (o provider.Organisation, err error) {
	err = q.Gorm().Raw(`SELECT id, kind, slug, name, country, city FROM organisations WHERE slug = ? AND state = 'listed'`, slug).Scan(&o).Error
	return o, db.Wrap("feedback: find organisation", err)
}

// insertComment stores c, and has it indexed.
func insertComment(tx *db.Tx, c *Comment) error {
	err := tx.Gorm().Raw(`
		INSERT INTO feedback (organisation_id, source, source_ref, given_on, question, body, body_html, renderer, lang, score, themes, masked, imported_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, string_to_array(?, '|'), ?, ?) RETURNING id`,
		c.OrganisationID, c.Source, c.SourceRef, c.GivenOn, c.Question, c.Body, c.BodyHTML, c.Renderer, c.Lang, c.Score, c.Themes, c.Masked, c.ImportedAt).Scan(&c.ID).Error
	if err != nil {
		return db.Wrap("feedback: insert comment", err)
	}
	return search.Put(tx, search.Feedback, c.ID)
}

// SearchRow is a comment with the place it stands at.
type SearchRow struct {
	ID, OrganisationID        int64
	Question, Body, Lang      string
	Name, Slug, Country, City string
	GivenOn                   *time.Time
	ImportedAt                time.Time
}

func listForSearch(q *db.Tx, refs []int64) (rows []SearchRow, err error) {
	err = q.Gorm().Raw(`
		SELECT f.id, f.organisation_id, f.question, f.body, f.lang, f.given_on, f.imported_at, o.name, o.slug, o.country, o.city
		FROM feedback f JOIN organisations o ON o.id = f.organisation_id AND o.state = 'listed' WHERE f.id IN ?`, refs).Scan(&rows).Error
	return rows, db.Wrap("feedback: list for search", err)
}

func countComments(q *db.Tx, organisationID int64) (n int, err error) {
	err = q.Gorm().Raw(`SELECT count(*) FROM feedback WHERE organisation_id = ?`, organisationID).Scan(&n).Error
	return n, db.Wrap("feedback: count", err)
}

// never stands for the day of comments without one: they come last.
const never = "0001-01-01"

// listComments are n comments after a place in the order: the newest first.
func listComments(q *db.Tx, organisationID int64, after place, n int) (rows []Comment, err error) {
	err = q.Gorm().Raw(`
		SELECT id, source, source_ref, given_on, question, body_html, lang, score, array_to_string(themes, '|') AS themes, masked, imported_at
		FROM feedback WHERE organisation_id = ? AND (coalesce(given_on, '`+never+`'::date), id) < (?::date, ?)
		ORDER BY coalesce(given_on, '`+never+`'::date) DESC, id DESC LIMIT ?`, organisationID, after.day, after.id, n).Scan(&rows).Error
	return rows, db.Wrap("feedback: list", err)
}

// findPlace is where a comment stands in the order of its clinic.
func findPlace(q *db.Tx, organisationID, id int64) (p place, err error) {
	var row struct{ Day string }
	err = q.Gorm().Raw(`SELECT coalesce(given_on, '`+never+`'::date)::text AS day FROM feedback WHERE organisation_id = ? AND id = ?`, organisationID, id).Scan(&row).Error
	if row.Day == "" {
		return first, db.Wrap("feedback: find place", err)
	}
	return place{row.Day, id}, db.Wrap("feedback: find place", err)
}
