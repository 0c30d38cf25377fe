package question

import (
	"context"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// Every title and text is searched for what would say who somebody is or how to
// reach them, before it comes near a transaction. What may only be left in
// knowingly asks for a tick; names of persons that are left in are covered, and
// what is stored is the covered text: its author was told.

// scene is what decides how a text is read: numbers of these countries are
// telephone numbers, and these names may be said.
type scene struct{ countries, names []string }

// scenes keeps where questions play, so that replies to one need no read of
// their own for it. A doctor who joined a clinic is known a minute later.
type scenes = expirable.LRU[int64, scene]

const (
	sceneFor   = time.Minute
	scenesMost = 5_000
)

func newScenes() *scenes { return expirable.NewLRU[int64, scene](scenesMost, nil, sceneFor) }

// sceneOf is where a question plays; of one that is not there, nowhere.
func (s *Service) sceneOf(ctx context.Context, questionID int64) (scene, error) {
	if x, ok := s.scenes.Get(questionID); ok {
		return x, nil
	}
	x, there, err := findScene(s.db.Read(ctx), questionID)
	if err == nil && there {
		s.scenes.Add(questionID, x)
	}
	return x, err
}

// leaks is what the search for leaks knows of a and of where a writes.
func (x scene) leaks(a access.Actor) text.LeakContext {
	return text.LeakContext{Countries: x.countries, OwnNames: a.OwnNames, Allowed: x.names, Verified: a.Trust >= trustThatIsCounted || a.Insider()}
}

// sift searches a cleaned text, which is the form field of that name, and
// returns it as it is stored. Seen says that its author has seen the warnings.
func sift(field, s string, c text.LeakContext, seen bool) (string, error) {
	if err := text.CheckLeaks(field, s, c, seen); err != nil || !seen {
		return s, err
	}
	return text.Masked(s, text.Leaks(s, c)), nil
}

// sift searches a draft's words and says everything at once.
func (d Draft) sift(c text.LeakContext) (Draft, error) {
	var title, body error
	d.Title, title = sift("title", d.Title, c, d.LeaksSeen)
	d.Body, body = sift("body", d.Body, c, d.LeaksSeen)
	if err := together(title, body); err != nil {
		return d, err
	}
	return d, d.fits() // a marker is longer than many a name
}

// siftReply does the same for the text of a reply, or one that replaces it.
func siftReply(w Words, c text.LeakContext) (string, error) {
	s, err := sift("body", w.Body, c, w.LeaksSeen)
	if err != nil {
		return s, err
	}
	_, err = between(s, 1, MaxReply, "question.reply_empty", "question.reply_long")
	return s, ofField("body", err)
}

// together is what is wrong with several fields. A tick is offered, once, only
// if it is all that is missing.
func together(found ...error) error {
	var wrong []errs.FieldMsg
	var tick *errs.FieldMsg
	enough := true // a tick is
	for _, err := range found {
		if err == nil {
			continue
		}
		e, offered := errs.Of(err), false
		for _, f := range e.Fields {
			if f.Name == text.LeakTick {
				offered, tick = true, &f
			} else {
				wrong = append(wrong, f)
			}
		}
		enough = enough && offered
	}
	if tick != nil && enough {
		wrong = append(wrong, *tick)
	}
	return errs.Fields(wrong...)
}
