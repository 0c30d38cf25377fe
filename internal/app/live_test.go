package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"caravan/internal/testkit"
)

// socket speaks the live protocol as a page does.
type socket struct {
	t    testing.TB
	c    *websocket.Conn
	rest []string // messages of a frame that were not read yet
}

type message struct {
	T      string          `json:"t"`
	Ch     string          `json:"ch"`
	Seq    int64           `json:"seq"`
	Type   string          `json:"type"`
	Ref    int64           `json:"ref"`
	Ver    int             `json:"ver"`
	D      json.RawMessage `json:"d"`
	Events []message       `json:"events"`
	Code   any             `json:"code"`
}

func (v *visitor) socket() *socket {
	v.t.Helper()
	h := http.Header{"Origin": {v.base}}
	for k, val := range v.cookies {
		h.Add("Cookie", k+"="+val)
	}
	d := websocket.Dialer{Subprotocols: []string{"caravan.v1"}}
	c, _, err := d.Dial("ws"+strings.TrimPrefix(v.base, "http")+"/live", h)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = c.Close() })
	s := &socket{t: v.t, c: c}
	s.say(`{"t":"hello","tab":"test","build":"test"}`)
	s.await(func(m message) bool { return m.T == "welcome" })
	return s
}

func (s *socket) say(text string) {
	s.t.Helper()
	if err := s.c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) subscribe(channel string, since int64) message {
	s.t.Helper()
	s.say(fmt.Sprintf(`{"t":"sub","id":1,"ch":%q,"since":%d}`, channel, since))
	return s.await(func(m message) bool { return strings.HasPrefix(m.T, "sub_") })
}

// await reads until a message is the one.
func (s *socket) await(is func(message) bool) message {
	s.t.Helper()
	if err := s.c.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	for {
		for len(s.rest) > 0 {
			line := s.rest[0]
			s.rest = s.rest[1:]
			if strings.TrimSpace(line) == "" {
				continue
			}
			var m message
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				s.t.Fatalf("%q: %v", line, err)
			}
			if is(m) {
				return m
			}
		}
		_, b, err := s.c.ReadMessage()
		if err != nil {
			s.t.Fatalf("socket: %v", err)
		}
		s.rest = strings.Split(string(b), "\n")
	}
}

const goodQuestion = `{"title":"Can a sinus lift be ruled out before I fly?","body":"They quoted me from a panoramic X-ray only.","procedure":"den.crown","destination":"HU"}`

// askJSON asks over the API and returns id and page of the question.
func (v *visitor) askJSON(key string) (id int64, path string) {
	v.t.Helper()
	a := v.json("POST", "/api/v1/questions", goodQuestion, "Idempotency-Key: "+key)
	var q struct {
		ID   int64  `json:"id"`
		Path string `json:"path"`
	}
	if err := json.Unmarshal([]byte(a.text), &q); err != nil || a.StatusCode != 201 {
		v.t.Fatalf("ask: %d %s", a.StatusCode, a.text)
	}
	return q.ID, q.Path
}

// TestReplyTravels posts a reply by the page's form and sees it on the page, on
// an open socket, and over the API.
func TestReplyTravels(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mina := s.as(testkit.Person(t, s.db, "mina"))
	id, path := mina.askJSON("ask-0123456789abcdef")
	stranger := s.visitor()
	sock := stranger.socket()
	if m := sock.subscribe(fmt.Sprintf("question:%d", id), 1); m.T != "sub_ok" {
		t.Fatalf("%+v", m)
	}
	if a := stranger.post(path+"/nowhere", url.Values{}); a.StatusCode == 303 {
		t.Fatalf("a stranger got %d", a.StatusCode)
	}
	f := mina.fill(path, "body", "Three *weeks*.")
	a := mina.post(fmt.Sprintf("/questions/%d/replies", id), f)
	if a.StatusCode != 303 {
		t.Fatalf("mina got %d %s", a.StatusCode, a.text)
	}
	m := sock.await(func(m message) bool { return m.T == "ev" })
	if m.Type != "reply.new" || m.Seq != 2 || !strings.Contains(string(m.D), "weeks") {
		t.Errorf("socket got %+v %s", m, m.D)
	}
	page := stranger.get(path)
	if !strings.Contains(page.text, "Three <em>weeks</em>.") || !strings.Contains(page.text, `id="r2"`) {
		t.Errorf("the page does not have it: %s", page.text)
	}
	var list struct {
		Replies []struct {
			Source   string
			Position int64
		}
		Top int64
	}
	if err := json.Unmarshal([]byte(stranger.get(fmt.Sprintf("/api/v1/questions/%d/replies", id)).text), &list); err != nil || len(list.Replies) != 1 || list.Replies[0].Source != "Three *weeks*." || list.Top != 2 {
		t.Errorf("API: %+v %v", list, err)
	}
	// The same form again, as by F5 or the back button: the same answer, one row.
	if b := mina.post(fmt.Sprintf("/questions/%d/replies", id), f); b.StatusCode != 303 || b.Header.Get("Location") != a.Header.Get("Location") {
		t.Errorf("sent again: %d %s, want %s", b.StatusCode, b.Header.Get("Location"), a.Header.Get("Location"))
	}
	f.Set("body", "Another text")
	if b := mina.post(fmt.Sprintf("/questions/%d/replies", id), f); b.StatusCode != 422 || !strings.Contains(b.text, "Another text") {
		t.Errorf("the same key with another text: %d", b.StatusCode)
	}
}

