package app_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/app"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// site is the whole server on an address of its own.
type site struct {
	*app.App
	t   testing.TB
	db  *db.DB
	URL string
	box string
}

// start starts a site on a fresh database; env adds settings.
func start(t testing.TB, env map[string]string) *site {
	t.Helper()
	return startOn(t, testkit.DB(t), nil, env)
}

func startOn(t testing.TB, d *db.DB, bus live.Bus, env map[string]string) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: d, URL: "http://" + l.Addr().String(), box: t.TempDir()}
	full := map[string]string{"ADDR": l.Addr().String(), "BASE_URL": s.URL, "STATE_DIR": t.TempDir(), "LIMITS": "off"}
	for k, v := range env {
		full[k] = v
	}
	cfg, err := config.Load(func(k string) string { return full[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	s.App, err = app.New(app.Options{Config: cfg, DB: d, Bus: bus, Secret: make([]byte, 32), BoxDir: s.box, Build: "test", Timing: live.Timing{Drain: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: s.App, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Drain(ctx); err != nil {
			t.Errorf("drain: %v", err)
		}
		_ = srv.Close()
		<-done
		if err := s.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

// visitor is a browser without scripts: cookies, and the forms of the last page.
type visitor struct {
	t       testing.TB
	base    string
	cookies map[string]string
	client  *http.Client
}

func (s *site) visitor() *visitor {
	return &visitor{s.t, s.URL, map[string]string{}, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a visitor who is signed in as a.
func (s *site) as(a access.Actor) *visitor {
	s.t.Helper()
	o, err := s.Account.OpenSession(context.Background(), a.AccountID, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	v := s.visitor()
	v.cookies["s"] = o.Cookie
	return v
}

type answer struct {
	*http.Response
	text string
}

func (v *visitor) send(method, path string, body io.Reader, headers ...string) answer {
	v.t.Helper()
	r, err := http.NewRequest(method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, h := range headers {
		k, val, _ := strings.Cut(h, ": ")
		r.Header.Set(k, val)
	}
	for k, val := range v.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: val})
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, k := range res.Cookies() {
		if k.MaxAge < 0 {
			delete(v.cookies, k.Name)
		} else {
			v.cookies[k.Name] = k.Value
		}
	}
	return answer{res, string(b)}
}

func (v *visitor) get(path string) answer { v.t.Helper(); return v.send("GET", path, nil) }

var (
	tokenField = regexp.MustCompile(`name="token" value="([^"]*)"`)
	onceField  = regexp.MustCompile(`name="once" value="([^"]*)"`)
)

// fill is a form of the page at path, with its keys and the given fields.
func (v *visitor) fill(page string, fields ...string) url.Values {
	v.t.Helper()
	a := v.get(page)
	m := tokenField.FindStringSubmatch(a.text)
	if m == nil {
		v.t.Fatalf("%s has no form: %d", page, a.StatusCode)
	}
	f := url.Values{"token": {m[1]}}
	if m := onceField.FindStringSubmatch(a.text); m != nil {
		f.Set("once", m[1])
	}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return f
}

func (v *visitor) post(path string, f url.Values, headers ...string) answer {
	v.t.Helper()
	return v.send("POST", path, strings.NewReader(f.Encode()), append(headers, "Content-Type: application/x-www-form-urlencoded")...)
}

func (v *visitor) json(method, path, body string, headers ...string) answer {
	v.t.Helper()
	return v.send(method, path, strings.NewReader(body), append(headers, "Content-Type: application/json")...)
}
