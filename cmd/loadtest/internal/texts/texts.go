// Package texts supplies what a run posts: the answers of a CSV file as people
// wrote them, or generated texts with everything that is hard about text.
//
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
	}
	return t
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
