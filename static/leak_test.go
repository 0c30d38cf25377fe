package static_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
	"caravan/static"
)

// A form whose field is watched; the sentences are the server's.
func watchedForm(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
		kind, body, _, _, ok := static.Find(strings.TrimPrefix(r.URL.Path, "/static/"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	})
	mux.HandleFunc("POST /write", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/?sent", http.StatusSeeOther) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="de"><head><title>Desk</title><link rel="icon" href=%q><script type="module" src=%q></script></head><body>
<form method="post" action="/write"><div class="field"><label for="body">Text</label><textarea name="body" id="body" data-leaks></textarea>
<p role="status" hidden data-module="leak" data-leaks-hint data-email="mail {what}." data-phone="call {what}." data-iban="iban {what}." data-card="card {what}." data-handle="name {what}." data-link="link {what}." data-exact_date="day {what}."></p></div>
<button id="send">Send</button></form></body></html>`, static.URL("img/icon.svg"), static.URL("js/app.js"))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestAHintSaysWhatATextGivesAwayAndStopsNothing(t *testing.T) {
	tab := testkit.Tab(t, testkit.Browser(t))
	do(t, tab, chromedp.Navigate(watchedForm(t)))
	const hint = `document.querySelector("[data-leaks-hint]")`
	says := func(text, want string) {
		t.Helper()
		// The script may still be on its way: the event is told again, more
		// seldom than the script waits for the next letter.
		until(t, tab, fmt.Sprintf(`(() => {
			const f = document.querySelector("#body");
			if (f.value !== %[1]q || Date.now() - window.told > 1500) {
				f.value = %[1]q;
				window.told = Date.now();
				f.dispatchEvent(new Event("input", { bubbles: true }));
			}
			return %[2]s.textContent === %[3]q && %[2]s.hidden === %[4]t;
		})()`, text, hint, want, want == ""))
	}
	says("write to a.bow@gmail.com", "mail a.bow@gmail.com.")
	says("Vier Nächte, 1.200 €, 2019-2023, 500 mg, 3.200 Grafts", "")
	says("am 12. Mai, Tel. 0151 23456789", "day 12. Mai. call 0151 23456789.")
	says("DE48 3363 3875 0047 4395 75 bitte", "iban DE48 3363 3875 0047 4395 75.")
	says("<b onclick=x>@somebody_84</b>", "name @somebody_84.")
	do(t, tab, chromedp.Click(chromedp.CSS("#send")))
	until(t, tab, `location.search === "?sent"`)
}
