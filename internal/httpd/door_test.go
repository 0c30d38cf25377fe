package httpd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/config"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

// people are the sessions of these tests: the cookie is the handle.
type people map[string]access.Actor

func (p people) Who(_ context.Context, cookie string) (access.Actor, time.Time, error) {
	if cookie == "panic" {
		panic("as planned")
	}
	return p[cookie], time.Now().Add(time.Hour), nil
}

type door struct {
	t   *testing.T
	srv *httptest.Server
	*httpd.Server
}

// open starts a front door with routes on an address of its own.
func open(t *testing.T, env map[string]string, routes ...httpd.Route) door {
	t.Helper()
	d := testkit.DB(t)
	srv := httptest.NewUnstartedServer(nil)
	full := map[string]string{"ADDR": srv.Listener.Addr().String(), "BASE_URL": "http://" + srv.Listener.Addr().String(), "STATE_DIR": t.TempDir()}
	for k, v := range env {
		full[k] = v
	}
	cfg, err := config.Load(func(k string) string { return full[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	s := httpd.New(httpd.Options{Config: cfg, DB: d, Sessions: people{"mina": {AccountID: 7, PersonID: 7, Handle: "mina", Confirmed: true}, "omid": {AccountID: 8, PersonID: 8, Handle: "omid"}}, Secret: make([]byte, 32)}, routes)
	srv.Config.Handler = s
	srv.Start()
	t.Cleanup(srv.Close)
	return door{t, srv, s}
}

type answer struct {
	*http.Response
	text string
}

var client = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// send makes a request; headers stand as "Name: value".
func (d door) send(method, path, body string, headers ...string) answer {
	d.t.Helper()
	r, err := http.NewRequest(method, d.srv.URL+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		r.Header.Add(k, v)
	}
	res, err := client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{res, string(b)}
}

const form = "Content-Type: application/x-www-form-urlencoded"
const asJSON = "Content-Type: application/json"

func text(c echo.Context) error { return c.String(http.StatusOK, "fine") }

type noteIn struct {
	Body struct {
		Text  string `json:"text"`
		Value int    `json:"value" minimum:"0" maximum:"10"`
	}
}

type noteOut struct {
	Body struct {
		Text string `json:"text"`
	}
}

func note() httpd.Route {
	return httpd.API(httpd.Operation{Method: "POST", Path: "/api/v1/notes", ID: "note", Summary: "Note"}, access.Anyone,
		func(_ context.Context, _ access.Actor, in *noteIn) (*noteOut, error) {
			out := &noteOut{}
			out.Body.Text = in.Body.Text
			return out, nil
		})
}

func TestUnknownMethodsAreRefusedAndNeverEchoed(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "GET", Path: "/", Gate: access.Anyone, Do: text})
	for _, method := range []string{"TRACE", "FOO"} {
		a := d.send(method, "/", "", "X-Canary: tell-nobody")
		if a.StatusCode != 405 || a.Header.Get("Allow") == "" || strings.Contains(a.text, "tell-nobody") {
			t.Errorf("%s: %d, Allow %q", method, a.StatusCode, a.Header.Get("Allow"))
		}
	}
}

func TestAmbiguousLengthsCloseTheConnection(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "POST", Path: "/", Gate: access.Anyone, Do: text})
	for name, head := range map[string]string{
		"length and chunked": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"two lengths":        "Content-Length: 5\r\nContent-Length: 6\r\n",
	} {
		conn, err := net.Dial("tcp", d.srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: %s\r\n%s\r\n0\r\n\r\n", d.srv.Listener.Addr(), head)
		br := bufio.NewReader(conn)
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		// Chunked wins over a length in Go (RFC 9112 section 6.3 allows it if the
		// connection ends); what matters is that nothing after it is read as a
		// second request.
		if res.StatusCode != 400 && !res.Close {
			t.Errorf("%s: %d and the connection stays open", name, res.StatusCode)
		}
		if name == "two lengths" && res.StatusCode != 400 {
			t.Errorf("%s: %d, want 400", name, res.StatusCode)
		}
	}
}

