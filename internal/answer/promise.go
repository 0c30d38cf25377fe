package answer

import (
	"context"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// Promise adds a change, due on a day, to a clinic's answer. It cannot be taken
// back. The same key promises once.
func (s *Service) Promise(ctx context.Context, a access.Actor, publicID string, p Promise, k db.Key) (id int64, err error) {
	e, _, err := s.subject(ctx, a, publicID)
	if err != nil {
		return 0, err
	}
	known, err := s.known(s.db.Read(ctx), e.ID)
	if err != nil {
		return 0, err
	}
	title, due, err := cleanPromise(p, known, s.db.Now())
	if err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			id = kept.ID
			return nil
		}
		w, err := lockAnswer(tx, e.ID)
		if err != nil {
			return err
		}
		rows, err := listChanges(tx, e.ID)
		if err != nil {
			return err
		}
		if len(rows) >= MaxChanges {
			return errs.New(errs.Invalid, "answer.changes_most", "most", MaxChanges)
		}
		if err := move(tx, w, promise); err != nil {
			return err
		}
		c := Change{OrganisationID: w.OrganisationID, ExperienceID: w.ExperienceID, Title: title, DueOn: due, FirstDueOn: due, CreatedAt: tx.Now}
		if err := insertChange(tx, &c); err != nil {
			return err
		}
		id = c.ID
		db.Keep(tx, k, id, c.path())
		return s.experiences.TellAuthor(tx, w.ExperienceID, ToldPlanned)
	})
	return id, err
}

// Delay moves the day of a change that is not due yet. The day first named
// stays public beside it.
func (s *Service) Delay(ctx context.Context, a access.Actor, id int64, due string) error {
	return s.onChange(ctx, a, id, func(tx *db.Tx, w Answer, c Change) error {
		day, err := cleanDue(due, c.FirstDueOn, tx.Now)
		if err != nil {
			return err
		}
		if day.Equal(c.DueOn) {
			return nil
		}
		if err := canMove(c, day, tx.Now); err != nil {
			return err
		}
		if err := move(tx, w, delay); err != nil {
			return err
		}
		return setDue(tx, c.ID, day)
	})
}

// Make files proof that a change was made, with today as its day.
func (s *Service) Make(ctx context.Context, a access.Actor, id int64, proof string) error {
	proof, err := between("proof", proof, MinProof, MaxProof, "answer.proof_short", "answer.proof_long")
	if err != nil {
		return err
	}
	return s.onChange(ctx, a, id, func(tx *db.Tx, w Answer, c Change) error {
		if c.MadeOn != nil && c.Proof == proof {
			return nil // the same form once more
		}
		if err := canMake(c); err != nil {
			return err
		}
		known, err := s.known(tx, c.ExperienceID)
		if err != nil {
			return err
		}
		if err := plain("proof", withoutDays(proof), known); err != nil {
			return err
		}
		if err := setMade(tx, c.ID, proof, today(tx.Now)); err != nil {
			return err
		}
		t, err := tallyOf(tx, c.ExperienceID)
		if err != nil {
			return err
		}
		if err := move(tx, w, t.onMade()); err != nil {
			return err
		}
		return s.experiences.TellAuthor(tx, c.ExperienceID, ToldMade)
	})
}

// See records whether a later verified patient found a change in place. Saying
// it again replaces what was said.
func (s *Service) See(ctx context.Context, a access.Actor, id int64, seen bool) error {
	r, err := findChange(s.db.Read(ctx), id)
	if err != nil {
		return err
	}
	by, err := s.mayTell(ctx, a, r.Change)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := lockAnswer(tx, r.ExperienceID)
		if err != nil {
			return err
		}
		if err := putSighting(tx, id, by, seen); err != nil {
			return err
		}
		t, err := tallyOf(tx, r.ExperienceID)
		if err != nil {
			return err
		}
		to, err := step(w.Standing, t.onSeen())
		if err != nil {
			return err
		}
		return setStanding(tx, w.ExperienceID, to)
	})
}

// mayTell returns the experience by which a may tell about a change.
func (s *Service) mayTell(ctx context.Context, a access.Actor, c Change) (experienceID int64, err error) {
	if c.MadeOn == nil {
		return canSee(c, nil)
	}
	later, err := s.experiences.LaterVerified(ctx, a, c.OrganisationID, *c.MadeOn)
	if err != nil {
		return 0, err
	}
	return canSee(c, later)
}

// onChange does something to a change as the clinic that promised it, with its
// answer locked.
func (s *Service) onChange(ctx context.Context, a access.Actor, id int64, do func(*db.Tx, Answer, Change) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := findChange(tx, id)
		if err != nil {
			return err
		}
		if _, err := speaker(a, r.OrganisationID); err != nil {
			return err
		}
		w, err := lockAnswer(tx, r.ExperienceID)
		if err != nil {
			return err
		}
		if r, err = findChange(tx, id); err != nil { // as it stands now that nobody else writes
			return err
		}
		return do(tx, w, r.Change)
	})
}

// tallyOf counts the changes of an answer.
func tallyOf(tx *db.Tx, experienceID int64) (t tally, err error) {
	rows, err := listChanges(tx, experienceID)
	for _, r := range rows {
		switch r.view(tx.Now).State {
		case Confirmed:
			t.Confirmed++
			t.Made++
		case Made:
			t.Made++
		default:
			t.Open++
		}
	}
	return t, err
}

// withoutDays takes days written as 2026-10-30 out of a proof before it is
// searched for what gives a patient away: since when a change is in place has
// to be said.
func withoutDays(s string) string {
	words := strings.Fields(s)
	kept := words[:0]
	for _, w := range words {
		if !isDay(strings.Trim(w, ".,;:()")) {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
