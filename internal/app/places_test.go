package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
)

// unreachable names each place of the bar that a thumb could miss on this
// screen: outside the window, smaller than 44 px, in letters under 12 px, cut,
// or broken inside a word. It begins with how many places are shown.
const unreachable = `(() => {
	const shown = [...document.querySelectorAll(".places a")].filter(a => a.checkVisibility());
	const bad = shown.filter(a => {
		const box = a.getBoundingClientRect();
		const words = document.createRange();
		words.selectNodeContents(a);
		const lines = new Set([...words.getClientRects()].map(r => Math.round(r.top))).size;
		return box.left < 0 || box.right > innerWidth || box.bottom > innerHeight || box.width < 44 || box.height < 44 ||
			parseFloat(getComputedStyle(a).fontSize) < 12 || a.scrollWidth > a.clientWidth || lines > a.textContent.trim().split(/\s+/).length;
	});
	return [shown.length, ...bad.map(a => a.textContent)].join(" ");
})()`

// TestEveryPlaceOfTheBarIsAtTheThumb looks at the bar of a phone for the
// visitors with the fewest and the most places: all fit into the narrowest
// window in both directions, and what is left out is reached from one's own
// place.
func TestEveryPlaceOfTheBarIsAtTheThumb(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	clinic := testkit.Organisation(t, s.db, "clinic", "Galata Dental")
	moderator := s.as(testkit.Person(t, s.db, "Mira", testkit.Moderator, testkit.StaffOf(clinic, "doctor")))
	browser := testkit.Browser(t)
	for _, width := range []int64{320, 360, 390} {
		for _, lang := range []string{"", "/ar"} {
			t.Run(fmt.Sprintf("%d px %s", width, lang), func(t *testing.T) {
				tab := reader{t, testkit.Tab(t, browser, testkit.Size(width, 740)), s.URL, lang}
				tab.open("/clinics")
				tab.bar()
				tab.sign(moderator.cookies["s"])
				tab.open("/me")
				tab.bar()
				tab.click(`main a[href$="/moderation"]`)
				tab.at("/moderation")
				if !tab.has(`.places a[href$="/me"][aria-current]`) {
					t.Error("the bar does not say where the desk of moderators belongs")
				}
			})
		}
	}
}

// bar complains about places of the bar that cannot be read or met.
func (r reader) bar() {
	r.t.Helper()
	got, err := chromedp.Run(r.ctx, chromedp.Evaluate[string](unreachable))
	if err != nil || got != "5" {
		r.t.Errorf("%s: places shown, and those out of reach: %s %v", strings.TrimPrefix(r.path(), r.lang), got, err)
	}
}
