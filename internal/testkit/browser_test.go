package testkit_test

import (
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types caravan-fragment"

// page serves one document under a strict policy, and /s.js.
func page(t *testing.T, body, script string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		switch r.URL.Path {
		case "/s.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, script)
		case "/":
			http.SetCookie(w, &http.Cookie{Name: "who", Value: "somebody"})
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>A page</title><meta name="viewport" content="width=device-width">`+
				`<link rel="icon" href="data:,"><main><h1>A page</h1>`+body+`</main><script src="/s.js"></script></html>`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// witness stands in for the test that a tab belongs to, so that we see how
// that test would fail.
type witness struct {
	*testing.T
	mu      sync.Mutex
	said    []string
	cleanup []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.cleanup = append(w.cleanup, f) }

// end runs what the end of a test would, and returns what it was failed with.
func (w *witness) end() string {
	for i := len(w.cleanup) - 1; i >= 0; i-- {
		w.cleanup[i]()
	}
	w.cleanup = nil
	return strings.Join(w.said, "\n")
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	b := testkit.Browser(t)

	t.Run("page errors fail the test", func(t *testing.T) {
		for name, c := range map[string]struct{ body, script, want string }{
			"nothing wrong":          {"", "document.title = 'B'", ""},
			"exception":              {"", "null.x", "TypeError"},
			"lost promise":           {"", "Promise.reject(new Error('lost'))", "lost"},
			"console error":          {"", "console.error('oh', 'no')", "oh no"},
			"inline script":          {"<script>1</script>", "", "Content Security Policy"},
			"trusted types":          {"", "try { document.body.innerHTML = '<b>x</b>' } catch {}", "TrustedHTML"},
			"missing picture's file": {`<script src="/gone.js"></script>`, "", "404"},
		} {
			w := &witness{T: t}
			ctx := testkit.Tab(w, b)
			do(t, ctx, chromedp.Navigate(page(t, c.body, c.script)))
			if got := w.end(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
	})

	t.Run("allowed errors do not", func(t *testing.T) {
		ctx := testkit.Tab(t, b, testkit.Allow("on purpose"))
		do(t, ctx, chromedp.Navigate(page(t, "", "throw new Error('on purpose')")))
	})

	t.Run("axe finds faults, under a strict policy and without scripts", func(t *testing.T) {
		for _, look := range []testkit.Look{testkit.Dark, testkit.NoScript} {
			for body, want := range map[string]string{"<p>Fine.</p>": "", `<input type="text">`: "label"} {
				w := &witness{T: t}
				ctx := testkit.Tab(w, b, look)
				do(t, ctx, chromedp.Navigate(page(t, body, "")))
				testkit.Axe(w, ctx)
				if got := w.end(); (got == "") != (want == "") || !strings.Contains(got, want) {
					t.Errorf("%s: got %q, want %q", body, got, want)
				}
			}
		}
	})

	t.Run("looks", func(t *testing.T) {
		url := page(t, "", "document.title = 'B'")
		ctx := testkit.Tab(t, b, testkit.Size(390, 844), testkit.Dark)
		do(t, ctx, chromedp.Navigate(url))
		if got := eval[int](t, ctx, `innerWidth`); got != 390 {
			t.Errorf("width: got %d", got)
		}
		if !eval[bool](t, ctx, `matchMedia("(prefers-color-scheme: dark)").matches`) {
			t.Error("not dark")
		}
		still := testkit.Tab(t, b, testkit.NoScript)
		do(t, still, chromedp.Navigate(url))
		testkit.Axe(t, still)
		if got := eval[string](t, still, `document.title`); got != "A page" {
			t.Errorf("a script ran: title %q", got)
		}
	})

	t.Run("users", func(t *testing.T) {
		url := page(t, "", "")
		first := testkit.Tab(t, b)
		do(t, first, chromedp.Navigate(url))
		for want, ctx := range map[string]context.Context{
			"who=somebody": testkit.Tab(t, first, testkit.SameUser), "": testkit.Tab(t, b),
		} {
			do(t, ctx, chromedp.Navigate(url+"s.js"))
			if got := eval[string](t, ctx, `document.cookie`); got != want {
				t.Errorf("cookie: got %q, want %q", got, want)
			}
		}
	})
}

func TestShotWritesAPictureOnRequest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shots")
	t.Setenv("CARAVAN_SHOTS", dir)
	ctx := testkit.Tab(t, testkit.Browser(t), testkit.Size(390, 844))
	do(t, ctx, chromedp.Navigate(page(t, strings.Repeat("<p>Text.</p>", 100), "")))
	testkit.Shot(t, ctx, "page")
	f, err := os.Open(filepath.Join(dir, "page.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil || c.Width != 390 || c.Height < 1000 {
		t.Errorf("got %+v, %v: want the whole page, 390 wide", c, err)
	}
}
