// Package static holds what browsers fetch as it is: styles, scripts, pictures.
//
// Everything has an address with the hash of the whole folder in it, so that
// browsers may keep it for ever and a new build has new addresses; scripts find
// each other by relative addresses below the same hash. Style sheets are joined
// into one, app.css, in the order of sheets.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"sort"
	"strings"
)

//go:embed all:css all:js all:img all:vendor
var files embed.FS

// sheets are the parts of app.css; what comes later may build on what came
// before.
var sheets = []string{"tokens", "base", "layout", "form", "part", "question", "visit", "chart", "experience", "tell", "package", "offer", "journey", "page", "print"}

// file is a file ready to be sent.
type file struct {
	kind         string
	body, zipped []byte
}

var (
	all  = load()
	hash = sum(all)
)

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json"}

func load() map[string]file {
	out := map[string]file{}
	var css bytes.Buffer
	for _, s := range sheets {
		b, err := files.ReadFile("css/" + s + ".css")
		if err != nil {
			panic(err) // embedded: a build without it cannot exist
		}
		css.Write(b)
		css.WriteByte('\n')
	}
	out["app.css"] = ready(".css", css.Bytes())
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || kinds[path.Ext(name)] == "" || strings.HasPrefix(name, "css/") {
			return err
		}
		b, err := files.ReadFile(name)
		out[name] = ready(path.Ext(name), b)
		return err
	})
	if err != nil {
		panic(err)
	}
	return out
}

func ready(ext string, b []byte) file {
	f := file{kind: kinds[ext], body: b}
	if ext != ".png" {
		var z bytes.Buffer
		g, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
		_, _ = g.Write(b) // a bytes.Buffer takes everything
		_ = g.Close()
		f.zipped = z.Bytes()
	}
	return f
}

func sum(all map[string]file) string {
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	sort.Strings(names)
	h := sha256.New()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write(all[n].body)
	}
	return hex.EncodeToString(h.Sum(nil))[:10]
}

// URL returns the address of a file, such as "js/app.js" or "app.css".
func URL(name string) string { return "/static/" + hash + "/" + name }

// Size is how large a file is for a browser that takes it compressed, in bytes;
// zero if there is none.
func Size(name string) int {
	f := all[name]
	if f.zipped != nil {
		return len(f.zipped)
	}
	return len(f.body)
}

// Find returns the file behind the part of an address after /static/, and
// whether the address is of this build. An address of another build still gives
// this build's file, for pages that were loaded before.
func Find(rest string) (kind string, body, zipped []byte, current, ok bool) {
	mark, name, found := strings.Cut(rest, "/")
	f, ok := all[name]
	if !found || !ok || len(mark) != len(hash) {
		return "", nil, nil, false, false
	}
	return f.kind, f.body, f.zipped, mark == hash, true
}
