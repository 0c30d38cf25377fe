package account

import (
	"context"
	"errors"
	"time"

	"caravan/internal/db"
)

// How long what is over stays, and how often we look.
const (
	forgetEvery = time.Hour
	keepTokens  = 7 * 24 * time.Hour  // used or expired links: to say that they are used
	keepRetired = 30 * 24 * time.Hour // replaced addresses
	keepUnknown = 30 * 24 * time.Hour // accounts whose address was never confirmed
	forgetBatch = 100
)

// Forget drops what has ended: sessions, links, half-done sign-ins, replaced
// addresses, and accounts that were never confirmed. It may run at several
// nodes at once.
func (s *Service) Forget(ctx context.Context) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		return errors.Join(forgetSessions(tx), forgetTokens(tx), forgetStarts(tx), forgetCeremonies(tx), forgetRetired(tx))
	})
	if err != nil {
		return err
	}
	for {
		n, err := s.forgetUnconfirmed(ctx)
		if err != nil || n < forgetBatch {
			return err
		}
	}
}

// forgetUnconfirmed closes a batch of accounts that nobody confirmed.
func (s *Service) forgetUnconfirmed(ctx context.Context) (n int, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		ids, err := lockUnconfirmed(tx, tx.Now.Add(-keepUnknown), forgetBatch)
		if err != nil {
			return err
		}
		n = len(ids)
		for _, id := range ids {
			if err := s.close(tx, id, true); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
