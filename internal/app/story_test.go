package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caravan/internal/account"
	"caravan/internal/testkit"
)

// reader is a person at a browser.
type reader struct {
	t    *testing.T
	ctx  context.Context
	base string
	lang string // prefix of addresses: "" or "/ar"
}

func (r reader) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	if err := chromedp.Do(r.ctx, steps...); err != nil {
		r.t.Fatalf("%s: %v\n%s", what, err, r.text())
	}
}

func (r reader) open(path string) {
	r.t.Helper()
	r.do("open "+path, chromedp.Navigate(r.base+r.lang+path))
}

func (r reader) click(sel string) {
	r.t.Helper()
	r.do("click "+sel, chromedp.Click(chromedp.CSS(sel)))
}

func (r reader) write(sel, text string) {
	r.t.Helper()
	r.do("write into "+sel, chromedp.SendKeys(chromedp.CSS(sel), text))
}

// choose picks an option of a select as a keyboard would, which also works
// without scripts.
func (r reader) choose(sel, value string) {
	r.t.Helper()
	r.do("choose "+value, chromedp.SetValue(chromedp.CSS(sel), value))
}

func (r reader) text() string {
	s, err := chromedp.Run(r.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		return err.Error()
	}
	return s
}

func (r reader) path() string {
	r.t.Helper()
	s, err := chromedp.Run(r.ctx, chromedp.Location())
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimPrefix(s, r.base)
}

// until waits for something that comes by itself.
func (r reader) until(what string, is func() bool) {
	r.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(60 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			r.t.Fatalf("%s did not happen; %s shows:\n%s", what, r.path(), r.text())
		}
	}
}

func (r reader) see(text string) {
	r.t.Helper()
	r.until("seeing "+text, func() bool { return strings.Contains(r.text(), text) })
}

func (r reader) at(part string) {
	r.t.Helper()
	r.until("coming to "+part, func() bool {
		at, err := chromedp.Run(r.ctx, chromedp.Location()) // fails while one page gives way to the next
		return err == nil && strings.Contains(strings.TrimPrefix(at, r.base), part) && r.loaded()
	})
}

// loaded reports whether the page is whole: before, what is looked for may
// still be on the page that is left.
func (r reader) loaded() bool {
	yes, err := chromedp.Run(r.ctx, chromedp.Evaluate[bool](`document.readyState === "complete"`))
	return err == nil && yes
}

// mark leaves a mark that a new load of the page would wipe out.
func (r reader) mark() {
	r.t.Helper()
	r.do("mark", chromedp.Evaluate[chromedp.Void](`void (window.stayed = true)`))
}

func (r reader) marked() bool {
	r.t.Helper()
	yes, err := chromedp.Run(r.ctx, chromedp.Evaluate[bool](`window.stayed === true`))
	if err != nil {
		r.t.Fatal(err)
	}
	return yes
}

// link is the newest link in a mail to an address.
func (s *site) link(t *testing.T, to string) string {
	t.Helper()
	late := time.After(60 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		letters, err := s.Mail.Box()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range letters {
			if l.To == to && len(l.Links) > 0 {
				return l.Links[0]
			}
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("no mail to %s among %d", to, len(letters))
		}
	}
}

