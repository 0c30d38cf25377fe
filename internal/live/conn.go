package live

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"syscall"

	"github.com/gorilla/websocket"
)

// Close codes. Clients come back after those below 4400 and after 4408.
const (
	closeRestart  = 4001 // the node stops
	closeSlow     = 4008 // the reader does not keep up
	closeSilent   = 4012 // no answer to a ping
	closeChatty   = 4029 // too many commands
	closeSession  = 4401 // the session ended
	closeProtocol = 4406 // not our protocol
	closeNoHello  = 4408 // no hello in time
	closeReplaced = 4409 // too many sockets of one person
	closeTooBig   = websocket.CloseMessageTooBig
	closePanic    = websocket.CloseInternalServerErr
	closeLeft     = -1 // the other side said goodbye
)

// maxCommand is the longest message a client may send.
const maxCommand = 4 << 10

// Commands of a socket: a burst, then so many a second.
const (
	commandRate, commandBurst = 2.0, 40
	typingRate, typingBurst   = 0.25, 2
)

// conn is one socket. Idle, it costs one goroutine that waits in a read, a small
// buffer and this struct. Gorilla makes the handshake and reads; writing is ours
// (queue.go).
type conn struct {
	client
	ws      *websocket.Conn
	in      *bufio.Reader   // gorilla reads through it
	raw     syscall.RawConn // nil if the connection is none of the kernel's
	account int64           // at the handshake; 0 for a visitor

	// Below, client.mu holds.
	queue    []queued
	bytes    int  // in queue
	writing  bool // a goroutine writes; without one the queue is empty
	code     int  // why it ends; 0 while it does not
	greeted  bool
	commands bucket
	types    bucket

	helloBy, pingAt, pongBy, hangUpAt int64 // by the hub's clock; 0: not set
}

func newConn(h *Hub, who Reader) *conn {
	c := &conn{}
	c.client.init(h, c, who)
	c.helloBy = h.now() + int64(h.o.Timing.Hello)
	return c
}

// inbox lends the space for one command, and one byte to see that it is longer.
var inbox = sync.Pool{New: func() any { return new([maxCommand + 1]byte) }}

var pongCommand = []byte(`{"t":"pong"}`)

// read takes one message. It waits for it on a stack of 2 KB; taking it, JSON
// and the database need a deeper one, so the next is read by a new goroutine.
// An idle socket thus has the smallest stack there is.
func (c *conn) read() {
	again := false
	defer func() {
		if p := recover(); p != nil {
			c.hub.panicked("socket", p)
			again = c.shutOnce(closePanic)
		}
		if again {
			c.hub.work.Go(c.read)
			return
		}
		c.teardown()
	}()
	c.rest()
	again = c.next()
}

// rest waits until there is something to read, or the connection is over.
func (c *conn) rest() {
	if c.raw == nil || c.in.Buffered() > 0 {
		return
	}
	var one [1]byte
	_ = c.raw.Read(func(fd uintptr) bool { // an error shows again when reading
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return !errors.Is(err, syscall.EAGAIN)
	})
}

// next reads a message and does what it says; false if the connection is over.
func (c *conn) next() bool {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return false
	}
	if c.alive() {
		return true // we have said goodbye and wait for theirs
	}
	if kind != websocket.TextMessage {
		c.shut(closeProtocol)
		return true
	}
	buf := inbox.Get().(*[maxCommand + 1]byte)
	defer inbox.Put(buf)
	n, err := io.ReadFull(r, buf[:])
	switch {
	case err == nil:
		c.shut(closeTooBig)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return false
	case !bytes.Equal(buf[:n], pongCommand):
		c.command(buf[:n])
	}
	return true
}

// alive notes that the other side is there, and says whether we are parting.
func (c *conn) alive() (ending bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pongBy = 0
	return c.code != 0
}

// pinged answers a ping of the websocket protocol; browsers send none.
func (c *conn) pinged(data string) error {
	if !c.allow(&c.commands, commandRate, commandBurst) {
		c.shut(closeChatty)
		return nil
	}
	c.send(pong(data))
	return nil
}

// closed answers the other side's goodbye.
func (c *conn) closed(code int, _ string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return nil
	}
	c.code = closeLeft
	if code == websocket.CloseNoStatusReceived {
		code = 0
	}
	c.post(farewell(code))
	return nil
}

// teardown is the last that happens to a socket.
func (c *conn) teardown() {
	_ = c.ws.Close() // says only that it was closed already
	c.mu.Lock()
	code := c.code
	if code == 0 {
		c.code = closeLeft
	}
	c.queue, c.bytes = nil, 0
	c.mu.Unlock()
	switch code {
	case 0:
		c.hub.metrics.closed.WithLabelValues("lost").Inc()
	case closeLeft:
		c.hub.metrics.closed.WithLabelValues("client").Inc()
	}
	c.leave()
	c.hub.metrics.conns.Dec()
	c.hub.people.strike(&c.client, c.account)
	c.hub.people.release(&c.client)
}

// sweep does what time asks for.
func (c *conn) sweep(now int64) {
	t := &c.hub.o.Timing
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.code != 0:
		if c.hangUpAt != 0 && now >= c.hangUpAt {
			_ = c.ws.Close() // the reader notices and clears up
		}
	case !c.greeted:
		if now >= c.helloBy {
			c.end(closeNoHello)
		}
	case len(c.queue) > 0 && now-c.queue[0].at > int64(t.Write):
		c.end(closeSlow)
	case c.pongBy != 0 && now >= c.pongBy:
		c.end(closeSilent)
	case c.expires != 0 && now >= c.expires:
		c.expires = 0
		c.hub.job("session", func() { c.hub.lookAgain([]*client{&c.client}, true) })
	case now >= c.pingAt:
		c.pingAt = now + int64(t.Ping)
		c.pongBy = now + int64(t.Pong)
		c.post(ping)
	}
}

var ping = text([]byte(`{"t":"ping"}`))

// cut hangs up.
func (c *conn) cut() { _ = c.ws.Close() }

// firstPing spreads the pings of sockets that were opened together.
func (c *conn) firstPing() {
	c.pingAt = c.hub.now() + rand.Int64N(int64(c.hub.o.Timing.Ping)) + 1
}

// bucket holds tokens that come back with time.
type bucket struct {
	spent float32
	at    int64
}

// allow takes a token: burst at once, then rate in a second.
func (c *conn) allow(b *bucket, rate float32, burst float32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.hub.now()
	b.spent = max(0, b.spent-rate*float32(now-b.at)/1e9)
	b.at = now
	if b.spent > burst-1 {
		return false
	}
	b.spent++
	return true
}
