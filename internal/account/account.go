// Package account knows who people are here: accounts and how they are reached,
// passwords, sessions, sign-in by other providers, consents, and the roles of
// the platform.
//
//	account.go     Service, its tools, the demo sign-ins
//	rules.go       pure decisions: sessions, addresses, devices, trust
//	password.go    which passwords are taken; hash.go how they are kept
//	session.go     Who (asked on every request), opening and ending sessions
//	recent.go      who was looked up within the last second
//	signup.go      sign-up, confirm.go its mail, signin.go, reset.go
//	domain.go      at which domains people have addresses, and no more of them
//	address.go     change of e-mail address; change.go password, language
//	stepup.go      Ways: by what somebody can show that it is them, and when they must
//	passkey.go     registering and removing passkeys; ceremony.go their two halves;
//	               prove.go signing in, stepping up and signing by them
//	recovery.go    codes that stand in for a passkey once
//	consent.go     consents per purpose; closing an account
//	provider.go    one OpenID Connect provider; link.go sign-in through it
//	grant.go       roles and blocking, for operators
//	forget.go      what is dropped when its time is over
//	store*.go      all SQL
//	http*.go       pages and operations; views.go and views/ what they show
//
// Three rules run through it. Whether an address has an account is told only to
// its mailbox: every answer to somebody who does not own it is the same, and
// takes as long. Accounts are never joined because two providers name the same
// address. What must end at once (sign-out, new password, blocking) ends in the
// database first; open sockets are told right after.
package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/mail"
)

// Revoker closes the sockets of what has ended. The live hub satisfies it.
type Revoker interface {
	RevokeSession(publicID string)
	RevokeAccount(id int64)
}

// Tools are what the feature works with.
type Tools struct {
	DB      *db.DB
	Jobs    *job.Runner
	Mail    *mail.Mailer
	Limits  *httpd.Limits
	Revoker Revoker // nil while there are no sockets, as in commands
	Config  config.Config
	Secret  []byte // 32 bytes; one key per purpose is derived from it
}

// Service does what people do with their accounts.
type Service struct {
	db        *db.DB
	mail      *mail.Mailer
	limits    *httpd.Limits
	revoker   Revoker
	demo      bool
	keys      *relyingParty // nil where there can be no passkeys
	key       []byte        // blurs what hashes of forms would give away
	hashes    *hashQueue
	recent    *recent
	providers map[string]*provider
	order     []string // of the providers on the page
	confirmed []func(tx *db.Tx, accountID int64) error
	closed    []func(tx *db.Tx, accountID int64) error
	linked    []func(tx *db.Tx, accountID int64) error
	addressed []func(tx *db.Tx, accountID int64) error
	pause     func(ctx context.Context, d time.Duration) error
}

// New returns the feature, makes it the mailer's book of addresses, and adds
// its rounds to the jobs.
func New(t Tools) *Service {
	s := &Service{
		db: t.DB, mail: t.Mail, limits: t.Limits, revoker: t.Revoker, demo: t.Config.Demo,
		key: httpd.DeriveKey(t.Secret, "account"), hashes: newHashQueue(), recent: newRecent(), pause: pause,
	}
	if s.revoker == nil {
		s.revoker = nobody{}
	}
	var err error
	if s.keys, err = newRelyingParty(t.Config.BaseURL); err != nil {
		slog.Warn("account: there can be no passkeys at this BASE_URL", "error", err)
	}
	s.addProviders(t.Config)
	t.Mail.SetBook(s)
	t.Jobs.Every("account: forget", forgetEvery, s.Forget)
	return s
}

// nobody is the Revoker where there are no sockets.
type nobody struct{}

// RevokeSession has nothing to close.
func (nobody) RevokeSession(string) {}

// RevokeAccount has nothing to close.
func (nobody) RevokeAccount(int64) {}

// WhenConfirmed has f called in the transaction in which an account confirms
// its first e-mail address: what waited for that is published there.
func (s *Service) WhenConfirmed(f func(tx *db.Tx, accountID int64) error) {
	s.confirmed = append(s.confirmed, f)
}

// WhenClosed has f called in the transaction in which an account is closed.
func (s *Service) WhenClosed(f func(tx *db.Tx, accountID int64) error) {
	s.closed = append(s.closed, f)
}

// WhenLinked has f called in the transaction in which an account is linked to
// an identity at another provider: it may be known better from then on.
func (s *Service) WhenLinked(f func(tx *db.Tx, accountID int64) error) {
	s.linked = append(s.linked, f)
}

func (s *Service) tell(hooks []func(*db.Tx, int64) error, tx *db.Tx, accountID int64) error {
	for _, f := range hooks {
		if err := f(tx, accountID); err != nil {
			return err
		}
	}
	return nil
}

// blur makes the hash of a form that holds a password safe to keep: without
// the key nobody can try passwords against it.
func (s *Service) blur(k db.Key) db.Key {
	m := hmac.New(sha256.New, s.key)
	m.Write(k.Hash)
	k.Hash = m.Sum(nil)
	return k
}

// who names an address in limits without keeping it.
func (s *Service) who(email string) string {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte("limit " + email))
	return hex.EncodeToString(m.Sum(nil)[:12])
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// DemoPassword opens every demo account. It is said on the sign-in page of demo
// mode, which exists nowhere else.
const DemoPassword = "caravan-demo-sign-in"

// DemoSignIn is a demo account that is offered on the sign-in page.
type DemoSignIn struct {
	Name string // names the sentence account.demo_<name> that says who it is
}

// Address is where the demo account gets mail.
func (d DemoSignIn) Address() string { return strings.ToLower(d.Name) + "@demo.example" }

// DemoSignIns are the demo accounts of every role.
var DemoSignIns = []DemoSignIn{
	{"patient"}, {"newcomer"}, {"treated"}, {"staff"}, {"doctor"}, {"facilitator"},
	{"moderator"}, {"moderator2"}, {"moderator3"}, {"admin"},
}
