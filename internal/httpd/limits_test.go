package httpd_test

import (
	"fmt"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

func TestNobodyIsBelievedAboutTheirAddress(t *testing.T) {
	t.Parallel()
	limit := httpd.Limit{Name: "sign-in", Rates: []httpd.Rate{{N: 6, Per: time.Minute}}, By: httpd.ByAddress}
	d := open(t, nil, httpd.Route{Method: "GET", Path: "/limited", Gate: access.Anyone, Do: text, Limits: []httpd.Limit{limit}})
	for i := range 8 {
		a := d.send("GET", "/limited", "", fmt.Sprintf("X-Forwarded-For: 10.1.%d.%d", i, i*7), fmt.Sprintf("X-Real-IP: 10.2.%d.1", i))
		want := 200
		if i >= 6 {
			want = 429
		}
		if a.StatusCode != want || (want == 429) != (a.Header.Get("Retry-After") != "") {
			t.Errorf("request %d: %d, Retry-After %q", i+1, a.StatusCode, a.Header.Get("Retry-After"))
		}
	}
}

func TestATrustedProxyIsBelieved(t *testing.T) {
	t.Parallel()
	limit := httpd.Limit{Name: "sign-in", Rates: []httpd.Rate{{N: 1, Per: time.Minute}}, By: httpd.ByAddress}
	d := open(t, map[string]string{"TRUSTED_PROXIES": "127.0.0.0/8"}, httpd.Route{Method: "GET", Path: "/limited", Gate: access.Anyone, Do: text, Limits: []httpd.Limit{limit}})
	for i, want := range []int{200, 200, 429} {
		from := []string{"203.0.113.9", "198.51.100.9", "198.51.100.9"}[i]
		if a := d.send("GET", "/limited", "", "X-Forwarded-For: "+from); a.StatusCode != want {
			t.Errorf("from %s: %d, want %d", from, a.StatusCode, want)
		}
	}
}

func TestManyAtOnceAreCountedWithoutLoss(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	l := httpd.NewLimits(d, make([]byte, 32), false)
	passed := make(chan bool, 60)
	for range 60 {
		go func() { passed <- l.Take(t.Context(), "vote", "mina", httpd.Rate{N: 20, Per: 24 * time.Hour}) == nil }()
	}
	n := 0
	for range 60 {
		if <-passed {
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d of 60 passed, want 20", n)
	}
	if err := l.Take(t.Context(), "vote", "mina", httpd.Rate{N: 20, Per: 24 * time.Hour}); !errs.Is(err, errs.TooMany) || errs.Of(err).RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
}
