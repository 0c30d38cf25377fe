package visit

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/v", Gate: access.Anyone, Do: s.showTry},
		{Method: http.MethodPost, Path: "/v", Gate: access.Member, Do: s.postTry, Limits: TryLimits, Body: 4 << 10},
		{Method: http.MethodGet, Path: "/console/:slug/codes", Gate: access.Member, Do: s.showCodes},
		{Method: http.MethodPost, Path: "/console/:slug/codes", Gate: access.Member, Do: s.postBatch},
		{Method: http.MethodPost, Path: "/console/:slug/codes/sign", Gate: access.Member, Do: s.startSign},
		{Method: http.MethodPost, Path: "/console/:slug/codes/patients", Gate: access.Member, Do: s.postDeclare},
	}
}

// showTry is where a QR code leads. The code stands behind the # of the
// address, which browsers keep to themselves; a script moves it into the form.
func (s *Service) showTry(c echo.Context) error { return s.tryForm(c, nil) }

// tryForm never shows a code again: whatever was typed, the answer to a code
// that cannot be used is the same to the last byte.
func (s *Service) tryForm(c echo.Context, wrong error) error {
	return httpd.Page(c, tryPage, httpd.Head{Title: httpd.Say(c, "visit.try_title"), Place: "experiences", Err: wrong, Scripts: []string{"visit"}},
		TryView{SignedIn: httpd.Actor(c).SignedIn(), Refused: wrong != nil})
}

func (s *Service) postTry(c echo.Context) error {
	var in struct {
		Code string `form:"code"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	facts, err := s.Look(ctx, a, in.Code)
	if errs.Is(err, errs.Invalid) {
		return s.tryForm(c, err)
	}
	if err != nil {
		return err
	}
	path, err := s.drafts.StartWithCode(ctx, a, facts)
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, path)
}
