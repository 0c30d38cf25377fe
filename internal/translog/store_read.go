package translog

import (
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/leaf"
)

// listBundle is the bundle of width entries from first.
func listBundle(q *db.Tx, first int64, width int) (b []byte, err error) {
	rows, err := listLeaves(q, first, width)
	for _, r := range rows {
		b = leaf.AppendBundle(b, r.Body)
	}
	return b, err
}

// listLeaves are n entries from first, all of which must be there.
func listLeaves(q *db.Tx, first int64, n int) ([]leafRow, error) {
	var rows []leafRow
	err := q.All(db.Statement{SQL: `SELECT idx, body FROM log_leaves WHERE idx >= $1 AND idx < $2 ORDER BY idx`, Args: []any{first, first + int64(n)},
		Row: func(r pgx.Rows) error {
			var l leafRow
			err := r.Scan(&l.Idx, &l.Body)
			rows = append(rows, l)
			return err
		}})
	if err == nil && len(rows) != n {
		err = fmt.Errorf("%d of %d entries from %d are there", len(rows), n, first)
	}
	return rows, db.Wrap("translog: read entries", err)
}

const leafColumns = `idx, kind, about_kind, about_ref, clinic, removal, body, leaf_hash, day`

func findLeaf(q *db.Tx, idx int64) (*leafRow, error) {
	var rows []leafRow
	err := q.Gorm().Raw(`SELECT `+leafColumns+` FROM log_leaves WHERE idx = ?`, idx).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, db.Wrap("translog: find entry", err)
	}
	return &rows[0], nil
}

// listAbout are all entries about a thing, newest first.
func listAbout(q *db.Tx, kind, ref string) (rows []leafRow, err error) {
	err = q.Gorm().Raw(`SELECT `+leafColumns+` FROM log_leaves WHERE about_ref = ? AND about_kind = ? ORDER BY idx DESC LIMIT 500`, ref, kind).Scan(&rows).Error
	return rows, db.Wrap("translog: list entries of a thing", err)
}

// listRemovalsOf are the entries that took away any of things, oldest first.
func listRemovalsOf(q *db.Tx, things []thing) (rows []leafRow, err error) {
	kinds, refs := split(things)
	err = q.All(db.Statement{SQL: `
		SELECT l.idx, l.about_kind, l.about_ref, l.body FROM unnest($1::text[], $2::text[]) AS t (kind, ref)
		JOIN log_leaves l ON l.about_ref = t.ref AND l.about_kind = t.kind AND l.removal ORDER BY l.idx`, Args: []any{kinds, refs},
		Row: func(r pgx.Rows) error {
			var l leafRow
			err := r.Scan(&l.Idx, &l.AboutKind, &l.AboutRef, &l.Body)
			rows = append(rows, l)
			return err
		}})
	return rows, db.Wrap("translog: list removals of things", err)
}

// listOpenings are the openings of things, by version.
func listOpenings(q *db.Tx, things []thing) (rows []opening, err error) {
	if len(things) == 0 {
		return nil, nil
	}
	kinds, refs := split(things)
	err = q.All(db.Statement{SQL: `
		SELECT o.kind, o.ref, o.version, o.commit, o.salt, o.body::text, o.erased_on FROM (SELECT DISTINCT kind, ref FROM unnest($1::text[], $2::text[]) AS t (kind, ref)) t
		JOIN log_openings o ON o.kind = t.kind AND o.ref = t.ref ORDER BY o.kind, o.ref, o.version`, Args: []any{kinds, refs},
		Row: func(r pgx.Rows) error {
			var o opening
			var body *string
			var erased *time.Time
			if err := r.Scan(&o.Kind, &o.Ref, &o.Version, &o.Commit, &o.Salt, &body, &erased); err != nil {
				return err
			}
			if o.ErasedOn = erased; body != nil {
				o.Body = []byte(*body)
			}
			rows = append(rows, o)
			return nil
		}})
	return rows, db.Wrap("translog: list openings", err)
}

func split(things []thing) (kinds, refs []string) {
	for _, x := range things {
		kinds, refs = append(kinds, x.Kind), append(refs, x.Ref)
	}
	return kinds, refs
}

// listRemovals are n entries that took something away, newest first, before a
// place, of one clinic or of all.
func listRemovals(q *db.Tx, clinic string, before int64, n int) (rows []leafRow, err error) {
	err = q.Gorm().Raw(`SELECT `+leafColumns+` FROM log_leaves WHERE removal AND idx < ? AND (? = '' OR clinic = ?) ORDER BY idx DESC LIMIT ?`, before, clinic, clinic, n).Scan(&rows).Error
	return rows, db.Wrap("translog: list removals", err)
}

// Count is how often something happened.
type Count struct {
	What string
	N    int
}

// countRemovals counts what was removed, by clinic.
func countRemovals(q *db.Tx) (rows []Count, err error) {
	err = q.Gorm().Raw(`SELECT clinic AS what, count(*) AS n FROM log_leaves WHERE removal GROUP BY clinic`).Scan(&rows).Error
	slices.SortFunc(rows, func(a, b Count) int { return b.N - a.N })
	return rows, db.Wrap("translog: count removals", err)
}

// countKinds counts entries, by kind.
func countKinds(q *db.Tx) (rows []Count, err error) {
	err = q.Gorm().Raw(`SELECT kind AS what, count(*) AS n FROM log_leaves GROUP BY kind ORDER BY kind`).Scan(&rows).Error
	return rows, db.Wrap("translog: count kinds", err)
}

// listPolicies are the hashes of the newest house texts, by name and language.
func listPolicies(q *db.Tx) (map[string]string, error) {
	var rows []struct{ Body []byte }
	err := q.Gorm().Raw(`SELECT body FROM log_leaves WHERE kind = ? ORDER BY idx`, leaf.PolicyVersion).Scan(&rows).Error
	known := map[string]string{}
	for _, r := range rows {
		e, err := leaf.ReadEntry(r.Body)
		if err != nil {
			return nil, err
		}
		known[e.Text("policy")+" "+e.Text("lang")] = e.Text("sha256")
	}
	return known, db.Wrap("translog: list house texts", err)
}

// listNames are the names of clinics, by their slugs.
func listNames(q *db.Tx, slugs []string) (map[string]string, error) {
	names := map[string]string{}
	err := q.All(db.Statement{SQL: `SELECT slug, name FROM organisations WHERE slug = ANY($1)`, Args: []any{slugs}, Row: func(r pgx.Rows) error {
		var slug, name string
		err := r.Scan(&slug, &name)
		names[slug] = name
		return err
	}})
	return names, db.Wrap("translog: list names", err)
}
