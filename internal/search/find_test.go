package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/search"
)

const day = 24 * time.Hour

func TestWordsCountByWhereTheyStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.db.Now()
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "Costs of travel", Body: "The swelling went down, and much later, at home, I saw the scar.", At: now.Add(-day)},
		row{Kind: search.Question, Ref: 2, Title: "Scar and swelling", Body: "Both.", At: now.Add(-2 * day)},
		row{Kind: search.Question, Ref: 3, Title: "After the flight", Body: "Scar swelling.", At: now.Add(-day)},
		row{Kind: search.Question, Ref: 4, Title: "After the train", Body: "Scar swelling.", At: now.Add(-2000 * day)},
		row{Kind: search.Question, Ref: 5, Title: "After the boat", Body: "Scar swelling.", At: now.Add(-day), Verified: true},
	)
	// In the title, then close together (verified first), then far apart; old last.
	w.wants("scar swelling", "1/2 1/5 1/3 1/1 1/4")
}

func TestATitleThatIsJustTheSearchComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.db.Now()
	rows := []row{
		{Kind: search.Clinic, Ref: 1, Title: "Duna Dental", Context: "Budapest", At: now.Add(-3000 * day)},
		{Kind: search.Question, Ref: 2, Title: "Duna dental", Body: "Old, and just it.", At: now.Add(-3000 * day)},
	}
	for i := range 30 {
		rows = append(rows, row{Kind: search.Question, Ref: int64(10 + i), Title: fmt.Sprintf("Duna Dental or Duna Dental twice, %d", i), Body: "Duna Dental, Duna Dental.", At: now})
	}
	w.put(rows...)
	p := w.find(search.Query{Text: "dúna  DENTAL"})
	if got := refs(p)[:7]; got != "3/1 1/2" {
		t.Errorf("got %s, want the clinic and the question of that name first", refs(p))
	}
}

func TestRepliesAreFoundUnderTheirQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(
		row{Kind: search.Question, Ref: 7, Title: "Is a drain painful?", Body: "I worry.", Handle: "Quiet Heron"},
		row{Kind: search.Reply, Ref: 70, Parent: 7, Title: "Is a drain painful?", Body: "Mine came out on day three, hardly felt.", Handle: "Paper Kite"},
		row{Kind: search.Reply, Ref: 71, Parent: 7, Title: "Is a drain painful?", Body: "Day three as well. It came out quickly."},
		row{Kind: search.Reply, Ref: 20_000, Parent: 7, Title: "Is a drain painful?", Body: "Of another shelf: day four it came."},
		row{Kind: search.Question, Ref: 8, Title: "Three days after", Body: "Walking."},
	)
	p := w.find(search.Query{Text: "came day three"})
	if refs(p) != "2/70" && refs(p) != "2/71" {
		t.Fatalf("got %s, want one entry for the question, shown by its best reply", refs(p))
	}
	if e := p.Entries[0]; e.Title != "Is a drain painful?" || e.Parent != 7 || e.Path != fmt.Sprintf("/2/%d", e.Ref) || e.Texts != 2 || p.Total != 1 {
		t.Errorf("got %+v, total %d", e, p.Total)
	}
	w.wants("drain", "1/7") // the title is the question's, not each reply's
	w.wants("another shelf", "2/20000")
	if got := refs(w.find(search.Query{Text: "shelf", Kind: search.Question})); got != "2/20000" {
		t.Errorf("among questions: got %q, want the reply", got)
	}

	w.change(search.Question, 7, `title = ?`, "Does a drain hurt?")
	if e := w.find(search.Query{Text: "hardly felt"}).Entries; len(e) != 1 || e[0].Title != "Does a drain hurt?" {
		t.Errorf("after the question was renamed: got %+v", e)
	}
	w.change(search.Question, 7, `shown = ?`, false)
	w.wants("hardly felt", "")
	w.wants("shelf", "")
	w.change(search.Question, 7, `shown = ?`, true)
	w.wants("hardly felt", "2/70")
}

