package app_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/testkit"
)

var demoStock = testkit.NewStock(func(ctx context.Context, owner *db.DB) error {
	return demo.Fill(ctx, owner, demo.Options{Scale: 1})
})

// demoSite is a site with the demo data in it.
func demoSite(t testing.TB) *site {
	t.Helper()
	return startOn(t, demoStock.DB(t), nil, nil)
}

// account is a demo account as a signed-in visitor.
func (s *site) demoVisitor(t testing.TB, name string) *visitor {
	t.Helper()
	var id int64
	err := s.db.Pool().QueryRow(context.Background(), `select account_id from identities where provider = 'email' and uid = $1`, name+"@demo.example").Scan(&id)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	o, err := s.Account.OpenSession(context.Background(), id, "test")
	if err != nil {
		t.Fatal(err)
	}
	v := s.visitor()
	v.cookies["s"] = o.Cookie
	return v
}

// hot is the page of the question with the most replies.
func (s *site) hot(t testing.TB) string {
	t.Helper()
	var id int64
	if err := s.db.Pool().QueryRow(context.Background(), `select question_id from question_counts order by replies desc, question_id limit 1`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	a := s.visitor().get(fmt.Sprintf("/questions/%d", id))
	if a.StatusCode != http.StatusMovedPermanently {
		t.Fatalf("%d", a.StatusCode)
	}
	return a.Header.Get("Location")
}

// TestEveryPageIsAccessible walks the pages of every role at two widths, in
// light and dark, from left and from right: axe finds nothing, nothing is asked
// of another host, no policy is broken, and nothing is wider than the screen.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	s := demoSite(t)
	question := s.hot(t)
	var slug string
	if err := s.db.Pool().QueryRow(t.Context(), `select o.slug from organisations o join affiliations f on f.organisation_id = o.id join accounts a on a.person_id = f.person_id
		join identities i on i.account_id = a.id and i.uid = 'staff@demo.example' where o.kind = 'clinic' limit 1`).Scan(&slug); err != nil {
		t.Fatal(err)
	}
	pages := map[string][]string{
		"": {"/", "/questions", "/questions?list=unanswered", question, "/clinics", "/clinics/" + slug, "/experiences", "/experiences?sort=critical&level=2", "/compare", "/search?q=implant", "/search?q=nothingatall", "/sign-in", "/sign-up", "/reset",
			"/rules", "/order", "/verification", "/privacy", "/contact", "/emergency", "/v", "/nothing-here", "/demo/mail"},
		"patient":   {"/", question, "/questions/ask", "/me", "/me/sessions", "/me/notifications", "/me/decisions", "/me/questions", "/me/export", "/me/leave", "/me/passkeys", "/me/step-up", "/me/experiences", "/experiences/tell", "/me/password", "/me/email", "/clinics/add", "/report/question/1"},
		"staff":     {"/console/" + slug, "/console/" + slug + "/experiences", "/console/" + slug + "/codes", "/clinics/" + slug + "/staff", question},
		"moderator": {"/moderation", "/moderation?show=late", "/moderation/decided", "/moderation/numbers", "/me/passkeys", "/me/step-up"},
	}
	for role, more := range s.tellingPages(t, slug) {
		pages[role] = append(pages[role], more...)
	}
	for role, more := range s.packagePages(t, slug) {
		pages[role] = append(pages[role], more...)
	}
	browser := testkit.Browser(t)
	type look struct {
		name, lang string
		looks      []testkit.Look
	}
	looks := []look{{"phone, light", "", []testkit.Look{testkit.Size(390, 844)}}, {"desk, Arabic, dark", "/ar", []testkit.Look{testkit.Dark}}}
	if os.Getenv("CARAVAN_LONG") != "" {
		looks = append(looks, look{"desk, dark", "", []testkit.Look{testkit.Dark}}, look{"phone, Arabic, light", "/ar", []testkit.Look{testkit.Size(390, 844)}},
			look{"desk, light", "", nil}, look{"phone, dark", "", []testkit.Look{testkit.Size(390, 844), testkit.Dark}}, look{"phone, Arabic, dark", "/ar", []testkit.Look{testkit.Size(390, 844), testkit.Dark}})
	}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			for role, all := range pages {
				for paths := range slices.Chunk(all, 12) { // a tab has its time
					t.Run("as "+role, func(t *testing.T) { s.walk(t, browser, look.name, look.lang, role, paths, look.looks) })
				}
			}
		})
	}
}