func TestTooLargeBodiesAreRefusedBeforeTheyAreRead(t *testing.T) {
	t.Parallel()
	d := open(t, nil, note())
	if a := d.send("POST", "/api/v1/notes", `{"text":"`+strings.Repeat("a", 65<<10)+`","value":1}`, asJSON); a.StatusCode != 413 {
		t.Errorf("65 KB and more: %d, want 413", a.StatusCode)
	}
	conn, err := net.Dial("tcp", d.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /api/v1/notes HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n{", d.srv.Listener.Addr())
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 413 {
		t.Fatalf("2 GB declared: %v, %v, want 413 at once", res, err)
	}
}

func TestBodiesOfAnotherKindAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, nil, note(), httpd.Route{Method: "POST", Path: "/form", Gate: access.Anyone, Do: text})
	for name, a := range map[string]answer{
		"JSON as text":    d.send("POST", "/api/v1/notes", `{"text":"a","value":1}`, "Content-Type: text/plain"),
		"no type":         d.send("POST", "/api/v1/notes", `{"text":"a","value":1}`),
		"compressed":      d.send("POST", "/api/v1/notes", "\x1f\x8b\x08\x00", asJSON, "Content-Encoding: gzip"),
		"JSON as a form":  d.send("POST", "/form", `{}`, asJSON),
		"multipart":       d.send("POST", "/form", "--x", "Content-Type: multipart/form-data; boundary=x"),
		"compressed form": d.send("POST", "/form", "a=b", form, "Content-Encoding: gzip"),
	} {
		if a.StatusCode != 415 {
			t.Errorf("%s: %d, want 415", name, a.StatusCode)
		}
	}
}

func TestJSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	d := open(t, nil, note())
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"good":              {`{"text":"a","value":1}`, 200, `"a"`},
		"broken UTF-8":      {"{\"text\":\"\xff\",\"value\":1}", 400, "not valid text"},
		"NUL":               {`{"text":"a\u0000b","value":1}`, 422, "not valid text"},
		"twice":             {`{"text":"a","value":1,"value":9}`, 400, "value"},
		"another case":      {`{"text":"a","Value":9}`, 400, "value"},
		"unknown":           {`{"text":"a","value":1,"role":"admin"}`, 400, "role"},
		"deep":              {`{"text":` + deep + `}`, 400, "nested"},
		"many":              {`{"text":[` + strings.Repeat("1,", 30_000) + `1]}`, 400, "nested"},
		"too small":         {`{"text":"a","value":-1}`, 422, "value"},
		"too large":         {`{"text":"a","value":11}`, 422, "value"},
		"a fraction":        {`{"text":"a","value":3.5}`, 422, "value"},
		"a text":            {`{"text":"a","value":"5"}`, 422, "value"},
		"beyond all":        {`{"text":"a","value":1e309}`, 422, ""},
		"no number":         {`{"text":"a","value":NaN}`, 422, "number"},
		"two documents":     {`{"text":"a","value":1}{}`, 400, ""},
		"not JSON":          {`hello`, 400, ""},
		"cut":               {`{"text":"a"`, 400, ""},
		"missing fields":    {`{"text":"a"}`, 422, "value"},
		"an array in place": {`[]`, 422, ""},
	} {
		began := time.Now()
		a := d.send("POST", "/api/v1/notes", c.body, asJSON)
		if a.StatusCode != c.status || !strings.Contains(a.text, c.says) {
			t.Errorf("%s: %d %s, want %d with %q", name, a.StatusCode, a.text, c.status, c.says)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if a.StatusCode >= 400 {
			var p httpd.Problem
			if err := json.Unmarshal([]byte(a.text), &p); err != nil || p.ID == "" || p.Status != a.StatusCode || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: no problem by RFC 9457: %v %s %s", name, err, a.Header.Get("Content-Type"), a.text)
			}
		}
	}
}

func TestAddressesThatLeadAwayFindNothing(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "GET", Path: "/", Gate: access.Anyone, Do: text})
	for _, path := range []string{"/static/..%2f..%2fetc/passwd", "/%2e%2e/", "/static/%2e%2e/static.go", `/static/x/..%5c..%5cetc`, "/.git/HEAD", "/debug/pprof", "/metrics", "/openapi.json~", "/static/", "/static/js/"} {
		if a := d.send("GET", path, ""); a.StatusCode != 404 || strings.Contains(a.text, "root:") {
			t.Errorf("%s: %d, want 404", path, a.StatusCode)
		}
	}
	if a := d.send("GET", "/%00", ""); a.StatusCode != 400 {
		t.Errorf("NUL in a path: %d, want 400", a.StatusCode)
	}
}

