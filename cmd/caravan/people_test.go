package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"caravan/internal/account"
)

// person drives the running program as one browser would: with the cookie of a
// session, or with none.
type person struct {
	at     *program
	cookie string
	hurry  time.Duration // leaves when an answer takes longer; 0: is patient
}

// client is used by all people of all tests; every request ends in time.
var client = &http.Client{
	Timeout:       20 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is a whole answer. Without one there is an error.
type answer struct {
	status int
	header http.Header
	text   string
}

// send sends one request; head holds names and values in turn.
func (v person) send(method, path, body string, head ...string) (answer, error) {
	ctx := context.Background()
	if v.hurry > 0 {
		var leave context.CancelFunc
		ctx, leave = context.WithTimeout(ctx, v.hurry)
		defer leave()
	}
	r, err := http.NewRequestWithContext(ctx, method, v.at.base()+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Origin", v.at.base())
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	res, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b)}, err
}

// get reads a page that must come.
func (v person) get(path string) answer {
	v.at.t.Helper()
	a, err := v.send("GET", path, "")
	if err != nil {
		v.at.t.Fatalf("GET %s: %v", path, err)
	}
	return a
}

// post sends JSON under an idempotency key.
func (v person) post(path, key string, in any) (answer, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return answer{}, err
	}
	return v.send("POST", path, string(b), "Content-Type", "application/json", "Idempotency-Key", key)
}

// people are n demo people, signed in by the program's own command.
func (p *program) people(n int) []person {
	p.t.Helper()
	out, errs, code := p.run("sessions", "-n", fmt.Sprint(n))
	if code != 0 {
		p.t.Fatalf("sessions: %d %s", code, errs)
	}
	var all []person
	for line := range strings.Lines(out) {
		all = append(all, person{at: p, cookie: strings.TrimSpace(line)})
	}
	if len(all) != n {
		p.t.Fatalf("sessions -n %d: %q", n, out)
	}
	return all
}

// signIn signs a demo person in with the password that all of them share.
func (p *program) signIn(email string) person {
	p.t.Helper()
	a, err := person{at: p}.post("/api/v1/session", "", map[string]string{"email": email, "password": account.DemoPassword})
	if err != nil || a.status != http.StatusOK {
		p.t.Fatalf("sign in as %s: %d %s %v", email, a.status, a.text, err)
	}
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "s" {
			return person{at: p, cookie: "s=" + c.Value}
		}
	}
	p.t.Fatalf("sign in as %s: no session cookie in %v", email, a.header)
	return person{}
}

// asked is a question that a test asked.
type asked struct {
	ID      int64
	Path    string
	Channel string
}

// ask asks a new question.
func (v person) ask(n int) asked {
	v.at.t.Helper()
	a, err := v.post("/api/v1/questions", fmt.Sprintf("ask-0123456789abcdef-%d", n), map[string]string{
		"title": fmt.Sprintf("How long should I stay after the operation? (%d)", n), "body": "They say five days, my dentist at home says ten.",
		"procedure": "den.implant.single", "destination": "HU",
	})
	if err != nil || a.status != http.StatusCreated {
		v.at.t.Fatalf("ask: %d %s %v", a.status, a.text, err)
	}
	var q asked
	decode(v.at.t, a.text, &q)
	return q
}

// shown is a reply as everybody can read it.
type shown struct {
	ID, Position int64
	Source, HTML string
}

// replies are all replies of a question as the API shows them, and the newest
// number of its channel.
func (p *program) replies(question int64) (all []shown, top int64) {
	p.t.Helper()
	for after := int64(0); ; {
		a := person{at: p}.get(fmt.Sprintf("/api/v1/questions/%d/replies?limit=200&after=%d", question, after))
		var page struct {
			Replies []shown
			Top     int64
			More    bool
		}
		decode(p.t, a.text, &page)
		if a.status != http.StatusOK {
			p.t.Fatalf("replies of %d: %d %s", question, a.status, a.text)
		}
		all, top = append(all, page.Replies...), page.Top
		if !page.More {
			return all, top
		}
		after = page.Replies[len(page.Replies)-1].Position
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
}
