package shaping

import (
	"context"
	"time"

	"caravan/internal/db"
	"caravan/internal/mail"
	"caravan/internal/notify"
)

// journeyBatch is how many journeys one transaction looks at.
const journeyBatch = 100

// FollowJourneys holds each journey against the person's own experience: once
// that is published the visit is known, and of level 2 or more it is proven, so
// that the verdicts count; when it is withdrawn they no longer do. Nobody is
// asked for what the experience says. Several nodes may run it at once.
func (s *Service) FollowJourneys(ctx context.Context) error {
	for after, n := int64(0), journeyBatch; n == journeyBatch; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			rows, err := listFollowing(tx, after, journeyBatch)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := s.follow(tx, r); err != nil {
					return err
				}
			}
			if n = len(rows); n > 0 {
				after = rows[n-1].ID
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// follow brings one locked journey up to what the experience says.
func (s *Service) follow(tx *db.Tx, r followRow) error {
	_, proven, discharged, ok, err := s.followedBy(tx, r.Journey, r.OrganisationID, r.ProcedureID)
	if err != nil {
		return err
	}
	j := r.Journey
	j.Proven = ok && proven
	switch {
	case ok && j.Stage == StageEnrolled:
		// Where only the quarter was told its last day may lie ahead.
		if today := DayAfter(tx.Now.UTC(), 0); discharged.After(today) {
			discharged = today
		}
		return treat(tx, j, DayAfter(discharged, 0))
	case j.Proven != r.Proven:
		return saveJourney(tx, j)
	}
	return nil
}

// followedBy finds the own experience of a journey. One of a treatment that was
// over before the place was taken did not follow it.
func (s *Service) followedBy(q *db.Tx, j Journey, organisationID, procedureID int64) (id int64, proven bool, discharged time.Time, ok bool, err error) {
	id, proven, discharged, ok, err = s.experiences.Followed(q, j.PersonID, organisationID, procedureID, j.EnrolledAt)
	if err != nil || !ok || discharged.Before(DayAfter(j.EnrolledAt.UTC(), 0)) {
		return 0, false, time.Time{}, false, err
	}
	return id, proven, discharged, true, nil
}

// RemindVerdicts tells patients that promises can be judged now: by a notice and
// by a mail that says only that there is news. Once for each day on which
// something is due, however much it is.
func (s *Service) RemindVerdicts(ctx context.Context) error {
	for n := journeyBatch; n == journeyBatch; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			due, err := lockRemind(tx, journeyBatch)
			if err != nil {
				return err
			}
			n = len(due)
			for _, d := range due {
				if err := s.remindVerdict(tx, d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) remindVerdict(tx *db.Tx, d dueJourney) error {
	if err := markTold(tx, d.JourneyID); err != nil {
		return err
	}
	if err := s.notify.Tell(tx, notify.Notice{AccountID: d.AccountID, Kind: "promise_due", Ref: d.JourneyID, Path: journeyPath(d.PublicID)}); err != nil {
		return err
	}
	return s.mail.Queue(tx, mail.Letter{AccountID: d.AccountID, Kind: "promise_due", Values: map[string]string{"link": "/me/journeys"}})
}
