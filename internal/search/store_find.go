package search

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
)

// readQuery lets Postgres read a search: stems by config, and plain words or
// the same with concepts in place of phrases. What has no words it knows, such
// as stop words only, is "".
func readQuery(q *db.Tx, config, typed, plainText, concept string) (stems, plain string, err error) {
	var row struct{ Stems, Plain string }
	err = q.Gorm().Raw(`
		SELECT stems::text, CASE WHEN numnode(concept) = 0 THEN plain WHEN numnode(plain) = 0 THEN concept ELSE plain || concept END::text AS plain FROM (
			SELECT websearch_to_tsquery(?::regconfig, ?) AS stems, websearch_to_tsquery('simple_u', ?) AS plain, websearch_to_tsquery('simple_u', ?) AS concept) q`,
		config, typed, plainText, concept).Scan(&row).Error
	return row.Stems, row.Plain, db.Wrap("search: read query", err)
}

// finding is a search, ready to run. Marks are tsqueries that every hit must
// also match; empty asks for none.
type finding struct {
	asked
	sorts                   sorts
	filters                 string // marks of all
	titled, replies         string // marks of each sort: the filters, and perhaps the newest stretch of time
	titledOnly, repliesOnly bool   // only the newest part is looked at
	now                     time.Time
	after                   *cursor
}

// sorts says where to look: among names and questions, among replies.
type sorts struct{ titled, replies bool }

type foundRow struct {
	Kind            Kind
	RefID           int64
	Entry           int64
	ParentID        int64
	ParentTitle     *string
	Exact           bool
	Score           float64
	Texts           int // matching texts of the entry
	Total           int // entries in all
	Titled, Replies int // ranked documents of each sort
	Lang, Title     string
	Context, Path   string
	Body, Country   string
	Verified        bool
	CreatedAt       time.Time
	Author          storedAuthor
}

// storedAuthor is an author in its column.
type storedAuthor access.Author

// Value is the JSON of the column.
func (a storedAuthor) Value() (driver.Value, error) { return json.Marshal(access.Author(a)) }

// Scan takes the JSON of the column.
func (a *storedAuthor) Scan(v any) error {
	switch v := v.(type) {
	case []byte:
		return json.Unmarshal(v, (*access.Author)(a))
	case string:
		return json.Unmarshal([]byte(v), (*access.Author)(a))
	}
	return fmt.Errorf("search: author is %T", v)
}

// shownBody is how much of a body is read for its snippet, in characters.
const shownBody = 5_000

// Values stand in statements as (SELECT …): the planner cannot look through
// that, so one plan serves every search, and none is planned anew.
const (
	stemsSQL   = `(SELECT CAST(@stems AS tsquery))`
	plainSQL   = `(SELECT CAST(@plain AS tsquery))`
	fadeSQL    = `(SELECT CAST(@fade AS float8))`
	keySQL     = `(SELECT CAST(@key AS text))`
	filtersSQL = `(SELECT CAST(@filters AS tsquery))`
)

// scoreSQL ranks one document; rank.go says how. The plain vector is looked at
// only where the stems do not match, since either is enough.
const scoreSQL = `coalesce(nullif(ts_rank_cd('{0.1,0.2,0.4,1.0}', d.tsv_lang, ` + stemsSQL + `, 32), 0),
			ts_rank_cd('{0.1,0.2,0.4,1.0}', d.tsv_simple, ` + plainSQL + `, 32)) * d.weight`

// matchSQL is met by either vector together with the marks, which may be null.
func matchSQL(marks string) string {
	both := func(vector, query string) string {
		return fmt.Sprintf(`d.%s @@ (SELECT coalesce(CAST(@%[2]s AS tsquery) && CAST(@%[3]s AS tsquery), CAST(@%[2]s AS tsquery)))`, vector, query, marks)
	}
	return both("tsv_lang", "stems") + ` OR ` + both("tsv_simple", "plain")
}

// titledSQL are the newest names and questions that match, and those whose title
// is just what was typed, however old. Scores come before the sort, so that no
// vectors are carried through it.
var titledSQL = fmt.Sprintf(`
	(SELECT kind, ref_id, entry, exact, score FROM (
		SELECT d.kind, d.ref_id, d.entry, d.bumped_at, d.title_key = %[1]s AS exact, %[2]s * CASE WHEN d.kind = 1 THEN %[3]s ELSE 1 END AS score
		FROM search_docs d
		WHERE d.kind <> 2 AND d.visibility = 0 AND (%[4]s OR d.title_key = %[1]s AND (%[5]s IS NULL OR d.tsv_simple @@ %[5]s))
		OFFSET 0) d
	ORDER BY exact DESC, bumped_at DESC LIMIT %[6]d)`, keySQL, scoreSQL, fadeSQL, matchSQL("titled"), filtersSQL, rankedTitled)

// repliesSQL are the newest replies that match.
var repliesSQL = fmt.Sprintf(`
	(SELECT kind, ref_id, entry, false AS exact, score FROM (
		SELECT d.kind, d.ref_id, d.entry, d.bumped_at, %s * %s AS score
		FROM search_docs d WHERE d.kind = 2 AND d.visibility = 0 AND (%s)
		OFFSET 0) d
	ORDER BY bumped_at DESC LIMIT %d)`, scoreSQL, fadeSQL, matchSQL("replies"), rankedReplies)

