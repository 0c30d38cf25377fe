package shaping

import (
	"strings"
	"unicode"
)

// Hunk is one place in which a text was changed: words From to To (not
// included) of the old text, counted as tokens, give way to New. Nothing is
// inserted before token From where From and To are equal.
type Hunk struct {
	From, To int
	Old, New string
}

// maxTokens bounds the work of a difference; a text beyond it, which the limits
// of lengths make rare, is taken as changed as a whole.
const maxTokens = 3_000

// tokens cuts a text into words, white space and single marks. Scripts without
// spaces between words are cut into characters.
func tokens(s string) (all []string) {
	start, was := 0, -1
	for i, r := range s {
		if k := tokenKind(r); k != was || k == single {
			if i > start {
				all = append(all, s[start:i])
			}
			start, was = i, k
		}
	}
	if start < len(s) {
		all = append(all, s[start:])
	}
	return all
}

const (
	word = iota
	space
	single
)

func tokenKind(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return space
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer):
		return single
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\u200c' || r == '\u200d':
		return word
	}
	return single
}

// Words returns the places in which new differs from old, in order. Changes with
// nothing but white space between them are one.
func Words(old, new string) []Hunk {
	a, b := tokens(old), tokens(new)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return joined(a, between(a, b, head, len(a)-tail, len(b)-tail))
}

// edit is a change as ranges of tokens of both texts.
type edit struct{ a, a2, b, b2 int }

// between walks the longest common subsequence of a[head:enda] and b[head:endb].
func between(a, b []string, head, enda, endb int) (hunks []Hunk) {
	x, y := a[head:enda], b[head:endb]
	if len(x) == 0 && len(y) == 0 {
		return nil
	}
	put := func(e edit) {
		hunks = append(hunks, Hunk{head + e.a, head + e.a2, strings.Join(x[e.a:e.a2], ""), strings.Join(y[e.b:e.b2], "")})
	}
	if len(x) > maxTokens || len(y) > maxTokens {
		put(edit{0, len(x), 0, len(y)})
		return hunks
	}
	same := common(x, y)
	var e edit
	for e.a2 < len(x) || e.b2 < len(y) {
		switch {
		case e.a2 < len(x) && e.b2 < len(y) && x[e.a2] == y[e.b2]:
			if e.a < e.a2 || e.b < e.b2 {
				put(e)
			}
			e = edit{e.a2 + 1, e.a2 + 1, e.b2 + 1, e.b2 + 1}
		case e.b2 == len(y) || e.a2 < len(x) && same[e.a2+1][e.b2] >= same[e.a2][e.b2+1]:
			e.a2++
		default:
			e.b2++
		}
	}
	if e.a < e.a2 || e.b < e.b2 {
		put(e)
	}
	return hunks
}

// common returns how many tokens x[i:] and y[j:] have in common, in order.
func common(x, y []string) [][]uint16 {
	rows := make([][]uint16, len(x)+1)
	cells := make([]uint16, (len(x)+1)*(len(y)+1))
	for i := range rows {
		rows[i] = cells[i*(len(y)+1) : (i+1)*(len(y)+1)]
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				rows[i][j] = rows[i+1][j+1] + 1
			} else {
				rows[i][j] = max(rows[i+1][j], rows[i][j+1])
			}
		}
	}
	return rows
}

// joined puts hunks together that have nothing but white space between them, so
// that "three nights" → "four long days" reads as one change.
func joined(a []string, hunks []Hunk) (out []Hunk) {
	for _, h := range hunks {
		if n := len(out) - 1; n >= 0 {
			gap := strings.Join(a[out[n].To:h.From], "")
			if strings.TrimSpace(gap) == "" {
				out[n] = Hunk{out[n].From, h.To, out[n].Old + gap + h.Old, out[n].New + gap + h.New}
				continue
			}
		}
		out = append(out, h)
	}
	return out
}

// touch reports whether two changes of one text collide: they share words, or
// one inserts where the other begins, ends or inserts.
func (h Hunk) touch(g Hunk) bool {
	if h.From == h.To || g.From == g.To {
		return h.From <= g.To && g.From <= h.To
	}
	return h.From < g.To && g.From < h.To
}

// Union lays two changes of the same text over each other. ok is false where
// they collide; changes that are the same do not.
func Union(base, a, b string) (merged string, ok bool) {
	if a == b {
		return a, true
	}
	left, right := Words(base, a), Words(base, b)
	for _, h := range left {
		for _, g := range right {
			if h != g && h.touch(g) {
				return "", false
			}
		}
	}
	var out strings.Builder
	words, at := tokens(base), 0
	for len(left) > 0 || len(right) > 0 {
		var h Hunk
		switch {
		case len(right) == 0 || len(left) > 0 && left[0].From <= right[0].From:
			h, left = left[0], left[1:]
			if len(right) > 0 && right[0] == h {
				right = right[1:]
			}
		default:
			h, right = right[0], right[1:]
		}
		out.WriteString(strings.Join(words[at:h.From], "") + h.New)
		at = h.To
	}
	return out.String() + strings.Join(words[at:], ""), true
}
