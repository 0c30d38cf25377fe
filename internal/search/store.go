package search

import (
	"encoding/json"
	"fmt"

	"caravan/internal/db"
)

// docKey names a document.
type docKey struct {
	Kind  Kind
	RefID int64
}

const enqueueSQL = `INSERT INTO search_queue (kind, ref_id) SELECT $1, unnest($2::bigint[])`

func enqueue(tx *db.Tx, k Kind, refs []int64) error {
	if len(refs) == 0 {
		return nil
	}
	err := tx.Gorm().Exec(`INSERT INTO search_queue (kind, ref_id) SELECT ?, r::bigint FROM jsonb_array_elements_text(?::jsonb) r`, k, asJSON(refs)).Error
	return db.Wrap("search: put back", err)
}

func anyWaits(q *db.Tx) (waits bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT FROM search_queue)`).Scan(&waits).Error
	return waits, db.Wrap("search: look into queue", err)
}

// indexLock lets one process write the index at a time.
const indexLock = 7701002

// lockIndex takes the index for this transaction, and more time than a request
// has: nobody waits for it.
func lockIndex(tx *db.Tx) (mine bool, err error) {
	if err := patient(tx); err != nil {
		return false, err
	}
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
		SELECT kind, ref_id FROM (
			(SELECT kind, ref_id FROM search_titles WHERE index_version < ? ORDER BY index_version LIMIT ?)
			UNION ALL
			(SELECT 2, ref_id FROM search_replies WHERE index_version < ? ORDER BY index_version LIMIT ?)) d
		WHERE kind IN ? LIMIT ?`, version, n, version, n, kinds, n).Scan(&rows).Error
	return rows, db.Wrap("search: list old rows", err)
}

// atOnce is how many documents go into one statement: long ones must not meet
// its time limit.
const atOnce = 100

func upsertDocs(tx *db.Tx, k Kind, rows []docRow) error {
	sql := upsertTitlesSQL
	if k == Reply {
		sql = upsertRepliesSQL
	}
	for len(rows) > 0 {
		n := min(atOnce, len(rows))
		raw, err := json.Marshal(rows[:n])
		if err != nil {
			return db.Wrap("search: pack rows", err)
		}
		if err := tx.Gorm().Exec(sql, string(raw)).Error; err != nil {
			return db.Wrap("search: write rows", err)
		}
		rows = rows[n:]
	}
	return nil
}

// givenSQL reads the rows and stores what is shown of them.
const givenSQL = `
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
			verified = excluded.verified, created_at = excluded.created_at, near = excluded.near, body = excluded.body)`

// vectorsSQL makes the stems of what people wrote, the plain words of what was
// folded before; both hold the marks.
const vectorsSQL = `
		setweight(to_tsvector(config, stems_a), 'A') || setweight(to_tsvector(config, context), 'B') ||
			setweight(to_tsvector(config, stems_c), 'C') || to_tsvector(config, body) || array_to_tsvector(marks),
		setweight(to_tsvector('simple_u', plain_a), 'A') || setweight(to_tsvector('simple_u', plain_b), 'B') ||
			setweight(to_tsvector('simple_u', plain_c), 'C') || to_tsvector('simple_u', plain_d) || array_to_tsvector(marks)`

const upsertTitlesSQL = givenSQL + `
	INSERT INTO search_titles (kind, ref_id, entry, bumped_at, weight, config, index_version, title_key, tsv_lang, tsv_simple)
	SELECT kind, ref_id, entry, bumped_at, weight, config, index_version, title_key, ` + vectorsSQL + ` FROM given
	ON CONFLICT (kind, ref_id) DO UPDATE SET
		entry = excluded.entry, bumped_at = excluded.bumped_at, weight = excluded.weight, config = excluded.config,
		index_version = excluded.index_version, title_key = excluded.title_key, tsv_lang = excluded.tsv_lang, tsv_simple = excluded.tsv_simple`

