package live

import (
	"math"
	"slices"
	"time"

	"caravan/internal/wording"
)

// Bounds of what a channel remembers. Both may be lower for a while: whatever
// is not in the ring is read from the database.
const (
	maxRing      = 128       // events
	maxRingBytes = 256 << 10 // of their encodings
	maxReplay    = 300       // events a client may have missed
	ringAge      = 5 * time.Minute
)

// channel is what a node knows of a channel while somebody listens to it.
//
// Two facts hold between any two steps of its shard: every live member was
// handed exactly the events up to last; and ring is the unbroken run of events
// that ends with read. Events between last and read wait for their encoding.
type channel struct {
	name  string
	topic *Topic
	id    int64

	known  bool  // last, read and low are true
	last   int64 // handed to every live member
	read   int64 // read from the database
	low    int64 // purged up to here
	wanted int64 // highest number heard of
	heard  int64 // when the first news above last was committed, Unix µs; 0 unknown
	ring   []*entry

	members []*member // live
	joiners []*member // waiting for their answer
	langs   []int     // members by language

	busy    bool  // a job is at work
	doubt   bool  // the database may be behind us
	fails   int   // of the jobs, in a row
	touched int64 // when the last events were handed on, by the hub's clock

	presence presence
}

// member is one subscription of one client. It belongs to the shard.
type member struct {
	who   *client
	name  string
	topic *Topic
	id    int64  // of the thing the channel is about
	ref   int64  // the client's number for its command
	since int64  // the last event the client has
	fresh bool   // it wants only what comes from now on
	epoch string // in which it has it
	lang  int
	gen   uint32 // of the client's rights when May was asked
	force string // it is to load anew, for this reason

	reading, asked bool // a read began, and ended, since it came

	place int // in channel.members while live, else -1

	account int64  // of the person, 0 for a visitor
	staff   string // how it is shown to others, for staff
}

func newChannel(m *member) *channel {
	return &channel{name: m.name, topic: m.topic, id: m.id, langs: make([]int, len(wording.Langs))}
}

// first is the number of the first event in the ring, or where it would be.
func (c *channel) first() int64 { return c.read - int64(len(c.ring)) + 1 }

// after is the part of the ring behind a number that the ring reaches.
func (c *channel) after(seq int64) []*entry { return c.ring[seq-c.first()+1:] }

// hear takes an announcement.
func (s *shard) hear(n Change, at int64) {
	c := s.channels[n.Channel]
	if c == nil {
		return
	}
	if n.Seq <= max(c.read, c.wanted) {
		s.hub.metrics.duplicates.Inc()
		return
	}
	c.wanted = n.Seq
	if c.heard == 0 {
		c.heard = at
	}
	s.step(c)
}

// step does for a channel whatever can be done now, and starts a job for what
// cannot. There is one job at a time; when it is done, step runs again. This is
// the only way anything happens to a channel's events.
func (s *shard) step(c *channel) {
	if c.busy {
		return
	}
	w := work{from: math.MaxInt64}
	s.deliver(c, &w)
	s.answer(c, &w)
	if len(c.members) > 0 && (c.wanted > c.read || c.doubt) {
		w.readFrom(c.read)
	}
	if w.empty() {
		c.trim()
		if len(c.members) == 0 && len(c.joiners) == 0 {
			delete(s.channels, c.name)
		}
		return
	}
	s.begin(c, w)
}

// deliver hands the events that were read to every live member, once they are
// encoded in all their languages.
func (s *shard) deliver(c *channel, w *work) {
	if !c.known || c.read == c.last {
		return
	}
	todo := c.after(c.last)
	if len(c.members) > 0 {
		for lang, n := range c.langs {
			if n > 0 {
				w.encode(todo, lang)
			}
		}
		if !w.empty() {
			return
		}
		s.fan(c, todo)
		s.hub.metrics.events.Add(float64(len(todo)))
		if c.heard != 0 {
			s.hub.metrics.deliver.Observe(Batch{At: c.heard}.age(time.Now()).Seconds())
		}
	}
	c.heard = 0
	c.last = c.read
	c.touched = s.hub.now()
}

// loaded takes the result of a job.
func (s *shard) loaded(c *channel, w work, r result) {
	c.busy = false
	if r.err != nil {
		s.failed(c, r.err)
		return
	}
	if w.read && !s.hub.trusts(r.page.epoch) {
		s.again(c)
		return
	}
	c.fails = 0
	if w.read {
		c.doubt = false
		if why := c.integrate(r.page); why != "" {
			s.reset(c, why, r.page)
		}
		for _, m := range c.joiners {
			m.asked = m.asked || m.reading
		}
	}
	for _, e := range r.encoded {
		e.entry.keep(e.lang, e.enc)
	}
	s.step(c)
}

