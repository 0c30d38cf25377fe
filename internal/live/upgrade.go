package live

import (
	"bufio"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// protocol is the name of the sub-protocol.
const protocol = "caravan.v1"

// bufferSize is for reading, and for what gorilla writes itself.
const bufferSize = 512

// buffers are lent to gorilla for the few writes it does itself.
var buffers sync.Pool

// Upgrade turns a request into a socket and returns at once: reading goes on in
// a goroutine of its own, and everything the server kept for the request is
// freed. A request that may not have a socket is answered.
func (h *Hub) Upgrade(w http.ResponseWriter, r *http.Request, who Reader) {
	c := newConn(h, who)
	if result := h.admit(w, r, &c.client); result != "" {
		h.metrics.handshakes.WithLabelValues(result).Inc()
		return
	}
	up := websocket.Upgrader{WriteBufferSize: bufferSize, WriteBufferPool: &buffers,
		Subprotocols: []string{protocol}, HandshakeTimeout: 5 * time.Second, CheckOrigin: h.sameSite}
	tap := &hijacker{ResponseWriter: w}
	ws, err := up.Upgrade(tap, r, nil)
	if err != nil {
		h.people.release(&c.client) // gorilla has answered
		h.metrics.handshakes.WithLabelValues("malformed").Inc()
		return
	}
	h.metrics.handshakes.WithLabelValues("ok").Inc()
	h.open(c, ws, tap.in, who.Actor.AccountID)
}

// hijacker gives gorilla a small buffer to read through that we know: gorilla
// takes the reader it is handed when no size of its own is asked for. What is in
// that buffer need not be waited for.
type hijacker struct {
	http.ResponseWriter
	in *bufio.Reader
}

// Hijack takes the connection over.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil || rw.Reader.Buffered() > 0 { // gorilla refuses who talks before the handshake is done
		return c, rw, err
	}
	h.in = bufio.NewReaderSize(c, bufferSize)
	return c, bufio.NewReadWriter(h.in, rw.Writer), nil
}

// open makes an upgraded connection a socket of the hub.
func (h *Hub) open(c *conn, ws *websocket.Conn, in *bufio.Reader, account int64) {
	c.ws, c.in, c.account = ws, in, account
	if sc, ok := ws.NetConn().(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
		}
	}
	ws.SetPingHandler(c.pinged)
	ws.SetCloseHandler(c.closed)
	limit := maxPerPerson
	if h.o.LimitsOff {
		limit = math.MaxInt
	}
	oldest, ok := h.people.enlist(&c.client, account, limit)
	if !ok {
		_ = ws.Close()
		h.people.release(&c.client)
		return
	}
	if oldest != nil {
		oldest.out.shut(closeReplaced)
	}
	h.metrics.conns.Inc()
	h.work.Go(c.read)
}

// admit answers a request that may not connect, and says why.
func (h *Hub) admit(w http.ResponseWriter, r *http.Request, c *client) (refused string) {
	later := func(status int, seconds int) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, http.StatusText(status), status)
	}
	switch {
	case !h.sameSite(r):
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return "origin"
	case !speaks(r):
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
		return "protocol"
	case !h.o.LimitsOff && websocket.IsWebSocketUpgrade(r) && !h.people.handshakes.Allow():
		later(http.StatusServiceUnavailable, 1+rand.IntN(5))
		return "rate"
	}
	switch refused = h.people.admit(c, h.o); refused {
	case "draining":
		later(http.StatusServiceUnavailable, 5)
	case "full":
		later(http.StatusServiceUnavailable, 10+rand.IntN(20))
	case "address":
		later(http.StatusTooManyRequests, 30)
	}
	return refused
}

// sameSite is the check of the origin. A cookie travels with every handshake
// whatever page asks for it, so a socket needs one exact Origin; other requests
// are judged by it if it is there, and else by what the browser says of where
// they come from (Fetch Metadata).
func (h *Hub) sameSite(r *http.Request) bool {
	switch origin := r.Header.Values("Origin"); {
	case len(origin) == 1:
		return h.o.Origin(origin[0])
	case len(origin) > 1 || websocket.IsWebSocketUpgrade(r):
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin":
		return r.Method == http.MethodGet
	}
	return false
}

// speaks reports whether a client that names sub-protocols names ours.
func speaks(r *http.Request) bool {
	offered := websocket.Subprotocols(r)
	return len(offered) == 0 || slices.Contains(offered, protocol)
}

// retry is a random time to come back after, so that not everybody does so at
// the same moment.
func (h *Hub) retry(within time.Duration) time.Duration {
	return rand.N(within + 1)
}
