package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/testkit"
)

// parting is a tale that is told, taken away and given back, and whose author
// leaves in the end, by a clock that the test moves.
type parting struct {
	tale
	clock   *testkit.Clock
	checker string // trustlog, as a program
	dir     string // of what the author keeps
	id      string // of the experience
	mods    [3]judge
}

// judge is a moderator with recovery codes for want of a passkey at hand.
type judge struct {
	access.Actor
	codes []string
	tab   reader
}

const (
	ownWords  = "a long sentence about boats and rain"
	takenFor  = "The second sentence names the team in a way by which one of its nurses is known to everybody there."
	againstIt = "Nobody is named in it. Every clinic has a team, and the bill is here for whoever wants to see it."
	givenBack = "The team is named by nothing but its kindness, and so the first decision does not hold."
)

// buildChecker builds the program that checks the log from outside.
func buildChecker(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trustlog")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "caravan/cmd/trustlog").CombinedOutput(); err != nil {
		t.Fatalf("build trustlog: %v\n%s", err, out)
	}
	return path
}

// judges are three moderators who registered a passkey once and have their
// recovery codes at hand.
func (s *site) judges(t *testing.T, key string) (all [3]judge) {
	t.Helper()
	host, origin := s.Account.PasskeyHost()
	for i := range all {
		a := testkit.Person(t, s.db, fmt.Sprintf("judge-%s-%d", key, i), testkit.Moderator)
		a.SteppedUp = s.db.Now()
		x, err := s.Account.BeginPasskey(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		options, err := json.Marshal(x.Options)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Account.AddPasskey(t.Context(), a, "at home", "test", account.Answer{Ticket: x.Ticket, Credential: testkit.NewPasskey(t, origin, host).Register(t, options)}); err != nil {
			t.Fatal(err)
		}
		codes, err := s.Account.MakeRecoveryCodes(t.Context(), a, db.Key{})
		if err != nil {
			t.Fatal(err)
		}
		all[i] = judge{Actor: a, codes: codes}
	}
	return all
}

// round lets the log give everything its place, and everybody see what is new.
func (x *parting) round() {
	x.t.Helper()
	if err := x.s.Log.Round(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	x.s.Forget()
}

// pass lets time go by, with the work that the clock brings.
func (x *parting) pass(d time.Duration) {
	x.t.Helper()
	x.clock.Move(d)
	x.round()
}

// join makes an account and confirms its address.
func (x *parting) join(email string) {
	x.t.Helper()
	r := x.teller
	r.open("/sign-up")
	r.write("#email", email)
	r.write("#password", ownWords)
	for _, box := range []string{"adult", "terms", "health"} {
		r.click("input[name=" + box + "]")
	}
	r.click("main form[action$='/sign-up'] button.main")
	r.at("/sign-up/sent")
	r.do("open the mailed link", chromedp.Navigate(x.s.link(x.t, email)))
	r.click("main form[action$='/confirm'] button")
	r.until("confirming", func() bool { return !strings.Contains(r.path(), "/confirm") })
	if strings.Contains(r.path(), "/sign-in") {
		r.write("#email", email)
		r.write("#password", ownWords)
		r.click("main form[action$='/sign-in'] button.main")
		r.until("being signed in", func() bool { return !strings.Contains(r.path(), "/sign-in") })
	}
}

// tell has the author tell with a code of the clinic, and a moderator publish it.
func (x *parting) tell() {
	x.t.Helper()
	x.tale.tell()
	x.judgeOpens(&x.mods[0])
	x.desk.pick("decision", "approve")
	x.desk.click(`form[action$="/decide"] button.main`)
	x.rises(&x.mods[0])
	x.desk.see("Decided. The people concerned are told.")
	x.id = x.s.text(x.t, `SELECT public_id::text FROM experiences WHERE title = $1`, x.title)
}

// judgeOpens has a moderator come to the desk, in a session of this moment, and
// open the one case that waits there.
func (x *parting) judgeOpens(m *judge) {
	x.t.Helper()
	x.desk = x.s.signedIn(m.tab, m.Actor)
	x.desk.open("/moderation")
	x.keeps(x.desk)
	x.desk.click("article.exp h2 a")
	x.desk.see(x.title)
}

// decides has a moderator decide the one case that waits, after reading what the
// author will read.
func (x *parting) decides(m *judge, decision, reason, statement, done string) {
	x.t.Helper()
	x.judgeOpens(m)
	x.desk.pick("decision", decision)
	if reason != "" {
		x.desk.choose("#reason", reason)
	}
	if statement != "" {
		x.desk.write("#statement", statement)
	}
	x.desk.click(`form[action$="/decide"] button.main`)
	x.rises(m)
	if statement != "" {
		x.desk.see("What the author will read")
		x.desk.see(statement)
		x.desk.click(`button[name=do][value=send]`)
	}
	x.desk.see(done)
	x.round()
}

// rises has a moderator show by a recovery code that it is them, after which what
// they wrote lies ready to be sent.
func (x *parting) rises(m *judge) {
	x.t.Helper()
	x.desk.see("Please show that it is you")
	x.desk.write("#code", m.codes[0])
	m.codes = m.codes[1:]
	x.desk.click(`form[action$="/me/step-up/code"] button`)
	x.desk.see("Send it again")
	x.desk.click(`main form[action$="/decide"] button.main`)
}

// file reads what a link on the page leads to and keeps it, as a download does.
func (x *parting) file(r reader, link, name string) string {
	x.t.Helper()
	var href string
	r.until("finding "+link, func() bool {
		var err error
		href, err = chromedp.Run(r.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).getAttribute("href")`, link)))
		return err == nil
	})
	a := x.s.visitor().get(href)
	if a.StatusCode != http.StatusOK {
		x.t.Fatalf("%s: %d %s", href, a.StatusCode, a.text)
	}
	path := filepath.Join(x.dir, name)
	if err := os.WriteFile(path, []byte(a.text), 0o600); err != nil {
		x.t.Fatal(err)
	}
	return path
}

// checked runs the program and returns what it says.
func (x *parting) checked(want int, args ...string) string {
	x.t.Helper()
	cmd := exec.CommandContext(x.t.Context(), x.checker, args...)
	cmd.Dir = x.dir
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != want {
		x.t.Errorf("trustlog %v ends with %d, want %d (%v):\n%s", args, got, want, err, out)
	}
	return string(out)
}

// keepsFiles has the author take along what proves that it was published.
func (x *parting) keepsFiles() (files []string) {
	x.t.Helper()
	x.teller.open("/experiences/" + x.id)
	x.teller.click(`#helped a[href$="/log/of/experience/` + x.id + `"]`)
	x.teller.at("/log/of/")
	x.teller.see("An experience was published")
	testkit.Axe(x.t, x.teller.ctx)
	return []string{x.file(x.teller, `main a[href*="/log/receipt/"]`, "mine.receipt"), x.file(x.teller, `main a[href*="/log/proof/"]`, "mine.tlog-proof"),
		x.file(x.teller, `main a[href*="/log/opening/"]`, "mine.opening")}
}

// removed has two moderators take it away after somebody reported it, and
// everybody find the note in its place.
func (x *parting) removed() {
	x.t.Helper()
	x.reader.open("/report/experience/" + x.id)
	x.reader.pick("reason", "personal_data")
	x.reader.click(`form[action*="/report/"] button.main`)
	x.reader.at("/experiences/" + x.id)
	x.decides(&x.mods[0], "propose", "personal_data", takenFor, "Proposed. A second moderator has to confirm it")
	x.desk.open("/moderation/" + x.openCase())
	x.desk.see("another one has to confirm it")
	x.decides(&x.mods[1], "confirm", "", "", "Decided. The people concerned are told.")
	x.reader.open("/experiences/" + x.id)
	x.reader.see("personal data")
	if strings.Contains(x.reader.source(), strings.TrimSpace(secondHalf)) {
		x.t.Error("the page still tells what was taken away")
	}
	testkit.Axe(x.t, x.reader.ctx)
	x.shot("tombstone", x.reader)
}

func (x *parting) openCase() string {
	x.t.Helper()
	return x.s.text(x.t, `SELECT max(id)::text FROM moderation_cases WHERE decided_at IS NULL`)
}

// shot takes a picture where the page's scripts run.
func (x *parting) shot(name string, r reader) { testkit.Shot(x.t, r.ctx, "parting-"+name) }

// follow goes from the note to its entry and keeps the proof of the decision.
func (x *parting) follow() string {
	x.t.Helper()
	x.reader.click(`main a[href$="/log/of/experience/` + x.id + `"]`)
	x.reader.at("/log/of/")
	x.reader.see("Moderators hid it")
	x.reader.see("personal data")
	x.keeps(x.reader)
	testkit.Axe(x.t, x.reader.ctx)
	x.shot("log", x.reader)
	return x.file(x.reader, `main li a[href*="/log/proof/"]`, "decision.tlog-proof")
}

// appeals has the author answer the decision, and another moderator read it.
func (x *parting) appeals() {
	x.t.Helper()
	x.teller.open("/me/decisions")
	x.teller.click(`main li h2 a`)
	x.teller.at("/decisions/")
	x.teller.see(takenFor)
	x.teller.write("#words", againstIt)
	x.teller.click(`form[action$="/appeal"] button.main`)
	x.teller.see(againstIt)
	x.shot("appeal", x.teller)
	for i := range 2 {
		x.judgeOpens(&x.mods[i])
		x.desk.see("You took the decision")
		if n := x.count(x.desk, `form[action$="/decide"]`); n != 0 {
			x.t.Error("who decided may decide on the appeal")
		}
	}
	x.judgeOpens(&x.mods[2])
	x.desk.see(againstIt)
	x.shot("appeal-desk", x.desk)
	x.decides(&x.mods[2], "overturn", "", givenBack, "Decided. The people concerned are told.")
	x.reader.open("/experiences/" + x.id)
	x.reader.see(strings.TrimSpace(secondHalf))
	x.reader.open("/log/of/experience/" + x.id)
	x.reader.see("Moderators hid it")
	x.reader.see("After an appeal another moderator took the decision back")
}

func (x *parting) count(r reader, sel string) int {
	x.t.Helper()
	n, err := chromedp.Run(r.ctx, chromedp.Evaluate[int](fmt.Sprintf(`document.querySelectorAll(%q).length`, sel)))
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// shows has the author repeat the password where a page asks who it is.
func (x *parting) shows() {
	x.t.Helper()
	x.teller.at("/me/step-up")
	x.teller.write("#current_password", ownWords)
	x.teller.click(`form[action$="/me/step-up"] button`)
}

// exports has the author take everything along.
func (x *parting) exports() {
	x.t.Helper()
	r := x.teller
	r.open("/me")
	r.click(`main a[href$="/me/export"]`)
	r.at("/me/export")
	const ask = `main form[action$="/me/export"] button`
	r.click(ask)
	x.shows()
	r.at("/me/export")
	r.click(ask)
	r.see("passphrase")
	passphrase, err := chromedp.Run(r.ctx, chromedp.Text(chromedp.CSS("main .note-box code")))
	if err != nil {
		x.t.Fatal(err)
	}
	testkit.Axe(x.t, r.ctx)
	x.shot("export-asked", r)
	r.until("making it", func() bool {
		r.open("/me/export")
		return x.count(r, `form[action$="/me/export/fetch"]`) == 1
	})
	testkit.Axe(x.t, r.ctx)
	x.shot("export-ready", r)
	v := x.s.visitor()
	v.cookies["s"] = x.cookie(r)
	a := v.post("/me/export/fetch", v.fill("/me/export", "passphrase", passphrase))
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/zip" {
		x.t.Fatalf("%d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	x.reads([]byte(a.text))
}

// cookie is the session of a browser.
func (x *parting) cookie(r reader) string {
	x.t.Helper()
	got, err := chromedp.Call(r.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{r.base}})
	if err != nil {
		x.t.Fatal(err)
	}
	for _, c := range got.Cookies {
		if c.Name == "s" {
			return c.Value
		}
	}
	x.t.Fatal("nobody is signed in")
	return ""
}

// reads opens an export: the data for programs, and the page for people in a
// browser that knows nothing of the site.
func (x *parting) reads(b []byte) {
	x.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		x.t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			x.t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			x.t.Fatal(err)
		}
		testkit.Contains(x.t, string(text), x.title, againstIt)
		if err := os.WriteFile(filepath.Join(x.dir, f.Name), text, 0o600); err != nil {
			x.t.Fatal(err)
		}
	}
	x.reader.do("open the page of the export", chromedp.Navigate("file://"+filepath.Join(x.dir, "index.html")))
	x.reader.see(x.title)
	testkit.Axe(x.t, x.reader.ctx)
	x.shot("export", x.reader)
}
