package search

import (
	"encoding/json"
	"strings"

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

func deleteDocs(tx *db.Tx, k Kind, refs []int64) error {
	if len(refs) == 0 {
		return nil
	}
	sql := `WITH gone AS (DELETE FROM search_texts WHERE kind = ? AND ref_id IN ? RETURNING place) DELETE FROM search_titles WHERE place IN (SELECT place FROM gone)`
	if k == Reply {
		sql = `WITH gone AS (DELETE FROM search_texts WHERE kind = ? AND ref_id IN ? RETURNING ref_id) DELETE FROM search_replies WHERE ref_id IN (SELECT ref_id FROM gone)`
	}
	return db.Wrap("search: delete", tx.Gorm().Exec(sql, k, refs).Error)
}

// setVisibility changes who sees the replies of questions, where it differs, and
// says on which shelves it did.
func setVisibility(tx *db.Tx, entries []int64, visibility int) (shelves []int64, err error) {
	if len(entries) == 0 {
		return nil, nil
	}
	err = tx.Gorm().Raw(`
		WITH changed AS (UPDATE search_replies SET visibility = ? WHERE entry IN ? AND visibility <> ? RETURNING ref_id)
		SELECT DISTINCT ref_id >> ? FROM changed`, visibility, entries, visibility, shelfBits).Scan(&shelves).Error
	return shelves, db.Wrap("search: show or hide replies", err)
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

// listWantedShelves are the shelves of the replies among the first n that wait,
// and of as many new titles.
func listWantedShelves(q *db.Tx, n int) (wanted []shelf, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT 'search_replies' AS "table", ref_id >> ? AS number FROM (SELECT ref_id FROM search_queue WHERE kind = ? ORDER BY id LIMIT ?) q
		UNION SELECT 'search_titles', place >> ? FROM search_places, unnest(ARRAY[last_value, last_value + ?]) place`,
		shelfBits, Reply, n, shelfBits, n).Scan(&wanted).Error
	return wanted, db.Wrap("search: list wanted shelves", err)
}

// makeShelf puts up a shelf if it is not there.
func makeShelf(tx *db.Tx, x shelf) error {
	err := tx.Gorm().Exec(`SELECT search_shelf(?, ?, ?, ?)`, x.Table, x.Number, x.Number<<shelfBits, (x.Number+1)<<shelfBits).Error
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

// emptyPending moves what was just written to tables from the pending lists into
// the indexes themselves.
func emptyPending(tx *db.Tx, tables []string) error {
	if err := patient(tx); err != nil {
		return err
	}
	err := tx.Gorm().Exec(`SELECT search_settle(string_to_array(?, ' '), false)`, strings.Join(tables, " ")).Error
	return db.Wrap("search: empty pending lists", err)
}

func asJSON(refs []int64) string {
	raw, _ := json.Marshal(refs) // numbers always can
	return string(raw)
}

func patient(tx *db.Tx) error {
	return db.Wrap("search: set time limit", tx.Gorm().Exec(`SET LOCAL statement_timeout = '60s'`).Error)
}

// analyze lets the planner count tables anew. It takes shelves one by one: of all
// replies together it would read every shelf again.
func analyze(tx *db.Tx, tables []string) error {
	if err := patient(tx); err != nil {
		return err
	}
	return db.Wrap("search: analyze", tx.Gorm().Exec(`SELECT search_settle(string_to_array(?, ' '), true)`, strings.Join(tables, " ")).Error)
}
