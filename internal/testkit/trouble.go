package testkit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// troubles collects what goes wrong on the pages of one tab.
type troubles struct {
	allowed []string

	mu   sync.Mutex
	said []string
}

// hear takes every event of the tab, in order, on the tab's own goroutine.
func (x *troubles) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		x.add(e.ExceptionDetails.URL, exception(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			x.add("", "console: "+arguments(e.Args))
		}
	case *log.EventEntryAdded:
		// Failed requests are judged below by what they were for: a page that
		// answers 404 or 422 is no trouble.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			x.add(e.Entry.URL, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && part(e.Type) {
			x.add(e.Response.URL, fmt.Sprintf("%s answered with %d", e.Type, e.Response.Status))
		}
	}
}

// part says whether a request was for a piece of the page itself.
func part(kind network.ResourceType) bool {
	switch kind {
	case network.ResourceTypeStylesheet, network.ResourceTypeScript, network.ResourceTypeImage,
		network.ResourceTypeFont, network.ResourceTypeManifest:
		return true
	}
	return false
}

func exception(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

func arguments(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		text := a.Description
		if text == "" {
			text = strings.Trim(string(a.Value), `"`)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func (x *troubles) add(where, what string) {
	for _, a := range x.allowed {
		if strings.Contains(what, a) || strings.Contains(where, a) {
			return
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.said = append(x.said, strings.TrimSpace(where+" "+what))
}

// report fails the test with what was collected. One more answer from the
// page makes sure that everything before it has been heard.
func (x *troubles) report(t testing.TB, ctx context.Context) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](`1`)); err != nil {
		t.Logf("testkit: last look at the tab: %v", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.said {
		t.Errorf("on the page: %s", s)
	}
}
