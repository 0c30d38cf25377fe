package live

import (
	"context"
	"math/rand/v2"
	"time"
)

// A stopping node sends its people away no faster than the others take them.
const (
	perDrainSecond = 500
	drainStep      = 10 * time.Millisecond
	maxAtOnce      = 128
)

// Drain lets nobody in any more and sends everybody away, each with a time of
// its own to come back after, spread over as long as their number needs and at
// most Timing.Drain. It returns when all have left, or when ctx ends.
func (h *Hub) Drain(ctx context.Context) error {
	began := time.Now()
	h.people.close()
	all := h.people.list(nil)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	over := min(h.o.Timing.Drain, time.Duration(len(all))*time.Second/perDrainSecond)
	if end, ok := ctx.Deadline(); ok {
		over = min(over, time.Until(end)*4/5)
	}
	for sent := 0; sent < len(all); {
		due := len(all)
		if over > 0 {
			due = min(due, 1+int(int64(len(all))*int64(time.Since(began))/int64(over)))
		}
		due = min(due, sent+maxAtOnce)
		for ; sent < due; sent++ {
			all[sent].out.bye(h.retry(max(over, time.Second)))
		}
		if sent < len(all) {
			if h.pause(ctx, drainStep); ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	err := h.empty(ctx)
	h.metrics.drain.Set(time.Since(began).Seconds())
	return err
}

// empty waits until nobody is left.
func (h *Hub) empty(ctx context.Context) error {
	for h.people.size() > 0 {
		if h.pause(ctx, drainStep); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// hangUp ends whoever is still there when Run ends.
func (h *Hub) hangUp() {
	for _, c := range h.people.list(nil) {
		c.out.bye(h.retry(2 * time.Second))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*h.o.Timing.Linger)
	defer cancel()
	if h.empty(ctx) == nil {
		return
	}
	for _, c := range h.people.list(nil) {
		c.out.cut()
	}
}
