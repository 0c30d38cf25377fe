package live

import (
	"context"
	"reflect"
	"time"

	"caravan/internal/access"
)

// Revoked says which rights may have ended. One of these:
//
//	Session            it ended: its sockets close with 4401
//	Account            something about the account changed (sign-out everywhere,
//	                   ban, password, role): its sessions are looked up again;
//	                   those that ended close, the others are judged anew
//	Account, Channel   the account lost the right to that channel
//	Channel            its rules changed: everybody on it is judged anew
type Revoked struct {
	Account int64
	Session string
	Channel string
}

// Revoked is what an order to revoke says, for those who hear the bus besides
// the hub because they remember rights; false for any other order.
func (o Order) Revoked() (r Revoked, ok bool) {
	return Revoked{Account: o.Account, Session: o.Session, Channel: o.Channel}, o.Kind == orderRevoke
}

// Revoke makes every node act on rights that ended, within milliseconds. It is
// called after the commit; should it be lost, each node finds out within
// Timing.Sessions or Timing.Rights.
func (h *Hub) Revoke(r Revoked) {
	h.order(Order{Kind: orderRevoke, Account: r.Account, Session: r.Session, Channel: r.Channel})
}

// revoked acts on it here.
func (h *Hub) revoked(o Order) {
	var mine []*client
	for _, c := range h.people.list(nil) {
		if (o.Session != "" && c.session == o.Session) || (o.Account != 0 && c.who().AccountID == o.Account) {
			c.gen.Add(1) // a subscription that is being checked now is checked again
			mine = append(mine, c)
		}
	}
	switch {
	case o.Session != "":
		h.endAll(mine)
	case o.Account != 0 && o.Channel != "":
		s := h.shard(o.Channel)
		s.do(func() {
			for _, m := range s.membersOf(o.Channel) {
				if m.account == o.Account {
					s.expel(m)
				}
			}
		})
		h.job("sessions", func() { h.lookAgain(mine, false) })
	case o.Account != 0:
		h.job("sessions", func() { h.lookAgain(mine, true) })
	case o.Channel != "":
		s := h.shard(o.Channel)
		s.do(func() {
			list := s.membersOf(o.Channel)
			h.job("rights", func() { h.judge(list) })
		})
	}
}

func (h *Hub) endAll(list []*client) {
	for _, c := range list {
		h.metrics.revoked.Inc()
		c.out.shut(closeSession)
	}
}

// lookAgain looks up what sessions are worth now. If that cannot be done,
// those of whom it is known that something ended are closed.
func (h *Hub) lookAgain(list []*client, sure bool) {
	if len(list) == 0 {
		return
	}
	if h.o.Alive == nil {
		if sure {
			h.endAll(list)
		}
		return
	}
	var sessions []string
	seen := map[string]bool{}
	for _, c := range list {
		if !seen[c.session] {
			seen[c.session] = true
			sessions = append(sessions, c.session)
		}
	}
	ctx, cancel := context.WithTimeout(h.ctx, askTime)
	defer cancel()
	now, err := h.o.Alive(ctx, sessions)
	if err != nil {
		h.log.Error("live: look up sessions", "error", err)
		if sure {
			h.endAll(list)
		}
		return
	}
	for _, c := range list {
		if st, ok := now[c.session]; ok && st.Expires.After(time.Now()) {
			h.update(c, st)
		} else {
			h.endAll([]*client{c})
		}
	}
}

// update gives a client its actor as of now; if that is another one, all its
// subscriptions are judged anew.
func (h *Hub) update(c *client, st Standing) {
	c.mu.Lock()
	c.expire(st.Expires)
	same := c.actor != nil && sameRights(*c.actor, st.Actor)
	c.actor = &st.Actor
	subs := append([]*member(nil), c.subs...)
	c.mu.Unlock()
	if !same {
		c.gen.Add(1)
		h.judge(subs)
	}
}

// sameRights compares two states of an actor, but for what changes all the time.
func sameRights(a, b access.Actor) bool {
	a.Unread, b.Unread = 0, 0
	a.SteppedUp, b.SteppedUp = time.Time{}, time.Time{}
	a.Session, b.Session = "", ""
	return reflect.DeepEqual(a, b)
}

// judge asks for the right to each subscription again, once for each person and
// channel, and ends those that are refused.
func (h *Hub) judge(list []*member) {
	type question struct {
		account int64
		channel string
	}
	answers := map[question]string{}
	for _, m := range list {
		a := m.who.who()
		q := question{a.AccountID, m.name}
		code, known := answers[q]
		if !known {
			code = h.may(m.topic, a, m.id)
			answers[q] = code
		}
		if code == "forbidden" || code == "not_found" {
			s := h.shard(m.name)
			s.do(func() { s.expel(m) })
		}
	}
}

// expel ends a subscription that is no longer allowed, wherever it stands: live
// or still waiting for what it missed.
func (s *shard) expel(m *member) {
	if !m.who.drop(m) {
		return
	}
	s.hub.metrics.revoked.Inc()
	s.leave(m)
	m.who.out.unsub(m, "revoked")
}

// membersOf is everybody on a channel, answered or not.
func (s *shard) membersOf(name string) (list []*member) {
	if c := s.channels[name]; c != nil {
		list = append(append(list, c.members...), c.joiners...)
	}
	return list
}

// watchSessions looks at all sessions once a minute, in one query.
func (h *Hub) watchSessions(ctx context.Context) {
	every(ctx, h.o.Timing.Sessions, func() {
		var list []*client
		for _, c := range h.people.list(nil) {
			if c.session != "" {
				list = append(list, c)
			}
		}
		h.lookAgain(list, false)
	})
}

// watchRights asks for every right on every channel again, all five minutes.
func (h *Hub) watchRights(ctx context.Context) {
	every(ctx, h.o.Timing.Rights, func() {
		for _, s := range h.shards {
			list := make(chan []*member, 1)
			if !s.do(func() { list <- s.everybody() }) {
				return
			}
			select {
			case all := <-list:
				h.judge(all)
			case <-ctx.Done():
			}
		}
	})
}

func (s *shard) everybody() (list []*member) {
	for name := range s.channels {
		list = append(list, s.membersOf(name)...)
	}
	return list
}

// every calls f at intervals until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f()
		}
	}
}
