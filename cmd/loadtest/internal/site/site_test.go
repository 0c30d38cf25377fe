package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestOnlyPlainHTTPOnLoopbackIsDriven(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8080":       true,
		"http://localhost:8080/":      true,
		"http://[::1]:8080":           true,
		"http://127.0.0.1":            false, // no port
		"https://127.0.0.1:8080":      false,
		"http://192.0.2.7:8080":       false,
		"http://example.org:80":       false,
		"http://127.0.0.1.example:80": false,
		"http://0.0.0.0:8080":         false,
		"http://127.0.0.1:8080/path":  false,
		"127.0.0.1:8080":              false,
	} {
		if _, err := Open(address); (err == nil) != ok {
			t.Errorf("Open(%q): error %v, want accepted %v", address, err, ok)
		}
	}
}

func TestSignInKeepsTheSessionCookieAndSendsItBack(t *testing.T) {
	var got []string
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "f", Value: "form"})
		http.SetCookie(w, &http.Cookie{Name: "s", Value: "secret"})
	})
	mux.HandleFunc("POST /api/v1/questions/7/replies", func(w http.ResponseWriter, r *http.Request) {
		got = []string{r.Header.Get("Cookie"), r.Header.Get("Idempotency-Key"), r.Header.Get("Content-Type")}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"id":5,"seq":1}`)
	})
	s := serve(t, mux)
	p, err := s.SignIn(context.Background(), DemoEmail(7), Password)
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Reply(context.Background(), p, 7, "text", "key-1")
	if err != nil || id != 5 {
		t.Fatalf("got id %d and %v, want 5", id, err)
	}
	if want := []string{"s=secret", "key-1", "application/json"}; !slices.Equal(got, want) {
		t.Errorf("request carried %q, want %q", got, want)
	}
}

func TestAnAnswerThatIsNotWholeHasNoStatus(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/1/") {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		panic(http.ErrAbortHandler)
	}))
	_, err := s.Reply(context.Background(), Person{}, 1, "x", "k")
	if r, ok := errors.AsType[*Refused](err); !ok || r.Status != 503 || r.RetryAfter != "3" {
		t.Errorf("got %v, want 503 with Retry-After 3", err)
	}
	if _, err := s.Reply(context.Background(), Person{}, 2, "x", "k"); err == nil || StatusOf(err) != 0 {
		t.Errorf("cut connection: got %v with status %d, want an error with status 0", err, StatusOf(err))
	}
}

func TestAllRepliesReadsEveryPageAndStopsAtOnesThatDoNotMoveOn(t *testing.T) {
	stuck := false
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var after, limit, first int
		fmt.Sscan(r.URL.Query().Get("after"), &after)
		fmt.Sscan(r.URL.Query().Get("limit"), &limit)
		if first = after; stuck {
			first = 0
		}
		var replies []string
		for i := first + 1; i <= min(first+limit, 120); i++ {
			replies = append(replies, fmt.Sprintf(`{"id":%d,"position":%d,"source":"x"}`, 1000+i, i))
		}
		fmt.Fprintf(w, `{"replies":[%s],"top":120,"epoch":"e"}`, strings.Join(replies, ","))
	}))
	all, err := s.AllReplies(context.Background(), 1)
	if err != nil || len(all.Replies) != 120 || all.Top != 120 || all.Replies[119].ID != 1120 {
		t.Errorf("got %d replies, top %d and %v, want 120 of 120", len(all.Replies), all.Top, err)
	}
	stuck = true
	if _, err := s.AllReplies(context.Background(), 1); err == nil {
		t.Error("pages that begin again: got no error")
	}
}

func TestSessionsAreReadWithAndWithoutTheCookiesName(t *testing.T) {
	got, err := ParseSessions("abc\n\ns=def\n")
	if err != nil || len(got) != 2 || got[0].Header() != "s=abc" || got[1].Header() != "s=def" {
		t.Errorf("got %v and %v, want s=abc and s=def", got, err)
	}
	if _, err := ParseSessions("\n"); err == nil {
		t.Error("no line: got no error")
	}
}

// serve runs h on a loopback port for the test.
func serve(t *testing.T, h http.Handler) *Site {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	s, err := Open(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
