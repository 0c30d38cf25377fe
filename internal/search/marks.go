package search

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Marks are lexemes with a space inside, so that no word is ever one: kind,
// country and procedure of a document, and the stretches of time that its last
// activity lies in, from four hours to almost two years, each eight times the
// one before. A search asks for them together with its words, and the index
// never leads to a row that the filter would drop, or that is older than needed.

const (
	cell0  = 4 * time.Hour
	levels = 5
)

// cellOf is the number of the stretch of a level that at lies in.
func cellOf(at time.Time, level int) int64 {
	return at.Unix() / int64(cell0/time.Second) >> (3 * level)
}

func cellMark(level int, cell int64) string {
	return "t" + strconv.Itoa(level) + " " + strconv.FormatInt(cell, 10)
}

// allTimes is the mark of names, which do not grow old.
const allTimes = "t *"

func kindMark(k Kind) string { return "k " + strconv.Itoa(int(k)) }

func procedureMark(id int64) string { return "p " + strconv.FormatInt(id, 10) }

func countryMark(iso string) string { return "c " + iso }

// marksOf are the marks of a document.
func marksOf(k Kind, d Doc) []string {
	m := []string{kindMark(k)}
	if isCountry(d.Country) {
		m = append(m, countryMark(d.Country))
	}
	if d.ProcedureID != 0 {
		m = append(m, procedureMark(d.ProcedureID))
	}
	if k.isName() {
		return append(m, allTimes)
	}
	for level := range levels {
		m = append(m, cellMark(level, cellOf(d.BumpedAt, level)))
	}
	return m
}

func isCountry(iso string) bool {
	return len(iso) == 2 && iso[0] >= 'A' && iso[0] <= 'Z' && iso[1] >= 'A' && iso[1] <= 'Z'
}

// asMarks is a tsquery, as text, that asks for one mark of every set; "" if
// there are none. Marks are made of numbers and checked country codes.
func asMarks(sets ...[]string) string {
	var all []string
	for _, set := range sets {
		if len(set) > 0 {
			all = append(all, "('"+strings.Join(set, "'|'")+"')")
		}
	}
	return strings.Join(all, "&")
}

// mostCells is how many stretches a search may ask for: more than twice what
// eightfold levels need, and few enough to cost nothing.
const mostCells = 16

// since are the marks of all stretches from the one that holds from to the one
// that holds now, on the finest level that does with mostCells; nil if none
// does. Activity after now counts as now's, since clocks differ.
func since(from, now time.Time) []string {
	for level := range levels {
		first, last := cellOf(from, level), cellOf(now.Add(cell0), level)
		if last-first >= mostCells {
			continue
		}
		var out []string
		for c := last; c >= first; c-- {
			out = append(out, cellMark(level, c))
		}
		return slices.Clip(out)
	}
	return nil
}
