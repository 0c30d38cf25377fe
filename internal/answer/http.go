package answer

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/web"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return append([]httpd.Route{
		{Method: http.MethodGet, Path: "/experiences/:id/answer", Gate: access.Member, Do: s.showForm},
		{Method: http.MethodPost, Path: "/experiences/:id/answer", Gate: access.Member, Do: s.postAnswer},
		{Method: http.MethodPost, Path: "/experiences/:id/answer/standing", Gate: access.Member, Do: s.postStanding},
		{Method: http.MethodGet, Path: "/experiences/:id/answer/history", Gate: access.Anyone, Do: s.showHistory},
		{Method: http.MethodGet, Path: "/changes/:id", Gate: access.Anyone, Do: s.showChange},
		{Method: http.MethodPost, Path: "/changes/:id", Gate: access.Member, Do: s.postChange},
		{Method: http.MethodPost, Path: "/changes/:id/seen", Gate: access.Member, Do: s.postSeen},
		{Method: http.MethodGet, Path: "/console/:slug/experiences", Gate: access.Member, Do: s.showDesk},
	}, s.apiRoutes()...)
}

func (s *Service) showForm(c echo.Context) error { return s.form(c, typed{}, nil) }

// typed is what somebody wrote into one of the forms.
type typed struct {
	Body, Title, Due string
	Spots            []text.Spot // what the last answer was held for
	Status           int
}

// form is the page on which a clinic's people answer one experience.
func (s *Service) form(c echo.Context, in typed, wrong error) error {
	ctx, lang := c.Request().Context(), httpd.Lang(c)
	e, _, err := s.subject(ctx, httpd.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	q := s.db.Read(ctx)
	r, found, err := findAnswer(q, e.ID)
	if err != nil {
		return err
	}
	o, err := s.provider.FindOrganisation(q, e.OrganisationID)
	if err != nil {
		return err
	}
	v := FormView{Title: e.Title, Experience: e.Path, Path: e.Path + "/answer", Body: in.Body, ChangeTitle: in.Title, Due: in.Due, MaxBody: MaxBody, Found: found, Now: q.Now,
		Neutral: httpd.Say(c, "answer.neutral", "clinic", o.Name)}
	if found {
		if err := s.fill(q, lang, &v, r, in); err != nil {
			return err
		}
	}
	title := httpd.Say(c, "answer.form_title")
	return httpd.Page(c, formPage, httpd.Head{Title: title, Place: "console", Err: wrong, Status: in.Status,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.console"), Path: "/console/" + o.Slug}, {Label: httpd.Say(c, "answer.desk"), Path: "/console/" + o.Slug + "/experiences"}, {Label: title}}}, v)
}

// fill adds the answer that is there.
func (s *Service) fill(q *db.Tx, lang string, v *FormView, r answerRow, in typed) error {
	v.State, v.Standing, v.Version, v.By = r.State, r.Standing, r.Version, r.author().Byline(lang)
	if r.State == Refused || r.State == Hidden {
		v.Why = r.HiddenWhy
	}
	if v.Body == "" {
		v.Body = r.Body
	}
	_, v.CanLook = next(r.Standing, look)
	v.CanLook = v.CanLook && r.State == Shown
	v.CanPromise = r.State == Shown
	if r.State == Held {
		known, err := s.known(q, r.ExperienceID)
		if err != nil {
			return err
		}
		if in.Spots == nil {
			in.Spots = text.Guard(r.Body, known)
		}
		v.Marked = text.Mark(r.Body, in.Spots)
	}
	rows, err := listChanges(q, r.ExperienceID)
	for _, c := range rows {
		v.Changes = append(v.Changes, c.view(q.Now))
	}
	return err
}

func (s *Service) postAnswer(c echo.Context) error {
	var in struct {
		Body    string `form:"body"`
		Version int    `form:"version"` // of the answer that is edited; 0: there is none yet
	}
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	ctx, a, id := c.Request().Context(), httpd.Actor(c), c.Param("id")
	var said Said
	if in.Version == 0 {
		said, err = s.Answer(ctx, a, id, in.Body, key)
	} else {
		said, err = s.Edit(ctx, a, id, in.Body, in.Version)
	}
	switch {
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict):
		return s.form(c, typed{Body: in.Body}, err)
	case err != nil:
		return err
	case said.State == Held:
		return s.form(c, typed{Spots: said.Spots, Status: http.StatusAccepted}, nil)
	}
	return httpd.SeeOther(c, experiencePath(id)+"?done=answered_experience#answer")
}

func (s *Service) postStanding(c echo.Context) error {
	var in struct {
		Action string `form:"action"`
		Title  string `form:"title"`
		Due    string `form:"due"`
	}
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	ctx, a, id := c.Request().Context(), httpd.Actor(c), c.Param("id")
	switch in.Action {
	case "look":
		err = s.LookInto(ctx, a, id)
	case "promise":
		_, err = s.Promise(ctx, a, id, Promise{in.Title, in.Due}, key)
	default:
		return errs.New(errs.Malformed, "common.malformed")
	}
	switch {
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict):
		return s.form(c, typed{Title: in.Title, Due: in.Due}, err)
	case err != nil:
		return err
	}
	return httpd.SeeOther(c, experiencePath(id)+"/answer?done=answer_standing")
}
