package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

func TestANewEventReachesASocketThatListens(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{Build: "b7"}})
	s := n.dial()
	s.say(`{"t":"hello","tab":"k3f9","build":"a1b2"}`)
	w := s.await("welcome")
	if w.Epoch == "" || w.Conn == "" || w.Ping != 25 || w.User != "" {
		t.Errorf("welcome: %+v", w)
	}
	if ok := s.sub("question:42", 0, w.Epoch); ok.T != "sub_ok" || ok.Seq != 0 || !ok.Recovered || len(ok.Events) != 0 {
		t.Errorf("subscribe: %+v", ok)
	}
	post(t, d, "question:42", live.Event{Type: "reply.new", Ref: 118, Ver: 2, Data: map[string]any{"n": 17}})
	e := s.await("ev")
	if e.Ch != "question:42" || e.Seq != 1 || e.Type != "reply.new" || e.Ref != 118 || e.Ver != 2 || string(e.D) != `{"n": 17}` || e.At.IsZero() {
		t.Errorf("event: %+v, d %s", e, e.D)
	}
	post(t, d, "question:43", live.Event{Type: "reply.new"})
	post(t, d, "question:42", live.Event{Type: "vote.sum"})
	if e := s.await("ev"); e.Seq != 2 || e.Ref != 0 || e.D != nil {
		t.Errorf("event of another channel, or not the next: %+v", e)
	}
}

func TestTheHandshakeNeedsOurExactOrigin(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{o: live.Options{Origin: func(o string) bool { return o == "https://caravan.example" }}})
	for _, c := range []struct {
		name   string
		origin []string
		want   int
	}{
		{"ours", []string{"https://caravan.example"}, http.StatusSwitchingProtocols},
		{"another", []string{"https://evil.example"}, http.StatusForbidden},
		{"null", []string{"null"}, http.StatusForbidden},
		{"absent", nil, http.StatusForbidden},
		{"http instead of https", []string{"http://caravan.example"}, http.StatusForbidden},
		{"ours with a tail", []string{"https://caravan.example.evil"}, http.StatusForbidden},
		{"another port", []string{"https://caravan.example:8443"}, http.StatusForbidden},
		{"twice", []string{"https://caravan.example", "https://caravan.example"}, http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			ws, resp, err := websocket.DefaultDialer.Dial(n.url(), http.Header{"Origin": c.origin})
			if err == nil {
				ws.Close()
			}
			if resp == nil || resp.StatusCode != c.want {
				t.Errorf("got %v (%v), want %d", resp, err, c.want)
			}
		})
	}
}

func TestASilentSocketIsClosed(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{o: live.Options{Timing: live.Timing{Hello: 50 * time.Millisecond}}})
	n.dial().closed(4408)
}

func TestASocketThatDoesNotAnswerPingsIsClosed(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{o: live.Options{Timing: live.Timing{Ping: 40 * time.Millisecond, Pong: 40 * time.Millisecond}}})
	s := n.dial()
	s.say(`{"t":"hello"}`)
	pings := 0
	for {
		_, b, err := s.ws.ReadMessage()
		if err != nil {
			if !websocket.IsCloseError(err, 4012) {
				t.Fatalf("got %v, want 4012", err)
			}
			break
		}
		if strings.Contains(string(b), `"ping"`) {
			pings++
		}
	}
	if pings == 0 {
		t.Error("closed without a ping")
	}
}

func TestASocketThatAnswersPingsStays(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{Timing: live.Timing{Ping: 20 * time.Millisecond, Pong: 5 * time.Second}}})
	s := n.hello()
	s.sub("question:1", 0, "")
	pings := 0
	for pings < 5 {
		_, b, err := s.ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), `"ping"`) {
			pings++
			s.say(`{"t":"pong"}`)
		}
	}
	post(t, d, "question:1", live.Event{Type: "reply.new"})
	s.await("ev")
}

