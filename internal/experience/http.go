package experience

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/wording"
	"caravan/web"
)

// readRoutes are the pages to read.
func (s *Service) readRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/experiences", Gate: access.Anyone, Do: s.showList, Cache: httpd.Public(queryNames...)},
		{Method: "GET", Path: "/experiences/:id", Gate: access.Anyone, Do: s.show, Cache: httpd.Public()},
		{Method: "GET", Path: "/experiences/:id/history", Gate: access.Anyone, Do: s.showWordings, Cache: httpd.Public()},
		{Method: "POST", Path: "/experiences/:id/helpful", Gate: access.Member, Do: s.postVote},
		{Method: "GET", Path: "/compare", Gate: access.Anyone, Do: s.compare},
	}
}

// filterOf is a query with its codes and slugs looked up. A procedure, place or
// clinic that does not exist narrows nothing and leaves the address.
func (s *Service) filterOf(ctx context.Context, in *query) (f Filter, clinic provider.Organisation, err error) {
	f = Filter{Level: in.Level, Harm: in.Harm, Outcome: in.Outcome, Gap: in.Gap, Consent: in.Consent, Interpreter: in.Interpreter, Nights: in.Nights, Sort: in.Sort, After: in.After, Limit: listSize}
	if p, ok := s.provider.Procedure(in.Procedure); ok {
		f.Procedure = p.ID
	} else {
		in.Procedure = ""
	}
	in.Specialty = ""
	if d, ok := s.provider.Destination(in.Destination); ok {
		f.Destination = d.ISO
	} else {
		in.Destination = ""
	}
	if in.Clinic != "" {
		clinic, err = s.provider.FindClinic(s.db.Read(ctx), in.Clinic)
		if errs.Is(err, errs.NotFound) {
			in.Clinic, err = "", nil
		}
		f.Organisation = clinic.ID
	}
	return f, clinic, err
}

func (s *Service) showList(c echo.Context) error {
	var in query
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	in.clean()
	lang, ctx := httpd.Lang(c), c.Request().Context()
	html, err := s.kept.lists.Take(ctx, fmt.Sprint(lang, in), func(ctx context.Context) (html template.HTML, err error) {
		f, clinic, err := s.filterOf(ctx, &in)
		if err != nil {
			return "", err
		}
		rows, count, err := listExperiences(s.db.Read(ctx), f)
		if err != nil {
			return "", err
		}
		return listingPart.HTML(lang, *s.listView(lang, in, clinic, rows, count))
	})
	if err != nil {
		return err
	}
	return httpd.Page(c, listPage, httpd.Head{
		Title: httpd.Say(c, "experience.read_list_title"), Description: httpd.Say(c, "experience.read_list_description"), Place: "experiences",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.experiences")}},
	}, ListPage{html})
}

type address struct {
	ID    string `param:"id"`
	Value int    `form:"value"`
}

// found reads an address and what stands there for this reader.
func (s *Service) found(c echo.Context) (in address, h head, err error) {
	if err = httpd.Bind(c, &in); err != nil {
		return in, h, err
	}
	if !validID(in.ID) {
		return in, h, errNone
	}
	h, err = findHead(s.db.Read(c.Request().Context()), in.ID, httpd.Actor(c).PersonID)
	if err == nil && (h.State == Submitted || h.State == SentBack) {
		err = errNone
	}
	return in, h, err
}

func (s *Service) show(c echo.Context) error {
	in, h, err := s.found(c)
	if err != nil {
		return err
	}
	if h.State != Published {
		return s.showGone(c, h)
	}
	lang, a := httpd.Lang(c), httpd.Actor(c)
	if a.SignedIn() && c.QueryParam("done") != "" {
		s.forgetBody(lang, in.ID, h)
	}
	b, err := s.body(c.Request().Context(), lang, in.ID, h)
	if err != nil {
		return err
	}
	v := ShowView{pageBody: b, Helpful: h.Helpful, HelpfulOf: h.HelpfulOf, SignedIn: a.SignedIn(), Own: h.Own, Vote: -1}
	if h.Vote != nil {
		v.Vote = int(*h.Vote)
	}
	for _, w := range a.Works {
		v.Staff = v.Staff || "/clinics/"+w.Slug == b.ClinicPath
	}
	v.SignIn = "/sign-in?next=" + url.QueryEscape(wording.Path(lang, v.Path)+"#helped")
	return httpd.Page(c, showPage, httpd.Head{
		Title: httpd.Say(c, "experience.read_title", "treatment", b.Treatment, "name", b.Pseudonym), Description: b.Title, Place: "experiences",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.experiences"), Path: "/experiences"}, {Label: b.Clinic, Path: b.ClinicPath}, {Label: b.Pseudonym}},
	}, v)
}

func (s *Service) showGone(c echo.Context, h head) error {
	v, err := s.goneView(s.db.Read(c.Request().Context()), httpd.Lang(c), h)
	if err != nil {
		return err
	}
	return httpd.Page(c, gonePage, httpd.Head{
		Title: httpd.Say(c, "experience.read_gone_title"), Place: "experiences", Status: http.StatusGone,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.experiences"), Path: "/experiences"}, {Label: v.Clinic, Path: v.ClinicPath}},
	}, v)
}

func (s *Service) showWordings(c echo.Context) error {
	in, h, err := s.found(c)
	if err != nil {
		return err
	}
	if h.State != Published {
		return s.showGone(c, h)
	}
	v, err := s.wordings(s.db.Read(c.Request().Context()), httpd.Lang(c), in.ID, h.ID)
	if err != nil {
		return err
	}
	return httpd.Page(c, changesPage, httpd.Head{
		Title: httpd.Say(c, "experience.read_history"), Place: "experiences",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.experiences"), Path: "/experiences"}, {Label: v.Wordings[0].Title, Path: v.Path}, {Label: httpd.Say(c, "experience.read_history")}},
	}, v)
}

func (s *Service) postVote(c echo.Context) error {
	var in address
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	v, err := s.Vote(c.Request().Context(), httpd.Actor(c), in.ID, in.Value)
	if err != nil {
		return err
	}
	if httpd.WantsPart(c) {
		return c.JSON(http.StatusOK, map[string]any{"value": v.Value, "helpful": v.Helpful, "helpful_of": v.HelpfulOf, "counted": v.Counted})
	}
	done := "voted"
	if !v.Counted {
		done = "voted_uncounted"
	}
	return httpd.SeeOther(c, Path(in.ID)+"?done="+done+"#helped")
}

func (s *Service) compare(c echo.Context) error {
	q := c.QueryParams()
	v, err := s.compareView(c.Request().Context(), httpd.Lang(c), q["clinic"], q.Get("procedure"))
	if err != nil {
		return err
	}
	return httpd.Page(c, comparePage, httpd.Head{
		Title: httpd.Say(c, "experience.read_compare"), Description: httpd.Say(c, "experience.read_compare_lede"), Place: "clinics",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.clinics"), Path: "/clinics"}, {Label: httpd.Say(c, "experience.read_compare")}},
	}, v)
}

// isMissing reports whether something does not exist, or not for everybody.
func isMissing(err error) bool { return errs.Is(err, errs.NotFound) }
