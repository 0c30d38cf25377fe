package shaping

import (
	"caravan/internal/db"
)

// usualItems is how many items of a crowd's standard a draft is held against.
const usualItems = 12

// listUsual returns the items that accepted wishes brought into offers for a
// procedure, or made better there, and that are part of them still: the most
// often asked for first.
func listUsual(q *db.Tx, procedureID int64) (keys []string, err error) {
	err = q.Gorm().Raw(`
		SELECT i.key FROM packages p
		JOIN package_items i ON i.package_id = p.id
		JOIN package_version_items now ON now.version_id = p.newest_version_id AND now.item_id = i.id AND now.value IS NOT NULL
		JOIN amendments a ON a.package_id = p.id AND a.item_key = i.key AND a.state = 'merged' AND a.op <> 'remove'
		WHERE p.procedure_id = ? AND p.published_at IS NOT NULL AND i.key NOT LIKE 'x.%'
		GROUP BY i.key ORDER BY count(DISTINCT p.id) DESC, i.key LIMIT ?`, procedureID, usualItems).Scan(&keys).Error
	return keys, db.Wrap("shaping: list usual items", err)
}

// similarRow is a published package for the same treatment.
type similarRow struct {
	Slug, Title, Lang, Organisation string
	State                           State
	OrganisationID                  *int64
}

// listSimilar returns published packages for a procedure that are still worth a
// look, the newest first.
func listSimilar(q *db.Tx, procedureID, except int64, most int) (rows []similarRow, err error) {
	err = q.Gorm().Raw(`
		SELECT p.slug, p.title, p.lang, p.state, p.organisation_id, coalesce(o.name, '') AS organisation
		FROM packages p LEFT JOIN organisations o ON o.id = p.organisation_id
		WHERE p.procedure_id = ? AND p.id <> ? AND p.published_at IS NOT NULL AND p.hidden_why = '' AND p.state NOT IN ('withdrawn', 'breached', 'archived')
		ORDER BY p.published_at DESC, p.id DESC LIMIT ?`, procedureID, except, most).Scan(&rows).Error
	return rows, db.Wrap("shaping: list similar packages", err)
}

// currencyRow is a currency for a list to choose from.
type currencyRow struct{ Code, Name string }

func listCurrencies(q *db.Tx, lang string) (rows []currencyRow, err error) {
	err = q.Gorm().Raw(`SELECT code, coalesce(names->>?, names->>'en') AS name FROM currencies ORDER BY code`, lang).Scan(&rows).Error
	return rows, db.Wrap("shaping: list currencies", err)
}

// listDrafts returns the drafts of an account and of the organisations that its
// person works for, the newest first.
func listDrafts(q *db.Tx, accountID int64, organisations []int64) (rows []similarRow, err error) {
	err = q.Gorm().Raw(`
		SELECT p.slug, p.title, p.lang, p.state, p.organisation_id, coalesce(o.name, '') AS organisation
		FROM packages p LEFT JOIN organisations o ON o.id = p.organisation_id
		WHERE p.state = 'draft' AND (p.organisation_id IN ? OR p.organisation_id IS NULL AND p.author_account_id = ?)
		ORDER BY p.id DESC LIMIT 50`, append(organisations, 0), accountID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list drafts", err)
}
