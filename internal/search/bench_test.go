package search_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/search"
)

// lexicon makes texts whose words are as uneven as in a real language: a few
// are in half of all texts, most in hardly any.
type lexicon struct {
	r     *rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newLexicon(seed uint64) *lexicon {
	l := &lexicon{r: rand.New(rand.NewPCG(seed, 1))}
	syllables := strings.Fields("ba co di fe gu ha li mo na pe qui ro sa ti ve zo ran sol ter mun")
	seen := map[string]bool{}
	for len(l.words) < 3_000 {
		var b strings.Builder
		for range 2 + l.r.IntN(3) {
			b.WriteString(syllables[l.r.IntN(len(syllables))])
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			l.words = append(l.words, w)
		}
	}
	l.zipf = rand.NewZipf(l.r, 1.15, 8, uint64(len(l.words)-1))
	return l
}

func (l *lexicon) text(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l.words[l.zipf.Uint64()])
	}
	return b.String()
}

// library is an index of n texts, twenty replies to each question, written over
// two years.
func library(t testing.TB, w *world, n int) {
	t.Helper()
	l := newLexicon(7)
	start := w.db.Now().Add(-2 * 365 * day)
	step := 2 * 365 * day / time.Duration(n)
	ctx := context.Background()
	var rows [][]any
	for i := range n {
		kind, parent, title := search.Reply, i-i%21, ""
		if i%21 == 0 {
			kind, parent, title = search.Question, 0, l.text(8)
		}
		rows = append(rows, []any{kind, i, parent, "en", title, "", "", l.text(60), i % 65, "TR", false, start.Add(step * time.Duration(i)), "Quiet Heron", false, true})
	}
	columns := []string{"kind", "ref", "parent", "lang", "title", "names", "context", "body", "procedure_id", "country", "verified", "at", "handle", "gone", "shown"}
	if _, err := w.db.Pool().CopyFrom(ctx, pgx.Identifier{"shelf"}, columns, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
	w.exec(`insert into search_queue (kind, ref_id) select kind, ref from shelf order by ref`)
	if err := w.search.Index(ctx); err != nil {
		t.Fatal(err)
	}
}

// pairs are different pairs of words that stand together in about one text of a
// hundred.
func pairs(t testing.TB, w *world) (out []string) {
	t.Helper()
	rows, err := w.db.Pool().Query(context.Background(), `
		with words as (select word from ts_stat('select to_tsvector(''simple'', body) from shelf tablesample bernoulli (5) repeatable (1)')
			where ndoc between (select count(*) from shelf) / 2000 and (select count(*) from shelf) / 80 order by md5(word) limit 60),
		held as (select s.ref, word from (select ref, to_tsvector('simple', body) v from shelf tablesample bernoulli (5) repeatable (2)) s join words on s.v @@ word::tsquery)
		select a.word || ' ' || b.word from held a join held b on a.ref = b.ref and a.word < b.word
		group by a.word, b.word having count(*) between (select count(*) from shelf) / 4000 and (select count(*) from shelf) / 1000 order by md5(a.word || b.word)`)
	if err != nil {
		t.Fatal(err)
	}
	if out, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(out) < 20 {
		t.Fatalf("%d pairs, %v", len(out), err)
	}
	return out
}

// BenchmarkFind searches 100,000 texts for two words, each time others, beside
// the least code that ranks every match of a GIN index.
func BenchmarkFind(b *testing.B) {
	w := newWorld(b)
	library(b, w, 100_000)
	ctx := context.Background()
	w.exec(`set statement_timeout = 0; create table naive as select ref, body, to_tsvector('simple', title || ' ' || body) tsv from shelf`)
	w.exec(`set statement_timeout = 0; create index on naive using gin (tsv)`)
	for _, table := range []string{"naive", "search_titles", "search_replies", "search_texts"} {
		w.exec(`vacuum analyze ` + table)
	}
	two := pairs(b, w)
	b.Run("naive", func(b *testing.B) {
		for i := range b.N {
			rows, err := w.db.Pool().Query(ctx, `select ref, body from naive, plainto_tsquery('simple', $1) q where tsv @@ q order by ts_rank_cd(tsv, q) desc, ref desc limit 20`, two[i%len(two)])
			if err != nil {
				b.Fatal(err)
			}
			for rows.Next() {
			}
			if rows.Err() != nil {
				b.Fatal(rows.Err())
			}
		}
	})
	b.Run("find", func(b *testing.B) {
		for i := range b.N {
			if p, err := w.search.Find(ctx, search.Query{Text: two[i%len(two)], Lang: "en"}); err != nil || len(p.Entries) == 0 {
				b.Fatalf("%q: %d entries, %v", two[i%len(two)], len(p.Entries), err)
			}
		}
	})
}

func TestNoSearchReadsATableThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	library(t, w, 20_000)
	two := pairs(t, w)
	w.exec(`vacuum analyze search_texts`)
	for _, q := range []search.Query{{Text: two[0]}, {Text: two[1], Kind: search.Question}, {Text: two[2], Country: "TR"}, {Text: `"` + two[3] + `"`}, {Text: "unheard of"}} {
		q.Lang = "en"
		plan, err := search.Explain(w.search, q)
		if err != nil || strings.Contains(plan, "Seq Scan on search_") || !strings.Contains(plan, "Bitmap Index Scan on search_replies_") {
			t.Errorf("%+v, %v:\n%s", q, err, plan)
		}
	}
	// Replies stand on two shelves; a search of a common word opens the newest.
	common := strings.Fields(newLexicon(7).text(400))[0]
	plan, err := search.Explain(w.search, search.Query{Text: common, Lang: "en"})
	if err != nil || strings.Contains(plan, "search_replies_0") || !strings.Contains(plan, "search_replies_1") {
		t.Errorf("%q, %v:\n%s", common, err, plan)
	}
	p := w.find(search.Query{Text: common})
	if len(p.Entries) != 20 || !p.Capped || p.Next == "" {
		t.Errorf("%q: %d entries, capped %v, next %q", common, len(p.Entries), p.Capped, p.Next)
	}
}
