package account

import (
	"context"
	"time"

	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/mail"
)

// resetRates bound the mails that anybody can have sent to an address.
var resetRates = []httpd.Rate{{N: 3, Per: time.Hour}, {N: 5, Per: 24 * time.Hour}}

// AskReset mails a link for a new password to the owner of an address. The
// answer, and the work, is the same when there is none.
func (s *Service) AskReset(ctx context.Context, email string) error {
	email, err := cleanAddress(email)
	if err != nil {
		return err
	}
	if err := s.limits.Take(ctx, "reset", s.who(email), resetRates...); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		raw := random(cookieBytes)
		id, err := insertReset(tx, email, raw)
		if err != nil {
			return err
		}
		return s.mail.Queue(tx, mail.Letter{AccountID: id, Kind: "reset", Values: map[string]string{"link": "/reset?token=" + raw}})
	})
}

// Resettable reports whether a link from a mail would set a new password.
func (s *Service) Resettable(ctx context.Context, raw string) error {
	t, err := findToken(s.db.Read(ctx), raw)
	if err == nil && t.Kind != tokenReset {
		return errLink
	}
	return err
}

// Reset sets a new password by a link from a mail, once. Every session ends,
// and the owner is told.
func (s *Service) Reset(ctx context.Context, raw, password string) error {
	if err := s.Resettable(ctx, raw); err != nil {
		return err
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := useToken(tx, raw)
		if err != nil {
			return err
		}
		if t.Kind != tokenReset {
			return errLink
		}
		if _, err := lockOpen(tx, t.AccountID); err != nil {
			return err
		}
		return s.newPassword(tx, t.AccountID, hash, "")
	})
}

// newPassword stores a hash, ends every session but keep, makes waiting reset
// links useless, and tells the owner.
func (s *Service) newPassword(tx *db.Tx, accountID int64, hash, keep string) error {
	if err := setPassword(tx, accountID, hash); err != nil {
		return err
	}
	if err := voidTokens(tx, accountID, tokenReset); err != nil {
		return err
	}
	if err := s.endOthers(tx, accountID, keep); err != nil {
		return err
	}
	return s.mail.Queue(tx, mail.Letter{AccountID: accountID, Kind: "password_changed", Values: map[string]string{"link": "/reset"}})
}
