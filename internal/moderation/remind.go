package moderation

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/notify"
)

// remindBatch is how many overdue cases are marked in one transaction.
const remindBatch = 500

// Remind tells the moderators that cases wait for too long: after an hour when
// somebody may be in danger, a day for what was submitted, two for reports, a
// week for appeals. They are told once of each case. Several nodes may run it
// at once.
func (s *Service) Remind(ctx context.Context) error {
	for n := int64(remindBatch); n == remindBatch; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			if n, err = takeOverdue(tx, remindBatch); err != nil || n == 0 {
				return err
			}
			ids, err := moderatorAccounts(tx)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := s.notify.Tell(tx, notify.Notice{AccountID: id, Kind: "cases_overdue", Path: "/moderation?show=" + showLate}); err != nil {
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
