package account

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// Grant gives a role of the platform, moderator or admin, to the owner of a
// confirmed address. Their sessions end: the next one lasts as long as the role
// allows. Sockets of other processes notice at their next look.
func Grant(tx *db.Tx, role, email string) error {
	if role != "moderator" && role != "admin" {
		return errs.New(errs.Invalid, "account.role_unknown")
	}
	email, err := cleanAddress(email)
	if err != nil {
		return err
	}
	l, err := findLogin(tx, email)
	if err != nil {
		return err
	}
	if l.AccountID == 0 {
		return errs.New(errs.NotFound, "account.no_such_account")
	}
	if _, err := lockOpen(tx, l.AccountID); err != nil {
		return err
	}
	if err := grantRole(tx, l.AccountID, role); err != nil {
		return err
	}
	_, err = deleteSessions(tx, l.AccountID, "")
	return err
}

// DropSecond takes every passkey and recovery code from the owner of a confirmed
// address who has lost them all, and says whether there were any. Their sessions
// end. They sign in by password, and register a new passkey. It is for
// operators, who must have made sure whom they do this for: from then on the
// password is enough.
func DropSecond(tx *db.Tx, email string) (had bool, err error) {
	email, err = cleanAddress(email)
	if err != nil {
		return false, err
	}
	l, err := findLogin(tx, email)
	if err != nil {
		return false, err
	}
	if l.AccountID == 0 {
		return false, errs.New(errs.NotFound, "account.no_such_account")
	}
	if _, err := lockRights(tx, l.AccountID); err != nil {
		return false, err
	}
	if had, err = deleteSecond(tx, l.AccountID); err != nil {
		return false, err
	}
	_, err = deleteSessions(tx, l.AccountID, "")
	return had, err
}

// Disable blocks an account: its sessions end and nobody can sign in to it.
// What it wrote stays.
func (s *Service) Disable(ctx context.Context, accountID int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := lockRights(tx, accountID); err != nil {
			return err
		}
		if err := disable(tx, accountID); err != nil {
			return err
		}
		return s.endOthers(tx, accountID, "")
	})
}
