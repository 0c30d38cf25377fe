package account

import (
	"context"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// signInLimit is how often one address may try to sign in.
var signInLimit = httpd.Limit{Name: "sign-in", Rates: []httpd.Rate{{N: 6, Per: time.Minute}, {N: 30, Per: time.Hour}}, By: httpd.ByAddress}

// slowdown is the answer to many tries for one account from many addresses:
// each further step of tries in an hour waits longer. It never refuses, or
// anybody could lock anybody out.
var slowdown = []struct {
	tries int // more per hour
	wait  time.Duration
}{{10, 0}, {10, time.Second}, {20, 2 * time.Second}, {40, 4 * time.Second}}

const longestWait = 8 * time.Second

// Credentials are what somebody signs in with.
type Credentials struct {
	Email, Password string
	Device          string
	OldCookie       string // of the session that the browser had; it ends
}

var errCredentials = errs.New(errs.SignIn, "account.wrong")

// SignIn opens a new session for who knows the password of a confirmed address.
// An address without an account, without a password, or not yet confirmed gets
// the same answer as a wrong password, after the same work.
func (s *Service) SignIn(ctx context.Context, c Credentials) (o Opened, err error) {
	email, err := cleanAddress(c.Email)
	if err != nil {
		email = "" // no account has it
	}
	if err := s.slow(ctx, email); err != nil {
		return o, err
	}
	l, err := findLogin(s.db.Read(ctx), email)
	if err != nil {
		return o, err
	}
	ok, stale, err := s.hashes.check(ctx, l.Hash, limited(c.Password))
	if err != nil {
		return o, err
	}
	if !ok {
		return o, errCredentials
	}
	fresh := ""
	if stale {
		if fresh, err = s.hashes.hash(ctx, c.Password); err != nil {
			return o, err
		}
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if fresh != "" {
			if err := rehash(tx, l.AccountID, l.Hash, fresh); err != nil {
				return err
			}
		}
		o, err = s.replace(tx, l.AccountID, c.Device, c.OldCookie)
		return err
	})
	return o, err
}

// limited cuts what cannot be a password, so that hashing it costs no more.
func limited(password string) string {
	if len(password) > maxPassword {
		return password[:maxPassword+1] // still matches nothing
	}
	return password
}

// slow waits before a try for an address that is tried too often.
func (s *Service) slow(ctx context.Context, email string) error {
	wait := longestWait
	for _, step := range slowdown {
		err := s.limits.Take(ctx, "sign-in for "+step.wait.String(), s.who(email), httpd.Rate{N: step.tries, Per: time.Hour})
		if err == nil {
			wait = step.wait
			break
		}
		if !errs.Is(err, errs.TooMany) {
			return err
		}
	}
	if wait == 0 {
		return nil
	}
	return s.pause(ctx, wait)
}
