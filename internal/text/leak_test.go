package text_test

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"caravan/internal/errs"
	"caravan/internal/text"
)

// writers are what is known about the invented people of testdata, by language:
// where they and their clinics are, what they are called.
func writer(lang string) text.LeakContext {
	home := map[string][]string{
		"en": {"GB", "US"}, "de": {"DE", "AT"}, "fr": {"FR"}, "es": {"ES", "MX"}, "tr": {"TR"}, "ar": {"SA", "EG"}, "ru": {"RU"}, "zh": {"CN"},
	}
	return text.LeakContext{
		Countries: append(home[lang], "TR", "HU"),
		OwnNames:  []string{"Katharina Lindqvist", "k.lindqvist84", "سلمى الحداد", "Ольга Ветрова", "林晓梅", "Gülşen Karataş"},
		Allowed:   []string{"Dr. Emre Aydın", "Smile Harbour Clinic"},
	}
}

var escaped = regexp.MustCompile(`\\u[0-9a-f]{4}`)

// lines reads a file of testdata: fields between tabs, \uXXXX for what cannot
// be seen.
func lines(t testing.TB, name string) (out [][]string) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' {
			line = escaped.ReplaceAllStringFunc(line, func(e string) string {
				n, err := strconv.ParseUint(e[2:], 16, 32)
				if err != nil {
					t.Fatal(err)
				}
				return string(rune(n))
			})
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

func TestLeaksAreFoundInEightLanguages(t *testing.T) {
	floors := map[string]float64{
		"email": 0.98, "phone": 0.98, "iban": 0.98, "card": 0.98, "passport": 0.90, "national_id": 0.90,
		"record_number": 0.90, "url": 0.95, "handle": 0.90, "exact_date": 0.90, "person_name": 0.80, "own_name": 0.90, "hidden_text": 0.90,
	}
	all, found := map[string]int{}, map[string]int{}
	for _, l := range lines(t, "leaks.txt") {
		class, lang, s := l[0], l[1], l[2]
		if class != "hidden_text" {
			var err error
			if s, err = text.Clean(s); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
		}
		all[class]++
		leaks := text.Leaks(s, writer(lang))
		if slices.ContainsFunc(leaks, func(k text.Leak) bool { return string(k.Class) == class }) {
			found[class]++
		} else {
			t.Logf("missed: %s %s %q, got %s", class, lang, s, shown(s, leaks))
		}
	}
	total := 0
	for class, floor := range floors {
		n := all[class]
		total += n
		recall := float64(found[class]) / float64(max(1, n))
		t.Logf("%-14s n %3d  recall %.3f", class, n, recall)
		if recall < floor {
			t.Errorf("%s: %d of %d lines found, want at least %.2f", class, found[class], n, floor)
		}
	}
	if total < 400 {
		t.Errorf("%d lines, want 400", total)
	}
}

func TestCleanLinesAreLeftAlone(t *testing.T) {
	n, alarms := 0, 0
	for _, l := range lines(t, "clean.txt") {
		s, err := text.Clean(l[1])
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		n++
		if leaks := text.Leaks(s, writer(l[0])); len(leaks) > 0 {
			alarms++
			t.Logf("false alarm: %s %q, got %s", l[0], s, shown(s, leaks))
		}
	}
	t.Logf("clean lines n %d, false alarms %d (%.3f)", n, alarms, float64(alarms)/float64(n))
	if n < 400 || alarms*50 > n {
		t.Errorf("%d false alarms on %d lines, want at most 2 %% of 400", alarms, n)
	}
}

// shown prints leaks for a reader.
func shown(s string, leaks []text.Leak) string {
	var b strings.Builder
	for _, l := range leaks {
		b.WriteString("[" + string(l.Class) + ": " + s[l.Start:l.End] + "]")
	}
	return b.String()
}

