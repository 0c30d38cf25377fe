package search

import (
	"html/template"
	"slices"

	"caravan/internal/wording"
)

// printed names the options of a filter in a language, with one of them chosen.
type printed struct{ lang, filter, chosen string }

// filters are the options of the filters of a page.
func (s *Service) filters(lang string, in searchInput) (k, countries, procedures template.HTML, err error) {
	offered := s.offered(lang)
	if k, err = s.options(printed{lang, "kind", in.Kind}, "search.kind_all", kindChoices(lang)); err != nil {
		return
	}
	if countries, err = s.options(printed{lang, "country", in.Country}, "search.any_country", offered.Countries); err != nil {
		return
	}
	procedures, err = s.options(printed{lang, "procedure", in.Procedure}, "search.any_treatment", offered.Procedures)
	return
}

func kindChoices(lang string) (out []Choice) {
	for _, k := range kinds[1:] {
		out = append(out, Choice{Value: k.value, Label: wording.Text(lang, "search.kind_"+k.value)})
	}
	return out
}

// options are the choices of a filter, the one for all of them first. There are
// a hundred, the same on every page, so they are printed once and kept for as
// long as what they are called.
func (s *Service) options(p printed, all string, choices []Choice) (template.HTML, error) {
	if len(choices) == 0 {
		return "", nil
	}
	if p.chosen != "" && !slices.ContainsFunc(choices, func(x Choice) bool { return x.Value == p.chosen }) {
		p.chosen = "" // whatever it is, there is no such option
	}
	if kept, ok := s.called.Load(p); ok {
		return kept.(template.HTML), nil
	}
	views := []ChoiceView{{"", wording.Text(p.lang, all), p.chosen == ""}}
	for _, x := range choices {
		views = append(views, ChoiceView{x.Value, x.Label, x.Value == p.chosen})
	}
	html, err := options.HTML(p.lang, views)
	if err == nil {
		s.called.Store(p, html)
	}
	return html, err
}
