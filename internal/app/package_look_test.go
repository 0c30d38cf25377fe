package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/access"
	"caravan/internal/testkit"
)

// TestPagesOfPackagesAreAccessible looks at packages in every phase, as people
// who stand to them in different ways: axe finds nothing, and nothing is wider
// than the screen.
func TestPagesOfPackagesAreAccessible(t *testing.T) {
	t.Parallel()
	o := newOffers(t, false)
	browser := testkit.Browser(t)
	base := "/packages/" + o.running.Slug
	for _, x := range []struct {
		name, lang string
		who        access.Actor
		looks      []testkit.Look
		pages      []string
	}{
		{"visitor-phone", "", access.Actor{}, []testkit.Look{testkit.Size(390, 844)}, []string{base, "/packages", "/packages/calls", base + "/versions", base + "/versions/1", base + "/changes", "/packages/compare?p=" + o.running.Slug + "&p=" + o.final.Slug}},
		{"voter-desk", "", o.people[0], []testkit.Look{testkit.Size(1280, 900)}, []string{base, "/packages/" + o.final.Slug, "/packages/" + o.countered.Slug, "/packages/" + o.done.Slug, "/packages/" + o.call.Slug}},
		{"member-arabic-dark", "/ar", o.fresh, []testkit.Look{testkit.Size(390, 844), testkit.Dark}, []string{base, "/packages?sort=best", "/packages/" + o.countered.Slug}},
		{"staff-desk-dark", "", o.staff, []testkit.Look{testkit.Dark}, []string{base, "/packages", "/packages/compare?p=" + o.running.Slug + "&p=" + o.final.Slug + "&p=" + o.countered.Slug}},
	} {
		tab := reader{t, testkit.Tab(t, browser, x.looks...), o.URL, x.lang}
		if x.who.SignedIn() {
			testkit.SignIn(t, tab.ctx, o.URL, o.as(x.who).cookies["s"])
		}
		for _, path := range x.pages {
			tab.open(path)
			testkit.Inspect(t, tab.ctx, x.name+strings.NewReplacer("/", "_", "?", "_", "=", "_", "&", "_").Replace(path))
		}
	}
	o.ballots(t, browser)
}

// ballots looks at the page that asks for what a ballot lacks: the tie, which no
// browser lets be forgotten, and which a script or an old page may.
func (o *offers) ballots(t *testing.T, browser context.Context) {
	t.Helper()
	for name, looks := range map[string][]testkit.Look{"/ar": {testkit.Size(390, 844), testkit.Dark}, "": {testkit.Size(1280, 900)}} {
		tab := reader{t, testkit.Tab(t, browser, append(looks, testkit.Allow("422"))...), o.URL, name}
		tab.sign(o.as(o.fresh).cookies["s"])
		tab.open("/packages/" + o.running.Slug)
		tab.do("forget the tie", chromedp.Evaluate[chromedp.Void](`void (document.querySelector("#tie").required = false)`))
		tab.click("#verbs .votes .btn.main")
		tab.at("/vote")
		testkit.Axe(t, tab.ctx)
		testkit.Shot(t, tab.ctx, "ballot"+strings.ReplaceAll(name, "/", "-"))
	}
}
