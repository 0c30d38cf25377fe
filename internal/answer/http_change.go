package answer

import (
	"html/template"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/web"
)

type changeIn struct {
	ID     int64  `param:"id"`
	Action string `form:"action"`
	Due    string `form:"due"`
	Proof  string `form:"proof"`
	Seen   string `form:"seen"`
}

func (s *Service) showChange(c echo.Context) error {
	var in changeIn
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.changePage(c, in, nil)
}

// changePage shows a promised change to everybody, and to those who can do
// something about it the form for that.
func (s *Service) changePage(c echo.Context, in changeIn, wrong error) error {
	ctx, a := c.Request().Context(), httpd.Actor(c)
	q := s.db.Read(ctx)
	r, err := findChange(q, in.ID)
	if err != nil {
		return err
	}
	by, err := findPromisedBy(q, r.Change)
	if err != nil {
		return err
	}
	v := ChangePageView{ChangeView: r.view(q.Now), Clinic: by.Name, ClinicPath: "/clinics/" + by.Slug, Experience: experiencePath(by.PublicID), ExperienceTitle: by.Title,
		NewDue: in.Due, NewProof: in.Proof}
	if _, err := speaker(a, r.OrganisationID); err == nil && r.MadeOn == nil {
		v.CanMake, v.CanMove = true, v.Overdue == 0
	}
	if a.SignedIn() && !a.Insider() && r.MadeOn != nil {
		_, err := s.mayTell(ctx, a, r.Change)
		if err != nil && !errs.Is(err, errs.Forbidden) {
			return err
		}
		v.CanTell = err == nil
	}
	return httpd.Page(c, changePage, httpd.Head{Title: r.Title, Place: "clinics", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.clinics"), Path: "/clinics"}, {Label: by.Name, Path: v.ClinicPath}, {Label: httpd.Say(c, "answer.change")}}}, v)
}

func (s *Service) postChange(c echo.Context) error {
	var in changeIn
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	var err error
	switch in.Action {
	case "delay":
		err = s.Delay(ctx, a, in.ID, in.Due)
	case "make":
		err = s.Make(ctx, a, in.ID, in.Proof)
	default:
		return errs.New(errs.Malformed, "common.malformed")
	}
	return s.changed(c, in, err)
}

func (s *Service) postSeen(c echo.Context) error {
	var in changeIn
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if in.Seen != "yes" && in.Seen != "no" {
		return s.changed(c, in, errs.Field("seen", "answer.choose_seen"))
	}
	return s.changed(c, in, s.See(c.Request().Context(), httpd.Actor(c), in.ID, in.Seen == "yes"))
}

func (s *Service) changed(c echo.Context, in changeIn, err error) error {
	switch {
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict):
		return s.changePage(c, in, err)
	case err != nil:
		return err
	}
	return httpd.SeeOther(c, Change{ID: in.ID}.path()+"?done=change_noted")
}

const deskRows = 100

// showDesk lists a clinic's experiences: those without an answer first, the
// oldest on top. Others do not find the place.
func (s *Service) showDesk(c echo.Context) error {
	q := s.db.Read(c.Request().Context())
	o, err := s.provider.FindClinic(q, c.Param("slug"))
	if err != nil {
		return err
	}
	if _, err := speaker(httpd.Actor(c), o.ID); err != nil {
		return errs.New(errs.NotFound, "provider.no_such_clinic")
	}
	v := DeskView{Name: o.Name, Now: q.Now}
	if v.Waiting, err = listToAnswer(q, o.ID, false, deskRows); err != nil {
		return err
	}
	if v.Answered, err = listToAnswer(q, o.ID, true, deskRows); err != nil {
		return err
	}
	if v.Changes, err = OfClinic(q, o.ID); err != nil {
		return err
	}
	return httpd.Page(c, deskPage, httpd.Head{Title: httpd.Say(c, "answer.desk_title", "clinic", o.Name), Place: "console", Crumbs: deskCrumbs(c, o)}, v)
}

func deskCrumbs(c echo.Context, o provider.Organisation) []web.Crumb {
	return []web.Crumb{{Label: httpd.Say(c, "nav.console"), Path: "/console/" + o.Slug}, {Label: httpd.Say(c, "answer.desk")}}
}

// showHistory shows every wording of an answer that was public.
func (s *Service) showHistory(c echo.Context) error {
	ctx := c.Request().Context()
	e, err := s.experience(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	q := s.db.Read(ctx)
	r, found, err := findAnswer(q, e.ID)
	if err != nil {
		return err
	}
	if !found || !e.Published || r.State != Shown {
		return errs.New(errs.NotFound, "answer.no_answer")
	}
	v := HistoryView{Back: e.Path + "#answer", Title: e.Title, Lang: r.Lang}
	if v.Before, err = listWordings(q, e.ID); err != nil {
		return err
	}
	v.Now = template.HTML(r.BodyHTML) // #nosec G203: text.Markdown made it
	title := httpd.Say(c, "answer.history_title")
	return httpd.Page(c, historyPage, httpd.Head{Title: title, Place: "experiences", Crumbs: []web.Crumb{{Label: e.Title, Path: e.Path}, {Label: title}}}, v)
}
