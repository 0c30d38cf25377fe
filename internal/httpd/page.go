package httpd

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/wording"
	"caravan/web"
)

// Head is what a handler says about a page besides its view.
type Head struct {
	Title       string // already in the page's language
	Description string
	Place       string // main place that the page belongs to: questions, clinics, search, me
	Crumbs      []web.Crumb
	Status      int   // 200 when zero and Err is nil
	Err         error // shown as summary and at its fields; gives the status
	Scripts     []string
	Styles      []string
	Live        web.Live // overrides nothing: the page's own channel is in its view
}

// Page answers with a whole page.
func Page[T any](c echo.Context, p web.PageOf[T], h Head, view T) error {
	s := of(c)
	status := h.Status
	if status == 0 {
		status = http.StatusOK
	}
	f := frame(s, c, h, view)
	if h.Err != nil {
		e := answer(h.Err)
		if e.Kind == errs.Internal {
			return h.Err // not for the form: the person's text is kept by the error page
		}
		status, f.Errors = statusOf(e.Kind), fieldErrors(f.Lang, e)
		retryAfter(c, e)
	}
	return p.Write(&late{c, status}, f)
}

// late begins the answer with the first bytes of a page, which come all at once
// when the template has run to its end: until then it can still be an error.
type late struct {
	c      echo.Context
	status int
}

// Write sends the headers and the status before the bytes.
func (l *late) Write(b []byte) (int, error) {
	setCaching(l.c)
	l.c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	l.c.Response().WriteHeader(l.status)
	return l.c.Response().Write(b)
}

// PartPage answers with a fragment, for a script of ours.
func PartPage[T any](c echo.Context, p web.PartOf[T], view T) error {
	return p.Write(&late{c, http.StatusOK}, Lang(c), view)
}

// setCaching keeps everything personal out of every cache. Pages that are the
// same for all say so in cache.go.
func setCaching(c echo.Context) {
	if exchangeOf(c).public {
		return
	}
	c.Response().Header().Set("Cache-Control", "no-store")
}

func frame[T any](s *Server, c echo.Context, h Head, view T) web.Frame[T] {
	a, lang, req := Actor(c), Lang(c), c.Request()
	f := web.Frame[T]{
		Lang: lang, Dir: wording.Dir(lang), Title: h.Title, Description: h.Description,
		Path: req.URL.RequestURI(), Base: s.cfg.BaseURL.String(), Place: h.Place,
		Viewer: viewer(a), Demo: s.cfg.Demo, Crumbs: h.Crumbs, Scripts: h.Scripts, Styles: h.Styles,
		Langs: langLinks(lang, req.URL), Now: s.db.Now(), RequestID: exchangeOf(c).id, Record: s.record(), Page: view,
	}
	if !exchangeOf(c).public {
		f.Token, f.Once = s.token(c), random(18)
		if done := req.URL.Query().Get("done"); done != "" && wording.Has("done."+done) {
			f.Status = wording.Text(lang, "done."+done)
		}
	}
	if a.SignedIn() {
		f.Live.Channel = "user:" + itoa(a.AccountID)
	}
	return f
}

func viewer(a access.Actor) web.Viewer {
	v := web.Viewer{SignedIn: a.SignedIn(), AccountID: a.AccountID, Handle: a.Handle, Unread: a.Unread, Moderator: a.Moderator || a.Admin, Staff: len(a.Works) > 0}
	for _, w := range a.Works {
		if w.Kind == "clinic" {
			v.Console = "/console/" + w.Slug
			break
		}
	}
	return v
}

// langLinks are the addresses of the same page in every language. The home page
// in the default language says so, or negotiation would lead away from it.
func langLinks(current string, u *url.URL) []web.Lang {
	q := u.Query()
	q.Del("done")
	q.Del("lang")
	query := q.Encode()
	var out []web.Lang
	for _, l := range wording.Langs {
		p := wording.Path(l, u.Path)
		switch {
		case query != "":
			p += "?" + query
		case p == "/":
			p = "/?lang=" + l
		}
		out = append(out, web.Lang{Lang: l, Label: wording.Names[l], Path: p, Current: l == current})
	}
	return out
}

func fieldErrors(lang string, e *errs.Error) []web.FieldError {
	var out []web.FieldError
	for _, f := range e.Fields {
		out = append(out, web.FieldError{Name: f.Name, Text: wording.Text(lang, f.Key, f.Args...)})
	}
	if len(out) == 0 {
		out = append(out, web.FieldError{Text: wording.Text(lang, e.Key, e.Args...)})
	}
	return out
}

// Say is the sentence key in the language of the request.
func Say(c echo.Context, key string, args ...any) string { return wording.Text(Lang(c), key, args...) }

// BaseURL is the site's own address, without a slash at the end.
func BaseURL(c echo.Context) string { return strings.TrimSuffix(of(c).cfg.BaseURL.String(), "/") }
