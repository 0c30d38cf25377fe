package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caravan/internal/chart"
	"caravan/internal/wording"
)

const hostile = `"><script>alert(1)</script>&`

// all are every kind of drawing, with words of outsiders where words can be.
func all(lang string) map[string]chart.Drawing {
	ratios := []float64{0.9, 1, 1, 1.02, 1.06, 1.08, 1.081, 1.3, 3.4}
	rungs := []chart.Rung{{hostile, "I or more", 13}, {"Needed medicine", hostile, 7}, {"Death", "V", 0}}
	known := []chart.Due{{hostile, 40, 41}, {"1 month", 0, 41}, {"3 months", 0, 0}}
	moments := []chart.Moment{{Label: hostile, Short: hostile, State: chart.Done, Score: 6, Harm: true, Told: hostile}, {Label: "1 month", Short: "1 mo", State: chart.Missed},
		{Label: "3 months", Short: "3 mo", State: chart.NoScore}, {Label: "6 months", Short: "6 mo", State: chart.Coming, Note: hostile}}
	times := []time.Duration{time.Second, time.Hour, 9 * time.Hour, 400 * 24 * time.Hour}
	return map[string]chart.Drawing{
		"bars":     chart.Bars{ID: "d1", Counts: [11]int{0, 1, 0, 1, 1, 3, 4, 6, 11, 9, 5}}.Draw(lang),
		"no bars":  chart.Bars{ID: "d2"}.Draw(lang),
		"dots":     chart.Dots{ID: "d3", Ratios: ratios}.Draw(lang),
		"crowd":    chart.Dots{ID: "d4", Ratios: crowd(5000)}.Draw(lang),
		"no dots":  chart.Dots{ID: "d5"}.Draw(lang),
		"ladder":   chart.Ladder{ID: "d6", N: 36, Rungs: rungs}.Draw(lang),
		"known":    chart.Known{ID: "d7", Rows: known}.Draw(lang),
		"timeline": chart.Timeline{ID: "d8", Moments: moments}.Draw(lang),
		"strip":    chart.Strip{ID: "d9", Times: times, Never: 40, Median: hostile}.Draw(lang),
		"no strip": chart.Strip{ID: "d10", Never: 2, Median: "–"}.Draw(lang),
	}
}

func crowd(n int) (out []float64) {
	for i := range n {
		out = append(out, 0.7+float64(i%17)*float64(i%13)/100)
	}
	return out
}

func TestEveryDrawingIsWholeAndSafe(t *testing.T) {
	for _, lang := range wording.Langs {
		before := wording.Missing()
		for name, d := range all(lang) {
			svg := string(d.SVG)
			check(t, lang+" "+name, svg)
			for _, k := range d.Keys {
				if k.Mark != "" {
					check(t, lang+" key of "+name, string(k.Mark))
				}
			}
			for _, want := range []string{`role="img"`, "<title id=", "<desc id=", `direction="` + wording.Dir(lang) + `"`} {
				if !strings.Contains(svg, want) {
					t.Errorf("%s %s: no %s", lang, name, want)
				}
			}
			if len(svg) > 9<<10 {
				t.Errorf("%s %s: %d bytes", lang, name, len(svg))
			}
			if d.Table.Caption == "" || len(d.Table.Rows) == 0 {
				t.Errorf("%s %s: no table beside it", lang, name)
			}
			for _, r := range d.Table.Rows {
				if len(r) > len(d.Table.Head) {
					t.Errorf("%s %s: the table has a row of %d cells below %d heads", lang, name, len(r), len(d.Table.Head))
				}
			}
		}
		if n := wording.Missing() - before; n > 0 {
			t.Errorf("%s: %d sentences are missing", lang, n)
		}
	}
}

// check reads a drawing as XML and finds nothing in it that could run, call
// another host or name a colour.
func check(t *testing.T, name, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, svg)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.Contains(" svg title desc text path rect circle defs pattern ", " "+e.Name.Local+" ") {
			t.Errorf("%s: has <%s>", name, e.Name.Local)
		}
		for _, a := range e.Attr {
			if n := a.Name.Local; n == "style" || n == "href" || strings.HasPrefix(n, "on") || n == "stroke" || n == "fill" && !strings.HasPrefix(a.Value, "url(#") {
				t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, n, a.Value)
			}
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("%s: a place that is nowhere:\n%s", name, svg)
	}
}

