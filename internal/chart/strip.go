package chart

import (
	"math"
	"slices"
	"strings"
	"time"

	"caravan/internal/wording"
)

// Strip is how long it took until a first answer, one mark a question, on a
// scale where each step is as many times longer. What was never answered stands
// apart and is in no median.
type Strip struct {
	ID     string
	Times  []time.Duration
	Never  int
	Median string // in words
}

// The scale ends at a quarter of an hour and at a month; what lies beyond
// stands at its ends.
const (
	shortest = 15 * time.Minute
	longest  = 30 * 24 * time.Hour
)

func stripX(d time.Duration) float64 {
	d = min(max(d, shortest), longest)
	return 12 + 278*math.Log(float64(d)/float64(shortest))/math.Log(float64(longest)/float64(shortest))
}

var stripTicks = []struct {
	at  time.Duration
	key string
}{{30 * time.Minute, "chart.half_hour"}, {2 * time.Hour, "chart.two_hours"}, {8 * time.Hour, "chart.eight_hours"}, {24 * time.Hour, "chart.one_day"}, {3 * 24 * time.Hour, "chart.three_days"}, {7 * 24 * time.Hour, "chart.one_week"}, {30 * 24 * time.Hour, "chart.one_month"}}

// Draw makes the drawing in lang.
func (s Strip) Draw(lang string) Drawing {
	const base, column = 84.0, 9.0
	c := newCanvas(lang, s.ID, 142)
	cols := map[int]int{}
	tallest := 1
	for _, d := range s.Times {
		col := int(stripX(d) / column)
		cols[col]++
		tallest = max(tallest, cols[col])
	}
	per := (tallest + 8) / 9
	var dots strings.Builder
	for col, k := range cols {
		for i := range (k + per - 1) / per {
			c.dot(&dots, (float64(col)+.5)*column, base-6-8.6*float64(i))
		}
	}
	c.marks(&dots, "l-brand round w7")
	c.line(6, base, 298, base, "l-ink w1")
	for _, t := range stripTicks {
		c.line(stripX(t.at), base, stripX(t.at), base+5, "l-ink w1")
		c.text(stripX(t.at), base+19, middle, "t-s", wording.Text(lang, t.key))
	}
	if len(s.Times) > 0 {
		x := stripX(s.median())
		c.pointer(x, base+24)
		anchor, dx := start, 9.0
		if x > 180 {
			anchor, dx = end, -9
		}
		c.text(x+dx, base+35, anchor, "t-b", wording.Text(lang, "chart.strip_median", "time", s.Median))
	}
	c.text(150, base+54, middle, "t-soft", wording.Text(lang, "chart.strip_axis"))
	if s.Never > 0 {
		var crosses strings.Builder
		for i := range min(s.Never, 8) {
			crosses.WriteString("M" + num(c.x(326+16*float64(i%2))-4) + " " + num(base-14-14*float64(i/2)) + "l8 8m0 -8l-8 8")
		}
		c.marks(&crosses, "l-harm w2")
		c.text(334, base+19, middle, "t-harm", wording.Text(lang, "chart.never", "n", wording.Number(lang, s.Never)))
	}
	n := len(s.Times) + s.Never
	d := Drawing{SVG: c.svg(lang, wording.Text(lang, "chart.strip_title"), wording.Text(lang, "chart.strip_desc", "count", n, "answered", wording.Number(lang, len(s.Times)), "median", s.Median, "never", wording.Number(lang, s.Never))), Table: s.table(lang, n)}
	if per > 1 {
		d.Keys = []Key{{Label: wording.Text(lang, "chart.dots_key_per_question", "n", wording.Number(lang, per))}}
	}
	return d
}

func (s Strip) median() time.Duration {
	sorted := slices.Sorted(slices.Values(s.Times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func (s Strip) table(lang string, n int) Table {
	var hour, day, week, later int
	for _, d := range s.Times {
		switch {
		case d <= time.Hour:
			hour++
		case d <= 24*time.Hour:
			day++
		case d <= 7*24*time.Hour:
			week++
		default:
			later++
		}
	}
	row := func(key string, k int) []string {
		return []string{wording.Text(lang, key), wording.Number(lang, k)}
	}
	return Table{Caption: wording.Text(lang, "chart.strip_title"),
		Head: []string{wording.Text(lang, "chart.strip_head"), wording.Text(lang, "chart.questions_of", "n", wording.Number(lang, n))},
		Rows: [][]string{row("chart.strip_hour", hour), row("chart.strip_day", day), row("chart.strip_week", week), row("chart.strip_later", later), row("chart.strip_never", s.Never),
			{wording.Text(lang, "chart.median"), s.Median}}}
}
