package search

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/db"
)

// docRow is a document as the database gets it. Fields of the vectors are text
// that the database still takes apart: stems is what people wrote, plain is
// folded and carries concepts.
type docRow struct {
	Kind        Kind
	RefID       int64
	Entry       int64
	ParentID    int64
	Lang        string
	Config      string
	Title       string
	TitleKey    string
	Context     string
	Body        string
	Path        string
	Author      access.Author
	ClinicID    int64
	ProcedureID int64
	Country     string
	Near        string
	Verified    bool
	Weight      float64
	CreatedAt   time.Time
	StemsA      string
	StemsC      string
	PlainA      string
	PlainB      string
	PlainC      string
	PlainD      string
	VectorD     string // of PlainD, which is empty then; empty if the database is to make it
	Marks       string // by lines
	Version     int32
}

// atOnce is how many documents go into one statement: long ones must not meet
// its time limit.
const atOnce = 100

// upsertDocs writes rows. They travel as one array a column, which the database
// reads at a fifth of the cost of JSON.
//
// It returns the place of each row: of a reply that is its number.
func upsertDocs(tx *db.Tx, k Kind, rows []docRow) (places []int64, err error) {
	sql := upsertTitlesSQL
	if k == Reply {
		sql = upsertRepliesSQL
	}
	for len(rows) > 0 {
		n := min(atOnce, len(rows))
		columns, err := columnsOf(rows[:n])
		if err != nil {
			return nil, err
		}
		err = tx.All(db.Statement{SQL: sql, Args: columns, Row: func(r pgx.Rows) error {
			var place int64
			err := r.Scan(&place)
			places = append(places, place)
			return err
		}})
		if err != nil {
			return nil, db.Wrap("search: write rows", err)
		}
		rows = rows[n:]
	}
	return places, nil
}

// columnsOf are the values of rows in the order of givenSQL.
func columnsOf(rows []docRow) ([]any, error) {
	authors := make([]string, len(rows))
	for i, r := range rows {
		raw, err := json.Marshal(r.Author)
		if err != nil {
			return nil, db.Wrap("search: pack author", err)
		}
		authors[i] = string(raw)
	}
	return []any{
		column(rows, func(r *docRow) int16 { return int16(r.Kind) }),
		column(rows, func(r *docRow) int64 { return r.RefID }),
		column(rows, func(r *docRow) int64 { return r.Entry }),
		column(rows, func(r *docRow) int64 { return r.ParentID }),
		column(rows, func(r *docRow) string { return r.Lang }),
		column(rows, func(r *docRow) string { return r.Config }),
		column(rows, func(r *docRow) string { return r.Title }),
		column(rows, func(r *docRow) string { return r.TitleKey }),
		column(rows, func(r *docRow) string { return r.Context }),
		column(rows, func(r *docRow) string { return r.Body }),
		column(rows, func(r *docRow) string { return r.Path }),
		authors,
		column(rows, func(r *docRow) int64 { return r.ClinicID }),
		column(rows, func(r *docRow) int64 { return r.ProcedureID }),
		column(rows, func(r *docRow) string { return r.Country }),
		column(rows, func(r *docRow) string { return r.Near }),
		column(rows, func(r *docRow) bool { return r.Verified }),
		column(rows, func(r *docRow) float64 { return r.Weight }),
		column(rows, func(r *docRow) time.Time { return r.CreatedAt }),
		column(rows, func(r *docRow) string { return r.StemsA }),
		column(rows, func(r *docRow) string { return r.StemsC }),
		column(rows, func(r *docRow) string { return r.PlainA }),
		column(rows, func(r *docRow) string { return r.PlainB }),
		column(rows, func(r *docRow) string { return r.PlainC }),
		column(rows, func(r *docRow) string { return r.PlainD }),
		column(rows, func(r *docRow) string { return r.VectorD }),
		column(rows, func(r *docRow) string { return r.Marks }),
		column(rows, func(r *docRow) int32 { return r.Version }),
	}, nil
}

func column[T any](rows []docRow, of func(*docRow) T) []T {
	out := make([]T, len(rows))
	for i := range rows {
		out[i] = of(&rows[i])
	}
	return out
}

