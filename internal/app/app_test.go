package app_test

import (
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"caravan/internal/wording"
	"caravan/web"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRoutes keeps the address book on one page, so that a review sees every
// new address and who may pass.
func TestRoutes(t *testing.T) {
	s := start(t, nil)
	var b strings.Builder
	for _, r := range s.Routes() {
		limits := ""
		for _, l := range r.Limits {
			limits += " " + l.Name
		}
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("%-6s %-44s %-10s%s", r.Method, r.Path, r.Gate, limits), " "))
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.Sort(lines)
	got := strings.Join(lines, "")
	const golden = "testdata/routes.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("the routes changed; look at them and run go test ./internal/app -run TestRoutes -update (%v)\n%s", err, got)
	}
}

// TestTemplates checks every template in every language against the view it was
// declared with.
func TestTemplates(t *testing.T) {
	if len(web.All()) == 0 {
		t.Fatal("no templates declared")
	}
	for _, d := range web.All() {
		for _, lang := range wording.Langs {
			tmpl := d.Plain(lang)
			if tmpl == nil {
				t.Errorf("%s: is not there", d.Name)
				continue
			}
			if err := templatecheck.CheckHTML(tmpl, d.View); err != nil {
				t.Errorf("%s (%s): %v", d.Name, reflect.TypeOf(d.View), err)
			}
			// The first run escapes the template. A blank view may stop it
			// later, but only a broken context is a *template.Error.
			var plain, kept strings.Builder
			if _, broken := errors.AsType[*template.Error](tmpl.Execute(&plain, d.View)); broken {
				t.Errorf("%s: cannot be escaped", d.Name)
				continue
			}
			_ = d.In(lang).Execute(&kept, d.View) // as far as the other came
			if kept.String() != plain.String() {
				t.Errorf("%s: what is kept of it writes something else\n%s\n%s", d.Name, kept.String(), plain.String())
			}
		}
	}
}

// TestEverySentenceIsThereInEveryLanguage finds keys in templates and code that
// no file has, and keys that one language has and another has not.
func TestEverySentenceIsThereInEveryLanguage(t *testing.T) {
	for _, lang := range wording.Langs[1:] {
		a, b := slices.Sorted(slices.Values(wording.Keys(wording.Langs[0]))), slices.Sorted(slices.Values(wording.Keys(lang)))
		if !slices.Equal(a, b) {
			for _, k := range a {
				if !slices.Contains(b, k) {
					t.Errorf("%s lacks %s", lang, k)
				}
			}
			for _, k := range b {
				if !slices.Contains(a, k) {
					t.Errorf("only %s has %s", lang, k)
				}
			}
		}
	}
	inTemplate := regexp.MustCompile(`\(?\bt "([a-z_0-9]+\.[a-z_0-9]+)"`)
	inCode := regexp.MustCompile(`(?:errs\.(?:New|Wait|Field)\([^"\n]*(?:"[a-z_]*", )?|Say\(c, |wording\.Text\([a-zA-Z.()\[\]0-9]+, )"([a-z_0-9]+\.[a-z_0-9]+)"`)
	n := 0
	for _, root := range []string{"../../internal", "../../web"} {
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(p, "node_modules") || strings.HasSuffix(p, "_test.go") {
				return err
			}
			find := map[string]*regexp.Regexp{".html": inTemplate, ".go": inCode}[filepath.Ext(p)]
			if find == nil {
				return nil
			}
			b, err := os.ReadFile(p)
			for _, m := range find.FindAllSubmatch(b, -1) {
				n++
				if key := string(m[1]); !strings.HasSuffix(key, "_") && !wording.Has(key) { // "_": a name follows
					t.Errorf("%s: there is no sentence %s", p, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 100 {
		t.Fatalf("only %d keys found: the search is broken", n)
	}
}
