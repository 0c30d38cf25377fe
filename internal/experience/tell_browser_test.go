package experience_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caravan/internal/experience"
	"caravan/internal/testkit"
)

// reader is a tab that is signed in.
type reader struct {
	testing.TB
	ctx context.Context
	srv *httptest.Server
}

func (w world) tab(t *testing.T, srv *httptest.Server, browser context.Context, looks ...testkit.Look) reader {
	t.Helper()
	r := reader{t, testkit.Tab(t, browser, looks...), srv}
	testkit.SignIn(t, r.ctx, srv.URL, "patient")
	return r
}

func (r reader) open(path string) {
	r.Helper()
	if err := chromedp.Do(r.ctx, chromedp.Navigate(r.srv.URL+path)); err != nil {
		r.Fatalf("%s: %v", path, err)
	}
}

func eval[T any](r reader, js string) T {
	r.Helper()
	v, err := chromedp.Run(r.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		r.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits for a condition of the page.
func (r reader) until(js string) {
	r.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if eval[bool](r, js) {
			return
		}
		if err := r.ctx.Err(); err != nil {
			r.Fatal(err)
		}
	}
	r.Fatalf("never: %s", js)
}

// check finds faults of the page that the tab shows.
func (r reader) check(what string) {
	r.Helper()
	testkit.Axe(r, r.ctx)
	if wide := eval[int](r, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		r.Errorf("%s is %d px wider than the screen", what, wide)
	}
	testkit.Shot(r, r.ctx, "tell-"+what)
}

func TestPagesToTellAreAccessibleEverywhere(t *testing.T) {
	w := newWorld(t)
	e, token := w.asked(t, 7)
	empty, err := w.StartDraft(context.Background(), w.patient, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := w.draft(t, w.patient, w.with(experience.Answers{"quarter": {"2025-Q1"}, "complication": {"yes"}, "c_treatment": {"medicine"}, "story": {story + " It was on 14 March 2026."}, "line_implant_paid": {"12"}}))
	srv := testkit.Door(t, w.d, testkit.Guests{"patient": w.patient}, w.Routes())
	browser := testkit.Browser(t)
	paths := map[string]string{"start": "/experiences/tell", "mine": "/me/experiences", "edit": "/me/experiences/" + e.PublicID + "/edit", "withdraw": "/me/experiences/" + e.PublicID + "/withdraw",
		"own-check-in": "/me/experiences/" + e.PublicID + "/check-ins/d7", "check-in": "/check-in/" + token, "thanks": "/check-in/thanks"}
	for _, step := range experience.Steps {
		paths["empty-"+step], paths["full-"+step] = "/experiences/drafts/"+empty.PublicID+"/"+step, "/experiences/drafts/"+full+"/"+step
	}
	for name, look := range map[string]struct {
		lang  string
		looks []testkit.Look
	}{"phone": {"", []testkit.Look{testkit.Size(390, 844)}}, "desk-ar-dark": {"/ar", []testkit.Look{testkit.Dark}}} {
		r := w.tab(t, srv, browser, append(look.looks, testkit.Allow("422"))...)
		for what, path := range paths {
			r.open(look.lang + path)
			r.check(name + "-" + what)
		}
		// The page that says what is wrong, with the summary of errors.
		r.open(look.lang + paths["empty-went"])
		if err := chromedp.Do(r.ctx, chromedp.Click("button.main")); err != nil {
			t.Fatal(err)
		}
		r.until(`document.querySelector("#errors") === document.activeElement`)
		r.check(name + "-wrong")
	}
}

func TestADraftSurvivesACutLineOnAPhone(t *testing.T) {
	w := newWorld(t)
	d, err := w.StartDraft(context.Background(), w.patient, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv := testkit.Door(t, w.d, testkit.Guests{"patient": w.patient}, w.Routes())
	var cut atomic.Bool
	whole := srv.Config.Handler
	srv.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if cut.Load() {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		whole.ServeHTTP(rw, req)
	})
	r := w.tab(t, srv, testkit.Browser(t), testkit.Size(390, 844), testkit.Allow("net::ERR_"))
	path := "/experiences/drafts/" + d.PublicID + "/went"
	r.open(path)
	typeInto := func(field, s string) {
		t.Helper()
		if err := chromedp.Do(r.ctx, chromedp.SendKeys("#"+field, s)); err != nil {
			t.Fatal(err)
		}
	}
	saved := func() string {
		return value[string](t, w, `SELECT coalesce(answers->'story'->>0, '') FROM experience_drafts WHERE public_id = $1::uuid`, d.PublicID)
	}
	typeInto("story", "They were kind to me from the first hour to the last. It was on 14 March 2026.")
	r.until(`document.querySelector("[data-saved]").textContent !== ""`)
	if got := saved(); got != "They were kind to me from the first hour to the last. It was on 14 March 2026." {
		t.Errorf("on the server: %q", got)
	}
	if got := eval[string](r, `document.querySelector("[data-warnings]").hidden ? "" : document.querySelector("[data-warnings]").textContent`); !strings.Contains(got, "14 March") {
		t.Errorf("what the server sees: %q", got)
	}
	cut.Store(true)
	typeInto("story", " The bill grew.")
	r.until(`Object.values(sessionStorage).some(v => v.includes("The bill grew."))`)
	if got := saved(); strings.Contains(got, "grew") {
		t.Errorf("it was saved without a line: %q", got)
	}
	cut.Store(false)
	r.open(path)
	r.until(`document.querySelector("#story").value.endsWith("The bill grew.")`)
	typeInto("story", " I would ask first.")
	r.until(`document.querySelector("[data-saved]").textContent !== ""`)
	if got := saved(); !strings.HasSuffix(got, "The bill grew. I would ask first.") {
		t.Errorf("after the line is back: %q", got)
	}
	// The questions about a complication come when it is told.
	if eval[bool](r, `document.querySelector("#c_treatment").checkVisibility()`) {
		t.Error("they are asked before")
	}
	if err := chromedp.Do(r.ctx, chromedp.Click("#complication-yes")); err != nil {
		t.Fatal(err)
	}
	r.until(`document.querySelector("#c_treatment").checkVisibility()`)
}