func TestTooManyCommandsEndTheSocket(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	s := n.hello()
	for range 61 {
		if s.ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"seen","ch":"question:1","reply":1}`)) != nil {
			break
		}
	}
	s.closed(4029)
}

func TestTypingFloodIsDroppedAndTheSocketStays(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var asked atomic.Int32
	topic := open("question")
	topic.Type = func(context.Context, access.Actor, int64) (live.Typist, error) {
		asked.Add(1)
		return live.Typist{Role: "member"}, nil
	}
	n := start(t, d, setup{topics: []live.Topic{topic}})
	s := n.hello()
	s.sub("question:1", 0, "")
	for range 500 {
		s.say(`{"t":"typing","ch":"question:1"}`)
	}
	post(t, d, "question:1", live.Event{Type: "reply.new"})
	s.await("ev")
	eventually(t, "500 heard", func() bool { return n.metric("live_dropped_total", "typing")+float64(asked.Load()) == 500 })
	if got := asked.Load(); got > 3 {
		t.Errorf("typing was looked at %d times", got)
	}
}

func TestWhatIsNotOurProtocolEndsTheSocket(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	for name, c := range map[string]struct {
		kind  int
		first string
		say   string
		code  int
	}{
		"no JSON":          {websocket.TextMessage, `{"t":"hello"}`, `hello`, 4406},
		"unknown word":     {websocket.TextMessage, `{"t":"hello"}`, `{"t":"publish"}`, 4406},
		"hello twice":      {websocket.TextMessage, `{"t":"hello"}`, `{"t":"hello"}`, 4406},
		"sub before hello": {websocket.TextMessage, `{"t":"pong"}`, `{"t":"sub","ch":"question:1"}`, 4406},
		"below zero":       {websocket.TextMessage, `{"t":"hello"}`, `{"t":"sub","ch":"question:1","since":-1}`, 4406},
		"binary":           {websocket.BinaryMessage, `{"t":"hello"}`, `{"t":"pong"}`, 4406},
		"5 KB":             {websocket.TextMessage, `{"t":"hello"}`, `{"t":"seen","ch":"` + strings.Repeat("x", 5<<10) + `"}`, 1009},
	} {
		t.Run(name, func(t *testing.T) {
			s := n.dial()
			s.say("%s", c.first)
			if err := s.ws.WriteMessage(c.kind, []byte(c.say)); err != nil {
				t.Fatal(err)
			}
			s.closed(c.code)
		})
	}
}

func TestACommandOf4KBIsHeard(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	s := n.hello()
	line := `{"t":"seen","ch":"question:1","reply":118}`
	s.say("%s", line+strings.Repeat(" ", 4096-len(line)))
	if ok := s.sub("question:1", 0, ""); ok.T != "sub_ok" {
		t.Errorf("got %+v", ok)
	}
}

func TestChannelsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	topic := live.Topic{Kind: "clinic", May: func(_ context.Context, a access.Actor, id int64) error {
		switch _, works := a.WorksFor(id); {
		case id == 99:
			return errs.New(errs.NotFound, "clinic.missing")
		case id == 98:
			return fmt.Errorf("the database is away")
		case !works:
			return errs.New(errs.Forbidden, "clinic.staff_only")
		}
		return nil
	}}
	n := start(t, testkit.DB(t), setup{topics: []live.Topic{topic}, who: func(*http.Request) live.Reader {
		return live.Reader{Session: "s", Actor: access.Actor{AccountID: 1, Works: []access.Work{{OrganisationID: 5}}}}
	}})
	s := n.hello()
	for channel, want := range map[string]string{
		"clinic:5": "", "clinic:6": "forbidden", "clinic:99": "not_found", "clinic:98": "unavailable", "group:1": "not_found", "clinic": "not_found",
		"clinic:": "not_found", "clinic:05": "not_found", "clinic:+5": "not_found", "clinic:5x": "not_found", "clinic:-5": "not_found",
		"clinic:99999999999999999999": "not_found",
	} {
		got := s.sub(channel, 0, "")
		if want == "" && got.T != "sub_ok" || want != "" && (got.T != "sub_err" || got.Code != want) {
			t.Errorf("%s: got %+v, want %q", channel, got, want)
		}
	}
}

func TestASocketHas32Subscriptions(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{})
	s := n.hello()
	for i := range 32 {
		if got := s.sub(fmt.Sprintf("question:%d", i+1), 0, ""); got.T != "sub_ok" {
			t.Fatalf("subscription %d: %+v", i, got)
		}
	}
	if got := s.sub("question:33", 0, ""); got.Code != "limit" {
		t.Errorf("the 33rd: %+v", got)
	}
	s.say(`{"t":"unsub","ch":"question:1"}`)
	if got := s.sub("question:33", 0, ""); got.T != "sub_ok" {
		t.Errorf("after one was given up: %+v", got)
	}
	if got := n.metric("live_subs"); got != 32 {
		t.Errorf("live_subs: %v", got)
	}
}

func TestOfTooManySocketsTheOldestOfThePersonGoes(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.DB(t), setup{who: func(r *http.Request) live.Reader {
		return live.Reader{Session: "s", Actor: access.Actor{AccountID: 3}, Address: r.Header.Get("Address")}
	}})
	first := n.hello("Address", "a0")
	second := n.hello("Address", "a0")
	for i := range 9 {
		n.hello("Address", fmt.Sprint(i))
	}
	first.closed(4409)
	if got := second.sub("question:1", 0, ""); got.T != "sub_ok" {
		t.Errorf("the second: %+v", got)
	}
}

func TestPlacesAreLimitedByAddressNodeAndSecond(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	who := func(r *http.Request) live.Reader {
		return live.Reader{Address: r.Header.Get("Address"), Session: r.Header.Get("Session")}
	}
	status := func(n *node, header ...string) (int, string) {
		_, resp, err := websocket.DefaultDialer.Dial(n.url(), n.header(header...))
		if resp == nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("Retry-After")
	}
	t.Run("visitors of an address", func(t *testing.T) {
		n := start(t, d, setup{who: who})
		for range 20 {
			n.hello("Address", "a")
		}
		if code, after := status(n, "Address", "a"); code != http.StatusTooManyRequests || after == "" {
			t.Errorf("the 21st visitor: %d, %q", code, after)
		}
		for range 30 {
			n.hello("Address", "a", "Session", "s")
		}
		if code, _ := status(n, "Address", "a", "Session", "s"); code != http.StatusTooManyRequests {
			t.Errorf("the 51st socket: %d", code)
		}
		n.hello("Address", "b")
	})
	t.Run("node", func(t *testing.T) {
		n := start(t, d, setup{who: who, o: live.Options{MaxConns: 3}})
		for i := range 3 {
			n.hello("Address", fmt.Sprint(i))
		}
		if code, after := status(n, "Address", "b"); code != http.StatusServiceUnavailable || after == "" {
			t.Errorf("the fourth: %d, %q", code, after)
		}
	})
	t.Run("second", func(t *testing.T) {
		n := start(t, d, setup{who: who})
		// Handshakes as cheap as can be: the key is missing, so each ends with
		// 400 once it was let in.
		var tooMany atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for end := time.Now().Add(patience); time.Now().Before(end) && tooMany.Load() == 0; {
					req, _ := http.NewRequest(http.MethodGet, n.server.URL+"/live", nil)
					req.Header = n.header("Connection", "Upgrade", "Upgrade", "websocket", "Sec-Websocket-Version", "13")
					resp, err := n.server.Client().Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
					if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" {
						tooMany.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if tooMany.Load() == 0 {
			t.Error("no handshake was put off")
		}
	})
	t.Run("no limits", func(t *testing.T) {
		n := start(t, d, setup{who: who, o: live.Options{MaxConns: 3, LimitsOff: true}})
		for range 60 {
			n.hello("Address", "a")
		}
	})
}

func TestEventsAreShownInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	var calls atomic.Int32
	topic := open("question")
	topic.Show = func(_ context.Context, lang string, evs []live.Stored) ([]any, error) {
		calls.Add(1)
		out := make([]any, len(evs))
		for i, e := range evs {
			switch e.Type {
			case "as.stored":
			case "large":
				out[i] = map[string]any{"n": 1, "html": strings.Repeat("ä", 5000)}
			default:
				out[i] = map[string]string{"html": fmt.Sprintf("<b>%s %d</b>", lang, e.Ref)}
			}
		}
		return out, nil
	}
	n := start(t, d, setup{topics: []live.Topic{topic}})
	var all []*socket
	for _, lang := range []string{"en", "ar", "ar", "en", "xx"} {
		s := n.dial()
		s.say(`{"t":"hello","lang":%q}`, lang)
		s.await("welcome")
		s.sub("question:1", 0, "")
		all = append(all, s)
	}
	post(t, d, "question:1", live.Event{Type: "reply.new", Ref: 8})
	for i, lang := range []string{"en", "ar", "ar", "en", "en"} {
		if e := all[i].await("ev"); string(e.D) != fmt.Sprintf(`{"html":"<b>%s 8</b>"}`, lang) {
			t.Errorf("%s: %s", lang, e.D)
		}
	}
	if got := calls.Load(); got != 2 {
		t.Errorf("rendered %d times for two languages", got)
	}
	post(t, d, "question:1", live.Event{Type: "large", Ref: 9})
	post(t, d, "question:1", live.Event{Type: "as.stored", Data: []int{1, 2}})
	if e := all[0].await("ev"); string(e.D) != `{"n":1}` {
		t.Errorf("a fragment above 8 KB: %.80s", e.D)
	}
	if e := all[0].await("ev"); string(e.D) != `[1, 2]` {
		t.Errorf("an event without anything to show: %s", e.D)
	}
}

func TestAPanicInATopicHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	topic := live.Topic{Kind: "question",
		May: func(_ context.Context, _ access.Actor, id int64) error {
			if id == 13 {
				panic("fault in May")
			}
			return nil
		},
		Show: func(_ context.Context, _ string, evs []live.Stored) ([]any, error) {
			if slices.ContainsFunc(evs, func(e live.Stored) bool { return e.Type == "poison" }) {
				panic("fault in Show")
			}
			return make([]any, len(evs)), nil
		},
	}
	var said testkit.Log
	n := start(t, d, setup{topics: []live.Topic{topic}, o: live.Options{Log: slog.New(slog.NewTextHandler(&said, nil))}})
	good := n.hello()
	good.sub("question:1", 0, "")
	bad := n.hello()
	bad.say(`{"t":"sub","id":1,"ch":"question:13","since":0}`)
	bad.closed(1011)
	if got := n.metric("live_panics_total"); got != 1 {
		t.Errorf("panics: %v", got)
	}
	post(t, d, "question:1", live.Event{Type: "poison", Ref: 1})
	post(t, d, "question:1", live.Event{Type: "reply.new", Ref: 2})
	for i := range 2 {
		if e := good.await("ev"); e.Seq != int64(i+1) {
			t.Errorf("event %d: %+v", i+1, e)
		}
	}
	eventually(t, "the socket gone", func() bool { return n.metric("live_conns") == 1 })
	for _, fault := range []string{"fault in May", "fault in Show"} {
		if got := strings.Count(said.String(), "panic=\""+fault); got != 1 {
			t.Errorf("%q is logged %d times", fault, got)
		}
	}
}
