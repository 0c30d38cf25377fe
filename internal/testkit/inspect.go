package testkit

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// SignIn gives a tab the session of a server, as its cookie names it, such as one
// of its Guests. Without one the tab stays nobody's.
func SignIn(t testing.TB, tab context.Context, url, session string) {
	t.Helper()
	if session == "" {
		return
	}
	if _, err := chromedp.Call(tab, network.SetCookie, network.SetCookieParams{Name: "s", Value: session, URL: url}); err != nil {
		t.Fatalf("testkit: sign in: %v", err)
	}
}

// Inspect fails the test if the page that the tab shows has a barrier or is wider
// than its window. It takes a Shot by the given name.
func Inspect(t testing.TB, tab context.Context, name string) {
	t.Helper()
	Axe(t, tab)
	wide, err := chromedp.Run(tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
	if err != nil || wide > 0 {
		t.Errorf("%s: %d px wider than the window (%v)", name, wide, err)
	}
	Shot(t, tab, name)
}

// Tour inspects pages on a phone, and in Arabic on a dark desktop, without
// scripts. Pages are paths by the session that opens them.
func Tour(t testing.TB, url string, pages map[string][]string) {
	t.Helper()
	browser := Browser(t)
	for _, look := range []struct {
		name, prefix string
		how          Look
	}{{"phone", "", Size(390, 844)}, {"desktop-ar-dark", "/ar", Dark}} {
		for session, paths := range pages {
			tab := Tab(t, browser, look.how, NoScript)
			SignIn(t, tab, url, session)
			for _, path := range paths {
				if err := chromedp.Do(tab, chromedp.Navigate(url+look.prefix+path)); err != nil {
					t.Fatalf("testkit: open %s: %v", path, err)
				}
				Inspect(t, tab, ShotName(look.name, session, path))
			}
		}
	}
}

// ShotName is a file's name made of parts, of which some are addresses. Whatever
// follows a token in one is left out: it differs from run to run.
func ShotName(parts ...string) string {
	name, _, _ := strings.Cut(strings.Join(parts, "-"), "token")
	return strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-", "#", "-", "%", "-").Replace(name)
}
