package chart

import (
	"strconv"
	"strings"
	"time"

	"caravan/internal/wording"
)

// VersionMark is a published version.
type VersionMark struct {
	Number  int
	Day     time.Time
	Changed int // lines that differ from the version before
}

// Versions is the versions of an offer in a row, and whether another one is
// being made.
type Versions struct {
	ID    string
	Marks []VersionMark
	Next  bool
}

// Draw makes the drawing in lang.
func (v Versions) Draw(lang string) Drawing {
	const y = 34.0
	c := newCanvas(lang, v.ID, 70)
	n := len(v.Marks)
	if v.Next {
		n++
	}
	at := func(i int) float64 { return 30 + 300*float64(i)/float64(max(1, n-1)) }
	var said []string
	for i, m := range v.Marks {
		if i > 0 {
			c.line(at(i-1)+9, y, at(i)-9, y, "l-brand w25")
			c.figure((at(i-1)+at(i))/2, y-7, "t-s t-soft", "+"+strconv.Itoa(m.Changed))
		}
		c.circle(at(i), y, 8, "f-brand")
		c.text(at(i), y-16, middle, "t-b", wording.Text(lang, "chart.version_short", "n", wording.Number(lang, m.Number)))
		c.text(at(i), y+26, middle, "t-soft t-s", shortDay(lang, m.Day))
		said = append(said, wording.Text(lang, "chart.version_said", "n", wording.Number(lang, m.Number), "day", wording.Day(lang, m.Day), "count", m.Changed))
	}
	if v.Next {
		c.line(at(n-2)+9, y, at(n-1)-7, y, "l-soft w2 dash")
		c.circle(at(n-1), y, 6, "f-paper l-soft w15 dash")
		c.text(at(n-1), y-16, middle, "t-soft", wording.Text(lang, "chart.version_short", "n", wording.Number(lang, n)))
		c.text(at(n-1), y+26, middle, "t-soft t-s", wording.Text(lang, "chart.version_next"))
	}
	d := Drawing{SVG: c.svg(lang, wording.Text(lang, "chart.versions_title"), strings.Join(said, " "))}
	d.Table = Table{Caption: wording.Text(lang, "chart.versions_title"), Head: []string{wording.Text(lang, "chart.version"), wording.Text(lang, "chart.version_day"), wording.Text(lang, "chart.version_changed")}}
	for _, m := range v.Marks {
		d.Table.Rows = append(d.Table.Rows, []string{wording.Number(lang, m.Number), wording.Day(lang, m.Day), wording.Number(lang, m.Changed)})
	}
	return d
}

// shortDay is a day without its year, for narrow places; the table has it whole.
func shortDay(lang string, day time.Time) string {
	day = day.UTC()
	return wording.Text(lang, "chart.short_day", "day", strconv.Itoa(day.Day()), "month", wording.Text(lang, "common.month_"+strconv.Itoa(int(day.Month()))))
}
