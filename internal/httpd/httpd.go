// Package httpd is the front door: every request comes in here, and every
// answer goes out here.
//
//	httpd.go   Route, Server, the way of a request
//	actor.go   session cookie to access.Actor, cookies
//	place.go   from where a request came: the device, the network
//	forgery.go cross-site requests: Sec-Fetch-Site, Origin, form token
//	bind.go    form and path values into structs, idempotency keys, redirects
//	page.go    views into pages: frame, errors at fields, fragments
//	live.go    the socket and the long poll, with who is behind them
//	static.go  styles, scripts and pictures, kept by browsers for good
//	cache.go   rendered bytes of signed-out pages, one renderer at a time
//	errors.go  one function turns an error into an answer, and keeps the text
//	api.go     JSON operations by huma; strict.go refuses what it would let pass
//	limits.go  token buckets; store.go their rows
//	rest.go    nothing is taken while the public log cannot record it
//	headers.go the same headers on every answer; gzip.go; observe.go log and metrics
//
// The way of a request: id and headers, language prefix, cache of signed-out
// pages, address limit, session, forgery check, gate, rest, route limits, body limit,
// handler. Handlers bind, call one use case, and answer.
package httpd

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"caravan/internal/access"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/wording"
	"caravan/web"
)

// Route is one address: who may pass and what happens.
type Route struct {
	Method, Path string
	Gate         access.Gate
	Do           echo.HandlerFunc
	Cache        *Cache  // set for pages that are the same for all who are signed out
	Body         int64   // most bytes of a body; the default of forms when zero
	Limits       []Limit // besides the limit on requests that all share
	Resting      bool    // taken even while the public log cannot record anything: it leaves nothing to record
	uncounted    bool    // has limits of its own, as sockets do
	operation    *operation
}

// Most bytes of a body, where the route says nothing else.
const (
	FormBody = 256 << 10
	JSONBody = 64 << 10
)

// Sessions finds who is behind a session cookie. Package account satisfies it.
type Sessions interface {
	// Who returns the zero Actor and no error for a cookie that is unknown,
	// expired or revoked.
	Who(ctx context.Context, cookie string) (a access.Actor, expires time.Time, err error)
}

// rememberer is what Sessions may also be: one that keeps what it looked up for
// a moment. Whoever sent a form sees what it changed on the next page.
type rememberer interface{ LookAgain(accountID int64) }

// Options are what the front door needs.
type Options struct {
	Config   config.Config
	DB       *db.DB
	Sessions Sessions
	Secret   []byte  // 32 bytes; one key per purpose is derived from it
	Limits   *Limits // from NewLimits, shared with the features that count by themselves
	Metrics  prometheus.Registerer
	Record   func() web.Record // how the public log stands, from memory; nil where there is none
}

// Server is the front door.
type Server struct {
	echo     *echo.Echo
	cfg      config.Config
	db       *db.DB
	sessions Sessions
	limits   *Limits
	cache    *pageCache
	formKey  []byte
	origins  map[string]bool
	headers  [][2]string
	metrics  *metrics
	record   func() web.Record
	routes   []Route
	api      *apiDoors
}

// New builds the server of routes. It panics on a route without a gate or
// registered twice: that is found when the program starts, not when it serves.
func New(o Options, routes []Route) *Server {
	s := &Server{
		echo: echo.New(), cfg: o.Config, db: o.DB, sessions: o.Sessions,
		limits: o.Limits, formKey: DeriveKey(o.Secret, "form"), origins: origins(o.Config.BaseURL),
		metrics: newMetrics(o.Metrics), record: o.Record,
	}
	if s.record == nil {
		s.record = func() web.Record { return web.Record{} }
	}
	if s.limits == nil {
		s.limits = NewLimits(o.DB, DeriveKey(o.Secret, "address"), o.Config.LimitsOff)
	}
	s.cache = newPageCache(s.metrics)
	s.headers = headerSet(o.Config)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = func(err error, c echo.Context) { s.answerError(c, err) }
	s.echo.IPExtractor = extractor(o.Config)
	s.api = newAPI(s)
	s.Add(staticRoutes()...)
	s.Add(routes...)
	return s
}

// Apart returns the route as one that its own limits alone count, and not the
// limit on requests that all share.
func (r Route) Apart() Route {
	r.uncounted = true
	return r
}

// Add registers more routes.
func (s *Server) Add(routes ...Route) {
	for _, r := range routes {
		if !r.Gate.Known() {
			panic(fmt.Sprintf("httpd: %s %s has no gate", r.Method, r.Path))
		}
		if r.operation != nil {
			r.operation.register(s, &r)
		}
		s.routes = append(s.routes, r)
		s.echo.Add(r.Method, r.Path, s.enter(r))
	}
}

// Routes returns what was registered, for the golden list.
func (s *Server) Routes() []Route { return s.routes }

