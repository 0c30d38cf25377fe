package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// Silence is how long a socket may be silent; the server pings every 25 s.
const Silence = 60 * time.Second

// Conn is one open socket. Receive and Send belong to one goroutine; Cut and
// Close may be called from any.
type Conn struct {
	ws      *websocket.Conn
	pending [][]byte // lines of the last frame that were not yet handed out
}

// Busy is a handshake that the server put off, with how long to wait.
type Busy struct {
	Status     int
	RetryAfter string
}

// Error names the status.
func (b *Busy) Error() string { return fmt.Sprintf("wire: handshake: %d", b.Status) }

// Dial opens a socket at addr, a loopback host:port, as the origin says and with
// the cookie header (empty: a visitor).
func Dial(ctx context.Context, addr, origin, cookie string) (*Conn, error) {
	d := websocket.Dialer{
		Subprotocols:     []string{Protocol},
		HandshakeTimeout: 10 * time.Second,
		NetDialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, addr)
		},
	}
	header := http.Header{"Origin": {origin}}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	ws, w, err := d.DialContext(ctx, "ws"+origin[len("http"):]+Path, header)
	if err != nil && w != nil {
		return nil, &Busy{w.StatusCode, w.Header.Get("Retry-After")}
	}
	if err != nil {
		return nil, fmt.Errorf("wire: dial: %w", err)
	}
	if ws.Subprotocol() != Protocol {
		ws.Close()
		return nil, fmt.Errorf("wire: server chose sub-protocol %q", ws.Subprotocol())
	}
	return &Conn{ws: ws}, nil
}

// Greet says hello and waits for the welcome.
func (c *Conn) Greet(tab string) (Message, error) {
	if err := c.Send(Hello(tab)); err != nil {
		return Message{}, err
	}
	m, err := c.Receive()
	if err == nil && m.T != "welcome" {
		err = fmt.Errorf("wire: first message is %q, want welcome", m.T)
	}
	return m, err
}

// Send writes one message.
func (c *Conn) Send(b []byte) error {
	if err := c.ws.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return fmt.Errorf("wire: send: %w", err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, b); err != nil {
		return fmt.Errorf("wire: send: %w", err)
	}
	return nil
}

// Receive returns the next message and answers pings by itself.
func (c *Conn) Receive() (Message, error) {
	for {
		line, err := c.line()
		if err != nil {
			return Message{}, err
		}
		var m Message
		if err := json.Unmarshal(line, &m); err != nil {
			return m, fmt.Errorf("wire: receive: %w in %.200s", err, line)
		}
		if m.T != "ping" {
			return m, nil
		}
		if err := c.Send(Pong()); err != nil {
			return m, err
		}
	}
}

// line returns the next line; one frame may hold several.
func (c *Conn) line() ([]byte, error) {
	for len(c.pending) == 0 {
		if err := c.ws.SetReadDeadline(time.Now().Add(Silence)); err != nil {
			return nil, fmt.Errorf("wire: receive: %w", err)
		}
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			return nil, fmt.Errorf("wire: receive: %w", err)
		}
		for line := range bytes.Lines(b) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				c.pending = append(c.pending, line)
			}
		}
	}
	line := c.pending[0]
	c.pending = c.pending[1:]
	return line, nil
}

// Cut ends the connection without a word, as a lost network or a killed program
// does: a TCP reset, no close frame, unread bytes thrown away.
func (c *Conn) Cut() {
	if tcp, ok := c.ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a connection that is gone already is as cut as it can be
	}
	c.Close()
}

// Close closes the socket's connection.
func (c *Conn) Close() { _ = c.ws.Close() }

// CloseCode is the close code that err carries: 0 when the connection ended
// without one.
func CloseCode(err error) int {
	if e, ok := errors.AsType[*websocket.CloseError](err); ok {
		return e.Code
	}
	return 0
}

// Final reports whether a client may not come back by itself after code: 4400
// and above, except 4408, which says only that the hello came too late.
func Final(code int) bool { return code >= 4400 && code != 4408 }
