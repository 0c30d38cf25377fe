package answer

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/text"
)

// kind is what the moderation desk knows answers by.
const kind = "answer"

// answerRate is how often one account may answer or edit.
var answerRate = httpd.Rate{N: 40, Per: oneDay}

// Said is what became of an answer.
type Said struct {
	ExperienceID int64
	State        string // shown or held
	Version      int
	Body         string      // cleaned
	Spots        []text.Spot // of Body, what it was held for
}

// Answer publishes a clinic's answer to an experience, or holds it for a
// moderator if it speaks of one person's treatment. An experience has one
// answer: a second is a Conflict. The same key answers once.
func (s *Service) Answer(ctx context.Context, a access.Actor, publicID, body string, k db.Key) (Said, error) {
	e, d, err := s.read(ctx, a, publicID, body)
	if err != nil {
		return Said{}, err
	}
	if done, err := s.count(ctx, a, k); err != nil || done != nil {
		return s.saidBefore(ctx, e.ID, d.spots, err)
	}
	w := Answer{ExperienceID: e.ID, OrganisationID: e.OrganisationID, Standing: Answered, Version: 1}
	d.into(&w)
	var kept *db.Kept
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if kept, err = db.Once(tx, k); err != nil || kept != nil {
			return err
		}
		w.CreatedAt, w.PublishedAt = tx.Now, nil
		if w.State == Shown {
			w.PublishedAt = &tx.Now
		}
		fresh, err := insertAnswer(tx, w)
		if err != nil {
			return err
		}
		if !fresh {
			return errs.New(errs.Conflict, "answer.there_already")
		}
		db.Keep(tx, k, w.ExperienceID, e.Path)
		return s.follow(tx, w, "", a.AccountID)
	})
	if err == nil && kept != nil {
		return s.saidBefore(ctx, e.ID, d.spots, nil)
	}
	return Said{e.ID, w.State, w.Version, d.body, d.spots}, err
}

// draft is what somebody of a clinic wants to say in an answer.
type draft struct {
	by    access.Actor
	as    access.Work
	body  string      // cleaned
	spots []text.Spot // for a moderator to look at
}

// read finds the experience that a may answer, and reads the words of an answer
// to it.
func (s *Service) read(ctx context.Context, a access.Actor, publicID, body string) (e Subject, d draft, err error) {
	d.by = a
	if e, d.as, err = s.subject(ctx, a, publicID); err != nil {
		return e, d, err
	}
	if d.body, err = cleanBody(body); err != nil {
		return e, d, err
	}
	d.spots, err = s.guard(ctx, e.ID, d.body)
	return e, d, err
}

// into gives an answer the words of the draft, who wrote them and in what
// capacity, and the state that they lead to.
func (d draft) into(w *Answer) {
	w.Body, w.BodyHTML, w.Renderer, w.Lang = d.body, text.Markdown(d.body), text.RendererVersion, text.Language(d.body, d.by.Lang)
	w.AuthorAccountID, w.AuthorRole, w.AuthorTitle = d.by.AccountID, d.as.Role, d.as.Title
	w.State = stateOf(d.spots)
}

// follow puts into the transaction what follows from an answer's new state.
func (s *Service) follow(tx *db.Tx, w Answer, before string, accountID int64) error {
	if err := record(tx, w.ExperienceID); err != nil {
		return err
	}
	switch {
	case w.State == Held:
		return moderation.Suggest(tx, kind, w.ExperienceID, accountID)
	case before == Held:
		if err := moderation.TakeBack(tx, kind, w.ExperienceID); err != nil {
			return err
		}
	}
	return s.shown(tx, w)
}

// shown tells the author of the experience that an answer is there, when it is
// published for the first time.
func (s *Service) shown(tx *db.Tx, w Answer) error {
	if w.PublishedAt == nil || !w.PublishedAt.Equal(tx.Now) {
		return nil
	}
	s.provider.Answered(tx, w.OrganisationID)
	return s.experiences.TellAuthor(tx, w.ExperienceID, ToldAnswer)
}