// Limits are the token buckets, for use cases that count by themselves.
func (s *Server) Limits() *Limits { return s.limits }

// keys under which a request's own things hang on its echo.Context
const (
	ctxServer  = "server"
	ctxRoute   = "route"
	ctxActor   = "actor"
	ctxLang    = "lang"
	ctxExpires = "expires"
	ctxDead    = "dead" // a session cookie came, and nobody stands behind it
)

// ServeHTTP takes a request in.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := s.begin(w, r)
	defer s.finish(in)
	if strings.ContainsRune(r.URL.Path, 0) {
		s.plain(in, http.StatusBadRequest)
		return
	}
	lang, rest := wording.Split(r.URL.Path)
	in.lang = lang
	if rest != r.URL.Path {
		r.URL.Path, r.URL.RawPath = rest, ""
	}
	if s.negotiate(in, r) || s.cache.serve(s, in, r) {
		return
	}
	if acceptsGzip(r) {
		in.compress()
	}
	s.echo.ServeHTTP(in, r)
}

// negotiate sends a first visitor to the home page of their language. Only at
// "/", and never when an address says which language is wanted.
func (s *Server) negotiate(in *exchange, r *http.Request) bool {
	if r.URL.Path != "/" || in.lang != wording.Langs[0] || r.URL.RawQuery != "" || r.Method != http.MethodGet {
		return false
	}
	in.Header().Add("Vary", "Accept-Language")
	want := preferred(r.Header.Get("Accept-Language"))
	if want == wording.Langs[0] {
		return false
	}
	http.Redirect(in, r, wording.Path(want, "/"), http.StatusFound)
	return true
}

// preferred is the first language of an Accept-Language header that we speak.
func preferred(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if wording.Known(base) {
			return base
		}
	}
	return wording.Langs[0]
}

// enter wraps a route's handler in everything between the router and it.
func (s *Server) enter(r Route) echo.HandlerFunc {
	pass := func(c echo.Context) error {
		if err := s.identify(c); err != nil {
			return err
		}
		if !r.uncounted {
			if err := s.limits.request(c); err != nil {
				return err
			}
		}
		if err := s.limitBody(c, r); err != nil {
			return err
		}
		if err := s.forgery(c, r); err != nil {
			return err
		}
		if err := r.Gate.Admit(Actor(c)); err != nil {
			return err
		}
		if err := s.rest(c, r); err != nil {
			return err
		}
		if err := s.limits.route(c, r.Limits); err != nil {
			return err
		}
		err := r.Do(c)
		s.changed(c, r)
		return err
	}
	return func(c echo.Context) error {
		c.Set(ctxServer, s)
		c.Set(ctxRoute, &r)
		in := exchangeOf(c)
		in.route = r.Path
		c.Set(ctxLang, in.lang)
		if r.Cache != nil && s.cacheable(c.Request()) {
			return s.cache.fill(s, c, r, pass)
		}
		return pass(c)
	}
}

// changed has the person behind a form looked up anew with the next request:
// the answer, a few bytes that lead on, leaves when the handler has returned.
func (s *Server) changed(c echo.Context, r Route) {
	if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead || r.operation != nil {
		return
	}
	if a := Actor(c); a.SignedIn() {
		if k, ok := s.sessions.(rememberer); ok {
			k.LookAgain(a.AccountID)
		}
	}
}

// limitBody refuses a body that is announced too large at once, and cuts one
// that grows too large while it is read. Compressed bodies are not taken.
func (s *Server) limitBody(c echo.Context, r Route) error {
	req := c.Request()
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return nil
	}
	if enc := req.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return echo.ErrUnsupportedMediaType
	}
	most := r.Body
	if most == 0 {
		most = FormBody
	}
	if req.ContentLength > most {
		in := exchangeOf(c)
		in.Header().Set("Connection", "close")
		return echo.ErrStatusRequestEntityTooLarge
	}
	req.Body = http.MaxBytesReader(c.Response(), req.Body, most)
	return nil
}

// DeriveKey makes the key for one purpose out of the secret.
func DeriveKey(secret []byte, purpose string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("caravan " + purpose))
	return m.Sum(nil)
}

// origins are the origins that count as ours: the configured one and, while it
// is this machine, its other names.
func origins(base *url.URL) map[string]bool {
	own := map[string]bool{base.Scheme + "://" + base.Host: true}
	if config.Loopback(base.Hostname()) {
		for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
			if p := base.Port(); p != "" {
				host += ":" + p
			}
			own[base.Scheme+"://"+host] = true
		}
	}
	return own
}

// OriginAllowed reports whether an Origin header names this site exactly.
func (s *Server) OriginAllowed(origin string) bool { return s.origins[origin] }

var errNotFound = errs.New(errs.NotFound, "common.not_found")
