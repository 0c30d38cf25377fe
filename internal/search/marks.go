package search

import (
	"strconv"
	"strings"
)

// Marks are lexemes with a space inside, so that no word is ever one: kind,
// country and procedure of a document. A search asks for them together with its
// words, and the index never leads to a row that a filter would drop.

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
	return m
}

func isCountry(iso string) bool {
	return len(iso) == 2 && iso[0] >= 'A' && iso[0] <= 'Z' && iso[1] >= 'A' && iso[1] <= 'Z'
}

// allMarks is a tsquery, as text, that asks for all of the marks; "" if there
// are none. Marks are made of numbers and checked country codes.
func allMarks(marks []string) string {
	if len(marks) == 0 {
		return ""
	}
	return "'" + strings.Join(marks, "'&'") + "'"
}
