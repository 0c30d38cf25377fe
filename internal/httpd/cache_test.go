package httpd_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

func TestPublicPagesAreRenderedOnceForMany(t *testing.T) {
	t.Parallel()
	var rendered atomic.Int32
	started, release := make(chan bool, 1), make(chan bool)
	d := open(t, map[string]string{"LIMITS": "off"}, httpd.Route{Method: "GET", Path: "/list", Gate: access.Anyone, Cache: httpd.Public("page"), Do: func(c echo.Context) error {
		if rendered.Add(1) == 1 {
			started <- true
			<-release
		}
		return c.HTML(http.StatusOK, "<p>page "+c.QueryParam("page")+" "+httpd.Actor(c).Handle+"</p>")
	}})
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if a := d.send("GET", "/list?page=2", ""); a.StatusCode != 200 || !strings.Contains(a.text, "page 2") {
				t.Errorf("%d %s", a.StatusCode, a.text)
			}
		})
	}
	<-started
	close(release)
	all.Wait()
	// A second may have passed on a busy machine; thirty renderings cannot.
	if n := rendered.Load(); n > 5 {
		t.Errorf("rendered %d times for 30 readers", n)
	}
	a := d.send("GET", "/list?page=2&unknown=1", "")
	if a.Header.Get("Etag") == "" || a.Header.Get("Cache-Control") != "no-cache" || !strings.Contains(a.Header.Get("Vary"), "Cookie") || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("headers of a kept page: %v", a.Header)
	}
	if b := d.send("GET", "/list?page=2", "", "If-None-Match: "+a.Header.Get("Etag")); b.StatusCode != 304 || b.text != "" {
		t.Errorf("the same bytes again: %d %q", b.StatusCode, b.text)
	}
	if b := d.send("GET", "/list?page=3", ""); !strings.Contains(b.text, "page 3") {
		t.Errorf("another page: %s", b.text)
	}
	if b := d.send("GET", "/list?page=2", "", "Cookie: s=mina"); !strings.Contains(b.text, "mina") || b.Header.Get("Etag") != "" {
		t.Errorf("a signed-in reader got %s", b.text)
	}
}

func TestWhenTheDatabaseIsAwayTheLastPageServesOn(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	d := open(t, map[string]string{"LIMITS": "off"}, httpd.Route{Method: "GET", Path: "/list", Gate: access.Anyone, Cache: httpd.Public(), Do: func(c echo.Context) error {
		if away.Load() {
			return errs.Wait(errs.Unavailable, 3*time.Second, "common.down")
		}
		return c.HTML(http.StatusOK, `<body><div id="read-only" hidden></div><p>words</p></body>`)
	}})
	if a := d.send("GET", "/list", ""); !strings.Contains(a.text, "words") {
		t.Fatal(a.text)
	}
	away.Store(true)
	deadline := time.Now().Add(10 * time.Second)
	for {
		a := d.send("GET", "/list", "")
		if strings.Contains(a.text, "Read only since") && strings.Contains(a.text, "words") && a.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
	}
	if a := d.send("GET", "/list", "", "Cookie: s=mina"); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("a signed-in reader: %d %v", a.StatusCode, a.Header)
	}
}
