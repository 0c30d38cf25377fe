package chart

import (
	"html/template"
	"strings"

	"caravan/internal/wording"
)

// Taker is how many people would take an offer at a price.
type Taker struct {
	Minor int64
	Price string // the same in words
	N     int
}

// Demand is at what price how many people would take an offer.
type Demand struct {
	ID     string
	Offer  int64 // what is asked now, in minor units
	Said   int   // people who named their highest price
	Points []Taker
}

// Draw makes the drawing in lang. It needs two points or more.
func (d Demand) Draw(lang string) Drawing {
	const left, right, top, base = 40.0, 344.0, 34.0, 132.0
	c := newCanvas(lang, d.ID, 172)
	first, last := d.Points[0].Minor, d.Points[len(d.Points)-1].Minor
	x := func(minor int64) float64 {
		return left + (right-left)*float64(minor-first)/float64(max(1, last-first))
	}
	y := func(n int) float64 { return base - (base-top)*float64(n)/float64(max(1, d.Said)) }
	for _, n := range []int{0, d.Said / 2, d.Said} {
		c.line(left, y(n), right, y(n), "l w1")
		c.text(left-7, y(n)+4, end, "t-soft t-s", wording.Number(lang, n))
	}
	// A step lasts until the next price that people were asked about.
	var path strings.Builder
	path.WriteString("M" + num(c.x(left)) + " " + num(y(d.Points[0].N)))
	at := d.Points[0].N
	for i, p := range d.Points {
		if i > 0 {
			path.WriteString("H" + num(c.x(x(p.Minor))) + "V" + num(y(p.N)))
		}
		if p.Minor <= d.Offer {
			at = p.N
		}
	}
	c.path(path.String(), "l-brand f-none w25")
	if d.Offer >= first && d.Offer <= last {
		c.line(x(d.Offer), top-8, x(d.Offer), base, "l-ink w15 dash")
		c.circle(x(d.Offer), y(at), 5, "f-ink")
		c.text(x(d.Offer)+8, top-2, start, "t-b halo", Of(lang, at, d.Said))
	}
	for i, p := range d.Points {
		if i%4 == 0 {
			c.line(x(p.Minor), base, x(p.Minor), base+4, "l-ink w1")
			c.text(x(p.Minor), base+18, map[int]string{0: start, len(d.Points) - 1: end}[i]+map[bool]string{true: middle}[i > 0 && i < len(d.Points)-1], "t-soft t-s", p.Price)
		}
	}
	c.text(left, 14, start, "t-soft t-s", wording.Text(lang, "chart.demand_axis"))
	c.text((left+right)/2, base+36, middle, "t-soft t-s", wording.Text(lang, "chart.demand_price"))
	return Drawing{SVG: c.svg(lang, wording.Text(lang, "chart.demand_title"), d.said(lang)), Table: d.table(lang)}
}

// said is the drawing in words.
func (d Demand) said(lang string) string {
	parts := make([]string, len(d.Points))
	for i, p := range d.Points {
		parts[i] = wording.Text(lang, "chart.demand_at", "price", p.Price, "n", wording.Number(lang, p.N))
	}
	return wording.Text(lang, "chart.demand_desc", "count", d.Said, "rows", strings.Join(parts, wording.Text(lang, "common.comma")))
}

func (d Demand) table(lang string) Table {
	t := Table{Caption: wording.Text(lang, "chart.demand_title"), Head: []string{wording.Text(lang, "chart.demand_head"), wording.Text(lang, "chart.demand_takers", "n", wording.Number(lang, d.Said))}}
	for _, p := range d.Points {
		t.Rows = append(t.Rows, []string{p.Price, wording.Number(lang, p.N)})
	}
	return t
}

// Quarters is how far something has come, in quarters: the words stand beside it.
func Quarters(lang string, percent int) template.HTML {
	c := newCanvas(lang, "", 16)
	c.line(6, 8, 200, 8, "l-soft w2 dash")
	if percent > 0 {
		c.line(6, 8, 6+194*float64(min(percent, 100))/100, 8, "l-brand w5")
	}
	for q := 1; q <= 4; q++ {
		class := "f-paper l-soft w15"
		if percent >= q*25 {
			class = "f-brand"
		}
		c.circle(4+48*float64(q), 8, 5, class)
	}
	return c.mini(208)
}
