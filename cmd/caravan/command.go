package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"caravan/internal/account"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/demo"
)

// printSessions prints cookies of signed-in demo people for programs that drive
// the site from outside.
func printSessions(ctx context.Context, getenv func(string) string, n int) (err error) {
	cfg, err := config.Load(getenv, true)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	cookies, err := demo.Sessions(ctx, h.db, n)
	if err != nil {
		return err
	}
	for _, c := range cookies {
		fmt.Println("s=" + c)
	}
	return nil
}

// grant gives the account with a confirmed e-mail address a role.
func grant(ctx context.Context, getenv func(string) string, role, email string) (err error) {
	cfg, err := config.Load(getenv, false)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return h.db.Write(ctx, func(tx *db.Tx) error { return account.Grant(tx, role, email) })
}

// secret is the key out of which all keys are derived: the operator's, or one
// that is made once and kept for the owner alone.
func secret(cfg config.Config) ([]byte, error) {
	if cfg.SecretKey != "" {
		sum := sha256.Sum256([]byte(cfg.SecretKey))
		return sum[:], nil
	}
	name := filepath.Join(cfg.StateDir, "secret")
	b, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b = make([]byte, 32)
		rand.Read(b)
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) { // another start was quicker
			return secret(cfg)
		}
		if err != nil {
			return nil, fmt.Errorf("caravan: keep secret: %w", err)
		}
		_, err = f.Write(b)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return nil, fmt.Errorf("caravan: keep secret: %w", err)
		}
		return b, nil
	case err != nil:
		return nil, fmt.Errorf("caravan: read secret: %w", err)
	case len(b) != 32:
		return nil, fmt.Errorf("caravan: %s does not hold 32 bytes", name)
	}
	if st, err := os.Stat(name); err == nil && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("caravan: %s can be read by others; chmod 600 it, or delete it to have a new one (everybody is signed out)", name)
	}
	return b, nil
}

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
