package search

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

type nearRow struct {
	Kind     Kind
	RefID    int64
	Title    string
	Path     string
	Likeness float64
}

// listNear finds names that look like one of the typed words. A word that is in
// a name as it stands is spelled right and says nothing.
func listNear(q *db.Tx, typed []string) (rows []nearRow, err error) {
	err = q.Gorm().Raw(`
		SELECT d.kind, d.ref_id, d.title, d.path, n.likeness FROM (
			SELECT n.kind, n.ref_id, max(n.likeness) AS likeness
			FROM unnest(string_to_array(?, E'\n')) AS typed (word), search_near(typed.word, 3) n
			WHERE n.likeness < 0.99 GROUP BY n.kind, n.ref_id) n
		JOIN search_texts d USING (kind, ref_id)
		ORDER BY n.likeness DESC, d.kind DESC, d.ref_id LIMIT 6`, strings.Join(typed, "\n")).Scan(&rows).Error
	return rows, db.Wrap("search: list near names", err)
}

type commonWord struct {
	Table, Column string
	Word          string
	Share         float64
}

// listCommonWords reads what the planner knows of the vectors: the commonest
// lexemes and the share of rows with each. The array of shares is longer by the
// least, the greatest and the share of none. For all shelves of a table stands
// the newest that has enough rows.
func listCommonWords(q *db.Tx) (rows []commonWord, err error) {
	err = q.Gorm().Raw(shelvesSQL+`, chosen AS (
			SELECT DISTINCT ON ("table") "table", name FROM shelves ORDER BY "table", least(rows, ?) DESC, number DESC)
		SELECT c.table, s.attname AS column, w.word, w.share FROM chosen c JOIN pg_stats s ON s.tablename = c.name,
			unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS w (word, share)
		WHERE s.schemaname = current_schema() AND s.attname IN ('tsv_lang', 'tsv_simple') AND w.word IS NOT NULL`, enoughRows).Scan(&rows).Error
	return rows, db.Wrap("search: list common words", err)
}

// shelvesSQL are the shelves that have numbers.
const shelvesSQL = `
	WITH shelves AS (
		SELECT i.inhparent::regclass::text AS "table", c.relname AS name, substring(c.relname from '[0-9]+$')::bigint AS number, greatest(c.reltuples, 0) AS rows
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent IN ('search_titles'::regclass, 'search_replies'::regclass) AND c.relkind = 'r' AND c.relname ~ '_[0-9]+$')`

// enoughRows are as many as say how common words are.
const enoughRows = 1_000

type stemRow struct{ Word, Stem string }

// queries are a search as tsqueries, in text: by stems, and by folded words or
// the concepts in their place. One without words, such as stop words only, is
// nil: joined to marks an empty one would match all that they let through.
type queries struct{ stems, plain *string }

// readQueries reads the queries of what was typed, and the stems of words, which
// are empty for stop words.
func readQueries(q *db.Tx, a *asked, words []string) (stems []stemRow, err error) {
	all := []db.Statement{{SQL: `
		SELECT CASE WHEN numnode(s) > 0 THEN s::text END, CASE WHEN numnode(c) > 0 THEN (p || c)::text WHEN numnode(p) > 0 THEN p::text END
		FROM websearch_to_tsquery(CAST($1 AS regconfig), $2) s, websearch_to_tsquery('simple_u', $3) p, websearch_to_tsquery('simple_u', $4) c`,
		Args: []any{a.config, a.typed, a.plain, a.concept}, Row: func(r pgx.Rows) error { return r.Scan(&a.queries.stems, &a.queries.plain) }}}
	if len(words) > 0 {
		all = append(all, db.Statement{SQL: `SELECT w, array_to_string(tsvector_to_array(to_tsvector(CAST($1 AS regconfig), w)), ' ') FROM unnest($2::text[]) AS w`,
			Args: []any{a.config, words}, Row: func(r pgx.Rows) error {
				var x stemRow
				err := r.Scan(&x.Word, &x.Stem)
				stems = append(stems, x)
				return err
			}})
	}
	return stems, db.Wrap("search: read queries", q.All(all...))
}

// listShelves are the shelves of titles and of replies, newest first, with how
// many rows the planner believes to be on them.
func listShelves(q *db.Tx) (rows []shelf, err error) {
	err = q.Gorm().Raw(shelvesSQL + ` SELECT "table", number, rows FROM shelves ORDER BY number DESC`).Scan(&rows).Error
	return rows, db.Wrap("search: list shelves", err)
}
