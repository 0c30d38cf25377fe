package httpd

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/wording"
)

var binder = &echo.DefaultBinder{}

// Bind fills a struct from the path (tag param), the query of a GET (tag query)
// or the form of a POST (tag form). A number that is none is Malformed.
func Bind(c echo.Context, into any) error {
	if err := binder.BindPathParams(c, into); err != nil {
		return errNotFound // an address that cannot be
	}
	req := c.Request()
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		for _, vs := range c.QueryParams() {
			for _, v := range vs {
				if !validText(v) {
					return errs.New(errs.Malformed, "common.not_text")
				}
			}
		}
		if err := binder.BindQueryParams(c, into); err != nil {
			return errs.New(errs.Malformed, "common.malformed")
		}
		return nil
	}
	if err := binder.BindBody(c, into); err != nil {
		return errs.New(errs.Malformed, "common.malformed")
	}
	return nil
}

func validText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func tooLarge(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

// Once is the idempotency key of a form: the hidden field that the page was
// made with, of this person, for this address.
func Once(c echo.Context) db.Key {
	req := c.Request()
	return db.Key{
		Scope: scope(c), Route: req.Method + " " + req.URL.Path,
		Value: req.PostFormValue("once"), Hash: formHash(req.PostForm),
	}
}

// NeedOnce is Once for forms that create something: without a key it refuses.
func NeedOnce(c echo.Context) (db.Key, error) {
	k := Once(c)
	if !validKey(k.Value) {
		return k, errs.New(errs.Malformed, "common.key_missing")
	}
	return k, nil
}

// BindOnce is Bind for a form that makes something, with the key by which it does
// so once.
func BindOnce(c echo.Context, into any) (db.Key, error) {
	if err := Bind(c, into); err != nil {
		return db.Key{}, err
	}
	return NeedOnce(c)
}

func validKey(s string) bool {
	if len(s) < 16 || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

// scope names who a key belongs to: an account, or the browser of somebody who
// is signed out.
func scope(c echo.Context) string {
	if a := Actor(c); a.SignedIn() {
		return "a" + strconv.FormatInt(a.AccountID, 10)
	}
	sum := sha256.Sum256([]byte(of(c).formCookie(c)))
	return "f" + string(hexed(sum[:12]))
}

func hexed(b []byte) []byte {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&15])
	}
	return out
}

// formHash is of what was sent, without what differs by page.
func formHash(f url.Values) []byte {
	names := make([]string, 0, len(f))
	for k := range f {
		if k != "token" && k != "once" {
			names = append(names, k)
		}
	}
	sort.Strings(names)
	h := sha256.New()
	for _, k := range names {
		for _, v := range f[k] {
			h.Write([]byte(strconv.Quote(k) + "=" + strconv.Quote(v) + "\n"))
		}
	}
	return h.Sum(nil)
}

// SeeOther sends the browser on to a page of ours with GET. The path has no
// language prefix; the page after it is in the language of the form.
func SeeOther(c echo.Context, path string) error {
	return c.Redirect(http.StatusSeeOther, wording.Path(Lang(c), Next(path)))
}

// Next returns s if it is a path on this site, else "/". What a browser would
// take for another host, or for a script, is not a path.
func Next(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t\x00") {
		return "/"
	}
	u, err := url.Parse(s)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return "/"
	}
	return s
}

// WantsPart reports whether a script of ours asks for a fragment of a page.
func WantsPart(c echo.Context) bool { return c.Request().Header.Get("X-Part") == "1" }
