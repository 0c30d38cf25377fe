package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"caravan/internal/errs"
	"caravan/internal/text"
)

func TestHandlesArePseudonymsOfLettersAndFigures(t *testing.T) {
	for in, want := range map[string]string{
		"Quiet Heron":                 "Quiet Heron",
		"  quiet   heron ":            "quiet heron",
		"ana":                         "ana",
		"Ａna":                         "Ana",
		"quiet_heron-7":               "quiet_heron-7",
		"طائر هادئ":                   "طائر هادئ",
		"Тихая цапля":                 "Тихая цапля",
		"静かな鳥":                        "静かな鳥",
		"Ağaçkakan":                   "Ağaçkakan",
		"Badminton Fan":               "Badminton Fan",
		"Drama Queen":                 "Drama Queen",
		"Supportive Otter":            "Supportive Otter",
		"12 apples":                   "12 apples",
		"a\u200bn\u202ea":             "ana",
		strings.Repeat("abcd", 8):     strings.Repeat("abcd", 8),
		strings.Repeat("e\u0301", 32): strings.Repeat("é", 32),
	} {
		got, key, err := text.Handle(in)
		if err != nil || got != want || key == "" {
			t.Errorf("Handle(%+q) = %+q, %q, %v, want %+q", in, got, key, err, want)
		}
	}
}

func TestHandlesThatAreRefusedSayWhy(t *testing.T) {
	for in, why := range map[string]string{
		"":                                    "text.handle_short",
		"ab":                                  "text.handle_short",
		"é\u0301\u0301":                       "text.handle_short",
		strings.Repeat("a", 33):               "text.handle_long",
		strings.Repeat("a\u0331\u0331", 32):   "text.handle_long",
		"x" + strings.Repeat("\u0301", 2<<20): "text.handle_long",
		"me@example.org":                      "text.handle_email",
		"123456":                              "text.handle_number",
		"anna 5551234567":                     "text.handle_number",
		"anna٠١٢٣٤٥":                          "text.handle_number",
		"12 3":                                "text.handle_letters",
		"t.me/anna":                           "text.handle_letters",
		"<script>":                            "text.handle_letters",
		"anna🙂":                               "text.handle_letters",
		"-anna":                               "text.handle_letters",
		"anna\nbella":                         "text.handle_letters",
		"Аnna":                                "text.handle_mixed", // Cyrillic А
		"Moderator":                           "text.handle_reserved",
		"m0derat0r":                           "text.handle_reserved",
		"the-moderator-2":                     "text.handle_reserved",
		"Mo de ra tor":                        "text.handle_reserved",
		"Caravan Team":                        "text.handle_reserved",
		"car_avan":                            "text.handle_reserved",
		"Dr Smith":                            "text.handle_reserved",
		"dr smith":                            "text.handle_reserved",
		"Heron Clinic":                        "text.handle_reserved",
		"admin":                               "text.handle_reserved",
		"аdmin":                               "text.handle_mixed",
		"аԁміn":                               "text.handle_mixed",
		"ADM1N":                               "text.handle_reserved",
		"admin77":                             "text.handle_reserved",
		"ｓｔａｆｆ":                               "text.handle_reserved",
		"دكتور سمير":                          "text.handle_reserved",
		"Доктор Айболит":                      "text.handle_reserved",
		"Kliniği":                             "text.handle_reserved",
	} {
		_, _, err := text.Handle(in)
		e := errs.Of(err)
		if e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "handle" || e.Fields[0].Msg.Key != why {
			t.Errorf("Handle(%.40q): got %v %v, want %s", in, err, e.Fields, why)
		}
	}
	if _, _, err := text.Handle("a\xffb"); !errs.Is(err, errs.Malformed) {
		t.Errorf("bytes that are no text: got %v, want Malformed", err)
	}
}

func TestHandlesThatLookAlikeShareAKey(t *testing.T) {
	key := func(s string) string {
		_, k, err := text.Handle(s)
		if err != nil {
			t.Errorf("Handle(%q): %v", s, err)
		}
		return k
	}
	for _, same := range [][]string{
		{"Quiet Heron", "quiet_heron", "QUIET-HERON", "Quiet Her0n", "Qu1et Heron", "Quíet Heron"},
		{"Cope", "Соре"},                 // the second is Cyrillic
		{"Kapoh", "Καροη"[:0] + "Карон"}, // the second is Cyrillic
		{"burn", "bum"},
		{"أحمد طائر", "احمد طائر"},
	} {
		for _, s := range same[1:] {
			if key(s) != key(same[0]) {
				t.Errorf("%q and %q have the keys %q and %q", same[0], s, key(same[0]), key(s))
			}
		}
	}
	for _, other := range []string{"Quick Heron", "Quiet Herons", "Heron Quiet"} {
		if key(other) == key("Quiet Heron") {
			t.Errorf("%q and Quiet Heron have the same key", other)
		}
	}
}

func TestSuggestionsAreHandlesAndNoNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for range 3_000 {
		s := text.Suggest(r)
		seen[s] = true
		got, _, err := text.Handle(s)
		if err != nil || got != s {
			t.Fatalf("Handle(%q) = %q, %v", s, got, err)
		}
		if text.LooksLikeName(s) {
			t.Errorf("the suggestion %q looks like a real name", s)
		}
	}
	if len(seen) < 2_500 {
		t.Errorf("3,000 suggestions held only %d different ones", len(seen))
	}
}

func TestAHandleLikeARealNameIsNoticed(t *testing.T) {
	for s, want := range map[string]bool{
		"Maria Lopez": true, "Anna Lena Schmidt": true, "محمد علي": true, "Елена Петрова": true,
		"Quiet Heron": false, "maria": false, "maria lopez": false, "Maria": false, "Green River Maria Walk": false, "": false,
	} {
		if got := text.LooksLikeName(s); got != want {
			t.Errorf("LooksLikeName(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestSlugsSpellInLatin(t *testing.T) {
	for in, want := range map[string]string{
		"How long does swelling last?":     "how-long-does-swelling-last",
		"Saç ekimi için İstanbul'a gitmek": "sac-ekimi-icin-istanbula-gitmek",
		"IĞDIR ışık":                       "igdir-isik",
		"¿Cuánto cuesta una rinoplastia?":  "cuanto-cuesta-una-rinoplastia",
		"Größe & Straße":                   "grosse-strasse",
		"Œuvre à l’hôpital":                "oeuvre-a-lhopital",
		"Сколько стоит ёлка? Подъезд":      "skolko-stoit-yolka-podezd",
		"Ψυχή":                      "psychi",
		"زراعة الشعر":               "q",
		"زراعة FUE 2":               "fue-2",
		"隆鼻":                        "q",
		"":                          "q",
		"---":                       "q",
		"../../etc/passwd":          "etc-passwd",
		"a\u0301b ﬁne ２４":           "ab-fine-24",
		strings.Repeat("word ", 40): strings.TrimSuffix(strings.Repeat("word-", 16), "-"),
		strings.Repeat("w", 200):    strings.Repeat("w", text.MaxSlug),
	} {
		if got := text.Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLanguageIsFoundAndDoubtFallsToTheAuthor(t *testing.T) {
	for _, c := range []struct{ src, author, want string }{
		{"How long did the swelling last after your surgery, and could you fly home after a week?", "ar", "en"},
		{"متى يمكنني العودة إلى العمل بعد عملية تكميم المعدة؟", "en", "ar"},
		{"Wie lange war die Nase nach der Operation geschwollen und wann durftest du nach Hause fliegen?", "en", "de"},
		{"Combien de temps faut-il rester sur place après la pose des implants dentaires ?", "en", "fr"},
		{"¿Cuánto tiempo hay que quedarse después de la operación y quién me atiende si algo sale mal?", "en", "es"},
		{"Saç ekiminden sonra kaç gün İstanbul'da kalmam gerekiyor ve ne zaman uçabilirim?", "en", "tr"},
		{"Сколько дней нужно оставаться в клинике после операции на колене?", "en", "ru"},
		{"спасибо", "en", "ru"},
		{"隆鼻手术后恢复期需要多长时间？", "en", "zh"},
		{"Knee ok", "de", "de"},
		{"Merhaba", "tr", "tr"},
		{"手術のあと、いつ飛行機に乗れますか", "en", ""},
		{"ศัลยกรรมจมูก", "en", ""},
		{"12345 !!!", "en", ""},
		{"", "en", ""},
	} {
		if got := text.Language(c.src, c.author); got != c.want {
			t.Errorf("Language(%q, %s) = %q, want %q", c.src, c.author, got, c.want)
		}
	}
}
