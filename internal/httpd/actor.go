package httpd

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
)

// Actor is who is behind the request; the zero Actor is a visitor.
func Actor(c echo.Context) access.Actor {
	a, _ := c.Get(ctxActor).(access.Actor)
	return a
}

// SessionExpires is when the session of the request ends by itself.
func SessionExpires(c echo.Context) time.Time {
	t, _ := c.Get(ctxExpires).(time.Time)
	return t
}

// Lang is the language of the page that was asked for.
func Lang(c echo.Context) string {
	l, _ := c.Get(ctxLang).(string)
	return l
}

// identify finds the person behind the session cookie.
func (s *Server) identify(c echo.Context) error {
	cookie := s.sessionCookie(c.Request())
	if cookie == "" {
		return nil
	}
	a, expires, err := s.sessions.Who(c.Request().Context(), cookie)
	if err != nil {
		return err
	}
	if !a.SignedIn() {
		c.Set(ctxDead, true)
		ClearSession(c)
		return nil
	}
	exchangeOf(c).role = roleOf(a)
	c.Set(ctxActor, a)
	c.Set(ctxExpires, expires)
	return nil
}

// roleOf names the widest right of a, for the log.
func roleOf(a access.Actor) string {
	switch {
	case a.Admin:
		return "admin"
	case a.Moderator:
		return "moderator"
	case len(a.Works) > 0:
		return "staff"
	}
	return "member"
}

// Cookie names. The prefix __Host- makes a browser refuse the cookie unless it
// is Secure, for the whole site and for this host alone (RFC 6265bis); plain
// http on this machine cannot have that.
func (s *Server) cookieName(short string) string {
	if s.secure() {
		return "__Host-" + short
	}
	return short
}

func (s *Server) secure() bool { return s.cfg.BaseURL.Scheme == "https" }

func (s *Server) sessionCookie(r *http.Request) string { return readCookie(r, s.cookieName("s")) }

func readCookie(r *http.Request, name string) string {
	k, err := r.Cookie(name)
	if err != nil || len(k.Value) > 128 {
		return ""
	}
	return k.Value
}

func (s *Server) setCookie(c echo.Context, short, value string, expires time.Time) {
	k := &http.Cookie{Name: s.cookieName(short), Value: value, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode}
	switch {
	case value == "":
		k.MaxAge = -1
	case !expires.IsZero():
		k.Expires = expires
	}
	c.SetCookie(k)
}

// SetSession gives the browser the cookie of a new session.
func SetSession(c echo.Context, raw string, expires time.Time) {
	of(c).setCookie(c, "s", raw, expires)
}

// ClearSession takes the session cookie away.
func ClearSession(c echo.Context) { of(c).setCookie(c, "s", "", time.Time{}) }

// SessionCookie is the raw session cookie of the request, or nothing.
func SessionCookie(c echo.Context) string { return of(c).sessionCookie(c.Request()) }

// formCookie returns the cookie that ties a signed-out person's forms to their
// browser, and sets one if there is none.
func (s *Server) formCookie(c echo.Context) string {
	if v := readCookie(c.Request(), s.cookieName("f")); v != "" {
		return v
	}
	if v, ok := c.Get("form").(string); ok {
		return v
	}
	v := random(18)
	c.Set("form", v)
	s.setCookie(c, "f", v, time.Time{})
	return v
}

// FormCookie is the value that ties what a signed-out person does to their
// browser; it sets the cookie where there is none.
func FormCookie(c echo.Context) string { return of(c).formCookie(c) }

func of(c echo.Context) *Server { s, _ := c.Get(ctxServer).(*Server); return s }

// random returns n random bytes as text that is safe in addresses.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
