package shaping

import (
	"time"

	"caravan/internal/db"
)

// searchRow is a published package as the search index holds it.
type searchRow struct {
	ID                   int64
	Slug, Title, Summary string
	Lang                 string
	ProcedureID          int64
	OrganisationID       *int64
	PublishedAt          *time.Time
	BumpedAt             time.Time // of the newest version
	City, Country        string
	said
}

// listForSearch reads packages that everybody may read; others are left out.
func listForSearch(q *db.Tx, ids []int64) (rows []searchRow, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT p.id, p.slug, p.title, p.summary, p.lang, p.procedure_id, p.organisation_id, p.published_at, coalesce(v.published_at, p.published_at) AS bumped_at,
		       coalesce(o.city, '') AS city, coalesce(o.country, '') AS country, ` + saidColumns + `,
		       coalesce(o.name, '') AS org_name, coalesce(o.slug, '') AS org_slug, coalesce(o.kind, '') AS org_kind
		FROM packages p JOIN accounts a ON a.id = p.author_account_id LEFT JOIN organisations o ON o.id = p.organisation_id
		LEFT JOIN package_versions v ON v.id = p.newest_version_id
		WHERE p.id = ANY($1) AND p.published_at IS NOT NULL AND p.hidden_why = ''`, Args: []any{ids}, Row: each(&rows)})
	return rows, db.Wrap("shaping: list for search", err)
}
