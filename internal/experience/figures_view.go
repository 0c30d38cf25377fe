package experience

import (
	"context"
	"html"
	"html/template"
	"strconv"
	"strings"

	"caravan/internal/chart"
	"caravan/internal/wording"
)

// ClinicView is what a clinic's page shows of its counted experiences: a few
// sentences, and drawings with a table each.
func (s *Service) ClinicView(ctx context.Context, lang string, organisationID int64) (v FiguresView, err error) {
	c, err := s.clinic(ctx, organisationID)
	if err != nil {
		return v, err
	}
	f := c.whole
	v = FiguresView{Verified: f.Verified, Published: c.published, None: f.Verified == 0}
	v.Lede = lede(lang, f)
	if !v.None {
		v.Drawings = []FigureView{goalFigure(lang, f.Goal), priceFigure(lang, f.Price), harmFigure(lang, f.Harm), knownFigure(lang, f)}
		v.Facts = plainFacts(lang, f)
	}
	for _, w := range []struct {
		key string
		n   int
	}{{"withdrawn", c.withheld.Withdrawn}, {"removed", c.withheld.Removed}, {"restricted", c.withheld.Restricted}} {
		if w.n > 0 {
			v.Withheld = append(v.Withheld, wording.Text(lang, "experience.read_withheld_"+w.key, "count", w.n))
		}
	}
	return v, nil
}

// lede says the figures in sentences, each with what it is out of. Figures are
// set off between asterisks in the wording.
func lede(lang string, f Figures) (out []template.HTML) {
	say := func(key string, args ...any) {
		out = append(out, strong(wording.Text(lang, "experience.read_lede_"+key, args...)))
	}
	if f.Verified == 0 {
		return nil
	}
	say("verified", "count", f.Verified)
	if Shown(f.Goal.N) {
		say("goal", "of", chart.Of(lang, f.Goal.Reached, f.Goal.N))
	}
	if Shown(f.Price.N) {
		key := "price_more"
		switch {
		case f.Price.Mid < 0.9995:
			key = "price_less"
		case f.Price.Mid < 1.0005:
			key = "price_same"
		}
		say(key, "gap", strings.TrimLeft(chart.Gap(lang, f.Price.Mid), "+−"), "n", wording.Number(lang, f.Price.N))
	}
	if Shown(f.Harm.N) {
		say("harm", "of", chart.Of(lang, f.Harm.AtLeast[gradeII], f.Harm.N))
	}
	if k := f.At(yearly); Shown(k.Due) {
		say("known", "of", chart.Of(lang, k.Known, k.Due), "rest", wording.Number(lang, k.Due-k.Known))
	}
	return out
}

// strong escapes a sentence and sets off what stands between asterisks.
func strong(s string) template.HTML {
	parts := strings.Split(html.EscapeString(s), "*")
	var b strings.Builder
	for i, p := range parts {
		if i%2 == 1 {
			p = "<b>" + p + "</b>"
		}
		b.WriteString(p)
	}
	return template.HTML(b.String()) // #nosec G203: escaped above
}

// figure is a drawing, or how many are missing for it.
func figure(lang, id string, n int, title string, note string, draw func() chart.Drawing) FigureView {
	v := FigureView{ID: id, Title: title, Note: note}
	if !Shown(n) {
		v.Title = wording.Text(lang, "experience.read_fig_"+id)
		v.Few = wording.Text(lang, "chart.needed", "count", n)
		return v
	}
	d := draw()
	v.Drawing = &d
	return v
}

func figureWords(lang, id, part string, args ...any) string {
	return wording.Text(lang, "experience.read_fig_"+id+"_"+part, args...)
}

func goalFigure(lang string, g GoalFigure) FigureView {
	return figure(lang, "goal", g.N, figureWords(lang, "goal", "title", "of", chart.Of(lang, g.Reached, g.N)), figureWords(lang, "goal", "note"),
		func() chart.Drawing { return chart.Bars{ID: "d-goal", Counts: g.Counts}.Draw(lang) })
}

func priceFigure(lang string, p PriceFigure) FigureView {
	v := figure(lang, "price", p.N, figureWords(lang, "price", "title", "gap", chart.Gap(lang, p.Mid)), figureWords(lang, "price", "note", "count", p.N),
		func() chart.Drawing { return chart.Dots{ID: "d-price", Ratios: p.Ratios}.Draw(lang) })
	if p.TopGap != "" {
		v.After = figureWords(lang, "price", "top", "reason", within(valueName(lang, "gap_reasons", p.TopGap)), "of", chart.Of(lang, p.TopGapN, p.GapN))
	}
	return v
}

// rungs are the grades that the ladder shows, each with all that are worse.
var rungs = []int{gradeI, gradeII, gradeIIIa, gradeIIIb, gradeIV, gradeV}

func harmFigure(lang string, h HarmFigure) FigureView {
	v := figure(lang, "harm", h.N, figureWords(lang, "harm", "title", "of", chart.Of(lang, h.AtLeast[gradeII], h.N)), figureWords(lang, "harm", "note"), func() chart.Drawing {
		l := chart.Ladder{ID: "d-harm", N: h.N}
		for _, g := range rungs {
			l.Rungs = append(l.Rungs, chart.Rung{Label: figureWords(lang, "harm", strconv.Itoa(g)), Grade: figureWords(lang, "harm", "grade_"+strconv.Itoa(g)), K: h.AtLeast[g]})
		}
		return l.Draw(lang)
	})
	if !Shown(h.N) {
		return v
	}
	v.After = figureWords(lang, "harm", "after", "count", h.N)
	if h.AtLeast[gradeIV] == 0 {
		_, high := h.Interval(gradeIV)
		v.After += " " + figureWords(lang, "harm", "none", "count", h.N, "high", percentOf(high))
	}
	return v
}

// knownFigure draws the moments of which enough are due; the title speaks of
// the latest of them.
func knownFigure(lang string, f Figures) FigureView {
	k := chart.Known{ID: "d-known"}
	var last KnownFigure
	most := 0
	for _, m := range f.Known {
		most = max(most, m.Due)
		if !Shown(m.Due) {
			continue
		}
		last = m
		k.Rows = append(k.Rows, chart.Due{Label: momentName(lang, m.Moment), Known: m.Known, Due: m.Due})
	}
	v := figure(lang, "known", most, figureWords(lang, "known", "title", "moment", momentName(lang, last.Moment), "of", chart.Of(lang, last.Known, last.Due)), figureWords(lang, "known", "note"),
		func() chart.Drawing { return k.Draw(lang) })
	for _, m := range f.Known {
		if m.Due > 0 && !Shown(m.Due) && v.Drawing != nil {
			v.After += figureWords(lang, "known", "few", "moment", momentName(lang, m.Moment), "needed", wording.Text(lang, "chart.needed", "count", m.Due)) + " "
		}
	}
	return v
}

// plainFacts are figures that need no drawing.
func plainFacts(lang string, f Figures) []ItemView {
	one := func(key string, n int, fig string) ItemView {
		return ItemView{Label: wording.Text(lang, "experience.read_item_"+key), Note: wording.Text(lang, "experience.read_item_"+key+"_note"), Cells: []CellView{cellOf(lang, n, fig)}}
	}
	return []ItemView{
		one("records", f.Records.N, chart.Of(lang, f.Records.Complete, f.Records.N)),
		one("repeat", f.Repeat.N, chart.Of(lang, f.Repeat.Yes, f.Repeat.N)),
	}
}
