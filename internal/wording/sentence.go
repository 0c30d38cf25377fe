package wording

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
)

// sentence is one sentence in one language, taken apart when it is loaded: its
// plural forms, each as texts with the names of values between them.
type sentence struct {
	forms [plural.Many + 1]form
}

// form is text, name, text, name, …, text. One text alone is the usual case.
type form struct {
	texts []string
	names []string
}

var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// parse takes a value of a file apart: a text, or texts by plural form. A form
// that is not there or empty says what "other" says.
func parse(v any) (*sentence, error) {
	if text, ok := v.(string); ok {
		v = map[string]any{"other": text}
	}
	given, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("neither a sentence nor plural forms")
	}
	s := new(sentence)
	for name, text := range given {
		f, known := formNames[name]
		text, isText := text.(string)
		if !known || !isText {
			return nil, fmt.Errorf("%q is no plural form", name)
		}
		if text == "" {
			continue
		}
		var err error
		if s.forms[f], err = cut(text); err != nil {
			return nil, err
		}
	}
	for f := range s.forms {
		if s.forms[f].texts == nil {
			s.forms[f] = s.forms[plural.Other]
		}
	}
	return s, nil
}

func cut(text string) (f form, err error) {
	for {
		before, rest, ok := strings.Cut(text, "{{")
		f.texts = append(f.texts, before)
		if !ok {
			return f, nil
		}
		name, after, ok := strings.Cut(rest, "}}")
		name, dot := strings.CutPrefix(strings.TrimSpace(name), ".")
		if !ok || !dot || name == "" || strings.ContainsAny(name, " .|(){}\"") {
			return f, fmt.Errorf("a value in %q is not written as {{.name}}", text)
		}
		f.names, text = append(f.names, name), after
	}
}

// say puts the values into a form; args are name, value pairs.
func (s *sentence) say(which plural.Form, lang string, args []any) string {
	f := &s.forms[which]
	switch len(f.texts) {
	case 0:
		return ""
	case 1:
		return f.texts[0]
	}
	b := make([]byte, 0, 96)
	for i, text := range f.texts {
		b = append(b, text...)
		if i < len(f.names) {
			b = appendValue(b, lang, f.names[i], args)
		}
	}
	return string(b)
}

// appendValue writes the value name. One that is not given shows, so that the
// mistake is found.
func appendValue(b []byte, lang, name string, args []any) []byte {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		switch v := args[i+1].(type) {
		case string:
			return append(b, v...)
		case int, int64, int32:
			if name == "count" {
				return append(b, Number(lang, plain(v))...)
			}
			return strconv.AppendInt(b, int64(plain(v)), 10)
		default:
			return fmt.Append(b, v)
		}
	}
	return append(b, "<no value>"...)
}