// givenSQL reads the rows, finds titles their places and stores what is shown.
// Only the job writes, one at a time, so that nobody else finds a title a place.
const givenSQL = `
	WITH given AS MATERIALIZED (
		SELECT kind, ref_id, entry, parent_id, lang, config::regconfig AS config, title, title_key, context, body, path, author::jsonb AS author,
			clinic_id, procedure_id, country, near, verified, weight, created_at, stems_a, stems_c,
			plain_a, plain_b, plain_c, plain_d, vector_d, string_to_array(marks, E'\n') AS marks, index_version
		FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
			$11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::boolean[], $18::float8[], $19::timestamptz[], $20::text[],
			$21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[], $28::integer[])
		AS d (kind, ref_id, entry, parent_id, lang, config, title, title_key, context, body,
			path, author, clinic_id, procedure_id, country, near, verified, weight, created_at,
			stems_a, stems_c, plain_a, plain_b, plain_c, plain_d, vector_d, marks, index_version)),
	placed AS MATERIALIZED (%s),
	texts AS (
		INSERT INTO search_texts (kind, ref_id, parent_id, clinic_id, procedure_id, country, lang, title, context, path, author, verified, created_at, near, body, place)
		SELECT kind, ref_id, parent_id, clinic_id, procedure_id, country, lang, title, context, path, author, verified, created_at, near, body, place FROM placed
		ON CONFLICT (kind, ref_id) DO UPDATE SET
			parent_id = excluded.parent_id, clinic_id = excluded.clinic_id, procedure_id = excluded.procedure_id, country = excluded.country,
			lang = excluded.lang, title = excluded.title, context = excluded.context, path = excluded.path, author = excluded.author,
			verified = excluded.verified, created_at = excluded.created_at, near = excluded.near, body = excluded.body)`

// vectorsSQL makes the stems of what people wrote, the plain words of what was
// folded before; both hold the marks. The parser takes its time for an empty
// text too, and most fields of a reply are empty.
const vectorsSQL = `
		CASE stems_a WHEN '' THEN '' ELSE setweight(to_tsvector(config, stems_a), 'A') END ||
			CASE context WHEN '' THEN '' ELSE setweight(to_tsvector(config, context), 'B') END ||
			CASE stems_c WHEN '' THEN '' ELSE setweight(to_tsvector(config, stems_c), 'C') END ||
			to_tsvector(config, body) || array_to_tsvector(marks),
		CASE plain_a WHEN '' THEN '' ELSE setweight(to_tsvector('simple_u', plain_a), 'A') END ||
			CASE plain_b WHEN '' THEN '' ELSE setweight(to_tsvector('simple_u', plain_b), 'B') END ||
			CASE plain_c WHEN '' THEN '' ELSE setweight(to_tsvector('simple_u', plain_c), 'C') END ||
			CASE vector_d WHEN '' THEN to_tsvector('simple_u', plain_d) ELSE vector_d::tsvector END || array_to_tsvector(marks)`

var upsertTitlesSQL = fmt.Sprintf(givenSQL, `
		SELECT g.*, coalesce(t.place, CASE WHEN g.kind IN (3, 4, 5) THEN 1099511627776 ELSE 0 END + nextval('search_places')) AS place
		FROM given g LEFT JOIN search_texts t USING (kind, ref_id)`) + `
	INSERT INTO search_titles (place, kind, ref_id, entry, weight, config, index_version, title_key, tsv_lang, tsv_simple)
	SELECT place, kind, ref_id, entry, weight, config, index_version, title_key, ` + vectorsSQL + ` FROM placed
	ON CONFLICT (place) DO UPDATE SET
		entry = excluded.entry, weight = excluded.weight, config = excluded.config,
		index_version = excluded.index_version, title_key = excluded.title_key, tsv_lang = excluded.tsv_lang, tsv_simple = excluded.tsv_simple
	RETURNING place`

var upsertRepliesSQL = fmt.Sprintf(givenSQL, `SELECT *, NULL::bigint AS place FROM given`) + `
	INSERT INTO search_replies (ref_id, entry, weight, visibility, config, index_version, tsv_lang, tsv_simple)
	SELECT ref_id, entry, weight, 0, config, index_version, ` + vectorsSQL + ` FROM placed
	ON CONFLICT (ref_id) DO UPDATE SET
		entry = excluded.entry, weight = excluded.weight, visibility = excluded.visibility, config = excluded.config,
		index_version = excluded.index_version, tsv_lang = excluded.tsv_lang, tsv_simple = excluded.tsv_simple
	RETURNING ref_id`
