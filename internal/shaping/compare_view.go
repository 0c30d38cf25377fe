package shaping

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/db"
	"caravan/internal/provider"
)

// mostCompared is how many packages stand side by side.
const mostCompared = 4

// comparePage is packages line by line on the same keys.
func (s *Service) comparePage(q *db.Tx, lang string, slugs []string, only bool) (v ComparePage, err error) {
	rows, contents, err := s.compared(q, chosenOf(slugs))
	if err != nil {
		return v, err
	}
	v.Few, v.Only = len(rows) < 2, only
	query := url.Values{}
	for _, r := range rows {
		query.Add("p", r.Slug)
		v.Packages = append(v.Packages, ComparedPackage{Title: r.Title, Lang: r.Lang, Path: packagePath(r.Slug), By: r.OrgName, State: s.card(lang, r, s.db.Now()).State})
		if r.Currency != rows[0].Currency {
			v.Note = say(lang, "compare_currencies")
		}
	}
	v.AllPath, v.OnlyPath = "/packages/compare?"+query.Encode(), "/packages/compare?"+query.Encode()+"&only=differences"
	if err := s.compareChoices(q, lang, rows, &v); err != nil || v.Few {
		return v, err
	}
	v.Sections = comparedSections(lang, rows, contents, only)
	return v, nil
}

// compared reads packages that everybody may read, and what their newest versions
// say; one alone is held against nothing.
func (s *Service) compared(q *db.Tx, slugs []string) (rows []packageRow, contents map[int64]Content, err error) {
	if rows, err = listBySlugs(q, slugs); err != nil || len(rows) < 2 {
		return rows, nil, err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	contents, err = newestContents(q, ids)
	return rows, contents, err
}

// chosenOf are slugs, each once and no more than fit.
func chosenOf(in []string) (out []string) {
	for _, slug := range in {
		if slug != "" && !slices.Contains(out, slug) && len(out) < mostCompared {
			out = append(out, slug)
		}
	}
	return out
}

// comparedSections are all lines that any of the packages has.
func comparedSections(lang string, rows []packageRow, contents map[int64]Content, only bool) (out []ComparedSection) {
	items := map[string]Item{}
	langs := map[string]string{}
	for _, r := range rows {
		for _, l := range contents[r.ID].held() {
			if _, ok := items[l.Item.Key]; !ok {
				items[l.Item.Key], langs[l.Item.Key] = l.Item, r.Lang
			}
		}
	}
	keys := make([]string, 0, len(items))
	for key := range items {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, head := range append(Sections(), Section{}) {
		sec := ComparedSection{Name: head.Name(lang)}
		if head.Begins == "" {
			sec.Name = say(lang, "section_more")
		}
		for _, key := range keys {
			if SectionOf(key).Begins != head.Begins {
				continue
			}
			row := comparedRow(lang, items[key], langs[key], rows, contents)
			if row.Differs || !only {
				sec.Rows = append(sec.Rows, row)
			}
		}
		if len(sec.Rows) > 0 {
			out = append(out, sec)
		}
	}
	return out
}

func comparedRow(lang string, it Item, in string, rows []packageRow, contents map[int64]Content) (row ComparedRow) {
	spec := it.Spec()
	row.Key = it.Key
	row.Name, _ = nameOf(lang, it, in)
	values := make([]Value, len(rows))
	for i, r := range rows {
		values[i] = contents[r.ID].Value(it.Key)
		row.Differs = row.Differs || !values[i].Equal(values[0])
	}
	for i, val := range values {
		c := ComparedCell{Text: spec.Print(lang, val), Lang: langOf(val, rows[i].Lang), None: val.None(), By: rows[i].OrgName}
		if c.By == "" || slices.ContainsFunc(rows, func(r packageRow) bool { return r.ID != rows[i].ID && r.OrgName == c.By }) {
			c.By = rows[i].Title
		}
		c.Best = row.Differs && !val.None() && best(spec, values, i)
		row.Cells = append(row.Cells, c)
	}
	return row
}

// best reports whether a value is better for patients than at least one other of
// those that are offered, and worse than none.
func best(spec Spec, values []Value, at int) bool {
	over := false
	for i, other := range values {
		if i == at || other.None() {
			continue
		}
		switch spec.Effect(other, values[at]) {
		case Better:
			over = true
		case Worse, Other:
			return false
		}
	}
	return over
}

// compareChoices are the fields in which packages are chosen.
func (s *Service) compareChoices(q *db.Tx, lang string, rows []packageRow, v *ComparePage) error {
	var procedure int64
	if len(rows) > 0 {
		procedure = rows[0].ProcedureID
	}
	all, err := listChoices(q, procedure)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if !slices.ContainsFunc(all, func(c choice) bool { return c.Slug == r.Slug }) {
			all = append(all, choice{r.Slug, r.Title, r.OrgName, r.ProcedureID})
		}
	}
	for i := range mostCompared {
		f := CompareChoice{ID: "p" + strconv.Itoa(i+1), Label: say(lang, "compare_package", "n", i+1)}
		byTreatment := map[int64]int{}
		for _, c := range all {
			at, ok := byTreatment[c.ProcedureID]
			if !ok {
				p, _ := s.provider.ProcedureByID(c.ProcedureID)
				at = len(f.Groups)
				byTreatment[c.ProcedureID] = at
				f.Groups = append(f.Groups, provider.ChoiceGroup{Label: p.Name(lang)})
			}
			label := c.Title
			if c.OrgName != "" {
				label += " (" + c.OrgName + ")"
			}
			f.Groups[at].Choices = append(f.Groups[at].Choices, provider.Choice{Value: c.Slug, Label: label, Chosen: i < len(rows) && rows[i].Slug == c.Slug})
		}
		slices.SortFunc(f.Groups, func(a, b provider.ChoiceGroup) int { return strings.Compare(a.Label, b.Label) })
		v.Choices = append(v.Choices, f)
	}
	return nil
}
