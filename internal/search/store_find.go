package search

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/db"
)

// finding is a search, ready to run. Marks are tsqueries that every hit must
// also match; empty asks for none.
type finding struct {
	asked
	sorts                  sorts
	titleMarks, replyMarks string
	titles, replies        way
	now                    time.Time
	after                  *cursor
}

// sorts says where to look: among names and questions, among replies.
type sorts struct{ titles, replies bool }

type foundRow struct {
	Kind            Kind
	RefID           int64
	Entry           int64
	ParentID        int64
	Exact           bool
	Score           float64
	Texts           int // matching texts of the entry
	Total           int // entries in all
	Titles, Replies int // ranked documents of each sort
	Lang, Title     string
	Context, Path   string
	Body, Country   string
	Verified        bool
	CreatedAt       time.Time
	Author          access.Author
}

// shownBody is how much of a body is read for its snippet, in characters.
const shownBody = 5_000

// What is asked for, as values of the statement. Queries come as they were
// understood (readQueries): worked out here they would be once for each shelf, and
// planning them was most of the planning.
const (
	stemsSQL = `CAST(@stems AS tsquery)`
	plainSQL = `CAST(@plain AS tsquery)`
	fadeSQL  = `CAST(@fade AS float8)`
	keySQL   = `CAST(@key AS text)`
)

// scoreSQL ranks one document; rank.go says how. The plain vector is looked at
// only where the stems do not match, since either is enough.
const scoreSQL = `coalesce(nullif(ts_rank_cd('{0.1,0.2,0.4,1.0}', d.tsv_lang, ` + stemsSQL + `, 32), 0),
			ts_rank_cd('{0.1,0.2,0.4,1.0}', d.tsv_simple, ` + plainSQL + `, 32)) * d.weight`

// matchSQL is met by either vector; marked are the names of the queries with the
// marks of a sort.
func matchSQL(marked string) string {
	return fmt.Sprintf(`d.tsv_lang @@ CAST(@%[1]s_stems AS tsquery) OR d.tsv_simple @@ CAST(@%[1]s_plain AS tsquery)`, marked)
}

// sortSQL is one sort of documents, as parts of a statement.
type sortSQL struct {
	table, place string // where they stand, and the column of their order
	kind, score  string
	only         string // what may be found at all
	matches      string
	ranked       int
}

// The sorts of documents. Names do not grow old.
var (
	titlesSort = sortSQL{titlesTable, "place", "d.kind", scoreSQL + ` * CASE WHEN d.kind = 1 THEN ` + fadeSQL + ` ELSE 1 END`,
		"d.title_key <> " + keySQL, matchSQL("title"), rankedTitles}
	repliesSort = sortSQL{repliesTable, "ref_id", "2::smallint", scoreSQL + " * " + fadeSQL, "d.visibility = 0", matchSQL("reply"), rankedReplies}
)

// newest are the newest documents that match, ranked.
func (x sortSQL) newest(w way) string {
	if w.through {
		return fmt.Sprintf(`
		(SELECT %s AS kind, d.ref_id, d.entry, false AS exact, %s AS score FROM (SELECT * FROM %s ORDER BY %s DESC LIMIT %d) d WHERE %s AND (%s) LIMIT %d)`,
			x.kind, x.score, x.table, x.place, readAhead*x.ranked, x.only, x.matches, x.ranked)
	}
	return fmt.Sprintf(`(SELECT * FROM (%s) d LIMIT %d)`, strings.Join(x.shelves(w), " UNION ALL "), x.ranked)
}

