package static

import (
	"regexp"
	"strings"
	"testing"
)

// sheet returns a style sheet without its comments.
func sheet(t *testing.T, name string) string {
	t.Helper()
	b, err := files.ReadFile("css/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(b), "")
}

func TestEverySheetIsInTheBundleOnce(t *testing.T) {
	entries, err := files.ReadDir("css")
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]int{}
	for _, s := range sheets {
		in[s+".css"]++
	}
	for _, e := range entries {
		if in[e.Name()] != 1 {
			t.Errorf("%s is %d times in the bundle", e.Name(), in[e.Name()])
		}
		delete(in, e.Name())
	}
	if len(in) > 0 {
		t.Errorf("no such sheets: %v", in)
	}
}

func TestOnlyTokensNameColours(t *testing.T) {
	colour := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\(|:\s*(?:white|black|red|green|blue|grey|gray)\b`)
	for _, s := range sheets {
		if s == "tokens" {
			continue
		}
		for line := range strings.SplitSeq(sheet(t, s+".css"), "\n") {
			// ids look like colours to a regexp; a selector is no declaration
			decl := line
			if i := strings.Index(line, "{"); i >= 0 {
				decl = line[i:]
			}
			if found := colour.FindString(decl); found != "" {
				t.Errorf("%s.css names %s in %q", s, found, strings.TrimSpace(line))
			}
		}
	}
}

func TestPropertiesAreLogicalSoThatRightToLeftIsTrue(t *testing.T) {
	physical := regexp.MustCompile(`[{;\s](?:(?:min-|max-)?(?:width|height)|(?:margin|padding|border|inset)-(?:left|right|top|bottom)[a-z-]*|left|right|top|bottom|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)`)
	for _, s := range sheets {
		for line := range strings.SplitSeq(sheet(t, s+".css"), "\n") {
			if found := physical.FindString(line); found != "" {
				t.Errorf("%s.css has %q in %q", s, found, strings.TrimSpace(line))
			}
		}
	}
}
