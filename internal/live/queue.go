package live

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// What may wait for a socket. From half of it on presence and typing are left
// out; a reader who lets all of it fill is sent away, and resumes from its
// position when it comes back.
const (
	maxQueue      = 256
	maxQueueBytes = 256 << 10
)

// queued is a message that waits.
type queued struct {
	m    *message
	at   int64 // since when, by the hub's clock
	sent int   // bytes of the frame that are out already
}

// send gives a message to the socket without waiting. If nothing else waits it
// is written here and now, as far as the kernel takes it; the rest is left to a
// goroutine that lives until the queue is empty.
func (c *conn) send(m *message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.post(m)
	}
}

// post is send with the lock held.
func (c *conn) post(m *message) {
	sent := 0
	if !c.writing {
		var err error
		if sent, err = c.try(m.frame); err != nil {
			c.broken()
			return
		}
		if sent == len(m.frame) {
			return
		}
	}
	full := len(c.queue) >= maxQueue || (len(c.queue) > 0 && c.bytes+len(m.frame) > maxQueueBytes)
	switch {
	case m.control:
	case m.fleets && (len(c.queue) >= maxQueue/2 || c.bytes >= maxQueueBytes/2):
		c.hub.metrics.dropped.WithLabelValues("eph").Inc()
		return
	case full:
		c.end(closeSlow)
		return
	}
	c.queue = append(c.queue, queued{m, c.hub.now(), sent})
	c.bytes += len(m.frame) - sent
	c.hub.metrics.queue.Observe(float64(c.bytes))
	if !c.writing {
		c.writing = true
		c.hub.work.Go(c.write)
	}
}

// attempt is one write that does not wait. Its method is bound once, so that
// writing to thousands of sockets allocates nothing.
type attempt struct {
	b   []byte
	n   int
	err error
	f   func(fd uintptr) bool
}

var attempts = sync.Pool{New: func() any {
	a := &attempt{}
	a.f = a.write
	return a
}}

func (a *attempt) write(fd uintptr) bool {
	for {
		a.n, a.err = syscall.Write(int(fd), a.b)
		if !errors.Is(a.err, syscall.EINTR) {
			break
		}
	}
	if a.err != nil {
		a.n = 0
	}
	if errors.Is(a.err, syscall.EAGAIN) {
		a.err = nil
	}
	return true
}

// try writes what the kernel takes now.
func (c *conn) try(b []byte) (n int, err error) {
	if c.raw == nil {
		return 0, nil
	}
	a := attempts.Get().(*attempt)
	a.b, a.n, a.err = b, 0, nil
	err = c.raw.Write(a.f)
	if err == nil {
		err = a.err
	}
	n = a.n
	a.b = nil
	attempts.Put(a)
	return n, err
}

// frames lends space for merged messages.
var frames = sync.Pool{New: func() any { b := make([]byte, 0, maxFrame+16); return &b }}

// write empties the queue, merging what waits into frames of up to 16 KB, one
// message a line.
func (c *conn) write() {
	space := frames.Get().(*[]byte)
	defer frames.Put(space)
	defer func() {
		if p := recover(); p != nil {
			c.hub.panicked("write", p)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.broken()
		}
	}()
	nc := c.ws.NetConn()
	for {
		b, more := c.take((*space)[:0])
		if !more {
			return
		}
		_ = nc.SetWriteDeadline(time.Now().Add(c.hub.o.Timing.Write)) // fails only when closed; then Write does
		if _, err := nc.Write(b); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			if errors.Is(err, os.ErrDeadlineExceeded) && c.code == 0 {
				c.code = closeSlow
				c.count(closeSlow)
			}
			c.broken()
			return
		}
	}
}

// take returns the next bytes to write, false when there are none and the
// writer ends.
func (c *conn) take(space []byte) (b []byte, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.queue, c.writing = nil, false
		_ = c.ws.NetConn().SetWriteDeadline(time.Time{}) // an old deadline would fail the next try
		return nil, false
	}
	first := c.queue[0]
	n, size := 1, len(first.m.frame)
	if !first.m.control && first.sent == 0 {
		for n < len(c.queue) && !c.queue[n].m.control && size+len(c.queue[n].m.frame) <= maxFrame {
			size += len(c.queue[n].m.frame)
			n++
		}
	}
	if n == 1 {
		b = first.m.frame[first.sent:]
	} else {
		ms := make([]*message, n)
		for i := range ms {
			ms[i] = c.queue[i].m
		}
		b = merge(space, ms)
	}
	for i := range n {
		c.bytes -= len(c.queue[i].m.frame) - c.queue[i].sent
		c.queue[i] = queued{}
	}
	c.queue = c.queue[n:]
	return b, true
}

// broken gives up on a connection that cannot be written to. The reader
// notices and clears up.
func (c *conn) broken() {
	c.queue, c.bytes, c.writing = nil, 0, false
	_ = c.ws.Close()
}

// shut ends the socket with a close code: what waits is dropped.
func (c *conn) shut(code int) { c.shutOnce(code) }

// shutOnce is shut, and reports whether it was not ending already.
func (c *conn) shutOnce(code int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return false
	}
	c.end(code)
	return true
}

// end is shut with the lock held. A frame that is half out is finished first.
func (c *conn) end(code int) {
	keep := 0
	if len(c.queue) > 0 && c.queue[0].sent > 0 {
		keep = 1
	}
	clear(c.queue[keep:])
	c.queue, c.bytes = c.queue[:keep], 0
	if keep == 1 {
		c.bytes = len(c.queue[0].m.frame) - c.queue[0].sent
	}
	c.part(code)
}

// part says the closing word after what waits, and sets when we hang up even
// if no answer comes.
func (c *conn) part(code int) {
	c.code = code
	c.count(code)
	c.hangUpAt = c.hub.now() + int64(c.hub.o.Timing.Linger)
	c.post(farewell(code))
}

func (c *conn) count(code int) {
	c.hub.metrics.closed.WithLabelValues(strconv.Itoa(code)).Inc()
	if code == closeSlow {
		c.hub.metrics.dropped.WithLabelValues("slow").Inc()
	}
}

// bye ends the socket in order: what waits, then when to come back, then the
// closing word.
func (c *conn) bye(retry time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return
	}
	c.post(text(goodbye(retry)))
	if c.code == 0 {
		c.part(closeRestart)
	}
}

// goodbye says that the node stops, and when to come back.
func goodbye(retry time.Duration) []byte {
	return marshal(struct {
		T     string `json:"t"`
		Code  int    `json:"code"`
		Retry int64  `json:"retry_ms"`
	}{"bye", closeRestart, retry.Milliseconds()})
}
