package static

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// themes finds the blocks of tokens.css that set colours: light, dark by
// preference, dark by switch, paper.
func themes(t *testing.T) map[string]map[string]string {
	t.Helper()
	b, err := files.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`color-scheme: (light|dark);([^}]*)}`)
	colour := regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`)
	out := map[string]map[string]string{}
	for i, m := range block.FindAllStringSubmatch(string(b), -1) {
		set := map[string]string{}
		for _, c := range colour.FindAllStringSubmatch(m[2], -1) {
			set[c[1]] = c[2]
		}
		out[fmt.Sprintf("%d %s", i, m[1])] = set
	}
	return out
}

// luminance is the relative luminance of #rrggbb as WCAG 2.2 defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var lin [3]float64
	for i := range lin {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("%q is no colour", hex)
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			lin[i] = v / 12.92
		} else {
			lin[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*lin[0] + 0.7152*lin[1] + 0.0722*lin[2]
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestEveryPairUsedForTextReachesFourAndAHalfToOne(t *testing.T) {
	all := themes(t)
	if len(all) != 4 {
		t.Fatalf("got %d blocks of colours, want light, dark twice and paper", len(all))
	}
	surfaces := []string{"paper", "raised", "wash"}
	for name, c := range all {
		for _, text := range []string{"ink", "soft", "brand", "accent", "good", "caution", "harm"} {
			for _, on := range surfaces {
				if got := contrast(t, c[text], c[on]); got < 4.5 {
					t.Errorf("%s: %s on %s is %.2f : 1", name, text, on, got)
				}
			}
		}
		// buttons, the pill and what is selected: paper as text
		for _, on := range []string{"brand", "accent", "ink"} {
			if got := contrast(t, c["paper"], c[on]); got < 4.5 {
				t.Errorf("%s: paper on %s is %.2f : 1", name, on, got)
			}
		}
	}
}

func TestDarkIsTheSameByPreferenceAndBySwitch(t *testing.T) {
	var dark []map[string]string
	for name, c := range themes(t) {
		if strings.HasSuffix(name, "dark") {
			dark = append(dark, c)
		}
	}
	if len(dark) != 2 || fmt.Sprint(dark[0]) != fmt.Sprint(dark[1]) {
		t.Errorf("got %v", dark)
	}
}
