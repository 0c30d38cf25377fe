package chart

import (
	"strings"

	"caravan/internal/wording"
)

// Reached is from which answer on a goal counts as reached, of 10.
const Reached = 7

// Bars is how many patients gave each answer from 0 to 10 to how far their goal
// was reached.
type Bars struct {
	ID     string // unique on the page; letters and figures
	Counts [11]int
}

// N is how many answered, and how many of them reached the goal.
func (b Bars) N() (n, reached int) {
	for answer, k := range b.Counts {
		n += k
		if answer >= Reached {
			reached += k
		}
	}
	return n, reached
}

// Draw makes the drawing in lang.
func (b Bars) Draw(lang string) Drawing {
	const base, top, first, step, wide = 140.0, 40.0, 20.0, 32.0, 27.0
	n, reached := b.N()
	most := 1
	for _, k := range b.Counts {
		most = max(most, k)
	}
	c := newCanvas(lang, b.ID, 198)
	c.text(0, 12, start, "t-soft", wording.Text(lang, "chart.patients"))
	for answer, k := range b.Counts {
		x := first + step*float64(answer)
		h := (base - top) * float64(k) / float64(most)
		switch {
		case k == 0:
		case answer >= Reached:
			c.rect(x-wide/2, base-h, wide, h, "f-brand")
		default:
			c.rect(x-wide/2+.7, base-h, wide-1.4, h, "hatch l-soft w15")
		}
		class := "t-b"
		if k == 0 {
			class = "t-soft"
		}
		c.figure(x, base-h-5, class, wording.Number(lang, k))
		c.figure(x, base+17, "", wording.Number(lang, answer))
	}
	c.line(4, base, 356, base, "l-ink w1")
	edge := first + step*(Reached-.5)
	c.line(edge, 20, edge, base+4, "l-ink w1 dash")
	c.text(356, 15, end, "t-b", wording.Text(lang, "chart.bars_reached", "of", Of(lang, reached, n)))
	c.text(6, base+35, start, "t-soft", wording.Text(lang, "chart.not_at_all"))
	c.text(354, base+35, end, "t-soft", wording.Text(lang, "chart.completely"))
	c.text(180, base+53, middle, "t-soft", wording.Text(lang, "chart.bars_axis"))
	return Drawing{
		SVG: c.svg(lang, wording.Text(lang, "chart.bars_title"), wording.Text(lang, "chart.bars_desc", "count", n, "answers", b.told(lang), "reached", Of(lang, reached, n))),
		Keys: []Key{
			{box(b.ID+"-k1", "f-brand"), wording.Text(lang, "chart.bars_key_reached")},
			{box(b.ID+"-k2", "hatch l-soft w15"), wording.Text(lang, "chart.bars_key_not")},
		},
		Table: b.table(lang, n),
	}
}

// told lists the answers that were given: "6: 4, 7: 6".
func (b Bars) told(lang string) string {
	var parts []string
	for answer, k := range b.Counts {
		if k > 0 {
			parts = append(parts, wording.Number(lang, answer)+": "+wording.Number(lang, k))
		}
	}
	return strings.Join(parts, wording.Text(lang, "common.comma"))
}

func (b Bars) table(lang string, n int) Table {
	t := Table{Caption: wording.Text(lang, "chart.bars_title"), Head: []string{wording.Text(lang, "chart.answer"), wording.Text(lang, "chart.patients_of", "n", wording.Number(lang, n))}}
	for answer := len(b.Counts) - 1; answer >= 0; answer-- {
		t.Rows = append(t.Rows, []string{wording.Number(lang, answer), wording.Number(lang, b.Counts[answer])})
	}
	return t
}
