// Package sockets holds thousands of WebSocket connections open at little cost,
// to measure what they cost the server: memory while they are idle, and time
// until all have received one message.
//
//	sockets.go       Target, Group: opening many
//	frame.go         WebSocket frames, as far as a reader needs them
//	dial.go          one handshake and the steps that subscribe
//	epoll_linux.go   one thread that reads all of them; epoll_other.go says that only Linux can
//	caravan.go       sockets on a question of the site
//	idle.go fan.go   the two measurements
package sockets

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// most is how many sockets one run may open: a process may hold 20,000 files on
// common machines, and a loopback address has about 28,000 ports.
const most = 18_000

// Target is where sockets are opened and how each is subscribed.
type Target struct {
	Addr     string // loopback host:port
	Path     string
	Protocol string // sub-protocol; empty: none
	Origin   string
	Steps    []Step
	Ping     string // what a text ping of the server holds; empty: it sends none
	Pong     string // the answer to it
}

// Step is one move after the handshake: send Send, then read until a message
// holds Want. Either may be empty.
type Step struct{ Send, Want string }

// Group is a number of open sockets, read by one thread until Close.
type Group struct {
	Count   int           // open
	Failed  int           // could not be opened
	Why     error         // the last reason
	Took    time.Duration // to open all
	poll    *poller
	target  Target
	dropped atomic.Int64
}

// Open opens n sockets, workers at a time. It is an error if none opens.
func Open(ctx context.Context, t Target, n, workers int) (*Group, error) {
	if n < 1 || n > most {
		return nil, fmt.Errorf("sockets: between 1 and %d sockets", most)
	}
	g := &Group{target: t}
	p, err := newPoller(g)
	if err != nil {
		return nil, err
	}
	g.poll = p
	var next atomic.Int64
	var mu sync.Mutex
	var opening sync.WaitGroup
	start := time.Now()
	for range min(workers, n) {
		opening.Go(func() {
			for next.Add(1) <= int64(n) && ctx.Err() == nil {
				s, err := t.dialPatiently(ctx)
				if err == nil {
					err = p.add(s)
				}
				mu.Lock()
				if err != nil {
					g.Failed, g.Why = g.Failed+1, err
				} else {
					g.Count++
				}
				mu.Unlock()
			}
		})
	}
	opening.Wait()
	g.Took = time.Since(start)
	if err := ctx.Err(); err != nil {
		g.Close()
		return nil, fmt.Errorf("sockets: open: %w", err)
	}
	if g.Count == 0 {
		g.Close()
		return nil, fmt.Errorf("sockets: none opened: %w", g.Why)
	}
	return g, nil
}

// dialPatiently tries again for a while when the server puts handshakes off.
func (t Target) dialPatiently(ctx context.Context) (*socket, error) {
	const tries = 40
	var s *socket
	var err error
	for range tries {
		s, err = t.dial(ctx)
		if !errors.Is(err, errPutOff) {
			return s, err
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, err
}

// Dropped is how many sockets the server has closed since they were opened.
func (g *Group) Dropped() int { return int(g.dropped.Load()) }

// Close closes all sockets and ends the reading thread.
func (g *Group) Close() { g.poll.close() }
