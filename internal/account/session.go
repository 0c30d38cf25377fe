package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
)

const (
	cookieBytes = 32 // random, from which nothing else follows
	cookieChars = 43 // in the cookie
	seenEvery   = time.Minute
	whoTimeout  = 2 * time.Second
)

// Session is a session as its owner sees it.
type Session struct {
	PublicID             string
	Device               string
	CreatedAt, SeenAt    time.Time
	Current              bool
	Idle                 time.Duration
	ExpiresAt            time.Time
	accountID            int64
	desk, staff, blocked bool
}

// ends is when the session is over if nobody uses it from now on. The rights of
// this moment count, not those it was opened with.
func (s Session) ends() time.Time {
	l := lifeOf(s.desk, s.staff)
	end := s.SeenAt.Add(min(l.idle, s.Idle))
	if t := s.absolute(); t.Before(end) {
		return t
	}
	return end
}

// absolute is when the session is over however much it is used.
func (s Session) absolute() time.Time {
	end := s.CreatedAt.Add(lifeOf(s.desk, s.staff).absolute)
	if s.ExpiresAt.Before(end) {
		return s.ExpiresAt
	}
	return end
}

// Who finds the person behind a session cookie, and when the session ends at
// the latest. An unknown, ended or blocked one is the zero Actor. It is asked
// on every signed-in request: at most one query in two seconds and session, and once
// a minute one update. The Actor is shared by requests: nobody changes it.
func (s *Service) Who(ctx context.Context, cookie string) (access.Actor, time.Time, error) {
	if len(cookie) != cookieChars {
		return access.Actor{}, time.Time{}, nil
	}
	now, key := s.db.Now(), recentKey(sha256.Sum256([]byte(cookie)))
	if a, x, ok := s.recent.get(key, now); ok {
		return a, x.absolute(), nil
	}
	before := s.recent.before()
	ctx, cancel := context.WithTimeout(ctx, whoTimeout)
	defer cancel()
	a, x, err := findActor(ctx, s.db, key[:], now)
	if db.Missing(err) {
		return access.Actor{}, time.Time{}, nil
	}
	if err != nil {
		return access.Actor{}, time.Time{}, db.Wrap("account: who", err)
	}
	if x.blocked || !now.Before(x.ends()) {
		return access.Actor{}, time.Time{}, nil
	}
	if now.Sub(x.SeenAt) >= seenEvery {
		if err := touchSession(ctx, s.db, key[:], now); err != nil {
			return access.Actor{}, time.Time{}, db.Wrap("account: touch session", err)
		}
		x.SeenAt = now
	}
	s.recent.put(key, a, x, now, before)
	return a, x.absolute(), nil
}

// Standing is what a session is worth now.
type Standing struct {
	Actor   access.Actor
	Expires time.Time // at the latest
}

// Standing looks sessions up by their public ids, all in one query, for those
// who hold sockets open. Those that it does not return have ended.
func (s *Service) Standing(ctx context.Context, publicIDs []string) (map[string]Standing, error) {
	now, out := s.db.Now(), map[string]Standing{}
	err := listActors(ctx, s.db, publicIDs, now, func(a access.Actor, x Session) {
		if !x.blocked && now.Before(x.ends()) {
			out[x.PublicID] = Standing{a, x.absolute()}
		}
	})
	return out, db.Wrap("account: standing", err)
}

// Opened is a new session. The cookie is nowhere else.
type Opened struct {
	Cookie    string
	Expires   time.Time
	AccountID int64
	PublicID  string
}

// OpenSession opens a session for an account without asking for a password: for
// demo mode and tests.
func (s *Service) OpenSession(ctx context.Context, accountID int64, device string) (o Opened, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		o, err = s.open(tx, accountID, device, byPassword)
		return err
	})
	return o, err
}

