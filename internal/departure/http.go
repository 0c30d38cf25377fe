package departure

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/me/export", Gate: access.Member, Do: s.showExport},
		{Method: "POST", Path: "/me/export", Gate: access.Member, Do: s.postExport},
		{Method: "POST", Path: "/me/export/fetch", Gate: access.Member, Do: s.postFetch, Limits: fetchLimits},
		{Method: "GET", Path: "/me/leave", Gate: access.Member, Do: s.showLeave},
		{Method: "POST", Path: "/me/leave", Gate: access.Member, Do: s.postLeave},
		{Method: "POST", Path: "/me/leave/stay", Gate: access.Member, Do: s.postStay},
	}
}

// fetchLimits make trying passphrases pointless twice over: they have 256 bits.
var fetchLimits = []httpd.Limit{{Name: "export fetch", By: httpd.ByAccount, Rates: []httpd.Rate{{N: 10, Per: time.Hour}}}}

func head(c echo.Context, title string, err error) httpd.Head {
	return httpd.Head{Title: httpd.Say(c, title), Place: "me", Err: err, Crumbs: []web.Crumb{
		{Label: httpd.Say(c, "account.me_title"), Path: "/me"}, {Label: httpd.Say(c, title)}}}
}

func (s *Service) showExport(c echo.Context) error { return s.exportForm(c, "", nil) }

func (s *Service) exportForm(c echo.Context, passphrase string, wrong error) error {
	e, there, err := s.Last(c.Request().Context(), httpd.Actor(c))
	if err != nil {
		return err
	}
	v := ExportView{Passphrase: passphrase, Asked: there, MayAsk: passphrase == "" && (!there || s.db.Now().Sub(e.AskedAt) >= exportRest)}
	if there {
		v.Ready, v.Done, v.Total, v.AskedAt, v.GoneAt = e.ReadyAt != nil, e.Done, e.Total, e.AskedAt, e.AskedAt.Add(exportLife)
	}
	return httpd.Page(c, exportPage, head(c, "departure.export_title", wrong), v)
}

// stepUp sends whoever has to show again who they are, and then on to next.
func stepUp(c echo.Context, next string) error { return httpd.SeeOther(c, "/me/step-up?next="+next) }

// postExport shows the passphrase in its answer, because it is kept nowhere and
// so cannot be shown by a page after it.
func (s *Service) postExport(c echo.Context) error {
	passphrase, err := s.Ask(c.Request().Context(), httpd.Actor(c))
	if account.ToStepUp(err) {
		return stepUp(c, "/me/export")
	}
	if errs.Is(err, errs.TooMany) {
		return s.exportForm(c, "", err)
	}
	if err != nil {
		return err
	}
	return s.exportForm(c, passphrase, nil)
}

func (s *Service) postFetch(c echo.Context) error {
	zip, err := s.Fetch(c.Request().Context(), httpd.Actor(c), c.Request().PostFormValue("passphrase"))
	if errs.Is(err, errs.Invalid) {
		return s.exportForm(c, "", err)
	}
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="caravan-export.zip"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/zip", zip)
}

func (s *Service) showLeave(c echo.Context) error {
	a := httpd.Actor(c)
	if account.NeedStepUp(a, s.db.Now()) != nil {
		return stepUp(c, "/me/leave")
	}
	d, there, err := s.Leaving(c.Request().Context(), a)
	if err != nil {
		return err
	}
	return httpd.Page(c, leavePage, head(c, "departure.leave_title", nil), LeaveView{Leaving: there, Texts: d.Texts, DueAt: d.DueAt, Days: int(Grace.Hours() / 24)})
}

func (s *Service) postLeave(c echo.Context) error {
	err := s.Leave(c.Request().Context(), httpd.Actor(c), c.Request().PostFormValue("texts") == "take")
	if account.ToStepUp(err) {
		return stepUp(c, "/me/leave")
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me/leave?done=departure_leaving")
}

func (s *Service) postStay(c echo.Context) error {
	if err := s.Stay(c.Request().Context(), httpd.Actor(c)); err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me?done=departure_stays")
}
