package search

import (
	"encoding/json"

	"caravan/internal/db"
)

// docKey names a document.
type docKey struct {
	Kind  Kind
	RefID int64
}

const enqueueSQL = `INSERT INTO search_queue (kind, ref_id) SELECT $1, unnest($2::bigint[])`

// indexLock lets one process write the index at a time.
const indexLock = 7701002

func lockIndex(tx *db.Tx) (mine bool, err error) {
	err = tx.Gorm().Raw(`SELECT pg_try_advisory_xact_lock(?)`, indexLock).Scan(&mine).Error
	return mine, db.Wrap("search: lock index", err)
}

// dequeue takes the oldest n rows of the kinds out of the queue.
func dequeue(tx *db.Tx, kinds []int16, n int) (rows []docKey, err error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	err = tx.Gorm().Raw(`
		DELETE FROM search_queue WHERE id IN (
			SELECT id FROM search_queue WHERE kind IN ? ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED)
		RETURNING kind, ref_id`, kinds, n).Scan(&rows).Error
	return rows, db.Wrap("search: take from queue", err)
}

func listStale(tx *db.Tx, kinds []int16, version, n int) (rows []docKey, err error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	err = tx.Gorm().Raw(`
		SELECT kind, ref_id FROM search_docs WHERE index_version < ? AND kind IN ?
		ORDER BY index_version LIMIT ? FOR UPDATE SKIP LOCKED`, version, kinds, n).Scan(&rows).Error
	return rows, db.Wrap("search: list old rows", err)
}

// atOnce is how many documents go into one statement: long ones must not meet
// its time limit.
const atOnce = 100

func upsertDocs(tx *db.Tx, rows []docRow) error {
	for len(rows) > 0 {
		n := min(atOnce, len(rows))
		raw, err := json.Marshal(rows[:n])
		if err != nil {
			return db.Wrap("search: pack rows", err)
		}
		if err := tx.Gorm().Exec(upsertSQL, string(raw)).Error; err != nil {
			return db.Wrap("search: write rows", err)
		}
		rows = rows[n:]
	}
	return nil
}

// The stems are made of what people wrote, the plain words of what was folded
// before; both hold the marks.
const upsertSQL = `
	WITH given AS MATERIALIZED (
		SELECT * FROM jsonb_to_recordset(?::jsonb) AS d (kind smallint, ref_id bigint, entry bigint, parent_id bigint, lang text, config regconfig,
			title text, title_key text, context text, body text, path text, author jsonb, clinic_id bigint, procedure_id bigint, country text,
			near text, verified boolean, weight float8, created_at timestamptz, bumped_at timestamptz, stems_a text, stems_c text,
			plain_a text, plain_b text, plain_c text, plain_d text, marks text[], index_version integer)),
	texts AS (
		INSERT INTO search_texts (kind, ref_id, parent_id, clinic_id, procedure_id, country, lang, title, context, path, author, verified, created_at, near, body)
		SELECT kind, ref_id, parent_id, clinic_id, procedure_id, country, lang, title, context, path, author, verified, created_at, near, body FROM given
		ON CONFLICT (kind, ref_id) DO UPDATE SET
			parent_id = excluded.parent_id, clinic_id = excluded.clinic_id, procedure_id = excluded.procedure_id, country = excluded.country,
			lang = excluded.lang, title = excluded.title, context = excluded.context, path = excluded.path, author = excluded.author,
			verified = excluded.verified, created_at = excluded.created_at, near = excluded.near, body = excluded.body)
	INSERT INTO search_docs (kind, ref_id, entry, bumped_at, weight, visibility, config, index_version, tsv_lang, tsv_simple, title_key)
	SELECT kind, ref_id, entry, bumped_at, weight, 0, config, index_version,
		setweight(to_tsvector(config, stems_a), 'A') || setweight(to_tsvector(config, context), 'B') ||
			setweight(to_tsvector(config, stems_c), 'C') || to_tsvector(config, body) || array_to_tsvector(marks),
		setweight(to_tsvector('simple_u', plain_a), 'A') || setweight(to_tsvector('simple_u', plain_b), 'B') ||
			setweight(to_tsvector('simple_u', plain_c), 'C') || to_tsvector('simple_u', plain_d) || array_to_tsvector(marks),
		title_key
	FROM given
	ON CONFLICT (kind, ref_id) DO UPDATE SET
		entry = excluded.entry, bumped_at = excluded.bumped_at, weight = excluded.weight, visibility = excluded.visibility, config = excluded.config,
		index_version = excluded.index_version, tsv_lang = excluded.tsv_lang, tsv_simple = excluded.tsv_simple, title_key = excluded.title_key`

func deleteDocs(tx *db.Tx, k Kind, refs []int64) error {
	if len(refs) == 0 {
		return nil
	}
	err := tx.Gorm().Exec(`
		WITH texts AS (DELETE FROM search_texts WHERE kind = ? AND ref_id IN ?)
		DELETE FROM search_docs WHERE kind = ? AND ref_id IN ?`, k, refs, k, refs).Error
	return db.Wrap("search: delete rows", err)
}

// setVisibility changes who sees the replies of questions, where it differs.
func setVisibility(tx *db.Tx, entries []int64, visibility int) error {
	if len(entries) == 0 {
		return nil
	}
	err := tx.Gorm().Exec(`UPDATE search_docs SET visibility = ? WHERE entry IN ? AND kind = ? AND visibility <> ?`,
		visibility, entries, Reply, visibility).Error
	return db.Wrap("search: show or hide replies", err)
}

type synonymRow struct {
	Concept int
	Phrase  string
}

func listSynonyms(q *db.Tx) (rows []synonymRow, err error) {
	err = q.Gorm().Raw(`SELECT concept, phrase FROM search_synonyms ORDER BY concept, phrase`).Scan(&rows).Error
	return rows, db.Wrap("search: list synonyms", err)
}

// emptyPending moves what was just written from the pending lists into the
// indexes themselves.
func emptyPending(q *db.Tx) error {
	err := q.Gorm().Exec(`
		SELECT gin_clean_pending_list(i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
		WHERE i.indrelid = 'search_docs'::regclass AND a.amname = 'gin'`).Error
	return db.Wrap("search: empty pending lists", err)
}

func analyze(tx *db.Tx) error {
	if err := tx.Gorm().Exec(`SET LOCAL statement_timeout = '60s'`).Error; err != nil {
		return db.Wrap("search: analyze", err)
	}
	return db.Wrap("search: analyze", tx.Gorm().Exec(`ANALYZE search_docs`).Error)
}
