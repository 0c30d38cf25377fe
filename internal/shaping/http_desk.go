package shaping

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

// deskRoutes are where a provider answers and signs.
func (s *Service) deskRoutes() []httpd.Route {
	return slices.Concat([]httpd.Route{
		{Method: http.MethodGet, Path: "/console/:slug/packages", Gate: access.Member, Do: s.showDeskList},
		{Method: http.MethodGet, Path: "/console/:slug/packages/:package", Gate: access.Member, Do: s.showDesk},
		{Method: http.MethodPost, Path: "/console/:slug/packages/:package", Gate: access.Member, Do: s.postDesk},
	}, s.bindRoutes(), s.ownRoutes(), s.signatoryRoutes(), s.wishAPI())
}

// errNoDesk is what everybody is told who does not work there, and of what does
// not exist.
var errNoDesk = errs.New(errs.NotFound, "provider.no_such_clinic")

// atDesk is the tie of somebody to the provider of the address. Facilitators
// have a desk for their packages as clinics have.
func atDesk(c echo.Context) (access.Work, error) { return deskFor(httpd.Actor(c), c.Param("slug")) }

// deskFor is the tie of a to the provider of a slug.
func deskFor(a access.Actor, slug string) (access.Work, error) {
	for _, w := range offerers(a) {
		if w.Slug == slug {
			return w, nil
		}
	}
	return access.Work{}, errNoDesk
}

// onDesk finds a package of the provider of the address.
func (s *Service) onDesk(c echo.Context, q *db.Tx) (w access.Work, p Package, err error) {
	if w, err = atDesk(c); err != nil {
		return w, p, err
	}
	p, err = load(q, c.Param("package"))
	if err == nil && (p.OrganisationID == nil || *p.OrganisationID != w.OrganisationID || p.PublishedAt == nil) {
		err = errNoPackage
	}
	return w, p, err
}

// deskPath is the address of a package in its provider's console.
func deskPath(w access.Work, p Package) string { return "/console/" + w.Slug + "/packages/" + p.Slug }

func tabsOf(w access.Work, now string) DeskTabs {
	return DeskTabs{Slug: w.Slug, Now: now, Clinic: w.Kind == "clinic"}
}

func deskCrumbs(c echo.Context, w access.Work, more ...web.Crumb) []web.Crumb {
	first := web.Crumb{Label: httpd.Say(c, "nav.console"), Path: "/console/" + w.Slug}
	if w.Kind != "clinic" {
		first.Path = "/console/" + w.Slug + "/packages"
	}
	return append([]web.Crumb{first, {Label: httpd.Say(c, "nav.packages"), Path: "/console/" + w.Slug + "/packages"}}, more...)
}

func (s *Service) showDeskList(c echo.Context) error {
	w, err := atDesk(c)
	if err != nil {
		return err
	}
	v, err := s.deskList(s.db.Read(c.Request().Context()), httpd.Lang(c), w)
	if err != nil {
		return err
	}
	return httpd.Page(c, deskListPage, httpd.Head{Title: httpd.Say(c, "shaping.desk_list_title", "name", w.Name), Place: "console", Crumbs: deskCrumbs(c, w)}, v)
}

func (s *Service) showDesk(c echo.Context) error {
	w, p, err := s.onDesk(c, s.db.Read(c.Request().Context()))
	if err != nil {
		return err
	}
	return s.deskForm(c, w, p, nil, nil)
}

// deskForm shows the wishes of a package with the answers that stand, that are
// kept, and that were just typed.
func (s *Service) deskForm(c echo.Context, w access.Work, p Package, t typed, wrong error) error {
	v, err := s.deskView(s.db.Read(c.Request().Context()), httpd.Lang(c), httpd.Actor(c), w, p, t, wrong)
	if err != nil {
		return err
	}
	return httpd.Page(c, deskPage, httpd.Head{Title: httpd.Say(c, "shaping.desk_title", "title", p.Title), Place: "console", Err: wrong, Scripts: []string{"draft"},
		Crumbs: deskCrumbs(c, w, web.Crumb{Label: p.Title})}, v)
}

// postDesk keeps what was typed into the answers, and sends the one whose button
// was pressed.
func (s *Service) postDesk(c echo.Context) error {
	t, k, err := formOnce(c)
	if err != nil {
		return err
	}
	ctx, a, lang := c.Request().Context(), httpd.Actor(c), httpd.Lang(c)
	w, p, err := s.onDesk(c, s.db.Read(ctx))
	if err != nil {
		return err
	}
	if err := s.keepAnswers(ctx, w, p, t); err != nil {
		return err
	}
	if httpd.WantsPart(c) {
		sum, err := s.sumOf(s.db.Read(ctx), lang, w, p)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]any{"saved": httpd.Say(c, "shaping.desk_saved"), "warnings": []any{},
			"says": map[string]string{"sum-granted": sum.Granted, "sum-all": sum.All}})
	}
	id, sends := strings.CutPrefix(t.one("go"), "send-")
	if !sends {
		return httpd.SeeOther(c, deskPath(w, p)+"?done=draft_saved#sum")
	}
	answered, err := s.sendAnswer(ctx, a, lang, w, p, id, t, k)
	if again(err) {
		return s.deskForm(c, w, p, t, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, deskPath(w, p)+"?done=package_answered#wish-"+itoa(answered))
}
