package testkit

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/httpd"
)

// Guests are the sessions of a test: a cookie names a person.
type Guests map[string]access.Actor

// Who finds the person of a cookie.
func (g Guests) Who(_ context.Context, cookie string) (access.Actor, time.Time, error) {
	return g[cookie], time.Now().Add(time.Hour), nil
}

// Door serves routes over real HTTP to the given people, by their handles.
func Door(t testing.TB, d *db.DB, people Guests, routes []httpd.Route) *httptest.Server {
	t.Helper()
	return door(t, d, people, routes, nil)
}

// WideDoor is a Door through which people may go as often as they like: for tests that
// ask faster than people do.
func WideDoor(t testing.TB, d *db.DB, people Guests, routes []httpd.Route) *httptest.Server {
	t.Helper()
	return door(t, d, people, routes, httpd.NewLimits(d, make([]byte, 32), true))
}

func door(t testing.TB, d *db.DB, people Guests, routes []httpd.Route, limits *httpd.Limits) *httptest.Server {
	t.Helper()
	cfg, err := config.Load(func(string) string { return "" }, false)
	if err != nil {
		t.Fatal(err)
	}
	s := httpd.New(httpd.Options{Config: cfg, DB: d, Sessions: people, Secret: make([]byte, 32), Limits: limits}, routes)
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv
}

// Visitor is a browser without scripts.
type Visitor struct {
	t    testing.TB
	base string
	c    *http.Client
}

// Visit opens a browser at a server, signed in with a session of its Guests, or
// as nobody.
func Visit(t testing.TB, srv *httptest.Server, session string) Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	if session != "" {
		jar.SetCookies(u, []*http.Cookie{{Name: "s", Value: session}})
	}
	return Visitor{t, srv.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Get returns the status, the page and where it redirects to.
func (v Visitor) Get(path string) (status int, body, to string) {
	v.t.Helper()
	return v.answer(v.c.Get(v.base + path))
}

var hidden = regexp.MustCompile(`name="(token|once)" value="([^"]*)"`)

// Post sends a form as the page at from would, with its hidden fields.
func (v Visitor) Post(from, to string, form url.Values) (status int, body, next string) {
	v.t.Helper()
	_, page, _ := v.Get(from)
	if form == nil {
		form = url.Values{}
	}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	return v.answer(v.c.PostForm(v.base+to, form))
}

func (v Visitor) answer(res *http.Response, err error) (status int, body, to string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header.Get("Location")
}

// Contains fails the test for everything that a page does not say.
func Contains(t testing.TB, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("the page does not say %q:\n%s", w, body)
		}
	}
}
