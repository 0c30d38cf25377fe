package shaping

import (
	"context"
	"strings"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Sources are what the search index asks for the words of packages: what
// everybody may read. Votes play no part in what is found, nor in which order.
func (s *Service) Sources() []search.Source { return []search.Source{source{s}} }

type source struct{ s *Service }

// Kind is under what the index files packages.
func (source) Kind() search.Kind { return search.Package }

// Docs are the packages among refs that are published and not hidden.
func (x source) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listForSearch(q, refs)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	contents, err := newestContents(q, ids)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		d := search.Doc{Ref: r.ID, Lang: r.Lang, Title: r.Title, Body: r.words(contents[r.ID]), Context: strings.TrimSpace(r.OrgName + " " + r.City), Path: packagePath(r.Slug),
			Country: r.Country, Verified: r.OrgSlug != "", Author: access.Author{Handle: r.Handle, Gone: r.Gone}, BumpedAt: r.BumpedAt}
		if r.PublishedAt != nil {
			d.CreatedAt = *r.PublishedAt
		}
		if r.OrganisationID != nil {
			d.ClinicID = *r.OrganisationID
			d.Author = r.author("staff")
		}
		if p, ok := x.s.provider.ProcedureByID(r.ProcedureID); ok {
			d.Names, d.ProcedureID = p.AllNames(), p.ID
		}
		out = append(out, d)
	}
	return out, nil
}

// words are what only this package says, in its language: the summary, who and
// what it names and how it looks after people in its own words, and the lines of
// its own. Names of the catalogue's lines, terms and medical prose stand on every
// package of a treatment; whoever looked for "night" would find them all.
func (r searchRow) words(c Content) string {
	parts := []string{text.Plain(r.Summary)}
	for _, l := range c.held() {
		spec := l.Item.Spec()
		switch {
		case !ofCatalogue(l.Item.Key):
			name, _ := nameOf(r.Lang, l.Item, r.Lang)
			parts = append(parts, name+": "+spec.Print(r.Lang, l.Value))
		case langOf(l.Value, r.Lang) != "" && (spec.Class == Services || spec.Class == Aftercare):
			parts = append(parts, spec.Print(r.Lang, l.Value))
		}
	}
	return strings.Join(parts, "\n")
}
