package account

import (
	"context"
	"encoding/base64"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// By what somebody showed that it is them.
const (
	byPassword = "password" // or by a provider
	byPasskey  = "passkey"
	byCode     = "code" // a recovery code
)

// Ways are how an account can show that it is its owner who acts.
type Ways struct {
	Password bool
	Passkeys int
	Codes    int  // recovery codes that are left
	Role     bool // decides on content, manages roles, or works for an organisation: a password alone is too little
}

// NeedsSecond reports whether a step-up takes a passkey or a recovery code: for
// those whose role asks for it, as soon as they have either. Others may go on
// with their password.
func (w Ways) NeedsSecond() bool { return w.Role && w.HasSecond() }

// HasSecond reports whether there is a passkey or a recovery code.
func (w Ways) HasSecond() bool { return w.Passkeys > 0 || w.Codes > 0 }

// Lead reports whether the owner is to be led to register a passkey.
func (w Ways) Lead() bool { return w.Role && w.Passkeys == 0 }

// Ways are how a can show that it is them.
func (s *Service) Ways(q *db.Tx, a access.Actor) (Ways, error) { return findWays(q, a) }

func needsRole(a access.Actor) bool { return a.Moderator || a.Admin || len(a.Works) > 0 }

// canRemovePasskey says whether one of the passkeys may go.
func canRemovePasskey(w Ways) error {
	if w.Role && w.Passkeys == 1 && w.Codes == 0 {
		return errs.New(errs.Conflict, "account.last_passkey")
	}
	return nil
}

// StepUp notes that a has just repeated the password. The session gets a new
// cookie, so that one which was copied before does not rise with it. Where the
// role needs a second factor and there is one, the password is refused.
func (s *Service) StepUp(ctx context.Context, a access.Actor, password string) (o Opened, err error) {
	w, err := findWays(s.db.Read(ctx), a)
	if err != nil {
		return o, err
	}
	if w.NeedsSecond() {
		return o, errs.New(errs.Forbidden, "account.second_factor_first")
	}
	if err := s.repeated(ctx, a, password); err != nil {
		return o, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		o, err = s.rise(tx, a, byPassword)
		return err
	})
	return o, err
}

// rise gives a's session a new cookie and notes by what it stepped up.
func (s *Service) rise(tx *db.Tx, a access.Actor, by string) (o Opened, err error) {
	o = Opened{AccountID: a.AccountID, PublicID: a.Session, Cookie: random(cookieBytes)}
	o.Expires, err = rotateSession(tx, a.AccountID, a.Session, hashOf(o.Cookie), by)
	if db.Missing(err) {
		return o, errs.New(errs.SignIn, "common.sign_in_first")
	}
	s.lookAgainAfter(tx, a.AccountID)
	return o, err
}

// sure checks that it is a who acts: the password where there is one, and a
// step-up where there is none or where it is not enough.
func (s *Service) sure(ctx context.Context, a access.Actor, password string) error {
	w, err := findWays(s.db.Read(ctx), a)
	if err != nil {
		return err
	}
	if w.NeedsSecond() || !w.Password {
		if err := NeedStepUp(a, s.db.Now()); err != nil {
			return err
		}
	}
	if !w.Password {
		return nil
	}
	return s.repeated(ctx, a, password)
}

// NeedCode refuses unless a has stepped up by a recovery code within StepUpLife:
// for what a passkey would sign, where none can.
func (s *Service) NeedCode(q *db.Tx, a access.Actor) error {
	at, by, err := findStepUp(q, a)
	if err != nil {
		return err
	}
	if by != byCode || at == nil || q.Now.Sub(*at) >= StepUpLife {
		return errs.New(errs.Forbidden, "account.code_first")
	}
	return nil
}

// challengeOf is a digest as client data name it.
func challengeOf(digest [32]byte) string { return base64.RawURLEncoding.EncodeToString(digest[:]) }
