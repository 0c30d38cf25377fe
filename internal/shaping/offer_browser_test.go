package shaping

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
)

// TestPagesOfWritingHaveNoBarriersOnPhonesAndFromRightToLeft looks at every page
// on which something of a package is written.
func TestPagesOfWritingHaveNoBarriersOnPhonesAndFromRightToLeft(t *testing.T) {
	b := newBench(t)
	draft := b.draft("Two days of hair in Istanbul")
	p := b.open("Hair in three days, one surgeon")
	wish := b.want(p, "patient", "stay.hotel_nights", 5)
	b.want(p, "second", "stay.hotel_nights", 6)
	desk := "/console/bosphorus-hair/packages/" + p.Slug
	paths := map[string][]string{
		"selin": {"/packages/new", "/packages/" + draft.Slug + "/edit/about", "/packages/" + draft.Slug + "/edit/stay", "/packages/" + draft.Slug + "/edit/own", "/packages/" + draft.Slug + "/edit/steps",
			"/packages/" + draft.Slug + "/publish", "/console/bosphorus-hair/packages", desk, "/console/bosphorus-hair/signatories", "/packages/" + p.Slug + "/withdraw"},
		"patient": {"/packages/new", "/packages/" + p.Slug + "/change", "/packages/" + p.Slug + "/change?item=stay.hotel_nights", "/packages/" + p.Slug + "/change?item=hair.technique", wishPath(p.Slug, wish), "/packages/" + p.Slug + "/fork"},
		"judge":   {"/moderation/packages/" + p.Slug},
	}
	browser := testkit.Browser(t)
	for _, look := range []struct {
		name, prefix string
		looks        []testkit.Look
	}{
		{"phone", "", []testkit.Look{testkit.Size(390, 844)}},
		{"desktop-ar-dark", "/ar", []testkit.Look{testkit.Dark}},
	} {
		for who, list := range paths {
			tab := testkit.Tab(t, browser, append(look.looks, testkit.NoScript)...)
			if _, err := chromedp.Call(tab, network.SetCookie, network.SetCookieParams{Name: "s", Value: who, URL: b.srv.URL}); err != nil {
				t.Fatal(err)
			}
			for i, path := range list {
				b.must(chromedp.Do(tab, chromedp.Navigate(b.srv.URL+look.prefix+path)))
				testkit.Axe(t, tab)
				wide, err := chromedp.Run(tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
				if err != nil || wide > 0 {
					t.Errorf("%s %s: %d px wider than the window (%v)", look.name, path, wide, err)
				}
				testkit.Shot(t, tab, strings.Join([]string{look.name, who, fmt.Sprint(i)}, "-"))
			}
		}
	}
}
