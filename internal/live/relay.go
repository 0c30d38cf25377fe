package live

import (
	"context"
	"sync"
	"time"
)

// relay takes what was committed on this node and announces it: the first
// change at once, more of them gathered while its last announcement is younger
// than Timing.Coalesce. A busy node thus sends a hundred announcements a second,
// a quiet one loses no time.
type relay struct {
	hub  *Hub
	wake chan struct{} // holds one

	mu    sync.Mutex
	tops  map[string]int64
	since time.Time // of the oldest change in tops
}

func newRelay(h *Hub) *relay {
	return &relay{hub: h, wake: make(chan struct{}, 1), tops: map[string]int64{}}
}

// announce says that a transaction has committed an event. It never waits.
func (r *relay) announce(channel string, seq int64) {
	r.mu.Lock()
	if len(r.tops) == 0 {
		r.since = time.Now()
	}
	r.tops[channel] = max(r.tops[channel], seq)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run announces until ctx ends, and then what is left.
func (r *relay) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			r.flush()
			return
		case <-r.wake:
			r.flush()
		}
		pause.Reset(r.hub.o.Timing.Coalesce)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

func (r *relay) flush() {
	r.mu.Lock()
	tops, since := r.tops, r.since
	r.tops = map[string]int64{}
	r.mu.Unlock()
	if len(tops) == 0 {
		return
	}
	b := Batch{Epoch: r.hub.epochNow(), At: since.UnixMicro()}
	for channel, seq := range tops {
		b.Changes = append(b.Changes, Change{channel, seq})
	}
	if err := r.hub.bus.Announce(b); err != nil {
		r.hub.log.Warn("live: announce", "error", err) // position checks make up for it
	}
}
