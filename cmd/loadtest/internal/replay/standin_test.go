package replay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/texts"
	"caravan/cmd/loadtest/internal/wire"
)

// standIn answers like the site as far as a replay asks, in memory, and can be
// told to do one thing wrong: what it proves is that the judge notices.
type standIn struct {
	fault string

	mu        sync.Mutex
	questions []*channel
	byKey     map[string]int64
	lastID    int64
	attempts  map[string]int
}

// channel is one question: its replies, whose positions are their events.
type channel struct {
	name    string
	replies []site.Reply
	events  []wire.Event
	readers map[*listener]bool
}

// listener is one open socket; out is never full in these tests.
type listener struct{ out chan any }

func newStandIn(t *testing.T, fault string) *site.Site {
	t.Helper()
	s := &standIn{fault: fault, byKey: map[string]int64{}, attempts: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: site.CookieName, Value: "x"})
	})
	mux.HandleFunc("POST /api/v1/questions", s.ask)
	mux.HandleFunc("POST /api/v1/questions/{id}/replies", s.reply)
	mux.HandleFunc("GET /api/v1/questions/{id}/replies", s.list)
	mux.HandleFunc("GET /live", s.live)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	out, err := site.Open(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *standIn) ask(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := int64(len(s.questions) + 1)
	s.questions = append(s.questions, &channel{name: site.Channel(id), readers: map[*listener]bool{}})
	answer(w, http.StatusCreated, site.Question{ID: id, Slug: "q", Channel: site.Channel(id)})
}

func (s *standIn) question(r *http.Request) *channel {
	for _, c := range s.questions {
		if c.name == "question:"+r.PathValue("id") {
			return c
		}
	}
	return nil
}

func (s *standIn) reply(w http.ResponseWriter, r *http.Request) {
	var in struct{ Body string }
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	t := texts.Judge(0, in.Body)
	key := r.Header.Get("Idempotency-Key")
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.question(r)
	s.attempts[key]++
	if t.Refuse && s.fault != "accepts what must be refused" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	if id, ok := s.byKey[key]; ok && s.fault != "forgets keys" {
		answer(w, http.StatusCreated, map[string]int64{"id": id})
		return
	}
	s.publish(c, key, t.Want)
	// Every thirteenth answer is lost after the commit: the retry must not double.
	if s.lastID%13 == 0 && s.attempts[key] == 1 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answer(w, http.StatusCreated, map[string]int64{"id": s.lastID})
}

// publish stores a reply and tells every reader. Faults hit the 20th reply.
func (s *standIn) publish(c *channel, key, text string) {
	s.lastID++
	s.byKey[key] = s.lastID
	hit := s.lastID == 20
	seq := int64(len(c.events) + 1)
	stored := site.Reply{ID: s.lastID, Position: seq, Source: text}
	if hit && s.fault == "changes a text" {
		stored.Source = strings.TrimSuffix(text, ".") + " ."
	}
	if !hit || s.fault != "loses a reply" {
		c.replies = append(c.replies, stored)
	}
	e := wire.Event{Seq: seq, Type: wire.ReplyNew, Ref: s.lastID, Ver: 1, Data: json.RawMessage(`{}`)}
	if hit && s.fault == "names another reply" {
		e.Ref = 1
	}
	c.events = append(c.events, e)
	for l := range c.readers {
		l.out <- event(c.name, e)
	}
	if hit && s.fault == "doubles a reply" {
		s.publish(c, "again", text)
	}
}

func (s *standIn) list(w http.ResponseWriter, r *http.Request) {
	var after int64
	var limit int
	fmt.Sscan(r.URL.Query().Get("after"), &after)
	fmt.Sscan(r.URL.Query().Get("limit"), &limit)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.question(r)
	p := site.Page{Top: int64(len(c.events)), Epoch: "e1"}
	for _, reply := range c.replies {
		if reply.Position > after && len(p.Replies) < limit {
			p.Replies = append(p.Replies, reply)
		}
	}
	answer(w, http.StatusOK, p)
}

func (s *standIn) live(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{Subprotocols: []string{wire.Protocol}}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	l := &listener{out: make(chan any, 10_000)}
	gone := make(chan struct{})
	defer close(gone)
	go func() {
		for {
			select {
			case m := <-l.out:
				_ = ws.WriteJSON(m)
			case <-gone:
				return
			}
		}
	}()
	defer s.forget(l)
	for {
		var m struct {
			T, Ch string
			Since int64
		}
		if ws.ReadJSON(&m) != nil {
			return
		}
		switch m.T {
		case "hello":
			l.out <- map[string]any{"t": "welcome", "epoch": "e1"}
		case "sub":
			s.subscribe(l, m.Ch, m.Since)
		}
	}
}

func (s *standIn) subscribe(l *listener, name string, since int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.questions {
		if c.name != name {
			continue
		}
		missed := c.events[since:]
		if s.fault == "resumes one too late" && since > 0 && len(missed) > 0 {
			missed = missed[1:]
		}
		c.readers[l] = true
		l.out <- map[string]any{"t": "sub_ok", "ch": name, "seq": len(c.events), "events": missed}
	}
}

func (s *standIn) forget(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.questions {
		delete(c.readers, l)
	}
}

func event(name string, e wire.Event) map[string]any {
	return map[string]any{"t": "ev", "ch": name, "seq": e.Seq, "type": e.Type, "ref": e.Ref, "ver": e.Ver, "d": e.Data}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a cut connection is the test's own doing
}
