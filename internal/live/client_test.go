package live_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// line is a listener whose connections a test can cut, as a line is.
type line struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func (l *line) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		l.conns = append(l.conns, c)
		l.mu.Unlock()
	}
	return c, err
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

// page is a page that listens to question:1 with our script, under the
// Content-Security-Policy of every page, and writes down what it is told.
type page struct {
	*node
	d       *db.DB
	line    *line
	server  *httptest.Server
	sockets atomic.Bool // sockets get through
	all     atomic.Bool // anything gets through
	ctx     context.Context
}

const pageScript = `
import { subscribe, typing } from "/js/live.js";
import { fragment } from "/js/fragment.js";
window.log = []; window.states = []; window.resets = []; window.ephs = [];
window.fail = 0;
window.typing = typing;
window.fragment = fragment;
window.sub = subscribe("question:1", {
  seq: %d, epoch: "",
  async onEvent(ev) {
    await new Promise((r) => setTimeout(r, ev.seq %% 2 ? 5 : 0)); // one at a time, whatever it takes
    if (window.fail > 0) { window.fail--; throw new Error("the page is not ready"); }
    window.log.push(ev.seq);
  },
  async onReset(seq, why) { window.resets.push(why); window.log.length = 0; return { seq, epoch: "" }; },
  onState(s) { window.states.push(s); },
  onEph(e) { window.ephs.push(e.type + " " + (e.d.label ?? "")); },
});`

const pageCSP = "default-src 'none'; script-src 'self'; connect-src 'self' ws:; require-trusted-types-for 'script'; trusted-types caravan-fragment"

func openPage(t *testing.T, seq int, s setup) *page {
	t.Helper()
	p := &page{}
	p.sockets.Store(true)
	p.all.Store(true)
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", pageCSP)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>page</title><script type="module" src="/page.js"></script>`)
	})
	mux.HandleFunc("/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprintf(w, pageScript, seq)
	})
	mux.HandleFunc("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/js/", http.StripPrefix("/js/", http.FileServerFS(os.DirFS("../../static/js"))))
	mux.HandleFunc("/live", func(w http.ResponseWriter, r *http.Request) {
		if !p.sockets.Load() || !p.all.Load() {
			http.Error(w, "a proxy that knows no sockets", http.StatusBadGateway)
			return
		}
		p.hub.Upgrade(w, r, p.who(r))
	})
	mux.HandleFunc("/live/poll", func(w http.ResponseWriter, r *http.Request) {
		if !p.all.Load() {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		p.hub.Poll(w, r, p.who(r))
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.line = &line{Listener: l}
	p.server = httptest.NewUnstartedServer(mux)
	p.server.Listener.Close()
	p.server.Listener = p.line
	p.server.Start()
	t.Cleanup(p.server.Close)
	s.o.Origin = func(o string) bool { return o == p.server.URL }
	p.d = testkit.DB(t)
	if s.who == nil {
		s.who = signedIn(1)
	}
	p.node = start(t, p.d, s)
	return p
}

// show opens the page in a browser.
func (p *page) show(t *testing.T, looks ...testkit.Look) {
	t.Helper()
	looks = append(looks, testkit.Allow("WebSocket"), testkit.Allow("/live"))
	p.ctx = testkit.Tab(t, testkit.Browser(t), looks...)
	if err := chromedp.Do(p.ctx, chromedp.Navigate(p.server.URL)); err != nil {
		t.Fatal(err)
	}
	p.until(t, `window.sub !== undefined`)
}

// until waits for an expression to be true on the page.
func (p *page) until(t *testing.T, expr string) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](expr))
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			state, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`JSON.stringify([log, states, resets, ephs])`))
			t.Fatalf("never true: %s (%v); the page has %s", expr, err, state)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (p *page) do(t *testing.T, script string) {
	t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](script+`; true`)); err != nil {
		t.Fatal(err)
	}
}

// upTo is the expression that all numbers up to n were applied, once, in order.
func upTo(from, n int) string {
	return fmt.Sprintf(`JSON.stringify(log) === JSON.stringify(Array.from({length: %d}, (_, i) => i + %d))`, n-from+1, from)
}

