package chart

import (
	"strings"

	"caravan/internal/wording"
)

// Due is how many of those whose check-in was due are known.
type Due struct {
	Label      string
	Known, Due int
}

// Known is how complete the following up is, check-in by check-in. A missed one
// is unknown, never good.
type Known struct {
	ID   string
	Rows []Due
}

// Draw makes the drawing in lang.
func (k Known) Draw(lang string) Drawing {
	const from, room, tall, step = 74.0, 206.0, 20.0, 31.0
	most := 1
	for _, r := range k.Rows {
		most = max(most, r.Due)
	}
	c := newCanvas(lang, k.ID, step*float64(len(k.Rows))+26)
	var told []string
	for i, r := range k.Rows {
		y := 8 + step*float64(i)
		known, due := room*float64(r.Known)/float64(most), room*float64(r.Due)/float64(most)
		c.text(0, y+15, start, "", r.Label)
		if r.Known > 0 {
			c.rect(from, y, known, tall, "f-brand")
		}
		if r.Due > r.Known {
			c.rect(from+known+.8, y+.8, max(due-known-1.6, 1), tall-1.6, "hatch l-soft w15")
		}
		words := Of(lang, r.Known, r.Due)
		if r.Due == 0 {
			words = wording.Text(lang, "chart.nobody_due")
		}
		c.text(from+due+8, y+15, start, "t-b", words)
		told = append(told, r.Label+": "+words)
	}
	c.text(from, step*float64(len(k.Rows))+20, start, "t-soft", wording.Text(lang, "chart.known_axis"))
	return Drawing{
		SVG: c.svg(lang, wording.Text(lang, "chart.known_title"), wording.Text(lang, "chart.known_desc", "rows", strings.Join(told, "; "))),
		Keys: []Key{
			{box(k.ID+"-k1", "f-brand"), wording.Text(lang, "chart.known")},
			{box(k.ID+"-k2", "hatch l-soft w15"), wording.Text(lang, "chart.unknown")},
		},
		Table: k.table(lang),
	}
}

func (k Known) table(lang string) Table {
	t := Table{Caption: wording.Text(lang, "chart.known_title"), Head: []string{wording.Text(lang, "chart.check_in"), wording.Text(lang, "chart.known"), wording.Text(lang, "chart.due")}}
	for _, r := range k.Rows {
		t.Rows = append(t.Rows, []string{r.Label, wording.Number(lang, r.Known), wording.Number(lang, r.Due)})
	}
	return t
}
