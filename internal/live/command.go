package live

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
)

// askTime is how long a topic may take to decide on a right.
const askTime = 5 * time.Second

// command is what a client says.
type command struct {
	T     string `json:"t"`
	ID    int64  `json:"id"`
	Ch    string `json:"ch"`
	Since *int64 `json:"since"` // absent: from now on
	Epoch string `json:"epoch"`
	Lang  string `json:"lang"`
}

// command carries one out, on the goroutine that reads: a client's commands
// have their order, and one that asks much waits for itself only.
func (c *conn) command(b []byte) {
	var q command
	if err := json.Unmarshal(b, &q); err != nil {
		c.shut(closeProtocol)
		return
	}
	if q.T == "typing" {
		if c.allow(&c.types, typingRate, typingBurst) && c.greeted {
			c.typing(q.Ch)
		} else {
			c.hub.metrics.dropped.WithLabelValues("typing").Inc()
		}
		return
	}
	if !c.allow(&c.commands, commandRate, commandBurst) {
		c.shut(closeChatty)
		return
	}
	switch {
	case q.T == "hello" && !c.greeted:
		c.hello(q)
	case !c.greeted:
		c.shut(closeProtocol)
	case q.T == "sub" && (q.Since == nil || *q.Since >= 0):
		c.subscribe(q)
	case q.T == "unsub":
		c.unsubscribe(q.Ch)
	case q.T == "pong", q.T == "seen":
		// A pong with other white space. Seen is heard and not kept: what was
		// read is nobody's business yet.
	default:
		c.shut(closeProtocol)
	}
}

// welcome answers hello.
type welcome struct {
	T       string `json:"t"`
	Conn    string `json:"conn"`
	User    string `json:"user,omitempty"`
	Epoch   string `json:"epoch"`
	Ping    int    `json:"ping_s"`
	Build   string `json:"build"`
	Expires int64  `json:"session_exp,omitempty"` // Unix seconds
}

func (c *conn) hello(q command) {
	w := welcome{T: "welcome", Conn: "c_" + strings.ToLower(rand.Text()[:8]), Epoch: c.hub.epochNow(),
		Ping: int(c.hub.o.Timing.Ping.Seconds()), Build: c.hub.o.Build}
	if w.Epoch == "" {
		w.Epoch = c.hub.lookAtEpoch() // we started a moment ago
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.greeted = true
	c.firstPing()
	if q.Lang != "" {
		c.lang = langIndex(q.Lang)
	}
	if c.actor != nil {
		w.User = "u_" + strconv.FormatInt(c.actor.AccountID, 10)
	}
	if c.expires != 0 {
		w.Expires = time.Now().Add(time.Duration(c.expires - c.hub.now())).Unix()
	}
	if c.code == 0 {
		c.post(text(marshal(w)))
	}
}

func (c *conn) subscribe(q command) {
	t, id, ok := c.hub.topicOf(q.Ch)
	m := &member{who: &c.client, name: q.Ch, topic: t, id: id, ref: q.ID, epoch: q.Epoch, lang: c.lang, place: -1}
	m.from(q.Since)
	if !ok {
		c.refuse(m, "not_found")
		return
	}
	old, full := c.hold(m)
	if full {
		c.refuse(m, "limit")
		return
	}
	if old != nil {
		// The client noticed a hole, or came back to a channel it still has.
		c.hub.metrics.gaps.WithLabelValues("client").Inc()
		c.quit(old)
	}
	c.enter(m)
}

// from sets where a subscription begins.
func (m *member) from(since *int64) {
	if m.fresh = since == nil; !m.fresh {
		m.since = *since
	}
}

// hold adds a subscription to the client's list in the place of an older one to
// the same channel.
func (c *client) hold(m *member) (old *member, full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range c.subs {
		if o.name == m.name {
			c.subs[i] = m
			return o, false
		}
	}
	if len(c.subs) >= maxSubs {
		return nil, true
	}
	c.subs = append(c.subs, m)
	return nil, false
}

func (c *conn) unsubscribe(channel string) {
	if m := c.find(channel); m != nil && c.drop(m) {
		c.quit(m)
	}
}

func (c *client) quit(m *member) {
	s := c.hub.shard(m.name)
	s.do(func() { s.leave(m) })
}

func (c *client) find(channel string) *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.subs {
		if m.name == channel {
			return m
		}
	}
	return nil
}

// enter asks for the right to a channel and hands the subscription to its
// shard. If rights change in between, the shard sends it back here.
func (c *client) enter(m *member) {
	m.gen = c.gen.Load()
	a := c.who()
	if code := c.hub.may(m.topic, a, m.id); code != "" {
		if c.drop(m) {
			c.out.refuse(m, code)
		}
		return
	}
	m.account, m.staff = a.AccountID, ""
	if len(a.Works) > 0 && m.topic.Type != nil {
		m.staff = c.hub.staffName(m.topic, a, m.id)
	}
	s := c.hub.shard(m.name)
	s.do(func() { s.join(m) })
}

// may asks a topic for a right; the answer is empty or the code of a sub_err.
func (h *Hub) may(t *Topic, a access.Actor, id int64) (code string) {
	ctx, cancel := context.WithTimeout(h.ctx, askTime)
	defer cancel()
	err := t.May(ctx, a, id)
	if err == nil {
		return ""
	}
	switch errs.Of(err).Kind {
	case errs.Forbidden, errs.SignIn:
		return "forbidden"
	case errs.NotFound, errs.Gone:
		return "not_found"
	case errs.Internal:
		h.log.Error("live: ask for a right", "topic", t.Kind, "error", err)
	}
	return "unavailable"
}

// answer sends what answers a subscription.
func (c *conn) answer(m *message, _ int) { c.send(m) }

// event sends news.
func (c *conn) event(_ *member, b *bundle) { c.send(b.frame) }

type refusal struct {
	T    string `json:"t"`
	ID   int64  `json:"id,omitempty"`
	Ch   string `json:"ch"`
	Code string `json:"code,omitempty"`
	Why  string `json:"why,omitempty"`
}

func (c *conn) refuse(m *member, code string) {
	c.send(text(marshal(refusal{T: "sub_err", ID: m.ref, Ch: m.name, Code: code})))
}

func (c *conn) unsub(m *member, why string) {
	c.send(text(marshal(refusal{T: "unsubbed", Ch: m.name, Why: why})))
}
