package question

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/live"
)

// Topics are the channels of questions, and of clinics for their own staff.
func (s *Service) Topics() []live.Topic {
	return []live.Topic{
		{Kind: "question", May: s.mayHear, Show: s.show, Type: s.typist},
		{Kind: "clinic", May: func(_ context.Context, a access.Actor, id int64) error {
			if w, ok := a.WorksFor(id); ok && w.Kind == "clinic" {
				return nil
			}
			return errs.New(errs.Forbidden, "common.staff_only")
		}},
	}
}

func (s *Service) mayHear(ctx context.Context, a access.Actor, id int64) error {
	state, author, err := findStanding(s.db.Read(ctx), id)
	if err != nil {
		return err
	}
	return s.readable(a, state, author)
}

// liveReply is what a page learns of a reply: enough to place it, and its HTML
// where it is short.
type liveReply struct {
	Reply    int64         `json:"reply"`
	Position int64         `json:"position"`
	By       access.Byline `json:"author"`
	HTML     string        `json:"html,omitempty"`
	Version  int           `json:"version"`
	At       string        `json:"at"`
	Hidden   bool          `json:"hidden,omitempty"`
}

// show looks replies up as they are now, whatever the events say: a reply that
// was hidden since is shown as hidden, and one that was edited since is shown
// as edited. Making it once more is harmless, because pages replace by id and
// version.
func (s *Service) show(ctx context.Context, lang string, evs []live.Stored) ([]any, error) {
	ids := map[int64]bool{}
	for _, e := range evs {
		switch e.Type {
		case "reply.new", "reply.edit", "reply.hide", "reply.show":
			ids[e.Ref] = true
		}
	}
	out := make([]any, len(evs))
	if len(ids) == 0 {
		return out, nil
	}
	made, err := s.fragments.make(ctx, s.db.Read(ctx), lang, sortedIDs(ids))
	if err != nil {
		return nil, err
	}
	for i, e := range evs {
		m, ok := made[e.Ref]
		if !ok || e.Type == "vote.sum" || e.Type == "question.edit" || e.Type == "question.new" {
			continue
		}
		out[i] = liveReply{Reply: e.Ref, Position: m.row.Position, By: m.row.author().Byline(lang), HTML: string(m.html), Version: m.version,
			At: m.row.PublishedAt.UTC().Format("2006-01-02T15:04:05Z"), Hidden: m.row.State == Hidden}
	}
	return out, nil
}

// typist says who is seen typing: staff by name, because they speak for their
// clinic; a patient never.
func (s *Service) typist(ctx context.Context, a access.Actor, id int64) (live.Typist, error) {
	if !a.SignedIn() || !a.Confirmed {
		return live.Typist{}, errs.New(errs.Forbidden, "common.sign_in_first")
	}
	q, err := findQuestion(s.db.Read(ctx), id)
	if err != nil {
		return live.Typist{}, err
	}
	if err := canReply(a, q); err != nil {
		return live.Typist{}, err
	}
	if w := a.SpeaksFor(about(q)); w.Kind == "clinic" {
		return live.Typist{Role: "clinic_staff", Label: a.Handle + " (" + w.Name + ")", Staff: true}, nil
	}
	if q.AuthorAccountID == a.AccountID {
		return live.Typist{Role: "asker"}, nil
	}
	return live.Typist{Role: "member"}, nil
}
