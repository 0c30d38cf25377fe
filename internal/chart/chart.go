// Package chart draws figures as SVG on the server: with a title, a description
// and a table beside each drawing, and without scripts.
//
//	chart.go     Drawing, Table, Key: what a page gets
//	canvas.go    marks and words on a surface that knows its direction
//	bars.go      Bars: how many gave each answer from 0 to 10
//	dots.go      Dots: paid compared with quoted, one mark a patient
//	ladder.go    Ladder: shares with their intervals
//	known.go     Known: how many of those due are known
//	timeline.go  Timeline: one patient's check-ins
//	strip.go     Strip: times on a scale that widens
//	versions.go  Versions: the versions of an offer in a row
//	demand.go    Demand: at what price how many would take an offer; Quarters: how far something has come
//
// Colours, type and hatching come from the classes in static/css/chart.css, so
// that a drawing is right in light and dark and on paper. In a language that is
// written from the right, drawings run from the right too. What differs by
// colour differs by shape or words as well.
package chart

import (
	"html/template"

	"caravan/internal/wording"
)

// Drawing is one picture with all that stands beside it.
type Drawing struct {
	SVG   template.HTML
	Keys  []Key
	Table Table
}

// Key says what a mark of the drawing means.
type Key struct {
	Mark  template.HTML
	Label string
}

// Table holds the same figures as the drawing in words. The first cell of each
// row names it; Head has as many cells as each row.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

// Percent is a share in whole percent with its sign: "14 %".
func Percent(lang string, share float64) string {
	return wording.Text(lang, "chart.percent", "n", decimal(share*100, 0))
}

// Gap is how far a ratio is from one, in percent with at most one decimal and
// its sign: 1.065 is "+6.5 %", 1 is "0 %".
func Gap(lang string, ratio float64) string {
	return wording.Text(lang, "chart.percent", "n", signed((ratio-1)*100, 1))
}

// Of is a count with what it is out of: "7 of 36".
func Of(lang string, k, n int) string {
	return wording.Text(lang, "chart.of", "k", wording.Number(lang, k), "n", wording.Number(lang, n))
}
