package main

import (
	"bufio"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"caravan/internal/config"
)

// setLog sends the log to standard error in the operator's format. Lines are
// gathered for a moment, because one write a request would cost more than many
// a request; the returned function writes what is left.
func setLog(cfg config.Config) (flush func()) {
	w := &lazyWriter{w: bufio.NewWriterSize(os.Stderr, 64<<10), done: make(chan struct{})}
	opts := &slog.HandlerOptions{Level: slog.LevelInfo}
	if cfg.AccessLog {
		opts.Level = slog.LevelDebug
	}
	var h slog.Handler = slog.NewTextHandler(w, opts)
	if cfg.LogFormat == "json" {
		h = slog.NewJSONHandler(w, opts)
	}
	slog.SetDefault(slog.New(h))
	go w.run()
	return w.close
}

type lazyWriter struct {
	mu   sync.Mutex
	w    *bufio.Writer
	done chan struct{}
}

// Write keeps b until the next flush. Its error can be that of an earlier one.
func (l *lazyWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (l *lazyWriter) run() {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-t.C:
			l.flush()
		}
	}
}

func (l *lazyWriter) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.w.Flush() // standard error is where we would say so
}

func (l *lazyWriter) close() {
	close(l.done)
	l.flush()
}

var _ io.Writer = (*lazyWriter)(nil)
