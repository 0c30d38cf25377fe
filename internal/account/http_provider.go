package account

import (
	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

func (s *Service) providerViews() (out []ProviderView) {
	for _, name := range s.order {
		out = append(out, ProviderView{Name: name, Label: s.providers[name].label})
	}
	return out
}

func browser(c echo.Context) Browser { return browserOf(httpd.FormCookie(c)) }

// startProvider leads to a provider. The way back has no language in its
// address, so where to go then carries it.
func (s *Service) startProvider(c echo.Context) error {
	a := httpd.Actor(c)
	next := c.Request().PostFormValue("next")
	if a.SignedIn() {
		next = "/me?done=account_linked"
	}
	_, next = wording.Split(httpd.Next(next))
	to, err := s.StartSignIn(c.Request().Context(), a, browser(c), c.Param("provider"), wording.Path(httpd.Lang(c), next))
	if ToStepUp(err) {
		return httpd.SeeOther(c, "/me/step-up?next=/me")
	}
	if err != nil {
		return err
	}
	return c.Redirect(303, to)
}

func (s *Service) finishProvider(c echo.Context) error {
	r, err := s.FinishSignIn(c.Request().Context(), httpd.Actor(c), browser(c), c.Param("provider"), c.QueryParams(),
		Credentials{Device: agent(c), OldCookie: httpd.SessionCookie(c)})
	if err != nil {
		return err
	}
	lang, _ := wording.Split(r.Next)
	if r.Ticket != "" {
		return c.Redirect(303, wording.Path(lang, "/sign-up/finish?ticket="+r.Ticket))
	}
	if !r.Linked {
		httpd.SetSession(c, r.Opened.Cookie, r.Opened.Expires)
	}
	return c.Redirect(303, httpd.Next(r.Next))
}

// showFinish asks somebody whom a provider knows for what the provider cannot
// say: a handle and the consents.
func (s *Service) showFinish(c echo.Context) error {
	var in struct {
		Ticket string `query:"ticket"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	handle, err := s.SuggestHandle(c.Request().Context())
	if err != nil {
		return err
	}
	return s.finishPage(c, nil, SignUpView{Handle: handle, Suggested: true, Ticket: in.Ticket})
}

func (s *Service) finishPage(c echo.Context, err error, v SignUpView) error {
	g, gerr := s.Guest(c.Request().Context(), browser(c), v.Ticket)
	if gerr != nil {
		return gerr
	}
	v.Guest = g
	if v.Email == "" {
		v.Email = g.Email
	}
	return httpd.Page(c, finishPage, httpd.Head{Title: httpd.Say(c, "account.finish_title"), Err: err}, v)
}

func (s *Service) postFinish(c echo.Context) error {
	var f signUpForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	o, next, err := s.JoinAsGuest(c.Request().Context(), browser(c), f.Ticket, f.draft(c))
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooMany) {
		return s.finishPage(c, err, f.view(err))
	}
	if err != nil {
		return err
	}
	httpd.SetSession(c, o.Cookie, o.Expires)
	return onward(c, next)
}

func (s *Service) postUnlink(c echo.Context) error {
	var in struct {
		ID int64 `form:"id"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	err := s.Unlink(c.Request().Context(), httpd.Actor(c), in.ID)
	if ToStepUp(err) {
		return httpd.SeeOther(c, "/me/step-up?next=/me")
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me?done=account_unlinked")
}
