package app_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// line stands between a browser and a site, and can be cut.
type line struct {
	URL string

	mu    sync.Mutex
	to    string
	state lineState
	calls map[net.Conn]bool
}

type lineState int

const (
	whole lineState = iota
	cut             // nobody gets through
	deaf            // what is sent arrives, and no answer comes back
)

// newLine opens a line. It leads nowhere until connect.
func newLine(t testing.TB) *line {
	t.Helper()
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{URL: "http://" + in.Addr().String(), calls: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = in.Close(); l.set(cut) })
	go func() {
		for {
			c, err := in.Accept()
			if err != nil {
				return
			}
			go l.carry(c)
		}
	}()
	return l
}

// connect leads the line to a site.
func (l *line) connect(s *site) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = strings.TrimPrefix(s.URL, "http://")
}

// set changes the line. A cut one ends every call.
func (l *line) set(to lineState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = to
	if to == cut {
		for c := range l.calls {
			_ = c.Close()
		}
	}
}

func (l *line) is(s lineState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state == s
}

// begin takes a call, unless the line is cut.
func (l *line) begin(c net.Conn) (to string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[c] = true
	return l.to, l.state != cut
}

func (l *line) carry(from net.Conn) {
	defer func() {
		_ = from.Close()
		l.mu.Lock()
		delete(l.calls, from)
		l.mu.Unlock()
	}()
	address, ok := l.begin(from)
	if !ok {
		return
	}
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, from); _ = to.(*net.TCPConn).CloseWrite() }()
	b := make([]byte, 32<<10)
	for {
		n, err := to.Read(b)
		if err != nil || l.is(deaf) {
			return
		}
		if _, err := from.Write(b[:n]); err != nil {
			return
		}
	}
}
