package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// errPutOff is a handshake that the server answered with 503 or 429.
var errPutOff = errors.New("handshake put off")

// socket is one open connection: its descriptor and the bytes of a frame that is
// not whole yet.
type socket struct {
	fd   int
	rest []byte
	got  *round // seen last
}

// dial opens one connection and walks through the target's steps.
func (t Target) dial(ctx context.Context) (*socket, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	c, err := d.DialContext(ctx, "tcp", t.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, err
	}
	h := &hands{Conn: c}
	if err := h.shake(t); err != nil {
		return nil, err
	}
	for _, s := range t.Steps {
		if err := h.walk(s); err != nil {
			return nil, err
		}
	}
	fd, err := takeDescriptor(c.(*net.TCPConn))
	if err != nil {
		return nil, err
	}
	return &socket{fd: fd, rest: bytes.Clone(h.have)}, nil
}

// hands is a connection during its handshake, with what was read too far.
type hands struct {
	net.Conn
	have []byte
}

func (h *hands) more() error {
	buf := make([]byte, 8<<10)
	n, err := h.Read(buf)
	h.have = append(h.have, buf[:n]...)
	return err
}

func (h *hands) shake(t Target) error {
	protocol := ""
	if t.Protocol != "" {
		protocol = "Sec-WebSocket-Protocol: " + t.Protocol + "\r\n"
	}
	_, err := fmt.Fprintf(h, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: %s\r\n%s\r\n", t.Path, t.Addr, t.Origin, protocol)
	if err != nil {
		return err
	}
	for {
		if err := h.more(); err != nil {
			return fmt.Errorf("handshake: %w (have %.200q)", err, h.have)
		}
		head, rest, whole := bytes.Cut(h.have, []byte("\r\n\r\n"))
		switch {
		case !whole:
			continue
		case bytes.HasPrefix(head, []byte("HTTP/1.1 503")), bytes.HasPrefix(head, []byte("HTTP/1.1 429")):
			return errPutOff
		case !bytes.HasPrefix(head, []byte("HTTP/1.1 101")):
			return fmt.Errorf("handshake: %.200q", h.have)
		}
		h.have = rest
		return nil
	}
}

func (h *hands) walk(s Step) error {
	if s.Send != "" {
		if _, err := h.Write(maskFrame(opText, []byte(s.Send))); err != nil {
			return err
		}
	}
	for s.Want != "" {
		op, payload, n := frame(h.have)
		if n == 0 {
			if err := h.more(); err != nil {
				return fmt.Errorf("waiting for %s: %w (have %.300q)", s.Want, err, h.have)
			}
			continue
		}
		found := bytes.Contains(payload, []byte(s.Want))
		if op == opClose || bytes.Contains(payload, []byte(`"sub_err"`)) {
			return fmt.Errorf("waiting for %s: got %.300q", s.Want, payload)
		}
		h.have = h.have[n:]
		if found {
			return nil
		}
	}
	return nil
}
