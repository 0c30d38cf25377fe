package departure

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"slices"
	"time"

	"caravan/internal/wording"
)

// bundle is an export on its way into a zip: data.json for programs and
// index.html for people, of the same rows.
type bundle struct {
	Lang  string
	At    time.Time
	Parts []part
}

// part is what one table holds of somebody. Columns are sorted by name.
type part struct {
	Name    string
	Columns []string
	Rows    []map[string]any
}

func (b *bundle) add(name string, rows []map[string]any) {
	p := part{Name: name, Rows: rows}
	for _, r := range rows {
		for c := range r {
			if !slices.Contains(p.Columns, c) {
				p.Columns = append(p.Columns, c)
			}
		}
	}
	slices.Sort(p.Columns)
	b.Parts = append(b.Parts, p)
}

//go:embed views/bundle.html
var bundleSource string

// cell prints a value of JSON so that people can read it.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, _ := json.Marshal(v) // it came from JSON
	return string(b)
}

var bundlePage = template.Must(template.New("bundle").Funcs(template.FuncMap{
	"cell": cell, "cut": func(row map[string]any, column string) any { return row[column] },
	"t":   func(lang, key string) string { return wording.Text(lang, key) },
	"dir": func(lang string) string { return wording.Dir(lang) },
}).Parse(bundleSource))

func (b *bundle) zip() ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	data := map[string]any{"made_at": b.At.Format(time.RFC3339)}
	for _, p := range b.Parts {
		data[p.Name] = p.Rows
		if p.Rows == nil {
			data[p.Name] = []any{}
		}
	}
	f, err := z.CreateHeader(&zip.FileHeader{Name: "data.json", Method: zip.Deflate, Modified: b.At})
	if err != nil {
		return nil, err
	}
	enc := json.NewEncoder(f)
	enc.SetIndent("", " ")
	if err := enc.Encode(data); err != nil {
		return nil, err
	}
	if f, err = z.CreateHeader(&zip.FileHeader{Name: "index.html", Method: zip.Deflate, Modified: b.At}); err != nil {
		return nil, err
	}
	if err := bundlePage.Execute(f, b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