// shelves are the documents that match of one shelf after the other, newest first:
// one that is not needed is not looked at. The first part holds what is newer than
// the forecast, and names; the last all that is older than the shelves.
func (x sortSQL) shelves(w way) (parts []string) {
	if len(w.shelves) == 0 {
		return []string{x.part(x.table, "true")}
	}
	newest, oldest := w.shelves[0], w.shelves[len(w.shelves)-1]
	parts = append(parts, x.part(x.table, fmt.Sprintf("d.%s >= %d", x.place, (newest.Number+1)<<shelfBits)))
	for _, s := range w.shelves {
		parts = append(parts, x.part(s.table(), "true"))
	}
	if oldest.Number > 0 && (w.older || !w.more) {
		parts = append(parts, x.part(x.table, fmt.Sprintf("d.%s < %d", x.place, oldest.Number<<shelfBits)))
	}
	return parts
}

// part ranks what matches before it puts it in order: vectors are wide to carry
// along. OFFSET 0 keeps the two apart.
func (x sortSQL) part(table, where string) string {
	return fmt.Sprintf(`
		(SELECT d.kind, d.ref_id, d.entry, false AS exact, d.score FROM (
			SELECT %s AS kind, d.ref_id, d.entry, d.%s AS place, %s AS score FROM %s d WHERE %s AND %s AND (%s) OFFSET 0) d ORDER BY d.place DESC LIMIT %d)`,
		x.kind, x.place, x.score, table, where, x.only, x.matches, x.ranked)
}

// exactSQL are the titles that are just what was typed, however old.
var exactSQL = fmt.Sprintf(`
		(SELECT d.kind, d.ref_id, d.entry, true AS exact, %s AS score FROM search_titles d WHERE d.title_key = %s AND (%s) LIMIT %d)`,
	titlesSort.score, keySQL, titlesSort.matches, rankedTitles)

// pageSQL shows the best entries of the candidates.
const pageSQL = `
	WITH scored (kind, ref_id, entry, exact, score) AS MATERIALIZED (%s),
	best AS MATERIALIZED (
		SELECT entry, bool_or(exact) AS exact, max(score) AS score, count(*) AS texts, count(*) FILTER (WHERE kind = 2) AS replies FROM scored GROUP BY entry),
	counted AS MATERIALIZED (SELECT count(*) AS total, sum(texts - replies)::int AS titles, sum(replies)::int AS replies FROM best),
	page AS MATERIALIZED (
		SELECT * FROM best WHERE CAST(@first AS boolean) OR (exact, score, entry) < (CAST(@after_exact AS boolean), CAST(@after_score AS float8), CAST(@after_entry AS bigint))
		ORDER BY exact DESC, score DESC, entry DESC LIMIT %d),
	shown AS (
		SELECT DISTINCT ON (p.entry) p.entry, p.exact, p.score, p.texts, s.kind, s.ref_id
		FROM page p JOIN scored s ON s.entry = p.entry AND s.exact = p.exact ORDER BY p.entry, s.score DESC, s.ref_id)
	SELECT p.kind, p.ref_id, p.entry, p.exact, p.score, p.texts, c.total, c.titles, c.replies,
	       t.parent_id, t.lang, t.title, t.context, t.path, left(t.body, %d) AS body, t.country, t.verified, t.created_at, t.author::text
	FROM shown p CROSS JOIN counted c JOIN search_texts t USING (kind, ref_id)
	ORDER BY p.exact DESC, p.score DESC, p.entry DESC`

// statement is the whole statement for what is looked at.
func (f finding) statement() string {
	var parts []string
	if f.sorts.titles {
		parts = append(parts, exactSQL, titlesSort.newest(f.titles))
	}
	if f.sorts.replies {
		parts = append(parts, repliesSort.newest(f.replies))
	}
	return fmt.Sprintf(pageSQL, strings.Join(parts, " UNION ALL "), pageSize+1, shownBody)
}

// values are the values of the statement by name.
func (f finding) values() map[string]any {
	after := cursor{}
	if f.after != nil {
		after = *f.after
	}
	return map[string]any{
		"stems": f.queries.stems, "plain": f.queries.plain, "key": f.key, "fade": fadeAt(f.now),
		"title_stems": withMarks(f.queries.stems, f.titleMarks), "title_plain": withMarks(f.queries.plain, f.titleMarks),
		"reply_stems": withMarks(f.queries.stems, f.replyMarks), "reply_plain": withMarks(f.queries.plain, f.replyMarks),
		"first": f.after == nil, "after_exact": after.exact, "after_score": after.score, "after_entry": after.entry,
	}
}

