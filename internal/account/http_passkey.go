package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// keyForm is what the pages send that ask for a passkey.
type keyForm struct {
	Ticket     string `form:"ticket"`
	Credential string `form:"credential"`
	Name       string `form:"name"`
	Next       string `form:"next"`
	ID         int64  `form:"id"`
}

func (f keyForm) answer() Answer { return Answer{f.Ticket, f.Credential} }

// ceremonyOut is what static/js/passkey.js gets before it asks for a passkey.
type ceremonyOut struct {
	Ticket  string `json:"ticket"`
	Options any    `json:"options"`
}

// PasskeyAsked answers the script of a page that asks for a passkey.
func PasskeyAsked(c echo.Context, x Ceremony) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, ceremonyOut{x.Ticket, x.Options})
}

// startLimit bounds the ceremonies that one address begins.
var startLimit = httpd.Limit{Name: "passkey start", Rates: []httpd.Rate{{N: 30, Per: 60e9}, {N: 300, Per: 3600e9}}, By: httpd.ByAddress}

func (s *Service) passkeyRoutes() []httpd.Route {
	const anyone, member = access.Anyone, access.Member
	start := []httpd.Limit{startLimit}
	return []httpd.Route{
		{Method: "POST", Path: "/sign-in/passkey/start", Gate: anyone, Do: s.startPasskeySignIn, Limits: start, Resting: true},
		{Method: "POST", Path: "/sign-in/passkey", Gate: anyone, Do: s.postPasskeySignIn, Limits: []httpd.Limit{signInLimit}, Resting: true, Body: keptBody},
		{Method: "GET", Path: "/step-up", Gate: member, Do: s.showStepUpShort},
		{Method: "GET", Path: "/me/step-up", Gate: member, Do: s.showStepUp},
		{Method: "POST", Path: "/me/step-up", Gate: member, Do: s.postStepUp, Body: keptBody, Resting: true},
		{Method: "POST", Path: "/me/step-up/code", Gate: member, Do: s.postStepUpCode, Body: keptBody, Resting: true},
		{Method: "POST", Path: "/me/step-up/passkey", Gate: member, Do: s.postStepUpPasskey, Body: keptBody, Resting: true},
		{Method: "POST", Path: "/me/step-up/passkey/start", Gate: member, Do: s.startStepUp, Limits: start, Resting: true},
		{Method: "GET", Path: "/me/passkeys", Gate: member, Do: s.showPasskeys},
		{Method: "POST", Path: "/me/passkeys", Gate: member, Do: s.postPasskey},
		{Method: "POST", Path: "/me/passkeys/start", Gate: member, Do: s.startPasskey, Limits: start},
		{Method: "POST", Path: "/me/passkeys/remove", Gate: member, Do: s.postRemovePasskey},
		{Method: "POST", Path: "/me/passkeys/codes", Gate: member, Do: s.postCodes},
	}
}

func (s *Service) startPasskeySignIn(c echo.Context) error {
	x, err := s.BeginSignIn(c.Request().Context())
	if err != nil {
		return err
	}
	return PasskeyAsked(c, x)
}

func (s *Service) postPasskeySignIn(c echo.Context) error {
	var f signInForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	k, err := f.kept()
	if err != nil {
		return err
	}
	o, err := s.SignInByPasskey(c.Request().Context(), Answer{f.Ticket, f.Credential}, agent(c), httpd.SessionCookie(c))
	return s.signedIn(c, f, k, o, err)
}

func (s *Service) startPasskey(c echo.Context) error {
	x, err := s.BeginPasskey(c.Request().Context(), httpd.Actor(c))
	if err != nil {
		return err
	}
	return PasskeyAsked(c, x)
}

func (s *Service) showPasskeys(c echo.Context) error { return s.passkeysPage(c, nil, "") }

func (s *Service) passkeysPage(c echo.Context, wrong error, name string) error {
	a, ctx := httpd.Actor(c), c.Request().Context()
	all, err := s.Passkeys(ctx, a)
	if err != nil {
		return err
	}
	w, err := s.Ways(s.db.Read(ctx), a)
	if err != nil {
		return err
	}
	v := PasskeysView{Passkeys: all, Ways: w, Key: s.keyView(), Name: name, Fresh: NeedStepUp(a, s.db.Now()) == nil, Full: len(all) >= maxPasskeys, Stays: canRemovePasskey(w) != nil}
	h := meHead(c, "account.passkeys_title", wrong)
	h.Scripts = []string{"passkey"}
	return httpd.Page(c, passkeysPage, h, v)
}

// keyView is what a form needs to ask for a passkey.
func (s *Service) keyView() KeyView {
	host, origin := s.PasskeyHost()
	return KeyView{host, origin}
}

const toPasskeys = "/me/step-up?next=/me/passkeys"

func (s *Service) postPasskey(c echo.Context) error {
	var f keyForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	err := s.AddPasskey(c.Request().Context(), httpd.Actor(c), f.Name, agent(c), f.answer())
	if ToStepUp(err) {
		return httpd.SeeOther(c, toPasskeys)
	}
	if err != nil {
		return s.passkeysPage(c, err, f.Name)
	}
	return httpd.SeeOther(c, "/me/passkeys?done=account_passkey_added")
}

func (s *Service) postRemovePasskey(c echo.Context) error {
	var f keyForm
	if err := httpd.Bind(c, &f); err != nil {
		return err
	}
	err := s.RemovePasskey(c.Request().Context(), httpd.Actor(c), f.ID)
	if ToStepUp(err) {
		return httpd.SeeOther(c, toPasskeys)
	}
	if err != nil {
		return s.passkeysPage(c, err, "")
	}
	return httpd.SeeOther(c, "/me/passkeys?done=account_passkey_removed")
}

// postCodes shows the codes in its answer, because they are kept nowhere and so
// cannot be shown by a page after it.
func (s *Service) postCodes(c echo.Context) error {
	key, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	codes, err := s.MakeRecoveryCodes(c.Request().Context(), httpd.Actor(c), key)
	if ToStepUp(err) {
		return httpd.SeeOther(c, toPasskeys)
	}
	if errs.Is(err, errs.Conflict) {
		return s.passkeysPage(c, err, "")
	}
	if err != nil {
		return err
	}
	h := meHead(c, "account.codes_title", nil)
	h.Status = http.StatusCreated
	return httpd.Page(c, codesPage, h, CodesView{codes})
}
