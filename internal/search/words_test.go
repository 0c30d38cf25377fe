package search

import (
	"html"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"caravan/internal/wording"
)

func TestSearchesAreReadWithTheirOperators(t *testing.T) {
	for typed, want := range map[string][2]string{
		"":                          {"", ""},
		"Hair Transplant":           {"Hair Transplant", "hair transplant"},
		"  Göz,  kapağı!":           {"Göz kapağı", "goz kapagi"},
		`"gastric sleeve" -bypass`:  {`"gastric sleeve" -bypass`, `"gastric sleeve" -bypass`},
		`knee -"hip joint" Turkey`:  {`knee -"hip joint" Turkey`, `knee -"hip joint" turkey`},
		`-knee hip`:                 {`-knee hip`, `-knee hip`},
		`all-on-4`:                  {"all on 4", "all on 4"},
		`price - quality`:           {"price quality", "price quality"},
		`a --b`:                     {"a b", "a b"},
		`mexico OR Tijuana`:         {"mexico OR Tijuana", "mexico or tijuana"},
		`"open quote`:               {`"open quote`, `"open quote`},
		`quote at end"`:             {`quote at end "`, `quote at end "`},
		`(a|b)&!c:*`:                {"a b c", "a b c"},
		"隆鼻手术":                      {"隆鼻 鼻手 手术", "隆鼻 鼻手 手术"},
		"FUE植发":                     {"FUE 植发", "fue 植发"},
		"زراعة الشّعر":              {"زراعة الشّعر", "زراعه شعر"},
		"x\u0301\u0301 ':' \\ -- ;": {"x\u0301\u0301", "x"},
	} {
		stems, plain := bothTexts(typed)
		if stems != want[0] || plain != want[1] {
			t.Errorf("%q: got %q and %q, want %q and %q", typed, stems, plain, want[0], want[1])
		}
	}
}

func TestASearchThatOnlyLeavesOutIsSeen(t *testing.T) {
	for typed, want := range map[string]bool{
		"a": false, "-a": true, "a -b": false, "a or -b": true, "-a or b": true, `-"a b"`: true, `"a" -"b c"`: false, "-a b": false, "or": false, `"a or b"`: false,
	} {
		_, plain := bothTexts(typed)
		if got := onlyNot(alternatives(plain)); got != want {
			t.Errorf("%q: got %v, want %v", typed, got, want)
		}
	}
}

func TestWordsAreFoldedAlikeHoweverTheyAreTyped(t *testing.T) {
	for _, same := range [][]string{
		{"istanbul", "İstanbul", "ISTANBUL", "ıstanbul", "I\u0307stanbul"},
		{"kliniği", "KLINIGI", "klini\u011fi"},
		{"Straße", "STRASSE", "strasse"},
		{"زراعة", "زراعه", "الزراعة", "زِرَاعَة", "زراعـــة", "والزراعة"},
		{"ك٢٠٢٦", "ك2026", "ک۲۰۲۶"},
		{"Ёлка", "елка"},
		{"ﬁne", "fine"},
	} {
		for _, w := range same[1:] {
			if foldWord(w) != foldWord(same[0]) {
				t.Errorf("%q folds to %q, %q to %q", same[0], foldWord(same[0]), w, foldWord(w))
			}
		}
	}
	if foldWord("ال") == "" || foldWord("الا") == "" {
		t.Error("an article alone is a word too")
	}
}

func TestConceptsStandBehindTheirPhrases(t *testing.T) {
	c := readConcepts([]synonymRow{{1, "nose job"}, {1, "Rhinoplasty"}, {2, "job"}, {1, "تجميل الأنف"}, {3, "all on 4"}, {1, "隆鼻"}, {4, "  "}})
	for text, want := range map[string]string{
		"My Nose Job in May": "my nose job in may syn1q",
		"a job":              "a job syn2q",
		"nose jobs":          "nose jobs",
		"تجميل الأنف":        "تجميل انف syn1q",
		"All-on-4":           "all on 4 syn3q",
		"隆鼻手术":               "隆鼻 鼻手 手术 syn1q",
		"":                   "",
	} {
		if got := c.indexed(text); got != want {
			t.Errorf("%q is indexed as %q, want %q", text, got, want)
		}
	}
	if got, ok := c.asked("cheap nose job Turkey"); !ok || got != "cheap syn1q turkey" {
		t.Errorf("got %q, %v", got, ok)
	}
	if _, ok := c.asked("cheap flights"); ok {
		t.Error("words without a concept have one")
	}
}

