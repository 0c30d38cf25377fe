package search

import (
	"strconv"
	"strings"
)

// maxPlaced is how many words vectorOf places: Postgres keeps fewer than 256
// places of a word, and drops the others by rules of its own.
const maxPlaced = 250

// maxPlacedWord is the longest word, in bytes, that vectorOf places.
const maxPlacedWord = 200

// vectorOf writes folded words as the tsvector, in Postgres's spelling, that
// to_tsvector makes of them by simple_u. Its parser is most of what a document
// costs the database, and has nothing to find in a text of plain words. Where it
// might see something else in a word than the word (letters beyond ASCII, "1e5")
// or a limit of its own is near, ok is false.
func vectorOf(words string) (vector string, ok bool) {
	var b strings.Builder
	b.Grow(len(words) * 2)
	n := 0
	for w := range strings.FieldsSeq(words) {
		if n++; n > maxPlaced || len(w) > maxPlacedWord || !isPlain(w) {
			return "", false
		}
		if n > 1 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String(), true
}

// isPlain reports whether a word is small ASCII letters and figures, with a
// letter first, or figures alone.
func isPlain(w string) bool {
	figures := isFigure(w[0])
	for i := range len(w) {
		if !isFigure(w[i]) && (figures || w[i] < 'a' || w[i] > 'z') {
			return false
		}
	}
	return true
}

func isFigure(c byte) bool { return c >= '0' && c <= '9' }
