package search

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"caravan/internal/db"
)

// indexVersion changes whenever a document would be written differently, its
// concepts included. The job then writes older rows anew while it has nothing
// else to do.
const indexVersion = 1

// batch is how many documents are written in one transaction.
const batch = 500

// Bounds of what is kept of a document, in bytes.
const (
	maxTitle = 1_000
	maxBody  = 200_000
)

// freshRows is how many rows must be written to a table before the planner
// counts it anew: its counts of words say how far back a search must look. A
// large table must also have changed by half, or by manyRows. While the queue is
// long all of it waits for lookAgainRows.
const (
	freshRows     = 200
	manyRows      = 5_000
	lookAgainRows = 50_000
)

// Index writes what waits in the queue, and rows of an older version when
// nothing waits. One process writes at a time, so that an older reading never
// overwrites a newer one; others leave at once.
func (s *Service) Index(ctx context.Context) error {
	s.indexing.Lock()
	defer s.indexing.Unlock()
	for unsettled := 0; ; {
		n, err := s.indexBatch(ctx)
		if err != nil {
			return err
		}
		if unsettled += n; unsettled > 0 && (n < batch || unsettled >= lookAgainRows) {
			if err := s.settle(ctx); err != nil {
				return err
			}
			unsettled = 0
		}
		if n < batch {
			return nil
		}
	}
}

// settle makes what was written cheap to search: it empties the pending lists,
// and after many rows renews the planner's counts and with them the forecast.
func (s *Service) settle(ctx context.Context) error {
	if len(s.changed) > 0 {
		tables := slices.Collect(maps.Keys(s.changed))
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return emptyPending(tx, tables) }); err != nil {
			return err
		}
		clear(s.changed)
	}
	tables := s.outgrown()
	if len(tables) == 0 {
		return nil
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return analyze(tx, tables) }); err != nil {
		return err
	}
	for _, t := range tables {
		delete(s.wrote, t)
	}
	return s.measure(ctx)
}

// outgrown are the shelves that have changed so much that what the planner knows
// of them is old.
func (s *Service) outgrown() (tables []string) {
	there := map[string]float64{}
	if known := s.forecast.Load(); known != nil {
		for _, x := range slices.Concat(known.titleShelves, known.replyShelves) {
			there[x.table()] = x.Rows
		}
	}
	for table, n := range s.wrote {
		if n >= freshRows && float64(n) >= min(there[table]/2, manyRows) {
			tables = append(tables, table)
		}
	}
	return tables
}

// note remembers on which shelves a batch has written, and how many rows, once it
// is committed.
func (s *Service) note(written map[string]int) {
	for table, n := range written {
		s.changed[table] = true
		s.wrote[table] += n
	}
}

// indexBatch writes at most batch documents and says how many it took on.
func (s *Service) indexBatch(ctx context.Context) (n int, err error) {
	if waits, err := anyWaits(s.db.Read(ctx)); err != nil || !waits && !s.stale.Load() {
		return 0, err
	}
	if err := s.makeShelves(ctx); err != nil {
		return 0, err
	}
	var written map[string]int
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n, written = 0, map[string]int{}
		mine, err := lockIndex(tx)
		if err != nil || !mine {
			return err
		}
		refs, taken, err := s.next(tx)
		if err != nil {
			return err
		}
		n = taken
		for kind, ids := range refs {
			if kind == Reply {
				var waiting []int64
				ids, waiting = s.onShelves(ids)
				if err := enqueue(tx, Reply, waiting); err != nil {
					return err
				}
			}
			if err := s.write(ctx, tx, kind, ids, written); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.note(written)
	}
	return n, err
}

// next takes what waits, else what is old, each once, by kind; taken is how much
// that was with what came twice.
func (s *Service) next(tx *db.Tx) (refs map[Kind][]int64, taken int, err error) {
	kinds := make([]int16, 0, len(s.sources))
	for k := range s.sources {
		kinds = append(kinds, int16(k))
	}
	rows, err := dequeue(tx, kinds, batch)
	if err != nil {
		return nil, 0, err
	}
	if len(rows) == 0 && s.stale.Load() {
		if rows, err = listStale(tx, kinds, indexVersion, batch); err != nil {
			return nil, 0, err
		}
		s.stale.Store(len(rows) > 0)
	}
	refs = map[Kind][]int64{}
	seen := map[docKey]bool{}
	for _, r := range rows {
		if !seen[r] {
			seen[r] = true
			refs[r.Kind] = append(refs[r.Kind], r.RefID)
		}
	}
	return refs, len(rows), nil
}

