package live_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"caravan/internal/live"
	"caravan/internal/testkit"
)

// dialSlow opens a socket with little room of its own for what is not yet read.
func (n *node) dialSlow(room int) *socket {
	n.t.Helper()
	d := websocket.Dialer{NetDial: func(network, addr string) (net.Conn, error) {
		c, err := net.Dial(network, addr)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(room)
		}
		return c, err
	}}
	ws, _, err := d.Dial(n.url(), n.header())
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { ws.Close() })
	s := &socket{t: n.t, ws: ws}
	s.say(`{"t":"hello"}`)
	s.await("welcome")
	return s
}

// At one byte a second nobody keeps up: the queue fills, the socket is closed
// with 4008, and no other reader waits for it.
func TestASlowReaderIsSentAwayAndHarmsNobody(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{Timing: live.Timing{Write: time.Minute}}}) // only the full queue can end it
	slow, quick := n.dialSlow(1), n.hello()
	slow.sub("question:1", 0, "")
	quick.sub("question:1", 0, "")
	stop := make(chan struct{})
	defer close(stop)
	go func() { // one byte a second
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		one := make([]byte, 1)
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				if _, err := io.ReadFull(slow.ws.NetConn(), one); err != nil {
					return
				}
			}
		}
	}()
	big := map[string]string{"text": strings.Repeat("x", 100_000)}
	seq := int64(0)
	eventually(t, "4008", func() bool {
		post(t, d, "question:1", live.Event{Type: "reply.new", Data: big})
		seq++
		if e := quick.await("ev"); e.Seq != seq {
			t.Fatalf("the quick reader: %+v", e)
		}
		return n.metric("live_closed_total", "4008") == 1
	})
	eventually(t, "the slow socket gone", func() bool { return n.metric("live_conns") == 1 })
}

// A reader that stops reading altogether is found out by the age of what waits
// for it, long before the queue is full.
func TestAReaderThatStopsReadingIsSentAway(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{Timing: live.Timing{Write: 100 * time.Millisecond, Linger: 50 * time.Millisecond}}})
	slow := n.dialSlow(1)
	slow.sub("question:1", 0, "")
	big := map[string]string{"text": strings.Repeat("x", 100_000)}
	eventually(t, "4008", func() bool {
		post(t, d, "question:1", live.Event{Type: "reply.new", Data: big})
		return n.metric("live_closed_total", "4008") == 1
	})
	eventually(t, "gone", func() bool { return n.metric("live_conns") == 0 })
}

// What waited while a reader was slow arrives whole and in order once it reads:
// frames of several lines, each line a message.
func TestWhatWaitedArrivesInOrder(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{})
	s := n.dialSlow(64 << 10)
	s.sub("question:1", 0, "")
	medium := map[string]string{"text": strings.Repeat("y", 3000)}
	want := int64(0)
	eventually(t, "something that waits", func() bool {
		post(t, d, "question:1", live.Event{Type: "reply.new", Data: medium})
		want++
		return n.metric("live_queue_bytes") > 5
	})
	for seq := int64(1); seq <= want; seq++ {
		if e := s.await("ev"); e.Seq != seq || len(e.D) < 3000 {
			t.Fatalf("got %d with %d bytes, want %d", e.Seq, len(e.D), seq)
		}
	}
	if n.metric("live_closed_total", "4008") != 0 {
		t.Error("closed although it read in time")
	}
}

func TestAClosingHandshakeIsAnswered(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	for _, code := range []int{websocket.CloseNormalClosure, websocket.CloseGoingAway} {
		s := n.hello()
		msg := websocket.FormatCloseMessage(code, "")
		if err := s.ws.WriteControl(websocket.CloseMessage, msg, time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		s.closed(code)
	}
	eventually(t, "both counted", func() bool { return n.metric("live_closed_total", "client") == 2 && n.metric("live_conns") == 0 })
	s := n.hello()
	ponged := make(chan string, 1)
	s.ws.SetPongHandler(func(data string) error { ponged <- data; return nil })
	if err := s.ws.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	s.sub("question:1", 0, "")
	select {
	case got := <-ponged:
		if got != "there?" {
			t.Errorf("pong %q", got)
		}
	default:
		t.Error("a websocket ping was not answered")
	}
}

func TestAnotherSubProtocolIsNotOurs(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	for _, c := range []struct {
		offered []string
		want    string
	}{{[]string{"x", "caravan.v1"}, "caravan.v1"}, {nil, ""}} {
		ws, resp, err := (&websocket.Dialer{Subprotocols: c.offered}).Dial(n.url(), n.header())
		if err != nil {
			t.Fatal(err, resp)
		}
		ws.Close()
		if ws.Subprotocol() != c.want {
			t.Errorf("offered %v: %q", c.offered, ws.Subprotocol())
		}
	}
	_, resp, err := (&websocket.Dialer{Subprotocols: []string{"caravan.v9"}}).Dial(n.url(), n.header())
	if err == nil || resp == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("another version: %v, %v", resp, err)
	}
}
