package text_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"caravan/internal/text"
)

func TestAnswersThatWouldGiveAPatientAwayAreHeld(t *testing.T) {
	held, pass := map[string]int{}, map[string]int{}
	for _, l := range lines(t, "guard.txt") {
		want, class, lang, s := l[0], l[1], l[2], l[3]
		spots := text.Guard(s, nil)
		switch {
		case want == "pass":
			pass[lang]++
			if len(spots) > 0 {
				t.Errorf("%s %q is held for %s", lang, s, marked(s, spots))
			}
		default:
			held[lang]++
			if !slices.ContainsFunc(spots, func(k text.Spot) bool { return string(k.Class) == class }) {
				t.Errorf("%s %q: no %s in %s", lang, s, class, marked(s, spots))
			}
		}
	}
	for _, lang := range text.Languages {
		least := 6
		if slices.Contains([]string{"en", "ar", "de", "tr"}, lang) {
			least = 15
		}
		t.Logf("%s: %d held, %d pass", lang, held[lang], pass[lang])
		if held[lang] < least || pass[lang] < least {
			t.Errorf("%s: %d answers to hold and %d to pass, want %d of each", lang, held[lang], pass[lang], least)
		}
	}
}

func marked(s string, spots []text.Spot) string {
	var b strings.Builder
	for _, k := range spots {
		b.WriteString("[" + string(k.Class) + ": " + s[k.Start:k.End] + "]")
	}
	return b.String()
}

func TestWhatThePageSaysMayBeSaidAgain(t *testing.T) {
	for _, k := range []struct{ s, known string }{
		{"Questions about implants are welcome.", "Dental implant"},
		{"Fragen zu Implantaten beantworten wir gern.", "Zahnimplantat, Implantat"},
		{"Saç ekimi hakkında genel bilgi sayfamızda var.", "Saç ekimi"},
		{"نجيب عن أسئلة زراعة الأسنان عموما.", "زراعة الأسنان"},
		{"关于种植牙的一般问题请看我们的网页。", "种植牙"},
		{"Вопросы об имплантах мы любим.", "Имплантация зубов"},
		{"Dr Aydın answers general questions here.", "Dr. Emre Aydın"},
	} {
		if spots := text.Guard(k.s, nil); len(spots) == 0 {
			t.Errorf("%q passes though the page does not say it", k.s)
		}
		if spots := text.Guard(k.s, []string{k.known}); len(spots) > 0 {
			t.Errorf("%q with %q known is held for %s", k.s, k.known, marked(k.s, spots))
		}
	}
}

func TestALongAnswerIsGuardedInTime(t *testing.T) {
	s := strings.Repeat("We take reports like this seriously, and your friends are right to ask. ", 140)
	start := time.Now()
	text.Guard(s, nil)
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("10,000 characters took %v", d)
	}
}

func FuzzGuard(f *testing.F) {
	for i, l := range lines(f, "guard.txt") {
		if i%6 == 0 {
			f.Add(l[3])
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, k := range text.Guard(s, []string{"Dental implant", "植发"}) {
			if k.Start < end || k.End <= k.Start || k.End > len(s) || utf8.ValidString(s) && (!border(s, k.Start) || !border(s, k.End)) {
				t.Fatalf("%+q: spot %+v after %d", s, k, end)
			}
			end = k.End
		}
	})
}

func TestATextIsCutWhereSomethingWasFound(t *testing.T) {
	const s = "We saw you, Ürsula, twice."
	var whole string
	pieces := text.Mark(s, []text.Spot{{Class: "a", Start: 3, End: 10}, {Class: "overlaps", Start: 8, End: 12}, {Class: "b", Start: 12, End: 19}, {Class: "outside", Start: 20, End: 99}})
	for _, p := range pieces {
		whole += p.Text
	}
	if whole != s || len(pieces) != 5 || pieces[1].Class != "a" || pieces[3].Text != "Ürsula" {
		t.Errorf("%q", pieces)
	}
}
