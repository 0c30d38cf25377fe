package search

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/db"
)

// concepts are the phrases that mean the same, ready to be found in a text: by
// their first word, the longest first.
type concepts struct {
	phrases map[string][]phrase
	words   map[string][]string // word of a concept → all words of its phrases
}

type phrase struct {
	words   []string
	concept string
}

// conceptWord is the word that stands for concept n inside tsv_simple. Nobody
// writes it by accident, and whoever does finds what the concept finds.
func conceptWord(n int) string { return "syn" + strconv.Itoa(n) + "q" }

// readConcepts arranges the rows of search_synonyms.
func readConcepts(rows []synonymRow) *concepts {
	c := &concepts{phrases: map[string][]phrase{}, words: map[string][]string{}}
	for _, r := range rows {
		w := strings.Fields(folded(r.Phrase))
		if len(w) == 0 {
			continue
		}
		name := conceptWord(r.Concept)
		c.words[name] = append(c.words[name], w...)
		list := append(c.phrases[w[0]], phrase{w, name})
		for i := len(list) - 1; i > 0 && len(list[i].words) > len(list[i-1].words); i-- {
			list[i], list[i-1] = list[i-1], list[i]
		}
		c.phrases[w[0]] = list
	}
	return c
}

// at returns the concept of the longest phrase that begins at word i, and how
// many words that is.
func (c *concepts) at(words []token, i int) (concept string, n int) {
next:
	for _, p := range c.phrases[words[i].text] {
		if i+len(p.words) > len(words) {
			continue
		}
		for k, w := range p.words {
			if words[i+k].text != w {
				continue next
			}
		}
		return p.concept, len(p.words)
	}
	return "", 0
}

// indexed is a text as tsv_simple gets it: its folded words, and after them the
// words of the concepts in it; between them they would part phrases.
func (c *concepts) indexed(s string) string {
	words := tokens(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	var found []string
	inside := 0 // words before it are part of a phrase that was found
	for i, t := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
		if name, n := c.at(words, i); i+n > inside && n > 0 {
			inside = i + n
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	for _, name := range found {
		b.WriteByte(' ')
		b.WriteString(name)
	}
	return b.String()
}

// asked is a folded search with its phrases replaced by their concepts; ok is
// false if it has none.
func (c *concepts) asked(s string) (replaced string, ok bool) {
	words := tokens(s)
	var out []string
	for i := 0; i < len(words); {
		if name, n := c.at(words, i); n > 0 {
			out = append(out, name)
			ok = true
			i += n
			continue
		}
		out = append(out, words[i].text)
		i++
	}
	return strings.Join(out, " "), ok
}

// conceptsNow returns the concepts, read once for each round of measuring.
func (s *Service) conceptsNow(ctx context.Context, q *db.Tx) (*concepts, error) {
	if c := s.concepts.Load(); c != nil {
		return c, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if c := s.concepts.Load(); c != nil {
		return c, nil
	}
	rows, err := listSynonyms(q)
	if err != nil {
		return nil, err
	}
	c := readConcepts(rows)
	s.concepts.Store(c)
	return c, nil
}