func TestLeakTiers(t *testing.T) {
	c := writer("en")
	verified := c
	verified.Verified = true
	for name, k := range map[string]struct {
		s    string
		c    text.LeakContext
		want string
		tier text.LeakTier
	}{
		"e-mail blocks":                   {"mail me at a.bow@gmail.com please", c, "a.bow@gmail.com", text.Block},
		"link of a stranger blocks":       {"see www.example.org/a.", c, "www.example.org/a", text.Block},
		"link of a verified author warns": {"see www.example.org/a.", verified, "www.example.org/a", text.Warn},
		"phone of a verified author":      {"call +44 7911 123456 now", verified, "+44 7911 123456", text.Block},
		"number with check blocks":        {"kimlik 10000000146 here", c, "10000000146", text.Block},
		"number without check warns":      {"passport 533380006 here", c, "533380006", text.Warn},
		"date warns":                      {"it was on 12 May 2026.", c, "12 May 2026", text.Warn},
		"name is masked":                  {"I asked Nurse Fatma twice", c, "Nurse Fatma", text.Mask},
		"own name blocks":                 {"yours, Katarina", c, "Katarina", text.Block},
	} {
		leaks := text.Leaks(k.s, k.c)
		if len(leaks) != 1 || leaks[0].Tier != k.tier || k.s[leaks[0].Start:leaks[0].End] != k.want {
			t.Errorf("%s: %q gives %s (%v), want %q of tier %d", name, k.s, shown(k.s, leaks), leaks, k.want, k.tier)
		}
	}
}

func TestOrdinaryTurnsAreNoLeaks(t *testing.T) {
	for _, s := range []string{
		"At one point tried to get me up too early.", "He stands at the point of no return.", "Open until 12.30 and again from 14.00.",
		"It was excellent.it could not be better", "I saw the dr. However nothing changed.", "The MR Angiography was clear, MS Patients wait longer.",
		"Between 2500-3000 grafts, 1.200.000 TL for two.", "Room for 2, case closed, file under lessons.", "It may 2 or 3 times be needed.",
	} {
		if leaks := text.Leaks(s, writer("en")); len(leaks) > 0 {
			t.Errorf("%q gives %s", s, shown(s, leaks))
		}
	}
}

