package moderation

import (
	"context"
	"time"

	"caravan/internal/db"
	"caravan/internal/departure"
)

// noteLife is how long the words of a report stay after it was decided.
const noteLife = 3 * 365 * 24 * time.Hour

// ForgetNotes takes away the words of reports that were decided long ago. That
// something was reported, and why by the closed list, stays.
func (s *Service) ForgetNotes(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return forgetOldNotes(tx, tx.Now.Add(-noteLife)) })
}

// LetGo takes away the words of somebody's reports and ends what they appealed
// against: nobody is left to be answered. That something was reported stays.
func (s *Service) LetGo(tx *db.Tx, g departure.Gone) error {
	if err := forgetNotes(tx, g.AccountID, g.PersonID); err != nil {
		return err
	}
	return endAppeals(tx, g.AccountID)
}
