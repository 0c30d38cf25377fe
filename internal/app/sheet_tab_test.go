package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"caravan/internal/testkit"
)

// numbered is the attribute by which a button that was read is found again.
const numbered = "data-numbered"

// sign signs somebody in by the cookie of a session.
func (r reader) sign(cookie string) {
	r.t.Helper()
	testkit.SignIn(r.t, r.ctx, r.base, cookie)
}

// look reads the page as it stands in the browser.
func (p *sheet) look() {
	p.t.Helper()
	const count = `(document.querySelectorAll("button").forEach((b, i) => b.setAttribute("` + numbered + `", i)), performance.getEntriesByType("navigation")[0].responseStatus)`
	var status int
	p.tab.until("reading the page", func() bool { // between two pages there is none
		if !p.tab.loaded() {
			return false
		}
		var err error
		if status, err = chromedp.Run(p.tab.ctx, chromedp.Evaluate[int](count)); err == nil {
			p.raw, err = chromedp.Run(p.tab.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
		}
		return err == nil
	})
	var err error
	if p.page, err = html.Parse(strings.NewReader(p.raw)); err != nil {
		p.t.Fatal(err)
	}
	p.at, _, _ = strings.Cut(p.tab.path(), "#")
	if status != http.StatusOK {
		p.t.Fatalf("%s: %d %s", p.at, status, said(p.page))
	}
}

// push types into the form of a button, unfolds what the button is folded into,
// presses it, and reads what came: another page, or the same with that part
// written anew.
func (p *sheet) push(number string, typed []string) {
	p.t.Helper()
	fill, err := json.Marshal(append([]string{}, typed...))
	if err != nil {
		p.t.Fatal(err)
	}
	const by = `button[` + numbered + `="%s"]`
	p.tab.do("type", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void ((b, typed) => {
		window.pressed = b;
		for (let at = b.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
		const next = {};
		for (let i = 0; i < typed.length; i += 2) {
			const all = [...b.form.elements].filter((e) => e.name === typed[i]);
			const tick = all.find((e) => ["radio", "checkbox"].includes(e.type) && e.value === typed[i + 1]);
			const field = tick ?? all[next[typed[i]] = (next[typed[i]] ?? -1) + 1];
			if (tick) tick.checked = true; else field.value = typed[i + 1];
			for (const e of ["input", "change"]) field.dispatchEvent(new Event(e, { bubbles: true }));
		}
	})(document.querySelector(%q), %s)`, fmt.Sprintf(by, number), fill)))
	p.tab.click(fmt.Sprintf(by, number))
	p.tab.until("an answer to the press", func() bool {
		done, err := chromedp.Run(p.tab.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !window.pressed?.isConnected`))
		return err == nil && done
	})
	p.look()
}
