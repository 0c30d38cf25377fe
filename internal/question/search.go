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

func (questionSource) Kind() search.Kind { return search.Question }

func (x questionSource) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	var rows []questionRow
	if err := q.Gorm().Raw(questionColumns+`WHERE q.id IN ? AND q.state = 'shown'`, refs).Scan(&rows).Error; err != nil {
		return nil, db.Wrap("question: rows for search", err)
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

func (replySource) Kind() search.Kind { return search.Reply }

func (x replySource) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	var rows []struct {
		replyRow
		Title, Destination string
		ProcedureID        int64
		ClinicID           int64
	}
	err := q.Gorm().Raw(`
		SELECT r.id, r.question_id, r.position, r.body, r.lang, r.published_at, r.author_role, r.author_title, q.title, q.destination, q.procedure_id,
		       coalesce(q.organisation_id, 0) AS clinic_id, `+authorColumns+`
		FROM replies r JOIN questions q ON q.id = r.question_id JOIN accounts a ON a.id = r.author_account_id
		LEFT JOIN organisations o ON o.id = r.author_organisation_id
		WHERE r.id IN ? AND r.state = 'shown' AND q.state = 'shown'`, refs).Scan(&rows).Error
	if err != nil {
		return nil, db.Wrap("question: replies for search", err)
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
