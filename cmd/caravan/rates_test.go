package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRatesAreImportedBesideTheRunningProgram(t *testing.T) {
	t.Parallel()
	p := demoSite(t)
	p.start()
	file := filepath.Join(t.TempDir(), "rates.csv")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("day,currency,per_euro\n2026-11-20,USD,1.16\n2026-11-20,TRY,50.1\n")
	if out, errs, code := p.run("rates", "import", file); code != 0 || out != "2 rates\n" {
		t.Errorf("%d %q %s", code, out, errs)
	}
	write("2026-11-21,USD,1.16\n2026-11-21,EURO,1\n")
	if _, errs, code := p.run("rates", "import", file); code != 1 || !strings.Contains(errs, "line 2") {
		t.Errorf("a wrong line: %d %s", code, errs)
	}
	for _, args := range [][]string{{"rates"}, {"rates", "export", file}, {"rates", "import", file + ".gone"}} {
		if _, errs, code := p.run(args...); code != 1 || errs == "" || strings.Contains(errs, "panic") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	p.interrupt()
}