func TestAPageAppliesEveryEventOnceWhateverHappensToTheLine(t *testing.T) {
	t.Parallel()
	p := openPage(t, 2, setup{})
	d := p.d
	posts(t, d, "question:1", 5)
	p.show(t)
	p.until(t, upTo(3, 5))
	p.until(t, `states.join() === "connected"`)
	for range 5 {
		posts(t, d, "question:1", 4)
		p.line.cut()
		posts(t, d, "question:1", 4)
	}
	p.until(t, upTo(3, 45))

	// An event that the page could not show comes again.
	p.do(t, `fail = 2`)
	posts(t, d, "question:1", 5)
	p.until(t, upTo(3, 50))

	// Out of the back-forward cache the page catches up.
	p.do(t, `dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))`)
	eventually(t, "the socket closed", func() bool { return p.metric("live_conns") == 0 })
	posts(t, d, "question:1", 5)
	p.do(t, `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
	p.until(t, upTo(3, 55))
	p.until(t, `!states.includes("reconnecting")`)

	// Too much was missed: it loads anew and goes on.
	p.do(t, `dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))`)
	eventually(t, "the socket closed", func() bool { return p.metric("live_conns") == 0 })
	posts(t, d, "question:1", 301)
	p.do(t, `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
	p.until(t, `resets.join() === "too_many"`)
	posts(t, d, "question:1", 3)
	p.until(t, upTo(357, 359))

	// A session that ended is not tried again.
	p.hub.Revoke(live.Revoked{Session: "s1"})
	p.until(t, `states.at(-1) === "ended"`)
	eventually(t, "no socket", func() bool { return p.metric("live_conns") == 0 })
}

func TestAPageWithoutSocketsHearsTheSameByPoll(t *testing.T) {
	t.Parallel()
	p := openPage(t, 0, setup{o: live.Options{Timing: live.Timing{Poll: 300 * time.Millisecond}}})
	d := p.d
	p.sockets.Store(false)
	posts(t, d, "question:1", 3)
	p.show(t)
	p.until(t, upTo(1, 3))
	for i := range 5 {
		posts(t, d, "question:1", 2)
		if i%2 == 0 {
			p.line.cut()
		}
	}
	p.until(t, upTo(1, 13))
	p.until(t, `states.at(-1) === "connected"`)
	p.do(t, `fail = 1`)
	posts(t, d, "question:1", 2)
	p.until(t, upTo(1, 15))
	// When sockets get through again, the next attempt takes over.
	p.sockets.Store(true)
	p.do(t, `dispatchEvent(new Event("online"))`)
	eventually(t, "a socket", func() bool { return p.metric("live_conns") == 1 && p.metric("live_polls") == 0 })
	posts(t, d, "question:1", 2)
	p.until(t, upTo(1, 17))
}

func TestAPageSaysReconnectingOnlyAfterAWhile(t *testing.T) {
	t.Parallel()
	p := openPage(t, 0, setup{})
	d := p.d
	p.show(t)
	p.until(t, `states.join() === "connected"`)
	p.all.Store(false)
	p.line.cut()
	p.until(t, `states.at(-1) === "reconnecting"`)
	p.all.Store(true)
	posts(t, d, "question:1", 2)
	p.until(t, upTo(1, 2))
	p.until(t, `states.join() === "connected,reconnecting,connected"`)
}

func TestAPageWhoseSocketWasReplacedGoesOnByPoll(t *testing.T) {
	t.Parallel()
	p := openPage(t, 0, setup{o: live.Options{Timing: live.Timing{Poll: 300 * time.Millisecond}}})
	p.show(t)
	p.until(t, `states.join() === "connected"`)
	p.node.server = p.server // further sockets come to the same address
	for range 10 {
		p.hello()
	}
	eventually(t, "the oldest closed", func() bool { return p.metric("live_closed_total", "4409") == 1 })
	posts(t, p.d, "question:1", 3)
	p.until(t, upTo(1, 3))
	p.until(t, `states.join() === "connected"`)
	if got := p.metric("live_closed_total", "4409"); got != 1 {
		t.Errorf("sockets replaced: %v", got)
	}
}

func TestFragmentsRunNothing(t *testing.T) {
	t.Parallel()
	p := openPage(t, 0, setup{})
	p.show(t, testkit.Allow("inline event handler"), testkit.Allow("TrustedHTML"))
	p.do(t, `const at = fragment('<li id="x" onclick="boom()">a<b>b</b><img src="y.png" onerror="boom()"><script>boom()</scr'+'ipt><iframe src="/"></iframe></li>');
		window.made = at.querySelectorAll("script, iframe, [onclick], [onerror]").length + " " + at.querySelector("#x").textContent`)
	p.until(t, `made === "0 ab"`)
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.body.innerHTML = "<b>past the door</b>"; true`)); err == nil {
		t.Error("a text became elements past the policy")
	}
}
