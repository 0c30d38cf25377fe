package live_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"caravan/internal/live"
	"caravan/internal/testkit"
)

// Not parallel: it looks at every goroutine of the process.
func TestAHubLeavesNoGoroutine(t *testing.T) {
	d := testkit.DB(t)
	posts(t, d, "question:1", 1)
	before := goleak.IgnoreCurrent()
	bus, err := live.ConnectNATS("", nil)
	if err != nil {
		t.Fatal(err)
	}
	n := start(t, d, setup{bus: bus, o: live.Options{Timing: live.Timing{Linger: 100 * time.Millisecond}}})
	var sockets []*socket
	for range 15 {
		s := n.hello()
		s.sub("question:1", 0, "")
		sockets = append(sockets, s)
	}
	polled := make(chan int, 1)
	go func() {
		code, _ := n.poll("ch=question:1&since=1")
		polled <- code
	}()
	eventually(t, "a waiting poll", func() bool { return n.metric("live_polls") == 1 })
	posts(t, d, "question:1", 20)
	sockets[0].ws.NetConn().Close() // without a word
	sockets[1].ws.Close()
	n.stop()
	bus.Close()
	<-polled
	for _, s := range sockets[2:] {
		s.closed(4001)
		s.ws.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func TestADrainSendsEverybodyAwayUnderLoad(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{LimitsOff: true, Timing: live.Timing{Linger: 200 * time.Millisecond}}})
	next := start(t, second(t, d, 8), setup{o: live.Options{LimitsOff: true, Timing: live.Timing{Check: 50 * time.Millisecond}}})
	const readers = 100
	var stop atomic.Bool
	var writing, reading sync.WaitGroup
	for range 4 {
		writing.Go(func() {
			for !stop.Load() {
				posts(t, d, "question:1", 1)
			}
		})
	}
	cursors := make([]int64, readers)
	var retries [readers]int64
	ready := make(chan struct{}, readers)
	for i := range readers {
		s := n.hello()
		reading.Go(func() {
			s.say(`{"t":"sub","id":1,"ch":"question:1","since":0}`)
			for {
				m, err := s.next()
				if err != nil {
					if !websocket.IsCloseError(err, 4001) {
						t.Errorf("reader %d: %v", i, err)
					}
					return
				}
				switch m.T {
				case "sub_ok", "sub_reset":
					cursors[i] = m.Seq
					ready <- struct{}{}
				case "ev":
					if m.Seq != cursors[i]+1 {
						t.Errorf("reader %d: %d after %d", i, m.Seq, cursors[i])
					}
					cursors[i] = m.Seq
				case "bye":
					retries[i] = m.Retry + 1
				}
			}
		})
	}
	for range readers {
		<-ready
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.hub.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	reading.Wait()
	if _, resp, err := websocket.DefaultDialer.Dial(n.url(), n.header()); err == nil || resp == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a new socket while draining: %v, %v", resp, err)
	}
	stop.Store(true)
	writing.Wait()
	different := map[int64]bool{}
	for i, r := range retries {
		if r == 0 {
			t.Errorf("reader %d heard no bye", i)
		}
		different[r] = true
	}
	if len(different) < readers/4 {
		t.Errorf("only %d different times to come back", len(different))
	}
	top, _, err := n.hub.Position(ctx, d.Read(ctx), "question:1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 { // what was missed is had from the other node
		s := next.hello()
		got := s.sub("question:1", cursors[i], "")
		if got.T == "sub_ok" && int64(len(got.Events)) != top-cursors[i] {
			t.Errorf("reader %d came back at %d: %d events, top %d", i, cursors[i], len(got.Events), top)
		}
	}
}

func TestADrainOfAnEmptyNodeTakesNoTime(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := n.hub.Drain(ctx); err != nil {
		t.Error(err)
	}
}

func TestADrainStopsAtItsDeadline(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{o: live.Options{Timing: live.Timing{Linger: time.Minute}}})
	s := n.hello()
	_ = s // it never answers the closing word
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := n.hub.Drain(ctx); err == nil {
		t.Error("waited for nobody")
	}
	s.closed(4001)
}

func TestAnOrderOnTheBusDrainsOneNode(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	bus := connect(t, "")
	a := start(t, d, setup{bus: bus, o: live.Options{Node: "a"}})
	b := start(t, second(t, d, 8), setup{bus: bus, o: live.Options{Node: "b"}})
	sa, sb := a.hello(), b.hello()
	if err := bus.Control(live.Order{Kind: "drain", Node: "a"}); err != nil {
		t.Fatal(err)
	}
	sa.closed(4001)
	if ok := sb.sub("question:1", 0, ""); ok.T != "sub_ok" {
		t.Errorf("the other node: %+v", ok)
	}
	if ok := fmt.Sprint(b.metric("live_conns")); ok != "1" {
		t.Errorf("sockets of the other node: %s", ok)
	}
}
