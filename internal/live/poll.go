package live

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// poll is a client that asks by HTTP and waits for one answer. It is a member
// of its channel like a socket, until there is something to tell.
type poll struct {
	client
	idle []byte     // the answer if nothing happens
	now  bool       // it does not wait for something to happen
	done chan reply // holds one
}

// reply is how a poll ends.
type reply struct {
	status int
	body   []byte
}

// Poll answers GET /live/poll?ch=question:42&since=981&epoch=9fe2&lang=en: at
// once with what was missed, else when something happens, else after
// Timing.Poll. Without since it tells what happens from now on; with wait=0 it
// answers at once in any case. The body is what a socket would get: sub_ok, sub_reset, sub_err
// (with 403 or 404), unsubbed (403), or bye (503).
func (h *Hub) Poll(w http.ResponseWriter, r *http.Request, who Reader) {
	w.Header().Set("Cache-Control", "no-store")
	q := r.URL.Query()
	if lang := q.Get("lang"); lang != "" {
		who.Lang = lang
	}
	var since *int64
	if q.Has("since") {
		n, err := strconv.ParseInt(q.Get("since"), 10, 64)
		if err != nil || n < 0 {
			http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
			return
		}
		since = &n
	}
	p := &poll{done: make(chan reply, 1), now: q.Get("wait") == "0"}
	p.client.init(h, p, who)
	if refused := h.admit(w, r, &p.client); refused != "" {
		h.metrics.handshakes.WithLabelValues("poll_" + refused).Inc()
		return
	}
	defer h.people.release(&p.client)
	if _, ok := h.people.enlist(&p.client, 0, 0); !ok {
		p.bye(h.retry(time.Second))
	}
	defer h.people.strike(&p.client, 0)
	h.metrics.polls.Inc()
	defer h.metrics.polls.Dec()

	// The server's own time limits are for short requests.
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{}) // not supported: then there is none to lift
	_ = rc.SetWriteDeadline(time.Now().Add(h.o.Timing.Poll + 10*time.Second))
	p.ask(q.Get("ch"), since, q.Get("epoch"))
	defer p.leave()
	p.wait(w, r)
}

// ask subscribes.
func (p *poll) ask(channel string, since *int64, epoch string) {
	t, id, ok := p.hub.topicOf(channel)
	m := &member{who: &p.client, name: channel, topic: t, id: id, epoch: epoch, lang: p.lang, place: -1}
	m.from(since)
	if !ok {
		p.refuse(m, "not_found")
		return
	}
	p.hold(m)
	p.enter(m)
}

func (p *poll) wait(w http.ResponseWriter, r *http.Request) {
	d := p.hub.o.Timing.Poll
	timer := time.NewTimer(d*9/10 + rand.N(d/10+1))
	defer timer.Stop()
	var a reply
	select {
	case a = <-p.done:
	case <-r.Context().Done():
		return
	case <-timer.C:
		p.mu.Lock()
		a = reply{http.StatusOK, p.idle}
		p.mu.Unlock()
		if a.body == nil { // the database has not answered yet
			a = reply{http.StatusServiceUnavailable, goodbye(2 * time.Second)}
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // whoever is gone asks again
}

// end is the first thing that happens; the rest comes with the next poll.
func (p *poll) end(status int, body []byte) {
	select {
	case p.done <- reply{status, body}:
	default:
	}
}

func (p *poll) answer(m *message, events int) {
	if events > 0 || p.now {
		p.end(http.StatusOK, m.payload())
		return
	}
	p.mu.Lock()
	p.idle = m.payload()
	p.mu.Unlock()
}

func (p *poll) event(m *member, b *bundle) {
	out := append(answerHead("sub_ok", m, b.events[len(b.events)-1].stored.Seq), `,"recovered":true,"events":[`...)
	for i, e := range b.events {
		if i > 0 {
			out = append(out, ',')
		}
		out = e.object(out)
	}
	p.end(http.StatusOK, append(out, ']', '}'))
}

func (p *poll) refuse(m *member, code string) {
	status := map[string]int{"forbidden": http.StatusForbidden, "not_found": http.StatusNotFound}[code]
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	p.end(status, marshal(refusal{T: "sub_err", Ch: m.name, Code: code}))
}

func (p *poll) unsub(m *member, why string) {
	p.end(http.StatusForbidden, marshal(refusal{T: "unsubbed", Ch: m.name, Why: why}))
}

func (p *poll) shut(code int) {
	if code == closeSession {
		p.end(http.StatusUnauthorized, []byte(`{"t":"bye","code":4401}`))
		return
	}
	p.bye(time.Second)
}

func (p *poll) bye(retry time.Duration) {
	p.end(http.StatusServiceUnavailable, goodbye(retry))
}

func (p *poll) cut()          { p.bye(0) }
func (p *poll) send(*message) {} // presence and typing are for sockets
func (p *poll) sweep(int64)   {} // it ends by itself before anything is due
