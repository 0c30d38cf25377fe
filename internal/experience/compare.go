package experience

import (
	"context"
	"strconv"

	"caravan/internal/chart"
	"caravan/internal/provider"
	"caravan/internal/wording"
)

// mostCompared is how many clinics stand side by side.
const mostCompared = 4

// compared is one clinic with the figures that it is compared by.
type compared struct {
	clinic  provider.Organisation
	figures Figures
}

// Compare reads clinics by their slugs, in order and without repetition, with
// their figures for one procedure (0 for all). What does not exist is left out.
func (s *Service) comparison(ctx context.Context, slugs []string, procedure int64) (out []compared, err error) {
	seen := map[string]bool{}
	for _, slug := range slugs {
		if slug == "" || seen[slug] || len(out) == mostCompared {
			continue
		}
		seen[slug] = true
		o, err := s.provider.FindClinic(s.db.Read(ctx), slug)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c, err := s.clinic(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, compared{o, c.cut(procedure)})
	}
	return out, nil
}

// items are the lines of the comparison, each figure with its own n.
func items(lang string, list []compared) (out []ItemView) {
	say := func(key string, args ...any) string { return wording.Text(lang, "experience.read_item_"+key, args...) }
	add := func(key string, cell func(f Figures) CellView) {
		it := ItemView{Label: say(key), Note: say(key + "_note")}
		for _, c := range list {
			it.Cells = append(it.Cells, cell(c.figures))
		}
		out = append(out, it)
	}
	add("verified", func(f Figures) CellView { return CellView{Figure: wording.Number(lang, f.Verified)} })
	add("goal", func(f Figures) CellView {
		return cellOf(lang, f.Goal.N, chart.Of(lang, f.Goal.Reached, f.Goal.N))
	})
	add("median", func(f Figures) CellView {
		c := cellOf(lang, f.Goal.N, wording.Text(lang, "chart.of", "k", strconv.FormatFloat(f.Goal.Median, 'f', -1, 64), "n", "10"))
		if !c.Few {
			c.N = "n = " + wording.Number(lang, f.Goal.N)
		}
		return c
	})
	add("price", func(f Figures) CellView {
		c := cellOf(lang, f.Price.N, chart.Gap(lang, f.Price.Mid))
		if !c.Few {
			c.N = say("quartiles", "low", chart.Gap(lang, f.Price.Low), "high", chart.Gap(lang, f.Price.High), "n", wording.Number(lang, f.Price.N))
		}
		return c
	})
	add("reason", func(f Figures) CellView {
		if f.Price.TopGap == "" {
			return CellView{Figure: "–"}
		}
		return CellView{Figure: valueName(lang, "gap_reasons", f.Price.TopGap), N: chart.Of(lang, f.Price.TopGapN, f.Price.GapN)}
	})
	add("harm", func(f Figures) CellView {
		low, high := f.Harm.Interval(gradeII)
		c := cellOf(lang, f.Harm.N, chart.Of(lang, f.Harm.AtLeast[gradeII], f.Harm.N))
		if !c.Few {
			c.N = say("interval", "low", percentOf(low), "high", percentOf(high))
		}
		return c
	})
	for _, m := range []string{"m3", yearly} {
		add("known_"+m, func(f Figures) CellView {
			k := f.At(m)
			return cellOf(lang, k.Due, chart.Of(lang, k.Known, k.Due))
		})
	}
	add("records", func(f Figures) CellView {
		return cellOf(lang, f.Records.N, chart.Of(lang, f.Records.Complete, f.Records.N))
	})
	add("repeat", func(f Figures) CellView {
		return cellOf(lang, f.Repeat.N, chart.Of(lang, f.Repeat.Yes, f.Repeat.N))
	})
	return out
}

func percentOf(share float64) string { return strconv.Itoa(int(share*100 + 0.5)) }

// cellOf is a figure with its n, or how many are there where that is too few.
func cellOf(lang string, n int, figure string) CellView {
	if !Shown(n) {
		return CellView{Figure: wording.Text(lang, "chart.needed", "count", n), Few: true}
	}
	return CellView{Figure: figure}
}

// compareView is the page of the comparison.
func (s *Service) compareView(ctx context.Context, lang string, slugs []string, code string) (v CompareView, err error) {
	p, _ := s.provider.Procedure(code)
	list, err := s.comparison(ctx, slugs, p.ID)
	if err != nil {
		return v, err
	}
	v = CompareView{Procedures: s.provider.ProcedureChoices(lang, p.Code), Procedure: p.Name(lang), Few: len(list) < 2}
	for _, c := range list {
		v.Clinics = append(v.Clinics, ComparedView{Name: c.clinic.Name, Path: c.clinic.Path(), Place: s.placeName(lang, c.clinic.City, c.clinic.Country)})
	}
	if !v.Few {
		v.Items = items(lang, list)
	}
	all, err := s.provider.ClinicChoices(s.db.Read(ctx))
	if err != nil {
		return v, err
	}
	for i := range mostCompared {
		chosen := ""
		if i < len(list) {
			chosen = list[i].clinic.Slug
		}
		var choices []provider.Choice
		for _, o := range all {
			choices = append(choices, provider.Choice{Value: o.Slug, Label: o.Name + " (" + o.City + ")", Chosen: o.Slug == chosen})
		}
		v.Choices = append(v.Choices, FilterView{Name: "clinic" + strconv.Itoa(i+1), Label: wording.Text(lang, "experience.read_compare_clinic", "n", i+1), Any: wording.Text(lang, "experience.read_compare_none"), Choices: choices})
	}
	return v, nil
}
