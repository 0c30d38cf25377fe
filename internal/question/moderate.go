package question

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/moderation"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Subjects are what the moderation desk may hide and show again. Hiding changes
// nobody's words: it puts a note in their place that says so and why.
func (s *Service) Subjects() []moderation.Subject {
	return []moderation.Subject{questionSubject{s}, replySubject{s}}
}

type questionSubject struct{ s *Service }

// Kind is what the desk knows questions by.
func (questionSubject) Kind() string { return "question" }

// About shows the desk a question with its text.
func (x questionSubject) About(ctx context.Context, id int64) (moderation.Item, error) {
	q, err := findQuestion(x.s.db.Read(ctx), id)
	return moderation.Item{Title: q.Title, Excerpt: text.Excerpt(q.Body, 300), Path: Path(q.ID, q.Title), AuthorAccountID: q.AuthorAccountID, State: q.State,
		OrganisationID: clinicOf(q), Version: q.Version}, err
}

// Hide puts a note in the place of the question. One that waits for its author to
// confirm the address is left alone.
func (x questionSubject) Hide(tx *db.Tx, id int64, why string) error {
	return x.set(tx, id, Hidden, why)
}

// Show takes the note away.
func (x questionSubject) Show(tx *db.Tx, id int64) error { return x.set(tx, id, Shown, "") }

func (x questionSubject) set(tx *db.Tx, id int64, state, why string) error {
	q, err := lockQuestion(tx, id)
	if err != nil || q.State == state || q.State == Waiting {
		return err
	}
	if err := setQuestionState(tx, &q, state, why); err != nil {
		return err
	}
	event := "question.hide"
	if state == Shown {
		event = "question.show"
	}
	live.Append(tx, channel(id), live.Event{Type: event, Ref: id, Ver: q.Version})
	return search.Put(tx, search.Question, id)
}

// clinicOf is the clinic that a question is about; 0 if it is about none.
func clinicOf(q Question) int64 {
	if q.OrganisationID == nil {
		return 0
	}
	return *q.OrganisationID
}

type replySubject struct{ s *Service }

// Kind is what the desk knows replies by.
func (replySubject) Kind() string { return "reply" }

// About shows the desk a reply, with the title of its question.
func (x replySubject) About(ctx context.Context, id int64) (moderation.Item, error) {
	r, err := findReply(x.s.db.Read(ctx), id)
	if err != nil {
		return moderation.Item{}, err
	}
	q, err := findQuestion(x.s.db.Read(ctx), r.QuestionID)
	return moderation.Item{Title: q.Title, Excerpt: text.Excerpt(r.Body, 300), Path: replyPath(r, q.Title), AuthorAccountID: r.AuthorAccountID, State: r.State,
		OrganisationID: clinicOf(q), Version: r.Version}, err
}

// Hide puts a note in the place of the reply; it keeps its position.
func (x replySubject) Hide(tx *db.Tx, id int64, why string) error { return x.set(tx, id, Hidden, why) }

// Show takes the note away.
func (x replySubject) Show(tx *db.Tx, id int64) error { return x.set(tx, id, Shown, "") }

func (x replySubject) set(tx *db.Tx, id int64, state, why string) error {
	r, err := lockReply(tx, id)
	if err != nil || r.State == state || r.State == Waiting {
		return err
	}
	if err := setReplyState(tx, &r, state, why); err != nil {
		return err
	}
	event := "reply.hide"
	if state == Shown {
		event = "reply.show"
	}
	live.Append(tx, channel(r.QuestionID), live.Event{Type: event, Ref: r.ID, Ver: r.Version})
	return search.Put(tx, search.Reply, id)
}
