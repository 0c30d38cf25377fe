package live

import (
	"context"
	"slices"
	"strings"
	"time"

	"caravan/internal/access"
)

// Typing and presence.
const (
	typingTTL   = 6 // seconds a page shows that somebody types
	typingPause = 2 * time.Second
	few         = 3  // fewer readers than this are not counted out
	small       = 20 // up to here one more or less is news
	rounds      = 10 // looks at what changed, for one exchange of everything
)

// presence is who reads a channel, here and at other nodes.
type presence struct {
	elsewhere map[string]elsewhere // by node
	shown     *message             // what members were told last; nil: nothing worth telling
	changed   bool
	typed     map[Typist]int64 // when it was shown last, by the hub's clock
}

type elsewhere struct {
	Presence
	until int64
}

// came notes that a member came or went. In a crowd one more is no news until
// the next exchange.
func (s *shard) came(c *channel, m *member) {
	if c.topic.Type != nil && (m.staff != "" || len(c.members) <= small) {
		c.presence.changed = true
	}
}

// greet tells a new member who is here.
func (s *shard) greet(c *channel, m *member) {
	if c.presence.shown != nil {
		m.who.out.send(c.presence.shown)
	}
}

// staffName is how somebody is shown as reading; empty for everybody who does
// not speak for an organisation there.
func (h *Hub) staffName(t *Topic, a access.Actor, id int64) string {
	ctx, cancel := context.WithTimeout(h.ctx, askTime)
	defer cancel()
	typist, err := t.Type(ctx, a, id)
	if err != nil || !typist.Staff {
		return ""
	}
	return typist.Label
}

// typing passes on that somebody writes, if they have the right to. A refusal
// needs no answer.
func (c *conn) typing(channel string) {
	m := c.find(channel)
	if m == nil || m.topic.Type == nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.hub.ctx, askTime)
	defer cancel()
	t, err := m.topic.Type(ctx, c.who(), m.id)
	if err != nil {
		return
	}
	if !t.Staff {
		t.Label = "" // whatever the topic says
	}
	s := c.hub.shard(channel)
	s.do(func() { s.typing(channel, t, &c.client) })
	c.hub.order(Order{Kind: orderTyping, Channel: channel, Typist: &t})
}

// typing shows to all members but one that somebody writes.
func (s *shard) typing(channel string, t Typist, but *client) {
	c := s.channels[channel]
	if c == nil {
		return
	}
	p, now := &c.presence, s.hub.now()
	if at, ok := p.typed[t]; ok && now-at < int64(typingPause) {
		return
	}
	if p.typed == nil {
		p.typed = map[Typist]int64{}
	}
	p.typed[t] = now
	type d struct {
		Role  string `json:"role"`
		Label string `json:"label,omitempty"`
		TTL   int    `json:"ttl"`
	}
	m := fleeting(marshal(ephemeral{"eph", channel, "typing", d{t.Role, t.Label, typingTTL}}))
	s.each(c, func(o *member) {
		if o.who != but {
			o.who.out.send(m)
		}
	})
}

type ephemeral struct {
	T    string `json:"t"`
	Ch   string `json:"ch"`
	Type string `json:"type"`
	D    any    `json:"d"`
}

// watchPresence shows soon what changed here, and exchanges everything with the
// other nodes now and then.
func (h *Hub) watchPresence(ctx context.Context) {
	tick := time.NewTicker(h.o.Timing.Presence / rounds)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, s := range h.shards {
			s.do(func() { s.present(n%rounds == 0) })
		}
	}
}

// present looks at the channels whose presence changed, or at all of them.
func (s *shard) present(all bool) {
	var tell []Presence
	for _, c := range s.channels {
		if c.topic.Type == nil || (!all && !c.presence.changed) {
			continue
		}
		c.presence.changed = false
		own := c.present()
		tell = append(tell, own)
		s.show(c, own)
	}
	if len(tell) > 0 {
		s.hub.job("presence", func() {
			for some := range slices.Chunk(tell, 200) {
				s.hub.order(Order{Kind: orderPresence, Present: some})
			}
		})
	}
}

// present counts people, not sockets; staff is named instead of counted.
func (c *channel) present() Presence {
	p := Presence{Channel: c.name}
	seen := map[int64]bool{}
	for _, m := range c.members {
		switch {
		case m.staff != "":
			p.Staff = append(p.Staff, m.staff)
		case m.account == 0:
			p.Readers++
		case !seen[m.account]:
			seen[m.account] = true
			p.Readers++
		}
	}
	return p
}

// show tells the members who is here, if that is another answer than before.
func (s *shard) show(c *channel, p Presence) {
	now := s.hub.now()
	for node, e := range c.presence.elsewhere {
		if now > e.until {
			delete(c.presence.elsewhere, node)
			continue
		}
		p.Readers += e.Readers
		p.Staff = append(p.Staff, e.Staff...)
	}
	slices.Sort(p.Staff)
	type d struct {
		Readers int      `json:"readers"`
		Few     bool     `json:"few,omitempty"`
		Staff   []string `json:"staff"`
	}
	view := d{Readers: rounded(p.Readers), Few: p.Readers < few, Staff: append([]string{}, slices.Compact(p.Staff)...)}
	if c.presence.shown == nil && view.Few && len(view.Staff) == 0 {
		return
	}
	m := fleeting(marshal(ephemeral{"eph", c.name, "presence", view}))
	if c.presence.shown != nil && string(m.frame) == string(c.presence.shown.frame) {
		return
	}
	c.presence.shown = m
	s.each(c, func(o *member) { o.who.out.send(m) })
}

// rounded is a number of readers as shown: none for a few, exact for some, two
// digits for many, so that a crowd is not told of every single one.
func rounded(n int) int {
	if n < few {
		return 0
	}
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

// heardPresence takes what another node says of its readers; it holds for a
// little more than two exchanges.
func (h *Hub) heardPresence(o Order) {
	for _, p := range o.Present {
		p.Staff = slices.DeleteFunc(p.Staff, func(s string) bool { return strings.TrimSpace(s) == "" })
		s := h.shard(p.Channel)
		s.do(func() {
			c := s.channels[p.Channel]
			if c == nil || c.topic.Type == nil {
				return
			}
			if c.presence.elsewhere == nil {
				c.presence.elsewhere = map[string]elsewhere{}
			}
			c.presence.elsewhere[o.Node] = elsewhere{p, h.now() + int64(h.o.Timing.Presence)*12/5}
			c.presence.changed = true
		})
	}
}

// order tells the other nodes something.
func (h *Hub) order(o Order) {
	o.Node = h.o.Node
	if err := h.bus.Control(o); err != nil {
		h.log.Warn("live: tell other nodes", "kind", o.Kind, "error", err)
	}
}
