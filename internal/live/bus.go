package live

import (
	"time"
)

// Bus is what nodes tell each other. Announcements may be lost, doubled and
// reordered: they only say where to look. Orders may be lost too; whatever they
// are about is looked up again at intervals.
//
// Both ways include the node that speaks: what it says comes back to its own
// ears at once and without the network, so a node serves its own readers
// whatever the network does.
type Bus interface {
	// Announce tells which channels have news.
	Announce(Batch) error
	// Control tells everything else.
	Control(Order) error
	// Listen calls ears until stop is called. The calls come from one or more
	// goroutines of the bus, and may wait.
	Listen(Ears) (stop func(), err error)
}

// Ears are called with what is heard on the bus.
type Ears struct {
	OnAnnounce func(Batch)
	OnControl  func(Order)
	// OnGap is called when the bus may have lost something: after a broken
	// connection, or when it dropped what we did not take in time.
	OnGap func()
}

// Batch is what was committed within a few milliseconds.
type Batch struct {
	Epoch   string   `json:"e"`
	Changes []Change `json:"c"`
	At      int64    `json:"at,omitempty"` // commit of the oldest of them, Unix microseconds
}

// Change says that a channel has events up to a number.
type Change struct {
	Channel string
	Seq     int64
}

// Order is everything else that nodes tell each other.
type Order struct {
	Kind    string `json:"k"` // revoke, drain, typing, presence
	Node    string `json:"n"` // who speaks; for drain: who is meant
	Account int64  `json:"a,omitempty"`
	Session string `json:"s,omitempty"`
	Channel string `json:"ch,omitempty"`

	Typist  *Typist    `json:"t,omitempty"`
	Present []Presence `json:"p,omitempty"`
}

// Presence is who reads a channel at one node: a number, and the staff that
// shows itself.
type Presence struct {
	Channel string   `json:"ch"`
	Readers int      `json:"r"`
	Staff   []string `json:"s,omitempty"`
}

// Kinds of orders.
const (
	orderRevoke   = "revoke"
	orderDrain    = "drain"
	orderTyping   = "typing"
	orderPresence = "presence"
)

// subjects is into how many subjects announcements are divided, so that a node
// could listen to a part of them only.
const subjects = 64

// place is the subject of a channel (FNV-1a).
func place(channel string) int {
	h := uint32(2166136261)
	for i := range len(channel) {
		h = (h ^ uint32(channel[i])) * 16777619
	}
	return int(h % subjects)
}

// age is how long ago a batch was committed; clocks of two nodes may differ by
// more than that, so it is never negative.
func (b Batch) age(now time.Time) time.Duration {
	if b.At == 0 {
		return 0
	}
	return max(0, now.Sub(time.UnixMicro(b.At)))
}
