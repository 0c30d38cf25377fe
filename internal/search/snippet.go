package search

import (
	"html"
	"strings"
	"unicode/utf8"
)

// Piece is a part of a passage; a marked one was searched for.
type Piece struct {
	Text string
	Mark bool
}

// Size of a passage in bytes, and how many of them a snippet has at most.
const (
	passage  = 200
	passages = 2
)

// snippetHTML is the passage for those who want it in one string: escaped first, then
// marked.
func snippetHTML(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Mark {
			b.WriteString("<mark>" + html.EscapeString(p.Text) + "</mark>")
		} else {
			b.WriteString(html.EscapeString(p.Text))
		}
	}
	return b.String()
}

func snippetText(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.Text)
	}
	return b.String()
}

// span is a marked part of a text, and which term it is.
type span struct {
	from, to int
	term     string
}

// snippet shows the passage of a text that has the most of the terms, and one
// more if that has others. Without any it shows the beginning.
func snippet(body string, terms termSet) []Piece {
	found := marked(body, terms)
	first := densest(body, found, nil)
	windows := []span{first}
	have := termsIn(found, first)
	if rest := densest(body, found, have); len(found) > 0 && len(termsIn(found, rest)) > 0 && !overlap(first, rest) {
		for term := range termsIn(found, rest) {
			if !have[term] && len(windows) < passages {
				windows = append(windows, rest)
			}
		}
	}
	if len(windows) == 2 && windows[1].from < windows[0].from {
		windows[0], windows[1] = windows[1], windows[0]
	}
	var out []Piece
	for i, w := range windows {
		if w.from > 0 || i > 0 {
			out = append(out, Piece{Text: "… "})
		}
		out = append(out, cut(body, w, found)...)
		if i == len(windows)-1 && w.to < len(body) {
			out = append(out, Piece{Text: " …"})
		} else if i < len(windows)-1 {
			out = append(out, Piece{Text: " "})
		}
	}
	return out
}

func overlap(a, b span) bool { return a.from < b.to && b.from < a.to }

// densest is the window of about passage bytes with the most terms that are not
// in without; of equals the first.
func densest(body string, found []span, without map[string]bool) span {
	best, most := window(body, 0), -1
	for i, s := range found {
		if without[s.term] {
			continue
		}
		in := map[string]bool{}
		for _, t := range found[i:] {
			if t.to > s.from+passage*3/4 {
				break
			}
			if !without[t.term] {
				in[t.term] = true
			}
		}
		if len(in) > most {
			best, most = window(body, s.from), len(in)
		}
	}
	return best
}

// window is about passage bytes around at, from a word's beginning to a word's
// end.
func window(body string, at int) span {
	from := max(0, at-passage/4)
	if from > 0 {
		if i := strings.IndexAny(body[from:at], " \n"); i >= 0 {
			from += i + 1
		}
		for from < len(body) && !utf8.RuneStart(body[from]) {
			from++
		}
	}
	to := min(len(body), from+passage)
	if to < len(body) {
		if i := strings.LastIndexAny(body[from:to], " \n"); from+i > at {
			to = from + i
		}
		for to > from && !utf8.RuneStart(body[to]) {
			to--
		}
	}
	return span{from: from, to: to}
}

func termsIn(found []span, w span) map[string]bool {
	in := map[string]bool{}
	for _, s := range found {
		if s.from >= w.from && s.to <= w.to {
			in[s.term] = true
		}
	}
	return in
}

// cut is the window as pieces; line breaks are shown as spaces.
func cut(body string, w span, found []span) (out []Piece) {
	plain := func(from, to int) {
		if from < to {
			out = append(out, Piece{Text: strings.ReplaceAll(body[from:to], "\n", " ")})
		}
	}
	at := w.from
	for _, s := range found {
		if s.from < w.from || s.to > w.to || s.to <= at {
			continue
		}
		from := max(s.from, at)
		plain(at, from)
		out = append(out, Piece{Text: body[from:s.to], Mark: true})
		at = s.to
	}
	plain(at, w.to)
	return out
}

// termSet are the words that a search looks for, by their first byte: most words
// of a text are none of them.
type termSet map[byte][]string

func termsOf(words []string) termSet {
	set := termSet{}
	for _, w := range words {
		if w != "" {
			set[w[0]] = append(set[w[0]], w)
		}
	}
	return set
}

// marked are the words of a text that a term may have found, in order.
func marked(body string, terms termSet) (out []span) {
	if len(terms) == 0 {
		return nil
	}
	for _, t := range tokens(body) {
		for _, term := range terms[t.text[0]] {
			if matches(t.text, term) {
				out = append(out, span{t.from, t.to, term})
				break
			}
		}
	}
	return out
}

// matches guesses whether a word was found by a term, which is a word or a
// stem: stems are what their words begin with, but for the last letter, which
// stemmers write as they like (surgery, surgeri). It decides on a mark only.
func matches(word, term string) bool {
	if word == term {
		return true
	}
	_, last := utf8.DecodeLastRuneInString(term)
	if !strings.HasPrefix(word, term[:len(term)-last]) {
		return false
	}
	stem := utf8.RuneCountInString(term)
	ending := utf8.RuneCountInString(word) - stem
	if strings.HasPrefix(word, term) {
		return stem >= 3 && ending <= longestEnding(stem)
	}
	return stem > 4 && ending <= longestEnding(stem)
}

// longestEnding is how much longer than its stem a word may be.
func longestEnding(stem int) int {
	if stem <= 3 {
		return 1
	}
	return 6
}