func TestNextLeadsOnlyToThisSite(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/questions/7?at=3": "/questions/7?at=3", "//evil.example": "/", "https:evil": "/", `/\evil`: "/", "javascript:alert(1)": "/",
		"": "/", "/\t/evil": "/", "http://evil.example/": "/", "/a\r\nLocation: x": "/",
	} {
		if got := httpd.Next(in); got != want {
			t.Errorf("Next(%q) = %q, want %q", in, got, want)
		}
	}
}

// headerSet is what every answer carries, byte for byte.
func headerSet(base string) map[string]string {
	return map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws" + strings.TrimPrefix(base, "http") +
			"; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types caravan-fragment",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
}

func TestEveryAnswerCarriesTheSameHeaders(t *testing.T) {
	t.Parallel()
	d := open(t, nil, note(),
		httpd.Route{Method: "GET", Path: "/", Gate: access.Anyone, Do: text},
		httpd.Route{Method: "GET", Path: "/mine", Gate: access.Member, Do: text},
		httpd.Route{Method: "GET", Path: "/panic", Gate: access.Anyone, Do: func(echo.Context) error { panic("as planned") }})
	for name, a := range map[string]answer{
		"page": d.send("GET", "/", ""), "nothing": d.send("GET", "/nothing", ""), "redirect": d.send("GET", "/mine", ""), "forbidden": d.send("POST", "/", ""),
		"panic": d.send("GET", "/panic", ""), "problem": d.send("POST", "/api/v1/notes", "x", asJSON), "API": d.send("POST", "/api/v1/notes", `{"text":"a","value":1}`, asJSON), "OpenAPI": d.send("GET", "/openapi.json", ""),
	} {
		for k, want := range headerSet(d.srv.URL) {
			if got := a.Header.Get(k); got != want {
				t.Errorf("%s: %s: %q, want %q", name, k, got, want)
			}
		}
		if a.Header.Get("X-Request-Id") == "" || a.Header.Get("Server") != "" || a.Header.Get("X-Powered-By") != "" || a.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
}

func TestAPanicIsAnAnswerAndTheProcessLives(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "GET", Path: "/panic", Gate: access.Anyone, Do: func(echo.Context) error { panic("secret of the house") }},
		httpd.Route{Method: "GET", Path: "/fails", Gate: access.Anyone, Do: func(echo.Context) error { return fmt.Errorf("SELECT secret of the house") }},
		httpd.Route{Method: "GET", Path: "/", Gate: access.Anyone, Do: text})
	for _, path := range []string{"/panic", "/fails"} {
		a := d.send("GET", path, "")
		if a.StatusCode != 500 || strings.Contains(a.text, "secret") || strings.Contains(a.text, ".go") || !strings.Contains(a.text, a.Header.Get("X-Request-Id")) {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.text)
		}
	}
	if a := d.send("GET", "/", "", "Cookie: s=panic"); a.StatusCode != 500 {
		t.Errorf("panic below the handler: %d", a.StatusCode)
	}
	if a := d.send("GET", "/", ""); a.StatusCode != 200 {
		t.Errorf("after the panics: %d", a.StatusCode)
	}
}

var tokenOf = regexp.MustCompile(`name="token" value="([^"]+)"`)

// page is a page with a form on it, as handlers make them: the error page of
// a form that was refused carries a fresh token.
func (d door) token(path string, headers ...string) (token, formCookie string) {
	d.t.Helper()
	a := d.send("POST", path, "keep=me", append(headers, form)...)
	m := tokenOf.FindStringSubmatch(a.text)
	if m == nil {
		d.t.Fatalf("no token on the page that answers %s: %d %s", path, a.StatusCode, a.text)
	}
	for _, c := range a.Cookies() {
		if c.Name == "f" {
			formCookie = "Cookie: f=" + c.Value
		}
	}
	return m[1], formCookie
}