// walk opens pages one after the other as an account of the demo, in a tab of
// its own.
func (s *site) walk(t *testing.T, browser context.Context, name, lang, role string, paths []string, looks []testkit.Look) {
	t.Helper()
	tab := reader{t, testkit.Tab(t, browser, append(slices.Clone(looks), testkit.Allow("404"))...), s.URL, lang}
	if role != "" {
		tab.sign(s.demoVisitor(t, role).cookies["s"])
	}
	for _, path := range paths {
		tab.open(path)
		testkit.Axe(t, tab.ctx)
		status, err := chromedp.Run(tab.ctx, chromedp.Evaluate[int](`performance.getEntriesByType("navigation")[0].responseStatus`))
		if err != nil || status != 200 && path != "/nothing-here" {
			t.Errorf("%s: %d (%v)", path, status, err)
		}
		wide, err := chromedp.Run(tab.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
		if err != nil || wide > 0 {
			t.Errorf("%s is %d px wider than the screen (%v)", path, wide, err)
		}
		foreign, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin)).join(" ")`))
		if err != nil || foreign != "" {
			t.Errorf("%s asks other hosts: %s %v", path, foreign, err)
		}
		testkit.Shot(t, tab.ctx, strings.NewReplacer("/", "_", "?", "_", "=", "_").Replace(fmt.Sprintf("%s-%s%s", strings.ReplaceAll(strings.ReplaceAll(name, ", ", "-"), " ", ""), role, path)))
	}
}

// TestHostileTextIsShownAsText posts what could run as a script into every text
// field, and looks at the pages in a browser: nothing runs, nothing is asked.
func TestHostileTextIsShownAsText(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	minaActor := testkit.Person(t, s.db, "mina", testkit.T2)
	mina := s.as(minaActor)
	hostile := []string{
		`<script>document.title='owned'</script>`, `<img src=x onerror="document.title='owned'">`, `<svg onload="document.title='owned'">`,
		`[click](javascript:document.title='owned')`, `<a href="data:text/html,<script>1</script>">x</a>`, `{{7*7}} ${7*7} <%= 7*7 %>`,
		`<math><mtext><table><mglyph><style><img src=x onerror="document.title='owned'">`, `<style>body{display:none}</style>`, `" autofocus onfocus="document.title='owned'" x="`,
		`</textarea><script>document.title='owned'</script>`, `<iframe srcdoc="<script>parent.document.title='owned'</script>"></iframe>`, `</template><script>document.title='owned'</script>`,
	}
	all := strings.Join(hostile, "\n\n")
	f := mina.fill("/questions/ask", "title", "Is this text a script? "+hostile[1], "body", all, "procedure", "den.crown", "destination", "HU")
	a := mina.post("/questions", f)
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	path := strings.SplitN(a.Header.Get("Location"), "?", 2)[0]
	r := mina.fill(path, "body", all)
	id := strings.Split(path, "/")[2]
	if a := mina.post("/questions/"+id+"/replies", r); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	if a := mina.post("/questions/"+id+"/replies", mina.fill(path, "body", strings.Repeat(hostile[0], 800))); a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("a text that is too long: %d", a.StatusCode)
	}
	if err := s.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	browser := testkit.Browser(t)
	tab := reader{t, testkit.Tab(t, browser), s.URL, ""}
	testkit.SignIn(t, tab.ctx, s.URL, mina.cookies["s"])
	for _, p := range []string{path, "/questions", "/", "/search?q=script", "/questions/" + id + "/edit", "/questions/" + id + "/history", "/me/questions"} {
		tab.open(p)
		title, err := chromedp.Run(tab.ctx, chromedp.Title())
		if err != nil || title == "owned" {
			t.Errorf("%s: a script ran: %q %v", p, title, err)
		}
		if !strings.Contains(tab.text(), "script") && !strings.HasSuffix(p, "/edit") {
			t.Errorf("%s: the text is not there", p)
		}
	}
}
