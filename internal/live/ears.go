package live

import (
	"slices"
	"sync"

	"caravan/internal/db"
)

// ears are the hubs that want to hear of commits on a database, kept beside it:
// a hub needs no global to be found by Append, and hubs on different databases
// do not hear each other. Nobody may listen: a command-line tool appends too, and
// the nodes hear of it at their next position check.
type ears struct {
	mu   sync.RWMutex
	hubs []*Hub
}

func earsOf(tx *db.Tx) *ears { return db.Beside[ears](tx) }

func (e *ears) attach(h *Hub) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hubs = append(e.hubs, h)
}

func (e *ears) detach(h *Hub) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hubs = slices.DeleteFunc(e.hubs, func(o *Hub) bool { return o == h })
}

func (e *ears) committed(channel string, seq int64, wait float64) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, h := range e.hubs {
		h.metrics.append.Observe(wait)
		h.relay.announce(channel, seq)
	}
}