// open adds a session to tx, for who signed in by what. Sessions beyond the most
// an account may have end. Signing in counts as a step-up, unless more is asked
// of the account than was shown.
func (s *Service) open(tx *db.Tx, accountID int64, device, by string) (o Opened, err error) {
	r, err := lockOpen(tx, accountID)
	if err != nil {
		return o, err
	}
	l := lifeOf(r.Desk, r.Staff)
	o = Opened{Cookie: random(cookieBytes), PublicID: random(12), AccountID: accountID, Expires: tx.Now.Add(l.absolute)}
	gone, err := trimSessions(tx, accountID, mostSessions(r.Desk)-1)
	if err != nil {
		return o, err
	}
	s.revokeAfter(tx, gone...)
	if by != byPasskey && (r.Desk || r.Staff) && r.Second {
		by = ""
	}
	return o, insertSession(tx, o, device, l.idle, by)
}

// lockOpen locks an account that is neither blocked nor closed.
func lockOpen(tx *db.Tx, accountID int64) (rights, error) {
	r, err := lockRights(tx, accountID)
	if err == nil && r.Blocked {
		err = errs.New(errs.Forbidden, "account.blocked")
	}
	return r, err
}

// replace ends the session behind an old cookie, if there is one, and opens a
// new one: an id from before the sign-in is worth nothing after it.
func (s *Service) replace(tx *db.Tx, accountID int64, device, oldCookie string) (Opened, error) {
	if err := s.end(tx, oldCookie); err != nil {
		return Opened{}, err
	}
	return s.open(tx, accountID, device, byPassword)
}

func (s *Service) end(tx *db.Tx, cookie string) error {
	if len(cookie) != cookieChars {
		return nil
	}
	gone, err := deleteSession(tx, hashOf(cookie))
	s.revokeAfter(tx, gone...)
	return err
}

// SignOut ends the session behind a cookie and closes its sockets.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.end(tx, cookie) })
}

// Sessions lists a's sessions, the one in use first.
func (s *Service) Sessions(ctx context.Context, a access.Actor) ([]Session, error) {
	q := s.db.Read(ctx)
	all, err := listSessions(q, a.AccountID)
	if err != nil {
		return nil, err
	}
	alive := all[:0]
	for _, x := range all {
		if q.Now.Before(x.ends()) {
			x.Current = x.PublicID == a.Session
			alive = append(alive, x)
		}
	}
	return currentFirst(alive), nil
}

func currentFirst(all []Session) []Session {
	for i, x := range all {
		if x.Current {
			copy(all[1:], all[:i])
			all[0] = x
		}
	}
	return all
}

// EndSession ends one of a's sessions, EndOthers all but the one in use.
func (s *Service) EndSession(ctx context.Context, a access.Actor, publicID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		gone, err := deleteNamedSession(tx, a.AccountID, publicID)
		if err == nil && len(gone) == 0 {
			return errs.New(errs.NotFound, "account.no_such_session")
		}
		s.revokeAfter(tx, gone...)
		return err
	})
}

// EndOthers ends every session of a but the one in use.
func (s *Service) EndOthers(ctx context.Context, a access.Actor) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.endOthers(tx, a.AccountID, a.Session) })
}

// endOthers ends the sessions of an account but for one; keep may be empty.
func (s *Service) endOthers(tx *db.Tx, accountID int64, keep string) error {
	gone, err := deleteSessions(tx, accountID, keep)
	s.revokeAfter(tx, gone...)
	if keep == "" {
		s.lookAgainAfter(tx, accountID)
		tx.AfterCommit(func() { s.revoker.RevokeAccount(accountID) })
	}
	return err
}

func (s *Service) revokeAfter(tx *db.Tx, publicIDs ...string) {
	if len(publicIDs) == 0 {
		return
	}
	tx.AfterCommit(func() {
		for _, id := range publicIDs {
			s.recent.forgetSession(id)
		}
		for _, id := range publicIDs {
			s.revoker.RevokeSession(id)
		}
	})
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// random returns n random bytes as text that is safe in addresses.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
