// Package wording holds every sentence the site says, one JSON file a
// language, and the few ways in which numbers, times and addresses depend on
// the language. People's own texts are never here.
//
// Files are flat: key → sentence, or key → plural forms by CLDR names (zero,
// one, two, few, many, other). Values stand as {{.name}}. Figures are written
// with Latin digits in every language, as in the sources people compare with.
package wording

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Langs are the languages of the interface; the first is the default and has
// no prefix in addresses.
var Langs = []string{"en", "ar"}

// Names are what the languages call themselves.
var Names = map[string]string{"en": "English", "ar": "العربية"}

type tongue struct {
	tag       language.Tag
	sentences map[string]*sentence
	keys      []string
	months    [13]string // from 1
}

var tongues = load()

// missing counts keys that were asked for and not found; tests read it.
var missing atomic.Int64

func load() map[string]*tongue {
	all := map[string]*tongue{}
	for _, lang := range Langs {
		b, err := files.ReadFile(lang + ".json")
		if err != nil {
			panic(err) // embedded: a build without it cannot exist
		}
		var raw map[string]any
		if err := json.Unmarshal(b, &raw); err != nil {
			panic(fmt.Errorf("wording: %s.json: %w", lang, err))
		}
		t := &tongue{tag: language.Make(lang), sentences: make(map[string]*sentence, len(raw)), keys: make([]string, 0, len(raw))}
		for key, v := range raw {
			t.keys = append(t.keys, key)
			if t.sentences[key], err = parse(v); err != nil {
				panic(fmt.Errorf("wording: %s.json: %s: %w", lang, key, err))
			}
		}
		for m := 1; m <= 12; m++ {
			if s := t.sentences[monthKey(m)]; s != nil {
				t.months[m] = s.say(plural.Other, lang, nil)
			}
		}
		all[lang] = t
	}
	return all
}

// Known reports whether lang is a language of the interface.
func Known(lang string) bool { return tongues[lang] != nil }

// Has reports whether there is a sentence key.
func Has(key string) bool { return tongues[Langs[0]].sentences[key] != nil }

// Keys returns every key of a language, for the test that compares them.
func Keys(lang string) []string { return tongues[lang].keys }

// Missing is how often a key was asked for that does not exist.
func Missing() int64 { return missing.Load() }

// Text returns the sentence key in lang. Args are name, value pairs; the pair
// "count", n chooses the plural form. An unknown key returns the key itself,
// and is counted in Missing.
func Text(lang, key string, args ...any) string {
	t := tongues[lang]
	if t == nil {
		t = tongues[Langs[0]]
	}
	s := t.sentences[key]
	if s == nil {
		if s = tongues[Langs[0]].sentences[key]; s == nil {
			missing.Add(1)
			return key
		}
	}
	return s.say(t.form(args), lang, args)
}

// form is the plural form that the value "count" asks for.
func (t *tongue) form(args []any) plural.Form {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "count" {
			n := plain(args[i+1])
			return plural.Cardinal.MatchPlural(t.tag, max(n, -n)%10_000_000, 0, 0, 0, 0)
		}
	}
	return plural.Other
}

func plain(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case int64:
		return int(n)
	case int32:
		return int(n)
	}
	return 0
}

// Dir is the direction in which lang is written: ltr or rtl.
func Dir(lang string) string {
	if lang == "ar" {
		return "rtl"
	}
	return "ltr"
}

// Path puts the language's prefix before a local path; the default language
// has none.
func Path(lang, path string) string {
	if lang == Langs[0] || !Known(lang) {
		return path
	}
	if path == "/" {
		return "/" + lang
	}
	return "/" + lang + path
}

// Split takes the language's prefix off a path: the language and the rest.
func Split(path string) (lang, rest string) {
	for _, l := range Langs[1:] {
		if path == "/"+l {
			return l, "/"
		}
		if strings.HasPrefix(path, "/"+l+"/") {
			return l, path[len(l)+1:]
		}
	}
	return Langs[0], path
}
