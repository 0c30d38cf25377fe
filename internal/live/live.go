// Package live carries news of committed changes to every open page: nothing
// lost, nothing doubled, whatever breaks.
//
// The database is the queue, the bus is only a wake-up, the client holds its
// position. A transaction appends events to channels ("question:42"); each
// event takes the next number of its channel from a counter row whose lock is
// held until commit, so numbers have no holes and become visible in order. After
// the commit the node announces "channel, number" on the bus. Whoever hears of a
// number above its own reads the events from the database and hands them on, so
// it does not matter whether announcements are lost, doubled or out of order:
// the next one, or the position check twice a minute, makes up for it. A client
// that was away says the last number it has, and gets what it missed, or is told
// to load anew.
//
//	live.go      the words: Event, Topic, Reader, Options
//	append.go    Append: events in a transaction
//	store.go     all SQL                             ears.go  who hears of commits
//	bus.go       Bus: what nodes tell each other     nats.go  the bus over NATS
//	relay.go     gathers what was committed and announces it
//	hub.go       Hub: start, stop, the shards that own the channels
//	channel.go   one channel: members, ring of the last events, position
//	join.go      a subscription, from its position to being live
//	load.go      reads and encodes for a channel, one at a time
//	encode.go    events as bytes, once for each language
//	fan.go       one event to thousands of sockets
//	upgrade.go   the handshake and its limits        people.go  who is connected
//	conn.go      a socket: reading, commands         command.go what they do
//	queue.go     a socket: writing, back-pressure    frame.go   websocket frames
//	sweep.go     the one clock of all sockets        watch.go   position checks
//	rights.go    revoked rights and ended sessions   presence.go who reads, types
//	poll.go      long poll, where websockets fail    drain.go   leaving in order
//	metrics.go   what is counted
//
// Three kinds of goroutines work here. A shard owns its channels and never waits
// for a socket or for the database. A reader waits for what one client sends; it
// is the only goroutine that an idle socket has. Jobs read, encode and ask for
// rights, and hand their results back to the shard.
package live

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"caravan/internal/access"
)

// Event is one change, as it is appended to a channel.
type Event struct {
	Type string // "reply.new"; the page decides by it
	Ref  int64  // id of what changed; 0: nothing in particular
	Ver  int    // version of what changed, so that a page can replace by id and version
	Data any    // small and public, no text that somebody wrote; nil is fine
}

// Stored is an event as it stands in the database.
type Stored struct {
	Seq  int64
	Type string
	Ref  int64
	Ver  int
	Data json.RawMessage // nil when there is none
	At   time.Time
}

// Topic is one kind of channel and what its feature knows about it. May, Show
// and Type are called from many goroutines at once.
type Topic struct {
	Kind string // "question" in "question:42"

	// May returns nil if a may hear the channel; a visitor is the zero Actor.
	// Kinds Forbidden and SignIn are told as "forbidden", NotFound and Gone as
	// "not_found", everything else as "unavailable".
	May func(ctx context.Context, a access.Actor, id int64) error

	// Show returns what d is for each event, in the present state of things: a
	// reply that was hidden since is a tombstone. Text in a field "html" is left
	// out when it passes 8 KB, or 64 KB over all events of one answer; the page
	// then fetches the fragment. A nil element, an error and a nil Show mean the
	// stored data as they are.
	Show func(ctx context.Context, lang string, evs []Stored) ([]any, error)

	// Type says who is typing or reading, and refuses those who may not write
	// there, or who write there without their name. Nil: the topic has neither
	// typing nor presence.
	Type func(ctx context.Context, a access.Actor, id int64) (Typist, error)
}

// Typist is how somebody who types or reads is shown to others. Label is sent
// only when Staff is true: names of patients never leave the server this way.
type Typist struct {
	Role  string // a word the page translates: "asker", "member", "clinic_staff" …
	Label string // "Dr. A. (Clinic X)"
	Staff bool   // speaks for an organisation, openly
}

// Reader is who opens a socket or a long poll, as package httpd knows them.
type Reader struct {
	Actor   access.Actor
	Session string    // public id of the session; empty for a visitor
	Expires time.Time // of the session; zero for a visitor
	Address string    // bucket of the address, for limits
	Lang    string
}

// Standing is what a session is worth now.
type Standing struct {
	Actor   access.Actor
	Expires time.Time
}

// Options say how a hub works. Origin is needed; everything else has a meaning
// when empty.
type Options struct {
	// Origin reports whether pages of an origin ("https://example.org", as the
	// browser sends it) may connect: exact scheme, host and port.
	Origin func(origin string) bool
	// Alive looks sessions up, all in one query; those it does not return have
	// ended. Nil: sessions end by Revoke and by their expiry only.
	Alive func(ctx context.Context, sessions []string) (map[string]Standing, error)

	Registry  prometheus.Registerer // where the metrics go; nil: nowhere
	Log       *slog.Logger          // slog.Default when nil
	Build     string                // told to pages, so that they can notice a new version
	Node      string                // this process on the bus; random when empty
	MaxConns  int                   // sockets and polls of this node; 20,000 when 0
	LimitsOff bool                  // no limits by person, address, node and second
	Timing    Timing
}

// Timing holds every duration; zero fields take the usual value.
type Timing struct {
	Hello    time.Duration // 10 s: until the first message
	Ping     time.Duration // 25 s: between pings
	Pong     time.Duration // 10 s: until their answer
	Write    time.Duration // 10 s: for one write, and for the oldest queued message
	Linger   time.Duration // 1 s: between our closing word and hanging up
	Check    time.Duration // 30 s ± 20 %: between position checks
	Sessions time.Duration // 60 s: between looks at all sessions
	Rights   time.Duration // 5 min: between looks at the rights to every channel
	Presence time.Duration // 25 s: between exchanges of presence
	Poll     time.Duration // 25 s: a long poll without news
	Drain    time.Duration // 20 s: over which a stopping node sends people away
	Coalesce time.Duration // 10 ms: announcements closer than this are gathered
}

func (t Timing) filled() Timing {
	or := func(d *time.Duration, usual time.Duration) {
		if *d <= 0 {
			*d = usual
		}
	}
	or(&t.Hello, 10*time.Second)
	or(&t.Ping, 25*time.Second)
	or(&t.Pong, 10*time.Second)
	or(&t.Write, 10*time.Second)
	or(&t.Linger, time.Second)
	or(&t.Check, 30*time.Second)
	or(&t.Sessions, time.Minute)
	or(&t.Rights, 5*time.Minute)
	or(&t.Presence, 25*time.Second)
	or(&t.Poll, 25*time.Second)
	or(&t.Drain, 20*time.Second)
	or(&t.Coalesce, 10*time.Millisecond)
	return t
}
