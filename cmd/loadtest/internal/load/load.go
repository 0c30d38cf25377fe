// Package load drives one kind of request as fast as a server answers it, or at
// a wanted rate, over keep-alive connections to a loopback address.
//
//	load.go       Plan and Run
//	worker.go     one connection
//	template.go   paths, headers and bodies with holes
//	answer.go     reading HTTP/1.1 answers
//	result.go     the figures
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"caravan/cmd/loadtest/internal/proc"
)

// longest bounds every run.
const longest = 2 * time.Minute

// Plan says what to send. Path, Headers and Body are templates.
type Plan struct {
	Name     string
	Addr     string // loopback host:port
	Method   string
	Path     string
	Headers  []string // "Name: value"
	Body     string
	Sessions []string // Cookie header values; connection i uses the i-th, in turn over all requests with Rotate
	Rotate   bool
	Lists    map[string][]string
	Conns    int
	Warm     time.Duration // before measuring
	Run      time.Duration // measured
	From     int64         // number of the first request, so that a second run goes on where the first ended
	Rate     float64       // requests per second over all connections, latency from when each was due; 0: closed loop
	App, DB  int           // process ids whose processor time is counted; 0: none
	Keep     bool          // keep the beginning of the first answer's body
}

// parts is how many pieces the measured time is cut into for the median rate.
const parts = 5

// run is one plan at work.
type run struct {
	Plan
	path, body Template
	headers    []Template
	begin, end time.Time // of the measured time
	count      atomic.Int64
	first      sync.Once
	shown      answer
}

// Run carries out the plan. It is an error if nothing was answered at all.
func Run(ctx context.Context, p Plan) (Result, error) {
	r, err := prepare(p)
	if err != nil {
		return Result{}, err
	}
	r.count.Store(p.From)
	start := time.Now()
	r.begin = start.Add(p.Warm)
	r.end = r.begin.Add(p.Run)
	workers := make([]*worker, p.Conns)
	var working sync.WaitGroup
	for i := range workers {
		workers[i] = &worker{run: r, conn: int64(i), start: start}
		working.Go(func() { workers[i].work(ctx) })
	}
	usage, peak := r.watch(ctx)
	working.Wait()
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("load: %s: %w", p.Name, ctx.Err())
	}
	return r.result(workers, usage, peak)
}

func prepare(p Plan) (*run, error) {
	host, _, err := net.SplitHostPort(p.Addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("load: %q: loopback addresses only", p.Addr)
	}
	if p.Conns < 1 || p.Conns > 1000 || p.Run <= 0 || p.Run+p.Warm > longest {
		return nil, errors.New("load: between 1 and 1,000 connections and at most two minutes")
	}
	if p.Method == "" {
		p.Method = "GET"
	}
	r := &run{Plan: p}
	if r.path, err = Parse(p.Path, p.Lists); err != nil {
		return nil, err
	}
	if r.body, err = Parse(p.Body, p.Lists); err != nil {
		return nil, err
	}
	for _, h := range p.Headers {
		if strings.ContainsAny(h, "\r\n") {
			return nil, fmt.Errorf("load: header %q holds a line break", h)
		}
		t, err := Parse(h, p.Lists)
		if err != nil {
			return nil, err
		}
		r.headers = append(r.headers, t)
	}
	return r, nil
}

// watch meters the measured time and returns what it cost and the most memory
// that the program under test held.
func (r *run) watch(ctx context.Context) (u proc.Usage, peak int64) {
	if !until(ctx, r.begin) {
		return u, 0
	}
	stop := proc.Meter(r.App, r.DB)
	for time.Now().Before(r.end) {
		peak = max(peak, proc.RSS(r.App))
		if !until(ctx, earlier(r.end, time.Now().Add(500*time.Millisecond))) {
			break
		}
	}
	return stop(), peak
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// until waits for t; false means that ctx ended first.
func until(ctx context.Context, t time.Time) bool {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
