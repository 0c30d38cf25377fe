package question

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Sources are what the search index asks for the words of questions and
// replies: only what everybody may read, under the names everybody sees.
func (s *Service) Sources() []search.Source {
	return []search.Source{questionSource{s}, replySource{s}}
}

type questionSource struct{ s *Service }

// Kind is under what the index files questions.
func (questionSource) Kind() search.Kind { return search.Question }

// Docs are the questions among refs that everybody may read.
func (x questionSource) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listShownQuestions(q, refs)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		p, _ := x.s.provider.ProcedureByID(r.ProcedureID)
		d := search.Doc{Ref: r.ID, Lang: r.Lang, Title: r.Title, Names: p.AllNames(), Context: r.ClinicName, Body: text.Plain(r.Body), Path: Path(r.ID, r.Title),
			ProcedureID: r.ProcedureID, Country: r.Destination, CreatedAt: r.CreatedAt, BumpedAt: r.LastAt, Author: r.author()}
		if r.OrganisationID != nil {
			d.ClinicID = *r.OrganisationID
		}
		out = append(out, d)
	}
	return out, nil
}

type replySource struct{ s *Service }

// Kind is under what the index files replies.
func (replySource) Kind() search.Kind { return search.Reply }

// Docs are the replies among refs that everybody may read.
func (x replySource) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listShownReplies(q, refs)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		pos := r.Position
		out = append(out, search.Doc{Ref: r.ID, Parent: r.QuestionID, Lang: r.Lang, Title: r.Title, Body: text.Plain(r.Body),
			Path:        replyPath(Reply{QuestionID: r.QuestionID, Position: &pos}, r.Title),
			ProcedureID: r.ProcedureID, Country: r.Destination, ClinicID: r.ClinicID, CreatedAt: r.PublishedAt, BumpedAt: r.PublishedAt, Author: r.author()})
	}
	return out, nil
}
