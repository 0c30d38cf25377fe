package shaping

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTextsAreComparedWordByWord(t *testing.T) {
	for _, c := range []struct {
		old, new string
		want     []string // old→new
	}{
		{"three nights in hospital", "four nights in hospital", []string{"three→four"}},
		{"three nights in hospital", "four long days in hospital", []string{"three nights→four long days"}},
		{"a guarantee", "a guarantee of one year", []string{"→ of one year"}},
		{"call us, or write", "call us or write", []string{",→"}},
		{"ثلاث ليالٍ في المستشفى", "أربع ليالٍ في المستشفى", []string{"ثلاث→أربع"}},
		{"住院三晚", "住院四晚", []string{"三→四"}},
		{"same", "same", nil},
		{"", "new", []string{"→new"}},
		{"old", "", []string{"old→"}},
	} {
		var got []string
		for _, h := range Words(c.old, c.new) {
			got = append(got, h.Old+"→"+h.New)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q to %q: %q, want %q", c.old, c.new, got, c.want)
		}
	}
}

func TestChangesOfOtherWordsGoTogether(t *testing.T) {
	base := "The surgeon calls after one week, and a nurse after one month."
	for _, c := range []struct {
		name, a, b, want string
	}{
		{"two places", strings.Replace(base, "surgeon", "doctor", 1), strings.Replace(base, "month", "year", 1), "The doctor calls after one week, and a nurse after one year."},
		{"the same change", strings.Replace(base, "week", "day", 1), strings.Replace(base, "week", "day", 1), "The surgeon calls after one day, and a nurse after one month."},
		{"one does nothing", base, strings.Replace(base, "nurse", "doctor", 1), strings.Replace(base, "nurse", "doctor", 1)},
		{"a change and an end", strings.Replace(base, "calls", "writes", 1), base + " Always.", "The surgeon writes after one week, and a nurse after one month. Always."},
		{"the same word otherwise", strings.Replace(base, "week", "day", 1), strings.Replace(base, "week", "year", 1), ""},
		{"one goes, one changes", strings.Replace(base, "one week, and ", "", 1), strings.Replace(base, "week", "day", 1), ""},
		{"two ends", base + " Always.", base + " Never.", ""},
	} {
		for _, turn := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			got, ok := Union(base, turn[0], turn[1])
			if ok != (c.want != "") || got != c.want {
				t.Errorf("%s: %q %v, want %q", c.name, got, ok, c.want)
			}
		}
	}
}

// TestDifferencesRebuildTheText tries the difference and the union on random
// texts of few words, so that they often collide.
func TestDifferencesRebuildTheText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range times(2_000, 20_000) {
		base, a, b := someText(r), "", ""
		a, b = changed(r, base), changed(r, base)
		if got := rebuilt(base, Words(base, a)); got != a {
			t.Fatalf("%q to %q: rebuilt %q", base, a, got)
		}
		one, ok := Union(base, a, b)
		two, also := Union(base, b, a)
		if ok != also || one != two {
			t.Fatalf("%q with %q and %q: %q %v, the other way %q %v", base, a, b, one, ok, two, also)
		}
		if same, ok := Union(base, a, base); !ok || same != a {
			t.Fatalf("%q with %q and nothing: %q %v", base, a, same, ok)
		}
	}
}

func rebuilt(old string, hunks []Hunk) string {
	var b strings.Builder
	words, at := tokens(old), 0
	for _, h := range hunks {
		if got := strings.Join(words[h.From:h.To], ""); got != h.Old {
			return "a place that is not " + h.Old
		}
		b.WriteString(strings.Join(words[at:h.From], "") + h.New)
		at = h.To
	}
	return b.String() + strings.Join(words[at:], "")
}

func someText(r *rand.Rand) string {
	all := make([]string, 1+r.IntN(12))
	for i := range all {
		all[i] = string(rune('a' + r.IntN(5)))
	}
	return strings.Join(all, " ")
}

// changed replaces, drops or adds a word or two.
func changed(r *rand.Rand, s string) string {
	all := strings.Fields(s)
	for range 1 + r.IntN(2) {
		i := r.IntN(len(all) + 1)
		switch {
		case r.IntN(3) == 0 || i == len(all):
			all = slices.Insert(all, i, string(rune('p'+r.IntN(4))))
		case r.IntN(2) == 0 && len(all) > 1:
			all = slices.Delete(all, i, i+1)
		default:
			all[i] = string(rune('p' + r.IntN(4)))
		}
	}
	return strings.Join(all, " ")
}
