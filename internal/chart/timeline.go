package chart

import (
	"slices"
	"strings"

	"caravan/internal/wording"
)

// What is known of one check-in.
const (
	Done    = "done"
	Missed  = "missed"  // and therefore unknown
	Coming  = "coming"  // not due yet, or still open
	NoScore = "noscore" // answered, but too early to say how far the goal is reached
)

// Moment is one check-in of one patient.
type Moment struct {
	Label, Short string // "3 months", "3 mo"
	State        string // Done, Missed, Coming, NoScore
	Score        int    // goal reached, 0 to 10, when Done
	Harm         bool   // a complication was told
	Note         string // a word or two below; for Coming when it is due
	Told         string // what the patient said changed, for the table
}

// Timeline is one patient's check-ins in order; gaps are shown as unknown.
type Timeline struct {
	ID      string
	Moments []Moment
}

// thread is the height of the line that the moments stand on.
const thread = 46.0

// Draw makes the drawing in lang.
func (t Timeline) Draw(lang string) Drawing {
	c := newCanvas(lang, t.ID, 106)
	step, first := 0.0, 30.0
	if len(t.Moments) > 1 {
		step = min(60, 300/float64(len(t.Moments)-1))
	}
	c.text(4, 14, start, "t-soft", wording.Text(lang, "chart.timeline_axis"))
	for i := 1; i < len(t.Moments); i++ {
		c.line(first+step*float64(i-1), thread, first+step*float64(i), thread, between(t.Moments[i-1].State, t.Moments[i].State))
	}
	var told []string
	for i, m := range t.Moments {
		m.draw(c, lang, first+step*float64(i))
		told = append(told, m.Label+": "+t.words(lang, m))
	}
	return Drawing{SVG: c.svg(lang, wording.Text(lang, "chart.timeline_title"), wording.Text(lang, "chart.timeline_desc", "moments", strings.Join(told, "; "))), Table: t.table(lang), Keys: t.keys(lang)}
}

// between is the look of the line from one moment to the next.
func between(a, b string) string {
	switch {
	case b == Coming:
		return "l w2"
	case a == Missed || b == Missed:
		return "l-soft w2 dash"
	}
	return "l-brand w25"
}

// draw puts the moment on its line at x, with its words below.
func (m Moment) draw(c *canvas, lang string, x float64) {
	const y = thread
	class := "t-b"
	switch m.State {
	case Done:
		c.circle(x, y, 17, "f-brand")
		c.figure(x, y+6, "t-on", wording.Number(lang, m.Score))
	case NoScore:
		c.circle(x, y, 16, "f-paper l-brand w2")
		c.figure(x, y+5, "t-b", "–")
	case Missed:
		c.circle(x, y, 16, "f-paper l-soft w2 dash")
		c.figure(x, y+5, "t-b", "?")
		class = ""
	default:
		c.circle(x, y, 6, "f-paper l-soft w15")
		class = ""
	}
	if m.Harm {
		c.path("M"+num(c.x(x+13))+" "+num(y-26)+"l6.5 11h-13z", "f-paper l-harm w2")
	}
	c.text(x, y+36, middle, class, m.Short)
	c.text(x, y+52, middle, "t-soft t-s", m.Note)
}

// keys say what the marks mean; the mark of harm only where there is one.
func (t Timeline) keys(lang string) []Key {
	keys := []Key{{blot("l-brand round w10", ""), wording.Text(lang, "chart.key_done")}, {blot("f-paper l-soft w15 dash", "ring"), wording.Text(lang, "chart.key_missed")},
		{blot("f-paper l-soft w15", "small"), wording.Text(lang, "chart.key_coming")}}
	if slices.ContainsFunc(t.Moments, func(m Moment) bool { return m.Harm }) {
		keys = append(keys, Key{blot("f-paper l-harm w2", "up"), wording.Text(lang, "chart.key_harm")})
	}
	return keys
}

// Mini is the same as a line of marks for lists, without words; the words stand
// beside it.
func (t Timeline) Mini(lang string) Drawing {
	c := newCanvas(lang, t.ID, 12)
	const first, step = 6.0, 23.0
	n := len(t.Moments)
	if n > 1 {
		c.line(first, 6, first+step*float64(n-1), 6, "l-soft w1")
	}
	for i, m := range t.Moments {
		x := first + step*float64(i)
		switch m.State {
		case Done, NoScore:
			c.circle(x, 6, 5, "f-brand")
		case Missed:
			c.circle(x, 6, 4.2, "f-paper l-soft w15 dash")
		default:
			c.circle(x, 6, 2, "f-paper l-soft w1")
		}
	}
	return Drawing{SVG: c.mini(first*2 + step*float64(max(n-1, 0)))}
}

func (t Timeline) words(lang string, m Moment) string {
	switch m.State {
	case Done:
		s := wording.Text(lang, "chart.of", "k", wording.Number(lang, m.Score), "n", wording.Number(lang, 10))
		if m.Harm {
			s += wording.Text(lang, "common.comma") + wording.Text(lang, "chart.key_harm")
		}
		return s
	case NoScore:
		return wording.Text(lang, "chart.too_early")
	case Missed:
		return wording.Text(lang, "chart.unknown")
	}
	if m.Note == "" {
		return wording.Text(lang, "chart.key_coming")
	}
	return wording.Text(lang, "chart.due_in", "when", m.Note)
}

func (t Timeline) table(lang string) Table {
	out := Table{Caption: wording.Text(lang, "chart.timeline_title"), Head: []string{wording.Text(lang, "chart.check_in"), wording.Text(lang, "chart.timeline_head"), wording.Text(lang, "chart.told")}}
	for _, m := range t.Moments {
		told := m.Told
		switch {
		case m.State == Missed:
			told = wording.Text(lang, "chart.unknown")
		case told == "" && m.State != Coming:
			told = wording.Text(lang, "chart.nothing_told")
		}
		out.Rows = append(out.Rows, []string{m.Label, t.words(lang, m), told})
	}
	return out
}
