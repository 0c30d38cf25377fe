package account_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser is one person's browser without scripts.
type browser struct {
	t    *testing.T
	w    *world
	http *http.Client
}

// page is an answer as a person sees it.
type page struct {
	status int
	head   http.Header
	body   string
	at     string // path and query of the last request
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) do(req *http.Request) page {
	b.t.Helper()
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{res.StatusCode, res.Header, string(body), req.URL.RequestURI()}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.w.http.URL + path
	}
	req, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.w.http.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

// submit fills the form of a page that goes to action, and sends it.
func (b *browser) submit(p page, action string, values ...string) page {
	b.t.Helper()
	f, ok := formOf(p.body, action)
	if !ok {
		b.t.Fatalf("the page (%d) has no form to %s:\n%s", p.status, action, p.body)
	}
	for i := 0; i+1 < len(values); i += 2 {
		f.Set(values[i], values[i+1])
	}
	return b.post(action, f)
}

// follow goes where an answer sends the browser.
func (b *browser) follow(p page) page {
	b.t.Helper()
	if p.status != http.StatusSeeOther {
		b.t.Fatalf("%s answered %d, no redirect:\n%s", p.at, p.status, p.body)
	}
	return b.get(p.head.Get("Location"))
}

// cookie is the raw value of a cookie that the browser has.
func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.w.http.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	u, err := url.Parse(b.w.http.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	b.http.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// signIn signs somebody in through the page.
func (b *browser) signIn(email, password string) page {
	b.t.Helper()
	return b.submit(b.get("/sign-in"), "/sign-in", "email", email, "password", password)
}

// formOf collects the fields of the form that goes to action, as a browser
// would send them untouched.
func formOf(body, action string) (url.Values, bool) {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil, false
	}
	var form *html.Node
	each(doc, func(n *html.Node) {
		if n.Data == "form" && attr(n, "action") == action && form == nil {
			form = n
		}
	})
	if form == nil {
		return nil, false
	}
	v := url.Values{}
	each(form, func(n *html.Node) {
		switch {
		case n.Data == "input" && attr(n, "type") == "checkbox":
			if has(n, "checked") {
				v.Add(attr(n, "name"), attr(n, "value"))
			}
		case n.Data == "input":
			v.Add(attr(n, "name"), attr(n, "value"))
		case n.Data == "textarea" && n.FirstChild != nil:
			v.Add(attr(n, "name"), n.FirstChild.Data)
		}
	})
	return v, true
}

func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
