package wording

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// judge says sentences by another implementation, which knows the CLDR's rules
// of plural forms on its own.
func judge(t *testing.T, lang string) (say func(key string, count int, values map[string]any) string, raw map[string]any) {
	t.Helper()
	b, err := files.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	bundle := i18n.NewBundle(language.Make(lang))
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	if _, err := bundle.ParseMessageFileBytes(b, lang+".json"); err != nil {
		t.Fatal(err)
	}
	l := i18n.NewLocalizer(bundle, lang)
	return func(key string, count int, values map[string]any) string {
		c := i18n.LocalizeConfig{MessageID: key, TemplateData: values}
		if _, forms := raw[key].(map[string]any); forms {
			c.PluralCount = count
		}
		s, err := l.Localize(&c)
		if err != nil { // a form that nobody wrote
			c.PluralCount = nil
			s, err = l.Localize(&c)
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", lang, key, err)
		}
		return s
	}, raw
}

func TestEverySentenceIsSaidInTheFormThatTheCountTakes(t *testing.T) {
	t.Parallel()
	counts := []int{0, 1, 2, 3, 5, 10, 11, 19, 21, 99, 100, 101, 102, 103, 111, 200, 999, 1000, 1_000_001}
	for _, lang := range Langs {
		say, raw := judge(t, lang)
		for key, v := range raw {
			args, values := []any{}, map[string]any{}
			names := namesIn(v)
			for _, name := range names {
				if name != "count" {
					args, values[name] = append(args, name, "<"+name+">"), "<"+name+">"
				}
			}
			for _, n := range counts {
				values["count"] = Number(lang, n)
				if got, want := Text(lang, key, append(args, "count", n)...), say(key, n, values); got != want {
					t.Errorf("%s: %s of %d: %q, want %q", lang, key, n, got, want)
				}
			}
		}
	}
}

func namesIn(v any) (names []string) {
	b, _ := json.Marshal(v) // strings and maps of strings
	for _, part := range strings.Split(string(b), "{{.")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestUnknownKeysAndMissingValuesShow(t *testing.T) {
	before := Missing()
	if got := Text("ar", "nobody.said_this"); got != "nobody.said_this" || Missing() != before+1 {
		t.Errorf("%q, %d missing", got, Missing()-before)
	}
	if got := Text("xx", "common.minutes_ago"); !strings.Contains(got, "<no value>") {
		t.Errorf("%q does not show that the count is missing", got)
	}
}

func TestFilesAreRefusedThatCannotBeSaid(t *testing.T) {
	t.Parallel()
	for _, v := range []any{1, nil, map[string]any{"several": "x"}, map[string]any{"one": 1}, "{{if .x}}", "{{.a.b}}", "{{.x", "{{x}}", "{{}}"} {
		if _, err := parse(v); err == nil {
			t.Errorf("%v was taken", v)
		}
	}
}

func TestTimesAreSaidByTheirDistance(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-time.Second: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 90 * time.Minute: "1 hour ago", 23 * time.Hour: "23 hours ago",
		6 * 24 * time.Hour: "6 days ago", 7 * 24 * time.Hour: "2 March 2026", 400 * 24 * time.Hour: "2 February 2025",
	} {
		if got := Ago("en", now.Add(-d), now); !strings.EqualFold(got, want) {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func BenchmarkAgo(b *testing.B) {
	now := time.Now()
	for b.Loop() {
		_ = Ago("ar", now.Add(-5*time.Hour), now)
	}
}

func BenchmarkDay(b *testing.B) {
	now := time.Now()
	for b.Loop() {
		_ = Day("en", now)
	}
}
