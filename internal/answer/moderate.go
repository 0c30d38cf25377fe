package answer

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/text"
)

// desk is an answer at the moderation desk: one that is held before it appears,
// and one that was reported. The desk can show it or put a note in its place;
// nobody there, and nobody at the clinic, changes another's words.
type desk struct{ s *Service }

var (
	_ moderation.Subject    = desk{}
	_ moderation.Suggestion = desk{}
	_ moderation.Addressed  = desk{}
	_ moderation.Named      = desk{}
)

// Subjects are what can be reported.
func (s *Service) Subjects() []moderation.Subject { return []moderation.Subject{desk{s}} }

// Suggestions are what a moderator looks at before it appears.
func (s *Service) Suggestions() []moderation.Suggestion { return []moderation.Suggestion{desk{s}} }

// Kind is what the desk knows answers by.
func (desk) Kind() string { return kind }

// ByPublicID finds the answer to the experience of an address.
func (x desk) ByPublicID(ctx context.Context, publicID string) (int64, error) {
	e, err := x.s.experience(ctx, publicID)
	return e.ID, err
}

// PublicID is what everybody calls an answer: as the experience that it answers.
func (desk) PublicID(q *db.Tx, id int64) (string, error) { return findPublicID(q, id) }

// About shows the desk an answer, with the title of its experience.
func (x desk) About(ctx context.Context, id int64) (moderation.Item, error) {
	q := x.s.db.Read(ctx)
	r, found, err := findAnswer(q, id)
	if err == nil && !found {
		err = errs.New(errs.NotFound, "answer.no_answer")
	}
	if err != nil {
		return moderation.Item{}, err
	}
	titles, err := listTitles(q, []int64{id})
	if err != nil {
		return moderation.Item{}, err
	}
	it := moderation.Item{Title: titles[id], Excerpt: text.Excerpt(r.Body, MaxBody), AuthorAccountID: r.AuthorAccountID, State: r.State,
		OrganisationID: r.OrganisationID, Version: r.Version}
	if r.PublishedAt != nil {
		it.Path = experiencePath(r.PublicID) + "#answer"
	}
	return it, nil
}

// Approve publishes a held answer.
func (x desk) Approve(tx *db.Tx, id int64) error {
	w, err := lockAnswer(tx, id)
	if err != nil {
		return err
	}
	if w.State != Held {
		return errs.New(errs.Conflict, "answer.not_held")
	}
	w.State, w.HiddenWhy = Shown, ""
	if w.PublishedAt == nil {
		w.PublishedAt = &tx.Now
	}
	if err := setState(tx, w); err != nil {
		return err
	}
	if err := record(tx, id); err != nil {
		return err
	}
	return x.s.shown(tx, w)
}

// Refuse keeps a held answer from appearing; it can be edited and sent again.
func (x desk) Refuse(tx *db.Tx, id int64, why string) error { return x.set(tx, id, Held, Refused, why) }

// Hide puts a note in the place of an answer.
func (x desk) Hide(tx *db.Tx, id int64, why string) error { return x.set(tx, id, Shown, Hidden, why) }

// Show shows a hidden answer again.
func (x desk) Show(tx *db.Tx, id int64) error { return x.set(tx, id, Hidden, Shown, "") }

func (desk) set(tx *db.Tx, id int64, from, to, why string) error {
	w, err := lockAnswer(tx, id)
	if err != nil || w.State == to {
		return err
	}
	if w.State != from {
		return errs.New(errs.Conflict, "answer.not_held")
	}
	w.State, w.HiddenWhy = to, why
	if err := setState(tx, w); err != nil {
		return err
	}
	return record(tx, id)
}
