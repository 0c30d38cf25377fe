package chart

import (
	"math"
	"strings"

	"caravan/internal/stats"
	"caravan/internal/wording"
)

// Rung is a share: so many of N.
type Rung struct {
	Label string // what it took
	Grade string // the grade in short, such as "II or more"
	K     int
}

// Ladder is shares of the same N patients, each with its Wilson interval at
// 95 %.
type Ladder struct {
	ID    string
	N     int
	Rungs []Rung
}

// Draw makes the drawing in lang.
func (l Ladder) Draw(lang string) Drawing {
	const first, step = 34.0, 40.0
	high := 0.2
	for _, r := range l.Rungs {
		_, h := stats.Wilson(r.K, l.N)
		high = max(high, math.Ceil(h*10)/10)
	}
	tick := 0.1
	if high > 0.6 {
		high, tick = 1, 0.2
	}
	at := func(share float64) float64 { return 8 + 340*share/high }
	foot := first + step*float64(len(l.Rungs)) - 12
	c := newCanvas(lang, l.ID, foot+38)
	for i := 0; float64(i)*tick <= high+1e-9; i++ {
		share := float64(i) * tick
		c.line(at(share), first-20, at(share), foot, "l w1")
		c.figure(at(share), foot+15, "t-soft", decimal(share*100, 0))
	}
	c.text(180, foot+33, middle, "t-soft", wording.Text(lang, "chart.ladder_axis"))
	for i, r := range l.Rungs {
		y := first + step*float64(i)
		low, up := stats.Wilson(r.K, l.N)
		c.text(0, y-18, start, "halo", r.Label+" · "+r.Grade)
		c.text(360, y-18, end, "t-b halo", Of(lang, r.K, l.N))
		c.line(at(low), y, at(up), y, "l-ink w2")
		c.line(at(low), y-5, at(low), y+5, "l-ink w2")
		c.line(at(up), y-5, at(up), y+5, "l-ink w2")
		mark := "f-ink"
		if r.K == 0 {
			mark = "f-paper l-ink w2"
		}
		c.circle(at(float64(r.K)/float64(max(l.N, 1))), y, 5.5, mark)
	}
	return Drawing{SVG: c.svg(lang, wording.Text(lang, "chart.ladder_title"), wording.Text(lang, "chart.ladder_desc", "count", l.N, "rungs", l.told(lang))), Table: l.table(lang)}
}

func (l Ladder) interval(lang string, k int) string {
	low, high := stats.Wilson(k, l.N)
	return wording.Text(lang, "chart.interval", "low", decimal(low*100, 0), "high", decimal(high*100, 0))
}

func (l Ladder) told(lang string) string {
	var parts []string
	for _, r := range l.Rungs {
		parts = append(parts, wording.Text(lang, "chart.ladder_rung", "label", r.Label, "of", Of(lang, r.K, l.N), "interval", l.interval(lang, r.K)))
	}
	return strings.Join(parts, "; ")
}

func (l Ladder) table(lang string) Table {
	t := Table{Caption: wording.Text(lang, "chart.ladder_title"), Head: []string{wording.Text(lang, "chart.ladder_head"), wording.Text(lang, "chart.grade"), wording.Text(lang, "chart.patients"), wording.Text(lang, "chart.share"), wording.Text(lang, "chart.interval_head")}}
	for _, r := range l.Rungs {
		t.Rows = append(t.Rows, []string{r.Label, r.Grade, Of(lang, r.K, l.N), Percent(lang, float64(r.K)/float64(max(l.N, 1))), l.interval(lang, r.K)})
	}
	return t
}