// Edit gives an answer other words; those before stay to be read. What was held
// or refused and now speaks of nobody is published.
func (s *Service) Edit(ctx context.Context, a access.Actor, publicID, body string, version int) (Said, error) {
	e, d, err := s.read(ctx, a, publicID, body)
	if err != nil {
		return Said{}, err
	}
	if _, err := s.count(ctx, a, db.Key{}); err != nil {
		return Said{}, err
	}
	var w Answer
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if w, err = lockAnswer(tx, e.ID); err != nil {
			return err
		}
		if err := canEdit(w, version); err != nil {
			return err
		}
		if w.Body == d.body {
			return nil
		}
		before := w.State
		if before == Shown { // what was public stays to be read; what was not, was not
			if err := keepWording(tx, w); err != nil {
				return err
			}
		}
		d.into(&w)
		w.HiddenWhy, w.EditedAt = "", &tx.Now
		w.Version++
		if w.State == Shown && w.PublishedAt == nil {
			w.PublishedAt, w.EditedAt = &tx.Now, nil
		}
		if err := rewriteAnswer(tx, w); err != nil {
			return err
		}
		return s.follow(tx, w, before, a.AccountID)
	})
	return Said{e.ID, w.State, w.Version, d.body, d.spots}, err
}

// LookInto says in public that the clinic looks into what was told.
func (s *Service) LookInto(ctx context.Context, a access.Actor, publicID string) error {
	e, _, err := s.subject(ctx, a, publicID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := lockAnswer(tx, e.ID)
		if err != nil {
			return err
		}
		if w.Standing == Looking {
			return nil
		}
		return move(tx, w, look)
	})
}

// move takes a locked answer to where an event leads.
func move(tx *db.Tx, w Answer, e event) error {
	if err := canStep(w); err != nil {
		return err
	}
	to, err := step(w.Standing, e)
	if err != nil || to == w.Standing {
		return err
	}
	return setStanding(tx, w.ExperienceID, to)
}

// subject finds an experience that a may answer.
func (s *Service) subject(ctx context.Context, a access.Actor, publicID string) (e Subject, work access.Work, err error) {
	if e, err = s.experience(ctx, publicID); err != nil {
		return e, work, err
	}
	work, err = canAnswer(a, e)
	return e, work, err
}

// publicIDs have the form in which Postgres prints a uuid.
var publicIDs = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// experience finds an experience by what an address calls it.
func (s *Service) experience(ctx context.Context, publicID string) (Subject, error) {
	if !publicIDs.MatchString(publicID) {
		return Subject{}, errs.New(errs.NotFound, "answer.no_experience")
	}
	return s.experiences.Subject(ctx, publicID)
}

// guard finds what an answer says about one person's treatment, besides what
// the page of the experience says in its own neutral words.
func (s *Service) guard(ctx context.Context, experienceID int64, body string) ([]text.Spot, error) {
	known, err := s.known(s.db.Read(ctx), experienceID)
	if err != nil {
		return nil, err
	}
	return text.Guard(body, known), nil
}

// known are the words that stand above every experience of its kind: clinic,
// city, treatment.
func (s *Service) known(q *db.Tx, experienceID int64) ([]string, error) {
	r, err := findNeutral(q, experienceID)
	if err != nil {
		return nil, err
	}
	words := []string{r.Name, r.City}
	p, ok := s.provider.ProcedureByID(r.ProcedureID)
	if ok && r.ShownTreatment == "procedure" {
		for _, names := range p.Names() {
			words = append(words, names...)
		}
	}
	return words, nil
}

// count takes one deed out of a's bucket, unless it was done before.
func (s *Service) count(ctx context.Context, a access.Actor, k db.Key) (*db.Kept, error) {
	if k.Value != "" {
		if done, err := db.Done(s.db.Read(ctx), k); err != nil || done != nil {
			return done, err
		}
	}
	return nil, s.limits.Take(ctx, kind, "a"+strconv.FormatInt(a.AccountID, 10), answerRate)
}

func (s *Service) saidBefore(ctx context.Context, experienceID int64, spots []text.Spot, err error) (Said, error) {
	if err != nil {
		return Said{}, err
	}
	r, found, err := findAnswer(s.db.Read(ctx), experienceID)
	if err == nil && !found {
		err = errs.New(errs.NotFound, "answer.no_answer")
	}
	return Said{experienceID, r.State, r.Version, r.Body, spots}, err
}

// today is the day of a moment, as stored in columns of days.
func today(now time.Time) time.Time { return now.UTC().Truncate(oneDay) }
