package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"
)

// find takes an address as URL makes it apart again.
func find(t *testing.T, url string) (kind string, body []byte) {
	t.Helper()
	kind, body, zipped, current, ok := Find(strings.TrimPrefix(url, "/static/"))
	if !ok || !current {
		t.Fatalf("%s: found %v, of this build %v", url, ok, current)
	}
	if zipped != nil {
		r, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(plain, body) {
			t.Errorf("%s: compressed is something else than plain (%v)", url, err)
		}
	}
	return kind, body
}

func TestEveryAddressLeadsToItsFileWithItsType(t *testing.T) {
	for name, want := range map[string]string{"app.css": "text/css; charset=utf-8", "js/app.js": "text/javascript; charset=utf-8", "img/icon.svg": "image/svg+xml"} {
		if kind, body := find(t, URL(name)); kind != want || len(body) == 0 {
			t.Errorf("%s: got %s with %d bytes, want %s", name, kind, len(body), want)
		}
	}
}

func TestNothingButListedFilesIsFound(t *testing.T) {
	for _, rest := range []string{
		"", "/", hash, hash + "/", hash + "/js", hash + "/js/", hash + "/nope.js", "app.css", "js/app.js",
		hash + "/../static.go", hash + "/js/../app.css", hash + "//app.css", "..%2f..%2fetc/passwd", "../../etc/passwd",
		"%2e%2e/", `..\..\etc\passwd`, hash + `/js\app.js`, hash + "/vendor/.keep", hash + "/css/base.css", hash + "/app.css/", hash + "/APP.CSS",
	} {
		if _, body, _, _, ok := Find(rest); ok || body != nil {
			t.Errorf("%q gives a file", rest)
		}
	}
}

func TestAnAddressOfAnotherBuildGivesThisFileButIsNotForEver(t *testing.T) {
	_, body, _, current, ok := Find(strings.Repeat("0", len(hash)) + "/js/app.js")
	if !ok || current || len(body) == 0 {
		t.Errorf("found %v, of this build %v", ok, current)
	}
}

// imported are the scripts that a script asks for, at once or later.
var imported = regexp.MustCompile(`(?:from|import\()\s*["']\./([\w-]+\.js)["']`)

// A first visit on a slow line: all styles in 14 kB, and on every page all
// scripts in 20 kB: those of every page, its own, what these ask for, and the
// help that fields for words have.
func TestStylesAndScriptsFitTheBudget(t *testing.T) {
	if n := Size("app.css"); n > 14<<10 {
		t.Errorf("styles are %d bytes compressed", n)
	}
	var with func(seen map[string]bool, name string) int
	with = func(seen map[string]bool, name string) (n int) {
		if seen[name] {
			return 0
		}
		seen[name] = true
		for _, m := range imported.FindAllSubmatch(all[name].body, -1) {
			n += with(seen, "js/"+string(m[1]))
		}
		return n + Size(name)
	}
	for name := range all {
		if !strings.HasPrefix(name, "js/") {
			continue
		}
		seen, n := map[string]bool{}, 0
		for _, one := range []string{"js/theme.js", "js/app.js", "js/leak.js", name} {
			n += with(seen, one)
		}
		if n > 20<<10 {
			t.Errorf("scripts of a page with %s are %d bytes compressed", name, n)
		}
	}
}

func TestScriptsImportOnlyScriptsThatAreThere(t *testing.T) {
	for name, f := range all {
		if !strings.HasPrefix(name, "js/") {
			continue
		}
		for _, m := range imported.FindAllSubmatch(f.body, -1) {
			if _, ok := all["js/"+string(m[1])]; !ok {
				t.Errorf("%s imports %s, which is not there", name, m[1])
			}
		}
	}
}
