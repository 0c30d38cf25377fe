package live

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"caravan/internal/access"
)

// Limits of one node.
const (
	maxConns      = 20_000
	maxPerPerson  = 10  // sockets; the oldest gives way
	maxPerAddress = 50  // sockets and polls
	maxVisitors   = 20  // of them without a session
	maxSubs       = 32  // subscriptions of a socket
	perSecond     = 200 // handshakes
)

// client is who listens: a socket or a long poll, with the rights of whoever
// opened it.
type client struct {
	hub     *Hub
	out     outlet
	session string // public id; empty for a visitor
	address string
	gen     atomic.Uint32 // counts changes of rights

	mu      sync.Mutex
	actor   *access.Actor // nil for a visitor
	expires int64         // of the session, by the hub's clock; 0 never
	lang    int
	subs    []*member
	left    bool
}

// outlet is the way to a client. None of it waits.
type outlet interface {
	answer(m *message, events int) // to a subscription: what was missed, or a reset
	event(m *member, b *bundle)    // news of a channel
	refuse(m *member, code string) // no subscription
	unsub(m *member, why string)   // no longer
	send(m *message)               // anything else
	shut(code int)                 // the end
	bye(retry time.Duration)       // the end, and when to come back
	cut()                          // the end, without a word
	sweep(now int64)               // time has passed
}

func (c *client) init(h *Hub, out outlet, who Reader) {
	c.hub, c.out, c.session, c.address, c.lang = h, out, who.Session, who.Address, langIndex(who.Lang)
	if who.Actor.SignedIn() {
		c.actor = &who.Actor
	}
	c.expire(who.Expires)
}

// expire sets when the session ends.
func (c *client) expire(at time.Time) {
	c.expires = 0
	if !at.IsZero() {
		c.expires = c.hub.now() + int64(time.Until(at))
	}
}

// who is the actor as last seen.
func (c *client) who() access.Actor {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.actor == nil {
		return access.Actor{}
	}
	return *c.actor
}

func (c *client) holds(m *member) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.subs {
		if o == m {
			return true
		}
	}
	return false
}

// drop takes a subscription off the client's list and reports whether it was
// on it.
func (c *client) drop(m *member) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range c.subs {
		if o == m {
			c.subs = append(c.subs[:i], c.subs[i+1:]...)
			return true
		}
	}
	return false
}

// leave ends all subscriptions, once.
func (c *client) leave() {
	c.mu.Lock()
	subs := c.subs
	c.subs, c.left = nil, true
	c.mu.Unlock()
	for _, m := range subs {
		s := c.hub.shard(m.name)
		s.do(func() { s.leave(m) })
	}
}

// people is everybody who is connected to this node.
type people struct {
	handshakes *rate.Limiter

	mu       sync.Mutex
	closed   bool // nobody comes in any more
	all      map[*client]struct{}
	count    int // with those whose handshake is under way
	places   map[string]*tally
	accounts map[int64][]*client // sockets, the oldest first
}

type tally struct{ all, visitors int }

func newPeople() *people {
	return &people{handshakes: rate.NewLimiter(perSecond, perSecond),
		all: map[*client]struct{}{}, places: map[string]*tally{}, accounts: map[int64][]*client{}}
}

// close lets nobody in any more: once nobody is left, nobody comes.
func (p *people) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

// admit takes a place for c, or says why there is none: draining, full, address.
func (p *people) admit(c *client, o Options) (refused string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return "draining"
	}
	t := p.places[c.address]
	if t == nil {
		t = &tally{}
	}
	visitor := c.session == ""
	if !o.LimitsOff {
		switch {
		case p.count >= o.MaxConns:
			return "full"
		case t.all >= maxPerAddress, visitor && t.visitors >= maxVisitors:
			return "address"
		}
	}
	p.count++
	p.places[c.address] = t
	t.all++
	if visitor {
		t.visitors++
	}
	return ""
}

// release gives the place back.
func (p *people) release(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count--
	t := p.places[c.address]
	if t.all--; t.all == 0 {
		delete(p.places, c.address)
	}
	if c.session == "" {
		t.visitors--
	}
}

// enlist makes c one of those who are swept, checked and sent away, unless the
// node is closing. A socket above the limit of its person makes the oldest of
// them superfluous. Account is 0 for visitors and polls.
func (p *people) enlist(c *client, account int64, limit int) (surplus *client, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false
	}
	p.all[c] = struct{}{}
	if account == 0 {
		return nil, true
	}
	list := append(p.accounts[account], c)
	if len(list) > limit {
		surplus, list = list[0], append([]*client(nil), list[1:]...)
	}
	p.accounts[account] = list
	return surplus, true
}

// strike undoes enlist.
func (p *people) strike(c *client, account int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, c)
	list := p.accounts[account]
	for i, o := range list {
		if o == c {
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(p.accounts, account)
	} else {
		p.accounts[account] = list
	}
}

// list appends everybody to into.
func (p *people) list(into []*client) []*client {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.all {
		into = append(into, c)
	}
	return into
}

func (p *people) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}
