package experience

import (
	"context"
	"errors"

	"caravan/internal/db"
	"caravan/internal/departure"
)

// LetGo takes away what somebody told, with a tombstone in its place, if they
// asked for it. Otherwise what is published stays and nothing says any more who
// told it: its author's line goes, and with it the answers that were never
// public, and nobody is asked about it again. What nobody has read yet goes in
// either case.
func (s *Service) LetGo(tx *db.Tx, g departure.Gone) error {
	mine, err := listMine(tx, g.PersonID)
	if err != nil {
		return err
	}
	for _, e := range mine {
		if e.State == Withdrawn || e.State == Removed {
			continue
		}
		if g.Texts || e.State == Submitted || e.State == SentBack {
			if e, err = lockByID(tx, e.ID); err != nil {
				return err
			}
			if err := s.bury(tx, e, Tombstone{ExperienceID: e.ID, Kind: Withdrawn, AskedBy: "author", MadeOn: tx.Now}); err != nil {
				return err
			}
		} else if err := declineAll(tx, e.ID); err != nil {
			return err
		}
	}
	return unlink(tx, g.AccountID, g.PersonID)
}

// TakeAgain takes away again what its author had taken away before the database
// was restored from an older copy. Back says that it was there again.
func (s *Service) TakeAgain(ctx context.Context, publicID string) (back bool, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		e, err := lockPublic(tx, publicID)
		if errors.Is(err, errNone) {
			return nil // told since the copy was made: it is gone with its words
		}
		if err != nil || e.State == Withdrawn || e.State == Removed {
			return err
		}
		back = true
		return s.bury(tx, e, Tombstone{ExperienceID: e.ID, Kind: Withdrawn, AskedBy: "author", MadeOn: tx.Now})
	})
	return back, err
}
