package search

import "strings"

// term is one word of a query.
type term struct {
	word string
	not  bool
}

// alternatives reads a folded search (see bothTexts) as alternatives of words.
// It is for looking at a search, never for making one: whether words must stand
// together makes no difference here.
func alternatives(plain string) (out [][]term) {
	var now []term
	quoted, not := false, false
	for _, w := range strings.Fields(strings.ReplaceAll(plain, `"`, ` " `)) {
		switch {
		case w == `"`:
			if quoted = !quoted; !quoted {
				not = false
			}
		case w == "-": // before a quote
			not = true
		case strings.EqualFold(w, "or") && !quoted && len(now) > 0:
			out, now = append(out, now), nil
		default:
			word, minus := strings.CutPrefix(w, "-")
			now = append(now, term{word, not || minus})
		}
	}
	if len(now) > 0 {
		out = append(out, now)
	}
	return out
}

// onlyNot reports whether some alternative asks for nothing but the absence of
// words, which is true of almost every text.
func onlyNot(all [][]term) bool {
	for _, alternative := range all {
		wanted := false
		for _, t := range alternative {
			wanted = wanted || !t.not
		}
		if !wanted {
			return true
		}
	}
	return false
}