// pageSQL shows the best entries of the candidates.
const pageSQL = `
	WITH scored AS MATERIALIZED (%s),
	best AS MATERIALIZED (
		SELECT entry, bool_or(exact) AS exact, max(score) AS score, count(*) AS texts, count(*) FILTER (WHERE kind = 2) AS replies FROM scored GROUP BY entry),
	counted AS MATERIALIZED (SELECT count(*) AS total, sum(texts - replies)::int AS titled, sum(replies)::int AS replies FROM best),
	page AS MATERIALIZED (
		SELECT * FROM best WHERE CAST(@first AS boolean) OR (exact, score, entry) < (CAST(@after_exact AS boolean), CAST(@after_score AS float8), CAST(@after_entry AS bigint))
		ORDER BY exact DESC, score DESC, entry DESC LIMIT %d),
	shown AS (
		SELECT DISTINCT ON (p.entry) p.entry, p.exact, p.score, p.texts, s.kind, s.ref_id
		FROM page p JOIN scored s ON s.entry = p.entry AND s.exact = p.exact ORDER BY p.entry, s.score DESC, s.ref_id)
	SELECT p.*, c.*, d.parent_id, d.lang, d.title, d.context, d.path, left(d.body, %d) AS body, d.country, d.verified, d.created_at, d.author,
	       question.title AS parent_title
	FROM shown p CROSS JOIN counted c JOIN search_texts d USING (kind, ref_id)
	LEFT JOIN search_texts question ON question.kind = 1 AND d.kind = 2 AND question.ref_id = d.parent_id
	ORDER BY p.exact DESC, p.score DESC, p.entry DESC`

// findSQL is the whole statement for what is looked at.
func findSQL(s sorts) string {
	parts := titledSQL + " UNION ALL " + repliesSQL
	switch {
	case !s.replies:
		parts = titledSQL
	case !s.titled:
		parts = repliesSQL
	}
	return fmt.Sprintf(pageSQL, parts, pageSize+1, shownBody)
}

// find returns a page of entries and one more, best first.
func find(q *db.Tx, f finding) (rows []foundRow, err error) {
	err = q.Gorm().Raw(findSQL(f.sorts), f.values()).Scan(&rows).Error
	return rows, db.Wrap("search: find", err)
}

// values are the values of the statement by name.
func (f finding) values() map[string]any {
	after := cursor{}
	if f.after != nil {
		after = *f.after
	}
	return map[string]any{
		"stems": orNull(f.stems), "plain": orNull(f.plain), "filters": orNull(f.filters), "titled": orNull(f.titled), "replies": orNull(f.replies),
		"key": f.key, "fade": fadeAt(f.now), "first": f.after == nil,
		"after_exact": after.exact, "after_score": after.score, "after_entry": after.entry,
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// listSimilar finds questions by words of a title: any of them, those with more
// of the words first. A hit shares two words, unless there is only one. The
// printed form of a query of words is the words, quoted, with " & " between
// them; lexemes hold no such thing, since words have no spaces.
func listSimilar(q *db.Tx, config, typed, plain string, limit int) (rows []foundRow, err error) {
	err = q.Gorm().Raw(`
		WITH given AS MATERIALIZED (SELECT plainto_tsquery(?::regconfig, ?) AS stems, plainto_tsquery('simple_u', ?) AS plain),
		asked AS MATERIALIZED (
			SELECT replace(stems::text, ' & ', ' | ')::tsquery AS stems, replace(plain::text, ' & ', ' | ')::tsquery AS plain,
			       numnode(plain) > 1 AS several
			FROM given),
		likely AS (
			SELECT d.kind, d.ref_id, d.title_key, ts_rank('{0.01,0.02,0.1,1.0}', d.tsv_lang, a.stems) + ts_rank('{0.01,0.02,0.1,1.0}', d.tsv_simple, a.plain) AS score
			FROM search_docs d, asked a
			WHERE d.kind = 1 AND d.visibility = 0 AND d.tsv_simple @@ (SELECT plain FROM asked)
			ORDER BY score DESC, d.ref_id DESC LIMIT ?),
		shared AS (
			SELECT l.*, (SELECT count(*) FROM unnest(string_to_array(a.plain::text, ' | ')) w WHERE to_tsvector('simple_u', l.title_key) @@ w::tsquery) AS words, a.several
			FROM likely l, asked a)
		SELECT d.kind, d.ref_id, d.lang, d.title, d.context, d.path, d.body, d.country, d.verified, d.created_at, d.author
		FROM shared s JOIN search_texts d USING (kind, ref_id)
		WHERE s.words > CASE WHEN s.several THEN 1 ELSE 0 END
		ORDER BY s.words DESC, s.score DESC, d.ref_id DESC LIMIT ?`,
		config, typed, plain, 10*limit, limit).Scan(&rows).Error
	return rows, db.Wrap("search: list similar", err)
}