// TestALostAnswerIsAskedForAgain cuts the line after the body was sent: the
// retry with the same key gives the first result.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mina := s.as(testkit.Person(t, s.db, "mina"))
	id, _ := mina.askJSON("ask-0123456789abcdef")
	target := fmt.Sprintf("/api/v1/questions/%d/replies", id)
	body := `{"body":"Three weeks."}`
	for range 5 {
		r, err := http.NewRequest("POST", s.URL+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "lost-0123456789abcdef")
		r.AddCookie(&http.Cookie{Name: "s", Value: mina.cookies["s"]})
		// The transport hangs up as soon as the request is written.
		tr := &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: time.Microsecond}
		if res, err := tr.RoundTrip(r); err == nil {
			_ = res.Body.Close()
		}
	}
	var first, second struct{ ID, Seq int64 }
	for _, into := range []*struct{ ID, Seq int64 }{&first, &second} {
		a := mina.json("POST", target, body, "Idempotency-Key: lost-0123456789abcdef")
		for a.StatusCode == 409 { // one of the cut ones is still at work
			a = mina.json("POST", target, body, "Idempotency-Key: lost-0123456789abcdef")
		}
		if err := json.Unmarshal([]byte(a.text), into); err != nil || a.StatusCode != 201 {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
	}
	if first != second || first.Seq != 2 {
		t.Errorf("%+v and %+v", first, second)
	}
}

// TestWritingWithoutAKeyIsRefused keeps every creating POST repeatable.
func TestWritingWithoutAKeyIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mina := s.as(testkit.Person(t, s.db, "mina"))
	if a := mina.json("POST", "/api/v1/questions", goodQuestion); a.StatusCode != 400 || !strings.Contains(a.text, "Idempotency-Key") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	f := mina.fill("/questions/ask")
	f.Del("once")
	if a := mina.post("/questions", f); a.StatusCode != 400 {
		t.Errorf("form: %d", a.StatusCode)
	}
}

// TestVoteValuesOverTheAPI sends what no vote can be.
func TestVoteValuesOverTheAPI(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mina, omid := s.as(testkit.Person(t, s.db, "mina")), s.as(testkit.Person(t, s.db, "omid", testkit.T2))
	id, _ := mina.askJSON("ask-0123456789abcdef")
	a := mina.json("POST", fmt.Sprintf("/api/v1/questions/%d/replies", id), `{"body":"Three weeks."}`, "Idempotency-Key: rep-0123456789abcdef")
	var r struct{ ID int64 }
	if err := json.Unmarshal([]byte(a.text), &r); err != nil || a.StatusCode != 201 {
		t.Fatal(a.text)
	}
	target := fmt.Sprintf("/api/v1/replies/%d/vote", r.ID)
	for body, want := range map[string]int{
		`{"value":1}`: 200, `{"value":0}`: 200, `{"value":-1}`: 422, `{"value":2}`: 422, `{"value":0.5}`: 422, `{"value":"1"}`: 422, `{"value":1e309}`: 422, `{"value":NaN}`: 422,
		`{"value":1,"value":0}`: 400, `{"Value":1}`: 400, `{"value":1,"counted":true}`: 400, `{}`: 422,
	} {
		if a := omid.json("PUT", target, body); a.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", body, a.StatusCode, a.text, want)
		}
	}
	if a := mina.json("PUT", target, `{"value":1}`); a.StatusCode != 403 {
		t.Errorf("own reply: %d", a.StatusCode)
	}
	if a := s.visitor().json("PUT", target, `{"value":1}`); a.StatusCode != 401 {
		t.Errorf("nobody: %d", a.StatusCode)
	}
}

// TestTwoNodesShareOneBus posts on one node and reads on both.
func TestTwoNodesShareOneBus(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	bus := testkitBus(t)
	one, two := startOn(t, d, bus(), nil), startOn(t, d, bus(), nil)
	mina := one.as(testkit.Person(t, d, "mina"))
	id, _ := mina.askJSON("ask-0123456789abcdef")
	var socks []*socket
	for _, s := range []*site{one, two} {
		sock := s.visitor().socket()
		if m := sock.subscribe(fmt.Sprintf("question:%d", id), 1); m.T != "sub_ok" {
			t.Fatalf("%+v", m)
		}
		socks = append(socks, sock)
	}
	for i := range 20 {
		if a := mina.json("POST", fmt.Sprintf("/api/v1/questions/%d/replies", id), fmt.Sprintf(`{"body":"Reply %d"}`, i), fmt.Sprintf("Idempotency-Key: two-nodes-0123456789-%d", i)); a.StatusCode != 201 {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
	}
	for n, sock := range socks {
		for want := int64(2); want <= 21; want++ {
			if m := sock.await(func(m message) bool { return m.T == "ev" }); m.Seq != want {
				t.Fatalf("node %d: seq %d, want %d", n+1, m.Seq, want)
			}
		}
	}
}
