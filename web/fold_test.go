package web

import (
	"html/template"
	"strings"
	"testing"
	"testing/fstest"
)

// written runs a template as it is written and as it is kept, and returns what
// both write; it fails the test if they differ, or if calls are left that need
// not be made.
func written(t *testing.T, source string, view any, calls int) string {
	t.Helper()
	s := newSets(fstest.MapFS{"x.part.html": {Data: []byte(`{{define "x"}}` + source + `{{end}}`)}}, "", "x")
	said := 0
	with := func(set *template.Template) *template.Template {
		return set.Funcs(template.FuncMap{"t": func(key string, _ ...any) string { said++; return key }})
	}
	run := func(set *template.Template) string {
		var b strings.Builder
		if err := set.Execute(&b, view); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	plain := run(with(s.plain("en")))
	kept, err := fold(with(s.plain("en")))
	if err != nil {
		t.Fatal(err)
	}
	said = 0
	if got := run(kept); got != plain {
		t.Errorf("kept:  %s\nplain: %s", got, plain)
	}
	if said != calls {
		t.Errorf("%d calls are left, want %d: %s", said, calls, kept.Tree.Root)
	}
	return plain
}

func TestWhatIsKeptIsWhatTheTemplateWrites(t *testing.T) {
	const nasty = `<b title='x' data-y=\"z\">&amp; javascript:alert(1) ` + "\u200f" + `\u2028 </script>`
	for _, c := range []struct {
		source string
		calls  int
	}{
		{`<p>{{t "` + nasty + `"}}</p>`, 0},
		{`<p title="{{t "` + nasty + `"}}" data-x='{{t "` + nasty + `"}}' lang={{t "` + nasty + `"}}>x</p>`, 0},
		{`<a href="{{t "` + nasty + `"}}">x</a><a href="{{path "/a?b=c&d=é"}}">x</a><a href="{{path "/a/"}}{{.ID}}/edit?x={{t "a b&c"}}">x</a>`, 0},
		{`<script>let x = {{t "` + nasty + `"}}</script>`, 0},
		{`<p {{if .Yes}}title="{{t "a"}}"{{else}}lang="{{t "b"}}"{{end}}>{{range .List}}{{t "c"}}{{.}}{{else}}{{t "none"}}{{end}}{{with .ID}}{{t "d"}}{{end}}</p>`, 0},
		{`<p>{{template "y" .ID}}</p>{{end}}{{define "y"}}{{t "e"}}{{.}}`, 0},
		{`<p>{{print "a" (t "<f>")}} {{dir}} {{lang}} {{n 12345}} {{t "g" "count" 3}}</p>`, 0},
		{`<p>{{t .Name}} {{t "h" "who" .Name}} {{$x := t "<i>"}}{{$x}} {{print (t "j") .ID}} {{t "k" | print}}</p>`, 5},
	} {
		written(t, c.source, map[string]any{"ID": 7, "Yes": true, "List": []int{1, 2}, "Name": "<name>"}, c.calls)
		written(t, c.source, map[string]any{"ID": 0, "Yes": false, "List": nil, "Name": ""}, c.calls)
	}
}

func TestATemplateThatCannotBeEscapedIsRefused(t *testing.T) {
	s := newSets(fstest.MapFS{"x.part.html": {Data: []byte(`{{define "x"}}<a href="{{if .}}'{{else}}"{{end}}>{{end}}`)}}, "", "x")
	if _, err := fold(s.plain("en")); err == nil {
		t.Error("it was taken")
	}
}
