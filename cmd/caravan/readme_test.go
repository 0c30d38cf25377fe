package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheReadmeNamesEverySetting compares the table of the README with what the
// program reads from the environment.
func TestTheReadmeNamesEverySetting(t *testing.T) {
	code, readme := read(t, "../../internal/config/config.go"), read(t, "../../README.md")
	var inCode []string
	for _, m := range regexp.MustCompile(`(?:getenv|or)\("([A-Z_]+)"`).FindAllStringSubmatch(code, -1) {
		// The folder of STATE_DIR's default is the system's business.
		if name := m[1]; name != "HOME" && name != "XDG_STATE_HOME" {
			inCode = append(inCode, name)
		}
	}
	var inTable []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(readme, -1) {
		inTable = append(inTable, m[1])
	}
	slices.Sort(inCode)
	inCode = slices.Compact(inCode)
	slices.Sort(inTable)
	if len(inCode) < 15 || !slices.Equal(inCode, inTable) {
		t.Errorf("the program reads\n%s\nthe README explains\n%s", strings.Join(inCode, " "), strings.Join(inTable, " "))
	}
}

// TestTheReadmeShowsWhatIsThere looks for the files that the README points at,
// and for the commands that it names.
func TestTheReadmeShowsWhatIsThere(t *testing.T) {
	readme := read(t, "../../README.md")
	links := regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(readme, -1)
	if len(links) < 4 {
		t.Errorf("only %d links", len(links))
	}
	for _, m := range links {
		if st, err := os.Stat(filepath.Join("../..", m[1])); err != nil || strings.HasSuffix(m[1], ".png") && st.Size() > 200<<10 {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	makefile := read(t, "../../Makefile")
	for _, m := range regexp.MustCompile("make ([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("there is no make %s", m[1])
		}
	}
	for word := range commands {
		if !strings.Contains(readme, "`caravan "+word) {
			t.Errorf("the command %s is not told", word)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
