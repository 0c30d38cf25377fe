package shaping

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"context"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/leaf"
	"caravan/internal/translog"
	"caravan/web"
)

// readRoutes are the pages that everybody may read.
func (s *Service) readRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/packages", Gate: access.Anyone, Do: s.readList, Cache: httpd.Public(queryNames...)},
		{Method: "GET", Path: "/packages/calls", Gate: access.Anyone, Do: s.readCalls, Cache: httpd.Public("procedure", "sort", "after")},
		{Method: "GET", Path: "/packages/compare", Gate: access.Anyone, Do: s.readCompare},
		{Method: "GET", Path: "/packages/:slug", Gate: access.Anyone, Do: s.readPackage, Cache: httpd.Public()},
		{Method: "GET", Path: "/packages/:slug/versions", Gate: access.Anyone, Do: s.readVersions, Cache: httpd.Public()},
		{Method: "GET", Path: "/packages/:slug/versions/:number", Gate: access.Anyone, Do: s.readVersion, Cache: httpd.Public()},
		{Method: "GET", Path: "/packages/:slug/changes", Gate: access.Anyone, Do: s.readChanges, Cache: httpd.Public("from", "to")},
	}
}

func packagesCrumb(c echo.Context) web.Crumb {
	return web.Crumb{Label: httpd.Say(c, "nav.packages"), Path: "/packages"}
}

func (s *Service) readList(c echo.Context) error {
	var in listQuery
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.answerList(c, in, httpd.Head{
		Title: httpd.Say(c, "shaping.read_list_title"), Description: httpd.Say(c, "shaping.read_list_lede"), Place: "packages",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.packages")}},
	})
}

func (s *Service) readCalls(c echo.Context) error {
	var in listQuery
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	in.calls = true
	return s.answerList(c, in, httpd.Head{
		Title: httpd.Say(c, "shaping.read_calls_title"), Description: httpd.Say(c, "shaping.read_calls_lede"), Place: "packages",
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: httpd.Say(c, "shaping.read_calls_title")}},
	})
}

func (s *Service) answerList(c echo.Context, in listQuery, head httpd.Head) error {
	in.clean()
	lang, now := httpd.Lang(c), s.db.Now()
	html, err := s.kept.lists.Take(c.Request().Context(), fmt.Sprint(lang, in), func(ctx context.Context) (template.HTML, error) {
		f := s.filterOf(&in)
		f.Now = now
		rows, count, err := s.listed(ctx, f)
		if err != nil {
			return "", err
		}
		return listingPart.HTML(lang, s.listView(lang, in, rows, count, now))
	})
	if err != nil {
		return err
	}
	return httpd.Page(c, listPage, head, PackagesPage{html})
}

// listed reads a page of the list. The best supported are weighed by the means of
// their treatments, which are kept.
func (s *Service) listed(ctx context.Context, f Filter) (rows []packageRow, count int, err error) {
	if f.Sort == byBest {
		f.Means, err = s.kept.orders.Take(ctx, "best", func(ctx context.Context) (means, error) { return listMeans(s.db.Read(ctx)) })
		if err != nil {
			return nil, 0, err
		}
	}
	return listPackages(s.db.Read(ctx), f)
}

// filterOf is a query with its codes looked up. What does not exist narrows
// nothing and leaves the address.
func (s *Service) filterOf(in *listQuery) Filter {
	f := Filter{Country: in.Country, Stage: in.Stage, Proposer: in.Proposer, Sort: in.Sort, After: in.After, Limit: listSize}
	if p, ok := s.provider.Procedure(in.Procedure); ok {
		f.Procedure = p.ID
	} else {
		in.Procedure = ""
	}
	if _, ok := s.provider.Destination(in.Country); !ok {
		in.Country, f.Country = "", ""
	}
	return f
}

// packageAddress is the address of something of a package.
type packageAddress struct {
	Slug   string `param:"slug"`
	Number int    `param:"number"`
	From   int    `query:"from"`
	To     int    `query:"to"`
}

// found reads an address and where the package stands for this reader.
func (s *Service) found(c echo.Context) (in packageAddress, h standpoint, err error) {
	if err = httpd.Bind(c, &in); err != nil {
		return in, h, err
	}
	h, err = findAhead(s.db.Read(c.Request().Context()), in.Slug, httpd.Actor(c).PersonID)
	if err == nil && !h.Published {
		err = errNoPackage
	}
	return in, h, err
}

