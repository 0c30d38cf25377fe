package live

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"caravan/internal/db"
)

// Append adds an event to a channel. It is written together with the commit, so
// the channel's row is locked for as short as can be, channels in the order of
// their names; after the commit the hubs on this database hear of it. An event
// that cannot be encoded rolls the transaction back.
func Append(tx *db.Tx, channel string, e Event) { AppendThen(tx, channel, e, "", nil) }

// AppendThen is Append followed by one more statement (values as $1) that runs
// while the channel's row is still locked: it can read the number just given as
// (SELECT top_seq FROM live_channels WHERE channel = …).
func AppendThen(tx *db.Tx, channel string, e Event, sql string, args []any) {
	var (
		data any
		seq  int64
		wait float64 // seconds between the statement's start and having the row
	)
	if e.Data != nil {
		b, err := json.Marshal(e.Data)
		data = rawJSON{b, err}
	}
	order := "live:" + channel
	tx.Last(order, appendSQL, []any{channel, e.Type, e.Ref, e.Ver, data, tx.Now},
		func(r pgx.Row) error { return r.Scan(&seq, &wait) })
	if sql != "" {
		tx.Last(order, sql, args, nil)
	}
	ears := earsOf(tx.Gorm())
	tx.AfterCommit(func() { ears.committed(channel, seq, wait) })
}

// rawJSON hands encoded JSON to pgx, and its error to the transaction.
type rawJSON struct {
	b   []byte
	err error
}

func (r rawJSON) MarshalJSON() ([]byte, error) { return r.b, r.err }

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
func earsOf(g *gorm.DB) *ears {
	e, _ := g.Plugins[earsName].(*ears)
	return e
}

// attach makes h hear of commits. It is called before the database is used by
// others, as gorm's plugins must be.
func attach(g *gorm.DB, h *Hub) *ears {
	e := earsOf(g)
	if e == nil {
		e = &ears{}
		g.Plugins[earsName] = e
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
