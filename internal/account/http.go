package account

import (
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/wording"
)

// keptBody is how large a sign-in form may be: it can carry a text that was
// sent when the session had ended.
const keptBody = 1 << 20

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	const anyone, member = access.Anyone, access.Member
	signIn := []httpd.Limit{signInLimit}
	routes := []httpd.Route{
		{Method: "GET", Path: "/sign-up", Gate: anyone, Do: s.showSignUp},
		{Method: "POST", Path: "/sign-up", Gate: anyone, Do: s.postSignUp},
		{Method: "GET", Path: "/sign-up/sent", Gate: anyone, Do: s.showSent},
		{Method: "GET", Path: "/sign-up/finish", Gate: anyone, Do: s.showFinish},
		{Method: "POST", Path: "/sign-up/finish", Gate: anyone, Do: s.postFinish},
		{Method: "GET", Path: "/sign-in", Gate: anyone, Do: s.showSignIn},
		{Method: "POST", Path: "/sign-in", Gate: anyone, Do: s.postSignIn, Limits: signIn, Body: keptBody, Resting: true},
		{Method: "GET", Path: "/sign-in/kept", Gate: member, Do: s.showKept},
		{Method: "POST", Path: "/sign-in/:provider", Gate: anyone, Do: s.startProvider, Resting: true},
		{Method: "GET", Path: "/sign-in/:provider/callback", Gate: anyone, Do: s.finishProvider},
		{Method: "POST", Path: "/sign-out", Gate: anyone, Do: s.postSignOut, Resting: true},
		{Method: "GET", Path: "/confirm", Gate: anyone, Do: s.showConfirm},
		{Method: "POST", Path: "/confirm", Gate: anyone, Do: s.postConfirm},
		{Method: "GET", Path: "/reset", Gate: anyone, Do: s.showReset},
		{Method: "POST", Path: "/reset", Gate: anyone, Do: s.postReset},
		{Method: "POST", Path: "/reset/password", Gate: anyone, Do: s.postResetPassword},

		{Method: "GET", Path: "/me", Gate: member, Do: s.showMe},
		{Method: "POST", Path: "/me/language", Gate: member, Do: s.postLanguage},
		{Method: "POST", Path: "/me/consents", Gate: member, Do: s.postConsent},
		{Method: "GET", Path: "/me/email", Gate: member, Do: s.showEmail},
		{Method: "POST", Path: "/me/email", Gate: member, Do: s.postEmail},
		{Method: "POST", Path: "/me/email/resend", Gate: member, Do: s.postResend},
		{Method: "GET", Path: "/me/password", Gate: member, Do: s.showPassword},
		{Method: "POST", Path: "/me/password", Gate: member, Do: s.postPassword},
		{Method: "GET", Path: "/me/sessions", Gate: member, Do: s.showSessions},
		{Method: "POST", Path: "/me/sessions/end", Gate: member, Do: s.postEndSession, Resting: true},
		{Method: "POST", Path: "/me/sessions/end-others", Gate: member, Do: s.postEndOthers, Resting: true},
		{Method: "POST", Path: "/me/sign-ins/remove", Gate: member, Do: s.postUnlink},
	}
	if s.demo {
		routes = append(routes, httpd.Route{Method: "GET", Path: "/demo/mail", Gate: anyone, Do: s.showBox})
	}
	return slices.Concat(routes, s.passkeyRoutes(), s.operations())
}

// Topics are none: what concerns an account goes over its notifications.
func (s *Service) Topics() []live.Topic { return nil }

// onward sends the browser to where it was going. Next may carry a language of
// its own; the page is shown in the language of the form.
func onward(c echo.Context, next string) error {
	_, rest := wording.Split(httpd.Next(next))
	return httpd.SeeOther(c, rest)
}

// withNext adds where to go afterwards to a path of ours.
func withNext(path, next string) string {
	if next = httpd.Next(next); next == "/" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

func agent(c echo.Context) string { return device(c.Request().UserAgent()) }
