package account

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// ChangeAddress asks for another e-mail address, with the password repeated.
// It is used once the link that is mailed to it has been followed; until then
// the present one stays.
func (s *Service) ChangeAddress(ctx context.Context, a access.Actor, email, password string) error {
	clean, err := cleanAddress(email)
	if err != nil {
		return err
	}
	if err := s.sure(ctx, a, password); err != nil {
		return err
	}
	if err := s.limits.Take(ctx, "resend", "a"+itoa(a.AccountID), resendRates...); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.await(tx, a.AccountID, clean) })
}

// await lets an address wait for its confirmation, instead of any that waited
// before.
func (s *Service) await(tx *db.Tx, accountID int64, email string) error {
	if _, err := lockRights(tx, accountID); err != nil {
		return err
	}
	all, err := listIdentities(tx, accountID)
	if err != nil {
		return err
	}
	now := present(all)
	if now == email {
		return errs.Field("email", "account.email_same")
	}
	if err := deletePending(tx, accountID, 0); err != nil {
		return err
	}
	i := Identity{AccountID: accountID, Provider: "email", UID: email}
	if err := insertIdentity(tx, &i); err != nil {
		return err
	}
	return s.sendLink(tx, i, now != "")
}

// Identities are the ways in which a is known.
func (s *Service) Identities(ctx context.Context, a access.Actor) ([]Identity, error) {
	return listIdentities(s.db.Read(ctx), a.AccountID)
}

// Address is where an account gets mail, and in which language; with pending,
// the newest address that waits to be confirmed. It is empty when there is
// none.
func (s *Service) Address(ctx context.Context, accountID int64, pending bool) (to, lang string, err error) {
	which := presentAddress
	if pending {
		which = pendingAddress
	}
	a, err := findAddress(s.db.Read(ctx), accountID, which)
	return a.UID, a.Lang, err
}

// Former is the address that an account had before the present one.
func (s *Service) Former(ctx context.Context, accountID int64) (to, lang string, err error) {
	a, err := findAddress(s.db.Read(ctx), accountID, formerAddress)
	return a.UID, a.Lang, err
}
