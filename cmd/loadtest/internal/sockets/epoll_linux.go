package sockets

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// poller reads all sockets of a group from one locked thread.
type poller struct {
	group *Group
	fd    int
	ended chan struct{}
	stop  atomic.Bool

	mu      sync.Mutex
	sockets map[int32]*socket

	round atomic.Pointer[round]
}

// takeDescriptor returns a descriptor of the connection that outlives c and that
// Go's own poller does not know.
func takeDescriptor(c *net.TCPConn) (int, error) {
	f, err := c.File()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return 0, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return 0, err
	}
	return fd, nil
}

func newPoller(g *Group) (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("sockets: epoll: %w", err)
	}
	p := &poller{group: g, fd: fd, ended: make(chan struct{}), sockets: map[int32]*socket{}}
	go p.run()
	return p, nil
}

func (p *poller) add(s *socket) error {
	p.mu.Lock()
	p.sockets[int32(s.fd)] = s
	p.mu.Unlock()
	e := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(s.fd)}
	if err := syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, s.fd, &e); err != nil {
		return fmt.Errorf("sockets: epoll: %w", err)
	}
	return nil
}

// watch makes r the round that messages are judged by; nil: none.
func (p *poller) watch(r *round) { p.round.Store(r) }

func (p *poller) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.ended)
	events := make([]syscall.EpollEvent, 1024)
	buf := make([]byte, 64<<10)
	for !p.stop.Load() {
		n, err := syscall.EpollWait(p.fd, events, 100)
		if err != nil && err != syscall.EINTR {
			return
		}
		r := p.round.Load()
		for _, e := range events[:max(n, 0)] {
			p.mu.Lock()
			s := p.sockets[e.Fd]
			p.mu.Unlock()
			if s != nil {
				p.read(s, buf, r)
			}
		}
	}
}

// read takes what one socket has.
func (p *poller) read(s *socket, buf []byte, r *round) {
	n, err := syscall.Read(s.fd, buf)
	if n <= 0 {
		if err != syscall.EAGAIN && err != syscall.EINTR {
			p.drop(s)
		}
		return
	}
	data := buf[:n]
	if len(s.rest) > 0 {
		s.rest = append(s.rest, data...)
		data = s.rest
	}
	for {
		op, payload, length := frame(data)
		if length == 0 {
			break
		}
		p.take(s, op, payload, r)
		data = data[length:]
	}
	s.rest = append(s.rest[:0], data...)
}

func (p *poller) take(s *socket, op byte, payload []byte, r *round) {
	t := &p.group.target
	switch {
	case op == opPing:
		p.write(s, maskFrame(opPong, payload))
		return
	case t.Ping != "" && len(payload) < 64 && bytes.Contains(payload, []byte(t.Ping)):
		p.write(s, maskFrame(opText, []byte(t.Pong)))
		return
	}
	if r != nil && s.got != r && bytes.Contains(payload, r.token) {
		s.got = r
		r.receive(time.Since(r.start), len(payload))
	}
}

// write sends a small frame; a socket that cannot take it is of no use.
func (p *poller) write(s *socket, b []byte) {
	if n, err := syscall.Write(s.fd, b); err != nil || n != len(b) {
		p.drop(s)
	}
}

func (p *poller) drop(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sockets[int32(s.fd)] == nil {
		return
	}
	delete(p.sockets, int32(s.fd))
	syscall.Close(s.fd)
	p.group.dropped.Add(1)
}

func (p *poller) close() {
	p.stop.Store(true)
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sockets {
		syscall.Close(s.fd)
	}
	clear(p.sockets)
	syscall.Close(p.fd)
}
