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
		case w == "or" && !quoted && len(now) > 0:
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

// wantedStems reads the lexemes of a tsquery as Postgres prints it, without
// those that are excluded: what to mark in a text that was found by them.
func wantedStems(tsquery string) (out []string) {
	not, depth, outer := false, 0, 0 // outer: depth at which a negation began
	for i := 0; i < len(tsquery); i++ {
		switch tsquery[i] {
		case '\'':
			stem, end := quotedStem(tsquery, i)
			if !not {
				out = append(out, stem)
			}
			i = end
			not = not && depth > outer
		case '!':
			not, outer = true, depth
		case '(':
			depth++
		case ')':
			depth--
			not = not && depth > outer
		}
	}
	return out
}

// quotedStem reads the lexeme whose quote opens at i, and returns where it
// closes.
func quotedStem(s string, i int) (stem string, end int) {
	var b strings.Builder
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s), s[i] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		case s[i] == '\'':
			return b.String(), i
		}
		b.WriteByte(s[i])
	}
	return b.String(), i
}