func TestWhatStandsOnlyOnTheOldestShelvesIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := []row{{Kind: search.Question, Ref: 7, Title: "Is a drain painful?"}}
	for shelf := range int64(14) {
		body := "It came out quickly."
		if shelf < 2 {
			body = "It stayed in for a fortnight."
		}
		rows = append(rows, row{Kind: search.Reply, Ref: shelf<<13 + 1, Parent: 7, Title: "Is a drain painful?", Body: body})
	}
	w.put(rows...)
	search.Expect(w.search, "anything", 13) // the newest twelve are believed to hold enough of everything
	p := w.find(search.Query{Text: "fortnight"})
	if len(p.Entries) != 1 || p.Entries[0].Texts != 2 {
		t.Errorf("got %+v, want both replies", p.Entries)
	}
	if p := w.find(search.Query{Text: "quickly"}); len(p.Entries) != 1 || p.Entries[0].Texts != 12 {
		t.Errorf("of the newest shelves: got %+v", p.Entries)
	}
}

func TestOperatorsOfASearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "Gastric sleeve in Mexico", Body: "Sleeve first."},
		row{Kind: search.Question, Ref: 2, Title: "Gastric bypass in Mexico", Body: "A sleeve was offered too, gastric problems."},
		row{Kind: search.Question, Ref: 3, Title: "Food in Tijuana", Body: "Tacos."},
		row{Kind: search.Question, Ref: 4, Title: "All-on-4 in one day?", Body: "Teeth."},
	)
	w.wants(`"gastric sleeve"`, "1/1")
	w.wants(`"gastric sleeve" -bypass mexico OR tijuana`, "1/3 1/1")
	w.wants(`gastric -bypass`, "1/1")
	w.wants(`gastric -"bypass in"`, "1/1")
	w.wants(`"all-on-4"`, "1/4")
	w.wants(`all-on-4`, "1/4")
	w.wants(`the`, "") // words that are everywhere, or nowhere, find nothing and break nothing
}

func TestLanguagesFindEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(
		row{Kind: search.Question, Ref: 1, Lang: "tr", Title: "Diş kliniği önerisi", Body: "İstanbul'da IŞIK diş kliniği nasıl?"},
		row{Kind: search.Question, Ref: 2, Lang: "ar", Title: "تجربتي مع زراعة الشعر في تركيا", Body: "سافرت إلى إسطنبول وكانت النتيجة ممتازة."},
		row{Kind: search.Question, Ref: 3, Lang: "zh", Title: "隆鼻手术恢复期", Body: "需要多长时间？"},
		row{Kind: search.Question, Ref: 4, Lang: "", Title: "ศัลยกรรมจมูก", Body: "ราคาเท่าไร"},
		row{Kind: search.Question, Ref: 5, Lang: "es", Title: "¿Cuánto cuesta una rinoplastia en Bogotá?", Body: "Mis operaciones anteriores."},
		row{Kind: search.Question, Ref: 6, Lang: "de", Title: "Größe der Veneers", Body: "Straßenlärm."},
		row{Kind: search.Question, Ref: 7, Lang: "ru", Title: "Пересадка волос", Body: "Ёлка и операции."},
		row{Kind: search.Question, Ref: 8, Lang: "en", Title: "FUE with 3,000 grafts", Body: "Day 10."},
	)
	for _, c := range []struct{ text, lang, want string }{
		{"klinik", "tr", "1/1"},        // the stem of kliniği
		{"klinigi", "en", "1/1"},       // without its accent
		{"istanbul isik", "en", "1/1"}, // dotted and dotless I
		{"ISTANBUL", "en", "1/1"},
		{"زراعة الشعر", "ar", "1/2 1/8 1/7"}, // and its concept in other languages
		{"زرع شعر", "ar", "1/2 1/8 1/7"},     // another stem of the same
		{"hair transplant", "en", "1/2 1/8 1/7"},
		{"hair transplant Turkey", "en", "1/2"},
		{"نتيجه", "ar", "1/2"}, // ة typed as ه, without the article
		{"隆鼻", "en", "1/5 1/3"},
		{"恢复期", "zh", "1/3"},
		{"จมูก", "en", "1/4"},
		{"nose job", "en", "1/5 1/3"},
		{"bogota", "en", "1/5"},
		{"operación", "es", "1/5"},
		{"strassenlarm grosse", "en", "1/6"},
		{"операция елка", "en", "1/7"},
		{"veneers", "ar", "1/6"},
	} {
		got := refs(w.find(search.Query{Text: c.text, Lang: c.lang}))
		if sorted(got) != sorted(c.want) {
			t.Errorf("%q finds %q, want %q", c.text, got, c.want)
		}
	}
}

