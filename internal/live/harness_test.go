package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/live"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// node is a hub behind a real server, as one process would be.
type node struct {
	t      testing.TB
	hub    *live.Hub
	server *httptest.Server
	reg    *prometheus.Registry
	who    func(r *http.Request) live.Reader
	stop   func() // ends Run and waits for it
}

type setup struct {
	bus    live.Bus
	o      live.Options
	topics []live.Topic
	who    func(r *http.Request) live.Reader
}

// start runs a node on a database until the test ends.
func start(t testing.TB, d *db.DB, s setup) *node {
	t.Helper()
	n := &node{t: t, reg: prometheus.NewRegistry(), who: s.who}
	if s.bus == nil {
		bus, err := live.ConnectNATS("", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(bus.Close)
		s.bus = bus
	}
	s.o.Registry = n.reg
	if s.o.Log == nil {
		s.o.Log = slog.New(slog.DiscardHandler)
	}
	if s.o.Origin == nil {
		s.o.Origin = func(o string) bool { return o == n.server.URL }
	}
	if n.who == nil {
		n.who = func(*http.Request) live.Reader { return live.Reader{Address: "a"} }
	}
	n.hub = live.NewHub(d, s.bus, s.o)
	if s.topics == nil {
		s.topics = []live.Topic{open("question")}
	}
	for _, topic := range s.topics {
		n.hub.Add(topic)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/live", func(w http.ResponseWriter, r *http.Request) { n.hub.Upgrade(w, r, n.who(r)) })
	mux.HandleFunc("/live/poll", func(w http.ResponseWriter, r *http.Request) { n.hub.Poll(w, r, n.who(r)) })
	n.server = httptest.NewServer(mux)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.hub.Run(ctx) }()
	var stopped atomic.Bool
	n.stop = func() {
		if stopped.Swap(true) {
			return
		}
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the hub does not stop")
		}
		n.server.Close()
	}
	t.Cleanup(n.stop)
	return n
}

// open is a topic that everybody may hear.
func open(kind string) live.Topic {
	return live.Topic{Kind: kind, May: func(context.Context, access.Actor, int64) error { return nil }}
}

// post appends one event, as a business transaction would.
func post(t testing.TB, d *db.DB, channel string, e live.Event) {
	t.Helper()
	if err := d.Write(context.Background(), func(tx *db.Tx) error { live.Append(tx, channel, e); return nil }); err != nil {
		t.Fatal(err)
	}
}

func posts(t testing.TB, d *db.DB, channel string, n int) {
	t.Helper()
	for i := range n {
		post(t, d, channel, live.Event{Type: "reply.new", Ref: int64(i + 1), Ver: 1})
	}
}

// said is anything a server says.
type said struct {
	T         string `json:"t"`
	ID        int64  `json:"id"`
	Ch        string `json:"ch"`
	Seq       int64  `json:"seq"`
	Recovered bool   `json:"recovered"`
	Events    []said `json:"events"`
	Why       string `json:"why"`
	Code      any    `json:"code"`
	Retry     int64  `json:"retry_ms"`
	Epoch     string `json:"epoch"`
	User      string `json:"user"`
	Conn      string `json:"conn"`
	Ping      int    `json:"ping_s"`
	Expires   int64  `json:"session_exp"`

	Type string          `json:"type"`
	Ref  int64           `json:"ref"`
	Ver  int             `json:"ver"`
	At   time.Time       `json:"at"`
	D    json.RawMessage `json:"d"`
}

// socket is a client that speaks the protocol by hand.
type socket struct {
	t     testing.TB
	ws    *websocket.Conn
	lines []said
}

func (n *node) header(more ...string) http.Header {
	h := http.Header{"Origin": {n.server.URL}}
	for i := 0; i+1 < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return h
}

func (n *node) url() string { return "ws" + strings.TrimPrefix(n.server.URL, "http") + "/live" }

