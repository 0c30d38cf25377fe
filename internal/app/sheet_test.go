package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"caravan/internal/access"
)

// sheet is a person who reads pages and sends their forms as a browser without
// scripts does: nothing can be typed but into fields that are there, and nothing
// pressed but buttons that are there. With a tab, the same is done in a browser
// with scripts.
type sheet struct {
	*visitor
	at   string
	raw  string
	page *html.Node
	tab  *reader // nil: without scripts

	corrects, refused bool // who corrects what is refused, and whether the last form was
}

func (s *site) sheet(a access.Actor) *sheet { return &sheet{visitor: s.as(a)} }

func (p *sheet) open(path string) {
	p.t.Helper()
	if p.tab != nil {
		p.tab.open(path)
		p.look()
		return
	}
	p.show(path, p.get(path))
}

// show goes where an answer leads.
func (p *sheet) show(at string, a answer) {
	p.t.Helper()
	for a.StatusCode == http.StatusSeeOther {
		at, _, _ = strings.Cut(a.Header.Get("Location"), "#")
		a = p.get(at)
	}
	var err error
	if p.page, err = html.Parse(strings.NewReader(a.text)); err != nil {
		p.t.Fatal(err)
	}
	p.at, p.raw = at, a.text
	p.refused = a.StatusCode == http.StatusUnprocessableEntity
	if a.StatusCode != http.StatusOK && !(p.corrects && p.refused) {
		p.t.Fatalf("%s: %d %s", at, a.StatusCode, said(p.page))
	}
}

// sees fails for everything that the page does not say.
func (p *sheet) sees(want ...string) {
	p.t.Helper()
	text := said(p.page)
	for _, w := range want {
		if !strings.Contains(text, w) {
			p.t.Errorf("%s does not say %q:\n%s", p.at, w, text)
		}
	}
}

// said is what is written within n, in one line.
func said(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "style" && c.Parent.Data != "script" {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) string {
	v, _ := hasAttr(n, name)
	return v
}

func hasAttr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// formOf is the form that a control belongs to.
func (p *sheet) formOf(control *html.Node) *html.Node {
	if id, ok := hasAttr(control, "form"); ok {
		for n := range p.page.Descendants() {
			if n.Type == html.ElementNode && n.Data == "form" && attr(n, "id") == id {
				return n
			}
		}
		return nil
	}
	for n := control.Parent; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && n.Data == "form" {
			return n
		}
	}
	return nil
}

// button finds a button by a part of the address that it sends to, and by its
// value or, if that does not say which, a part of its words.
func (p *sheet) button(to, which string) (b, form *html.Node, action string) {
	p.t.Helper()
	for n := range p.page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "button" {
			continue
		}
		if form = p.formOf(n); form == nil {
			continue
		}
		if action = attr(n, "formaction"); action == "" {
			action = attr(form, "action")
		}
		if strings.Contains(action, to) && (attr(n, "value") == which || strings.Contains(said(n), which)) {
			return n, form, action
		}
	}
	p.t.Fatalf("%s has no button %q to %q:\n%s", p.at, which, to, said(p.page))
	return nil, nil, ""
}

// fields is what a form sends as it stands, and which fields it has at all.
func (p *sheet) fields(form *html.Node) (f url.Values, there map[string]bool) {
	f, there = url.Values{}, map[string]bool{}
	for n := range p.page.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" || !slices.Contains([]string{"input", "select", "textarea"}, n.Data) || p.formOf(n) != form {
			continue
		}
		there[name] = true
		_, checked := hasAttr(n, "checked")
		switch kind := attr(n, "type"); {
		case n.Data == "textarea":
			f.Add(name, strings.TrimSpace(said(n)))
		case n.Data == "select":
			f.Add(name, selected(n))
		case kind != "radio" && kind != "checkbox" || checked:
			f.Add(name, attr(n, "value"))
		}
	}
	return f, there
}

func selected(n *html.Node) (first string) {
	some := false
	for o := range n.Descendants() {
		if o.Type == html.ElementNode && o.Data == "option" {
			if _, ok := hasAttr(o, "selected"); ok {
				return attr(o, "value")
			}
			if !some {
				first, some = attr(o, "value"), true
			}
		}
	}
	return first
}

// press fills a form in and sends it by one of its buttons.
func (p *sheet) press(to, which string, typed ...string) {
	p.t.Helper()
	b, form, action := p.button(to, which)
	f, there := p.fields(form)
	for i := 0; i < len(typed); i += 2 {
		f.Del(typed[i])
	}
	for i := 0; i < len(typed); i += 2 {
		if !there[typed[i]] {
			p.t.Fatalf("%s has no field %q", p.at, typed[i])
		}
		f.Add(typed[i], typed[i+1])
	}
	if p.tab != nil {
		p.push(attr(b, numbered), typed)
		return
	}
	if name := attr(b, "name"); name != "" {
		f.Set(name, attr(b, "value"))
	}
	p.show(action, p.post(action, f))
}