func sorted(refs string) string {
	f := strings.Fields(refs)
	for i := range f {
		for k := i; k > 0 && f[k] < f[k-1]; k-- {
			f[k], f[k-1] = f[k-1], f[k]
		}
	}
	return strings.Join(f, " ")
}

func TestFiltersHoldForEverySort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "Implants", ProcedureID: 3, Country: "TR"},
		row{Kind: search.Question, Ref: 2, Title: "Implants again", ProcedureID: 4, Country: "HU"},
		row{Kind: search.Reply, Ref: 3, Parent: 2, Body: "Implants hold.", ProcedureID: 4, Country: "HU"},
		row{Kind: search.Clinic, Ref: 4, Title: "Implants House", Country: "TR"},
		row{Kind: search.Clinician, Ref: 5, Title: "Dr Implants", Country: "HU"},
		row{Kind: search.Procedure, Ref: 6, Title: "Dental implants", Names: "implants", ProcedureID: 6},
	)
	for _, c := range []struct {
		q    search.Query
		want string
	}{
		{search.Query{}, "1/1 1/2 3/4 4/5 5/6"},
		{search.Query{Kind: search.Question}, "1/1 1/2"},
		{search.Query{Kind: search.Reply}, "2/3"},
		{search.Query{Kind: search.Clinic}, "3/4"},
		{search.Query{Kind: search.Clinician}, "4/5"},
		{search.Query{Kind: search.Procedure}, "5/6"},
		{search.Query{Country: "HU"}, "1/2 4/5"},
		{search.Query{Country: "HU", Kind: search.Clinic}, ""},
		{search.Query{ProcedureID: 4}, "1/2"},
		{search.Query{ProcedureID: 4, Country: "TR"}, ""},
	} {
		c.q.Text = "implants"
		if got := sorted(refs(w.find(c.q))); got != c.want {
			t.Errorf("%+v finds %q, want %q", c.q, got, c.want)
		}
	}
	for _, q := range []search.Query{{Kind: 9}, {Kind: -1}, {Country: "tr"}, {Country: "T'"}, {Country: "TURKEY"}, {ProcedureID: -1}} {
		q.Text = "implants"
		if _, err := w.search.Find(context.Background(), q); !errs.Is(err, errs.Invalid) {
			t.Errorf("%+v: got %v, want Invalid", q, err)
		}
	}
}

func TestPagesHoldEveryEntryOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.db.Now()
	var rows []row
	for i := range 45 {
		rows = append(rows, row{Kind: search.Question, Ref: int64(i + 1), Title: "Bruises", Body: fmt.Sprintf("Number %d of many", i), At: now.Add(-time.Duration(i%3) * day)})
	}
	w.put(rows...)
	seen := map[int64]bool{}
	q := search.Query{Text: "bruises many"}
	for i, want := range []int{20, 20, 5} {
		p := w.find(q)
		if len(p.Entries) != want || p.Total < 45 || (p.Next == "") != (want == 5) {
			t.Fatalf("page %d has %d entries of %d, next %q", i+1, len(p.Entries), p.Total, p.Next)
		}
		for _, e := range p.Entries {
			if seen[e.Ref] {
				t.Errorf("entry %d is on two pages", e.Ref)
			}
			seen[e.Ref] = true
		}
		q.Cursor = p.Next
		w.clock.Move(time.Hour) // ages are those of the first page
		if i == 0 {
			w.put(row{Kind: search.Question, Ref: 100, Title: "Bruises, many bruises", Body: "Newer and better.", At: w.db.Now()})
		}
	}
	for _, c := range []string{"x", "AAAA", strings.Repeat("A", 34), strings.Repeat("_", 34), "' OR 1=1"} {
		if _, err := w.search.Find(context.Background(), search.Query{Text: "bruises", Cursor: c}); !errs.Is(err, errs.Malformed) {
			t.Errorf("cursor %q: got %v, want Malformed", c, err)
		}
	}
}

