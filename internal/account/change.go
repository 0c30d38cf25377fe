package account

import (
	"context"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// repeatRates bound how often a signed-in person may try their password.
var repeatRates = []httpd.Rate{{N: 6, Per: time.Minute}, {N: 30, Per: time.Hour}}

// repeated checks that a's password was repeated correctly.
func (s *Service) repeated(ctx context.Context, a access.Actor, password string) error {
	if err := s.limits.Take(ctx, "password", "a"+itoa(a.AccountID), repeatRates...); err != nil {
		return err
	}
	hash, err := findPassword(s.db.Read(ctx), a.AccountID)
	if err != nil {
		return err
	}
	ok, _, err := s.hashes.check(ctx, hash, limited(password))
	if err != nil {
		return err
	}
	if !ok {
		return errs.Field("current_password", "account.password_not_yours")
	}
	return nil
}

// HasPassword reports whether a can sign in with a password.
func (s *Service) HasPassword(ctx context.Context, a access.Actor) (bool, error) {
	hash, err := findPassword(s.db.Read(ctx), a.AccountID)
	return hash != "", err
}

// ChangePassword sets another password; every other session ends. Who has none
// yet sets the first one, within StepUpLife of signing in; whose role needs a
// second factor, within StepUpLife of showing it.
func (s *Service) ChangePassword(ctx context.Context, a access.Actor, current, password string) error {
	if err := s.sure(ctx, a, current); err != nil {
		return err
	}
	if err := checkPassword(password, a.Handle); err != nil {
		return err
	}
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.newPassword(tx, a.AccountID, hash, a.Session) })
}

// ChangeLang sets the language of a's mails.
func (s *Service) ChangeLang(ctx context.Context, a access.Actor, lang string) error {
	if !wording.Known(lang) {
		return errs.Field("lang", "account.lang_unknown")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		s.lookAgainAfter(tx, a.AccountID)
		return setLang(tx, a.AccountID, lang)
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
