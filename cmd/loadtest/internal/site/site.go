// Package site drives Caravan from outside, over HTTP, as any program could: it
// signs people in, asks questions, posts replies and reads them back.
//
//	site.go       the address (loopback only) and one request with JSON
//	people.go     signing in
//	questions.go  questions and replies
package site

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// CookieName is the session cookie on plain http at a loopback address.
const CookieName = "s"

// maxAnswer bounds how much of an answer is read: a page of 50 replies of
// 10,000 four-byte characters each, with their HTML, stays below it.
const maxAnswer = 16 << 20

// Site is one running Caravan.
type Site struct {
	Base string // http://127.0.0.1:8080, also the Origin that requests name
	Addr string // 127.0.0.1:8080, for connections of our own
	http *http.Client
}

// Open checks that address is plain http on this machine and returns the site
// there. Load and fault runs against anything else are refused.
func Open(address string) (*Site, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("site: parse address: %w", err)
	}
	if u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.Port() == "" {
		return nil, fmt.Errorf("site: %q: want http://127.0.0.1:PORT", address)
	}
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("site: %q: loopback addresses only", address)
	}
	s := &Site{Base: "http://" + u.Host, Addr: net.JoinHostPort(host, u.Port())}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	s.http = &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, s.Addr)
			},
			MaxIdleConnsPerHost: 256,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, nil
}

// Refused is an answer that is not 2xx.
type Refused struct {
	Method, Path string
	Status       int
	RetryAfter   string // the header, when there is one
	Body         string // the beginning of the body
}

// Error names the request, the status and the beginning of the answer.
func (r *Refused) Error() string {
	return fmt.Sprintf("%s %s: %d %.300s", r.Method, r.Path, r.Status, r.Body)
}

// StatusOf returns the HTTP status that err carries: 0 when the request never
// got a whole answer, 200 for nil.
func StatusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if r, ok := errors.AsType[*Refused](err); ok {
		return r.Status
	}
	return 0
}

// call is one request to the API. A zero Person sends no cookie, an empty key
// no Idempotency-Key, a nil in no body.
type call struct {
	method, path string
	who          Person
	key          string
	in           any
}

// do sends c and decodes a 2xx answer into out (nil: the answer is dropped).
// The response header is returned with every whole answer.
func (s *Site) do(ctx context.Context, c call, out any) (http.Header, error) {
	var body io.Reader
	if c.in != nil {
		b, err := json.Marshal(c.in)
		if err != nil {
			return nil, fmt.Errorf("site: encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, c.method, s.Base+c.path, body)
	if err != nil {
		return nil, fmt.Errorf("site: make request: %w", err)
	}
	r.Header.Set("Origin", s.Base)
	if c.in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.who.Cookie != "" {
		r.Header.Set("Cookie", c.who.Header())
	}
	if c.key != "" {
		r.Header.Set("Idempotency-Key", c.key)
	}
	return s.send(r, c, out)
}

func (s *Site) send(r *http.Request, c call, out any) (http.Header, error) {
	h, b, err := s.exchange(r)
	if err != nil || out == nil {
		return h, err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return h, fmt.Errorf("site: decode answer of %s %s: %w in %.200s", c.method, c.path, err, b)
	}
	return h, nil
}

// exchange sends r and reads the whole answer.
func (s *Site) exchange(r *http.Request) (http.Header, []byte, error) {
	w, err := s.http.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("site: %w", err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return nil, nil, fmt.Errorf("site: read answer of %s %s: %w", r.Method, r.URL.Path, err)
	}
	if w.StatusCode/100 != 2 {
		return w.Header, nil, &Refused{r.Method, r.URL.Path, w.StatusCode, w.Header.Get("Retry-After"), string(b)}
	}
	return w.Header, b, nil
}

// page reads a page as a visitor.
func (s *Site) page(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", s.Base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("site: make request: %w", err)
	}
	_, b, err := s.exchange(r)
	return b, err
}

// Size is how many bytes the page at path has for a visitor.
func (s *Site) Size(ctx context.Context, path string) (int, error) {
	b, err := s.page(ctx, path)
	return len(b), err
}

// Ready waits until the site answers /readyz with 200, or ctx ends.
func (s *Site) Ready(ctx context.Context) error {
	for {
		_, err := s.do(ctx, call{method: "GET", path: "/readyz"}, nil)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("site: not ready: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Canonical is the path on which the page at path is really served: where it
// redirects to, or path itself.
func (s *Site) Canonical(ctx context.Context, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", s.Base+path, nil)
	if err != nil {
		return "", fmt.Errorf("site: make request: %w", err)
	}
	h, _, err := s.exchange(r)
	if err == nil {
		return path, nil
	}
	if status := StatusOf(err); status/100 != 3 {
		return "", err
	}
	u, err := url.Parse(h.Get("Location"))
	if err != nil || u.Path == "" || u.Path == path {
		return "", fmt.Errorf("site: %s redirects to %q", path, h.Get("Location"))
	}
	return u.EscapedPath(), nil
}
