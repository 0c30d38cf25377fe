package account

import (
	"context"
	"errors"

	"github.com/go-webauthn/webauthn/webauthn"

	"caravan/internal/access"
	"caravan/internal/db"
)

// BeginSignIn begins a sign-in by passkey: whose it is, only the answer says.
func (s *Service) BeginSignIn(ctx context.Context) (c Ceremony, err error) {
	if s.keys == nil {
		return c, errNoPasskeys
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		options, session, err := s.keys.BeginDiscoverableLogin()
		if err != nil {
			return ceremonyError(err)
		}
		c, err = keepCeremony(tx, purposeSignIn, 0, options, session)
		return err
	})
	return c, err
}

// SignInByPasskey opens a new session for the owner of a passkey. It counts as
// a step-up, whatever the owner's role. An unknown passkey, a removed one and a
// wrong answer get the same refusal.
func (s *Service) SignInByPasskey(ctx context.Context, x Answer, device, oldCookie string) (o Opened, err error) {
	err = s.finish(ctx, purposeSignIn, 0, x, func(tx *db.Tx, session webauthn.SessionData) error {
		p, err := s.prove(tx, session, x, func(handle []byte) (*holder, error) { return findHolderBy(tx, handle) })
		if err != nil {
			return err
		}
		if err := s.end(tx, oldCookie); err != nil {
			return err
		}
		o, err = s.open(tx, p.holder.accountID, device, byPasskey)
		return err
	})
	return o, err
}

// BeginStepUp begins a step-up by one of a's passkeys.
func (s *Service) BeginStepUp(ctx context.Context, a access.Actor) (Ceremony, error) {
	return s.beginFor(ctx, purposeStepUp, a.AccountID, nil)
}

// StepUpByPasskey is StepUp by one of a's passkeys.
func (s *Service) StepUpByPasskey(ctx context.Context, a access.Actor, x Answer) (o Opened, err error) {
	if err := s.limits.Take(ctx, "passkey", "a"+itoa(a.AccountID), passkeyRates...); err != nil {
		return o, err
	}
	err = s.finish(ctx, purposeStepUp, a.AccountID, x, func(tx *db.Tx, session webauthn.SessionData) error {
		if _, err := s.prove(tx, session, x, s.own(tx, a)); err != nil {
			return err
		}
		o, err = s.rise(tx, a, byPasskey)
		return err
	})
	return o, err
}

// own finds the holder of a ceremony of a's own.
func (s *Service) own(tx *db.Tx, a access.Actor) func([]byte) (*holder, error) {
	return func([]byte) (*holder, error) { return findHolder(tx, a.AccountID) }
}

// Signature is what a passkey signed, complete for whoever checks it later
// without asking us: verify Signature with PublicKey over Data followed by the
// SHA-256 of Client, and compare the challenge in Client with the digest, in
// base64url without padding (https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion).
type Signature struct {
	CredentialID []byte
	PublicKey    []byte // COSE, as RFC 9052 writes keys
	Data         []byte // authenticator data
	Client       []byte // client data: JSON as the browser wrote it
	Signature    []byte
}

// BeginSign begins a ceremony in which one of a's passkeys signs digest, a
// SHA-256 that nobody could know in advance.
func (s *Service) BeginSign(ctx context.Context, a access.Actor, digest [32]byte) (Ceremony, error) {
	return s.beginFor(ctx, purposeSign, a.AccountID, digest[:])
}

// Sign checks in tx that one of a's passkeys has signed digest, and returns what
// is to be kept of it. The ceremony is used up when tx commits.
func (s *Service) Sign(tx *db.Tx, a access.Actor, digest [32]byte, x Answer) (g Signature, err error) {
	if s.keys == nil {
		return g, errNoPasskeys
	}
	if x.Ticket == "" || x.Credential == "" {
		return g, errScripts
	}
	p, err := s.sign(tx, a, digest, x)
	if err != nil {
		// The note about a copied key must outlive tx, which ends here.
		return g, s.refused(tx.Context(), purposeSign, err)
	}
	raw := p.parsed.Raw.AssertionResponse
	return Signature{
		CredentialID: p.key.CredentialID, PublicKey: p.key.credential.PublicKey,
		Data: raw.AuthenticatorData, Client: raw.ClientDataJSON, Signature: raw.Signature,
	}, nil
}

func (s *Service) sign(tx *db.Tx, a access.Actor, digest [32]byte, x Answer) (p proof, err error) {
	session, err := takeSession(tx, purposeSign, a.AccountID, x)
	if err != nil {
		return p, err
	}
	if session.Challenge != challengeOf(digest) {
		return p, refusal{errors.New("it was asked to sign something else")}
	}
	return s.prove(tx, session, x, s.own(tx, a))
}
