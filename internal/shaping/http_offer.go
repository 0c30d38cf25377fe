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
	"caravan/internal/text"
	"caravan/internal/wording"
	"caravan/web"
)

// offerRoutes are where packages and amendments are written.
func (s *Service) offerRoutes() []httpd.Route {
	return slices.Concat([]httpd.Route{
		{Method: http.MethodGet, Path: "/packages/new", Gate: access.Member, Do: s.showNew},
		{Method: http.MethodPost, Path: "/packages/new", Gate: access.Member, Do: s.postNew},
		{Method: http.MethodGet, Path: "/packages/similar", Gate: access.Member, Do: s.showAlike},
		{Method: http.MethodGet, Path: "/packages/:slug/edit", Gate: access.Member, Do: s.showPart},
		{Method: http.MethodGet, Path: "/packages/:slug/edit/:part", Gate: access.Member, Do: s.showPart},
		{Method: http.MethodPost, Path: "/packages/:slug/edit/:part", Gate: access.Member, Do: s.postPart},
		{Method: http.MethodGet, Path: "/packages/:slug/publish", Gate: access.Member, Do: s.showLook},
		{Method: http.MethodPost, Path: "/packages/:slug/publish", Gate: access.Member, Do: s.postPublish},
	}, s.copyRoutes(), s.wishRoutes(), s.overseeRoutes())
}

// mayEdit reports whether a draft is somebody's to write. To everybody else it
// is not there.
func mayEdit(a access.Actor, p Package) bool {
	return p.State == Draft && May(p.State, Edit, RolesOf(a, p, false)) == nil
}

// ownDraft finds the draft of the address.
func (s *Service) ownDraft(c echo.Context, q *db.Tx) (Package, error) {
	return draftFor(q, httpd.Actor(c), c.Param("slug"))
}

// draftFor finds a draft that is somebody's to write.
func draftFor(q *db.Tx, a access.Actor, slug string) (Package, error) {
	p, err := load(q, slug)
	if err == nil && !mayEdit(a, p) {
		err = errNoPackage
	}
	return p, err
}

// offerers are the ties of somebody to organisations that offer treatment.
func offerers(a access.Actor) (works []access.Work) {
	for _, w := range a.Works {
		if w.Kind == "clinic" || w.Kind == "facilitator" {
			works = append(works, w)
		}
	}
	return works
}

func offerCrumbs(c echo.Context, more ...web.Crumb) []web.Crumb {
	return append([]web.Crumb{packagesCrumb(c)}, more...)
}

func (s *Service) showNew(c echo.Context) error {
	q := c.QueryParams()
	return s.newForm(c, typed{"procedure": {q.Get("procedure")}, "organisation": {q.Get("for")}}, nil)
}

func (s *Service) newForm(c echo.Context, t typed, wrong error) error {
	a, lang := httpd.Actor(c), httpd.Lang(c)
	v := OfferNewView{Title: t.one("title"), Procedures: s.provider.ProcedureChoices(lang, t.one("procedure")), Confirmed: a.Confirmed, Patients: !a.Insider() && !a.Moderator && !a.Admin}
	works := offerers(a)
	ids := []int64{}
	for i, w := range works {
		v.For = append(v.For, offerAsker{lang: lang}.choices(chosenOr(t.one("organisation"), i == 0, w.Slug), w.Slug, w.Name)...)
		v.Desks = append(v.Desks, PartLink{Label: httpd.Say(c, "shaping.desk_list_title", "name", w.Name), Path: "/console/" + w.Slug + "/packages"})
		ids = append(ids, w.OrganisationID)
	}
	drafts, err := listDrafts(s.db.Read(c.Request().Context()), a.AccountID, ids)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		v.Drafts = append(v.Drafts, DraftLink{packagePath(d.Slug) + "/edit", d.Title, d.Organisation})
	}
	title := httpd.Say(c, "shaping.offer_new_title")
	return httpd.Page(c, offerNewPage, httpd.Head{Title: title, Place: "packages", Err: wrong, Scripts: []string{"ask"}, Crumbs: offerCrumbs(c, web.Crumb{Label: title})}, v)
}

// leastAlike is from how many characters on a title is looked for.
const leastAlike = 8

