package live

import (
	"slices"
	"sync"

	"gorm.io/gorm"

	"caravan/internal/db"
)

// ears are the hubs that want to hear of commits on a database. They hang on
// the database's gorm handle as a plugin, because that is what a transaction and
// the hub both hold: a hub needs no global to be found by Append, and hubs on
// different databases do not hear each other.
type ears struct {
	mu   sync.RWMutex
	hubs []*Hub
}

const earsName = "caravan:live"

// Name and Initialize make ears a gorm plugin.
func (e *ears) Name() string { return earsName }

// Initialize does nothing: the plugin is only a place to be found.
func (e *ears) Initialize(*gorm.DB) error { return nil }

// earsOf returns the ears of a database, nil if nobody listens: a command-line
// tool may append, and the nodes hear of it at their next position check.
func earsOf(tx *db.Tx) *ears {
	e, _ := tx.Gorm().Plugins[earsName].(*ears)
	return e
}

// attach makes h hear of commits. It is called before the database is used by
// others, as gorm's plugins must be.
func attach(tx *db.Tx, h *Hub) *ears {
	e := earsOf(tx)
	if e == nil {
		e = &ears{}
		tx.Gorm().Plugins[earsName] = e
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hubs = append(e.hubs, h)
	return e
}

func (e *ears) detach(h *Hub) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hubs = slices.DeleteFunc(e.hubs, func(o *Hub) bool { return o == h })
}

func (e *ears) committed(channel string, seq int64, wait float64) {
	if e == nil {
		return
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, h := range e.hubs {
		h.metrics.append.Observe(wait)
		h.relay.announce(channel, seq)
	}
}
