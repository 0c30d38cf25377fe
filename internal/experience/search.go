package experience

import (
	"context"
	"strconv"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/search"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// Sources are what the search index asks for the words of experiences: what
// everybody may read, with passages masked, under the pseudonym.
func (s *Service) Sources() []search.Source { return []search.Source{source{s}} }

type source struct{ s *Service }

// Kind is under what the index files experiences.
func (source) Kind() search.Kind { return search.Experience }

// Docs are the experiences among refs that are published, with what was covered
// left out.
func (x source) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listForSearch(q, refs)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		lang := r.Lang
		if !wording.Known(lang) {
			lang = wording.Langs[0]
		}
		d := search.Doc{Ref: r.ID, Lang: r.Lang, Title: cover(lang, "title", r.Title, r.Version, r.Masks), Body: text.Plain(cover(lang, "story", r.Story, r.Version, r.Masks)),
			Context: r.Clinic + " " + r.City, Tags: "V" + strconv.Itoa(int(r.Level)), Path: Path(r.PublicID), ClinicID: r.OrganisationID, Country: r.Destination,
			Verified: r.Level >= 2, Author: access.Pseudonym(r.Pseudonym, r.AuthorRole)}
		if p, ok := x.s.provider.ProcedureByID(r.ProcedureID); ok && r.ShownTreatment == "procedure" {
			d.Names, d.ProcedureID = p.AllNames(), p.ID
		} else if ok {
			d.Names = p.SpecialtyName(lang)
		}
		if r.HelpfulOf > 0 {
			d.Quality = float32(r.Helpful) / float32(r.HelpfulOf+5)
		}
		if r.PublishedOn != nil {
			d.CreatedAt, d.BumpedAt = *r.PublishedOn, *r.PublishedOn
		}
		out = append(out, d)
	}
	return out, nil
}
