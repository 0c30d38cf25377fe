package visit_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
	"caravan/internal/visit"
	"caravan/web"
)

// badges is a page that shows the badge at a level, as the page of an experience does.
func badges(t *testing.T) httpd.Route {
	t.Helper()
	part, err := fs.ReadFile(visit.Views, "badge.part.html")
	if err != nil {
		t.Fatal(err)
	}
	page := web.Page[visit.BadgeView](fstest.MapFS{
		"badge.part.html":  {Data: part},
		"badges.page.html": {Data: []byte(`{{define "main"}}<h1>Badge</h1>{{template "badge" .Page}}{{end}}`)},
	}, "badges")
	dental := int16(1)
	return httpd.Route{Method: http.MethodGet, Path: "/badge/:level", Gate: access.Anyone, Do: func(c echo.Context) error {
		level := int(c.Param("level")[0] - '0')
		var proofs []visit.Proof
		if level >= visit.Visit {
			proofs = []visit.Proof{{Kind: visit.Code, Quarter: "2026-Q2", SpecialtyID: &dental, Sources: 1, SeenOn: time.Date(2026, 7, 14, 0, 0, 0, 0, time.UTC)}}
		}
		return httpd.Page(c, page, httpd.Head{Title: "Badge"}, visit.Badge(httpd.Lang(c), level, proofs))
	}}
}

func TestPagesHaveNoBarriersOnPhonesAndFromRightToLeft(t *testing.T) {
	w := newWard(t, true)
	w.Introduce(&drawer{})
	srv := testkit.Door(t, w.d, testkit.Guests{"selin": w.staff, "heron": w.patient}, append(w.Routes(), badges(t)))
	browser := testkit.Browser(t)
	w.make(t, 3)
	const codes = "/console/bosphorus-eye/codes"
	for _, look := range []struct {
		name, prefix string
		looks        []testkit.Look
	}{
		{"phone", "", []testkit.Look{testkit.Size(390, 844)}},
		{"desktop-ar-dark", "/ar", []testkit.Look{testkit.Dark}},
	} {
		for who, list := range map[string][]string{"": {"/v", "/badge/0", "/badge/4"}, "heron": {"/v"}, "selin": {codes}} {
			tab := testkit.Tab(t, browser, append(look.looks, testkit.NoScript)...)
			testkit.SignIn(t, tab, srv.URL, who)
			check := func(name string) {
				testkit.Inspect(t, tab, look.name+"-"+who+strings.ReplaceAll(name, "/", "-"))
			}
			for _, path := range list {
				if err := chromedp.Do(tab, chromedp.Navigate(srv.URL+look.prefix+path)); err != nil {
					t.Fatal(err)
				}
				check(path)
			}
			if who == "selin" { // the sheet is the answer to the form, and of F5 as well
				press := chromedp.Evaluate[bool](`(() => { const f = document.querySelector("input[name=codes]"); f.value = "3"; f.form.submit(); return true })()`)
				if _, err := chromedp.Run(tab, press); err != nil {
					t.Fatal(err)
				}
				if err := chromedp.Do(tab, chromedp.WaitVisible(chromedp.CSS(".code-card"))); err != nil {
					t.Fatal(err)
				}
				check("sheet")
			}
		}
	}
}

// TestALinkOfAQRCodeLeavesNothingInTheAddress opens what a phone's camera
// reads, signed in.
func TestALinkOfAQRCodeLeavesNothingInTheAddress(t *testing.T) {
	w := newWard(t, true)
	drafts := &drawer{}
	w.Introduce(drafts)
	arrived := httpd.Route{Method: http.MethodGet, Path: "/rules", Gate: access.Anyone, Do: func(c echo.Context) error { return c.HTML(http.StatusOK, `<title>x</title><p id="arrived">here</p>`) }}
	srv := testkit.Door(t, w.d, testkit.Guests{"heron": w.patient}, append(w.Routes(), arrived))
	code := strings.ReplaceAll(w.make(t, 1)[0], " ", "")
	browser := testkit.Browser(t)

	tab := testkit.Tab(t, browser, testkit.Size(390, 844))
	if err := chromedp.Do(tab, chromedp.Navigate(srv.URL+"/v#"+code), chromedp.WaitVisible(chromedp.CSS("#try"))); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(tab, chromedp.Evaluate[string](`new Promise(done => { const f = document.querySelector("[name=code]"); const look = () => f.value ? done(f.value + " at " + location.href) : setTimeout(look, 20); look() })`, chromedp.EvalAwaitPromise))
	if err != nil || got != code+" at "+srv.URL+"/v" {
		t.Errorf("signed out: %s, %v", got, err)
	}

	tab = testkit.Tab(t, browser, testkit.Size(390, 844))
	testkit.SignIn(t, tab, srv.URL, "heron")
	if err := chromedp.Do(tab, chromedp.Navigate(srv.URL+"/v#"+url.PathEscape(code)), chromedp.WaitVisible(chromedp.CSS("#arrived"))); err != nil {
		t.Fatal(err)
	}
	if len(drafts.got) != 1 || drafts.got[0].OrganisationID != w.clinic.ID {
		t.Errorf("the code did not arrive: %+v", drafts.got)
	}
}
