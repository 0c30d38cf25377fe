package httpd

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// exchange is one request and its answer as the front door sees them. It
// stands in for the ResponseWriter, so that it sees status and size.
type exchange struct {
	http.ResponseWriter
	id, lang, route, role, code string
	ip                          netip.Addr
	at                          time.Time
	method                      string
	status, size                int
	public                      bool // rendering bytes that all who are signed out will see
	internal                    bool // rendering for the cache, not for one request
	counted                     bool // against its address
	zip                         *zipper
}

type exchangeKey struct{}

// begin gives a request its id and its answer the headers that all carry.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	in := &exchange{ResponseWriter: w, id: random(9), at: time.Now(), role: "visitor", method: r.Method}
	in.ip, _ = netip.ParseAddr(s.echo.IPExtractor(r))
	h := w.Header()
	for _, x := range s.headers {
		h[x[0]] = []string{x[1]}
	}
	h["X-Request-Id"] = []string{in.id}
	if len(r.TransferEncoding) > 0 {
		// A length beside "chunked" is gone before we could see it, so after
		// every chunked request the connection ends (RFC 9112, section 6.3).
		h["Connection"] = []string{"close"}
	}
	*r = *r.WithContext(context.WithValue(r.Context(), exchangeKey{}, in))
	return in
}

func exchangeFrom(r *http.Request) *exchange {
	in, _ := r.Context().Value(exchangeKey{}).(*exchange)
	return in
}

func exchangeOf(c echo.Context) *exchange {
	if in, ok := c.Response().Writer.(*exchange); ok {
		return in
	}
	return exchangeFrom(c.Request())
}

// AddressBucket is the blurred address behind the request, for limits of
// sockets.
func AddressBucket(c echo.Context) string { return of(c).limits.Address(exchangeOf(c).ip) }

// finish answers for a panic, and writes the one line of the request. The line
// holds the route's pattern, never the path, query, body, address or name.
func (s *Server) finish(in *exchange) {
	if p := recover(); p != nil {
		slog.Error("httpd: panic", "id", in.id, "route", in.route, "panic", fmt.Sprint(p))
		if in.status == 0 {
			s.plain(in, http.StatusInternalServerError)
		}
	}
	in.close()
	if in.route == "" {
		in.route = "none"
	}
	s.metrics.requests.WithLabelValues(in.route, strconv.Itoa(in.status)).Inc()
	if slog.Default().Enabled(context.Background(), slog.LevelDebug) {
		slog.LogAttrs(context.Background(), slog.LevelDebug, "request", slog.String("id", in.id), slog.String("method", methodName(in.method)), slog.String("route", in.route),
			slog.Int("status", in.status), slog.Int64("ms", time.Since(in.at).Milliseconds()), slog.Int("bytes", in.size), slog.String("role", in.role), slog.String("code", in.code))
	}
}

// methodName keeps made-up methods out of the log.
func methodName(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// WriteHeader notes the status.
func (in *exchange) WriteHeader(status int) {
	if in.status == 0 {
		in.status = status
	}
	in.startZip(status)
	in.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (in *exchange) Write(b []byte) (int, error) {
	if in.status == 0 {
		in.WriteHeader(http.StatusOK)
	}
	in.size += len(b)
	if in.zip != nil {
		return in.zip.w.Write(b)
	}
	return in.ResponseWriter.Write(b)
}

// Hijack hands the connection over to a socket.
func (in *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	in.status = http.StatusSwitchingProtocols
	return http.NewResponseController(in.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the connection.
func (in *exchange) Unwrap() http.ResponseWriter { return in.ResponseWriter }

// Flush sends what is written so far.
func (in *exchange) Flush() {
	if in.zip != nil {
		_ = in.zip.w.Flush()
	}
	_ = http.NewResponseController(in.ResponseWriter).Flush()
}

type metrics struct {
	requests *prometheus.CounterVec
	cached   prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests by route pattern and status."}, []string{"route", "status"}),
		cached:   prometheus.NewCounter(prometheus.CounterOpts{Name: "http_cached_pages_total", Help: "Pages served from kept bytes."}),
	}
	if r != nil {
		r.MustRegister(m.requests, m.cached)
	}
	return m
}

func sortedKeys(m map[string][]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func escape(s string) string { return url.QueryEscape(strings.TrimSpace(s)) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
