package account

import (
	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// signUpForm is what the pages of sign-up send. NameSeen is the handle that the
// page has already asked about, so that it asks once.
type signUpForm struct {
	Handle   string `form:"handle"`
	Email    string `form:"email"`
	Password string `form:"password"`
	Adult    string `form:"adult"`
	Terms    string `form:"terms"`
	Health   string `form:"health"`
	Mails    string `form:"mails"`
	NameSeen string `form:"name_seen"`
	Next     string `form:"next"`
	Ticket   string `form:"ticket"`
}

func (f signUpForm) draft(c echo.Context) Draft {
	d := Draft{
		Handle: f.Handle, Email: f.Email, Password: f.Password, Adult: f.Adult == "yes", Lang: httpd.Lang(c),
		NameIsFine: f.NameSeen != "" && f.NameSeen == f.Handle, Address: httpd.AddressBucket(c), Device: agent(c),
	}
	for purpose, v := range map[string]string{PurposeTerms: f.Terms, PurposeHealth: f.Health, PurposeMails: f.Mails} {
		if v == "yes" {
			d.Consents = append(d.Consents, purpose)
		}
	}
	return d
}

func (f signUpForm) view(err error) SignUpView {
	v := SignUpView{
		Handle: f.Handle, Email: f.Email, Adult: f.Adult == "yes", Terms: f.Terms == "yes", Health: f.Health == "yes", Mails: f.Mails == "yes",
		Next: f.Next, Ticket: f.Ticket,
	}
	for _, x := range errs.Of(err).Fields {
		if x.Key == handleLikeName || x.Key == handleLikeAddress {
			v.NameSeen = f.Handle
		}
	}
	return v
}

func (s *Service) showSignUp(c echo.Context) error {
	var in struct {
		Next string `query:"next"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if httpd.Actor(c).SignedIn() {
		return onward(c, in.Next)
	}
	handle, err := s.SuggestHandle(c.Request().Context())
	if err != nil {
		return err
	}
	return s.signUpPage(c, nil, SignUpView{Handle: handle, Suggested: true, Next: in.Next})
}

func (s *Service) signUpPage(c echo.Context, err error, v SignUpView) error {
	v.Providers, v.SignIn = s.providerViews(), withNext("/sign-in", v.Next)
	return httpd.Page(c, signUpPage, httpd.Head{Title: httpd.Say(c, "account.sign_up_title"), Description: httpd.Say(c, "account.sign_up_lede"), Err: err}, v)
}

func (s *Service) postSignUp(c echo.Context) error {
	var f signUpForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	if httpd.Actor(c).SignedIn() {
		return onward(c, f.Next)
	}
	key, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	o, err := s.SignUp(c.Request().Context(), f.draft(c), key)
	if err != nil {
		return s.signUpPage(c, err, f.view(err))
	}
	httpd.SetSession(c, o.Cookie, o.Expires)
	return httpd.SeeOther(c, withNext("/sign-up/sent", f.Next))
}

// showSent says that a mail is on its way. It says the same to everybody, and
// names no address: that would be the answer to a question nobody may ask.
func (s *Service) showSent(c echo.Context) error {
	var in struct {
		Next string `query:"next"`
		What string `query:"what"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	_, next := wording.Split(httpd.Next(in.Next))
	v := SentView{Next: next, SignedUp: in.What == "", Box: s.demo && s.mail.HasBox()}
	return httpd.Page(c, sentPage, httpd.Head{Title: httpd.Say(c, "account.sent_title")}, v)
}

func (s *Service) showConfirm(c echo.Context) error {
	var in struct {
		Token string `query:"token"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if err := s.Confirmable(c.Request().Context(), in.Token); err != nil {
		return err
	}
	return httpd.Page(c, confirmPage, httpd.Head{Title: httpd.Say(c, "account.confirm_title")}, ConfirmView{Link: in.Token})
}

func (s *Service) postConfirm(c echo.Context) error {
	id, err := s.Confirm(c.Request().Context(), c.Request().PostFormValue("link"))
	if err != nil {
		return err
	}
	if httpd.Actor(c).AccountID == id {
		return httpd.SeeOther(c, "/me?done=account_confirmed")
	}
	if httpd.Actor(c).SignedIn() { // as somebody else
		return httpd.SeeOther(c, "/me?done=account_confirmed_other")
	}
	return httpd.SeeOther(c, "/sign-in?done=account_confirmed")
}
