package account

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/mail"
)

// resendRates bound how often a mail with a link is sent again.
var resendRates = []httpd.Rate{{N: 3, Per: time.Hour}, {N: 5, Per: 24 * time.Hour}}

var errLink = errs.New(errs.Gone, "account.link_used")

// Confirmable reports whether a link from a mail would confirm an address.
func (s *Service) Confirmable(ctx context.Context, raw string) error {
	t, err := findToken(s.db.Read(ctx), raw)
	if err == nil && t.Kind != tokenConfirm && t.Kind != tokenChange {
		return errLink
	}
	return err
}

// Confirm confirms the address that a link was mailed to, once, and returns the
// account. With the first address of an account, what waited for it is
// published in the same transaction; another address replaces the one before,
// whose owner is told.
func (s *Service) Confirm(ctx context.Context, raw string) (accountID int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := useToken(tx, raw)
		if err != nil {
			return err
		}
		if t.Kind != tokenConfirm && t.Kind != tokenChange {
			return errLink // rolled back: a link for something else stays good for that
		}
		if _, err := lockOpen(tx, t.AccountID); err != nil {
			return err
		}
		accountID = t.AccountID
		return s.verify(tx, t)
	})
	return accountID, err
}

func (s *Service) verify(tx *db.Tx, t token) error {
	s.lookAgainAfter(tx, t.AccountID)
	if err := verifyIdentity(tx, t.IdentityID); err != nil {
		return err
	}
	before, err := retireAddresses(tx, t.AccountID, t.IdentityID)
	if err != nil {
		return err
	}
	if err := deletePending(tx, t.AccountID, t.IdentityID); err != nil {
		return err
	}
	if err := s.tell(s.addressed, tx, t.AccountID); err != nil {
		return err
	}
	if before == 0 {
		return s.tell(s.confirmed, tx, t.AccountID)
	}
	if err := voidTokens(tx, t.AccountID, tokenReset); err != nil { // they went to the address before
		return err
	}
	return s.mail.Queue(tx, mail.Letter{AccountID: t.AccountID, Kind: "address_changed", Former: true, Values: map[string]string{"link": "/contact"}})
}

// Resend mails the link for a's waiting address again; the one before stops
// working.
func (s *Service) Resend(ctx context.Context, a access.Actor) error {
	if err := s.limits.Take(ctx, "resend", "a"+itoa(a.AccountID), resendRates...); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := listIdentities(tx, a.AccountID)
		if err != nil {
			return err
		}
		i, ok := pending(all)
		if !ok {
			return errs.New(errs.Conflict, "account.nothing_to_confirm")
		}
		return s.sendLink(tx, i, a.Confirmed)
	})
}

// pending finds the address that waits to be confirmed.
func pending(all []Identity) (Identity, bool) {
	for _, i := range all {
		if i.Provider == "email" && i.VerifiedAt == nil {
			return i, true
		}
	}
	return Identity{}, false
}

// present finds the confirmed address, the newest of several; empty without
// one.
func present(all []Identity) (address string) {
	for _, i := range all {
		if i.Provider == "email" && i.VerifiedAt != nil {
			address = i.UID
		}
	}
	return address
}

// sendLink mails a link to an address that waits. If somebody else owns the
// address, they are told instead, as at sign-up.
func (s *Service) sendLink(tx *db.Tx, i Identity, change bool) error {
	kind := tokenConfirm
	if change {
		kind = tokenChange
	}
	raw := random(cookieBytes)
	if err := insertToken(tx, i, kind, raw); err != nil {
		return err
	}
	owner, err := findIdentity(tx, "email", i.UID)
	if err != nil {
		return err
	}
	l := mail.Letter{AccountID: i.AccountID, Kind: kind, Pending: true, Values: map[string]string{"link": "/confirm?token=" + raw}}
	if owner != 0 {
		l = mail.Letter{AccountID: owner, Kind: "exists", Values: map[string]string{"link": "/sign-in"}}
	}
	return s.mail.Queue(tx, l)
}
