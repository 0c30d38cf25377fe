package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caravan/internal/testkit"
)

// TestAnImportThatWasKilledGoesOn kills the program in the middle of a table,
// twice, and starts it again: every row is there once.
func TestAnImportThatWasKilledGoesOn(t *testing.T) {
	all := 1_200 // more than fit between two kills
	if long() {
		all = 2_500
	}
	p := demoSite(t)
	var table bytes.Buffer
	table.WriteString("name,country,city\n")
	for i := range all {
		fmt.Fprintf(&table, "House %05d,TR,Izmir\n", i)
	}
	path := filepath.Join(testkit.StateDir(t), "houses.csv")
	if err := os.WriteFile(path, table.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		cmd := p.command("import", "clinics", path)
		told, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(told)
		for n := 0; n < 7 && lines.Scan(); n++ {
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("it ended before it was killed")
		}
	}
	out, said, code := p.run("import", "clinics", path)
	var read, taken, known int
	if _, err := fmt.Sscanf(out, "%d rows: %d taken, %d known before", &read, &taken, &known); err != nil || code != 0 {
		t.Fatalf("%d: %s%s", code, out, said)
	}
	if read != all || taken+known != all || known < 500 || taken < 100 {
		t.Errorf("got %s", out)
	}
	if out, _, _ := p.run("import", "clinics", path); !strings.HasPrefix(out, fmt.Sprintf("%d rows: 0 taken, %[1]d known before, 0 refused", all)) {
		t.Errorf("once more: %s", out)
	}
}

func TestImportsSayHowTheyAreCalled(t *testing.T) {
	for _, args := range [][]string{nil, {"pictures", "x.csv"}, {"clinics"}, {"experiences", "x.csv"}, {"clinics", "a.csv", "b.csv"}} {
		if _, err := readImport(args); err == nil || !strings.Contains(err.Error(), "caravan import experiences") {
			t.Errorf("%q: got %v", args, err)
		}
	}
	x, err := readImport([]string{"feedback", "-dry-run", "/tmp/patient-voices.csv"})
	if err != nil || !x.dry || x.about.Source != "patient-voices" || x.about.Name != "Patient voices" {
		t.Errorf("got %+v, %v", x, err)
	}
}
