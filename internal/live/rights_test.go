package live_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

var errForbidden = errs.New(errs.Forbidden, "common.not_allowed")

// signedIn is who connects: one account, session by header.
func signedIn(account int64) func(*http.Request) live.Reader {
	return func(r *http.Request) live.Reader {
		session := r.Header.Get("Session")
		if session == "" {
			session = "s1"
		}
		return live.Reader{Actor: access.Actor{AccountID: account}, Session: session, Expires: time.Now().Add(time.Hour)}
	}
}

// register is where sessions are looked up.
type register struct {
	mu    sync.Mutex
	alive map[string]live.Standing
	away  bool
	calls int
}

func newRegister(sessions ...string) *register {
	r := &register{alive: map[string]live.Standing{}}
	for _, s := range sessions {
		r.alive[s] = live.Standing{Actor: access.Actor{AccountID: 1}, Expires: time.Now().Add(time.Hour)}
	}
	return r
}

func (r *register) set(session string, st *live.Standing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.alive, session)
	if st != nil {
		r.alive[session] = *st
	}
}

func (r *register) setAway() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = true
}

func (r *register) look(_ context.Context, sessions []string) (map[string]live.Standing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.away {
		return nil, errors.New("the database is away")
	}
	out := map[string]live.Standing{}
	for _, s := range sessions {
		if st, ok := r.alive[s]; ok {
			out[s] = st
		}
	}
	return out, nil
}

func TestAnEndedSessionEndsItsSocketsWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	for name, end := range map[string]func(n *node, r *register){
		"sign-out":             func(n *node, _ *register) { n.hub.Revoke(live.Revoked{Session: "s1"}) },
		"password changed":     func(n *node, r *register) { r.set("s1", nil); n.hub.Revoke(live.Revoked{Account: 1}) },
		"database away, asked": func(n *node, r *register) { r.setAway(); n.hub.Revoke(live.Revoked{Session: "s1"}) },
		"nobody said so":       func(_ *node, r *register) { r.set("s1", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRegister("s1", "s2")
			n := start(t, d, setup{who: signedIn(1), o: live.Options{Alive: r.look, Timing: live.Timing{Sessions: 50 * time.Millisecond}}})
			first, other := n.hello("Session", "s1"), n.hello("Session", "s2")
			began := time.Now()
			end(n, r)
			first.closed(4401)
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("closed after %v", took)
			}
			if ok := other.sub("question:1", 0, ""); ok.T != "sub_ok" {
				t.Errorf("the other session: %+v", ok)
			}
		})
	}
}

func TestASocketEndsWhenItsSessionExpires(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	soon := func(r *http.Request) live.Reader {
		return live.Reader{Actor: access.Actor{AccountID: 1}, Session: "s1", Expires: time.Now().Add(100 * time.Millisecond)}
	}
	quick := live.Timing{Pong: 40 * time.Millisecond} // what is due is looked for more often
	t.Run("nobody to ask", func(t *testing.T) {
		t.Parallel()
		n := start(t, d, setup{who: soon, o: live.Options{Timing: quick}})
		n.hello().closed(4401)
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		r := newRegister()
		r.set("s1", &live.Standing{Actor: access.Actor{AccountID: 1}, Expires: time.Now()})
		n := start(t, d, setup{who: soon, o: live.Options{Alive: r.look, Timing: quick}})
		n.hello().closed(4401)
	})
	t.Run("used meanwhile", func(t *testing.T) {
		t.Parallel()
		r := newRegister("s1")
		n := start(t, d, setup{who: soon, o: live.Options{Alive: r.look, Timing: quick}})
		s := n.hello()
		eventually(t, "the session looked up", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.calls > 0 })
		if ok := s.sub("question:1", 0, ""); ok.T != "sub_ok" {
			t.Errorf("got %+v", ok)
		}
	})
}

func TestADatabaseThatIsAwayEndsNoSession(t *testing.T) {
	t.Parallel()
	r := newRegister("s1")
	r.setAway()
	n := start(t, testkit.DB(t), setup{who: signedIn(1), o: live.Options{Alive: r.look, Timing: live.Timing{Sessions: 10 * time.Millisecond}}})
	s := n.hello()
	eventually(t, "a few looks", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.calls > 3 })
	if ok := s.sub("question:1", 0, ""); ok.T != "sub_ok" {
		t.Errorf("got %+v", ok)
	}
}

func TestRemovedStaffLoseTheChannelAndKeepTheSocket(t *testing.T) {
	t.Parallel()
	topic := live.Topic{Kind: "clinic", May: func(_ context.Context, a access.Actor, id int64) error {
		if _, ok := a.WorksFor(id); !ok {
			return errForbidden
		}
		return nil
	}}
	staff := access.Actor{AccountID: 1, Works: []access.Work{{OrganisationID: 5}, {OrganisationID: 6}}}
	r := newRegister()
	r.set("s1", &live.Standing{Actor: staff, Expires: time.Now().Add(time.Hour)})
	n := start(t, testkit.DB(t), setup{topics: []live.Topic{topic}, o: live.Options{Alive: r.look},
		who: func(*http.Request) live.Reader { return live.Reader{Actor: staff, Session: "s1"} }})
	s := n.hello()
	s.sub("clinic:5", 0, "")
	s.sub("clinic:6", 0, "")
	r.set("s1", &live.Standing{Actor: access.Actor{AccountID: 1, Works: staff.Works[1:]}, Expires: time.Now().Add(time.Hour)})
	n.hub.Revoke(live.Revoked{Account: 1})
	if got := s.await("unsubbed"); got.Ch != "clinic:5" || got.Why != "revoked" {
		t.Errorf("got %+v", got)
	}
	if got := s.sub("clinic:5", 0, ""); got.Code != "forbidden" {
		t.Errorf("coming back: %+v", got)
	}
	if got := s.sub("clinic:6", 0, ""); got.T != "sub_ok" {
		t.Errorf("the other clinic: %+v", got)
	}
}

func TestRightsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	for name, c := range map[string]struct {
		timing live.Timing
		tell   func(*live.Hub)
	}{
		"at intervals": {live.Timing{Rights: 20 * time.Millisecond}, func(*live.Hub) {}},
		"when told":    {live.Timing{}, func(h *live.Hub) { h.Revoke(live.Revoked{Channel: "question:1"}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var closed atomic.Bool
			topic := live.Topic{Kind: "question", May: func(context.Context, access.Actor, int64) error {
				if closed.Load() {
					return errs.New(errs.NotFound, "question.missing")
				}
				return nil
			}}
			n := start(t, d, setup{topics: []live.Topic{topic}, o: live.Options{Timing: c.timing}})
			a, b := n.hello(), n.hello()
			a.sub("question:1", 0, "")
			b.sub("question:1", 0, "")
			closed.Store(true)
			c.tell(n.hub)
			a.await("unsubbed")
			b.await("unsubbed")
		})
	}
}
