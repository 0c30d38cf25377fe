package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"caravan/internal/access"
	"caravan/internal/testkit"
)

const (
	firstHalf  = "They placed four implants and a lift that nobody had mentioned before. "
	secondHalf = "The team was kind, the interpreter patient, and the bill was not the one we had agreed on."
)

// tale is a story from a code to the clinic's answer, and who takes part in it.
type tale struct {
	t       *testing.T
	s       *site
	title   string
	teller  reader
	staff   reader
	desk    reader
	reader  reader
	secrets []string // what must stand on no page that others see
}

// signedIn opens a browser in which somebody is signed in.
func (s *site) signedIn(r reader, a access.Actor) reader {
	r.t.Helper()
	cookie := network.SetCookieParams{Name: "s", Value: s.as(a).cookies["s"], URL: r.base}
	if _, err := chromedp.Call(r.ctx, network.SetCookie, cookie); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// pick chooses one of several answers.
func (r reader) pick(name, value string) {
	r.t.Helper()
	r.click(fmt.Sprintf(`input[name=%q][value=%q]`, name, value))
}

// value waits for a field and returns what it holds.
func (r reader) value(sel string) (v string) {
	r.t.Helper()
	r.until("finding "+sel, func() bool {
		var err error
		v, err = chromedp.Run(r.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).value`, sel)))
		return err == nil // between two pages there is none
	})
	return v
}

// source is the page as it came, with what is not to be seen.
func (r reader) source() string {
	r.t.Helper()
	s, err := chromedp.Run(r.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// stranded reports whether the browser says that nobody answers.
func (r reader) stranded() bool {
	s, err := chromedp.Run(r.ctx, chromedp.Evaluate[string](`document.documentElement.textContent`))
	return err == nil && strings.Contains(s, "ERR_") // between two pages there is none to read
}

// tell tells from a code to the end, and returns the pseudonym.
func (x tale) tell() (pseudonym string) {
	x.t.Helper()
	code := x.code()
	x.teller.open("/v")
	x.teller.write("#code", code)
	x.teller.click("#try button.main")
	x.whereAndYou()
	x.teller.write("#title", x.title)
	x.teller.write("#story", firstHalf+secondHalf)
	x.picksOfWent()
	x.next("/money")
	x.money()
	pseudonym = x.preview()
	x.teller.click(`button[name=go][value=next]`)
	x.teller.at("/me/experiences")
	return pseudonym
}

// keeps fails the test if a page tells what must not be told.
func (x tale) keeps(r reader) {
	x.t.Helper()
	page := strings.ToLower(r.source())
	for _, secret := range x.secrets {
		if strings.Contains(page, strings.ToLower(secret)) {
			x.t.Errorf("%s shows %q", r.path(), secret)
		}
	}
}

// code has the clinic's staff make a sheet of codes and reads the first card.
func (x tale) code() string {
	x.t.Helper()
	x.staff.open("/console/galata-dental/codes")
	x.staff.choose("#codes", "3")
	x.staff.click(`form[action$="/codes"] button.main`)
	x.staff.see("This page is shown once")
	code, err := chromedp.Run(x.staff.ctx, chromedp.Text(chromedp.CSS(".code-text")))
	if err != nil {
		x.t.Fatal(err)
	}
	return strings.TrimSpace(code)
}

func (x tale) next(at string) {
	x.t.Helper()
	x.teller.click(`button[name=go][value=next]`)
	x.teller.at(at)
}

// whereAndYou answers the first two steps. The code knows the clinic and when.
func (x tale) whereAndYou() {
	x.t.Helper()
	x.teller.at("/where")
	if got := x.teller.value("#clinic"); got != "galata-dental" {
		x.t.Errorf("the code names %q", got)
	}
	x.teller.choose("#procedure", "den.implant.allon4")
	x.next("/you")
	x.teller.pick("author_role", "patient")
	x.teller.click("#adult")
	x.teller.choose("#origin_country", "IE")
	x.next("/went")
}

func (x tale) picksOfWent() {
	x.t.Helper()
	x.teller.pick("goal_achieved", "8")
	x.teller.pick("complication", "none")
	x.teller.pick("would_repeat", "unsure")
}

func (x tale) money() {
	x.t.Helper()
	x.teller.write("#quoted", "4000")
	x.teller.choose("#quoted_currency", "EUR")
	x.teller.write("#paid", "4,600")
	x.teller.choose("#paid_currency", "EUR")
	x.teller.pick("incentive", "none")
	x.next("/send")
}

// preview reads what will be seen, consents, and returns the name made for it.
func (x tale) preview() (pseudonym string) {
	x.t.Helper()
	x.teller.see("How it will look")
	for _, want := range []string{x.title, strings.TrimSpace(firstHalf), secondHalf, "EUR\u00a04,000", "EUR\u00a04,600"} {
		if !strings.Contains(x.teller.text(), want) {
			x.t.Errorf("the preview lacks %q:\n%s", want, x.teller.text())
		}
	}
	pseudonym, err := chromedp.Run(x.teller.ctx, chromedp.Text(chromedp.CSS(".side b")))
	if err != nil {
		x.t.Fatal(err)
	}
	x.teller.click("#consent_publish")
	return pseudonym
}

// publish has a moderator read and publish what waits.
func (x tale) publish() {
	x.t.Helper()
	x.desk.open("/moderation")
	x.keeps(x.desk)
	x.desk.click("article.exp h2 a")
	x.desk.see(x.title)
	x.keeps(x.desk)
	x.desk.pick("decision", "approve")
	x.desk.click(`form[action$="/decide"] button.main`)
	x.desk.see("Decided. The people concerned are told.")
}

// appears waits until everybody finds the story where they would look for it.
func (x tale) appears(pseudonym string) {
	x.t.Helper()
	for _, path := range []string{"/experiences", "/clinics/galata-dental", "/search?q=" + strings.Fields(x.title)[2]} {
		x.reader.until("finding it on "+path, func() bool {
			x.reader.open(path)
			return strings.Contains(x.reader.text(), x.title)
		})
		x.keeps(x.reader)
	}
	x.reader.open("/experiences")
	x.reader.do("open it", chromedp.Click(chromedp.CSS(`article.exp h3 a`)))
	x.reader.at("/experiences/")
	for _, want := range []string{x.title, pseudonym, "V2: a visit was seen", "Seen", "The quarter", "Not seen", "The amount paid", "EUR\u00a04,600", "8 of 10"} {
		if !strings.Contains(x.reader.text(), want) {
			x.t.Errorf("the page lacks %q:\n%s", want, x.reader.text())
		}
	}
	x.keeps(x.reader)
}

// answer has the clinic answer, and the reader see it.
func (x tale) answer() {
	x.t.Helper()
	const says = "We take reports like this seriously, and we neither confirm nor deny that anyone was treated by us. Every lift is now named in the first plan."
	x.staff.open("/console/galata-dental/experiences")
	x.staff.see(x.title)
	x.keeps(x.staff)
	x.staff.click(`table.desk a`)
	x.staff.write("textarea[name=body]", says)
	x.staff.click(`form[action$="/answer"] button.main`)
	x.staff.see("The clinic's answer") // on the very next page
	x.keeps(x.staff)
	here := x.reader.path()
	x.reader.until("seeing the answer", func() bool {
		x.reader.open(here)
		return strings.Contains(x.reader.text(), says)
	})
	x.keeps(x.reader)
}

// signUp makes an account through the page that the code's page leads to, and
// confirms its address.
func (x tale) signUp(email string) {
	x.t.Helper()
	x.teller.click(`main a[href*="/sign-up"]`)
	x.teller.at("/sign-up")
	x.teller.write("#email", email)
	x.teller.write("#password", "a long sentence about boats and rain")
	for _, box := range []string{"adult", "terms", "health"} {
		x.teller.click("input[name=" + box + "]")
	}
	x.teller.click("main form[action$='/sign-up'] button.main")
	x.teller.at("/sign-up/sent")
	back := x.teller.path()
	x.teller.do("open the mailed link", chromedp.Navigate(x.s.link(x.t, email)))
	x.teller.click("main form[action$='/confirm'] button")
	x.teller.until("confirming", func() bool { return !strings.Contains(x.teller.path(), "/confirm") })
	x.teller.open(back)
	x.teller.click(`main a[href$="/v"]`)
	x.teller.at("/v")
}

// TestACodeBecomesAStoryThatTheClinicAnswers is the second story that the site
// is for, from a code on paper to an answer in public: on a phone whose line is
// cut twice, and without scripts.
func TestACodeBecomesAStoryThatTheClinicAnswers(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	clinic := testkit.Organisation(t, d, "clinic", "Galata Dental")
	wire := newLine(t)
	s := startOn(t, d, nil, map[string]string{"BASE_URL": wire.URL})
	wire.connect(s)
	browser := testkit.WholeBrowser(t)
	staff, moderator := testkit.Person(t, d, "Selin", testkit.StaffOf(clinic, "staff")), testkit.Person(t, d, "Mod", testkit.Moderator)
	open := func(t *testing.T, base string, looks ...testkit.Look) reader {
		return reader{t, testkit.Tab(t, browser, looks...), base, ""}
	}
	begin := func(t *testing.T, title string, looks ...testkit.Look) tale {
		return tale{t: t, s: s, title: title, teller: open(t, wire.URL, append(looks, testkit.Size(390, 844))...), reader: open(t, wire.URL, looks...),
			staff: s.signedIn(open(t, wire.URL, looks...), staff), desk: s.signedIn(open(t, wire.URL, looks...), moderator)}
	}

	t.Run("on a phone whose line is cut", func(t *testing.T) {
		x := begin(t, "Kind people, unmentioned lift, and a bill that grew")
		x.secrets = []string{"beatrix", "featherstone"}
		code := x.code()
		x.teller.do("open the code", chromedp.Navigate(wire.URL+"/v#"+strings.ReplaceAll(code, " ", "")))
		x.teller.until("taking the code out of the address", func() bool { return x.teller.path() == "/v" })
		x.signUp("beatrix.featherstone@mail.example")
		x.teller.click("#try button.main")
		x.whereAndYou()

		x.teller.write("#title", x.title)
		x.teller.write("#story", firstHalf)
		x.teller.see("Saved on our server.")
		wire.set(cut)
		x.teller.write("#story", secondHalf)
		x.picksOfWent()
		x.teller.see("What you typed is kept in this tab")
		x.teller.click(`button[name=go][value=next]`)
		x.teller.until("losing the line", x.teller.stranded)
		wire.set(whole)
		x.teller.do("go back", chromedp.NavigateBack())
		x.teller.at("/you")
		x.next("/went")
		if got := x.teller.value("#title") + "|" + x.teller.value("#story"); got != x.title+"|"+firstHalf+secondHalf {
			t.Errorf("after the line was cut the page has %q", got)
		}
		for name, value := range map[string]string{"goal_achieved": "8", "complication": "none", "would_repeat": "unsure"} {
			is, err := chromedp.Run(x.teller.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('input[name=%q][value=%q]').checked`, name, value)))
			if err != nil || !is {
				t.Errorf("after the line was cut %s is not chosen any more (%v)", name, err)
			}
		}
		x.next("/money")
		x.money()
		pseudonym := x.preview()
		testkit.Shot(t, x.teller.ctx, "tale-preview")
		wire.set(deaf)
		x.teller.click(`button[name=go][value=next]`)
		x.teller.until("losing the answer", x.teller.stranded)
		wire.set(whole)
		x.teller.do("load again", chromedp.Reload())
		x.teller.at("/me/experiences")
		x.teller.see(x.title)
		var n int
		if err := d.Pool().QueryRow(t.Context(), `select count(*) from experiences`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d experiences, want one (%v)", n, err)
		}
		x.publish()
		x.appears(pseudonym)
		x.answer()
		testkit.Axe(t, x.reader.ctx)
		testkit.Shot(t, x.reader.ctx, "tale-answered")
	})

	t.Run("without scripts", func(t *testing.T) {
		x := begin(t, "No scripts, plain pages, and a calm week", testkit.NoScript)
		patient := testkit.Person(t, d, "Cordelia Ashworth", testkit.T2)
		x.secrets = []string{"cordelia", "ashworth"}
		s.signedIn(x.teller, patient)
		pseudonym := x.tell()
		x.publish()
		x.appears(pseudonym)
		x.answer()
	})
}
