package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
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
func library(b testing.TB, w *world, n int) {
	l := newLexicon(7)
	ctx := context.Background()
	start := w.db.Now().Add(-2 * 365 * 24 * time.Hour)
	step := 2 * 365 * 24 * time.Hour / time.Duration(n)
	var rows [][]any
	for i := range n {
		at := start.Add(step * time.Duration(i))
		if i%21 == 0 {
			rows = append(rows, []any{1, i, 0, "en", l.text(8), "", "", l.text(60), i % 65, "TR", false, at, "Quiet Heron", false, true})
		} else {
			rows = append(rows, []any{2, i, i - i%21, "en", "", "", "", l.text(60), i % 65, "TR", false, at, "Quiet Heron", false, true})
		}
	}
	for len(rows) > 0 {
		k := min(1_000, len(rows))
		var sql strings.Builder
		sql.WriteString("insert into shelf values ")
		var args []any
		for i, r := range rows[:k] {
			if i > 0 {
				sql.WriteByte(',')
			}
			sql.WriteByte('(')
			for c, v := range r {
				if c > 0 {
					sql.WriteByte(',')
				}
				args = append(args, v)
				fmt.Fprintf(&sql, "$%d", len(args))
			}
			sql.WriteByte(')')
		}
		w.exec(sql.String(), args...)
		rows = rows[k:]
	}
	w.exec(`insert into search_queue (kind, ref_id) select kind, ref from shelf order by ref`)
	began := time.Now()
	if err := w.search.Index(ctx); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d documents indexed in %v", n, time.Since(began).Round(time.Millisecond))
}

// pairs are different pairs of words that stand together in some text.
func pairs(n int) []string {
	l := newLexicon(7)
	out := make([]string, 0, n)
	for len(out) < n {
		words := strings.Fields(l.text(60))
		a, b := words[l.r.IntN(len(words))], words[l.r.IntN(len(words))]
		if a != b {
			out = append(out, a+" "+b)
		}
	}
	return out
}
