package static_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
	"caravan/static"
)

// desk is a small site with one form: what a browser does with our scripts
// where the site itself is not the matter.
type desk struct{ url string }

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; require-trusted-types-for 'script'; trusted-types caravan-fragment"

// page is the form with text as the server would send it, and more below it.
func page(text, more string) string {
	return fmt.Sprintf(`<!doctype html><html lang="en"><head><title>Desk</title><link rel="icon" href=%q><link rel="stylesheet" href=%q>
<meta name="viewport" content="width=device-width"><script src=%q></script><script type="module" src=%q></script></head><body>
<p class="foot"><button class="theme" type="button">Theme</button></p>%s
<form method="post" action="/write" data-draft><label>Text <textarea name="body" id="body">
%s</textarea></label><span data-kept hidden>kept</span><button id="send">Send</button></form></body></html>`,
		static.URL("img/icon.svg"), static.URL("app.css"), static.URL("js/theme.js"), static.URL("js/app.js"), more, text)
}

func newDesk(t *testing.T) *desk {
	d := &desk{}
	mux := http.NewServeMux()
	html := func(w http.ResponseWriter, status int, body string) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
	mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
		kind, body, _, _, ok := static.Find(strings.TrimPrefix(r.URL.Path, "/static/"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { html(w, 200, page("", "")) })
	mux.HandleFunc("POST /write", func(w http.ResponseWriter, r *http.Request) {
		switch text := r.FormValue("body"); text {
		case "refuse":
			html(w, http.StatusUnprocessableEntity, page("as the server has it", `<div class="errors" id="errors" role="alert" tabindex="-1">Wrong.</div>`))
		case "stay":
			w.WriteHeader(http.StatusNoContent) // the page stays where it is
		default:
			http.Redirect(w, r, "/?done=written", http.StatusSeeOther)
		}
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	d.url = srv.URL
	return d
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for _, s := range steps {
		if err := chromedp.Do(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
}

// until waits for a condition of the page. A page that is just being left
// answers nothing: it is asked again until the tab's time is over.
func until(t *testing.T, ctx context.Context, js string) {
	t.Helper()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](js))
		if ok {
			again.Stop()
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("never came true: %s (%v)", js, err)
		}
	}
}

func typed(t *testing.T, ctx context.Context, text string) {
	t.Helper()
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#body"), text))
	until(t, ctx, `!document.querySelector("[data-kept]").hidden`)
}

func TestScriptsOfEveryPage(t *testing.T) {
	browser := testkit.Browser(t)
	for name, f := range map[string]func(*testing.T, *desk, context.Context){
		"what is typed outlives a reload until the server has it":                outlivesReload,
		"a page that comes back with text is not overwritten, errors take focus": notOverwritten,
		"an impatient second press sends nothing":                                sentOnce,
		"the switch between light and dark holds, and lets go":                   themeHolds,
	} {
		t.Run(name, func(t *testing.T) { f(t, newDesk(t), browser) })
	}
}

func outlivesReload(t *testing.T, d *desk, browser context.Context) {
	tab := testkit.Tab(t, browser)
	do(t, tab, chromedp.Navigate(d.url))
	typed(t, tab, "half a sentence")
	do(t, tab, chromedp.Reload())
	until(t, tab, `document.querySelector("#body").value === "half a sentence"`)

	do(t, tab, chromedp.Click(chromedp.CSS("#send")))
	until(t, tab, `location.pathname === "/" && !location.search && sessionStorage.length === 0 && document.querySelector("#body").value === ""`)
	do(t, tab, chromedp.Reload())
	until(t, tab, `document.readyState === "complete" && document.querySelector("#body").value === ""`)
}

func notOverwritten(t *testing.T, d *desk, browser context.Context) {
	tab := testkit.Tab(t, browser, testkit.Allow("422"))
	do(t, tab, chromedp.Navigate(d.url))
	typed(t, tab, "refuse")
	do(t, tab, chromedp.Click(chromedp.CSS("#send")))
	until(t, tab, `document.activeElement?.id === "errors" && document.querySelector("#body").value === "as the server has it"`)
}

func sentOnce(t *testing.T, d *desk, browser context.Context) {
	tab := testkit.Tab(t, browser)
	do(t, tab, chromedp.Navigate(d.url))
	typed(t, tab, "stay")
	sent, err := chromedp.Run(tab, chromedp.Evaluate[int](`(() => {
		let sent = 0;
		addEventListener("submit", (e) => { if (!e.defaultPrevented) sent++; });
		for (let i = 0; i < 3; i++) document.querySelector("#send").click();
		return sent;
	})()`))
	if err != nil || sent != 1 {
		t.Errorf("three presses sent %d times, want 1 (%v)", sent, err)
	}
	until(t, tab, `document.querySelector("#send").getAttribute("aria-disabled") === "true"`)
}

func themeHolds(t *testing.T, d *desk, browser context.Context) {
	tab := testkit.Tab(t, browser, testkit.Size(390, 844))
	do(t, tab, chromedp.Navigate(d.url))
	light := `getComputedStyle(document.body).backgroundColor === "rgb(250, 247, 242)"`
	dark := `getComputedStyle(document.body).backgroundColor === "rgb(20, 24, 26)"`
	press := chromedp.Click(chromedp.CSS("button.theme"))
	until(t, tab, light)
	do(t, tab, press)
	until(t, tab, dark)
	do(t, tab, chromedp.Reload())
	until(t, tab, dark)
	do(t, tab, press)
	until(t, tab, light+` && localStorage.length === 0`)
}
