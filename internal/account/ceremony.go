package account

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/mail"
)

// A ceremony has two halves: the page gets a challenge for the authenticator
// and a ticket, and comes back with both. What is needed to judge the answer
// stays here in between, and is taken out by the first answer, right or wrong,
// so that none can be sent twice.

// What ceremonies are for. One that was begun for one purpose serves no other.
const (
	purposeRegister = "register"
	purposeSignIn   = "sign_in"
	purposeStepUp   = "step_up"
	purposeSign     = "sign"
)

const (
	ceremonyLife = 10 * time.Minute
	handleBytes  = 32
)

// passkeyRates bound what one account tries with passkeys.
var passkeyRates = []httpd.Rate{{N: 10, Per: time.Minute}, {N: 60, Per: time.Hour}}

// Ceremony is what a page needs to ask for a passkey.
type Ceremony struct {
	Ticket  string
	Options json.RawMessage // what the browser's navigator.credentials takes, as JSON
}

// Answer is what a page brings back: the ticket of its Ceremony and what the
// authenticator said, as the browser writes it in JSON. The zero Answer is of a
// page without scripts.
type Answer struct{ Ticket, Credential string }

var (
	errNoPasskeys = errs.New(errs.Unavailable, "account.passkeys_nowhere")
	errCeremony   = errs.New(errs.SignIn, "account.passkey_stale")
	errRefused    = errs.New(errs.SignIn, "account.passkey_refused")
	errCopied     = errs.New(errs.SignIn, "account.passkey_copied")
	errScripts    = errs.New(errs.SignIn, "account.passkey_scripts")
)

// refusal is an answer of an authenticator that does not hold. Why is for the
// log: people are told that it was not accepted.
type refusal struct{ why error }

// Error is the reason, for operators.
func (r refusal) Error() string { return r.why.Error() }

func ceremonyError(err error) error { return fmt.Errorf("account: begin ceremony: %w", err) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// keepCeremony stores what is between the halves. AccountID is zero while nobody
// is known yet.
func keepCeremony(tx *db.Tx, purpose string, accountID int64, options any, session *webauthn.SessionData) (c Ceremony, err error) {
	if c.Options, err = json.Marshal(options); err != nil {
		return c, ceremonyError(err)
	}
	data, err := json.Marshal(session)
	if err != nil {
		return c, ceremonyError(err)
	}
	c.Ticket = random(cookieBytes)
	return c, insertCeremony(tx, c.Ticket, purpose, accountID, string(data), ceremonyLife)
}

// beginFor begins a ceremony that one of an account's passkeys answers. An
// empty challenge is a random one.
func (s *Service) beginFor(ctx context.Context, purpose string, accountID int64, challenge []byte) (c Ceremony, err error) {
	if s.keys == nil {
		return c, errNoPasskeys
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		h, err := findHolder(tx, accountID)
		if err != nil {
			return err
		}
		if len(h.keys) == 0 {
			return errs.New(errs.Conflict, "account.no_passkey")
		}
		var more []webauthn.LoginOption
		if challenge != nil {
			more = append(more, webauthn.WithChallenge(challenge))
		}
		options, session, err := s.keys.BeginLogin(h, more...)
		if err != nil {
			return ceremonyError(err)
		}
		c, err = keepCeremony(tx, purpose, accountID, options, session)
		return err
	})
	return c, err
}

// finish takes a ceremony and has do judge its answer and act on it, in one
// transaction. A refusal by do takes the ceremony away, too, and changes
// nothing else.
func (s *Service) finish(ctx context.Context, purpose string, accountID int64, x Answer, do func(tx *db.Tx, session webauthn.SessionData) error) error {
	if s.keys == nil {
		return errNoPasskeys
	}
	if x.Ticket == "" || x.Credential == "" {
		return errScripts
	}
	session, err := s.take(ctx, purpose, accountID, x)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return do(tx, session) })
	return s.refused(ctx, purpose, err)
}

func (s *Service) take(ctx context.Context, purpose string, accountID int64, x Answer) (session webauthn.SessionData, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		session, err = takeSession(tx, purpose, accountID, x)
		return err
	})
	return session, s.refused(ctx, purpose, err)
}

func takeSession(tx *db.Tx, purpose string, accountID int64, x Answer) (session webauthn.SessionData, err error) {
	data, err := takeCeremony(tx, x.Ticket, purpose, accountID)
	if err != nil {
		return session, err
	}
	if data == "" {
		return session, errCeremony
	}
	if err := json.Unmarshal([]byte(data), &session); err != nil {
		return session, fmt.Errorf("account: read ceremony: %w", err)
	}
	return session, nil
}

// proof is an answer that holds.
type proof struct {
	holder *holder
	key    passkeyRow
	parsed *protocol.ParsedCredentialAssertionData
}

// prove judges what an authenticator answered, and notes that its key was
// used. Find returns whose handle it is; for a ceremony of one account it is
// asked with that account's own.
func (s *Service) prove(tx *db.Tx, session webauthn.SessionData, x Answer, find func(handle []byte) (*holder, error)) (p proof, err error) {
	if p.parsed, err = protocol.ParseCredentialRequestResponseBytes([]byte(x.Credential)); err != nil {
		return p, refusal{err}
	}
	handle := p.parsed.Response.UserHandle
	if len(session.UserID) > 0 {
		handle = session.UserID
	}
	if p.holder, err = find(handle); err != nil {
		return p, err
	}
	if p.holder == nil {
		return p, refusal{errors.New("nobody has this handle")}
	}
	key, err := s.judge(session, p)
	if err != nil {
		return p, refusal{err}
	}
	p.key, _ = p.holder.key(key.ID)
	if key.Authenticator.CloneWarning {
		return p, copied{p.holder.accountID, p.key.ID}
	}
	return p, usePasskey(tx, p.key.ID, *key)
}

func (s *Service) judge(session webauthn.SessionData, p proof) (*webauthn.Credential, error) {
	if len(session.UserID) > 0 {
		return s.keys.ValidateLogin(p.holder, session, p.parsed)
	}
	return s.keys.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return p.holder, nil }, session, p.parsed)
}

// copied is an answer whose signature holds, and whose counter is not above the
// last one: two devices may hold the same key.
type copied struct{ accountID, passkeyID int64 }

// Error says it to operators.
func (copied) Error() string { return "the counter of a passkey went back" }

// refused turns what is wrong with an answer into what its sender is told, and
// makes a note of it for operators. A key whose counter went back is marked, and
// its owner is told by mail.
func (s *Service) refused(ctx context.Context, purpose string, err error) error {
	var r refusal
	var c copied
	switch {
	case errors.As(err, &r):
		slog.Warn("account: passkey refused", "purpose", purpose, "why", r.why.Error())
		return errRefused
	case errors.As(err, &c):
		slog.Warn("account: passkey refused", "purpose", purpose, "why", c.Error())
		if err := s.warn(ctx, c); err != nil {
			return err
		}
		return errCopied
	case errors.Is(err, errCeremony):
		slog.Warn("account: passkey refused", "purpose", purpose, "why", "no such ceremony, or used already")
	}
	return err
}

func (s *Service) warn(ctx context.Context, c copied) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		fresh, err := warnPasskey(tx, c.passkeyID)
		if err != nil || !fresh {
			return err
		}
		return s.mail.Queue(tx, mail.Letter{AccountID: c.accountID, Kind: "passkey_copied", Values: map[string]string{"link": "/me/passkeys"}})
	})
}
