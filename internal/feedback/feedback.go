// Package feedback holds public comment from elsewhere about an organisation:
// what patients told a survey that published its answers. It is shown as what
// it is, found in search, and never counted as an experience.
//
//	feedback.go  Comment, Service, the search index's source
//	import.go    taking a table of comments in, row by row
//	store.go     all SQL
//	http.go      a clinic's page of comments; views.go and views/
package feedback

import (
	"context"
	"time"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Comment is one comment as it was published elsewhere, but for personal data
// in it, which is masked.
type Comment struct {
	ID             int64
	OrganisationID int64
	Source         string // where it was published
	SourceRef      string // its id there
	GivenOn        *time.Time
	Question       string // that it answers
	Body, BodyHTML string
	Renderer       int
	Lang           string
	Score          *int16 // as the source counts
	Themes         string // as the source named them, joined with "|"
	Masked         int    // passages that were masked
	ImportedAt     time.Time
}

// Service keeps the comments.
type Service struct {
	db       *db.DB
	provider *provider.Service
}

// New returns the feature; p knows the organisations that comments are about.
func New(d *db.DB, p *provider.Service) *Service { return &Service{d, p} }

// Topics are none: comments from elsewhere are not live.
func (s *Service) Topics() []live.Topic { return nil }

// Path is where a clinic's comments stand.
func Path(slug string) string { return "/clinics/" + slug + "/feedback" }

// Source is what the search index asks for comments.
func (s *Service) Source() search.Source { return source{s} }

type source struct{ s *Service }

// Kind is the kind of its documents.
func (source) Kind() search.Kind { return search.Feedback }

// Docs returns comments as they are found: under the clinic's name.
func (source) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listForSearch(q, refs)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		d := search.Doc{Ref: r.ID, Lang: r.Lang, Title: r.Question, Context: r.Name, Body: text.Plain(r.Body), Path: commentPath(r.Slug, r.ID),
			ClinicID: r.OrganisationID, Country: r.Country, CreatedAt: r.ImportedAt, BumpedAt: r.ImportedAt}
		if r.GivenOn != nil {
			d.CreatedAt, d.BumpedAt = *r.GivenOn, *r.GivenOn
		}
		out = append(out, d)
	}
	return out, nil
}