func TestFormsFromElsewhereAreRefusedWithTheTextKept(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "POST", Path: "/write", Gate: access.Member, Do: text})
	mina := "Cookie: s=mina"
	good, _ := d.token("/write", mina)
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"own page":                      {"token=" + url.QueryEscape(good), []string{"Sec-Fetch-Site: same-origin"}, 200},
		"own origin":                    {"token=" + url.QueryEscape(good), []string{"Origin: " + d.srv.URL}, 200},
		"neither header, token":         {"token=" + url.QueryEscape(good), nil, 200},
		"null origin, token":            {"token=" + url.QueryEscape(good), []string{"Origin: null"}, 200},
		"cross-site":                    {"token=" + url.QueryEscape(good), []string{"Sec-Fetch-Site: cross-site"}, 403},
		"same-site but another origin":  {"token=" + url.QueryEscape(good), []string{"Sec-Fetch-Site: same-site"}, 403},
		"foreign origin":                {"token=" + url.QueryEscape(good), []string{"Origin: https://evil.example"}, 403},
		"own origin over another way":   {"token=" + url.QueryEscape(good), []string{"Origin: https" + strings.TrimPrefix(d.srv.URL, "http")}, 403},
		"neither header and no token":   {"", nil, 403},
		"own page without token":        {"", []string{"Sec-Fetch-Site: same-origin"}, 403},
		"another's token":               {"token=AAAA", []string{"Sec-Fetch-Site: same-origin"}, 403},
		"own page, broken token length": {"token=" + url.QueryEscape(good[:20]), []string{"Sec-Fetch-Site: same-origin"}, 403},
	} {
		a := d.send("POST", "/write", c.body+"&story=What+I+wrote", append(c.headers, mina, form)...)
		if a.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, c.status)
		}
		// What another site sent is not offered for sending again; what came
		// from here with an old token is.
		if ours := strings.Contains(name, "own page") || strings.Contains(name, "neither") || strings.Contains(name, "token"); c.status == 403 && strings.Contains(a.text, "What I wrote") != ours {
			t.Errorf("%s: text kept: %v, want %v", name, !ours, ours)
		}
	}
	// The token of one person is nothing in the hands of another.
	if a := d.send("POST", "/write", "token="+url.QueryEscape(good), "Cookie: s=omid", form); a.StatusCode != 403 {
		t.Errorf("omid with mina's token: %d, want 403", a.StatusCode)
	}
}

func TestGettingAnUnsafeAddressDoesNothing(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "POST", Path: "/write", Gate: access.Anyone, Do: text})
	if a := d.send("GET", "/write", ""); a.StatusCode != 405 {
		t.Errorf("GET: %d, want 405", a.StatusCode)
	}
}

func TestADeadSessionKeepsTheTextAndTheKey(t *testing.T) {
	t.Parallel()
	d := open(t, nil, httpd.Route{Method: "POST", Path: "/write", Gate: access.Member, Do: text}, httpd.Route{Method: "GET", Path: "/mine", Gate: access.Member, Do: text})
	token, cookie := d.token("/write")
	a := d.send("POST", "/write", "token="+url.QueryEscape(token)+"&once=0123456789abcdef01&password=hush&body=A+long+story%0Awith+lines", form, cookie)
	if a.StatusCode != 401 || !strings.Contains(a.text, "A long story") || !strings.Contains(a.text, "0123456789abcdef01") || strings.Contains(a.text, "hush") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	if a := d.send("GET", "/mine?x=1", ""); a.StatusCode != 303 || a.Header.Get("Location") != "/sign-in?next=%2Fmine%3Fx%3D1" {
		t.Errorf("GET: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := d.send("GET", "/mine", "", "Cookie: s=nobody"); a.StatusCode != 303 || !strings.Contains(a.Header.Get("Set-Cookie"), "s=;") {
		t.Errorf("a dead cookie stays: %d %v", a.StatusCode, a.Header)
	}
}

func TestTheLogHoldsNoPersonalData(t *testing.T) {
	var log testkit.Log
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(was) })
	d := open(t, nil, httpd.Route{Method: "GET", Path: "/people/:name", Gate: access.Anyone, Do: func(c echo.Context) error { return errs.New(errs.NotFound, "common.not_found") }})
	d.send("GET", "/people/canary-name?q=canary-query", "", "Cookie: s=mina; x=canary-cookie", "User-Agent: canary-agent", "X-Forwarded-For: 203.0.113.77")
	d.send("canary-method", "/people/x", "")
	d.srv.Close()
	got := log.String()
	for _, canary := range []string{"canary", "203.0.113.77", "127.0.0.1", "mina"} {
		if strings.Contains(got, canary) {
			t.Errorf("the log holds %q: %s", canary, got)
		}
	}
	if !strings.Contains(got, "/people/:name") {
		t.Errorf("the log does not name the route: %s", got)
	}
}