// withMarks is a query that every hit must match together with marks; no query
// matches nothing, with marks or without.
func withMarks(query *string, marks string) *string {
	if query == nil || marks == "" {
		return query
	}
	both := "(" + *query + ") & " + marks
	return &both
}

// find returns a page of entries and one more, best first. Its statement is
// about many shelves, so that planning it takes longer than most searches.
func find(q *db.Tx, f finding) ([]foundRow, error) {
	out := make([]foundRow, 0, pageSize+1)
	err := q.AllPlannedOnce(db.Statement{SQL: f.statement(), Args: []any{pgx.NamedArgs(f.values())}, Row: func(rows pgx.Rows) error {
		var r foundRow
		err := r.scan(rows)
		out = append(out, r)
		return err
	}})
	if err != nil {
		return nil, db.Wrap("search: find", err)
	}
	return out, nil
}

// scan reads a row by hand: this is the busiest of all readers.
func (r *foundRow) scan(rows pgx.Rows) error {
	var author []byte
	err := rows.Scan(&r.Kind, &r.RefID, &r.Entry, &r.Exact, &r.Score, &r.Texts, &r.Total, &r.Titles, &r.Replies,
		&r.ParentID, &r.Lang, &r.Title, &r.Context, &r.Path, &r.Body, &r.Country, &r.Verified, &r.CreatedAt, &author)
	if err != nil {
		return err
	}
	return json.Unmarshal(author, &r.Author)
}

type similarRow struct {
	RefID                      int64
	Lang, Title, Context, Path string
	Country                    string
	CreatedAt                  time.Time
}

// listSimilar finds entries of a kind by words of a title: any of them, those with more
// of the words first. A hit shares two words, unless there is only one. The
// printed form of a query of words is the words, quoted, with " & " between
// them; lexemes hold no such thing, since words have no spaces.
func listSimilar(q *db.Tx, kind Kind, config, typed, plain string, limit int) (rows []similarRow, err error) {
	err = q.Gorm().Raw(`
		WITH given AS MATERIALIZED (SELECT plainto_tsquery(?::regconfig, ?) AS stems, plainto_tsquery('simple_u', ?) AS plain),
		asked AS MATERIALIZED (
			SELECT replace(stems::text, ' & ', ' | ')::tsquery AS stems, replace(plain::text, ' & ', ' | ')::tsquery AS plain, numnode(plain) > 1 AS several
			FROM given),
		likely AS (
			SELECT d.kind, d.ref_id, d.title_key, ts_rank('{0.01,0.02,0.1,1.0}', d.tsv_lang, a.stems) + ts_rank('{0.01,0.02,0.1,1.0}', d.tsv_simple, a.plain) AS score
			FROM search_titles d, asked a WHERE d.kind = ? AND d.tsv_simple @@ (SELECT plain FROM asked)
			ORDER BY score DESC, d.ref_id DESC LIMIT ?),
		shared AS (
			SELECT l.*, (SELECT count(DISTINCT w) FROM unnest(string_to_array(a.plain::text, ' | ')) w WHERE to_tsvector('simple_u', l.title_key) @@ w::tsquery) AS words, a.several
			FROM likely l, asked a)
		SELECT t.ref_id, t.lang, t.title, t.context, t.path, t.country, t.created_at
		FROM shared s JOIN search_texts t USING (kind, ref_id)
		WHERE s.words > CASE WHEN s.several THEN 1 ELSE 0 END
		ORDER BY s.words DESC, s.score DESC, t.ref_id DESC LIMIT ?`,
		config, typed, plain, int16(kind), 10*limit, limit).Scan(&rows).Error
	return rows, db.Wrap("search: list similar", err)
}
