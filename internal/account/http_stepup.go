package account

import (
	"encoding/json"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
)

func (s *Service) showStepUpShort(c echo.Context) error {
	var in struct {
		Next string `query:"next"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return httpd.SeeOther(c, withNext("/me/step-up", in.Next))
}

func (s *Service) showStepUp(c echo.Context) error {
	var in struct {
		Next string `query:"next"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.stepUpPage(c, StepUpView{Next: in.Next}, nil)
}

// AskStepUp answers a form that needs a step-up first with the page for one,
// which carries what the form said: after the step-up it lies there ready to be
// sent again.
func (s *Service) AskStepUp(c echo.Context) error {
	action, key, fields := httpd.KeptForm(c)
	b, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return s.stepUpPage(c, StepUpView{Next: "/me", Kept: fields, KeptJSON: string(b), KeptAction: action, KeptKey: key}, errs.New(errs.Forbidden, "account.step_up_first"))
}

// stepUpPage shows how somebody can show that it is them.
func (s *Service) stepUpPage(c echo.Context, v StepUpView, wrong error) error {
	w, err := s.Ways(s.db.Read(c.Request().Context()), httpd.Actor(c))
	if err != nil {
		return err
	}
	v.Next, v.Ways, v.Key, v.Demo = httpd.Next(v.Next), w, s.keyView(), s.demo
	h := meHead(c, "account.step_up_title", wrong)
	h.Scripts = []string{"passkey"}
	return httpd.Page(c, stepUpPage, h, v)
}

func (s *Service) postStepUp(c echo.Context) error {
	var f passwordForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	o, err := s.StepUp(c.Request().Context(), httpd.Actor(c), f.Current)
	return s.risen(c, o, err, f.Next)
}

func (s *Service) startStepUp(c echo.Context) error {
	x, err := s.BeginStepUp(c.Request().Context(), httpd.Actor(c))
	if err != nil {
		return err
	}
	return PasskeyAsked(c, x)
}

func (s *Service) postStepUpPasskey(c echo.Context) error {
	var f keyForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	o, err := s.StepUpByPasskey(c.Request().Context(), httpd.Actor(c), f.answer())
	return s.risen(c, o, err, f.Next)
}

func (s *Service) postStepUpCode(c echo.Context) error {
	var f struct {
		Code string `form:"code"`
		Next string `form:"next"`
	}
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	o, err := s.StepUpByCode(c.Request().Context(), httpd.Actor(c), f.Code)
	return s.risen(c, o, err, f.Next)
}

// risen answers a step-up, whatever it was by.
func (s *Service) risen(c echo.Context, o Opened, err error, next string) error {
	f := signInForm{Kept: c.FormValue("kept"), KeptAction: c.FormValue("kept_action"), KeptKey: c.FormValue("kept_key")}
	k, unread := f.kept()
	if unread != nil {
		return unread
	}
	if err != nil {
		return s.stepUpPage(c, StepUpView{Next: next, Kept: k.Fields, KeptJSON: f.Kept, KeptAction: f.KeptAction, KeptKey: f.KeptKey}, err)
	}
	httpd.SetSession(c, o.Cookie, o.Expires)
	if len(k.Fields) > 0 {
		return handKept(c, k)
	}
	return onward(c, next)
}
