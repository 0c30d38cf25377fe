package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// lossy is a bus that loses a fifth of all announcements, doubles a tenth, and
// lets the rest overtake each other.
type lossy struct {
	live.Bus
	late sync.WaitGroup
}

func (l *lossy) Announce(b live.Batch) error {
	for _, c := range b.Changes {
		one := live.Batch{Epoch: b.Epoch, Changes: []live.Change{c}, At: b.At}
		times := 1
		switch p := rand.Float64(); {
		case p < 0.2:
			times = 0
		case p < 0.3:
			times = 2
		}
		for range times {
			l.late.Go(func() {
				<-time.After(rand.N(30 * time.Millisecond))
				_ = l.Bus.Announce(one)
			})
		}
	}
	return nil
}

// listener is a client by the book: it keeps a position for each channel, drops
// what it has, asks again when it sees a hole, and comes back when it is cut.
type listener struct {
	urls     func() []string // of the nodes that are up
	channels int
	patience func() bool   // false ends it
	cut      time.Duration // cut the socket at random within this; 0 never

	mu      sync.Mutex
	applied map[string][]int64
	dropped int
	trouble []string
}

func (l *listener) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = append(l.trouble, fmt.Sprintf(format, args...))
}

func (l *listener) cursor(ch string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.applied[ch]))
}

// apply takes an event; false if there is a hole before it.
func (l *listener) apply(ch string, seq int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch have := int64(len(l.applied[ch])); {
	case seq <= have:
		l.dropped++
	case seq == have+1:
		l.applied[ch] = append(l.applied[ch], seq)
	default:
		return false
	}
	return true
}

func (l *listener) run() {
	for l.patience() {
		urls := l.urls()
		url := urls[rand.IntN(len(urls))]
		ws, _, err := websocket.DefaultDialer.Dial("ws"+url[4:]+"/live", http.Header{"Origin": {url}})
		if err != nil {
			continue // the node is going down; another one next time
		}
		if l.cut > 0 {
			end := time.AfterFunc(rand.N(l.cut), func() { ws.NetConn().Close() })
			l.listen(ws)
			end.Stop()
		} else {
			l.listen(ws)
		}
		ws.Close()
	}
}

func (l *listener) listen(ws *websocket.Conn) {
	say := func(line string, args ...any) {
		_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, line, args...)) // a cut shows when reading
	}
	sub := func(ch string) { say(`{"t":"sub","id":1,"ch":%q,"since":%d}`, ch, l.cursor(ch)) }
	say(`{"t":"hello"}`)
	for i := range l.channels {
		sub(fmt.Sprintf("question:%d", i+1))
	}
	for l.patience() {
		_ = ws.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		_, b, err := ws.ReadMessage()
		if err != nil {
			return
		}
		for line := range bytes.SplitSeq(b, []byte("\n")) {
			var m said
			if err := json.Unmarshal(line, &m); err != nil {
				l.note("%q: %v", line, err)
			}
			switch m.T {
			case "ping":
				say(`{"t":"pong"}`)
			case "sub_ok":
				for _, e := range m.Events {
					if !l.apply(m.Ch, e.Seq) {
						l.note("a hole in a sub_ok of %s: %v", m.Ch, seqs(m.Events))
					}
				}
				if l.cursor(m.Ch) != m.Seq {
					l.note("sub_ok of %s says %d, at %d", m.Ch, m.Seq, l.cursor(m.Ch))
				}
			case "ev":
				if !l.apply(m.Ch, m.Seq) {
					l.note("a hole before %s %d, at %d", m.Ch, m.Seq, l.cursor(m.Ch))
					sub(m.Ch)
				}
			case "sub_reset", "sub_err", "unsubbed":
				l.note("%+v", m)
			}
		}
	}
}

// Eight writers post, edit and hide; fifty clients on two nodes are cut at
// random; the bus loses, doubles and reorders; one node dies in the middle. In
// the end every client has applied every number of every channel exactly once,
// in order.
func TestNothingIsLostAndNothingDoubled(t *testing.T) {
	t.Parallel()
	writers, each, clients, channels := 8, 40, 20, 3
	if long() {
		each, clients = 110, 50
	}
	d := testkit.DB(t)
	quick := live.Options{LimitsOff: true, Timing: live.Timing{Check: 40 * time.Millisecond, Linger: 20 * time.Millisecond}}
	server := natsServer(t, -1)
	var nodes []*node
	for _, data := range []*db.DB{d, second(t, d, 8), second(t, d, 8)} {
		bus := &lossy{Bus: connect(t, server.ClientURL())}
		t.Cleanup(bus.late.Wait)
		nodes = append(nodes, start(t, data, setup{bus: bus, o: quick}))
	}
	var up atomic.Pointer[[]string]
	up.Store(&[]string{nodes[0].server.URL, nodes[1].server.URL, nodes[2].server.URL})

	var done atomic.Bool
	var wg sync.WaitGroup
	var all []*listener
	end := time.Now().Add(4 * patience)
	for i := range clients {
		l := &listener{urls: func() []string { return *up.Load() }, channels: channels, cut: 250 * time.Millisecond, applied: map[string][]int64{},
			patience: func() bool { return !done.Load() && time.Now().Before(end) }}
		if i%10 == 0 {
			l.cut = 0
		}
		all = append(all, l)
		wg.Go(l.run)
	}
	var writing sync.WaitGroup
	var written atomic.Int32
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				ch := fmt.Sprintf("question:%d", rand.IntN(channels)+1)
				kind := []string{"reply.new", "reply.edit", "reply.hide"}[rand.IntN(3)]
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					live.Append(tx, ch, live.Event{Type: kind, Ref: int64(w*each + i + 1), Ver: 1, Data: map[string]int{"n": i}})
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if written.Add(1) == int32(writers*each/2) { // a node dies in the middle
					up.Store(&[]string{nodes[0].server.URL, nodes[1].server.URL})
					go nodes[2].stop()
				}
			}
		})
	}
	writing.Wait()
	tops := map[string]int64{}
	for i := range channels {
		ch := fmt.Sprintf("question:%d", i+1)
		tops[ch], _, _ = nodes[0].hub.Position(context.Background(), d.Read(context.Background()), ch)
	}
	eventually(t, "every client at the top", func() bool {
		for _, l := range all {
			for ch, top := range tops {
				if l.cursor(ch) < top {
					return false
				}
			}
		}
		return true
	})
	done.Store(true)
	wg.Wait()
	for i, l := range all {
		for ch, top := range tops {
			if got := l.cursor(ch); got != top {
				t.Errorf("client %d applied %d of %d in %s", i, got, top, ch)
			}
		}
		if len(l.trouble) > 0 {
			t.Errorf("client %d: %v", i, l.trouble)
		}
	}
	if n := tops["question:1"] + tops["question:2"] + tops["question:3"]; n != int64(writers*each) {
		t.Errorf("%d events of %d", n, writers*each)
	}
}