// failed says so once and has the job done again.
func (s *shard) failed(c *channel, err error) {
	if c.fails == 0 {
		s.hub.log.Error("live: load channel", "topic", c.topic.Kind, "error", err)
	}
	s.again(c)
}

// again waits a little, more each time, before the channel goes on; the members
// wait as well, and miss nothing.
func (s *shard) again(c *channel) {
	c.fails++
	c.busy = true
	wait := 25 * time.Millisecond << min(c.fails, 6)
	s.hub.job("retry", func() {
		s.hub.pause(s.hub.ctx, wait)
		s.do(func() { c.busy = false; s.step(c) })
	})
}

// integrate adds what was read to the ring. If what the channel has and what is
// in the database do not fit together, it says why as a sub_reset does.
func (c *channel) integrate(p page) (why string) {
	c.low = p.low
	c.wanted = max(c.wanted, p.top)
	if !c.known {
		c.known, c.wanted = true, p.top
		c.last, c.read, c.ring = p.top, p.top, run(p.rows, p.top)
		return ""
	}
	if p.top < c.read {
		return "epoch" // the database went back in time
	}
	older, newer := split(p.rows, c.first(), c.read)
	if n := len(older); n > 0 && older[n-1].Seq == c.first()-1 {
		c.ring = append(run(older, c.first()-1), c.ring...)
	}
	for _, e := range newer {
		if e.Seq != c.read+1 {
			return "too_old" // purged before we read it
		}
		c.outdate(e)
		c.ring = append(c.ring, e)
		c.read++
	}
	if p.top > c.read && len(p.rows) < pageSize {
		return "too_old"
	}
	return ""
}

// outdate forgets how earlier events about the same thing look: a reply that
// is hidden now must not be replayed as it was.
func (c *channel) outdate(by *entry) {
	if by.Ref == 0 {
		return
	}
	for _, e := range c.ring {
		if e.Ref == by.Ref {
			e.enc = nil
		}
	}
}

// run is the unbroken end of rows, if it ends with a number.
func run(rows []*entry, end int64) []*entry {
	i := len(rows)
	for i > 0 && rows[i-1].Seq == end-int64(len(rows)-i) {
		i--
	}
	return rows[i:]
}

// split divides rows into those before a ring and those behind it.
func split(rows []*entry, first, last int64) (older, newer []*entry) {
	for _, e := range rows {
		switch {
		case e.Seq < first:
			older = append(older, e)
		case e.Seq > last:
			newer = append(newer, e)
		}
	}
	return older, newer
}

// reset tells every member to load anew and goes on from the present position.
func (s *shard) reset(c *channel, why string, p page) {
	c.known, c.low = true, p.low
	c.last, c.read, c.wanted, c.ring = p.top, p.top, p.top, nil
	for _, m := range c.members {
		s.hub.metrics.resume.WithLabelValues("reset").Inc()
		m.who.out.answer(s.hub.resetMessage(m, p.top, why), 1)
	}
}

// restart makes all channels of the shard begin anew, in another epoch.
func (s *shard) restart() {
	for _, c := range s.channels {
		for _, m := range c.members {
			m.place, m.force = -1, "epoch"
		}
		c.joiners = append(c.joiners, c.members...)
		s.hub.metrics.subs.Sub(float64(len(c.members)))
		c.members, c.langs = nil, make([]int, len(c.langs))
		for _, m := range c.joiners {
			m.asked, m.reading = false, false
		}
		c.known, c.ring, c.heard = false, nil, 0
		s.step(c)
	}
}

// trim lets go of what the ring need not hold.
func (c *channel) trim() {
	if len(c.joiners) > 0 {
		return
	}
	from := max(0, len(c.ring)-maxRing)
	size := 0
	for i := len(c.ring) - 1; i >= from; i-- {
		for _, enc := range c.ring[i].enc {
			if enc != nil {
				size += enc.size()
			}
		}
		if size > maxRingBytes {
			from = i + 1
		}
	}
	if undelivered := int(c.read - c.last); from > len(c.ring)-undelivered {
		from = len(c.ring) - undelivered
	}
	if from > 0 {
		c.ring = slices.Clone(c.ring[from:])
	}
}