const upsertRepliesSQL = givenSQL + `
	INSERT INTO search_replies (ref_id, entry, weight, visibility, config, index_version, tsv_lang, tsv_simple)
	SELECT ref_id, entry, weight, 0, config, index_version, ` + vectorsSQL + ` FROM given
	ON CONFLICT (ref_id) DO UPDATE SET
		entry = excluded.entry, weight = excluded.weight, visibility = excluded.visibility, config = excluded.config,
		index_version = excluded.index_version, tsv_lang = excluded.tsv_lang, tsv_simple = excluded.tsv_simple`

func deleteDocs(tx *db.Tx, k Kind, refs []int64) error {
	if len(refs) == 0 {
		return nil
	}
	if err := tx.Gorm().Exec(`DELETE FROM search_texts WHERE kind = ? AND ref_id IN ?`, k, refs).Error; err != nil {
		return db.Wrap("search: delete texts", err)
	}
	if k == Reply {
		return db.Wrap("search: delete replies", tx.Gorm().Exec(`DELETE FROM search_replies WHERE ref_id IN ?`, refs).Error)
	}
	return db.Wrap("search: delete titles", tx.Gorm().Exec(`DELETE FROM search_titles WHERE kind = ? AND ref_id IN ?`, k, refs).Error)
}

// setVisibility changes who sees the replies of questions, where it differs.
func setVisibility(tx *db.Tx, entries []int64, visibility int) error {
	if len(entries) == 0 {
		return nil
	}
	err := tx.Gorm().Exec(`UPDATE search_replies SET visibility = ? WHERE entry IN ? AND visibility <> ?`, visibility, entries, visibility).Error
	return db.Wrap("search: show or hide replies", err)
}

// titleReplies gives replies the titles of their questions, where they differ.
func titleReplies(tx *db.Tx, questions []int64) error {
	if len(questions) == 0 {
		return nil
	}
	err := tx.Gorm().Exec(`
		UPDATE search_texts r SET title = q.title FROM search_texts q
		WHERE q.kind = ? AND q.ref_id IN ? AND r.kind = 2 AND r.parent_id = q.ref_id AND r.title <> q.title`, Question, questions).Error
	return db.Wrap("search: title replies", err)
}

// listQueuedShelves are the shelves of the replies among the first n that wait.
func listQueuedShelves(q *db.Tx, n int) (numbers []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT ref_id >> ? FROM (SELECT ref_id FROM search_queue WHERE kind = ? ORDER BY id LIMIT ?) q`, shelfBits, Reply, n).Scan(&numbers).Error
	return numbers, db.Wrap("search: list queued shelves", err)
}

// makeShelf puts up a shelf if it is not there. Names and bounds are numbers.
func makeShelf(tx *db.Tx, number int64) error {
	err := tx.Gorm().Exec(fmt.Sprintf(`
		CREATE TABLE IF NOT EXISTS search_replies_%d PARTITION OF search_replies FOR VALUES FROM (%d) TO (%d) WITH (toast_tuple_target = 8160)`,
		number, number<<shelfBits, (number+1)<<shelfBits)).Error
	return db.Wrap("search: create shelf", err)
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
func emptyPending(tx *db.Tx) error {
	if err := patient(tx); err != nil {
		return err
	}
	err := tx.Gorm().Exec(`
		SELECT gin_clean_pending_list(i.indexrelid::regclass) FROM pg_index i
		JOIN pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i' JOIN pg_am a ON a.oid = x.relam AND a.amname = 'gin'
		WHERE i.indrelid = 'search_titles'::regclass OR i.indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'search_replies'::regclass)`).Error
	return db.Wrap("search: empty pending lists", err)
}

func asJSON(refs []int64) string {
	raw, _ := json.Marshal(refs) // numbers always can
	return string(raw)
}

func patient(tx *db.Tx) error {
	return db.Wrap("search: set time limit", tx.Gorm().Exec(`SET LOCAL statement_timeout = '60s'`).Error)
}

func analyze(tx *db.Tx) error {
	if err := patient(tx); err != nil {
		return err
	}
	return db.Wrap("search: analyze", tx.Gorm().Exec(`ANALYZE search_titles, search_replies`).Error)
}
