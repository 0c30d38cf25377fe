package search_test

import (
	"context"
	"math/rand/v2"
	"regexp"
	"slices"
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

var shelfColumns = []string{"kind", "ref", "parent", "lang", "title", "names", "context", "body", "procedure_id", "country", "verified", "at", "handle", "gone", "shown"}

// library is an index of n texts, twenty replies to each question, written over
// two years, whose numbers are apart by apart. It returns the bodies.
func library(t testing.TB, w *world, n, apart int) (bodies []string) {
	t.Helper()
	l := newLexicon(7)
	start := w.db.Now().Add(-2 * 365 * day)
	step := 2 * 365 * day / time.Duration(n)
	ctx := context.Background()
	var rows [][]any
	for i := range n {
		kind, parent, title := search.Reply, (i-i%21)*apart, ""
		if i%21 == 0 {
			kind, parent, title = search.Question, 0, l.text(8)
		}
		bodies = append(bodies, l.text(60))
		rows = append(rows, []any{kind, i * apart, parent, "en", title, "", "", bodies[i], i % 65, "TR", false, start.Add(step * time.Duration(i)), "Quiet Heron", false, true})
	}
	if _, err := w.db.Pool().CopyFrom(ctx, pgx.Identifier{"shelf"}, shelfColumns, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
	w.exec(`insert into search_queue (kind, ref_id) select kind, ref from shelf order by ref`)
	if err := w.search.Index(ctx); err != nil {
		t.Fatal(err)
	}
	return bodies
}

// pairs are different pairs of words that stand together in about one text of a
// hundred.
func pairs(t testing.TB, bodies []string) (out []string) {
	t.Helper()
	words := newLexicon(7).words[30:120] // neither the commonest nor the rarest
	together := map[[2]int]int{}
	for _, body := range bodies {
		var held []int
		for _, w := range strings.Fields(body) {
			if i := slices.Index(words, w); i >= 0 {
				held = append(held, i)
			}
		}
		slices.Sort(held)
		held = slices.Compact(held)
		for i, a := range held {
			for _, b := range held[i+1:] {
				together[[2]int{a, b}]++
			}
		}
	}
	for p, n := range together {
		if n >= len(bodies)/200 && n <= len(bodies)/50 {
			out = append(out, words[p[0]]+" "+words[p[1]])
		}
	}
	if len(out) < 20 {
		t.Fatalf("%d pairs", len(out))
	}
	slices.Sort(out)
	rand.New(rand.NewPCG(7, 2)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// BenchmarkFind searches 100,000 texts for two words, each time others, beside
// the least code that ranks every match of a GIN index.
func BenchmarkFind(b *testing.B) {
	w := newWorld(b)
	two := pairs(b, library(b, w, 100_000, 1))
	ctx := context.Background()
	w.exec(`create table naive as select ref, body, to_tsvector('simple', title || ' ' || body) tsv from shelf`)
	w.exec(`create index on naive using gin (tsv)`)
	for _, table := range []string{"naive", "search_titles", "search_replies", "search_texts"} {
		w.exec(`vacuum analyze ` + table)
	}
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
	// Two shelves of replies, of which either would be enough for a common word.
	two := pairs(t, library(t, w, 5_200, 3))
	var names []row
	for i := range int64(400) { // of a dozen reading all of them would be best
		names = append(names, row{Kind: search.Clinic, Ref: i, Title: "Clinic " + newLexicon(uint64(i)).text(30)})
	}
	w.put(names...)
	w.exec(`vacuum analyze search_texts`)
	for _, q := range []search.Query{{Text: two[0]}, {Text: two[1], Kind: search.Question}, {Text: two[2], Country: "TR"}, {Text: `"` + two[3] + `"`}, {Text: "unheard of"}} {
		q.Lang = "en"
		plan, err := search.Explain(w.search, q)
		if err != nil || strings.Contains(plan, "Seq Scan on search_") || !strings.Contains(plan, "Bitmap Index Scan on search_replies_") {
			t.Errorf("%+v, %v:\n%s", q, err, plan)
		}
	}
	common := newLexicon(7).words[0]
	plan, err := search.Explain(w.search, search.Query{Text: common, Lang: "en"})
	older := regexp.MustCompile(`on search_replies_0 [^(]*\((never executed)?`).FindAllStringSubmatch(plan, -1)
	read := slices.ContainsFunc(older, func(m []string) bool { return m[1] == "" })
	if err != nil || read || len(older) == 0 || !strings.Contains(plan, "search_replies_1") || strings.Contains(plan, "Seq Scan on search_replies") {
		t.Errorf("%q, %v:\n%s", common, err, plan)
	}
	p := w.find(search.Query{Text: common})
	if len(p.Entries) != 20 || !p.Capped || p.Next == "" {
		t.Errorf("%q: %d entries, capped %v, next %q", common, len(p.Entries), p.Capped, p.Next)
	}
}
