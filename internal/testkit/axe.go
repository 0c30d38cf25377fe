package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// violation is one rule of axe-core that the page breaks, and where.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ Target, HTML, Why string }
}

const runAxe = `axe.run(document).then(r => r.violations.map(v => ({
	id: v.id, impact: v.impact || "", help: v.help,
	nodes: v.nodes.slice(0, 5).map(n => ({target: n.target.join(" "), html: n.html.slice(0, 200), why: n.failureSummary})),
})))`

// Axe fails the test if axe-core finds anything on the page that the tab
// shows. It works in a tab without scripts too, whose page it leaves as it is.
func Axe(t testing.TB, ctx context.Context) {
	t.Helper()
	source, err := axeSource()
	if err != nil {
		t.Fatal(err)
	}
	o, _ := ctx.Value(tabKey{}).(tab)
	if err := setScripts(ctx, true); err != nil {
		t.Fatalf("testkit: axe: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](source)); err != nil {
		t.Fatalf("testkit: load axe: %v", err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("testkit: run axe: %v", err)
	}
	if err := setScripts(ctx, !o.still); err != nil {
		t.Fatalf("testkit: axe: %v", err)
	}
	where, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		t.Fatalf("testkit: axe: %v", err)
	}
	for _, v := range found {
		t.Errorf("%s (%d px, dark: %v): %s", where, o.width, o.dark, v)
	}
}

// String is the rule with the places that break it, one below the other.
func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  %s\n    %s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.Why, "\n", "\n    "))
	}
	return b.String()
}

// axeSource is the text of axe-core, which npm brings.
var axeSource = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(filepath.Join(root, "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("testkit: axe-core is not there (cd web && npm ci): %w", err)
	}
	return string(b), nil
})

// Root is the folder of the project: the one that holds go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("testkit: no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