// Places that a word or mark stands at are inside the drawing.
func TestNothingStandsOutsideTheDrawing(t *testing.T) {
	at := regexp.MustCompile(`<(?:text x|rect x|circle cx)="(-?[\d.]+)" (?:y|cy)="(-?[\d.]+)"`)
	for _, lang := range wording.Langs {
		for name, d := range all(lang) {
			for _, m := range at.FindAllStringSubmatch(string(d.SVG), -1) {
				if strings.HasPrefix(m[1], "-") || strings.HasPrefix(m[2], "-") || len(m[1]) > 2 && m[1] > "360" && !strings.Contains(m[1], ".") {
					t.Errorf("%s %s: %s", lang, name, m[0])
				}
			}
		}
	}
}

func TestClassesOfDrawingsAreInTheStyleSheets(t *testing.T) {
	css := ""
	for _, name := range []string{"chart.css", "part.css"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "static", "css", name))
		if err != nil {
			t.Fatal(err)
		}
		css += string(b)
	}
	class := regexp.MustCompile(`class="([^"]*)"`)
	for name, d := range all("en") {
		text := string(d.SVG)
		for _, k := range d.Keys {
			text += string(k.Mark)
		}
		for _, m := range class.FindAllStringSubmatch(text, -1) {
			for c := range strings.FieldsSeq(m[1]) {
				if c != "hatch" && !regexp.MustCompile(`\.`+c+`\b`).MatchString(css) {
					t.Errorf("%s: no style for .%s", name, c)
				}
			}
		}
	}
}

func TestBarsSayHowManyReachedTheGoal(t *testing.T) {
	b := chart.Bars{ID: "b", Counts: [11]int{0, 1, 0, 1, 1, 3, 4, 6, 11, 9, 5}}
	if n, reached := b.N(); n != 41 || reached != 31 {
		t.Errorf("got %d of %d", reached, n)
	}
	svg := string(b.Draw("en").SVG)
	for _, want := range []string{"goal reached: 31 of 41", "not at all", "completely", ">patients<", "how far the goal was reached, 0 to 10", "41 patients answered"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q", want)
		}
	}
	if got := strings.Count(svg, "<rect"); got != 9 {
		t.Errorf("%d bars, want one for each of the 9 answers that were given", got)
	}
	if got := strings.Count(svg, `class="hatch`); got != 5 {
		t.Errorf("%d hatched bars, want the 5 answers below 7", got)
	}
}

func TestDotsDrawEveryPatientOnceAndWhatIsOverInAnotherShape(t *testing.T) {
	d := chart.Dots{ID: "d", Ratios: []float64{0.9, 1, 1, 1.02, 1.06, 1.08, 1.081, 1.3, 3.4}}.Draw("en")
	svg := string(d.SVG)
	if dots, diamonds := strings.Count(svg, "h.01"), strings.Count(svg, "z"+`" class="f-paper l-accent`); dots != 6 || diamonds != 1 {
		t.Errorf("%d round marks in %d paths of others", dots, diamonds)
	}
	if got := strings.Count(regexp.MustCompile(`d="([^"]*)" class="f-paper l-accent`).FindString(svg), "z"); got != 3 {
		t.Errorf("%d marks over 8 %%, want 3", got)
	}
	for _, want := range []string{"as quoted", "the middle: \u2066+6 %\u2069", "in percent", "9 patients"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
	sum := 0
	for _, r := range d.Table.Rows[:4] {
		sum += int(r[1][0] - '0')
	}
	if sum != 9 {
		t.Errorf("the table holds %d patients", sum)
	}
}

func TestArabicDrawingsRunFromTheRight(t *testing.T) {
	first := func(lang string) string {
		svg := string(chart.Known{ID: "k", Rows: []chart.Due{{"x", 1, 1}}}.Draw(lang).SVG)
		return regexp.MustCompile(`<text x="([\d.]+)"`).FindStringSubmatch(svg)[1]
	}
	if en, ar := first("en"), first("ar"); en != "0" || ar != "360" {
		t.Errorf("the first word stands at %s in English, at %s in Arabic", en, ar)
	}
}

func TestFiguresAreWrittenWithTheirSign(t *testing.T) {
	for in, want := range map[float64]string{1: "0 %", 1.065: "+6.5 %", 0.9: "−10 %", 1.00001: "0 %", 0.99999: "0 %", 1.5: "+50 %"} {
		if got := chart.Gap("en", in); got != want {
			t.Errorf("%v: got %s, want %s", in, got, want)
		}
	}
	if got := chart.Percent("en", 7.0/36); got != "19 %" {
		t.Errorf("got %s", got)
	}
}
