package httpd

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
	"golang.org/x/sync/singleflight"

	"caravan/internal/errs"
	"caravan/internal/wording"
)

// Pages that are the same for everybody who is signed out are rendered once a
// second at most, by one renderer at a time, however many ask. Such a page
// carries no token and no form that needs one. When the database is away, the
// last bytes serve on under a banner that says since when.

// Freshness is how long the bytes of a signed-out page are served as they are.
const Freshness = time.Second

// cachedPages is how many pages are kept.
const cachedPages = 4096

// Cache says that a route's page may be kept, and which names of the query
// make a different page; others are ignored.
type Cache struct{ query []string }

// Public is a Cache that heeds the given names of the query.
func Public(query ...string) *Cache { return &Cache{query} }

type cachedPage struct {
	body, zipped []byte
	etag         string
	kind         string
	link         string
	at           time.Time
}

type pageCache struct {
	pages  *lru.Cache[string, *cachedPage]
	flight singleflight.Group
	m      *metrics
}

func newPageCache(m *metrics) *pageCache {
	pages, err := lru.New[string, *cachedPage](cachedPages)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &pageCache{pages: pages, m: m}
}

// cacheable reports whether a request is one of a signed-out reader. A query
// that says what was just done makes a page of its own.
func (s *Server) cacheable(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && s.sessionCookie(r) == "" &&
		r.Header.Get("X-Part") == "" && !strings.Contains(r.URL.RawQuery, "done=")
}

// serve answers from the cache before routing, if there are fresh bytes under
// the address exactly as it stands.
func (pc *pageCache) serve(s *Server, in *exchange, r *http.Request) bool {
	if !s.cacheable(r) {
		return false
	}
	p, ok := pc.pages.Get(in.lang + r.URL.Path + "?" + r.URL.RawQuery)
	if !ok || time.Since(p.at) > Freshness || !s.limits.address(r) {
		return false
	}
	in.route = "cached"
	pc.m.cached.Inc()
	p.write(in, r, "")
	return true
}

// canonical is the address with only the names of the query that count.
func (c *Cache) canonical(lang string, u *url.URL) string {
	q, keep := u.Query(), url.Values{}
	for _, name := range c.query {
		if v := q.Get(name); v != "" {
			keep.Set(name, v)
		}
	}
	return lang + u.Path + "?" + keep.Encode()
}

// fill answers with fresh bytes, rendering them if there are none. Of many who
// ask at the same time one renders, with a context of its own, so that nobody's
// going away fails the others.
func (pc *pageCache) fill(s *Server, c echo.Context, r Route, render echo.HandlerFunc) error {
	in, req := exchangeOf(c), c.Request()
	key := r.Cache.canonical(in.lang, req.URL)
	if !s.limits.address(req) {
		return tooManyRequests()
	}
	if p, ok := pc.pages.Get(key); ok && time.Since(p.at) <= Freshness {
		p.write(in, req, "")
		return nil
	}
	v, err, _ := pc.flight.Do(key, func() (any, error) {
		p, err := pc.render(s, c, render)
		if err == nil {
			pc.pages.Add(key, p)
		}
		return p, err
	})
	if err == nil {
		v.(*cachedPage).write(in, req, "")
		return nil
	}
	var to redirect
	if errors.As(err, &to) {
		return c.Redirect(to.code, to.to)
	}
	var other otherPage
	if errors.As(err, &other) {
		c.Response().Header().Set("Cache-Control", "no-cache")
		return c.HTMLBlob(other.code, other.body)
	}
	if old, ok := pc.pages.Get(key); ok && answer(err).Kind == errs.Unavailable {
		in.Header().Set("Retry-After", "3")
		old.write(in, req, wording.Text(in.lang, "common.read_only", "time", old.at.UTC().Format("15:04")+" UTC"))
		return nil
	}
	return err
}

var errNotPage = errors.New("httpd: a cached route answered with something else than a page")

func (pc *pageCache) render(s *Server, c echo.Context, render echo.HandlerFunc) (*cachedPage, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 10*time.Second)
	defer cancel()
	rec := httptest.NewRecorder()
	outer := exchangeOf(c)
	in := &exchange{ResponseWriter: rec, id: outer.id, lang: outer.lang, route: outer.route, public: true, internal: true}
	inner := s.echo.NewContext(c.Request().Clone(ctx), in)
	inner.SetPath(c.Path())
	inner.SetParamNames(c.ParamNames()...)
	inner.SetParamValues(c.ParamValues()...)
	for _, k := range []string{ctxServer, ctxRoute, ctxLang} {
		inner.Set(k, c.Get(k))
	}
	if err := render(inner); err != nil {
		return nil, err
	}
	if rec.Code == http.StatusMovedPermanently || rec.Code == http.StatusSeeOther || rec.Code == http.StatusFound {
		return nil, redirect{rec.Code, rec.Header().Get("Location")}
	}
	if rec.Header().Get("Set-Cookie") != "" {
		return nil, errNotPage
	}
	if rec.Code >= http.StatusBadRequest {
		return nil, otherPage{rec.Code, rec.Body.Bytes()}
	}
	if rec.Code != http.StatusOK {
		return nil, errNotPage
	}
	body := rec.Body.Bytes()
	sum := sha256.Sum256(body)
	var z bytes.Buffer
	g, _ := gzip.NewWriterLevel(&z, 6)
	_, _ = g.Write(body) // a bytes.Buffer takes everything
	_ = g.Close()
	return &cachedPage{
		body: body, zipped: z.Bytes(), at: time.Now(), kind: rec.Header().Get("Content-Type"), link: rec.Header().Get("Link"),
		etag: `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
	}, nil
}

// redirect carries a redirect out of the renderer.
type redirect struct {
	code int
	to   string
}

// Error is seen by nobody: who renders takes the redirect out.
func (redirect) Error() string { return "redirect" }

// otherPage carries a page that says why there is nothing, such as what stands
// where something was (410), out of the renderer. It is not kept.
type otherPage struct {
	code int
	body []byte
}

// Error is seen by nobody: who renders takes the page out.
func (otherPage) Error() string { return "a page with another status" }

// readOnlyMark is where the layout leaves room for the banner.
var readOnlyMark = []byte(`<div id="read-only" hidden></div>`)

func (p *cachedPage) write(w http.ResponseWriter, r *http.Request, banner string) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Cookie, Accept-Encoding")
	h.Set("Content-Type", p.kind)
	if p.link != "" {
		h.Set("Link", p.link)
	}
	if banner != "" {
		b := append(append([]byte(`<div id="read-only" class="note-box caution wrap" role="status">`), banner...), "</div>"...)
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(bytes.Replace(p.body, readOnlyMark, b, 1))
		return
	}
	h.Set("Etag", p.etag)
	if r.Header.Get("If-None-Match") == p.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := p.body
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = p.zipped
	}
	h.Set("Content-Length", itoa(int64(len(body))))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// Forget drops the kept bytes of pages, for tests and for who cannot wait a
// second.
func (s *Server) Forget() { s.cache.pages.Purge() }
