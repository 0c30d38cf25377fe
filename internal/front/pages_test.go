package front

import (
	"bytes"
	"strings"
	"testing"

	"caravan/internal/wording"
	"caravan/web"
)

func TestEveryStandingPageIsWholeInEveryLanguage(t *testing.T) {
	for _, p := range standings {
		for _, lang := range wording.Langs {
			var b bytes.Buffer
			before := wording.Missing()
			f := web.Frame[StandingView]{Lang: lang, Dir: wording.Dir(lang), Title: wording.Text(lang, "page."+p.name), Place: p.name, Demo: true,
				Page: StandingView{Mailbox: "abuse@caravan.example", Numbers: []CallNumber{{"Türkiye", "112"}}}}
			if err := p.in[lang].Write(&b, f); err != nil {
				t.Fatalf("%s in %s: %v", p.name, lang, err)
			}
			if n := wording.Missing() - before; n > 0 {
				t.Errorf("%s in %s: %d sentences are missing", p.name, lang, n)
			}
			got := b.String()
			for _, want := range []string{"<h1>" + wording.Text(lang, "page."+p.name) + "</h1>", `aria-current="page"`} {
				if !strings.Contains(got, want) {
					t.Errorf("%s in %s: no %s", p.name, lang, want)
				}
			}
			if strings.Contains(got, "ZgotmplZ") {
				t.Errorf("%s in %s: an address was refused", p.name, lang)
			}
		}
	}
}

// A page in one language says what the same page says in the other: as many
// sections, points and links.
func TestLanguagesOfAStandingPageHaveTheSameShape(t *testing.T) {
	for _, p := range standings {
		shape := func(lang string) (out [3]int) {
			text, err := viewFiles.ReadFile("views/" + p.name + "." + lang + ".page.html")
			if err != nil {
				t.Fatal(err)
			}
			for i, tag := range []string{"<h2", "<li", "<a "} {
				out[i] = strings.Count(string(text), tag)
			}
			return out
		}
		for _, lang := range wording.Langs[1:] {
			if got, want := shape(lang), shape(wording.Langs[0]); got != want {
				t.Errorf("%s in %s has %v sections, points, links; want %v", p.name, lang, got, want)
			}
		}
	}
}

func TestLettersGoToTheHostOfTheSite(t *testing.T) {
	for base, want := range map[string]string{"https://caravan.example": "abuse@caravan.example", "http://localhost:8080": "abuse@localhost"} {
		if got := mailbox(base); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}
