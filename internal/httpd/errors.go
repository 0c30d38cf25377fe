package httpd

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _   = fs.Sub(viewFiles, "views")
	errorPage  = web.Page[ErrorView](views, "error")
	signInPage = web.Page[ErrorView](views, "expired")
)

// ErrorView is what error.page.html and expired.page.html show.
type ErrorView struct {
	Status   int
	Title    string
	Sentence string
	Action   string      // where the kept form goes; empty when there was none
	Kept     []KeptField // what the person had sent
	KeptJSON string      // the same, for the sign-in form to carry
	Key      string      // the key of the kept form: sending it again does it once
}

// KeptField is one field of a form that could not be taken. Long ones are shown
// in full, so that a text can at least be copied out.
type KeptField struct {
	Name, Value string
	Long        bool
}

var statuses = map[errs.Kind]int{
	errs.Internal: 500, errs.Malformed: 400, errs.SignIn: 401, errs.Forbidden: 403, errs.NotFound: 404, errs.Conflict: 409,
	errs.Gone: 410, errs.Invalid: 422, errs.TooMany: 429, errs.Unavailable: 503, errs.Full: 507,
}

func statusOf(k errs.Kind) int { return statuses[k] }

// answer finds what to say to the person about err: what a feature answered,
// what the database says of its own state, or an apology.
func answer(err error) *errs.Error {
	e := errs.Of(err)
	if e.Kind != errs.Internal {
		return e
	}
	if t := db.Trouble(err); t != nil {
		return errs.Of(t)
	}
	return e
}

// translate turns what echo says by itself into an answer and a status.
func translate(err error) (*errs.Error, int) {
	var he *echo.HTTPError
	if errors.As(err, &he) {
		say := func(k errs.Kind, key string) (*errs.Error, int) {
			return &errs.Error{Kind: k, Msg: errs.Msg{Key: key}}, he.Code
		}
		switch he.Code {
		case http.StatusNotFound:
			return say(errs.NotFound, "common.not_found")
		case http.StatusMethodNotAllowed:
			return say(errs.Malformed, "common.bad_method")
		case http.StatusRequestEntityTooLarge:
			return say(errs.Invalid, "common.too_large")
		case http.StatusUnsupportedMediaType:
			return say(errs.Malformed, "common.bad_type")
		case http.StatusBadRequest:
			return say(errs.Malformed, "common.malformed")
		}
	}
	e := answer(err)
	return e, statusOf(e.Kind)
}

// answerError is the one place that turns an error into an answer.
func (s *Server) answerError(c echo.Context, err error) {
	if c.Response().Committed {
		return
	}
	in := exchangeOf(c)
	if c.Get(ctxServer) == nil { // no route was found
		c.Set(ctxServer, s)
		c.Set(ctxLang, in.lang)
		if s.identify(c) != nil {
			c.Set(ctxActor, nil) // the page says what it has to say to a visitor
		}
	}
	e, status := translate(err)
	report(c, status, err)
	in.code = e.Key
	retryAfter(c, e)
	c.Response().Header().Set("Cache-Control", "no-store")
	var werr error
	switch {
	case c.Request().Method == http.MethodHead:
		werr = c.NoContent(status)
	case strings.HasPrefix(c.Request().URL.Path, "/api/"):
		werr = s.problem(c, e, status)
	case WantsPart(c):
		werr = s.problem(c, e, status)
	case e.Kind == errs.SignIn && c.Request().Method == http.MethodGet:
		werr = SeeOther(c, "/sign-in?next="+escape(c.Request().URL.RequestURI()))
	default:
		werr = s.errorPage(c, e, status)
	}
	if werr != nil {
		slog.Error("httpd: error page failed", "id", in.id, "error", werr)
		s.plain(in, status)
	}
}

// report logs, once, what an operator should know. That somebody went away
// before the answer is nobody's fault.
func report(c echo.Context, status int, err error) {
	if status < 500 || (errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil) {
		return
	}
	in := exchangeOf(c)
	slog.Error("httpd: request failed", "id", in.id, "route", in.route, "status", status, "error", err)
}

func retryAfter(c echo.Context, e *errs.Error) {
	if e.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	} else if e.Kind == errs.Unavailable {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(3*time.Second/time.Second)))
	}
}

func (s *Server) errorPage(c echo.Context, e *errs.Error, status int) error {
	lang := Lang(c)
	v := ErrorView{Status: status, Sentence: wording.Text(lang, e.Key, e.Args...), Title: wording.Text(lang, "error.title_"+titleOf(status))}
	req := c.Request()
	if req.Method == http.MethodPost && req.PostForm != nil {
		v.Action, v.Key, v.Kept = KeptForm(c)
		if e.Key == "common.key_reused" {
			v.Key = random(18)
		}
	}
	p := errorPage
	if e.Kind == errs.SignIn {
		p = signInPage
		if len(v.Kept) > 0 {
			b, err := json.Marshal(v.Kept)
			if err != nil {
				return err
			}
			v.KeptJSON = string(b)
		}
	}
	return Page(c, p, Head{Title: v.Title, Status: status}, v)
}

// KeptForm is the form that came with a request that cannot be taken yet: where
// it was going, under which key it arrives once, and what it said but for
// passwords.
func KeptForm(c echo.Context) (action, key string, fields []KeptField) {
	req := c.Request()
	if key = req.PostForm.Get("once"); !validKey(key) {
		key = random(18)
	}
	return wording.Path(Lang(c), req.URL.RequestURI()), key, kept(req.PostForm)
}

// kept is what to show and send again: everything but passwords and keys.
func kept(form map[string][]string) (out []KeptField) {
	for _, name := range sortedKeys(form) {
		if name == "token" || name == "once" || strings.Contains(name, "password") || name == "email" {
			continue
		}
		for _, v := range form[name] {
			if len(v) <= FormBody {
				out = append(out, KeptField{name, v, utf8.RuneCountInString(v) > 60 || strings.Contains(v, "\n")})
			}
		}
	}
	return out
}

func titleOf(status int) string {
	switch status {
	case 401, 403, 404, 410, 429, 503:
		return strconv.Itoa(status)
	}
	if status >= 500 {
		return "500"
	}
	return "400"
}

// Problem is an error of the API by RFC 9457.
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Code   string         `json:"code"` // stable name of the sentence
	ID     string         `json:"request_id"`
	Errors []ProblemField `json:"errors,omitempty"`
}

// ProblemField is what is wrong with one field.
type ProblemField struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
}

func (s *Server) problem(c echo.Context, e *errs.Error, status int) error {
	lang := Lang(c)
	p := Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: wording.Text(lang, e.Key, e.Args...), Code: e.Key, ID: exchangeOf(c).id,
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{f.Name, wording.Text(lang, f.Key, f.Args...), f.Key})
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(status, "application/problem+json", b)
}

// plain answers when nothing else can.
func (s *Server) plain(in *exchange, status int) {
	in.Header().Set("Content-Type", "text/plain; charset=utf-8")
	in.WriteHeader(status)
	_, _ = in.Write([]byte(http.StatusText(status) + "\n" + in.id + "\n"))
}
