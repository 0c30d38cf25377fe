package live

import (
	"math"
	"slices"
	"strconv"
)

// join takes a subscription whose right was checked. It is answered as soon as
// the channel reaches back to where the client is.
func (s *shard) join(m *member) {
	if !m.who.holds(m) {
		return // gone, or unsubscribed meanwhile
	}
	if m.gen != m.who.gen.Load() {
		s.hub.job("rights", func() { m.who.enter(m) }) // rights changed since they were checked
		return
	}
	c := s.channels[m.name]
	if c == nil {
		c = newChannel(m)
		s.channels[m.name] = c
	}
	c.joiners = append(c.joiners, m)
	s.step(c)
}

// leave ends a subscription, answered or not.
func (s *shard) leave(m *member) {
	c := s.channels[m.name]
	if c == nil {
		return
	}
	if m.place >= 0 {
		s.remove(c, m)
	} else {
		c.joiners = slices.DeleteFunc(c.joiners, func(o *member) bool { return o == m })
	}
	s.step(c)
}

// answer answers every subscription that can be answered, and adds to w what
// the others need.
func (s *shard) answer(c *channel, w *work) {
	epoch := s.hub.epochNow()
	waiting := c.joiners[:0]
	for _, m := range c.joiners {
		why, ready := c.judge(m, epoch, w)
		switch {
		case !ready:
			waiting = append(waiting, m)
		case why != "":
			s.hub.metrics.resume.WithLabelValues("reset").Inc()
			s.add(c, m)
			m.who.out.answer(s.hub.resetMessage(m, c.last, why), 1)
		default:
			s.resume(c, m)
		}
	}
	clear(c.joiners[len(waiting):])
	c.joiners = waiting
	if len(waiting) == 0 {
		c.joiners = nil
	}
}

// judge decides how a subscription is answered: with what was missed (ready, no
// why), with a reset (why), or not yet.
func (c *channel) judge(m *member, epoch string, w *work) (why string, ready bool) {
	switch {
	case !c.known:
		if m.force != "" || m.fresh {
			w.readFrom(math.MaxInt64) // only the present position
		} else {
			w.readFrom(m.since)
		}
		return "", false
	case m.force != "":
		return m.force, true
	case m.epoch != "" && m.epoch != epoch:
		return "epoch", true
	case m.fresh:
		m.since, m.fresh = c.last, false
		return "", true
	case m.since > c.read:
		if m.asked {
			return "epoch", true // from a future that the database does not know
		}
		w.readFrom(c.read)
		return "", false
	case m.since > c.last:
		return "", false // read, being encoded for the others
	case m.since < c.low:
		return "too_old", true
	case c.last-m.since > maxReplay:
		return "too_many", true
	case m.since+1 < c.first():
		if m.asked {
			return "too_old", true
		}
		w.readFrom(m.since)
		return "", false
	}
	return "", !w.encode(c.missed(m), m.lang)
}

// missed is what a member has not seen of what the others have.
func (c *channel) missed(m *member) []*entry {
	list := c.after(m.since)
	return list[:len(list)-int(c.read-c.last)]
}

// resume answers with what was missed and makes the member live: from here on
// it gets what everybody gets.
func (s *shard) resume(c *channel, m *member) {
	list := c.missed(m)
	result := "none"
	if len(list) > 0 {
		result = "ring"
		s.hub.metrics.replay.Observe(float64(len(list)))
	}
	if len(list) > 0 && m.asked {
		result = "db"
	}
	s.hub.metrics.resume.WithLabelValues(result).Inc()
	b := replay(m, c.last, list)
	s.add(c, m)
	m.who.out.answer(text(b), len(list))
	s.greet(c, m)
}

// replay is the answer to a subscription. Fragments behind the first 64 KB are
// left to be fetched, so that a long replay fits into the queue.
func replay(m *member, seq int64, list []*entry) []byte {
	b := answerHead("sub_ok", m, seq)
	b = append(b, `,"recovered":true,"events":[`...)
	room := maxReplayInline
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		enc := e.in(m.lang)
		if room -= enc.size(); room >= 0 {
			b = enc.object(b)
		} else {
			b = enc.slender(b)
		}
	}
	return append(b, ']', '}')
}

func answerHead(t string, m *member, seq int64) []byte {
	b := append([]byte(`{"t":"`), t...)
	b = strconv.AppendInt(append(b, `","id":`...), m.ref, 10)
	b = strconv.AppendQuote(append(b, `,"ch":`...), m.name)
	return strconv.AppendInt(append(b, `,"seq":`...), seq, 10)
}

// resetMessage tells a client to load anew. It is live from seq on.
func (h *Hub) resetMessage(m *member, seq int64, why string) *message {
	b := strconv.AppendQuote(append(answerHead("sub_reset", m, seq), `,"why":`...), why)
	b = strconv.AppendQuote(append(b, `,"epoch":`...), h.epochNow())
	return text(append(b, '}'))
}

// add makes a member live.
func (s *shard) add(c *channel, m *member) {
	m.place = len(c.members)
	c.members = append(c.members, m)
	c.langs[m.lang]++
	s.hub.metrics.subs.Inc()
	s.came(c, m)
}

// remove undoes add.
func (s *shard) remove(c *channel, m *member) {
	end := len(c.members) - 1
	c.members[m.place] = c.members[end]
	c.members[m.place].place = m.place
	c.members[end] = nil
	c.members = c.members[:end]
	m.place = -1
	c.langs[m.lang]--
	s.hub.metrics.subs.Dec()
	s.came(c, m)
}
