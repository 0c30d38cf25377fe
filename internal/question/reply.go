package question

import (
	"context"
	"errors"

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

// posting is a reply on its way.
type posting struct {
	by     access.Actor
	key    db.Key
	reply  Reply
	posted Posted
}

// PostReply adds a's reply to a question and, once it holds, tells every open
// page. The same key posts once; sending it again gives the first answer.
//
// Replies that arrive at the same moment share a transaction. What that one
// would have to wait or ask for, the reply gets in a transaction of its own: a
// key that is there already, a question that is being changed or not open, the
// first answer with its mail.
func (s *Service) PostReply(ctx context.Context, a access.Actor, questionID int64, w Words, k db.Key) (Posted, error) {
	body, err := s.siftedReply(ctx, a, questionID, w)
	if err != nil {
		return Posted{}, err
	}
	if done, err := s.count(ctx, "reply", a, replyRates, k); err != nil || done != nil {
		return s.postedBefore(ctx, done, err)
	}
	// What can be made before the transaction is not made inside of it.
	p := &posting{by: a, key: k, reply: Reply{QuestionID: questionID, AuthorAccountID: a.AccountID, Body: body, BodyHTML: text.Markdown(body),
		Renderer: text.RendererVersion, Lang: text.Language(body, a.Lang), State: firstState(a), Version: 1}}
	if p.reply.State == Waiting || k.Value == "" {
		return s.postAlone(ctx, p)
	}
	if err := s.posts.Do(ctx, p); errors.Is(err, db.ErrAlone) {
		return s.postAlone(ctx, p)
	} else if err != nil {
		return Posted{}, err // p may still be at work
	}
	return p.posted, nil
}

// siftedReply is the text of a reply as it is stored.
func (s *Service) siftedReply(ctx context.Context, a access.Actor, questionID int64, w Words) (body string, err error) {
	if w.Body, err = cleanReply(a, w.Body); err != nil {
		return "", err
	}
	where, err := s.sceneOf(ctx, questionID)
	if err != nil {
		return "", err
	}
	return siftReply(w, where.leaks(a))
}

// name keeps two that are sent with the same key apart.
func (p *posting) name() string { return p.key.Scope + " " + p.key.Route + " " + p.key.Value }

// postTogether posts many replies in one transaction and returns those that
// need one of their own.
func (s *Service) postTogether(ctx context.Context, ps []*posting) (alone []*posting, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		questions, err := shareQuestions(tx, ps)
		if err != nil {
			return err
		}
		alone = nil
		var shown []int64
		for _, p := range ps {
			q, there := questions[p.reply.QuestionID]
			first := q.FirstAnswerAt == nil && p.by.AccountID != q.AuthorAccountID
			if p.reply.ID == 0 || !there || first || canReply(p.by, q.Question) != nil {
				alone = append(alone, p)
				if p.reply.ID != 0 {
					db.Unclaim(tx, p.key)
				}
				continue
			}
			if err := s.put(tx, q, p); err != nil {
				return err
			}
			shown = append(shown, p.reply.ID)
		}
		return search.PutMany(tx, search.Reply, shown)
	})
	return alone, err
}

// postAlone posts a reply in a transaction of its own.
func (s *Service) postAlone(ctx context.Context, p *posting) (Posted, error) {
	var kept *db.Kept
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if kept, err = db.Once(tx, p.key); err != nil || kept != nil {
			return err
		}
		q, err := shareQuestion(tx, p.reply.QuestionID)
		if err != nil {
			return err
		}
		if err := canReply(p.by, q.Question); err != nil {
			return err
		}
		p.reply.ID = q.NextReplyID
		db.Keep(tx, p.key, p.reply.ID, "")
		if err := s.put(tx, q, p); err != nil || p.reply.State == Waiting {
			return err
		}
		if err := s.mailFirstAnswer(tx, q, p.reply); err != nil {
			return err
		}
		return search.Put(tx, search.Reply, p.reply.ID)
	})
	if err != nil || kept != nil {
		return s.postedBefore(ctx, kept, err)
	}
	return p.posted, nil
}

// put puts a reply that has its id and may be posted into the transaction, and
// what follows from it.
func (s *Service) put(tx *db.Tx, q sharedQuestion, p *posting) error {
	p.reply.CreatedAt = tx.Now
	p.reply.AuthorRole, p.reply.AuthorTitle, p.reply.AuthorOrganisationID = snapshot(p.by, q.OrganisationID)
	p.posted = Posted{ID: p.reply.ID, QuestionID: q.ID, Version: p.reply.Version, State: p.reply.State}
	insertReplyLast(tx, p.reply, &p.posted.Position)
	if p.reply.State == Waiting {
		return nil
	}
	return s.settle(tx, q, p.reply, byClinic(p.by.SpeaksFor(about(q.Question)), q.OrganisationID))
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

// settle puts into the transaction what follows from a reply being there: its
// question's counters, the clinic's list, the asker's notification.
func (s *Service) settle(tx *db.Tx, q sharedQuestion, r Reply, clinic bool) error {
	fromOther := r.AuthorAccountID != q.AuthorAccountID
	countReplyLast(tx, q.ID, clinic, fromOther)
	if clinic && r.AuthorOrganisationID != nil {
		s.provider.Answered(tx, *r.AuthorOrganisationID)
	}
	if clinic && q.OrganisationID != nil {
		live.Append(tx, ClinicChannel(*q.OrganisationID), live.Event{Type: "question.answered", Ref: q.ID, Ver: q.Version})
	}
	if !fromOther {
		return nil
	}
	return s.notify.Tell(tx, notify.Notice{AccountID: q.AuthorAccountID, Kind: "reply", Ref: q.ID, Path: Path(q.ID, q.Title), Args: map[string]string{"title": q.Title}})
}

// mailFirstAnswer queues one mail to the asker with the first answer of
// somebody else.
func (s *Service) mailFirstAnswer(tx *db.Tx, q sharedQuestion, r Reply) error {
	if r.AuthorAccountID == q.AuthorAccountID || q.FirstAnswerAt != nil {
		return nil
	}
	first, err := claimFirstAnswer(tx, q.ID)
	if err != nil || !first {
		return err
	}
	// Only who agreed to it is mailed; the notice is there for all.
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
	if err := s.settle(tx, q, r, clinic); err != nil {
		return err
	}
	if err := s.mailFirstAnswer(tx, q, r); err != nil {
		return err
	}
	return search.Put(tx, search.Reply, r.ID)
}

// EditReply changes the words of a's own reply; those before stay to be read in
// its history.
func (s *Service) EditReply(ctx context.Context, a access.Actor, id int64, w Words, version int) (Reply, error) {
	r, err := findReply(s.db.Read(ctx), id)
	if err != nil {
		return r, err
	}
	body, err := s.siftedReply(ctx, a, r.QuestionID, w)
	if err != nil {
		return Reply{}, err
	}
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