// TestAVisitorAsksAndStaffAnswersLive is the story that the site is for: with
// scripts, without them, and in Arabic.
func TestAVisitorAsksAndStaffAnswersLive(t *testing.T) {
	t.Parallel()
	s := demoSite(t)
	browser := testkit.Browser(t)
	for n, c := range []struct {
		name, lang, title string
		looks             []testkit.Look
		still             bool
	}{
		{"with scripts, on a phone", "", "Does the clinic send the records in English, and when?", []testkit.Look{testkit.Size(390, 844)}, false},
		{"without scripts", "", "Who pays if the plan changes on arrival at the clinic?", []testkit.Look{testkit.NoScript}, true},
		{"in Arabic, dark", "/ar", "هل ترسل العيادة تقرير الخروج بالعربية ومتى؟", []testkit.Look{testkit.Size(390, 844), testkit.Dark}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			staffLooks := []testkit.Look{}
			if c.still {
				staffLooks = append(staffLooks, testkit.NoScript)
			}
			staff := reader{t, testkit.Tab(t, browser, staffLooks...), s.URL, c.lang}
			asker := reader{t, testkit.Tab(t, browser, c.looks...), s.URL, c.lang}

			staff.open("/sign-in")
			staff.write("#email", "staff@demo.example")
			staff.write("#password", account.DemoPassword)
			staff.click("main form[action$='/sign-in'] button.main")
			staff.until("being signed in", func() bool { return !strings.Contains(staff.path(), "sign-in") })
			staff.click(`.places a[href*="/console/"]`)
			staff.at("/console/")
			slug := staff.path()[strings.LastIndex(staff.path(), "/")+1:]

			asker.open("/")
			asker.click(`.places a[href$="/clinics"]`)
			asker.at("/clinics")
			asker.open("/clinics/" + slug) // the list may need a second page
			asker.click(`a[href*="/questions/ask?clinic="]`)
			asker.at("/sign-in?next=")
			asker.click(`a[href*="/sign-up"]`)
			asker.at("/sign-up")
			email := fmt.Sprintf("asker%d@mail.example", n)
			asker.write("#email", email)
			asker.write("#password", "a long sentence about boats and rain")
			for _, box := range []string{"adult", "terms", "health"} {
				asker.click("input[name=" + box + "]")
			}
			asker.click("main form[action$='/sign-up'] button.main")
			asker.until("signing up", func() bool { return !strings.Contains(asker.path(), "/sign-up?") })
			asker.do("open the mailed link", chromedp.Navigate(s.link(t, email)))
			asker.click("main form[action$='/confirm'] button")
			asker.until("confirming", func() bool { return !strings.Contains(asker.path(), "/confirm") })
			if strings.Contains(asker.path(), "/sign-in") {
				asker.write("#email", email)
				asker.write("#password", "a long sentence about boats and rain")
				asker.click("main form[action$='/sign-in'] button.main")
				asker.until("being signed in", func() bool { return !strings.Contains(asker.path(), "/sign-in") })
			}
			asker.open("/questions/ask?clinic=" + slug)
			asker.write("#title", c.title)
			asker.write("#body", "I go home after five days. My own doctor reads only what I can show her.")
			asker.choose("#procedure", "den.implant.single")
			asker.click("main form[action$='/questions'] button.main")
			asker.until("asking", func() bool { return !strings.Contains(asker.path(), "/questions/ask") })
			asker.see(c.title)
			shot := func(who reader, name string) {
				if !c.still { // a picture needs the page's scripts
					testkit.Shot(t, who.ctx, fmt.Sprintf("story-%d-%s", n, name))
				}
			}
			shot(asker, "asked")
			if !c.still {
				asker.mark()
			}

			if c.still {
				staff.open("/console/" + slug)
			}
			staff.see(c.title) // at once, where scripts run
			shot(staff, "console")
			staff.click(fmt.Sprintf(`#desk a[href*="/%s"]`, lastQuestion(t, s)))
			staff.at("/questions/")
			answer := fmt.Sprintf("Yes, on the day you leave, story %d.", n)
			staff.write("form#reply textarea", answer)
			staff.click("form#reply button.main")
			staff.see(answer)

			if c.still {
				asker.open(strings.TrimPrefix(strings.SplitN(asker.path(), "?", 2)[0], c.lang))
			}
			asker.see(answer) // without a reload, where scripts run
			if !c.still && !asker.marked() {
				t.Error("the page was loaded again")
			}
			testkit.Axe(t, asker.ctx)
			testkit.Axe(t, staff.ctx)
			shot(asker, "answered")
		})
	}
}

func lastQuestion(t *testing.T, s *site) string {
	t.Helper()
	var id int64
	if err := s.db.Pool().QueryRow(t.Context(), `select max(id) from questions`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("questions/%d/", id)
}
