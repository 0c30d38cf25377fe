package account

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"caravan/internal/access"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/mail"
	"caravan/internal/text"
)

// Passkeys by Web Authentication: https://www.w3.org/TR/webauthn-3/. The
// authenticator must have verified its user, tells nothing of its make, and is
// bound to one exact origin.

const (
	maxPasskeys    = 10 // of one account
	maxPasskeyName = 40 // characters
)

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	ID        int64
	Name      string
	CreatedAt time.Time
	UsedAt    *time.Time
	WarnedAt  *time.Time // its counter went back: there may be a copy of it
}

// relyingParty is what the site is to passkeys.
type relyingParty struct {
	*webauthn.WebAuthn
	host   string // the name that passkeys are bound to
	origin string // the only one at which they work
}

// newRelyingParty returns what the site at base is to passkeys; nil where there
// can be none: they are bound to a name, and an address in numbers is none.
// This machine's own numbers stand for localhost, as everywhere in the settings.
func newRelyingParty(base *url.URL) (*relyingParty, error) {
	if base == nil {
		return nil, nil
	}
	host := base.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		if !config.Loopback(host) {
			return nil, nil
		}
		host = "localhost"
	}
	r := &relyingParty{host: host, origin: base.Scheme + "://" + host}
	if p := base.Port(); p != "" {
		r.origin += ":" + p
	}
	var err error
	r.WebAuthn, err = webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Caravan", RPOrigins: []string{r.origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationRequired,
		},
	})
	return r, err
}

// holder is an account as authenticators know it.
type holder struct {
	accountID int64
	handle    []byte // random
	name      string
	keys      []passkeyRow
}

// WebAuthnID is the random handle that authenticators keep: it tells nobody
// whose account it is.
func (h *holder) WebAuthnID() []byte { return h.handle }

// WebAuthnName is what an authenticator lists the key under.
func (h *holder) WebAuthnName() string { return h.name }

// WebAuthnDisplayName is what an authenticator shows when it asks.
func (h *holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials are the account's keys.
func (h *holder) WebAuthnCredentials() (out []webauthn.Credential) {
	for _, k := range h.keys {
		out = append(out, k.credential)
	}
	return out
}

// key finds one of the account's keys by what the authenticator calls it.
func (h *holder) key(credentialID []byte) (passkeyRow, bool) {
	for _, k := range h.keys {
		if bytes.Equal(k.CredentialID, credentialID) {
			return k, true
		}
	}
	return passkeyRow{}, false
}

// passkeyRow is a row of passkeys with what it holds.
type passkeyRow struct {
	Passkey
	CredentialID []byte
	Credential   string // JSON of credential
	credential   webauthn.Credential
}

func (k *passkeyRow) unfold() error { return json.Unmarshal([]byte(k.Credential), &k.credential) }

// PasskeyHost is the name that passkeys here are bound to, and the origin at
// which they work; both are empty where there can be none.
func (s *Service) PasskeyHost() (host, origin string) {
	if s.keys == nil {
		return "", ""
	}
	return s.keys.host, s.keys.origin
}

// Passkeys are a's passkeys, the oldest first.
func (s *Service) Passkeys(ctx context.Context, a access.Actor) ([]Passkey, error) {
	rows, err := listPasskeys(s.db.Read(ctx), a.AccountID)
	out := make([]Passkey, len(rows))
	for i, r := range rows {
		out[i] = r.Passkey
	}
	return out, err
}

// BeginPasskey begins the registration of a passkey, within StepUpLife.
func (s *Service) BeginPasskey(ctx context.Context, a access.Actor) (c Ceremony, err error) {
	if err := NeedStepUp(a, s.db.Now()); err != nil {
		return c, err
	}
	if s.keys == nil {
		return c, errNoPasskeys
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		h, err := lockHolder(tx, a.AccountID)
		if err != nil {
			return err
		}
		if len(h.keys) >= maxPasskeys {
			return errs.New(errs.Conflict, "account.passkeys_many", "most", maxPasskeys)
		}
		if h.handle == nil {
			h.handle = randomBytes(handleBytes)
			if err := insertHandle(tx, a.AccountID, h.handle); err != nil {
				return err
			}
		}
		known := webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()
		options, session, err := s.keys.BeginRegistration(h, webauthn.WithExclusions(known))
		if err != nil {
			return ceremonyError(err)
		}
		c, err = keepCeremony(tx, purposeRegister, a.AccountID, options, session)
		return err
	})
	return c, err
}

// AddPasskey finishes the registration of a passkey, within StepUpLife. Every
// other session ends, and the owner is told by mail. An empty name becomes
// fallback, which says what kind of browser it was.
func (s *Service) AddPasskey(ctx context.Context, a access.Actor, name, fallback string, x Answer) error {
	if err := NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	name, err := cleanPasskeyName(name, fallback)
	if err != nil {
		return err
	}
	return s.finish(ctx, purposeRegister, a.AccountID, x, func(tx *db.Tx, session webauthn.SessionData) error {
		h, err := lockHolder(tx, a.AccountID)
		if err != nil {
			return err
		}
		parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(x.Credential))
		if err != nil {
			return refusal{err}
		}
		key, err := s.keys.CreateCredential(h, session, parsed)
		if err != nil {
			return refusal{err}
		}
		// What an authenticator says of its make is not asked for, and not kept.
		key.Attestation = webauthn.CredentialAttestation{}
		if err := insertPasskey(tx, a.AccountID, name, *key); err != nil {
			return err
		}
		return s.keysChanged(tx, a, "passkey_added")
	})
}

func cleanPasskeyName(name, fallback string) (string, error) {
	name, err := text.Clean(name)
	if err != nil {
		return "", errs.Field("name", "account.passkey_name_wrong", "most", maxPasskeyName)
	}
	if name == "" {
		name = fallback
	}
	if utf8.RuneCountInString(name) > maxPasskeyName || bytes.ContainsRune([]byte(name), '\n') {
		return "", errs.Field("name", "account.passkey_name_wrong", "most", maxPasskeyName)
	}
	return name, nil
}

// keysChanged ends every other session and tells the owner.
func (s *Service) keysChanged(tx *db.Tx, a access.Actor, kind string) error {
	if err := s.endOthers(tx, a.AccountID, a.Session); err != nil {
		return err
	}
	return s.mail.Queue(tx, mail.Letter{AccountID: a.AccountID, Kind: kind, Values: map[string]string{"link": "/me/passkeys"}})
}

// RemovePasskey removes one of a's passkeys, within StepUpLife: it proves
// nothing from then on, every other session ends and the owner is told. The
// last one stays while a's role needs a second factor and no recovery code is
// left.
func (s *Service) RemovePasskey(ctx context.Context, a access.Actor, id int64) error {
	if err := NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := lockRights(tx, a.AccountID); err != nil {
			return err
		}
		w, err := findWays(tx, a)
		if err != nil {
			return err
		}
		if err := canRemovePasskey(w); err != nil {
			return err
		}
		gone, err := deletePasskey(tx, a.AccountID, id)
		if err != nil {
			return err
		}
		if !gone {
			return errs.New(errs.NotFound, "account.no_such_passkey")
		}
		return s.keysChanged(tx, a, "passkey_removed")
	})
}
