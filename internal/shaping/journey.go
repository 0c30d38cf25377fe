package shaping

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// Stages of a journey.
const (
	StageEnrolled = "enrolled" // has a place
	StageTreated  = "treated"
	StageLeft     = "left" // gave the place back before treatment
)

// enrolRate keeps one person from taking places everywhere.
var enrolRate = httpd.Rate{N: 10, Per: 24 * time.Hour}

// canEnrol says whether a place under a commitment can be taken: while the
// package takes patients, by a person of whom something is known, before the
// commitment's last day, and while there is a place.
func canEnrol(p Package, c *Commitment, taken int, who []Role, now time.Time) error {
	if err := May(p.State, Enrol, who); err != nil {
		return err
	}
	switch {
	case c == nil || c.State != CommitmentActive:
		return errs.New(errs.Conflict, "shaping.enrol_closed")
	case DayAfter(now.UTC(), 0).After(c.ValidUntil):
		return errs.New(errs.Conflict, "shaping.enrol_over")
	case taken >= c.Capacity:
		return errs.New(errs.Conflict, "shaping.enrol_full")
	}
	return nil
}

// canLeave says whether a journey can be left: before the treatment. Afterwards
// it stays, for what was promised is told item by item.
func canLeave(j Journey) error {
	if j.Stage == StageTreated {
		return errs.New(errs.Conflict, "shaping.journey_treated")
	}
	return nil
}

// readDischarge reads the day on which somebody was discharged: from the day of
// the enrolment until today.
func readDischarge(s string, enrolled, now time.Time) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil {
		return day, errs.Field("day", "shaping.discharge_unreadable")
	}
	if day.Before(DayAfter(enrolled.UTC(), 0)) || day.After(DayAfter(now.UTC(), 0)) {
		return day, errs.Field("day", "shaping.discharge_range")
	}
	return day, nil
}

// promisesTo are the promises to a patient. Figures on the provider's own past
// are none: nobody can judge them from one treatment.
func promisesTo(c Content) Content {
	return slices.DeleteFunc(slices.Clone(c), func(l Line) bool { return strings.HasPrefix(l.Item.Key, "risk.") })
}

func journeyPath(publicID string) string { return "/me/journeys/" + publicID }

// Enrol takes a place for a under the package's commitment and returns the
// address of the journey. Whoever has a place already gets its address. Of many
// who want the last place at one moment one gets it; the others get Conflict.
func (s *Service) Enrol(ctx context.Context, a access.Actor, slug string, k db.Key) (path string, err error) {
	if err := s.limits.Take(ctx, "enrol", "a"+strconv.FormatInt(a.AccountID, 10), enrolRate); err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			path = kept.Address
			return nil
		}
		j, err := s.takePlace(tx, a, slug)
		if err != nil {
			return err
		}
		path = journeyPath(j.PublicID)
		db.Keep(tx, k, j.ID, path)
		return nil
	})
	return path, err
}

// takePlace locks first the package's state, then the commitment: in the order
// in which the clock does.
func (s *Service) takePlace(tx *db.Tx, a access.Actor, slug string) (j Journey, err error) {
	p, err := hold(tx, slug)
	if err == nil && p.PublishedAt == nil {
		err = errNoPackage
	}
	if err != nil {
		return j, err
	}
	c, err := lockStanding(tx, p.ID)
	if err != nil {
		return j, err
	}
	taken := 0
	if c != nil {
		mine, err := journeyUnder(tx, c.ID, a.PersonID)
		if err != nil {
			return j, err
		}
		if mine != nil && mine.Stage != StageLeft {
			return *mine, nil
		}
		if taken, err = placesTaken(tx, c.ID); err != nil {
			return j, err
		}
	}
	if err := canEnrol(p, c, taken, RolesOf(a, p, false), tx.Now); err != nil {
		return j, err
	}
	j = Journey{CommitmentID: c.ID, PersonID: a.PersonID, AccountID: a.AccountID}
	if err := putJourney(tx, &j); err != nil {
		return j, err
	}
	return j, turnInterest(tx, a.PersonID, p.ID, []InterestState{Active, CarriedOver, NeedsConfirm}, Converted)
}

// Leave gives a's place back, before the treatment. An interest that had become
// the journey is open again.
func (s *Service) Leave(ctx context.Context, a access.Actor, publicID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		j, err := lockJourney(tx, a.PersonID, publicID)
		if err != nil || j.Stage == StageLeft {
			return err
		}
		if err := canLeave(j); err != nil {
			return err
		}
		c, err := commitmentByID(tx, j.CommitmentID)
		if err != nil {
			return err
		}
		j.Stage = StageLeft
		if err := saveJourney(tx, j); err != nil {
			return err
		}
		return turnInterest(tx, a.PersonID, c.PackageID, []InterestState{Converted}, NeedsConfirm)
	})
}

// SayTreated says on which day a was discharged ("2026-10-30"). From then on
// each promise is asked about on its day.
func (s *Service) SayTreated(ctx context.Context, a access.Actor, publicID, day string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		j, err := lockJourney(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		if j.Stage == StageLeft {
			return errs.New(errs.Conflict, "shaping.journey_left")
		}
		discharged, err := readDischarge(day, j.EnrolledAt, tx.Now)
		if err != nil {
			return err
		}
		return treat(tx, j, discharged)
	})
}

// treat sets the day of discharge of a locked journey, and with it the days of
// all that was not said yet.
func treat(tx *db.Tx, j Journey, discharged time.Time) error {
	if j.Stage == StageTreated && j.DischargedOn != nil && j.DischargedOn.Equal(discharged) {
		return saveJourney(tx, j)
	}
	c, err := commitmentByID(tx, j.CommitmentID)
	if err != nil {
		return err
	}
	says, err := content(tx, c.VersionID)
	if err != nil {
		return err
	}
	before := j.Stage
	j.Stage, j.DischargedOn = StageTreated, &discharged
	if err := saveJourney(tx, j); err != nil {
		return err
	}
	asked := Schedule(promisesTo(says), discharged)
	if before == StageTreated {
		return moveVerdicts(tx, j.ID, asked)
	}
	return insertVerdicts(tx, j.ID, asked)
}

// Link says whether a's own experience shall say which version it followed. It
// is said only where at least five say the same.
func (s *Service) Link(ctx context.Context, a access.Actor, publicID string, on bool) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		j, err := lockJourney(tx, a.PersonID, publicID)
		if err != nil {
			return err
		}
		j.Linked = on
		return saveJourney(tx, j)
	})
}

// Released gives back the places of an account that is closed. What was said of
// promises stays: it is about the provider, and nobody can be found behind it.
func (s *Service) Released(tx *db.Tx, accountID int64) error { return leaveAll(tx, accountID) }