// write brings the rows of refs up to date with what their source says now, and
// counts them by shelf. A shelf on which replies only came or went with their
// questions has written none.
func (s *Service) write(ctx context.Context, tx *db.Tx, k Kind, refs []int64, written map[string]int) error {
	if len(refs) == 0 {
		return nil
	}
	docs, err := s.sources[k].Docs(ctx, tx, refs)
	if err != nil {
		return err
	}
	c, err := s.conceptsNow(ctx, tx)
	if err != nil {
		return err
	}
	there := make(map[int64]bool, len(docs))
	rows := make([]docRow, 0, len(docs))
	for _, d := range docs {
		there[d.Ref] = true
		rows = append(rows, rowOf(k, d, c, tx.Now))
	}
	places, err := upsertDocs(tx, k, rows)
	if err != nil {
		return err
	}
	for _, place := range places {
		written[shelfOf(k, place)]++
	}
	var gone []int64
	for _, ref := range refs {
		if !there[ref] {
			gone = append(gone, ref)
		}
	}
	if err := deleteDocs(tx, k, gone); err != nil {
		return err
	}
	if k != Question {
		return nil
	}
	// Replies go out of sight with their question, come back with it, and carry
	// its title.
	hidden, err := setVisibility(tx, entriesOf(gone), 1)
	if err != nil {
		return err
	}
	questions := make([]int64, 0, len(docs))
	for _, d := range docs {
		questions = append(questions, d.Ref)
	}
	shown, err := setVisibility(tx, entriesOf(questions), 0)
	if err != nil {
		return err
	}
	for _, number := range append(hidden, shown...) {
		written[shelf{Table: repliesTable, Number: number}.table()] += 0
	}
	return titleReplies(tx, questions)
}

func rowOf(k Kind, d Doc, c *concepts, now time.Time) docRow {
	if d.BumpedAt.IsZero() {
		d.BumpedAt = d.CreatedAt
	}
	if d.BumpedAt.After(now) {
		d.BumpedAt = now
	}
	r := docRow{
		Kind: k, RefID: d.Ref, Entry: entryOf(k, d.Ref), ParentID: d.Parent, Lang: d.Lang, Config: configOf(d.Lang),
		Title: clip(d.Title, maxTitle), Context: clip(d.Context, maxTitle), Body: clip(d.Body, maxBody), Path: d.Path, Author: d.Author,
		ClinicID: d.ClinicID, ProcedureID: d.ProcedureID, Country: d.Country, Verified: d.Verified,
		CreatedAt: d.CreatedAt, Marks: strings.Join(marksOf(k, d), "\n"), Version: indexVersion,
		StemsC: clip(d.Tags, maxTitle),
	}
	r.Weight = weightOf(k, d.Verified, min(max(d.Quality, 0), 1), d.BumpedAt)
	r.PlainB, r.PlainC, r.PlainD = c.indexed(r.Context), c.indexed(r.StemsC), c.indexed(r.Body)
	if vector, ok := vectorOf(r.PlainD); ok {
		r.PlainD, r.VectorD = "", vector
	}
	if k == Reply {
		// Its question's title would make every reply a hit of every word in it.
		r.Entry = entryOf(Question, d.Parent)
		return r
	}
	r.StemsA = strings.TrimSpace(r.Title + "\n" + clip(d.Names, maxBody))
	r.PlainA = c.indexed(r.StemsA)
	r.TitleKey = folded(r.Title)
	if k.isName() {
		r.Near = folded(r.StemsA)
	}
	return r
}

// entryOf is what a document is shown under: kinds share the lowest digits.
func entryOf(k Kind, ref int64) int64 { return ref*16 + int64(k) }

func entriesOf(questions []int64) []int64 {
	out := make([]int64, len(questions))
	for i, id := range questions {
		out[i] = entryOf(Question, id)
	}
	return out
}

// clip cuts a text to n bytes, between characters, and drops what Postgres
// takes for no text.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
