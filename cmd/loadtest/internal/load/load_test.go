package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTemplatesAreFilled(t *testing.T) {
	lists := map[string][]string{"ids": {"a", "b", "c"}, "one": {"x"}}
	c := Call{Conn: 3, Turn: 2, Count: 4, Person: 9}
	for template, want := range map[string]string{
		"plain":                     "plain",
		"":                          "",
		"/q/{{next:ids}}/r":         "/q/b/r",
		"{{conn}}-{{person}}":       "3-9",
		"{{pick:one}}{{pick:one}}":  "xx",
		"{{p:100:10}}":              fmt.Sprint(100 + 1 + (3*7919+2)%10),
		"{{r:7:1}}":                 "8",
		"{{flip:5}} {{flip:4}} end": "1 0 end",
		`{"a":{"b":"}"}}`:           `{"a":{"b":"}"}}`,
	} {
		parsed, err := Parse(template, lists)
		if err != nil {
			t.Errorf("%q: %v", template, err)
			continue
		}
		if got := string(parsed.Append(nil, c)); got != want {
			t.Errorf("%q: got %q, want %q", template, got, want)
		}
	}
}

func TestSequenceNumbersAreNeverTheSame(t *testing.T) {
	parsed, err := Parse("{{seq}}", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := string(parsed.Append(nil, Call{})), string(parsed.Append(nil, Call{}))
	if a == b {
		t.Errorf("got %s twice", a)
	}
}

func TestTheWalkRepeatsNothingBeforeItsEnd(t *testing.T) {
	parsed, err := Parse("{{p:0:50}}", nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for turn := range int64(50) {
		seen[string(parsed.Append(nil, Call{Conn: 7, Turn: turn}))] = true
	}
	if len(seen) != 50 {
		t.Errorf("50 turns gave %d different values", len(seen))
	}
}

func TestWrongTemplatesAreRefused(t *testing.T) {
	for _, template := range []string{"{{seq", "{{unknown}}", "{{r:1}}", "{{r:a:b}}", "{{p:1:0}}", "{{pick:nobody}}", "{{flip:0}}", "{{}}"} {
		if _, err := Parse(template, nil); err == nil {
			t.Errorf("%q was accepted", template)
		}
	}
}

func TestAnswersOfEveryFramingAreReadWhole(t *testing.T) {
	for name, c := range map[string]struct {
		wire   string
		code   int
		body   string
		closed bool
	}{
		"with a length":    {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, "hello", false},
		"in chunks":        {"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", 201, "hello", false},
		"without a body":   {"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", 204, "", false},
		"not modified":     {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", false},
		"and then the end": {"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", 503, "no", true},
	} {
		// A second answer behind the first shows that exactly the first was taken.
		r := newReader(strings.NewReader(c.wire + "HTTP/1.1 299 Next\r\nContent-Length: 0\r\n\r\n"))
		a, err := r.answer(true)
		if err != nil || a.code != c.code || string(a.body) != c.body || a.size != len(c.body) || a.closed != c.closed {
			t.Errorf("%s: got %+v and %v", name, a, err)
		}
		if next, err := r.answer(false); err != nil || next.code != 299 {
			t.Errorf("%s: the answer behind it: got %+v and %v", name, next, err)
		}
	}
}

func TestBrokenAnswersAreErrors(t *testing.T) {
	for _, wire := range []string{"", "HTTP/1.1", "HTTP/1.1 abc Bad\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"} {
		if a, err := newReader(strings.NewReader(wire)).answer(false); err == nil {
			t.Errorf("%q: got %+v and no error", wire, a)
		}
	}
}

// recorder answers 201, or 403 to every request of session "s=bad".
type recorder struct {
	mu    sync.Mutex
	seen  []string
	delay time.Duration
}

func (h *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	h.seen = append(h.seen, strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("Cookie"), r.Header.Get("X-Key"), string(b)}, " "))
	h.mu.Unlock()
	time.Sleep(h.delay)
	if r.Header.Get("Cookie") == "s=bad" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, "made")
}

func TestARunSendsWhatThePlanSaysAndCountsTheAnswers(t *testing.T) {
	h := &recorder{}
	srv := httptest.NewServer(h)
	defer srv.Close()
	r, err := Run(context.Background(), Plan{
		Name: "test", Addr: srv.Listener.Addr().String(), Method: "POST", Path: "/q/{{next:ids}}", Headers: []string{"X-Key: k{{person}}"},
		Body: `{"v":{{flip:2}}}`, Sessions: []string{"s=good", "s=bad"}, Rotate: true, Lists: map[string][]string{"ids": {"1", "2"}},
		Conns: 1, Run: 200 * time.Millisecond, From: 2, Keep: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`POST /q/1 s=good k1 {"v":0}`, `POST /q/2 s=bad k2 {"v":0}`, `POST /q/1 s=good k1 {"v":1}`}
	if got := h.seen[:3]; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	if r.Done == 0 || r.Codes[201] != r.Done || r.Codes[403] == 0 || r.First != "made" || r.Bytes != 4 {
		t.Errorf("got %+v", r)
	}
	if f := r.Failed(); f < 0.4 || f > 0.6 {
		t.Errorf("every second request is refused, got a failed share of %v", f)
	}
	if r.Sent != int64(len(h.seen)) {
		t.Errorf("counted %d requests, the server %d", r.Sent, len(h.seen))
	}
}

func TestAWantedRateIsKeptAndWaitingCounts(t *testing.T) {
	srv := httptest.NewServer(&recorder{delay: 20 * time.Millisecond})
	defer srv.Close()
	r, err := Run(context.Background(), Plan{Name: "paced", Addr: srv.Listener.Addr().String(), Path: "/", Conns: 1, Rate: 100, Run: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	// One connection answers at most 50 of the 100 requests a second, so the
	// last ones wait long for their turn.
	if r.Done > 30 || r.Max < 100 {
		t.Errorf("%d answered, the slowest after %.0f ms: want at most 25, and waiting counted", r.Done, r.Max)
	}
}

func TestRunsAreBoundedAndStayOnThisMachine(t *testing.T) {
	ok := Plan{Addr: "127.0.0.1:1", Path: "/", Conns: 1, Run: time.Millisecond}
	for name, change := range map[string]func(*Plan){
		"another machine":      func(p *Plan) { p.Addr = "192.0.2.1:80" },
		"a name":               func(p *Plan) { p.Addr = "localhost:80" },
		"too long":             func(p *Plan) { p.Run = time.Hour },
		"too many":             func(p *Plan) { p.Conns = 100_000 },
		"nobody":               func(p *Plan) { p.Conns = 0 },
		"a header break":       func(p *Plan) { p.Headers = []string{"A: b\r\nC: d"} },
		"nothing that listens": func(*Plan) {},
	} {
		p := ok
		change(&p)
		if r, err := Run(context.Background(), p); err == nil {
			t.Errorf("%s: got %+v and no error", name, r)
		}
	}
}

func TestOneLineOfFigures(t *testing.T) {
	r := Result{Name: "a1", Rate: 1234.56, Codes: map[int]int{404: 1, 200: 9}, Others: 0.051}
	if got := r.String(); !bytes.Contains([]byte(got), []byte("200:9 404:1")) || !strings.Contains(got, "1234.6 /s") || !strings.Contains(got, "others 5 %") {
		t.Errorf("got %q", got)
	}
}
