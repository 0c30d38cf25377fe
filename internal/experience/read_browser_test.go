package experience

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"caravan/internal/testkit"
)

// fullLibrary is a library as a browser meets it: a whole experience, a crowd, one
// that is gone.
func fullLibrary(t *testing.T) (w library, srv *httptest.Server, public, gone string) {
	t.Helper()
	w = newLibrary(t)
	w.crowd(t, w.clinics[0], 24, 3)
	w.crowd(t, w.clinics[1], 9, 4)
	id, public := w.put(t, w.clinics[0], map[string]any{"published_on": "2026-07-01", "quarter": "2026-Q2"})
	w.whole(t, id)
	_, gone = w.put(t, w.clinics[0], map[string]any{"state": "restricted", "state_why": "moderation.reason_personal_data"})
	return w, testkit.Door(t, w.d, testkit.Guests{"reader": w.reader}, w.Routes()), public, gone
}

func open(t *testing.T, tab context.Context, address string) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
}

func TestPagesToReadAreAccessibleEverywhere(t *testing.T) {
	_, srv, public, gone := fullLibrary(t)
	browser := testkit.Browser(t)
	looks := map[string][]testkit.Look{"phone": {testkit.Size(390, 844)}, "desk": nil, "phone-dark": {testkit.Size(390, 844), testkit.Dark}, "desk-dark": {testkit.Dark}}
	for name, look := range looks {
		for _, lang := range []string{"", "/ar"} {
			if lang != "" && (name == "desk" || name == "phone-dark") {
				continue // the other two show direction and colours
			}
			tab := testkit.Tab(t, browser, append(look, testkit.Allow("410"))...)
			for what, path := range map[string]string{"list": "/experiences", "filtered": "/experiences?interpreter=app&sort=critical", "one": Path(public), "gone": Path(gone), "history": Path(public) + "/history", "compare": "/compare?clinic=dunakert-dental&clinic=ayazma-hair&clinic=quiet-hill", "choose": "/compare"} {
				open(t, tab, srv.URL+lang+path)
				testkit.Inspect(t, tab, fmt.Sprintf("x-%s%s-%s", what, strings.ReplaceAll(lang, "/", "-"), name))
			}
		}
	}
}

func TestClinicsAreComparedWithTheKeyboardOnly(t *testing.T) {
	_, srv, _, _ := fullLibrary(t)
	tab := testkit.Tab(t, testkit.Browser(t), testkit.NoScript)
	open(t, tab, srv.URL+"/compare")
	// To the first field, type a name, on to the next, and send with Enter.
	keys := []string{}
	for range 40 {
		keys = append(keys, kb.Tab)
	}
	reach := func(id string) {
		t.Helper()
		for _, k := range keys {
			if err := chromedp.Do(tab, chromedp.KeyEvent(k)); err != nil {
				t.Fatal(err)
			}
			at, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.activeElement.id`))
			if err != nil {
				t.Fatal(err)
			}
			if at == id {
				return
			}
		}
		t.Fatalf("no Tab leads to %s", id)
	}
	for id, name := range map[string]string{"clinic1": "Dun"} {
		reach(id)
		if err := chromedp.Do(tab, chromedp.KeyEvent(name)); err != nil {
			t.Fatal(err)
		}
	}
	reach("clinic2")
	for _, k := range []string{"Aya", kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Enter} {
		if err := chromedp.Do(tab, chromedp.KeyEvent(k)); err != nil {
			t.Fatal(err)
		}
	}
	if err := chromedp.Do(tab, chromedp.WaitVisible(chromedp.CSS("table.compare"))); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("table.compare").innerText`))
	if err != nil || !strings.Contains(text, "Dunakert Dental") || !strings.Contains(text, "Ayazma Hair") || !strings.Contains(text, "of 25") {
		t.Errorf("%q %v", text, err)
	}
}
