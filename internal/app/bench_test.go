package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// These measure what one request costs this process, without the network. The
// comparison with bare programs is `make bench`.

func benchGet(b *testing.B, as, path string) {
	s := demoSite(b)
	if path == "" {
		path = s.hot(b)
	}
	benchOn(b, s, as, path)
}

// benchLinked is the page that the first link found in another page leads to.
func benchLinked(b *testing.B, as, page string, link *regexp.Regexp) {
	s := demoSite(b)
	m := link.FindStringSubmatch(s.visitor().get(page).text)
	if m == nil {
		b.Fatalf("no link on %s", page)
	}
	benchOn(b, s, as, m[1])
}

func benchOn(b *testing.B, s *site, as, path string) {
	v := s.visitor()
	if as != "" {
		v = s.demoVisitor(b, as)
	}
	for b.Loop() {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = "127.0.0.1:1234"
		for k, val := range v.cookies {
			r.AddCookie(&http.Cookie{Name: k, Value: val})
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

func BenchmarkQuestionSignedOut(b *testing.B) { benchGet(b, "", "") }
func BenchmarkQuestionSignedIn(b *testing.B)  { benchGet(b, "patient", "") }
func BenchmarkListSignedIn(b *testing.B)      { benchGet(b, "patient", "/questions") }
func BenchmarkHomeSignedIn(b *testing.B)      { benchGet(b, "patient", "/") }
func BenchmarkRepliesJSON(b *testing.B)       { benchGet(b, "", "/api/v1/questions/1/replies?limit=50") }

func BenchmarkExperiencesSignedIn(b *testing.B) { benchGet(b, "patient", "/experiences") }
func BenchmarkExperienceSignedIn(b *testing.B) {
	benchLinked(b, "patient", "/experiences", regexp.MustCompile(`href="(/experiences/[0-9a-f-]{36})"`))
}
func BenchmarkClinicSignedIn(b *testing.B) {
	benchLinked(b, "patient", "/experiences", regexp.MustCompile(`href="(/clinics/[a-z0-9-]+)"`))
}

func BenchmarkPostReply(b *testing.B) {
	s := demoSite(b)
	v := s.demoVisitor(b, "patient")
	n := 0
	for b.Loop() {
		n++
		r := httptest.NewRequest("POST", fmt.Sprintf("/api/v1/questions/%d/replies", n%100+1), strings.NewReader(`{"body":"Three weeks, and the swelling went down after the first."}`))
		r.RemoteAddr = "127.0.0.1:1234"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("bench-0123456789-%d", n))
		r.AddCookie(&http.Cookie{Name: "s", Value: v.cookies["s"]})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusCreated {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}
