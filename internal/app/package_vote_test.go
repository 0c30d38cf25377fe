package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/access"
	"caravan/internal/testkit"
)

// open opens a tab as somebody.
func (o *offers) tab(t *testing.T, browser context.Context, a access.Actor, looks ...testkit.Look) reader {
	t.Helper()
	r := reader{t, testkit.Tab(t, browser, looks...), o.URL, ""}
	testkit.SignIn(t, r.ctx, o.URL, o.as(a).cookies["s"])
	return r
}

// TestVotingOpensTheResults has a member vote for the first time, with scripts
// and without: first the tie, then the package, then three lines, and only then
// how others voted.
func TestVotingOpensTheResults(t *testing.T) {
	t.Parallel()
	o := newOffers(t, false)
	browser := testkit.Browser(t)
	const lines = "#i-price-deposit .chip, #i-price-total .chip, #i-stay-hospital_nights .chip"
	for name, how := range map[string]struct {
		who     access.Actor
		looks   []testkit.Look
		scripts bool
	}{
		"with scripts": {o.fresh, []testkit.Look{testkit.Size(390, 844)}, true}, "without scripts": {o.people[23], []testkit.Look{testkit.NoScript}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := o.tab(t, browser, how.who, how.looks...)
			v.open("/packages/" + o.running.Slug)
			if how.scripts {
				v.mark()
			}
			v.choose("#tie", "none")
			v.click("#verbs .votes .btn.main")
			v.see("Vote on 3 more lines")
			if strings.Contains(v.text(), "votes counted") {
				t.Error("results are shown before the lines were voted on")
			}
			for _, sel := range strings.Split(lines, ", ") {
				v.click(sel)
				v.until("the choice being taken", func() bool { return v.has(sel + "[aria-pressed=true]") })
			}
			v.see("votes counted")
			if how.scripts && !v.marked() {
				t.Error("a vote loads the page anew")
			}
		})
	}
}

// has reports whether the page shows something.
func (r reader) has(sel string) bool {
	r.t.Helper()
	nodes, err := chromedp.Run(r.ctx, chromedp.Nodes(chromedp.CSS(sel), chromedp.AtLeast(0)))
	return err == nil && len(nodes) > 0
}
