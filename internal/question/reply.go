package question

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/live"
	"caravan/internal/mail"
	"caravan/internal/notify"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Posted is what became of a reply.
type Posted struct {
	ID, QuestionID int64
	Position       int64 // sequence number of its event; 0 while it waits
	Version        int
	State          string
}

// PostReply adds a's reply to a question and, once it holds, tells every open
// page. The same key posts once; sending it again gives the first answer.
func (s *Service) PostReply(ctx context.Context, a access.Actor, questionID int64, body string, k db.Key) (Posted, error) {
	body, err := cleanReply(a, body)
	if err != nil {
		return Posted{}, err
	}
	if done, err := s.count(ctx, "reply", a, replyRates, k); err != nil || done != nil {
		return s.postedBefore(ctx, done, err)
	}
	// What can be made before the transaction is not made inside of it.
	r := Reply{QuestionID: questionID, AuthorAccountID: a.AccountID, Body: body, BodyHTML: text.Markdown(body), Renderer: text.RendererVersion,
		Lang: text.Language(body, a.Lang), State: firstState(a), Version: 1}
	var kept *db.Kept
	var out Posted
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if kept, err = db.Once(tx, k); err != nil || kept != nil {
			return err
		}
		q, err := shareQuestion(tx, questionID)
		if err != nil {
			return err
		}
		if err := canReply(a, q.Question); err != nil {
			return err
		}
		r.ID, r.CreatedAt = q.NextReplyID, tx.Now
		r.AuthorRole, r.AuthorTitle, r.AuthorOrganisationID = snapshot(a, q.OrganisationID)
		db.Keep(tx, k, r.ID, "")
		out = Posted{ID: r.ID, QuestionID: q.ID, Version: r.Version, State: r.State}
		if r.State == Waiting {
			return insertWaitingReply(tx, r)
		}
		r.PublishedAt = &tx.Now
		insertReplyLast(tx, r, &out.Position)
		return s.settle(tx, q, r, byClinic(a.SpeaksFor(about(q.Question)), q.OrganisationID))
	})
	if err == nil && kept != nil {
		return s.postedBefore(ctx, kept, nil)
	}
	return out, err
}

func about(q Question) int64 {
	if q.OrganisationID == nil {
		return 0
	}
	return *q.OrganisationID
}

func (s *Service) postedBefore(ctx context.Context, kept *db.Kept, err error) (Posted, error) {
	if err != nil {
		return Posted{}, err
	}
	r, err := findReply(s.db.Read(ctx), kept.ID)
	if err != nil {
		return Posted{}, err
	}
	p := Posted{ID: r.ID, QuestionID: r.QuestionID, Version: r.Version, State: r.State}
	if r.Position != nil {
		p.Position = *r.Position
	}
	return p, nil
}

// settle puts into the transaction all that follows from a reply being there:
// its question's counters, the index, the asker's notification, and for the
// first answer one mail.
func (s *Service) settle(tx *db.Tx, q sharedQuestion, r Reply, clinic bool) error {
	fromOther := r.AuthorAccountID != q.AuthorAccountID
	countReplyLast(tx, q.ID, clinic, fromOther)
	if clinic && r.AuthorOrganisationID != nil {
		s.provider.Answered(tx, *r.AuthorOrganisationID)
	}
	if clinic && q.OrganisationID != nil {
		live.Append(tx, ClinicChannel(*q.OrganisationID), live.Event{Type: "question.answered", Ref: q.ID, Ver: q.Version})
	}
	if err := search.Put(tx, search.Reply, r.ID); err != nil {
		return err
	}
	if !fromOther {
		return nil
	}
	err := s.notify.Tell(tx, notify.Notice{AccountID: q.AuthorAccountID, Kind: "reply", Ref: q.ID, Path: Path(q.ID, q.Title), Args: map[string]string{"title": q.Title}})
	if err != nil || q.FirstAnswerAt != nil {
		return err
	}
	first, err := claimFirstAnswer(tx, q.ID)
	if err != nil || !first {
		return err
	}
	// Only who agreed to it is mailed; the notice above is there for all.
	if wants, err := s.account.Wants(tx, q.AuthorAccountID); err != nil || !wants {
		return err
	}
	return s.mail.Queue(tx, mail.Letter{AccountID: q.AuthorAccountID, Kind: "news", Values: map[string]string{"link": "/me/notifications"}})
}

// publishReply shows a reply that waited.
func (s *Service) publishReply(tx *db.Tx, q sharedQuestion, r Reply) error {
	clinic, err := speaksForClinic(tx, r, q.OrganisationID)
	if err != nil {
		return err
	}
	publishReplyLast(tx, r)
	return s.settle(tx, q, r, clinic)
}

// EditReply changes the words of a's own reply; those before stay to be read in
// its history.
func (s *Service) EditReply(ctx context.Context, a access.Actor, id int64, body string, version int) (Reply, error) {
	body, err := cleanReply(a, body)
	if err != nil {
		return Reply{}, err
	}
	var r Reply
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if r, err = lockReply(tx, id); err != nil {
			return err
		}
		if err := canEdit(a, r.AuthorAccountID, r.State, r.CreatedAt, tx.Now); err != nil {
			return err
		}
		if r.Version != version {
			return errs.New(errs.Conflict, "question.changed_meanwhile")
		}
		if r.Body == body {
			return nil
		}
		r.Body, r.BodyHTML, r.Renderer = body, text.Markdown(body), text.RendererVersion
		if err := rewriteReply(tx, &r); err != nil {
			return err
		}
		if r.State != Shown {
			return nil
		}
		live.Append(tx, channel(r.QuestionID), live.Event{Type: "reply.edit", Ref: r.ID, Ver: r.Version})
		return search.Put(tx, search.Reply, r.ID)
	})
	return r, err
}

// Accept marks a reply as the one that helped, or takes the mark away. Only the
// asker may, and the mark says only that.
func (s *Service) Accept(ctx context.Context, a access.Actor, replyID int64, accepted bool) (Question, error) {
	var q Question
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := findReply(tx, replyID)
		if err != nil {
			return err
		}
		if q, err = lockQuestion(tx, r.QuestionID); err != nil {
			return err
		}
		if err := canAccept(a, q, r); err != nil {
			return err
		}
		was := q.AcceptedReplyID != nil && *q.AcceptedReplyID == r.ID
		if was == accepted {
			return nil
		}
		if q.AcceptedReplyID = nil; accepted {
			q.AcceptedReplyID = &r.ID
		}
		if err := setAccepted(tx, &q); err != nil {
			return err
		}
		live.Append(tx, channel(q.ID), live.Event{Type: "question.edit", Ref: q.ID, Ver: q.Version})
		if !accepted {
			return nil
		}
		return s.notify.Tell(tx, notify.Notice{AccountID: r.AuthorAccountID, Kind: "accepted", Ref: q.ID, Path: replyPath(r, q.Title), Args: map[string]string{"title": q.Title}})
	})
	return q, err
}

func replyPath(r Reply, title string) string {
	p := Path(r.QuestionID, title)
	if r.Position == nil {
		return p
	}
	return p + "?at=" + itoa(*r.Position) + "#r" + itoa(*r.Position)
}
