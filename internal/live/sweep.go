package live

import (
	"context"
	"time"
)

// sweep is the clock of all sockets: one goroutine looks at everybody, about
// once a second, and does what is due. Twenty thousand sockets need no twenty
// thousand timers.
func (h *Hub) sweep(ctx context.Context) {
	t := h.o.Timing
	tick := min(t.Hello, t.Ping, t.Pong, t.Write, t.Linger) / 4
	var all []*client
	every(ctx, min(max(tick, 2*time.Millisecond), time.Second), func() {
		now := h.now()
		all = h.people.list(all[:0])
		for _, c := range all {
			c.out.sweep(now)
		}
		clear(all)
	})
}
