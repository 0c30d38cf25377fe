package main

import (
	"strings"
	"testing"
)

func TestARecountFindsNothingWrongInDemoData(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start()
	if out, errs, code := p.run("recount"); code != 0 || out != "replies: 0 wrong\npackages: 0 wrong\n" {
		t.Errorf("%d %q %s", code, out, errs)
	}
	if _, errs, code := p.run("recount", "now"); code != 1 || !strings.Contains(errs, "usage") {
		t.Errorf("a word too many: %d %s", code, errs)
	}
	p.interrupt()
}
