package departure

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// Leave asks that a be erased when [Grace] is over; texts says whether what a
// wrote goes too, or stays without anything that leads to a. Asking again
// changes that choice and not the day.
func (s *Service) Leave(ctx context.Context, a access.Actor, texts bool) error {
	if err := account.NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return insertDeparture(tx, Departure{AccountID: a.AccountID, Texts: texts, AskedAt: tx.Now, DueAt: tx.Now.Add(Grace)})
	})
}

// Stay takes back that a leaves.
func (s *Service) Stay(ctx context.Context, a access.Actor) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		gone, err := removeDeparture(tx, a.AccountID)
		if err == nil && !gone {
			return errs.New(errs.NotFound, "departure.not_leaving")
		}
		return err
	})
}

// Leaving returns whether and when a leaves.
func (s *Service) Leaving(ctx context.Context, a access.Actor) (Departure, bool, error) {
	return findDeparture(s.db.Read(ctx), a.AccountID)
}

// Depart erases everybody whose week is over, each in a transaction of its own.
func (s *Service) Depart(ctx context.Context) error {
	for {
		d, there, err := findDue(s.db.Read(ctx), s.db.Now())
		if err != nil || !there {
			return err
		}
		// The line comes first: a line too many erases who asked for it anyway,
		// a line too few would bring somebody back with a backup.
		if err := s.note(d); err != nil {
			return err
		}
		if err := s.erase(ctx, d.AccountID); err != nil {
			return err
		}
	}
}

// erase does what Leave announced. It changes nothing for who stayed after all,
// or has gone.
func (s *Service) erase(ctx context.Context, accountID int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		d, there, err := lockDeparture(tx, accountID)
		if err != nil || !there || d.DoneOn != nil {
			return err
		}
		person, err := personOf(tx, accountID)
		if err != nil {
			return err
		}
		// Words that may only be added to go first, while it can still be told
		// whose they are.
		if err := emptyRecords(tx, d); err != nil {
			return err
		}
		g := Gone{AccountID: accountID, PersonID: person, Texts: d.Texts}
		for _, m := range s.memories {
			if err := m.LetGo(tx, g); err != nil {
				return err
			}
		}
		if err := removeExports(tx, accountID); err != nil {
			return err
		}
		if err := s.account.Remove(tx, accountID); err != nil {
			return err
		}
		return finishDeparture(tx, accountID)
	})
}
