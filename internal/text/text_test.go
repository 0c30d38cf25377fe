package text_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"caravan/internal/errs"
	"caravan/internal/text"
)

func TestCleanGivesTheFormInWhichTextsAreKept(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain stays":                      {"Four months after my surgery", "Four months after my surgery"},
		"empty stays empty":                {"", ""},
		"outer white space goes":           {"\n\t  hello  \u00a0\u2003\n", "hello"},
		"inner white space stays":          {"a  b\n\n\tc", "a  b\n\n\tc"},
		"line ends become LF":              {"a\r\nb\rc\n\rd", "a\nb\nc\n\nd"},
		"composed letters":                 {"e\u0301te\u0301", "été"},
		"figures of style stay":            {"½ ﬁ ①", "½ ﬁ ①"},
		"direction override goes":          {"abc\u202egnp.exe\u202c", "abcgnp.exe"},
		"isolates and marks go":            {"\u2066a\u2069 \u200fb\u200e \u061cc", "a b c"},
		"zero width goes":                  {"v\u200bi\u2060s\ufeffa\u00ad c\u034fode", "visa code"},
		"invisible operators go":           {"a\u2061b\u2064c", "abc"},
		"joiner inside a Persian word":     {"می\u200cخواهم", "می\u200cخواهم"},
		"joiner inside a Hindi word":       {"क्\u200dष", "क्\u200dष"},
		"joiner at a word's end goes":      {"می\u200c خواهم\u200c", "می خواهم"},
		"two joiners leave one":            {"می\u200c\u200c\u200dخواهم", "می\u200dخواهم"},
		"joiner between figures goes":      {"5\u200d5\u200c5", "555"},
		"family stays one":                 {"👩\u200d👧", "👩\u200d👧"},
		"health worker with skin and sign": {"👩🏽\u200d⚕\ufe0f", "👩🏽\u200d⚕\ufe0f"},
		"head shaking":                     {"🙂\u200d↔\ufe0f", "🙂\u200d↔\ufe0f"},
		"joiner after emoji alone goes":    {"👩\u200d", "👩"},
		"flag of Wales stays":              {"🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"},
		"tags without a flag go":           {"hi\U000e0068\U000e0069!\U000e0001", "hi!"},
		"Arabic vowels stay":               {"مُحَمَّدٌ", "مُحَمَّدٌ"},
		"stacked marks are cut":            {"a" + strings.Repeat("\u0316", 40) + "b", "a" + strings.Repeat("\u0316", text.MaxMarks) + "b"},
		"vertical tab inside stays":        {"a\vb", "a\vb"},
	} {
		got, err := text.Clean(c.in)
		if err != nil || got != c.want {
			t.Errorf("%s: Clean(%+q) = %+q, %v, want %+q", name, c.in, got, err, c.want)
		}
		if again, _ := text.Clean(got); again != got {
			t.Errorf("%s: cleaning twice changes %+q to %+q", name, got, again)
		}
	}
}

func TestCleanRefusesWhatIsNoText(t *testing.T) {
	if _, err := text.Clean("caf\xe9"); !errs.Is(err, errs.Malformed) {
		t.Errorf("Latin-1 bytes: got %v, want Malformed", err)
	}
	if _, err := text.Clean("a\x00b"); !errs.Is(err, errs.Invalid) {
		t.Errorf("NUL: got %v, want Invalid", err)
	}
}

func TestAFloodOfMarksIsCutQuickly(t *testing.T) {
	start := time.Now()
	got, err := text.Clean("x" + strings.Repeat("\u0301\u0327", 1_250_000)) // 5 MB
	if err != nil {
		t.Fatal(err)
	}
	if n := text.Length(got); n > 1+text.MaxMarks {
		t.Errorf("%d characters are left, want at most %d", n, 1+text.MaxMarks)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("cleaning took %v", d)
	}
}

func TestGraphemesAreWhatAReaderCounts(t *testing.T) {
	for s, want := range map[string]int{
		"":                        0,
		"heron":                   5,
		"e\u0301te\u0301":         3,
		"👩🏽\u200d⚕\ufe0f":         1,
		"👩\u200d👩\u200d👧\u200d👦x": 2,
		"🇹🇷🇩🇪🇬":                   3,
		"🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f": 1,
		"مُحَمَّد":  4,
		"นี่":       1,
		"a\u0301\n": 2,
	} {
		if got := text.Graphemes(s); got != want {
			t.Errorf("Graphemes(%+q) = %d, want %d", s, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\r\nb", "e\u0301", "می\u200cخواهم", "👩\u200d⚕\ufe0f", "\u0344\u0344\u0344\u0344\u0344", "ᄀ\u1161\u11a8", "a\u202eb",
		"\u1100" + strings.Repeat("\u0301", 40) + "\u1161", "\u0d46\u200b\u0d3e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := text.Clean(s)
		if err != nil {
			return
		}
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\r\u200b\u202e\u2066\ufeff") {
			t.Fatalf("Clean(%+q) = %+q", s, got)
		}
		if strings.TrimSpace(got) != got {
			t.Fatalf("Clean(%+q) = %+q has outer white space", s, got)
		}
		if again, err := text.Clean(got); err != nil || again != got {
			t.Fatalf("cleaning twice: %+q then %+q, %v", got, again, err)
		}
		run := 0
		for _, r := range got {
			if unicode.IsMark(r) {
				run++
			} else if r != 0x200c && r != 0x200d {
				run = 0
			}
			if run > text.MaxMarks {
				t.Fatalf("Clean(%+q) leaves %d marks in a row", s, run)
			}
		}
	})
}
