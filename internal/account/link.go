package account

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

const (
	startLife  = 10 * time.Minute // from leaving for the provider to coming back
	finishLife = 30 * time.Minute // from coming back to having an account
)

var errNotStarted = errs.New(errs.Malformed, "account.not_started_here")

// Browser names the browser behind a request, so that what was started in one
// is not finished in another.
type Browser []byte

func browserOf(formCookie string) Browser { return hashOf("browser " + formCookie) }

func (s *Service) provider(name string) (*provider, error) {
	p := s.providers[name]
	if p == nil {
		return nil, errs.New(errs.NotFound, "account.no_such_provider")
	}
	return p, nil
}

// StartSignIn begins a sign-in at a provider and returns the address to send
// the browser to. Somebody who is signed in links the provider to their
// account, within StepUpLife of their password. Next is where to go afterwards.
func (s *Service) StartSignIn(ctx context.Context, a access.Actor, b Browser, name, next string) (to string, err error) {
	p, err := s.provider(name)
	if err != nil {
		return "", err
	}
	if a.SignedIn() {
		if err := NeedStepUp(a, s.db.Now()); err != nil {
			return "", err
		}
	}
	state, x, to, err := p.begin(ctx)
	if err != nil {
		slog.Error("account: provider is away", "provider", name, "error", err)
		return "", errs.Wait(errs.Unavailable, 30*time.Second, "account.provider_down", "provider", p.label)
	}
	x.Browser, x.Next = b, next
	if a.SignedIn() {
		x.AccountID = &a.AccountID
	}
	return to, s.db.Write(ctx, func(tx *db.Tx) error { return insertStart(tx, state, x, startLife) })
}

// Arrival is how a sign-in at a provider ended: with a session, with a new link
// of the account that is signed in, or with a ticket for making an account.
type Arrival struct {
	Opened Opened
	Linked bool
	Ticket string
	Next   string
}

// FinishSignIn takes what the provider's redirect brought back. A state serves
// once and only in the browser that started. Nobody is let into an account
// because the provider names its e-mail address: that answers Conflict.
func (s *Service) FinishSignIn(ctx context.Context, a access.Actor, b Browser, name string, q url.Values, c Credentials) (r Arrival, err error) {
	p, err := s.provider(name)
	if err != nil {
		return r, err
	}
	var x start
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		x, err = takeStart(tx, q.Get("state"), b, false)
		return err
	})
	if err != nil {
		return r, err
	}
	if q.Get("state") == "" || x.Provider != name || (x.AccountID != nil && *x.AccountID != a.AccountID) {
		return r, errNotStarted
	}
	if q.Get("code") == "" || q.Get("error") != "" {
		return r, errs.New(errs.Malformed, "account.provider_refused", "provider", p.label)
	}
	k, err := p.finish(ctx, x, q.Get("code"))
	if err != nil {
		return r, s.providerError(p, err)
	}
	r.Next = x.Next
	err = s.db.Write(ctx, func(tx *db.Tx) error { return s.arrive(tx, a, x, k, c, &r) })
	return r, err
}

func (s *Service) providerError(p *provider, err error) error {
	slog.Warn("account: sign-in at provider failed", "provider", p.name, "error", err)
	if errors.Is(err, errAway) {
		return errs.Wait(errs.Unavailable, 30*time.Second, "account.provider_down", "provider", p.label)
	}
	return errs.New(errs.Malformed, "account.provider_failed", "provider", p.label)
}

// arrive decides what the identity k means here.
func (s *Service) arrive(tx *db.Tx, a access.Actor, x start, k known, c Credentials, r *Arrival) error {
	owner, err := findIdentity(tx, k.Provider, k.UID)
	if err != nil {
		return err
	}
	switch {
	case x.AccountID != nil && owner == a.AccountID:
		r.Linked = true
		return nil
	case x.AccountID != nil && owner != 0:
		return errs.New(errs.Conflict, "account.identity_taken")
	case x.AccountID != nil:
		r.Linked = true
		s.lookAgainAfter(tx, a.AccountID)
		if err := insertIdentity(tx, &Identity{AccountID: a.AccountID, Provider: k.Provider, UID: k.UID, VerifiedAt: &tx.Now}); err != nil {
			return err
		}
		return s.tell(s.linked, tx, a.AccountID)
	case owner != 0:
		r.Opened, err = s.replace(tx, owner, c.Device, c.OldCookie)
		return err
	}
	if err := s.addressFree(tx, k.Email); err != nil {
		return err
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return err
	}
	r.Ticket = random(cookieBytes)
	return insertStart(tx, r.Ticket, start{Provider: k.Provider, Browser: x.Browser, Next: x.Next, Known: raw}, finishLife)
}

