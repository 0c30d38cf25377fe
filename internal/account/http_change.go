package account

import (
	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// passwordForm is what the pages send that ask for the password once more.
type passwordForm struct {
	Current  string `form:"current_password"`
	Password string `form:"password"`
	Email    string `form:"email"`
	Next     string `form:"next"`
}

// ToStepUp reports an error that a step-up would mend: whoever gets it is sent to
// /me/step-up?next=… and comes back.
func ToStepUp(err error) bool { return errs.Of(err).Key == "account.step_up_first" }

func (s *Service) showEmail(c echo.Context) error { return s.emailPage(c, nil, "") }

func (s *Service) emailPage(c echo.Context, err error, typed string) error {
	a, ctx := httpd.Actor(c), c.Request().Context()
	all, ierr := s.Identities(ctx, a)
	if ierr != nil {
		return ierr
	}
	has, herr := s.HasPassword(ctx, a)
	if herr != nil {
		return herr
	}
	v := EmailView{Present: present(all), Email: typed, HasPassword: has}
	if i, ok := pending(all); ok {
		v.Pending = i.UID
	}
	return httpd.Page(c, emailPage, meHead(c, "account.email_title", err), v)
}

func (s *Service) postEmail(c echo.Context) error {
	var f passwordForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	err := s.ChangeAddress(c.Request().Context(), httpd.Actor(c), f.Email, f.Current)
	if ToStepUp(err) {
		return httpd.SeeOther(c, "/me/step-up?next=/me/email")
	}
	if err != nil {
		return s.emailPage(c, err, f.Email)
	}
	return httpd.SeeOther(c, "/me/email?done=account_link_sent")
}

func (s *Service) postResend(c echo.Context) error {
	if err := s.Resend(c.Request().Context(), httpd.Actor(c)); err != nil {
		return s.emailPage(c, err, "")
	}
	return httpd.SeeOther(c, "/me/email?done=account_link_sent")
}

func (s *Service) showPassword(c echo.Context) error { return s.passwordPage(c, nil) }

func (s *Service) passwordPage(c echo.Context, err error) error {
	has, herr := s.HasPassword(c.Request().Context(), httpd.Actor(c))
	if herr != nil {
		return herr
	}
	return httpd.Page(c, passwordPage, meHead(c, "account.password_title", err), PasswordView{HasPassword: has})
}

func (s *Service) postPassword(c echo.Context) error {
	var f passwordForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	err := s.ChangePassword(c.Request().Context(), httpd.Actor(c), f.Current, f.Password)
	if ToStepUp(err) {
		return httpd.SeeOther(c, "/me/step-up?next=/me/password")
	}
	if err != nil {
		return s.passwordPage(c, err)
	}
	return httpd.SeeOther(c, "/me?done=account_password")
}
