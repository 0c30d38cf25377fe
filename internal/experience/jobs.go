package experience

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/mail"
	"caravan/internal/notify"
)

// askBatch is how many check-ins one transaction asks or closes.
const askBatch = 100

// Ask asks every check-in that is due, by a mail with a link that can do
// nothing but answer it and by a notice, and closes those that nobody answered.
// Several nodes may run it at once.
func (s *Service) Ask(ctx context.Context) error {
	for _, round := range []func(tx *db.Tx) (int, error){s.askDue, closeMissed} {
		for n := askBatch; n == askBatch; {
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = round(tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) askDue(tx *db.Tx) (int, error) {
	due, err := lockDue(tx, askBatch)
	if err != nil {
		return 0, err
	}
	for _, d := range due {
		token, hash := newToken()
		if err := markAsked(tx, d.ID, hash, tx.Now.Add(linkLife)); err != nil {
			return 0, err
		}
		if err := s.mail.Queue(tx, mail.Letter{AccountID: d.AccountID, Kind: "check_in", Values: map[string]string{"link": "/check-in/" + token}}); err != nil {
			return 0, err
		}
		if err := s.notify.Tell(tx, notify.Notice{AccountID: d.AccountID, Kind: "check_in", Path: "/me/experiences"}); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// closeMissed says of check-ins whose time is over that nothing is known.
func closeMissed(tx *db.Tx) (int, error) {
	ids, err := markMissed(tx, askBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := Refresh(tx, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
