package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"caravan/internal/search"
)

func TestPlainWordsBecomeTheVectorThatTheDatabaseWouldMake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := rand.New(rand.NewPCG(3, 9))
	texts := []string{"", "a", "the the the", "www http com html x86 h264 syn12q e5 007 0 12345678901234567890123", "no1 n0 a1b2c3 1 2 3 file txt",
		strings.Repeat("often ", 250), strings.Repeat("a b c ", 80), strings.Repeat("x", 200)}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	for range 400 {
		var words []string
		for range r.IntN(60) {
			word := make([]byte, 1+r.IntN(8))
			for i := range word {
				word[i] = letters[r.IntN(len(letters))]
			}
			if word[0] <= '9' {
				word = fmt.Append(nil, r.IntN(1_000_000))
			}
			words = append(words, string(word))
		}
		texts = append(texts, strings.Join(words, " "))
	}
	for _, text := range texts {
		vector, ok := search.VectorOf(text)
		var same bool
		err := w.db.Pool().QueryRow(context.Background(), `select to_tsvector('simple_u', $1) = $2::text::tsvector`, text, vector).Scan(&same)
		if !ok || err != nil || !same {
			t.Errorf("%.80q becomes %.80q, %v, %v", text, vector, ok, err)
		}
	}
}

func TestWordsThatTheParserMayReadOtherwiseAreLeftToIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1e5", "3d", "straße", "تكميم", "隆鼻", "A", "a-b", "a:1", "it's", strings.Repeat("x", 201), strings.Repeat("a ", 250)} {
		if vector, ok := search.VectorOf("word " + text); ok {
			t.Errorf("%.20q becomes %.40q", text, vector)
		}
	}
}
