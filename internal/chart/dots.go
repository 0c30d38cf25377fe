package chart

import (
	"math"
	"slices"
	"strings"

	"caravan/internal/stats"
	"caravan/internal/wording"
)

// Over is the gap above which a mark is drawn as another shape: 8 % more than
// quoted.
const Over = 0.08

// Dots is what patients paid for one that was quoted, one mark a patient.
type Dots struct {
	ID     string
	Ratios []float64 // paid over quoted, above zero
}

// dotsAxis is the part of the scale that is drawn, in percent from the quote;
// what lies beyond stands at its ends.
type dotsAxis struct{ low, high, step, tick float64 }

func (d Dots) axis() dotsAxis {
	low, high := -10.0, 20.0
	for _, r := range d.Ratios {
		g := (r - 1) * 100
		low, high = min(low, math.Floor(g/10)*10), max(high, math.Ceil(g/10)*10)
	}
	a := dotsAxis{max(low, -40), min(high, 100), 2, 10}
	if a.high-a.low > 60 {
		a.step, a.tick = 4, 20
	}
	return a
}

func (a dotsAxis) x(percent float64) float64 {
	return 16 + 328*(min(max(percent, a.low), a.high)-a.low)/(a.high-a.low)
}

// columns sorts the marks into columns by rounded gap, the smaller at the foot.
func (d Dots) columns(a dotsAxis) (cols map[float64][]float64, tallest int) {
	cols = map[float64][]float64{}
	for _, r := range slices.Sorted(slices.Values(d.Ratios)) {
		g := (r - 1) * 100
		at := math.Round(min(max(g, a.low), a.high)/a.step) * a.step
		cols[at] = append(cols[at], r)
		tallest = max(tallest, len(cols[at]))
	}
	return cols, tallest
}

// Draw makes the drawing in lang. Where a column would grow too high, one mark
// stands for up to as many patients as the key says.
func (d Dots) Draw(lang string) Drawing {
	const base, room = 150.0, 112.0
	a := d.axis()
	cols, tallest := d.columns(a)
	per := max(1, (tallest+17)/18)
	pitch := min(12.5, room/math.Ceil(float64(max(tallest, 1))/float64(per)))
	size := "w10"
	if pitch < 11 {
		size = "w5"
	}
	c := newCanvas(lang, d.ID, 204)
	from := a.x(Over * 100)
	c.rect(from, 30, 358-from, base-30, "f-tint")
	c.line(a.x(0), 30, a.x(0), base, "l-ink w15")
	c.text(a.x(0), 22, middle, "t-b", wording.Text(lang, "chart.as_quoted"))
	c.text(356, 44, end, "t-soft t-s", wording.Text(lang, "chart.dots_over"))
	var dots, diamonds strings.Builder
	for at, rs := range cols {
		for i := 0; i < len(rs); i += per {
			x, y := a.x(at), base-8-pitch*float64(i/per)
			if isOver(rs[i]) {
				c.diamond(&diamonds, x, y, min(5.6, pitch*.46))
			} else {
				c.dot(&dots, x, y)
			}
		}
	}
	c.marks(&dots, "l-brand round "+size)
	c.marks(&diamonds, "f-paper l-accent w15")
	d.scale(lang, c, a, base)
	low, mid, high, _ := stats.Quartiles(d.Ratios)
	d.middle(lang, c, a, mid)
	over := d.over()
	n := len(d.Ratios)
	keys := []Key{
		{blot("l-brand round w10", ""), wording.Text(lang, "chart.dots_key_up", "n", wording.Number(lang, n-over))},
		{blot("f-paper l-accent w2", "diamond"), wording.Text(lang, "chart.dots_key_over", "n", wording.Number(lang, over))},
	}
	if per > 1 {
		keys = append(keys, Key{Label: wording.Text(lang, "chart.dots_key_per", "n", wording.Number(lang, per))})
	}
	return Drawing{
		SVG: c.svg(lang, wording.Text(lang, "chart.dots_title"), wording.Text(lang, "chart.dots_desc", "count", n,
			"median", Gap(lang, mid), "low", Gap(lang, low), "high", Gap(lang, high), "over", Of(lang, over, n))),
		Keys: keys, Table: d.table(lang, low, mid, high),
	}
}

// scale is the axis below the marks.
func (d Dots) scale(lang string, c *canvas, a dotsAxis, base float64) {
	c.line(8, base, 352, base, "l-ink w1")
	for g := math.Ceil(a.low/a.tick) * a.tick; g <= a.high; g += a.tick {
		c.line(a.x(g), base, a.x(g), base+5, "l-ink w1")
		c.figure(a.x(g), base+18, "", wording.Text(lang, "chart.percent", "n", signed(g, 0)))
	}
	c.text(180, base+51, middle, "t-soft", wording.Text(lang, "chart.dots_axis"))
}

// middle points at the median, with its words on the side where there is room.
func (d Dots) middle(lang string, c *canvas, a dotsAxis, mid float64) {
	x := a.x((mid - 1) * 100)
	c.pointer(x, 172)
	words := wording.Text(lang, "chart.dots_median", "gap", "\u2066"+Gap(lang, mid)+"\u2069")
	if x > 200 {
		c.text(x-9, 183, end, "t-b", words)
		return
	}
	c.text(x+9, 183, start, "t-b", words)
}

// isOver reports whether a ratio is more than Over above the quote, hairs of
// rounding aside.
func isOver(ratio float64) bool { return ratio-1 > Over+1e-9 }

func (d Dots) over() (n int) {
	for _, r := range d.Ratios {
		if isOver(r) {
			n++
		}
	}
	return n
}

func (d Dots) table(lang string, low, mid, high float64) Table {
	var less, some, more, much int
	for _, r := range d.Ratios {
		switch {
		case r <= 1+1e-9:
			less++
		case !isOver(r):
			some++
		case r <= 1.2+1e-9:
			more++
		default:
			much++
		}
	}
	n := func(k int) string { return wording.Number(lang, k) }
	return Table{Caption: wording.Text(lang, "chart.dots_title"),
		Head: []string{wording.Text(lang, "chart.dots_head"), wording.Text(lang, "chart.patients_of", "n", n(len(d.Ratios)))},
		Rows: [][]string{
			{wording.Text(lang, "chart.dots_less"), n(less)}, {wording.Text(lang, "chart.dots_some"), n(some)},
			{wording.Text(lang, "chart.dots_more"), n(more)}, {wording.Text(lang, "chart.dots_much"), n(much)},
			{wording.Text(lang, "chart.median"), Gap(lang, mid)},
			{wording.Text(lang, "chart.middle_half"), wording.Text(lang, "chart.from_to", "low", Gap(lang, low), "high", Gap(lang, high))},
		}}
}
