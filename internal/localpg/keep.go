package localpg

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// retry is the pause after a start that failed while keeping the server.
const retry = 500 * time.Millisecond

// Keep starts or joins the server and, until ctx ends or Stop is called,
// brings it back when it is gone: after a crash, or when the process that ran
// it has left. Server.URL stays the same. Failed starts are logged and tried
// again.
func Keep(ctx context.Context, o Options) (*Server, error) {
	s, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	ctx, s.endKeeping = context.WithCancel(ctx)
	s.kept = make(chan struct{})
	go func() {
		defer close(s.kept)
		for s.untilGone(ctx) {
			s.bringBack(ctx, o)
		}
	}()
	return s, nil
}

// untilGone waits for the end of the server; false when ctx ended instead.
func (s *Server) untilGone(ctx context.Context) bool {
	s.mu.Lock()
	p := s.proc
	s.mu.Unlock()
	if p == nil {
		watch(ctx, s.URL)
		return ctx.Err() == nil
	}
	select {
	case <-p.done:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// watch returns when the server of another process no longer serves: it holds
// one connection on which nothing ever arrives but its end.
func watch(ctx context.Context, url string) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return
	}
	defer c.Close(context.WithoutCancel(ctx))
	for err == nil {
		_, err = c.WaitForNotification(ctx)
	}
}

func (s *Server) bringBack(ctx context.Context, o Options) {
	for {
		n, err := Start(ctx, o)
		if err == nil {
			s.mu.Lock()
			s.pid, s.proc = n.pid, n.proc
			s.mu.Unlock()
			return
		}
		if ctx.Err() != nil {
			return
		}
		slog.Error("the private database could not be started again", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(retry):
		}
	}
}
