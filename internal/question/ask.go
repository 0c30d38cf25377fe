package question

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/mail"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/text"
)

// Service does what people ask for in questions.
type Service struct {
	db        *db.DB
	hub       *live.Hub
	limits    *httpd.Limits
	mail      *mail.Mailer
	account   *account.Service
	notify    *notify.Service
	provider  *provider.Service
	search    *search.Service
	fragments *fragments
	scenes    *scenes
	scores    *scoreBoard
	posts     *db.Together[*posting]
	votes     *db.Together[*vote]
}

// Tools are what the feature works with.
type Tools struct {
	DB       *db.DB
	Hub      *live.Hub
	Limits   *httpd.Limits
	Mail     *mail.Mailer
	Account  *account.Service
	Notify   *notify.Service
	Provider *provider.Service
	Search   *search.Service
}

// New returns the feature. What is only counted anew may be done with a DB alone;
// everything else needs all tools.
func New(t Tools) *Service {
	s := &Service{db: t.DB, hub: t.Hub, limits: t.Limits, mail: t.Mail, account: t.Account, notify: t.Notify, provider: t.Provider, search: t.Search,
		scores: newScoreBoard(), fragments: newFragments(), scenes: newScenes()}
	s.posts = db.NewTogether((*posting).name, s.postTogether)
	s.votes = db.NewTogether((*vote).name, s.voteTogether)
	return s
}

// How fast one account may write; slower on its first day, more for people we
// know better.
func askRates(a access.Actor, now time.Time) []httpd.Rate {
	if a.Newcomer(now) {
		return []httpd.Rate{{N: 1, Per: 2 * time.Minute}, {N: 3, Per: 24 * time.Hour}}
	}
	return []httpd.Rate{{N: 1, Per: 30 * time.Second}, {N: daily(a, 20), Per: 24 * time.Hour}}
}

func replyRates(a access.Actor, now time.Time) []httpd.Rate {
	if a.Newcomer(now) {
		return []httpd.Rate{{N: 1, Per: 30 * time.Second}, {N: 10, Per: 24 * time.Hour}}
	}
	return []httpd.Rate{{N: 1, Per: 10 * time.Second}}
}

func daily(a access.Actor, n int) int {
	switch {
	case a.Trust >= 3:
		return 2 * n
	case a.Trust == 2:
		return n + n/2
	}
	return n
}

func who(a access.Actor) string { return "a" + strconv.FormatInt(a.AccountID, 10) }

// Ask stores a's question. It is shown at once if a's e-mail address is
// confirmed, else as soon as it is. The same key asks once.
func (s *Service) Ask(ctx context.Context, a access.Actor, d Draft, k db.Key) (Question, error) {
	d, err := d.clean(a)
	if err != nil {
		return Question{}, err
	}
	q, clinic, err := s.place(ctx, d)
	if err != nil {
		return Question{}, err
	}
	where, err := findPlannedScene(s.db.Read(ctx), q.Destination, clinic.ID)
	if err != nil {
		return Question{}, err
	}
	if d, err = d.sift(where.leaks(a)); err != nil {
		return Question{}, err
	}
	if done, err := s.count(ctx, "ask", a, askRates, k); err != nil || done != nil {
		return s.again(ctx, done, err)
	}
	q.Title, q.Body, q.BodyHTML, q.Renderer = d.Title, d.Body, text.Markdown(d.Body), text.RendererVersion
	q.Lang, q.AuthorAccountID, q.State, q.Version = text.Language(d.Title+"\n"+d.Body, a.Lang), a.AccountID, firstState(a), 1
	q.AuthorRole, q.AuthorTitle, q.AuthorOrganisationID = snapshot(a, q.OrganisationID)
	var kept *db.Kept
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if kept, err = db.Once(tx, k); err != nil || kept != nil {
			return err
		}
		q.ID, q.CreatedAt = 0, tx.Now
		if q.State == Shown {
			q.PublishedAt = &tx.Now
		}
		if err := insertQuestion(tx, &q); err != nil {
			return err
		}
		db.Keep(tx, k, q.ID, Path(q.ID, q.Title))
		if q.State == Shown {
			s.announceQuestion(tx, q, clinic.ID)
			return search.Put(tx, search.Question, q.ID)
		}
		return nil
	})
	if err != nil {
		return Question{}, err
	}
	if kept != nil {
		return s.again(ctx, kept, nil)
	}
	return q, nil
}

