package testkit

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tabLimit ends a tab whose page never does what the test waits for.
const tabLimit = 4 * time.Minute

// shell is Chromium's engine without the browser around it. Pages are the same in
// it, and take a third of the time.
const shell = "chromium-headless-shell"

// Browser starts a Chromium for the test and returns it as the context that
// Tab opens its tabs in. It ends with the test. It is the engine alone where that
// is installed, and with CARAVAN_LONG always the browser that people have.
func Browser(t testing.TB) context.Context {
	t.Helper()
	if path, err := exec.LookPath(shell); err == nil && os.Getenv("CARAVAN_LONG") == "" {
		return launch(t, chromedp.ExecPath(path))
	}
	return launch(t)
}

// WholeBrowser is Browser for tests of what the browser does around the page,
// such as keeping pages to go back to.
func WholeBrowser(t testing.TB) context.Context {
	t.Helper()
	return launch(t)
}

func launch(t testing.TB, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	flags := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "en"), chromedp.WindowSize(1280, 800))
	if os.Geteuid() == 0 {
		flags = append(flags, chromedp.NoSandbox) // Chromium's sandbox refuses root
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(flags, more...)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	// A time limit here would end the browser, not only this call.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("testkit: start Chromium (on Debian: apt-get install -y chromium): %v", err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("testkit: close Chromium: %v", err)
		}
	})
	return ctx
}

// Look changes how Tab opens a tab.
type Look func(*tab)

type tab struct {
	width, height int64
	dark, still   bool
	same          bool
	allowed       []string
}

// NoScript turns JavaScript off.
func NoScript(o *tab) { o.still = true }

// Dark asks pages for their dark colours.
func Dark(o *tab) { o.dark = true }

// SameUser opens the tab with the cookies of the tab that is given to Tab in
// place of the browser.
func SameUser(o *tab) { o.same = true }

// Size sets the page's width and height in CSS pixels; 1280 by 800 otherwise.
func Size(width, height int64) Look {
	return func(o *tab) { o.width, o.height = width, height }
}

// Allow names a part of a page error that the test causes on purpose.
func Allow(part string) Look {
	return func(o *tab) { o.allowed = append(o.allowed, part) }
}

// phone is the width below which a page is shown as on a phone.
const phone = 600

// Tab opens a tab with empty cookies, as a new user. If the page throws, logs
// an error, breaks its Content-Security-Policy or asks for a style sheet,
// script, font or picture that is not there, the test fails at its end.
func Tab(t testing.TB, browser context.Context, looks ...Look) context.Context {
	t.Helper()
	o := tab{width: 1280, height: 800}
	for _, f := range looks {
		f(&o)
	}
	seen := &troubles{allowed: o.allowed}
	options := []chromedp.ContextOption{chromedp.WithListener(seen.hear)}
	if !o.same {
		options = append(options, chromedp.WithNewBrowserContext())
	}
	ctx, cancel := chromedp.NewContext(browser, options...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("testkit: open tab: %v", err)
	}
	ctx, end := context.WithTimeout(ctx, tabLimit)
	t.Cleanup(end)
	if err := o.apply(ctx); err != nil {
		t.Fatalf("testkit: open tab: %v", err)
	}
	t.Cleanup(func() { seen.report(t, ctx) })
	return context.WithValue(ctx, tabKey{}, o)
}

// tabKey finds how a tab was opened in its context.
type tabKey struct{}

func (o tab) apply(ctx context.Context) error {
	var viewport []chromedp.EmulateViewportOption
	if o.width < phone {
		viewport = append(viewport, chromedp.EmulateMobile)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(o.width, o.height, viewport...)); err != nil {
		return err
	}
	scheme := "light"
	if o.dark {
		scheme = "dark"
	}
	// Without motion a page is at once as it will be.
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	return setScripts(ctx, !o.still)
}

func setScripts(ctx context.Context, on bool) error {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}