// addressFree refuses to make a second account for an address that somebody has
// confirmed here: its owner signs in first, and links.
func (s *Service) addressFree(tx *db.Tx, email string) error {
	if email == "" {
		return nil
	}
	owner, err := findIdentity(tx, "email", email)
	if err == nil && owner != 0 {
		err = errs.New(errs.Conflict, "account.link_first")
	}
	return err
}

// Guest is somebody whom a provider knows and who has no account here yet.
type Guest struct {
	Label string // of the provider
	Email string // as the provider has it; may be empty
	Sure  bool   // the provider has confirmed it
}

// Guest returns who a ticket is for.
func (s *Service) Guest(ctx context.Context, b Browser, ticket string) (Guest, error) {
	x, err := findStart(s.db.Read(ctx), ticket, b, true)
	if err != nil {
		return Guest{}, err
	}
	k, p, err := s.guest(x)
	if err != nil {
		return Guest{}, err
	}
	return Guest{Label: p.label, Email: k.Email, Sure: k.Verified}, nil
}

func (s *Service) guest(x start) (k known, p *provider, err error) {
	if x.Provider == "" {
		return k, nil, errNotStarted
	}
	if p, err = s.provider(x.Provider); err != nil {
		return k, nil, err
	}
	return k, p, json.Unmarshal(x.Known, &k)
}

// JoinAsGuest makes the account of somebody whom a provider knows. An address
// that the provider has confirmed counts as confirmed; any other is mailed a
// link, as at sign-up.
func (s *Service) JoinAsGuest(ctx context.Context, b Browser, ticket string, d Draft) (o Opened, next string, err error) {
	x, err := findStart(s.db.Read(ctx), ticket, b, true)
	if err != nil {
		return o, "", err
	}
	k, _, err := s.guest(x)
	if err != nil {
		return o, "", err
	}
	if k.Verified {
		d.Email = k.Email
	}
	c, err := d.clean(false)
	if err != nil {
		return o, "", err
	}
	if err := s.limits.Take(ctx, "sign-up", "ip"+d.Address, signUpRate); err != nil {
		return o, "", err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		taken, err := takeStart(tx, ticket, b, true)
		if err != nil {
			return err
		}
		if taken.Provider == "" {
			return errNotStarted
		}
		o, err = s.join(tx, k, c, d.Device)
		return err
	})
	return o, x.Next, err
}

func (s *Service) join(tx *db.Tx, k known, c clean, device string) (o Opened, err error) {
	if k.Verified {
		if err := s.addressFree(tx, c.email); err != nil {
			return o, err
		}
	}
	id, err := s.store(tx, c)
	if err != nil {
		return o, err
	}
	if err := insertIdentity(tx, &Identity{AccountID: id, Provider: k.Provider, UID: k.UID, VerifiedAt: &tx.Now}); err != nil {
		return o, err
	}
	if k.Verified {
		if err = insertIdentity(tx, &Identity{AccountID: id, Provider: "email", UID: c.email, VerifiedAt: &tx.Now}); err == nil {
			err = s.tell(s.addressed, tx, id)
		}
	} else {
		err = s.askToConfirm(tx, id, c.email)
	}
	if err != nil {
		return o, err
	}
	return s.open(tx, id, device, byPassword)
}

// Unlink takes a linked provider from a's account, within StepUpLife. The last
// way to sign in cannot be taken.
func (s *Service) Unlink(ctx context.Context, a access.Actor, identityID int64) error {
	if err := NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := lockOpen(tx, a.AccountID); err != nil {
			return err
		}
		all, err := listIdentities(tx, a.AccountID)
		if err != nil {
			return err
		}
		hash, err := findPassword(tx, a.AccountID)
		if err != nil {
			return err
		}
		s.lookAgainAfter(tx, a.AccountID)
		return unlink(tx, all, hash != "" && present(all) != "", identityID)
	})
}

func unlink(tx *db.Tx, all []Identity, byPassword bool, id int64) error {
	others, mine := 0, false
	for _, i := range all {
		switch {
		case i.Provider == "email":
		case i.ID == id:
			mine = true
		default:
			others++
		}
	}
	switch {
	case !mine:
		return errs.New(errs.NotFound, "account.no_such_link")
	case others == 0 && !byPassword:
		return errs.New(errs.Conflict, "account.last_sign_in")
	}
	return deleteIdentity(tx, id)
}
