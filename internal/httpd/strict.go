package httpd

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"caravan/internal/errs"
)

// encoding/json takes the last of two equal names, matches names without
// looking at their case, turns broken UTF-8 into U+FFFD and passes over names
// it does not know. Each of these lets a sender smuggle in what a reader of the
// same bytes does not see, so they are refused by name before anything else
// reads the body.

// maxDepth and maxValues bound the work a small body can cause.
const (
	maxDepth  = 32
	maxValues = 20_000
)

func strictJSON(raw []byte, into reflect.Type) error {
	if !utf8.Valid(raw) {
		return errs.New(errs.Malformed, "common.not_text")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	w := walker{d: d}
	if err := w.value(into, "", 0); err != nil {
		return w.explain(err, raw)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errs.New(errs.Malformed, "common.malformed")
	}
	return nil
}

type walker struct {
	d      *json.Decoder
	values int
}

// explain gives numbers that JSON does not have the answer of a wrong value,
// not of broken text.
func (w *walker) explain(err error, raw []byte) error {
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return err
	}
	rest := bytes.TrimLeft(raw[min(int(w.d.InputOffset()), len(raw)):], " \t\r\n:,")
	for _, odd := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(rest, []byte(odd)) {
			return errs.Field("body", "common.no_number")
		}
	}
	return errs.New(errs.Malformed, "common.malformed")
}

func (w *walker) value(t reflect.Type, at string, depth int) error {
	if w.values++; depth > maxDepth || w.values > maxValues {
		return errs.New(errs.Malformed, "common.too_deep")
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	tok, err := w.d.Token()
	if err != nil {
		return err
	}
	switch tok {
	case json.Delim('{'):
		return w.object(t, at, depth)
	case json.Delim('['):
		var elem reflect.Type
		if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			elem = t.Elem()
		}
		for w.d.More() {
			if err := w.value(elem, at+"[]", depth+1); err != nil {
				return err
			}
		}
		_, err = w.d.Token()
		return err
	}
	if n, ok := tok.(json.Number); ok {
		if _, err := n.Float64(); err != nil {
			return errs.Field(name(at), "common.no_number")
		}
	}
	if s, ok := tok.(string); ok && strings.ContainsRune(s, 0) {
		return errs.Field(name(at), "common.not_text")
	}
	return nil
}

func (w *walker) object(t reflect.Type, at string, depth int) error {
	known := fieldsOf(t)
	seen := map[string]bool{}
	for w.d.More() {
		tok, err := w.d.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		full := strings.TrimPrefix(at+"."+key, ".")
		if seen[key] {
			return errs.New(errs.Malformed, "common.field_twice", "field", full)
		}
		seen[key] = true
		var next reflect.Type
		if known != nil {
			var ok bool
			if next, ok = known[key]; !ok {
				for want := range known {
					if strings.EqualFold(want, key) {
						return errs.New(errs.Malformed, "common.field_case", "field", full, "want", want)
					}
				}
				return errs.New(errs.Malformed, "common.field_unknown", "field", full)
			}
		} else if t != nil && t.Kind() == reflect.Map {
			next = t.Elem()
		}
		if err := w.value(next, full, depth+1); err != nil {
			return err
		}
	}
	_, err := w.d.Token()
	return err
}

func name(at string) string {
	if at == "" {
		return "body"
	}
	return at
}

// fieldsOf are the JSON names of a struct; nil for anything else.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		n, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if n != "" && n != "-" {
			out[n] = f.Type
		}
	}
	return out
}

func hashOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}