// What people paste, and what attackers try, is words or nothing: it is never
// understood by the database and never fails.
func TestHostileSearchesMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(row{Kind: search.Question, Ref: 1, Title: "Drop table manners", Body: "100% of 5_5 in C:\\clinic, a.*b? (yes) [no] {x}"},
		row{Kind: search.Question, Ref: 2, Title: "Another text", Body: "without it"},
		row{Kind: search.Question, Ref: 3, Lang: "ar", Title: "أين العيادة؟", Body: "في دبي"})
	for text, want := range map[string]string{
		"'; DROP TABLE--":                   "1/1",
		"'); DELETE FROM search_titles; --": "",
		"%":                                 "", "_": "", "\\": "", "'": "", `"`: "", "''": "", "&|!()<->:*": "", "?": "", "@name": "",
		"100%":                     "1/1",
		"5_5":                      "1/1",
		"%table%":                  "1/1",
		"t_ble":                    "",
		"tab%":                     "",
		"c:\\clinic":               "1/1",
		"a.*b? (yes) [no] {x}":     "1/1",
		".*":                       "",
		"table:*":                  "1/1",
		"manne:*":                  "",
		"table & manners":          "1/1",
		"table | another":          "", // no operator of ours
		"!another":                 "1/2",
		"manners <-> table":        "1/1",
		"(drop":                    "1/1",
		`"drop table`:              "1/1",
		`drop" table"`:             "1/1",
		`-`:                        "",
		`--`:                       "",
		`- drop`:                   "1/1", // the minus stands alone
		"k 1":                      "",    // a mark is no word
		"'k 1'":                    "",
		"أين":                      "1/3",
		"\u202eword\u202c drop":    "",
		"dr\u200bop table":         "1/1",
		"عيادة\u200f دبي":          "1/3",
		"drop\x01table":            "1/1",
		"😀":                        "",
		"table 😀":                  "1/1",
		strings.Repeat("zz ", 66):  "",
		strings.Repeat("'", 200):   "",
		strings.Repeat("(", 200):   "",
		strings.Repeat(`"zz`, 66):  "",
		strings.Repeat("-a ", 66):  "invalid",
		strings.Repeat("x", 201):   "invalid",
		strings.Repeat("x", 10000): "invalid",
		strings.Repeat("ص", 201):   "invalid",
		"-drop":                    "invalid",
		"table OR -drop":           "invalid",
		`-"drop table"`:            "invalid",
		"a\x00b":                   "invalid",
	} {
		p, err := w.search.Find(context.Background(), search.Query{Text: text, Lang: "en"})
		if want == "invalid" {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%.30q: got %v, %v, want Invalid", text, refs(p), err)
			}
			continue
		}
		if err != nil || sorted(refs(p)) != want {
			t.Errorf("%.30q finds %q, %v, want %q", text, refs(p), err, want)
		}
	}
	if _, err := w.search.Find(context.Background(), search.Query{Text: "a\xff"}); !errs.Is(err, errs.Malformed) {
		t.Errorf("bytes that are no text: got %v, want Malformed", err)
	}
	w.wants("table manners", "1/1") // all is still there
}

func TestNamesThatLookLikeItAreOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(
		row{Kind: search.Procedure, Ref: 1, Title: "Rhinoplasty", Names: "nose job · rinoplastia · تجميل الأنف"},
		row{Kind: search.Procedure, Ref: 2, Title: "Abdominoplasty", Names: "tummy tuck"},
		row{Kind: search.Clinic, Ref: 3, Title: "Dunakert Dental Clinic", Context: "Budapest"},
		row{Kind: search.Clinician, Ref: 4, Title: "Ayşe Yıldırım"},
		row{Kind: search.Question, Ref: 5, Title: "Rhinoplastic question", Body: "Not a name."},
	)
	for text, want := range map[string]string{
		"rinoplasty":           "Rhinoplasty",
		"rinoplasty in berlin": "Rhinoplasty",
		"abdomenoplasti":       "Abdominoplasty",
		"dunakret":             "Dunakert Dental Clinic",
		"yildrim":              "Ayşe Yıldırım",
		"clinic":               "", // spelled right, and nothing else looks like it
		"zzzz":                 "",
	} {
		var got []string
		for _, m := range w.find(search.Query{Text: text}).Meant {
			got = append(got, m.Title)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: did you mean %q, want %q", text, got, want)
		}
	}
}