func (s *Service) readPackage(c echo.Context) error {
	in, h, err := s.found(c)
	if err != nil {
		if h.mayEdit(httpd.Actor(c)) {
			return httpd.SeeOther(c, packagePath(in.Slug)+"/edit")
		}
		return err
	}
	if h.HiddenWhy != "" {
		return s.readTomb(c, in.Slug, h)
	}
	a, lang, ctx := httpd.Actor(c), httpd.Lang(c), c.Request().Context()
	if a.SignedIn() && c.QueryParam("done") != "" {
		s.forgetPackage(h.ID)
	}
	html, k, err := s.pageFor(ctx, lang, a, h)
	if err != nil {
		return err
	}
	v := ShowPage{HTML: html, Path: packagePath(in.Slug), Channel: channel(h.ID), Seq: h.Seq, SignedIn: a.SignedIn()}
	if v.Epoch, err = s.hub.Epoch(ctx); err != nil {
		return err
	}
	if slices.Contains(RolesOf(a, k.Package, false), Platform) {
		v.Oversee = "/moderation/packages/" + k.Slug
	}
	if httpd.WantsPart(c) {
		return httpd.PartPage(c, showPart, v)
	}
	p, _ := s.provider.ProcedureByID(k.ProcedureID)
	return httpd.Page(c, showPage, httpd.Head{
		Title: k.Title, Description: k.inShort(lang), Place: "packages", Scripts: []string{"package"},
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: p.Name(lang), Path: "/packages?procedure=" + p.Code}, {Label: k.Title}},
	}, v)
}

// mayEdit reports whether a may go on with a draft.
func (h standpoint) mayEdit(a access.Actor) bool {
	if h.ID == 0 || h.State != Draft || !a.SignedIn() {
		return false
	}
	if h.OrganisationID != nil {
		_, ok := a.WorksFor(*h.OrganisationID)
		return ok
	}
	return h.ProposerPersonID == a.PersonID
}

func (s *Service) readTomb(c echo.Context, slug string, h standpoint) error {
	return httpd.Page(c, tombPage, httpd.Head{Title: httpd.Say(c, "shaping.read_tomb_title"), Place: "packages", Status: http.StatusGone,
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: httpd.Say(c, "shaping.read_tomb_title")}}}, TombView{Why: whyWords(httpd.Lang(c), h.HiddenWhy), Log: translog.HistoryPath(leaf.Package, slug)})
}

// readable is found for pages below a package's own.
func (s *Service) readable(c echo.Context) (in packageAddress, k *known, err error) {
	in, h, err := s.found(c)
	if err != nil {
		return in, nil, err
	}
	if h.HiddenWhy != "" {
		return in, nil, errNoPackage
	}
	k, err = s.knownOf(c.Request().Context(), h)
	return in, k, err
}

func (s *Service) readVersions(c echo.Context) error {
	in, k, err := s.readable(c)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.read_versions")
	return httpd.Page(c, versionsPage, httpd.Head{Title: title + " · " + k.Title, Place: "packages",
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: k.Title, Path: packagePath(in.Slug)}, {Label: title}}}, k.versionsPage(httpd.Lang(c)))
}

func (s *Service) readVersion(c echo.Context) error {
	in, k, err := s.readable(c)
	if err != nil {
		return err
	}
	found, err := findVersions(s.db.Read(c.Request().Context()), k.ID, in.Number)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNoVersion
	}
	v := s.versionPage(httpd.Lang(c), k, found[0])
	title := httpd.Say(c, "shaping.read_version_title", "n", in.Number)
	return httpd.Page(c, versionPage, httpd.Head{Title: title + " · " + k.Title, Place: "packages",
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: k.Title, Path: packagePath(in.Slug)}, {Label: title}}}, v)
}

func (s *Service) readChanges(c echo.Context) error {
	in, k, err := s.readable(c)
	if err != nil {
		return err
	}
	v, err := s.changesPage(s.db.Read(c.Request().Context()), httpd.Lang(c), k, in.From, in.To)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.read_changes")
	return httpd.Page(c, changesPage, httpd.Head{Title: title + " · " + k.Title, Place: "packages",
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: k.Title, Path: packagePath(in.Slug)}, {Label: title}}}, v)
}

func (s *Service) readCompare(c echo.Context) error {
	q := c.QueryParams()
	v, err := s.comparePage(s.db.Read(c.Request().Context()), httpd.Lang(c), q["p"], q.Get("only") != "")
	if err != nil {
		return err
	}
	return httpd.Page(c, comparePage, httpd.Head{Title: httpd.Say(c, "shaping.read_compare"), Description: httpd.Say(c, "shaping.read_compare_lede"), Place: "packages",
		Crumbs: []web.Crumb{packagesCrumb(c), {Label: httpd.Say(c, "shaping.read_compare")}}}, v)
}
