package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/search"
	"caravan/internal/testkit"
)

func (w *world) number(sql string) (n int) {
	w.Helper()
	if err := w.owner.Pool().QueryRow(context.Background(), sql).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func TestRowsOfAnOlderVersionAreWrittenAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(row{Kind: search.Question, Ref: 1, Title: "One"}, row{Kind: search.Reply, Ref: 2, Parent: 1, Body: "Two"}, row{Kind: search.Clinic, Ref: 3, Title: "Three"})
	w.exec(`update search_titles set index_version = 0, tsv_simple = '', tsv_lang = ''`)
	w.exec(`update search_replies set index_version = 0, tsv_simple = '', tsv_lang = ''`)
	w.wants("two", "")
	// A process that starts with a newer version looks for older rows.
	jobs := testkit.Jobs(t, w.db)
	fresh := search.New(w.db, jobs, nil)
	for k := search.Question; k <= search.Procedure; k++ {
		fresh.Add(shelf{k})
	}
	if err := fresh.Index(context.Background()); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{"one": "1/1", "two": "2/2", "three": "3/3"} {
		w.wants(word, want)
	}
	if n := w.number(`select count(*) from (select index_version from search_titles union all select index_version from search_replies) x where index_version = 0`); n != 0 {
		t.Errorf("%d rows are still old", n)
	}
}

func TestManyIndexersWriteEveryDocumentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const texts = 1_200
	w.exec(fmt.Sprintf(`insert into shelf select 1, i, 0, 'en', 'Title ' || i, '', '', 'body', 0, '', false, now(), '', false, true from generate_series(1, %d) i`, texts))
	ctx := context.Background()
	err := w.db.Write(ctx, func(tx *db.Tx) error {
		var refs []int64
		for i := range int64(texts) {
			refs = append(refs, i+1, i+1) // queued twice
		}
		return search.PutMany(tx, search.Question, refs)
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		jobs := testkit.Jobs(t, w.db)
		s := search.New(w.db, jobs, nil)
		s.Add(shelf{search.Question})
		wg.Go(func() {
			for range 20 { // who meets another at work leaves at once
				if err := s.Index(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.index()
	if n, left := w.number(`select count(*) from search_titles`), w.number(`select count(*) from search_queue`); n != texts || left != 0 {
		t.Errorf("%d documents are indexed and %d wait, want %d and 0", n, left, texts)
	}
}

func TestAChangeWhileTheIndexIsWrittenIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(row{Kind: search.Question, Ref: 1, Title: "Before"})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		var err error
		for ctx.Err() == nil && err == nil {
			err = w.search.Index(context.Background())
		}
		done <- err
	}()
	for i := range 50 {
		err := w.db.Write(context.Background(), func(tx *db.Tx) error {
			if err := tx.Gorm().Exec(`UPDATE shelf SET title = ? WHERE ref = 1`, fmt.Sprintf("change%d", i)).Error; err != nil {
				return err
			}
			return search.Put(tx, search.Question, 1)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.index()
	w.wants("change49", "1/1")
	w.wants("change48", "")
}

func TestLongAndOddTextsAreIndexed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := make([]byte, 0, 300_000)
	for i := 0; len(long) < 250_000; i++ {
		long = fmt.Appendf(long, "word%d ", i)
	}
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "Long", Body: string(long)},
		row{Kind: search.Question, Ref: 2, Title: "One word", Body: string(make40k())},
		row{Kind: search.Question, Ref: 3, Title: "", Body: ""},
		row{Kind: search.Question, Ref: 4, Title: "Future", At: w.db.Now().Add(1000 * time.Hour)},
		row{Kind: search.Reply, Ref: 5, Parent: 4, Body: string(long)},
		row{Kind: search.Clinic, Ref: 6, Title: "Of no time"},
	)
	w.wants("word777 long", "1/1")
	w.wants("word29999", "") // beyond what is kept
	w.wants("future", "1/4")
	if got := sorted(refs(w.find(search.Query{Text: "word42"}))); got != "1/1 2/5" {
		t.Errorf("word42 finds %q", got)
	}
	w.wants("no time", "3/6")
}

func make40k() []byte {
	b := make([]byte, 40_000)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

func TestTheJobIndexesByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.exec(`insert into shelf values (3, 9, 0, 'en', 'Quiet Harbour Clinic', '', '', '', 0, '', false, now(), '', false, true)`)
	if err := w.db.Write(ctx, func(tx *db.Tx) error { return search.Put(tx, search.Clinic, 9) }); err != nil {
		t.Fatal(err)
	}
	job.Handle(w.jobs, func(context.Context, nothing) error { return nil }) // River wants one
	if err := w.jobs.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.jobs.Stop(ctx); err != nil {
			t.Error(err)
		}
	}()
	w.wants("harbour", "3/9")
}

// nothing is a job that does nothing.
type nothing struct{}

// Kind names it.
func (nothing) Kind() string { return "nothing" }

// pending is how many pages of the index are left in pending lists; asking
// empties them.
func (w *world) pending() int {
	w.Helper()
	return w.number(`select coalesce(sum(gin_clean_pending_list(i.indexrelid::regclass)), 0) from pg_index i
		join pg_class x on x.oid = i.indexrelid and x.relkind = 'i' join pg_am a on a.oid = x.relam and a.amname = 'gin'
		join pg_class t on t.oid = i.indrelid where t.relname ~ '^search_(titles|replies)'`)
}

func TestARoundLeavesNothingPendingWhateverShelvesItTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const next = 8_192 // the first reply of the second shelf
	w.put(row{Kind: search.Question, Ref: 1, Title: "One"}, row{Kind: search.Question, Ref: 2, Title: "Two"})
	for i := range int64(200) {
		w.exec(`insert into shelf select 2, $1, 1, 'en', '', '', '', $2, 0, '', false, now(), '', false, true`, next-100+i, newLexicon(uint64(i)).text(60))
	}
	round := func(what, sql string) {
		t.Helper()
		w.exec(sql)
		w.index()
		if n := w.pending(); n != 0 {
			t.Errorf("%s leaves %d pages pending", what, n)
		}
	}
	round("writing on two shelves", `insert into search_queue (kind, ref_id) select kind, ref from shelf`)
	round("an edit on the older shelf", `insert into search_queue (kind, ref_id) values (2, 8150)`)
	w.exec(`update shelf set shown = false where kind = 1 and ref = 1`)
	round("a hidden question", `insert into search_queue (kind, ref_id) values (1, 1)`)
	if n := w.number(`select count(*) from search_replies where visibility = 1`); n != 200 {
		t.Errorf("%d replies are hidden with their question", n)
	}
}

func TestTitlesStandOnShelvesInTheOrderInWhichTheyCame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place := func(k search.Kind, ref int64) int {
		w.Helper()
		return w.number(fmt.Sprintf(`select place from search_titles where kind = %d and ref_id = %d`, k, ref))
	}
	found := func(want string) {
		w.Helper()
		got := strings.Fields(refs(w.find(search.Query{Text: "swelling"})))
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("found %v, want %s", got, want)
		}
	}
	w.put(row{Kind: search.Clinic, Ref: 1, Title: "Swelling Clinic"})
	w.exec(`select setval('search_places', 8190)`)
	w.put(row{Kind: search.Question, Ref: 9, Title: "Swelling of the last"})
	w.put(row{Kind: search.Reply, Ref: 5, Parent: 9, Body: "Well again."})
	search.Expect(w.search, "swelling", 0) // knows of one shelf of titles only
	w.put(row{Kind: search.Question, Ref: 1, Title: "Swelling of the next shelf"}, row{Kind: search.Question, Ref: 7, Title: "Swelling, told"})
	if a, b, c := place(search.Question, 9), place(search.Question, 1), place(search.Question, 7); a != 8191 || b != 8192 || c != 8193 {
		t.Errorf("places %d, %d, %d", a, b, c)
	}
	found("1/1 1/7 1/9 3/1")
	w.change(search.Question, 9, "title = 'Swelling, edited'")
	if got := place(search.Question, 9); got != 8191 {
		t.Errorf("edited, it moved to place %d", got)
	}
	w.change(search.Question, 9, "shown = false")
	found("1/1 1/7 3/1")
	w.change(search.Question, 9, "shown = true")
	if got := place(search.Question, 9); got != 8194 {
		t.Errorf("it came back to place %d", got)
	}
	found("1/1 1/7 1/9 3/1")
}

func TestOnlyWhatHasGrownIsCountedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	library(t, w, 1_000, 16) // nearly two shelves
	counts := func() (out string) {
		w.Helper()
		err := w.db.Pool().QueryRow(context.Background(), `select string_agg(relname || ' ' || reltuples, ', ' order by relname) from pg_class
			where relname in ('search_replies_0', 'search_replies_1')`).Scan(&out)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got, want := counts(), "search_replies_0 487, search_replies_1 465"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	w.exec(`insert into shelf select 2, 16001 + i, 0, 'en', '', '', '', 'new', 0, '', false, now(), '', false, true from generate_series(1, 300) i`)
	w.exec(`insert into search_queue (kind, ref_id) select 2, 16001 + i from generate_series(1, 300) i`)
	w.exec(`update pg_class set reltuples = 1 where relname = 'search_replies_0'`)
	w.index()
	if got, want := counts(), "search_replies_0 1, search_replies_1 765"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
