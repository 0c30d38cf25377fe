package live

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"caravan/internal/db"
)

// shards is into how many goroutines the channels are divided. A power of two
// that divides subjects, so that a subject belongs to one shard.
const shards = 32

// Hub is the live layer of one node: its sockets and polls, and the channels
// they listen to.
type Hub struct {
	d       *db.DB
	bus     Bus
	o       Options
	log     *slog.Logger
	metrics *metrics
	topics  map[string]*Topic
	ears    *ears
	relay   *relay
	people  *people
	shards  [shards]*shard
	epoch   atomic.Pointer[string]
	start   time.Time // of the hub's clock: durations that no change of the wall clock disturbs

	ctx      context.Context // ends with Run
	cancel   context.CancelFunc
	work     sync.WaitGroup // goroutines that end with ctx
	checkNow chan struct{}  // holds one: a position check is wanted
}

// NewHub makes a hub on a database and a bus. It starts nothing; from now on it
// gathers what is committed.
func NewHub(d *db.DB, bus Bus, o Options) *Hub {
	o.Timing = o.Timing.filled()
	if o.MaxConns == 0 {
		o.MaxConns = maxConns
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Node == "" {
		o.Node = rand.Text()[:8]
	}
	h := &Hub{d: d, bus: bus, o: o, log: o.Log, metrics: newMetrics(o.Registry), topics: map[string]*Topic{},
		people: newPeople(), start: time.Now(), checkNow: make(chan struct{}, 1)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.relay = newRelay(h)
	for i := range h.shards {
		h.shards[i] = &shard{hub: h, inbox: make(chan func(), 256), channels: map[string]*channel{}}
	}
	h.ears = earsOf(d.Read(h.ctx))
	h.ears.attach(h)
	return h
}

// Add makes a kind of channel known. All topics are added before Run.
func (h *Hub) Add(t Topic) { h.topics[t.Kind] = &t }

// Run works until ctx ends, and returns when every goroutine of the hub has:
// whoever is still connected then is told to come back.
func (h *Hub) Run(ctx context.Context) error {
	stop, err := h.bus.Listen(Ears{OnAnnounce: h.onAnnounce, OnControl: h.onControl, OnGap: h.onGap})
	if err != nil {
		h.cancel()
		return fmt.Errorf("live: listen: %w", err)
	}
	for _, s := range h.shards {
		h.goes("shard", s.run)
	}
	for where, f := range map[string]func(context.Context){
		"relay": h.relay.run, "sweep": h.sweep, "check": h.check, "sessions": h.watchSessions, "rights": h.watchRights, "presence": h.watchPresence,
	} {
		h.goes(where, func() { f(h.ctx) })
	}
	<-ctx.Done()
	h.people.close()
	h.ears.detach(h)
	h.hangUp()
	stop()
	h.cancel()
	h.work.Wait()
	return nil
}

// goes starts one of the hub's own goroutines. What panics in it is logged and
// it goes on, after a moment if it does so again and again.
func (h *Hub) goes(where string, f func()) {
	h.work.Go(func() {
		for h.ctx.Err() == nil {
			h.survive(where, f)
			if h.ctx.Err() == nil {
				h.pause(h.ctx, 100*time.Millisecond)
			}
		}
	})
}

// job runs f in the background; Run waits for it.
func (h *Hub) job(where string, f func()) {
	h.work.Go(func() { h.survive(where, f) })
}

// survive runs f and outlives its panic.
func (h *Hub) survive(where string, f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			h.panicked(where, p)
		}
	}()
	f()
	return true
}

// panicked is the one place where a panic is logged.
func (h *Hub) panicked(where string, p any) {
	h.metrics.panics.Inc()
	h.log.Error("live: panic", "where", where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// pause waits for d or until ctx ends.
func (h *Hub) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// now is the hub's clock: nanoseconds since its start.
func (h *Hub) now() int64 { return int64(time.Since(h.start)) }

// epochNow is the epoch as last seen, empty before the first look.
func (h *Hub) epochNow() string {
	if e := h.epoch.Load(); e != nil {
		return *e
	}
	return ""
}

// trusts reports whether what was read belongs to the epoch we are in. If not,
// either it or we are behind: the next look at the epoch, by the one goroutine
// that does so, tells which.
func (h *Hub) trusts(epoch string) bool {
	if h.epoch.CompareAndSwap(nil, &epoch) || *h.epoch.Load() == epoch {
		return true
	}
	h.wantCheck()
	return false
}

// sawEpoch takes notice of the epoch in the database. Another one than before
// means that the history of all channels is another: everybody loads anew.
func (h *Hub) sawEpoch(epoch string) {
	before := h.epoch.Swap(&epoch)
	if before == nil || *before == epoch {
		return
	}
	h.log.Warn("live: epoch changed, all pages load anew")
	for _, s := range h.shards {
		h.job("epoch", func() { s.do(s.restart) })
	}
}

// onAnnounce hears that channels have news.
func (h *Hub) onAnnounce(b Batch) {
	h.metrics.busLag.Observe(b.age(time.Now()).Seconds())
	if known := h.epochNow(); b.Epoch != "" && known != "" && b.Epoch != known {
		h.wantCheck() // one of us has not yet seen the epoch change
	}
	for _, c := range b.Changes {
		s := h.shard(c.Channel)
		s.do(func() { s.hear(c, b.At) })
	}
}

// onGap hears that the bus may have lost something.
func (h *Hub) onGap() {
	h.metrics.gaps.WithLabelValues("bus").Inc()
	h.wantCheck()
}

// wantCheck makes the next position check happen now.
func (h *Hub) wantCheck() {
	select {
	case h.checkNow <- struct{}{}:
	default:
	}
}

// onControl hears what else nodes say.
func (h *Hub) onControl(o Order) {
	switch o.Kind {
	case orderRevoke:
		h.revoked(o)
	case orderDrain:
		if o.Node == h.o.Node {
			h.job("drain", func() { _ = h.Drain(h.ctx) })
		}
	case orderTyping:
		if o.Node != h.o.Node && o.Typist != nil {
			s := h.shard(o.Channel)
			s.do(func() { s.typing(o.Channel, *o.Typist, nil) })
		}
	case orderPresence:
		if o.Node != h.o.Node {
			h.heardPresence(o)
		}
	}
}

func (h *Hub) shard(channel string) *shard { return h.shards[place(channel)%shards] }

// topicOf takes a channel's name apart: "question:42". A name has one spelling.
func (h *Hub) topicOf(channel string) (t *Topic, id int64, ok bool) {
	kind, number, _ := strings.Cut(channel, ":")
	t = h.topics[kind]
	if t == nil || len(number) == 0 || len(number) > 18 || number[0] == '0' {
		return nil, 0, false
	}
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return nil, 0, false
		}
		id = id*10 + int64(number[i]-'0')
	}
	return t, id, true
}

// shard is a goroutine and the channels it owns. Only that goroutine touches
// them, so nothing in them needs a lock.
type shard struct {
	hub      *Hub
	inbox    chan func()
	channels map[string]*channel
}

// do has f run on the shard's goroutine, after what was asked before. It waits
// while the shard has much to do; the shard itself must not call it. It reports
// whether the shard still works.
func (s *shard) do(f func()) bool {
	select {
	case s.inbox <- f:
		return true
	case <-s.hub.ctx.Done():
		return false
	}
}

func (s *shard) run() {
	for {
		select {
		case f := <-s.inbox:
			s.hub.survive("shard", f)
		case <-s.hub.ctx.Done():
			return
		}
	}
}
