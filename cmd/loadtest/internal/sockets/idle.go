package sockets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"caravan/cmd/loadtest/internal/proc"
)

// IdleResult is what open sockets cost the server's process in memory.
type IdleResult struct {
	Sockets int           `json:"sockets"`
	Failed  int           `json:"failed"`
	Dropped int           `json:"dropped"`
	Before  int64         `json:"rss_before"` // resident bytes
	After   int64         `json:"rss_after"`
	Took    time.Duration `json:"-"` // to open all
}

// PerSocket is the resident memory of one socket in KB.
func (i IdleResult) PerSocket() float64 {
	return float64(i.After-i.Before) / 1024 / float64(max(1, i.Sockets))
}

// String is one line of figures.
func (i IdleResult) String() string {
	return fmt.Sprintf("%d idle sockets with one subscription (%d failed, %d dropped, opened in %.1f s): rss %.1f -> %.1f MB, %.2f KB each",
		i.Sockets, i.Failed, i.Dropped, i.Took.Seconds(), mb(i.Before), mb(i.After), i.PerSocket())
}

// Idle opens n sockets and reads the memory of process pid before, and rest
// after the last was opened. Only a process that has not held many sockets
// before gives a true figure: freed memory is used again. The group stays open.
func Idle(ctx context.Context, t Target, n, pid int, rest time.Duration) (IdleResult, *Group, error) {
	out := IdleResult{Before: proc.RSS(pid)}
	if out.Before == 0 {
		return out, nil, errors.New("sockets: idle: no such process, or its memory cannot be read")
	}
	g, err := Open(ctx, t, n, 16)
	if err != nil {
		return out, nil, err
	}
	if !sleep(ctx, rest) {
		g.Close()
		return out, nil, ctx.Err()
	}
	out.Sockets, out.Failed, out.Dropped, out.Took = g.Count, g.Failed, g.Dropped(), g.Took
	out.After = proc.RSS(pid)
	return out, g, nil
}

func mb(n int64) float64 { return float64(n) / (1 << 20) }
