package experience

import (
	"context"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// trustThatCounts is from which trust on a vote is counted; others are kept.
const trustThatCounts = 2

// Voted is what a vote led to.
type Voted struct {
	Value              int
	Helpful, HelpfulOf int  // counted votes now: it helped, of all
	Counted            bool // whether this one is
}

var voteRates = []httpd.Rate{{N: 60, Per: time.Hour}}

// Vote sets whether an experience helped a (1) or did not (0): one vote a
// person, however often it is pressed. Who wrote it, and who works for the
// clinic that it is about, has none.
func (s *Service) Vote(ctx context.Context, a access.Actor, publicID string, value int) (v Voted, err error) {
	if value != 0 && value != 1 {
		return v, errs.New(errs.Invalid, "experience.read_vote_values")
	}
	if !validID(publicID) {
		return v, errNone
	}
	if err := s.limits.Take(ctx, "vote", "a"+strconv.FormatInt(a.AccountID, 10), voteRates...); err != nil {
		return v, err
	}
	v.Value, v.Counted = value, a.Trust >= trustThatCounts
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		x, err := lockVoted(tx, publicID, a.PersonID)
		if err != nil {
			return err
		}
		if err := canVote(a, x); err != nil {
			return err
		}
		if err := putVote(tx, x.ID, a.PersonID, value, v.Counted); err != nil {
			return err
		}
		v.Helpful, v.HelpfulOf, err = recountVotes(tx, x.ID)
		return err
	})
	return v, err
}

// canVote decides who may say whether an experience helped.
func canVote(a access.Actor, x votedOn) error {
	if x.State != Published {
		return errNone
	}
	if x.Own {
		return errs.New(errs.Forbidden, "experience.read_own_vote")
	}
	if _, works := a.WorksFor(x.OrganisationID); works {
		return errs.New(errs.Forbidden, "experience.read_staff_vote")
	}
	return nil
}

// CountRisen counts the votes of people of whom enough is known by now.
func (s *Service) CountRisen(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return countRisenVotes(tx, access.Newness) })
}