// place finds the procedure, destination and clinic that a draft names.
func (s *Service) place(ctx context.Context, d Draft) (q Question, clinic provider.Organisation, err error) {
	p, ok := s.provider.Procedure(d.Procedure)
	if !ok {
		return q, clinic, errs.Field("procedure", "question.procedure_missing")
	}
	dest, ok := s.provider.Destination(d.Destination)
	if !ok {
		return q, clinic, errs.Field("destination", "question.destination_missing")
	}
	q.ProcedureID, q.Destination = p.ID, dest.ISO
	if d.Clinic == "" {
		return q, clinic, nil
	}
	clinic, err = s.provider.FindClinic(s.db.Read(ctx), d.Clinic)
	if errs.Is(err, errs.NotFound) {
		return q, clinic, errs.Field("clinic", "question.clinic_missing")
	}
	if err != nil {
		return q, clinic, err
	}
	q.OrganisationID = &clinic.ID
	return q, clinic, nil
}

// count takes one deed out of a's bucket. A deed that was done before is not
// refused for coming too fast: it is returned, to be answered again.
func (s *Service) count(ctx context.Context, name string, a access.Actor, rates func(access.Actor, time.Time) []httpd.Rate, k db.Key) (*db.Kept, error) {
	err := s.limits.Take(ctx, name, who(a), rates(a, s.db.Now())...)
	if !errs.Is(err, errs.TooMany) || k.Value == "" {
		return nil, err
	}
	done, e := db.Done(s.db.Read(ctx), k)
	if e != nil {
		return nil, e
	}
	if done == nil {
		return nil, err
	}
	return done, nil
}

func (s *Service) again(ctx context.Context, kept *db.Kept, err error) (Question, error) {
	if err != nil {
		return Question{}, err
	}
	return findQuestion(s.db.Read(ctx), kept.ID)
}

// announceQuestion opens the question's channel and tells the clinic's people.
func (s *Service) announceQuestion(tx *db.Tx, q Question, clinicID int64) {
	live.Append(tx, channel(q.ID), live.Event{Type: "question.new", Ref: q.ID, Ver: q.Version})
	if clinicID != 0 {
		live.Append(tx, ClinicChannel(clinicID), live.Event{Type: "question.new", Ref: q.ID, Ver: q.Version})
	}
}

// EditQuestion changes the words of a's own question; those before stay to be
// read in its history.
func (s *Service) EditQuestion(ctx context.Context, a access.Actor, id int64, w Words, version int) (Question, error) {
	d, err := Draft{Title: w.Title, Body: w.Body, Procedure: "-", Destination: "-", LeaksSeen: w.LeaksSeen}.clean(a)
	if err != nil {
		return Question{}, err
	}
	where, err := s.sceneOf(ctx, id)
	if err != nil {
		return Question{}, err
	}
	if d, err = d.sift(where.leaks(a)); err != nil {
		return Question{}, err
	}
	var q Question
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if q, err = lockQuestion(tx, id); err != nil {
			return err
		}
		if err := canEdit(a, q.AuthorAccountID, q.State, q.CreatedAt, tx.Now); err != nil {
			return err
		}
		if q.Version != version {
			return errs.New(errs.Conflict, "question.changed_meanwhile")
		}
		if q.Title == d.Title && q.Body == d.Body {
			return nil
		}
		q.Title, q.Body, q.BodyHTML, q.Renderer = d.Title, d.Body, text.Markdown(d.Body), text.RendererVersion
		if err := rewriteQuestion(tx, &q); err != nil {
			return err
		}
		if q.State != Shown {
			return nil
		}
		live.Append(tx, channel(q.ID), live.Event{Type: "question.edit", Ref: q.ID, Ver: q.Version})
		return search.Put(tx, search.Question, q.ID)
	})
	return q, err
}

// Publish shows what an account wrote before its e-mail address was confirmed,
// in the order of writing. It belongs to the transaction that confirms.
func (s *Service) Publish(tx *db.Tx, accountID int64) error {
	questions, err := listWaitingQuestions(tx, accountID)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if err := publishQuestion(tx, &q); err != nil {
			return err
		}
		var clinic int64
		if q.OrganisationID != nil {
			clinic = *q.OrganisationID
		}
		s.announceQuestion(tx, q, clinic)
		if err := search.Put(tx, search.Question, q.ID); err != nil {
			return err
		}
	}
	replies, err := listWaitingReplies(tx, accountID)
	if err != nil {
		return err
	}
	for _, r := range replies {
		q, err := shareQuestion(tx, r.QuestionID)
		if err != nil {
			return err
		}
		if q.State != Shown {
			continue // stays waiting: its question is not there to be answered
		}
		if err := s.publishReply(tx, q, r); err != nil {
			return err
		}
	}
	return nil
}

// Path is the address of a question, without a language prefix.
func Path(id int64, title string) string {
	return fmt.Sprintf("/questions/%d/%s", id, text.Slug(title))
}
