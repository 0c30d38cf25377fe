package account

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// signInForm is what the sign-in page sends, and the page that stands in for it
// when a session ended before a text arrived: then it carries that text.
type signInForm struct {
	Email      string `form:"email"`
	Password   string `form:"password"`
	Next       string `form:"next"`
	Kept       string `form:"kept"`
	KeptAction string `form:"kept_action"`
	KeptKey    string `form:"kept_key"`
	Ticket     string `form:"ticket"` // of a passkey
	Credential string `form:"credential"`
}

// kept is a text that waits behind a sign-in: where it was going, under which
// key, so that it arrives there once.
type kept struct {
	Action, Key string
	Fields      []httpd.KeptField
}

// mostKept is how many fields a form of ours can have.
const mostKept = 64

func (f signInForm) kept() (k kept, err error) {
	if f.Kept == "" || f.KeptAction == "" {
		return k, nil
	}
	if err := json.Unmarshal([]byte(f.Kept), &k.Fields); err != nil || len(k.Fields) > mostKept {
		return k, errs.New(errs.Malformed, "common.malformed")
	}
	k.Action, k.Key = httpd.Next(f.KeptAction), f.KeptKey
	return k, nil
}

func (s *Service) showSignIn(c echo.Context) error {
	var in struct {
		Next string `query:"next"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if httpd.Actor(c).SignedIn() {
		return onward(c, in.Next)
	}
	return s.signInPage(c, nil, SignInView{Next: in.Next})
}

func (s *Service) signInPage(c echo.Context, err error, v SignInView) error {
	v.Providers, v.SignUp = s.providerViews(), withNext("/sign-up", v.Next)
	if s.demo {
		v.Demo, v.DemoPassword = DemoSignIns, DemoPassword
	}
	v.Key = s.keyView()
	return httpd.Page(c, signInPage, httpd.Head{Title: httpd.Say(c, "account.sign_in_title"), Err: err, Scripts: []string{"passkey"}}, v)
}

func (s *Service) postSignIn(c echo.Context) error {
	var f signInForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	k, err := f.kept()
	if err != nil {
		return err
	}
	o, err := s.SignIn(c.Request().Context(), Credentials{f.Email, f.Password, agent(c), httpd.SessionCookie(c)})
	return s.signedIn(c, f, k, o, err)
}

// signedIn answers a sign-in, whatever it was by.
func (s *Service) signedIn(c echo.Context, f signInForm, k kept, o Opened, err error) error {
	if err != nil {
		return s.signInPage(c, err, SignInView{
			Next: f.Next, Email: f.Email, Kept: k.Fields, KeptJSON: f.Kept, KeptAction: f.KeptAction, KeptKey: f.KeptKey,
		})
	}
	httpd.SetSession(c, o.Cookie, o.Expires)
	if len(k.Fields) > 0 {
		return handKept(c, k)
	}
	return onward(c, f.Next)
}

type keptKey struct{}

// handKept answers with the page of a kept text. Its form needs the token of
// the session that has just begun, so the page is made by a request of its own
// inside this one, which comes in with the new cookie.
func handKept(c echo.Context, k kept) error {
	req := c.Request()
	inner := req.Clone(context.WithValue(req.Context(), keptKey{}, k))
	inner.Method, inner.Body, inner.ContentLength = http.MethodGet, http.NoBody, 0
	inner.URL.Path, inner.URL.RawPath, inner.URL.RawQuery = "/sign-in/kept", "", ""
	inner.Form, inner.PostForm = nil, nil
	inner.Header.Del("Cookie")
	answer := http.Response{Header: c.Response().Header()}
	for _, x := range append(req.Cookies(), answer.Cookies()...) { // of one name, the last is read
		inner.AddCookie(&http.Cookie{Name: x.Name, Value: x.Value})
	}
	dropEarlier(inner)
	c.Echo().ServeHTTP(c.Response().Writer, inner)
	c.Response().Committed = true // the inner request has answered
	return nil
}

// dropEarlier keeps the last cookie of each name.
func dropEarlier(r *http.Request) {
	last := map[string]*http.Cookie{}
	var names []string
	for _, x := range r.Cookies() {
		if last[x.Name] == nil {
			names = append(names, x.Name)
		}
		last[x.Name] = x
	}
	r.Header.Del("Cookie")
	for _, n := range names {
		r.AddCookie(last[n])
	}
}

// showKept shows a text that was kept over a sign-in, ready to be sent. Asked
// for by itself there is nothing to show.
func (s *Service) showKept(c echo.Context) error {
	k, ok := c.Request().Context().Value(keptKey{}).(kept)
	if !ok {
		return errs.New(errs.NotFound, "common.not_found")
	}
	return httpd.Page(c, keptPage, httpd.Head{Title: httpd.Say(c, "error.kept_title")}, KeptView(k))
}

// postSignOut ends the session and has the browser forget what it holds of us,
// unsent texts included, unless their owner wants those to stay on the device.
func (s *Service) postSignOut(c echo.Context) error {
	if err := s.SignOut(c.Request().Context(), httpd.SessionCookie(c)); err != nil {
		return err
	}
	httpd.ClearSession(c)
	forget := `"cache", "cookies", "storage"`
	if c.Request().PostFormValue("drafts") == "keep" {
		forget = `"cache", "cookies"`
	}
	c.Response().Header().Set("Clear-Site-Data", forget)
	return httpd.SeeOther(c, "/")
}

func (s *Service) showReset(c echo.Context) error {
	var in struct {
		Token string `query:"token"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if in.Token == "" {
		return httpd.Page(c, resetPage, httpd.Head{Title: httpd.Say(c, "account.reset_title")}, ResetView{})
	}
	if err := s.Resettable(c.Request().Context(), in.Token); err != nil {
		return err
	}
	return httpd.Page(c, newPasswordPage, httpd.Head{Title: httpd.Say(c, "account.new_password_title")}, ConfirmView{Link: in.Token})
}

func (s *Service) postReset(c echo.Context) error {
	email := c.Request().PostFormValue("email")
	if err := s.AskReset(c.Request().Context(), email); err != nil {
		return httpd.Page(c, resetPage, httpd.Head{Title: httpd.Say(c, "account.reset_title"), Err: err}, ResetView{Email: email})
	}
	return httpd.SeeOther(c, "/sign-up/sent?what=reset")
}

func (s *Service) postResetPassword(c echo.Context) error {
	var in struct {
		Link     string `form:"link"`
		Password string `form:"password"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	err := s.Reset(c.Request().Context(), in.Link, in.Password)
	if errs.Is(err, errs.Invalid) {
		return httpd.Page(c, newPasswordPage, httpd.Head{Title: httpd.Say(c, "account.new_password_title"), Err: err}, ConfirmView{Link: in.Link})
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/sign-in?done=account_password_set")
}
