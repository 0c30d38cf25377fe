package web_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"caravan/web"
)

// part renders the part name with v, in English.
func part(t *testing.T, name string, v map[string]any) string {
	t.Helper()
	files := fstest.MapFS{"test.part.html": {Data: []byte(`{{define "test"}}{{template "` + name + `" .}}{{end}}`)}}
	var b bytes.Buffer
	if err := web.Part[map[string]any](files, "test").Write(&b, "en", v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFieldTiesHintAndErrorToItsControl(t *testing.T) {
	for kind, want := range map[string][]string{
		"":         {`<input id="x" name="x" type="text" value="typed &#34;so&#34;" required aria-invalid="true" aria-describedby="x-hint x-err">`},
		"email":    {`type="email"`, `aria-describedby="x-hint x-err"`},
		"password": {`type="password"`},
		"textarea": {`<textarea id="x" name="x" rows="5" dir="auto" required aria-invalid="true" aria-describedby="x-hint x-err">` + "\ntyped &#34;so&#34;</textarea>"},
		"select":   {`<select id="x" name="x" required aria-invalid="true" aria-describedby="x-hint x-err"><option value="a">A</option><option value="b" selected>B</option></select>`},
		"checkbox": {`type="checkbox"`, ` required aria-invalid="true" aria-describedby="x-hint x-err">`},
	} {
		v := map[string]any{"label": "Label", "name": "x", "value": `typed "so"`, "hint": "A hint.", "error": "An error.", "required": true, "options": []struct {
			Value, Label string
			Chosen       bool
		}{{"a", "A", false}, {"b", "B", true}}}
		if kind != "" {
			v["type"] = kind
		}
		got := part(t, "field", v)
		for _, w := range append(want, `for="x"`, `<p class="hint" id="x-hint">A hint.</p>`, `<p class="err" id="x-err">An error.</p>`, `class="field bad"`) {
			if !strings.Contains(got, w) {
				t.Errorf("%q: no %s in\n%s", kind, w, got)
			}
		}
	}
}

func TestAFieldWithoutErrorIsNotMarked(t *testing.T) {
	got := part(t, "field", map[string]any{"label": "Label", "name": "x"})
	for _, bad := range []string{"bad", "aria-", "err", "<no value>", "value="} {
		if strings.Contains(got, bad) {
			t.Errorf("%s in\n%s", bad, got)
		}
	}
}

// A text area drops one line break at its start: one of ours keeps the person's.
func TestATextThatBeginsWithALineBreakIsKept(t *testing.T) {
	got := part(t, "field", map[string]any{"label": "Label", "name": "x", "type": "textarea", "value": "\nfirst"})
	if !strings.Contains(got, ">\n\nfirst</textarea>") {
		t.Errorf("got %s", got)
	}
}
