package live_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// BenchmarkAppend is a transaction that does nothing but append.
func BenchmarkAppend(b *testing.B) {
	for _, channels := range []int{1, 1000} {
		b.Run(fmt.Sprintf("channels=%d", channels), func(b *testing.B) {
			d := testkit.DB(b)
			var next atomic.Int64
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					post(b, d, fmt.Sprintf("question:%d", next.Add(1)%int64(channels)+1), live.Event{Type: "reply.new", Ref: 1, Ver: 1})
				}
			})
		})
	}
}

// audience is n open sockets that read whatever comes; heard is told when all
// have had one more event.
type audience struct {
	left  atomic.Int64
	heard chan time.Time
}

func (a *audience) expect(n int) { a.left.Store(int64(n)) }

func (a *audience) listen(ws *websocket.Conn) {
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			return
		}
		if !bytes.HasPrefix(b, []byte(`{"t":"ev"`)) {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"pong"}`))
			continue
		}
		if a.left.Add(-1) == 0 {
			a.heard <- time.Now()
		}
	}
}

const crowd = 2000

// BenchmarkFan is one event to 2,000 sockets, from the commit to the last
// receipt, beside the least that could do it: a loop over bare sockets that
// writes one prepared message.
func BenchmarkFan(b *testing.B) {
	b.Run("floor", func(b *testing.B) {
		var mu sync.Mutex
		var room []*websocket.Conn
		up := websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{}, CheckOrigin: func(*http.Request) bool { return true }}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ws, err := up.Upgrade(w, r, nil)
			if err != nil {
				b.Error(err)
				return
			}
			mu.Lock()
			room = append(room, ws)
			mu.Unlock()
		}))
		defer server.Close()
		a := &audience{heard: make(chan time.Time, 1)}
		for range crowd {
			ws, _, err := websocket.DefaultDialer.Dial("ws"+server.URL[4:], nil)
			if err != nil {
				b.Fatal(err)
			}
			defer ws.Close()
			go a.listen(ws)
		}
		payload := []byte(`{"t":"ev","ch":"question:1","seq":985,"type":"reply.new","ref":118,"ver":1,"at":"2026-03-01T12:00:00Z","d":{"n":17}}`)
		for b.Loop() {
			a.expect(crowd)
			m, err := websocket.NewPreparedMessage(websocket.TextMessage, payload)
			if err != nil {
				b.Fatal(err)
			}
			for _, ws := range room {
				if err := ws.WritePreparedMessage(m); err != nil {
					b.Fatal(err)
				}
			}
			<-a.heard
		}
	})
	b.Run("hub", func(b *testing.B) {
		d := testkit.DB(b)
		n := start(b, d, setup{o: live.Options{LimitsOff: true}})
		a := &audience{heard: make(chan time.Time, 1)}
		for range crowd {
			s := n.hello()
			s.sub("question:1", 0, "")
			_ = s.ws.SetReadDeadline(time.Time{})
			go a.listen(s.ws)
		}
		var took time.Duration
		for b.Loop() {
			a.expect(crowd)
			var committed time.Time
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				tx.AfterCommit(func() { committed = time.Now() })
				live.Append(tx, "question:1", live.Event{Type: "reply.new", Ref: 118, Ver: 1, Data: map[string]int{"n": 17}})
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			took += (<-a.heard).Sub(committed)
		}
		b.ReportMetric(float64(took.Microseconds())/float64(b.N), "µs/from-commit")
	})
}
