package app_test

import (
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caravan/internal/access"
	"caravan/internal/experience"
	"caravan/internal/testkit"
)

// What the canary is called. The site knows the address; the rest it is told.
const (
	canaryAddress  = "zebulon.quartermain@canary.example"
	canaryPassport = "C01X00T47"
	canaryWords    = "My name is Zebulon Quartermain, write to zebulon.quartermain@canary.example, my passport number is C01X00T47."
)

// canary finds it in text, and in bytes that are printed as hexadecimal digits.
var canary = regexp.MustCompile(`(?i)zebulon|quartermain|C01X00T47|7a6562756c6f6e|5a6562756c6f6e|433031583030543437`)

// keepDiary writes down what is logged until the test ends.
func keepDiary(t *testing.T) *testkit.Log {
	t.Helper()
	d, before := &testkit.Log{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(d, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	return d
}

var links = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)

// crawl reads every page that links lead to from where somebody starts, and
// calls look for each.
func (v *visitor) crawl(from []string, look func(path string, a answer)) (pages int) {
	v.t.Helper()
	const most = 400
	seen := map[string]bool{}
	for queue := from; len(queue) > 0 && pages < most; queue = queue[1:] {
		path := queue[0]
		if seen[path] {
			continue
		}
		seen[path] = true
		pages++
		a := v.get(path)
		look(path, a)
		if to := a.Header.Get("Location"); to != "" {
			queue = append(queue, to)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range links.FindAllStringSubmatch(a.text, -1) {
			to := strings.TrimPrefix(strings.ReplaceAll(m[1], "&amp;", "&"), v.base)
			to, _, _ = strings.Cut(to, "#")
			if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/static/") && !strings.HasPrefix(to, "/ar") && strings.HasPrefix(m[0], "href") {
				queue = append(queue, to)
			}
		}
	}
	return pages
}

// canaryWorld is a town in which somebody who can be recognised has told.
type canaryWorld struct {
	*town
	me    access.Actor
	v     *visitor
	story experience.Experience
}

// blurts sends the canary through a form of the page at from; whatever the
// answer is, it is no failure of the server.
func (x *canaryWorld) blurts(from, to string, fields ...string) {
	x.t.Helper()
	f := x.v.fill(from)
	for _, name := range fields {
		f.Set(name, canaryWords)
	}
	if a := x.v.post(to, f); a.StatusCode >= 500 {
		x.t.Errorf("%s: %d", to, a.StatusCode)
	}
}

// everyForm sends the canary through every form that an author of an
// experience meets, in every field that takes words, and in addresses.
func (x *canaryWorld) everyForm(t *testing.T) {
	t.Helper()
	x.blurts("/v", "/v", "code")
	draft := x.begin("clinic", canaryWords, "procedure", canaryWords)
	for _, step := range experience.Steps {
		var fields []string
		for _, f := range experience.Catalogue {
			if f.Stage == experience.Start && f.Topic == step {
				fields = append(fields, f.Name)
			}
		}
		x.blurts(draft+"/"+step, draft+"/"+step, fields...)
		for name, v := range x.answers("") { // what takes no words is answered well
			if !slices.Contains([]string{"title", "story"}, name) {
				f := x.v.fill(draft+"/"+step, name, v[0], "title", canaryWords, "story", canaryWords+" "+firstHalf, "goal", canaryWords, "leaks_seen", "yes", "go", "next")
				x.v.post(draft+"/"+step, f)
			}
		}
	}
	x.v.post(draft+"/discard", x.v.fill(draft+"/where"))

	own := "/me/experiences/" + x.story.PublicID
	x.blurts(own+"/edit", own+"/edit", "title", "story", "goal", "go", "leaks_seen")
	x.blurts("/experiences/tell", own+"/code", "code")
	x.blurts(own+"/check-ins/m3", own+"/check-ins/m3", "tap_note", "tap_goal", "surgeon", "nights_hospital")
	_, link := x.asked(t, x.me.Handle, 1)
	x.blurts(link, link, "tap_note", "tap_goal", "surgeon", "tap_differs")
	x.blurts("/experiences/tell", "/experiences/"+x.story.PublicID+"/helpful", "value")
	x.blurts("/experiences/tell", "/report/experience/"+x.story.PublicID, "reason", "note")
	x.blurts("/experiences/tell", "/decisions/1/appeal", "words", "text", "statement")
}

// begin begins to tell, and returns the address of the draft.
func (x *canaryWorld) begin(fields ...string) (draft string) {
	x.t.Helper()
	a := x.v.post("/experiences/tell", x.v.fill("/experiences/tell", fields...))
	draft, ok := strings.CutSuffix(a.Header.Get("Location"), "/where")
	if !ok {
		x.t.Fatalf("begin: %d", a.StatusCode)
	}
	return draft
}

// elsewhere puts the canary where no form is: in addresses, and in bodies that
// cannot be read.
func (x *canaryWorld) elsewhere() {
	x.t.Helper()
	q := url.QueryEscape(canaryWords)
	for _, path := range []string{"/experiences?clinic=" + q, "/experiences?sort=" + q, "/compare?clinic=" + q, "/search?q=" + q, "/experiences/" + url.PathEscape(canaryWords),
		"/check-in/" + canaryPassport, "/clinics/" + url.PathEscape(canaryAddress) + "/feedback", "/v?" + q, "/changes/" + canaryPassport} {
		if a := x.v.get(path); a.StatusCode >= 500 {
			x.t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	for _, body := range []string{`{"value":"` + canaryWords, `{"` + canaryWords + `":1}`} {
		x.v.json("PUT", "/api/v1/experiences/"+x.story.PublicID+"/vote", body)
	}
}

// TestNoAuthorIsFound plants somebody's real name, address and passport number,
// sends them through every form of experiences, and looks for them in every
// page that somebody else can reach, in mails, in the log and in the database.
func TestNoAuthorIsFound(t *testing.T) {
	log := keepDiary(t)
	x := &canaryWorld{town: newTown(t)}
	x.me = testkit.Person(t, x.db, "Quiet Otter", testkit.T2)
	x.story = x.tells(t, x.me, "A lift nobody had mentioned before")
	x.v = x.as(x.me)
	x.turnTo(t, x.story, "m3")
	_, _ = x.asked(t, x.me.Handle, 1) // to the address that testkit gave
	if _, err := x.db.Pool().Exec(t.Context(), `UPDATE identities SET uid = $1 WHERE account_id = $2 AND provider = 'email'`, canaryAddress, x.me.AccountID); err != nil {
		t.Fatal(err)
	}
	x.v = x.as(x.me)
	x.everyForm(t)
	x.elsewhere()
	other := testkit.Person(t, x.db, "Loud Heron", testkit.T2)
	if err := x.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}

	for who, v := range map[string]*visitor{"a visitor": x.visitor(), "a member": x.as(other), "the clinic": x.as(x.staff), "a moderator": x.as(x.moderator)} {
		start := []string{"/", "/experiences/" + x.story.PublicID, "/console/galata-dental", "/console/galata-dental/experiences", "/console/galata-dental/codes", "/moderation", "/moderation/decided",
			"/api/v1/experiences", "/api/v1/experiences/" + x.story.PublicID, "/api/v1/clinics/galata-dental", "/api/v1/search?q=lift", "/demo/mail"}
		n := v.crawl(start, func(path string, a answer) {
			if found := canary.FindString(a.text); found != "" && path != "/demo/mail" {
				t.Errorf("%s finds %q at %s", who, found, path)
			}
			x.looksFair(who, path, a)
		})
		if n < 40 {
			t.Errorf("%s read %d pages only", who, n)
		}
	}
	letters, err := x.Mail.Box()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		if found := canary.FindString(l.Subject + l.Body + strings.Join(l.Links, " ")); found != "" {
			t.Errorf("a mail says %q", found)
		}
	}
	for line := range strings.Lines(log.String()) {
		if found := canary.FindString(line); found != "" {
			t.Errorf("the log says %q: %s", found, line)
		}
	}
	if !strings.Contains(log.String(), "/experiences") {
		t.Error("the log was not read: it names no page")
	}
	x.databaseKeeps(t, [2]string{"identities", "uid"})
}

// looksFair checks what holds for every page: that no link is dead, that
// nothing is asked of another host, and that pages for one person are kept by
// nobody.
func (x *canaryWorld) looksFair(who, path string, a answer) {
	x.t.Helper()
	if a.StatusCode >= 500 || a.StatusCode == 404 && !strings.HasPrefix(path, "/console") && !strings.HasPrefix(path, "/moderation") {
		x.t.Errorf("%s at %s: %d", who, path, a.StatusCode)
	}
	if got := a.Header.Get("Referrer-Policy"); got != "same-origin" && got != "no-referrer" && got != "strict-origin" {
		x.t.Errorf("%s: Referrer-Policy %q", path, got)
	}
	if who != "a visitor" && a.StatusCode == 200 && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		x.t.Errorf("%s may keep %s: Cache-Control %q", who, path, a.Header.Get("Cache-Control"))
	}
	if strings.Contains(a.text, "dns-prefetch") || strings.Contains(a.text, "preconnect") {
		x.t.Errorf("%s asks for names of hosts ahead", path)
	}
	for _, m := range links.FindAllStringSubmatch(a.text, -1) {
		if strings.HasPrefix(m[0], "src") && strings.Contains(m[1], "//") && !strings.HasPrefix(m[1], x.URL) {
			x.t.Errorf("%s asks another host: %s", path, m[1])
		}
	}
}

// databaseKeeps reads every column of every table. The canary is in the one that
// is meant for it, and in no other.
func (x *canaryWorld) databaseKeeps(t *testing.T, meant [2]string) {
	t.Helper()
	all := testkit.OwnerOf(t, x.db).Pool() // the site itself sees less
	rows, err := all.Query(t.Context(), `SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	var columns [][2]string
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil || len(columns) < 100 {
		t.Fatalf("%d columns (%v)", len(columns), err)
	}
	for _, c := range columns {
		var n int
		sql := fmt.Sprintf(`SELECT count(*) FROM %q WHERE %q::text ~* $1`, c[0], c[1])
		if err := all.QueryRow(t.Context(), sql, strings.TrimPrefix(canary.String(), "(?i)")).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if is := n > 0; is != (c == meant) {
			t.Errorf("%s.%s holds it: %v", c[0], c[1], is)
		}
	}
}