// dial opens a socket without saying hello.
func (n *node) dial(header ...string) *socket {
	n.t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"caravan.v1"}, HandshakeTimeout: patience}
	ws, resp, err := d.Dial(n.url(), n.header(header...))
	if err != nil {
		n.t.Fatalf("dial: %v (%v)", err, resp)
	}
	n.t.Cleanup(func() { ws.Close() })
	return &socket{t: n.t, ws: ws}
}

// hello opens a socket and says hello.
func (n *node) hello(header ...string) *socket {
	n.t.Helper()
	s := n.dial(header...)
	s.say(`{"t":"hello","tab":"k3f9","build":"a1b2"}`)
	s.await("welcome")
	return s
}

func (s *socket) say(line string, args ...any) {
	s.t.Helper()
	if err := s.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, line, args...)); err != nil {
		s.t.Fatalf("write: %v", err)
	}
}

// next is the next line that is no ping, or the error that ended the socket.
func (s *socket) next() (said, error) {
	for {
		for len(s.lines) > 0 {
			m := s.lines[0]
			s.lines = s.lines[1:]
			if m.T != "ping" {
				return m, nil
			}
			_ = s.ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"pong"}`))
		}
		_ = s.ws.SetReadDeadline(time.Now().Add(patience))
		_, b, err := s.ws.ReadMessage()
		if err != nil {
			return said{}, err
		}
		for line := range bytes.SplitSeq(b, []byte("\n")) {
			var m said
			if err := json.Unmarshal(line, &m); err != nil {
				return said{}, fmt.Errorf("%q: %w", line, err)
			}
			s.lines = append(s.lines, m)
		}
	}
}

// await returns the next line of a kind, and fails on any other but those of
// presence.
func (s *socket) await(kind string) said {
	s.t.Helper()
	for {
		m, err := s.next()
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if m.T == kind {
			return m
		}
		if m.T != "eph" {
			s.t.Fatalf("got %+v, want %s", m, kind)
		}
	}
}

// closed waits for the close code, and returns what came before.
func (s *socket) closed(code int) (before []said) {
	s.t.Helper()
	for {
		m, err := s.next()
		if err == nil {
			before = append(before, m)
			continue
		}
		if !websocket.IsCloseError(err, code) {
			s.t.Fatalf("got %v, want close code %d", err, code)
		}
		return before
	}
}

// sub subscribes and returns the answer.
func (s *socket) sub(channel string, since int64, epoch string) said {
	s.t.Helper()
	s.say(`{"t":"sub","id":7,"ch":%q,"since":%d,"epoch":%q}`, channel, since, epoch)
	for {
		m, err := s.next()
		if err != nil {
			s.t.Fatalf("subscribe: %v", err)
		}
		if m.ID == 7 && strings.HasPrefix(m.T, "sub_") {
			return m
		}
	}
}

// metric is the value of a counter or gauge, or the number of observations; a
// label value picks one.
func (n *node) metric(name string, label ...string) float64 {
	n.t.Helper()
	families, err := n.reg.Gather()
	if err != nil {
		n.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if len(label) > 0 && (len(m.GetLabel()) == 0 || m.GetLabel()[0].GetValue() != label[0]) {
				continue
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

// eventually waits until f is true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !f() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// seqs are the numbers of events.
func seqs(events []said) (list []int64) {
	for _, e := range events {
		list = append(list, e.Seq)
	}
	return list
}

// byHeader is whoever the header says: Account, and Works for staff.
func byHeader(r *http.Request) live.Reader {
	var who live.Reader
	if _, err := fmt.Sscan(r.Header.Get("Account"), &who.Actor.AccountID); err != nil {
		return who
	}
	who.Session = "s" + r.Header.Get("Account")
	if works := r.Header.Get("Works"); works != "" {
		who.Actor.Works = []access.Work{{OrganisationID: 5}}
	}
	return who
}
