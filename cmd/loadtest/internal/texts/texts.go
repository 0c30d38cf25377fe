// Package texts supplies what a run posts: the answers of a CSV file as people
// wrote them, or generated texts with everything that is hard about text.
//
//	texts.go      Source
//	csv.go        reads one column of a CSV file
//	generate.go   makes texts from a seed, the same every time
package texts

import (
	"strings"
	"unicode/utf8"

	"caravan/internal/text"
)

// Longest is the most characters a reply may have after normalisation.
const Longest = 10_000

// Text is one text to post and what must become of it.
type Text struct {
	Number int    // from 1: the record of the file or the number in the series
	Raw    string // as it is sent
	Want   string // as it must be read back; empty when Refuse is set
	Masked bool   // places that the site refuses or masks were covered before sending
	Refuse bool   // the rules for texts leave nothing to post, or too much
	Why    string // why it must be refused
}

// Judge applies the site's own normalisation to raw and says what must become
// of it.
func Judge(number int, raw string) Text {
	t := Text{Number: number, Raw: raw}
	clean, err := text.Clean(raw)
	switch {
	case err != nil:
		t.Refuse, t.Why = true, err.Error()
	case clean == "":
		t.Refuse, t.Why = true, "empty after normalisation"
	case utf8.RuneCountInString(clean) > Longest:
		t.Refuse, t.Why = true, "longer than 10,000 characters"
	default:
		t.Want = clean
		if safe := cover(clean); safe != clean {
			t.Raw, t.Want, t.Masked = safe, safe, true
		}
	}
	return t
}

// Destination is where the questions play that texts are posted into: it
// decides which figures are telephone numbers.
const Destination = "TR"

// cover masks what the site does not publish: how to reach somebody, names of
// persons. What is left it takes once its warnings were seen. A text that would
// grow too long stays as it is.
func cover(s string) string {
	for range 3 { // what stands beside a marker may be read anew
		leaks := text.Leaks(s, text.LeakContext{Countries: []string{Destination}})
		kept := leaks[:0]
		for _, l := range leaks {
			if l.Tier >= text.Mask {
				l.Tier = text.Mask
				kept = append(kept, l)
			}
		}
		next := text.Masked(s, kept)
		if len(kept) == 0 || utf8.RuneCountInString(next) > Longest {
			break
		}
		s = next
	}
	return s
}

// Brief shortens s for a message: the first characters on one line.
func Brief(s string) string {
	const most = 60
	s = strings.ReplaceAll(s, "\n", "⏎")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