func TestSimilarEntriesOfAKindShareWordsOfTheTitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(
		row{Kind: search.Question, Ref: 1, Title: "How long does swelling last after rhinoplasty?", Body: "Nose."},
		row{Kind: search.Question, Ref: 2, Title: "Flying home after rhinoplasty", Body: "Plane, and how long the swelling lasts."},
		row{Kind: search.Question, Ref: 3, Title: "Knee replacement costs", Body: "Rhinoplasty swelling."},
		row{Kind: search.Clinic, Ref: 4, Title: "Rhinoplasty Swelling Clinic"},
		row{Kind: search.Question, Ref: 5, Title: "كم تدوم فترة التورم بعد العملية؟", Lang: "ar", Body: "الأنف"},
	)
	for _, c := range []struct{ title, lang, want string }{
		{"Rhinoplasty swelling, how long?", "en", "1/1"},
		{"Swelling after a rhinoplasty when flying home", "en", "1/2 1/1"},
		{"rhinoplasty", "en", "1/2 1/1"},
		{"فترة التورم", "ar", "1/5"},
		{"", "en", ""},
		{"?!", "en", ""},
		{"'; drop table -- ' | & !", "en", ""},
	} {
		found, err := w.search.Similar(context.Background(), search.Question, c.title, c.lang, 5)
		var got []string
		for _, e := range found {
			got = append(got, fmt.Sprintf("%d/%d", e.Kind, e.Ref))
		}
		if err != nil || sorted(strings.Join(got, " ")) != sorted(c.want) {
			t.Errorf("%q: got %q, %v, want %q", c.title, got, err, c.want)
		}
	}
	if found, err := w.search.Similar(context.Background(), search.Clinic, "Swelling at the rhinoplasty clinic", "en", 5); err != nil || len(found) != 1 || found[0].Ref != 4 {
		t.Errorf("clinics alike: got %v, %v", found, err)
	}
	if found, err := w.search.Similar(context.Background(), search.Question, strings.Repeat("rhinoplasty swelling ", 200), "en", 5); err != nil || len(found) != 1 {
		t.Errorf("a very long title: got %v, %v", found, err)
	}
}

func TestASearchThatTakesTooLongIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.put(row{Kind: search.Question, Ref: 1, Title: "Swelling"})
	search.Wait(w.search, 50*time.Millisecond)
	err := w.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Gorm().Exec(`LOCK TABLE search_titles`).Error; err != nil {
			return err
		}
		_, err := w.search.Find(ctx, search.Query{Text: "swelling"})
		return err
	})
	if e := errs.Of(err); e.Kind != errs.Unavailable || e.RetryAfter == 0 {
		t.Errorf("got %v, want Unavailable with a time to come back", err)
	}
	search.Wait(w.search, time.Minute)
	w.wants("swelling", "1/1")
}

func TestTheSameIsFoundRowAfterRowAsByIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var rows []row
	for i := range int64(12) {
		rows = append(rows, row{Kind: search.Question, Ref: 100 + i, Title: "Swelling " + strings.Repeat("nose ", int(i)), Country: []string{"TR", "MX"}[i%2], At: w.db.Now().Add(-day * time.Duration(i))},
			row{Kind: search.Reply, Ref: i * 2_000, Parent: 100 + i, Body: strings.Repeat("well ", int(i)) + "the swelling noses", Country: []string{"TR", "MX"}[i%2]})
	}
	w.put(rows...)
	for _, q := range []search.Query{{Text: "swelling"}, {Text: "swelling nose"}, {Text: "noses", Country: "MX"}, {Text: "nose", Kind: search.Question}, {Text: "swelling -well"}, {Text: "unheard"}} {
		q.Lang = "en"
		by, err := search.Found(w.search, q, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := search.Found(w.search, q, true); err != nil || !slices.Equal(got, by) || len(by) == 0 && q.Text != "unheard" {
			t.Errorf("%+v: row after row %v, %v, by index %v", q, got, err, by)
		}
	}
}

func TestAWrongForecastLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(row{Kind: search.Question, Ref: 1, Title: "Swelling", At: w.db.Now().Add(-900 * day)}, row{Kind: search.Question, Ref: 2, Title: "Bruises"},
		row{Kind: search.Reply, Ref: 5, Parent: 2, Body: "My swelling went."}, row{Kind: search.Reply, Ref: 9_000, Parent: 2, Body: "Mine too."})
	search.Expect(w.search, "swelling", 1)
	w.wants("swelling", "1/1 2/5")
	w.wants("swelling -went", "1/1")
}
