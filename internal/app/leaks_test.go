package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
	"caravan/internal/text"
)

// leaky is a site with a clinic, its public doctor, somebody who can be known
// by their e-mail address, and a question of theirs about the clinic.
type leaky struct {
	*site
	mina, other *visitor
	id          int64
	path        string
}

func newLeaky(t *testing.T) *leaky {
	t.Helper()
	s := start(t, nil)
	me := testkit.Person(t, s.db, "mina")
	for _, sql := range []string{
		`UPDATE identities SET uid = 'k.lindqvist84@test.example' WHERE provider = 'email'`,
		`INSERT INTO organisations (kind, slug, name, country, city, state, created_at) VALUES ('clinic', 'duna-dental', 'Duna Dental', 'HU', 'Budapest', 'listed', now())`,
		`INSERT INTO clinicians (organisation_id, name, title) SELECT id, 'Dr Zita Halmi', 'Dentist' FROM organisations`,
		`INSERT INTO clinicians (organisation_id, name, title, left_at) SELECT id, 'Dr Emil Gone', 'Dentist', now() FROM organisations`,
	} {
		if _, err := s.db.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	x := &leaky{site: s, mina: s.as(me), other: s.as(testkit.Person(t, s.db, "omid"))}
	a := x.mina.json("POST", "/api/v1/questions", strings.Replace(goodQuestion, `"destination"`, `"clinic":"duna-dental","destination"`, 1), "Idempotency-Key: leaky-0123456789abcdef")
	var q struct {
		ID   int64
		Path string
	}
	if err := json.Unmarshal([]byte(a.text), &q); err != nil || a.StatusCode != 201 {
		t.Fatalf("ask: %d %s", a.StatusCode, a.text)
	}
	x.id, x.path = q.ID, q.Path
	return x
}

// refusal is what the API says about a text.
type refusal struct {
	Errors []struct{ Field, Code, Detail string }
}

var keys int

// reply posts a reply over the API and returns the codes of what is wrong.
func (x *leaky) reply(body string, seen bool) (codes, source string) {
	x.t.Helper()
	keys++
	in, err := json.Marshal(map[string]any{"body": body, "leaks_seen": seen})
	if err != nil {
		x.t.Fatal(err)
	}
	a := x.mina.json("POST", fmt.Sprintf("/api/v1/questions/%d/replies", x.id), string(in), fmt.Sprintf("Idempotency-Key: leak-%016d", keys))
	if a.StatusCode == 201 {
		var out struct{ ID int64 }
		if err := json.Unmarshal([]byte(a.text), &out); err != nil {
			x.t.Fatal(err)
		}
		var r struct{ Source string }
		if err := json.Unmarshal([]byte(x.other.get(fmt.Sprintf("/api/v1/replies/%d", out.ID)).text), &r); err != nil {
			x.t.Fatal(err)
		}
		return "", r.Source
	}
	var out refusal
	if err := json.Unmarshal([]byte(a.text), &out); err != nil || a.StatusCode != 422 {
		x.t.Fatalf("%q: %d %s", body, a.StatusCode, a.text)
	}
	var all []string
	for _, e := range out.Errors {
		all = append(all, e.Field+" "+strings.TrimPrefix(e.Code, "text.leak_"))
	}
	return strings.Join(all, ", "), ""
}

func TestRepliesAreSearchedForWhatGivesSomebodyAway(t *testing.T) {
	t.Parallel()
	x := newLeaky(t)
	for _, c := range []struct{ body, without, with, source string }{
		{"It took three weeks and cost 1,450 euros.", "", "", "It took three weeks and cost 1,450 euros."},
		{"Write to marnie.colt@gmail.com tonight.", "body email", "body email", ""},
		{"Ring them at 06 30 123 4567 after six.", "body phone", "body phone", ""}, // a Hungarian number, as the destination is there
		{"See www.cheap-crowns.example for the price.", "body url", "body url", ""},
		{"I am Lindqvist, as my friends know.", "body own_name", "body own_name", ""},
		{"Klara Lindqwist told me.", "body own_name", "body own_name", ""}, // one letter wrong
		{"It was done on 3 May 2026 at noon.", "body exact_date, leaks_seen tick", "", "It was done on 3 May 2026 at noon."},
		{"Dr Halmi explained it.", "", "", "Dr Halmi explained it."},
		{"Dr Gone explained it.", "body person_name, leaks_seen tick", "", "[masked: name of a person] explained it."},
		{"Nurse Ayla was kind on 3 May 2026.", "body person_name, body exact_date, leaks_seen tick", "", "[masked: name of a person] was kind on 3 May 2026."},
		{"Nurse Ayla, a@b-mail.org and 3 May 2026.", "body person_name, body email, body exact_date", "body email", ""},
	} {
		codes, source := x.reply(c.body, false)
		if codes != c.without || c.without == "" && source != c.source {
			t.Errorf("%q: %q %q, want %q", c.body, codes, source, c.without)
		}
		if codes, source = x.reply(c.body, true); codes != c.with || source != c.source {
			t.Errorf("%q, seen: %q %q, want %q %q", c.body, codes, source, c.with, c.source)
		}
	}
}

// TestThePageOffersTheTickOnlyWhenItIsEnough posts by forms without scripts: the
// words stay in the form, the place is named.
func TestThePageOffersTheTickOnlyWhenItIsEnough(t *testing.T) {
	t.Parallel()
	x := newLeaky(t)
	const box = `name="leaks_seen"`
	to := fmt.Sprintf("/questions/%d/replies", x.id)
	if a := x.mina.get(x.path); strings.Contains(a.text, box) || !strings.Contains(a.text, "data-leaks") || !strings.Contains(a.text, "data-leaks-hint") {
		t.Errorf("the page of a question: %v", strings.Contains(a.text, box))
	}
	says := func(what string, a answer, status int, tick bool, words ...string) {
		t.Helper()
		if a.StatusCode != status || strings.Contains(a.text, box) != tick {
			t.Errorf("%s: %d, tick %v", what, a.StatusCode, strings.Contains(a.text, box))
		}
		for _, w := range words {
			if !strings.Contains(a.text, w) {
				t.Errorf("%s: the page does not say %q", what, w)
			}
		}
	}
	says("blocked", x.mina.post(to, x.mina.fill(x.path, "body", "Write to marnie.colt@gmail.com.", "leaks_seen", "yes")), 422, false, ">\nWrite to marnie.colt@gmail.com.</textarea>", "“marnie.colt@gmail.com” looks like")
	says("warned", x.mina.post(to, x.mina.fill(x.path, "body", "Nurse Ayla was kind.")), 422, true, ">\nNurse Ayla was kind.</textarea>", "“Nurse Ayla” looks like the name of a person")
	says("seen", x.mina.post(to, x.mina.fill(x.path, "body", "Nurse Ayla was kind.", "leaks_seen", "yes")), 303, false)
	a := x.mina.post(to, x.mina.fill(x.path, "body", "Nurse Ayla was very kind."), "X-Part: 1")
	var r refusal
	if err := json.Unmarshal([]byte(a.text), &r); err != nil || a.StatusCode != 422 || len(r.Errors) != 2 || r.Errors[1].Field != "leaks_seen" {
		t.Errorf("for a script: %d %s", a.StatusCode, a.text)
	}

	good := []string{"title", "Can a sinus lift be ruled out at all?", "body", "They quoted me from a panoramic X-ray only.", "procedure", "den.crown", "destination", "HU", "clinic", "duna-dental"}
	asks := func(fields ...string) answer {
		return x.mina.post("/questions", x.mina.fill("/questions/ask", append(good, fields...)...))
	}
	says("title blocked, text warned", asks("title", "Who knows marnie.colt@gmail.com at the clinic?", "body", "Nurse Ayla told me to ask about her."), 422, false, "“marnie.colt@gmail.com” looks like", "“Nurse Ayla” looks like")
	says("both warned", asks("title", "What does Nurse Ayla say about this?", "body", "She told me so on 3 May 2026, in the morning."), 422, true, "“3 May 2026” is an exact date")
	says("own name", asks("body", "My name is Lindqvist and they quoted me from an X-ray only."), 422, false, "“Lindqvist” looks like your own name")
	a = asks("title", "What does Nurse Ayla say about this?", "body", "Dr Halmi told me so on 3 May 2026.", "leaks_seen", "yes")
	says("both seen", a, 303, false)
	page, _, _ := strings.Cut(a.Header.Get("Location"), "?")
	says("shown", x.other.get(page), 200, false, "What does [masked: name of a person] say", "Dr Halmi told me so")

	edit := strings.Join(strings.Split(page, "/")[:3], "/") + "/edit"
	says("edited, blocked", x.mina.post(edit, x.mina.fill(edit, "title", good[1], "body", "Ring me at +44 7700 900123, any time.", "version", "1", "leaks_seen", "yes")), 422, false, "looks like a telephone number")
	says("edited, warned", x.mina.post(edit, x.mina.fill(edit, "title", good[1], "body", "Nurse Ayla says it can be ruled out.", "version", "1")), 422, true)
	a = x.mina.post(edit, x.mina.fill(edit, "title", good[1], "body", "Nurse Ayla says it can be ruled out.", "version", "1", "leaks_seen", "yes"))
	says("edited, seen", a, 303, false)
	page, _, _ = strings.Cut(a.Header.Get("Location"), "?")
	says("edited and shown", x.other.get(page), 200, false, "[masked: name of a person] says it can")
	x.findsNobody("Ayla", page, x.path, "/questions", "/search?q=kind", "/api/v1/search?q=kind", page+"/history", edit[:len(edit)-5]+"/history")
}

// findsNobody reads pages as somebody else after all that waits was done.
func (x *leaky) findsNobody(name string, paths ...string) {
	x.t.Helper()
	if err := x.Jobs.Drain(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	for _, p := range paths {
		if a := x.other.get(p); strings.Contains(a.text, name) {
			x.t.Errorf("%s names %s", p, name)
		}
	}
}

// TestWrittenLinesOverTheAPI posts the lines that packages text is held to: what
// is always refused is, and clean ones pass.
func TestWrittenLinesOverTheAPI(t *testing.T) {
	t.Parallel()
	x := newLeaky(t)
	blocked := regexp.MustCompile(`^(email|iban|card|url|handle)$`)
	for _, file := range []string{"leaks.txt", "clean.txt"} {
		raw, err := os.ReadFile("../text/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		posted, refused, offered := 0, 0, 0
		for line := range strings.Lines(string(raw)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) < 2 || line[0] == '#' || strings.Contains(line, `\u`) || file == "leaks.txt" && !blocked.MatchString(f[0]) {
				continue
			}
			posted++
			if codes, _ := x.reply(f[len(f)-1], false); strings.Contains(codes, "leaks_seen") {
				offered++
			} else if codes != "" {
				refused++
			}
		}
		t.Logf("%s: %d posted, %d refused, %d warned of", file, posted, refused, offered)
		if file == "clean.txt" && (posted < 390 || refused+offered > 8) || file == "leaks.txt" && (posted < 100 || refused*100 < posted*95) {
			t.Errorf("%s: of %d %d were refused and %d warned of", file, posted, refused, offered)
		}
	}
}

// keepLog writes down what is logged until the test ends; the result reads it.
func keepLog(t *testing.T) func() string {
	t.Helper()
	var mu sync.Mutex
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return b.Write(p)
	}), &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestWhatModeratorsReadHoldsNoAddress reports, appeals and suggests with the
// canary: nothing of it is kept anywhere, and no server fails.
func TestWhatModeratorsReadHoldsNoAddress(t *testing.T) {
	log := keepLog(t)
	x := newLeaky(t)
	const words = "I am Quartermain, write to zebulon.q@canary.example or ring +44 7700 900123; she was Nurse Ayla."
	if _, err := x.db.Pool().Exec(t.Context(), `UPDATE identities SET uid = 'z.quartermain@test.example' WHERE uid LIKE 'omid@%'`); err != nil {
		t.Fatal(err)
	}
	var account int64
	if err := x.db.Pool().QueryRow(t.Context(), `SELECT account_id FROM identities WHERE uid LIKE 'z.quarter%'`).Scan(&account); err != nil {
		t.Fatal(err)
	}
	x.Account.LookAgain(account)
	q := fmt.Sprintf("/report/question/%d", x.id)
	says := func(what string, a answer) {
		t.Helper()
		for _, s := range []string{"“zebulon.q@canary.example” looks like", "looks like a telephone number", "“Quartermain” looks like your own name"} {
			if a.StatusCode != 422 || !strings.Contains(a.text, s) || strings.Contains(a.text, `name="leaks_seen"`) {
				t.Errorf("%s: %d, without %q", what, a.StatusCode, s)
			}
		}
	}
	says("report", x.other.post(q, x.other.fill(q, "reason", "unrelated", "note", words)))
	says("suggestion", x.other.post("/clinics/add", x.other.fill("/clinics/add", "name", "Tisza Dental", "city", "Szeged", "country", "HU", "note", words)))
	for _, to := range []string{fmt.Sprintf("/questions/%d/replies", x.id), "/questions"} {
		f := x.other.fill("/questions/ask", "title", words, "body", words, "procedure", words, "destination", words, "clinic", words, "leaks_seen", "yes")
		if a := x.other.post(to, f); a.StatusCode != 422 {
			t.Errorf("%s: %d", to, a.StatusCode)
		}
	}
	if a := x.other.post(q, x.other.fill(q, "reason", "unrelated", "note", "Nurse Ayla would not say so.")); a.StatusCode != 303 {
		t.Errorf("a report that names a nurse: %d", a.StatusCode)
	}
	for _, table := range []string{"reports", "questions", "replies", "organisations", "search_titles", "search_replies", "search_texts", "idempotency_keys"} {
		var n int
		if err := x.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM `+table+` t WHERE t::text ~* 'zebulon|quartermain'`).Scan(&n); err != nil || n > 0 {
			t.Errorf("%s keeps it %d times: %v", table, n, err)
		}
	}
	if s := log(); strings.Contains(s, "zebulon") || strings.Contains(strings.ToLower(s), "quartermain") || !strings.Contains(s, "/questions") {
		t.Error("the log says it, or was not read")
	}
}

// TestThePageHelpsBeforeAndOffersTheTickWithoutAReload writes a reply in a
// browser: the hint comes while it is written, the tick when it is all that is
// missing, and goes with the reply.
func TestThePageHelpsBeforeAndOffersTheTickWithoutAReload(t *testing.T) {
	t.Parallel()
	x := newLeaky(t)
	tab := reader{t, testkit.Tab(t, testkit.Browser(t)), x.URL, ""}
	cookie := network.SetCookieParams{Name: "s", Value: x.mina.cookies["s"], URL: x.URL}
	if _, err := chromedp.Call(tab.ctx, network.SetCookie, cookie); err != nil {
		t.Fatal(err)
	}
	tab.open(x.path)
	tab.mark()
	const box, field = "form#reply #leaks_seen", "form#reply textarea"
	there := func(sel string) bool {
		n, err := chromedp.Run(tab.ctx, chromedp.Evaluate[int](`document.querySelectorAll("`+sel+`").length`))
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	tab.write(field, "Write to marnie.colt@gmail.com, Nurse Ayla.")
	tab.until("hint", func() bool { return there("form#reply [data-leaks-hint]:not([hidden])") })
	tab.click("form#reply button.main")
	tab.see("“Nurse Ayla” looks like the name of a person")
	if there(box) {
		t.Error("a tick is offered for what is refused")
	}
	tab.do("take it out", chromedp.Evaluate[chromedp.Void](`void (document.querySelector("`+field+`").value = "Nurse Ayla was kind.")`))
	tab.click("form#reply button.main")
	tab.until("tick", func() bool { return there(box) })
	testkit.Axe(t, tab.ctx)
	tab.click(box)
	tab.click("form#reply button.main")
	tab.see("[masked: name of a person] was kind.")
	if there(box) || !tab.marked() {
		t.Errorf("tick left: %v, loaded again: %v", there(box), !tab.marked())
	}
}

// TestWhatTheDemoSaysCouldBeSaid: the invented questions and replies give nobody
// away, by the rules that hold for everybody.
func TestWhatTheDemoSaysCouldBeSaid(t *testing.T) {
	t.Parallel()
	s := demoSite(t)
	rows, err := s.db.Pool().Query(t.Context(), `
		WITH said AS (SELECT id, title || E'\n' || body AS words FROM questions UNION ALL SELECT question_id, body FROM replies)
		SELECT said.words, q.destination, coalesce(o.name, ''), coalesce((SELECT array_agg(c.name) FROM clinicians c WHERE c.organisation_id = o.id), '{}')
		FROM said JOIN questions q USING (id) LEFT JOIN organisations o ON o.id = q.organisation_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var words, country, clinic string
		var names []string
		if err := rows.Scan(&words, &country, &clinic, &names); err != nil {
			t.Fatal(err)
		}
		n++
		for _, l := range text.Leaks(words, text.LeakContext{Countries: []string{country}, OwnNames: []string{"demo-001"}, Allowed: append(names, clinic)}) {
			t.Errorf("%s: %q", l.Class, words[l.Start:l.End])
		}
	}
	if err := rows.Err(); err != nil || n < 100 {
		t.Fatalf("read %d: %v", n, err)
	}
}
