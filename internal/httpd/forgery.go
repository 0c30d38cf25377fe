package httpd

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
)

// forgery refuses what another site makes a browser send. Browsers say where a
// request comes from (Sec-Fetch-Site); older ones name the Origin; what says
// neither must show the token that only our own pages carry. Forms show the
// token in any case. JSON needs no token: a page of another site cannot send
// that content type without asking first, and we never allow it.
func (s *Server) forgery(c echo.Context, r Route) error {
	req := c.Request()
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if !s.sameSite(req) {
		return errs.New(errs.Forbidden, "common.foreign_form")
	}
	if r.operation != nil {
		return nil // its content type was, or will be, checked to be JSON
	}
	if err := parseForm(req); err != nil {
		return err
	}
	if !s.tokenValid(c, req.PostFormValue("token")) {
		return errs.New(errs.Forbidden, "common.foreign_form")
	}
	return nil
}

func (s *Server) sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	// With Referrer-Policy no-referrer a browser may send "null" for our own.
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "null" || s.origins[origin]
}

// The token of a form is an HMAC of the session cookie, or of the form cookie
// of somebody who is signed out. A fresh mask before it makes every page differ,
// so that the size of a compressed page does not give it away (BREACH).

func (s *Server) token(c echo.Context) string {
	mac := s.tokenMAC(c)
	out := make([]byte, 2*len(mac))
	rand.Read(out[:len(mac)])
	for i, b := range mac {
		out[len(mac)+i] = b ^ out[i]
	}
	return base64.RawURLEncoding.EncodeToString(out)
}

func (s *Server) tokenValid(c echo.Context, token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	want := s.tokenMAC(c)
	if err != nil || len(b) != 2*len(want) {
		return false
	}
	got := make([]byte, len(want))
	for i := range got {
		got[i] = b[i] ^ b[len(want)+i]
	}
	return hmac.Equal(got, want)
}

func (s *Server) tokenMAC(c echo.Context) []byte {
	m := hmac.New(sha256.New, s.formKey)
	if Actor(c).SignedIn() {
		m.Write([]byte("s" + s.sessionCookie(c.Request())))
	} else {
		m.Write([]byte("f" + s.formCookie(c)))
	}
	return m.Sum(nil)[:16]
}

// parseForm reads a form body; anything else is not a form.
func parseForm(r *http.Request) error {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch strings.TrimSpace(strings.ToLower(kind)) {
	case "application/x-www-form-urlencoded":
	case "":
		if r.ContentLength == 0 {
			r.PostForm = map[string][]string{}
			return nil
		}
		return echo.ErrUnsupportedMediaType
	default:
		return echo.ErrUnsupportedMediaType
	}
	if err := r.ParseForm(); err != nil {
		if tooLarge(err) {
			return echo.ErrStatusRequestEntityTooLarge
		}
		return errs.New(errs.Malformed, "common.malformed")
	}
	for _, vs := range r.PostForm {
		for _, v := range vs {
			if !validText(v) {
				return errs.New(errs.Malformed, "common.not_text")
			}
		}
	}
	return nil
}