func TestNamesThatMayBeSaidAreNotMasked(t *testing.T) {
	c := writer("en")
	for s, want := range map[string]string{
		"Dr. Emre Aydın did it":              "Dr. Emre Aydın did it",
		"Dr Aydin did it":                    "Dr Aydin did it",
		"then Nurse Fatma came":              "then [masked: name of a person] came",
		"Dr. Simms(sic) and Mrs Keller left": "[masked: name of a person] (sic) and [masked: name of a person] left",
		"write to a.bow@gmail.com":           "write to a.bow@gmail.com",
	} {
		if got := text.Masked(s, text.Leaks(s, c)); got != want {
			t.Errorf("Masked(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestOwnNamesWithinReason(t *testing.T) {
	for name, k := range map[string]struct {
		own, s string
		want   bool
	}{
		"a letter wrong":                      {"Katharina Lindqvist", "greetings, Katherina", true},
		"in small letters":                    {"Katharina Lindqvist", "greetings from katharina", true},
		"without marks":                       {"Gülşen Karataş", "ben Gulsen", true},
		"spelled out umlaut":                  {"Jürgen Müller", "Gruß, Mueller", true},
		"short name is not guessed":           {"Eva", "We ate well", false},
		"short name exactly":                  {"Eva Ott", "Yours, Eva", true},
		"part of an address":                  {"olga.vetrova1971@mail.example", "это Vetrova", true},
		"office in an address":                {"info@clinic.example", "the clinic sent info", false},
		"word near a short name":              {"Rose Miller", "the nose healed, mostly", false},
		"a suggested pseudonym is no name":    {"Quiet Heron", "it was quiet there", false},
		"Arabic with its article":             {"سلمى الحداد", "حجز باسم الحداد", true},
		"Chinese":                             {"林晓梅", "大家好，我是林晓梅", true},
		"disguised with letters that look so": {"Katharina Lindqvist", "Кatharina", true},
	} {
		leaks := text.Leaks(k.s, text.LeakContext{OwnNames: []string{k.own}})
		if got := len(leaks) > 0; got != k.want {
			t.Errorf("%s: %q with own name %q gives %s", name, k.s, k.own, shown(k.s, leaks))
		}
	}
}

func TestCheckLeaksRefusesOrOffersTheTick(t *testing.T) {
	c := writer("en")
	for name, k := range map[string]struct {
		s      string
		ticked bool
		want   string
	}{
		"nothing":            {"Four nights, 260 pounds", false, ""},
		"blocked":            {"mail a.bow@gmail.com", false, "body text.leak_email"},
		"blocked and ticked": {"mail a.bow@gmail.com", true, "body text.leak_email"},
		"warned":             {"on 12 May", false, "body text.leak_exact_date, leaks_seen text.leak_tick"},
		"warned and ticked":  {"on 12 May", true, ""},
		"both at once":       {"on 12 May and 13 May, mail a.bow@gmail.com", false, "body text.leak_exact_date, body text.leak_email"},
	} {
		err := text.CheckLeaks("body", k.s, c, k.ticked)
		var got []string
		if err != nil {
			e := errs.Of(err)
			if e.Kind != errs.Invalid {
				t.Errorf("%s: kind %v, want Invalid", name, e.Kind)
			}
			for _, f := range e.Fields {
				got = append(got, f.Name+" "+f.Key)
				if f.Name == "body" {
					spans, _ := f.Args[3].([]text.Leak)
					if len(spans) == 0 || f.Args[1] != k.s[spans[0].Start:spans[0].End] {
						t.Errorf("%s: arguments %v", name, f.Args)
					}
				}
			}
		}
		if s := strings.Join(got, ", "); s != k.want {
			t.Errorf("%s: got %q, want %q", name, s, k.want)
		}
	}
}

func FuzzLeaks(f *testing.F) {
	for _, name := range []string{"leaks.txt", "clean.txt"} {
		for i, l := range lines(f, name) {
			if i%8 == 0 {
				f.Add(l[len(l)-1])
			}
		}
	}
	for _, s := range []string{"", "@", "a@", "@.", "+", "(((((1", "<<<<", "1.1.1.1.1.1", "May", "月", "№ 5 №", "at dot", "a at b dot ", "tr", "Dr", "Dr.", "ﷺ@ﷺ.com", "①②③④⑤⑥⑦", "://", "www.", "\xff@\xff", "telegram:", "5\u0301@x.com\u0301", "\u200d", "Ⅷ月5日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := writer("tr")
		leaks := text.Leaks(s, c)
		end := 0
		for _, l := range leaks {
			if l.Start < end || l.End <= l.Start || l.End > len(s) || !border(s, l.Start) || !border(s, l.End) || l.Tier < text.Warn || l.Tier > text.Block {
				t.Fatalf("%+q: leak %+v after %d", s, l, end)
			}
			end = l.End
		}
		if utf8.ValidString(s) && !utf8.ValidString(text.Masked(s, leaks)) {
			t.Fatalf("%+q: masked is no text", s)
		}
	})
}

func border(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) || !utf8.ValidString(s) }

func TestHostileTextsAreSearchedInTime(t *testing.T) {
	for _, s := range []string{"0532 441 70 98 1, ", "a at b. ", "a.", "a@", "a<", "tr12 ", "1 ", "invoice ", "Dr. ", "at.", "://a", "[", "May ", "<<", "telegram:", "月1"} {
		start := time.Now()
		text.Leaks(strings.Repeat(s, 20_000/len(s)), writer("tr"))
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("20,000 characters of %q took %v", s, d)
		} else if d > 50*time.Millisecond {
			t.Logf("%q: %v", s, d)
		}
	}
}

func BenchmarkLeaks(b *testing.B) {
	var long strings.Builder
	for long.Len() == 0 || utf8.RuneCountInString(long.String()) < 20_000 {
		for _, name := range []string{"clean.txt", "leaks.txt"} {
			for i, l := range lines(b, name) {
				if name == "clean.txt" || i%10 == 0 {
					long.WriteString(l[len(l)-1] + "\n")
				}
			}
		}
	}
	story := string([]rune(long.String())[:20_000])
	hostile := strings.Repeat("0532 441 70 98 1, ", 1_112)
	for name, s := range map[string]string{"story": story, "figures": hostile, "ats": strings.Repeat("a at b. ", 2_500), "dots": strings.Repeat("a.", 10_000)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				text.Leaks(s, writer("tr"))
			}
		})
	}
}

func TestWordsOfTheTradeAreNobodysName(t *testing.T) {
	for own, s := range map[string]string{"treated": "I was treated with respect.", "demo-001": "There was a demo of it.", "happy.traveller": "A Happy traveller writes.", "dental-implant9": "One dental implant."} {
		if l := text.Leaks(s, text.LeakContext{OwnNames: []string{own}}); len(l) > 0 {
			t.Errorf("%s: %q: %v", own, s, l)
		}
	}
}