func TestSnippetsShowThePassageWithTheWords(t *testing.T) {
	far := strings.Repeat("and so on we waited ", 30)
	for name, c := range map[string]struct {
		body  string
		terms []string
		want  string
	}{
		"nothing to mark":        {"Short text.", nil, "Short text."},
		"empty":                  {"", []string{"a"}, ""},
		"marks the words":        {"The swelling was gone.", []string{"swell"}, "The [swelling] was gone."},
		"stems and their words":  {"Surgery, surgeries; implants.", []string{"surgeri", "implant"}, "[Surgery], [surgeries]; [implants]."},
		"short stems are words":  {"hip hips hippo", []string{"hip"}, "[hip] [hips] hippo"},
		"no word inside another": {"art heart artist artful", []string{"art"}, "[art] heart artist artful"},
		"accents":                {"Diş kliniği.", []string{"klinik", "dis"}, "[Diş] [kliniği]."},
		"article":                {"زراعة الشعر اليوم", []string{"شعر"}, "زراعة [الشعر] اليوم"},
		"pairs of signs":         {"关于隆鼻手术的问题", []string{"隆鼻", "鼻手"}, "关于[隆鼻][手]术的问题"},
		"tags stay text":         {"<b>swelling</b> & more", []string{"swell"}, "<b>[swelling]</b> & more"},
		"far away":               {far + "then the drain came out. " + far, []string{"drain"}, "*[drain]*"},
		"two places":             {"A scar first. " + far + far + "Then swelling. " + far, []string{"scar", "swell"}, "A [scar] first.* … *[swelling].*"},
		"lines are one":          {"one\ntwo scar\nthree", []string{"scar"}, "one two [scar] three"},
	} {
		got := marks(snippet(c.body, termsOf(c.terms)))
		ok := got == c.want
		if parts := strings.Split(c.want, "*"); len(parts) > 1 {
			ok = strings.HasPrefix(got, parts[0]) && len(got) < 2*passage+60
			for rest := got; ok && len(parts) > 0; parts = parts[1:] {
				var found bool
				_, rest, found = strings.Cut(rest, parts[0])
				ok = found
			}
		}
		if !ok {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func marks(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Mark {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestSnippetHTMLIsEscapedBeforeItIsMarked(t *testing.T) {
	got := snippetHTML(snippet(`<script>swelling</script> "x" <mark>`, termsOf([]string{"swell"})))
	want := `&lt;script&gt;<mark>swelling</mark>&lt;/script&gt; &#34;x&#34; &lt;mark&gt;`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`"gastric sleeve" -bypass OR tijuana`, "swell")
	f.Add("隆鼻手术 ศัลยกรรมจมูก زراعة الشّعر", "隆鼻")
	f.Add("\u0345\u0301ი İ ﷺ ㌀", "i")
	f.Fuzz(func(t *testing.T, s, term string) {
		if !utf8.ValidString(s) || !utf8.ValidString(term) || len(s) > 5_000 {
			return
		}
		last := 0
		for _, tok := range tokens(s) {
			if tok.from < 0 || tok.to > len(s) || tok.from >= tok.to || tok.to < last || tok.text == "" || strings.ContainsAny(tok.text, " \t\n\"'") {
				t.Fatalf("%q: token %+v after %d", s, tok, last)
			}
			last = tok.to
		}
		_, plain := bothTexts(s)
		alternatives(plain)
		pieces := snippet(s, termsOf(strings.Fields(folded(term))))
		if out := snippetHTML(pieces); strings.Count(out, "<") != 2*strings.Count(out, "<mark>") || !utf8.ValidString(out) {
			t.Fatalf("%q: snippet %q", s, out)
		}
		if text := snippetText(pieces); html.EscapeString(text) == "" && strings.TrimSpace(s) != "" {
			t.Fatalf("%q: no snippet", s)
		}
	})
}

func TestOnlyWhatMostTextsHoldIsReadRowAfterRow(t *testing.T) {
	f := &forecast{titleShelves: []shelf{{titlesTable, 0, 5_000}}, titles: shares{stems: map[string]float64{"ask": 0.5, "scar": 0.05}, plain: map[string]float64{}}, replies: shares{
		stems: map[string]float64{"ask": 0.4, "scar": 0.02},
		plain: map[string]float64{"common": 0.5, "rather": 0.1, "some": 0.02, "c TR": 0.25}}}
	for n := range 10 {
		f.replyShelves = append(f.replyShelves, shelf{repliesTable, int64(9 - n), 8_000})
	}
	words := func(list ...string) [][]term {
		var all []term
		for _, w := range list {
			word, not := strings.CutPrefix(w, "-")
			all = append(all, term{word, not})
		}
		return [][]term{all}
	}
	for name, c := range map[string]struct {
		a       asked
		marks   []string
		through bool
	}{
		"very common":      {asked{words: words("common")}, nil, true},
		"common":           {asked{words: words("common", "rather")}, nil, false},
		"less":             {asked{words: words("rather", "rather")}, nil, false},
		"rare":             {asked{words: words("common", "unheard")}, nil, false},
		"by its stem":      {asked{words: words("asked", "some"), stems: words("ask")}, nil, true},
		"filtered":         {asked{words: words("common")}, []string{"c TR"}, true},
		"filtered by rare": {asked{words: words("common")}, []string{"c XX"}, false},
		"alternatives":     {asked{words: slices.Concat(words("unheard"), words("rather"))}, nil, false},
		"left out":         {asked{words: words("rather", "-common")}, nil, false},
		"nothing":          {asked{}, nil, false},
	} {
		w := wayThrough(f.replyShelves, f.replies.of(c.a, c.marks), rankedReplies)
		if w.through != c.through || len(w.shelves) != 10 || w.shelves[0].Number != 9 {
			t.Errorf("%s: got %+v, want %v", name, w, c.through)
		}
	}
	titles := func(word string) bool {
		return wayThrough(f.titleShelves, f.titles.of(asked{stems: words(word)}, nil), rankedTitles).through
	}
	if !titles("ask") || titles("scar") {
		t.Error("titles with a common word are not read through, or those with a rarer one are")
	}
	long := f.replyShelves
	for n := range int64(10) {
		long = append(long, shelf{repliesTable, -1 - n, 8_000})
	}
	for share, want := range map[float64]way{0.1: {more: true}, 0.001: {more: true, older: true}, 0.5: {more: true, through: true}} {
		if w := wayThrough(long, share, rankedReplies); w.more != want.more || w.older != want.older || w.through != want.through || len(w.shelves) != mostShelves {
			t.Errorf("many shelves, share %v: got %+v", share, w)
		}
	}
	w := way{more: true, through: true}
	if !w.further(0, 150) || w.through || !w.further(149, 150) || !w.older || w.further(0, 150) {
		t.Errorf("what was not enough leads to %+v", w)
	}
	if w := (way{more: true}); w.further(150, 150) || w.older {
		t.Error("enough, and older shelves are looked at")
	}
	if w := wayThrough(nil, 1, rankedReplies); w.through || len(w.shelves) > 0 {
		t.Error("without knowledge everything is looked at")
	}
}

func TestEveryHitSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		if key := "search.is_" + nameOf(k.kind); k.kind != 0 && !wording.Has(key) {
			t.Errorf("%s is no sentence", key)
		}
	}
}