// showAlike answers, while a title is typed, with packages that have one like it.
// Without scripts the next page shows those for the same treatment.
func (s *Service) showAlike(c echo.Context) error {
	var in struct {
		Title string `query:"title"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if text.Length(strings.TrimSpace(in.Title)) < leastAlike {
		return httpd.PartPage(c, alikePart, nil)
	}
	found, err := s.search.Similar(c.Request().Context(), searchKind, in.Title, httpd.Lang(c), 5)
	if err != nil {
		return err
	}
	var rows []SimilarRow
	for _, f := range found {
		rows = append(rows, SimilarRow{Path: f.Path, Title: f.Title, Lang: f.Lang, By: f.Context})
	}
	return httpd.PartPage(c, alikePart, rows)
}

// chosenOr is what was chosen, else the first of a list.
func chosenOr(chosen string, first bool, value string) []string {
	if chosen == "" && first {
		return []string{value}
	}
	return []string{chosen}
}

func (s *Service) postNew(c echo.Context) error {
	t, k, err := formOnce(c)
	if err != nil {
		return err
	}
	a, ctx := httpd.Actor(c), c.Request().Context()
	d, err := s.blank(s.db.Read(ctx), httpd.Lang(c), a, t)
	if err != nil {
		return err
	}
	p, err := s.SaveDraft(ctx, a, "", d, k)
	switch errs.Of(err).Kind {
	case errs.Invalid, errs.Forbidden, errs.TooMany, errs.Conflict:
		if err != nil {
			return s.newForm(c, t, err)
		}
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, partPath(p.Slug, partAbout)+"?done=draft_saved")
}

func partPath(slug, name string) string { return packagePath(slug) + "/edit/" + name }

func (s *Service) showPart(c echo.Context) error {
	p, err := s.ownDraft(c, s.db.Read(c.Request().Context()))
	if err != nil {
		return err
	}
	name := c.Param("part")
	if name == "" {
		name = partAbout
	}
	return s.partForm(c, p, name, nil, nil)
}

// onPage finds a page of the editor of a draft, and its place among them.
func (s *Service) onPage(p Package, name string) (all []part, at int, err error) {
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	all = partsOf(pr.Code)
	if at = slices.IndexFunc(all, func(x part) bool { return x.name == name }); at < 0 {
		return nil, 0, errNoPackage
	}
	return all, at, nil
}

// partForm shows one page of the editor: what the draft holds, over it what was
// just typed.
func (s *Service) partForm(c echo.Context, p Package, name string, t typed, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	all, at, err := s.onPage(p, name)
	if err != nil {
		return err
	}
	v, err := s.partView(q, lang, p, all, at, t, wrong)
	if err != nil {
		return err
	}
	return httpd.Page(c, offerPartPage, httpd.Head{Title: httpd.Say(c, "shaping.offer_part_title", "part", v.Heading), Place: "packages", Err: wrong, Scripts: []string{"draft"},
		Crumbs: offerCrumbs(c, web.Crumb{Label: httpd.Say(c, "shaping.offer_draft"), Path: partPath(p.Slug, partAbout)}, web.Crumb{Label: v.Heading})}, v)
}

// postPart keeps what one page of the editor holds, right or wrong, and goes on.
func (s *Service) postPart(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	ctx, a, lang := c.Request().Context(), httpd.Actor(c), httpd.Lang(c)
	p, err := s.ownDraft(c, s.db.Read(ctx))
	if err != nil {
		return err
	}
	all, at, err := s.onPage(p, c.Param("part"))
	if err != nil {
		return err
	}
	d, err := s.proposalOf(s.db.Read(ctx), p)
	if err != nil {
		return err
	}
	wrong := d.overlay(all[at], lang, t)
	if saved, err := s.SaveDraft(ctx, a, p.Slug, d, db.Key{}); err == nil {
		p = saved
	} else if errs.Is(err, errs.Invalid) {
		wrong = append(wrong, stayNamed(errs.Of(err).Fields)...)
	} else {
		return err
	}
	if httpd.WantsPart(c) {
		return s.savedJSON(c, p, wrong)
	}
	if len(wrong) == 0 && t.one("go") == "next" {
		wrong = s.unansweredStays(p, all[at])
	}
	if len(wrong) > 0 {
		return s.partForm(c, p, all[at].name, t, errs.Fields(wrong...))
	}
	return httpd.SeeOther(c, s.after(p.Slug, all, at, t.one("go"))+"?done=draft_saved")
}

// after is where a button of the editor leads.
func (s *Service) after(slug string, all []part, at int, button string) string {
	switch {
	case button == "look" || button == "next" && at == len(all)-1:
		return packagePath(slug) + "/publish"
	case button == "next":
		at++
	}
	return partPath(slug, all[at].name)
}

// savedJSON answers a script that saves while somebody types.
func (s *Service) savedJSON(c echo.Context, p Package, wrong []errs.FieldMsg) error {
	lang := httpd.Lang(c)
	type warning struct {
		Field string `json:"field"`
		Text  string `json:"text"`
	}
	warnings := []warning{}
	for _, w := range wrong {
		warnings = append(warnings, warning{w.Name, wording.Text(lang, w.Key, w.Args...)})
	}
	says, err := s.progress(s.db.Read(c.Request().Context()), lang, p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"saved": httpd.Say(c, "shaping.offer_saved"), "warnings": warnings, "says": says})
}

func (s *Service) showLook(c echo.Context) error {
	p, err := s.ownDraft(c, s.db.Read(c.Request().Context()))
	if err != nil {
		return err
	}
	return s.lookForm(c, p, nil)
}

func (s *Service) lookForm(c echo.Context, p Package, wrong error) error {
	v, err := s.lookView(s.db.Read(c.Request().Context()), httpd.Lang(c), p, wrong)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.look_title")
	return httpd.Page(c, offerLookPage, httpd.Head{Title: title, Place: "packages", Err: wrong,
		Crumbs: offerCrumbs(c, web.Crumb{Label: httpd.Say(c, "shaping.offer_draft"), Path: v.Edit}, web.Crumb{Label: title})}, v)
}

func (s *Service) postPublish(c echo.Context) error {
	k, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	p, err := s.Publish(ctx, a, c.Param("slug"), k)
	if again(err) {
		draft, e := s.ownDraft(c, s.db.Read(ctx))
		if e != nil {
			return e
		}
		return s.lookForm(c, draft, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, packagePath(p.Slug)+"?done=package_published")
}
