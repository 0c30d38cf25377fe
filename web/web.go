// Package web turns views into HTML: the frame around every page, the parts
// that many pages share, and the typed handles that tie a template to its view.
//
// Each handle holds one set of templates per language, because the functions
// that say sentences (t), addresses (path) and times (ago, day) are bound to a
// language. Sets are parsed when first used; the test in internal/app parses
// and type-checks every one. What a set would say alike on every page is
// written into it then (fold.go).
package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"caravan/internal/wording"
	"caravan/static"
)

//go:embed layout.html parts/*.html
var shared embed.FS

// Viewer is what every page knows of the person who looks at it.
type Viewer struct {
	SignedIn         bool
	AccountID        int64
	Handle           string
	Unread           int
	Moderator, Staff bool
	Console          string // path of the first clinic they work for; may be empty
}

// Crumb is one step of the way to a page; the last one has no path.
type Crumb struct{ Label, Path string }

// FieldError is what is wrong with a field, ready to print. Name is empty when
// it concerns the whole form.
type FieldError struct{ Name, Text string }

// Lang is a link to the same page in another language.
type Lang struct {
	Lang, Label, Path string
	Current           bool
}

// Live names a channel and the position up to which a page shows it.
type Live struct {
	Channel, Epoch string
	Seq            int64
}

// Record is how the public log stands, as far as every page tells it.
type Record struct {
	Entries  int
	SignedAt time.Time // the head of so many entries; zero before the first
	Alone    time.Time // since when too few have signed besides us; zero unless that is long ago
	ReadOnly time.Time // since when nothing can be recorded, and so nothing is taken; zero while all is well
}

// Frame is what the layout shows around a page.
type Frame[T any] struct {
	Lang, Dir          string
	Title, Description string
	Path               string // without the language's prefix, with its query
	Base               string // scheme and host, for canonical addresses
	Place              string // which of the main places this is
	Viewer             Viewer
	Token, Once        string // of forms; empty on pages that may be cached
	Demo               bool
	Crumbs             []Crumb
	Errors             []FieldError
	Status             string // one sentence on what was just done
	Scripts, Styles    []string
	Live               Live // the person's own channel
	Langs              []Lang
	Record             Record // the public log
	Now                time.Time
	RequestID          string
	Page               T
}

// FieldError returns what is wrong with the field name, or nothing.
func (f Frame[T]) FieldError(name string) string {
	for _, e := range f.Errors {
		if e.Name == name {
			return e.Text
		}
	}
	return ""
}

// PageOf is a template that shows a T as a whole page.
type PageOf[T any] struct{ *sets }

// PartOf is a template that shows a T as a piece of a page.
type PartOf[T any] struct{ *sets }

// sets are the parsed templates of one handle, by language.
type sets struct {
	files fs.FS
	name  string // file to add besides the parts; empty for a part
	entry string // template to run
	by    map[string]*set
}

type set struct {
	once sync.Once
	tmpl *template.Template
}

func newSets(files fs.FS, file, entry string) *sets {
	s := &sets{files: files, name: file, entry: entry, by: map[string]*set{}}
	for _, l := range wording.Langs {
		s.by[l] = new(set)
	}
	return s
}

// in returns the templates for lang, of the default language if lang is unknown.
func (s *sets) in(lang string) *template.Template {
	x := s.by[lang]
	if x == nil {
		x = s.by[wording.Langs[0]]
	}
	x.once.Do(func() { x.tmpl = s.parse(lang) })
	return x.tmpl
}

func (s *sets) parse(lang string) *template.Template { return template.Must(fold(s.plain(lang))) }

// plain parses the templates as they are written.
func (s *sets) plain(lang string) *template.Template {
	set := template.Must(template.New("").Funcs(Funcs(lang)).ParseFS(shared, "layout.html", "parts/*.html"))
	if parts, _ := fs.Glob(s.files, "*.part.html"); len(parts) > 0 {
		set = template.Must(set.ParseFS(s.files, "*.part.html"))
	}
	if s.name != "" {
		set = template.Must(set.ParseFS(s.files, s.name))
	}
	return set.Lookup(s.entry)
}

// Page declares the page NAME.page.html of files, with all its *.part.html.
func Page[T any](files fs.FS, name string) PageOf[T] {
	p := PageOf[T]{newSets(files, name+".page.html", "layout")}
	declared = append(declared, Declared{name + ".page.html", p.in, p.plain, Frame[T]{}})
	return p
}

// Part declares the part NAME, defined in NAME.part.html of files.
func Part[T any](files fs.FS, name string) PartOf[T] {
	p := PartOf[T]{newSets(files, "", name)}
	var zero T
	declared = append(declared, Declared{name + ".part.html", p.in, p.plain, zero})
	return p
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Write shows f as a page on w. Nothing is written if the template fails.
func (p PageOf[T]) Write(w io.Writer, f Frame[T]) error { return write(p.in(f.Lang), w, f) }

// Write shows v as a part on w in lang.
func (p PartOf[T]) Write(w io.Writer, lang string, v T) error { return write(p.in(lang), w, v) }

// HTML is v as a part in lang, to be kept, or to stand in a view of another
// template.
func (p PartOf[T]) HTML(lang string, v T) (template.HTML, error) {
	var b strings.Builder
	err := p.Write(&b, lang, v)
	return template.HTML(b.String()), err // #nosec G203: came out of html/template
}

func write(t *template.Template, w io.Writer, v any) error {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer buffers.Put(b)
	if err := t.Execute(b, v); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Declared is one template with a blank view, for the check in internal/app.
type Declared struct {
	Name  string
	In    func(lang string) *template.Template
	Plain func(lang string) *template.Template // as written, before fold.go
	View  any
}

var declared []Declared

// All returns every declared template.
func All() []Declared { return declared }

// Funcs are the functions that templates may call, bound to lang.
func Funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, args ...any) string { return wording.Text(lang, key, args...) },
		"n":      func(n int) string { return wording.Number(lang, n) },
		"path":   func(p string) string { return wording.Path(lang, p) },
		"static": static.URL,
		"ago":    func(at, now time.Time) string { return wording.Ago(lang, at, now) },
		"age":    func(at, now time.Time) string { return wording.Age(lang, now.Sub(at)) },
		"day":    func(at time.Time) string { return wording.Day(lang, at) },
		"iso":    func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
		"dict":   dict,
		"list":   func(v ...any) []any { return v },
		"lang":   func() string { return lang },
		"dir":    func() string { return wording.Dir(lang) },
	}
}

// dict makes a map of name, value pairs, to pass several values to a part.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("dict: %d values do not make pairs", len(kv))
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		name, ok := kv[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", kv[i])
		}
		m[name] = kv[i+1]
	}
	return m, nil
}
