package shaping

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/wording"
	"caravan/web"
)

// copyRoutes end an offer, and begin another from it.
func (s *Service) copyRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/packages/:slug/withdraw", Gate: access.Member, Do: s.showWithdraw},
		{Method: http.MethodPost, Path: "/packages/:slug/withdraw", Gate: access.Member, Do: s.postWithdraw},
		{Method: http.MethodGet, Path: "/packages/:slug/adopt", Gate: access.Member, Do: s.showAdopt},
		{Method: http.MethodPost, Path: "/packages/:slug/adopt", Gate: access.Member, Do: s.postAdopt},
		{Method: http.MethodGet, Path: "/packages/:slug/fork", Gate: access.Member, Do: s.showFork},
		{Method: http.MethodPost, Path: "/packages/:slug/fork", Gate: access.Member, Do: s.postFork},
	}
}

// seen finds a package that somebody may see: a draft only its own people.
func (s *Service) seen(c echo.Context, q *db.Tx) (Package, error) {
	p, err := load(q, c.Param("slug"))
	if err == nil && p.PublishedAt == nil && !mayEdit(httpd.Actor(c), p) {
		err = errNoPackage
	}
	return p, err
}

// ends reports whether somebody is of the side that set a package up, and so may
// take it back.
func ends(a access.Actor, p Package) bool {
	return slices.ContainsFunc(RolesOf(a, p, false), func(r Role) bool { return slices.Contains(byEither, r) })
}

func (s *Service) showWithdraw(c echo.Context) error {
	p, err := s.seen(c, s.db.Read(c.Request().Context()))
	if err == nil && !ends(httpd.Actor(c), p) {
		err = errNoPackage
	}
	if err != nil {
		return err
	}
	return s.withdrawForm(c, p, "", nil)
}

func (s *Service) withdrawForm(c echo.Context, p Package, why string, wrong error) error {
	v := OfferReasonView{Title: httpd.Say(c, "shaping.withdraw_title"), Lede: httpd.Say(c, "shaping.withdraw_lede"), PackageTitle: p.Title, Package: packagePath(p.Slug),
		Action: packagePath(p.Slug) + "/withdraw", Button: httpd.Say(c, "shaping.withdraw"), Value: why, Field: "why", Hint: httpd.Say(c, "shaping.offer_why_hint"), Harm: true, NoWords: p.State == Draft}
	return s.reasonPage(c, v, wrong)
}

// reasonPage is a step that needs words, with what was typed.
func (s *Service) reasonPage(c echo.Context, v OfferReasonView, wrong error) error {
	return httpd.Page(c, offerReasonPage, httpd.Head{Title: v.Title, Place: "packages", Err: wrong,
		Crumbs: offerCrumbs(c, web.Crumb{Label: v.PackageTitle, Path: v.Package}, web.Crumb{Label: v.Title})}, v)
}

func (s *Service) postWithdraw(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	p, err := s.seen(c, s.db.Read(ctx))
	if err == nil && !ends(a, p) {
		err = errNoPackage
	}
	if err != nil {
		return err
	}
	err = s.Withdraw(ctx, a, p.Slug, t.one("why"))
	switch {
	case again(err):
		return s.withdrawForm(c, p, t.one("why"), err)
	case err != nil:
		return err
	case p.State == Draft:
		return httpd.SeeOther(c, "/packages/new?done=draft_discarded")
	}
	return httpd.SeeOther(c, packagePath(p.Slug)+"?done=package_withdrawn")
}

// pickPage is a choice before a copy is made.
func (s *Service) pickPage(c echo.Context, v OfferPickView, wrong error) error {
	return httpd.Page(c, offerPickPage, httpd.Head{Title: v.Title, Place: "packages", Err: wrong,
		Crumbs: offerCrumbs(c, web.Crumb{Label: v.PackageTitle, Path: v.Package}, web.Crumb{Label: v.Title})}, v)
}

func (s *Service) showAdopt(c echo.Context) error { return s.adoptForm(c, "", nil) }

// adoptForm asks for which clinic somebody takes up a call.
func (s *Service) adoptForm(c echo.Context, chosen string, wrong error) error {
	p, err := s.call(c)
	if err != nil {
		return err
	}
	v := OfferPickView{Title: httpd.Say(c, "shaping.adopt_title"), Lede: httpd.Say(c, "shaping.adopt_lede"), PackageTitle: p.Title, Package: packagePath(p.Slug),
		Action: packagePath(p.Slug) + "/adopt", Button: httpd.Say(c, "shaping.adopt"), Field: "organisation", Legend: httpd.Say(c, "shaping.offer_for")}
	for i, w := range offerers(httpd.Actor(c)) {
		v.Choices = append(v.Choices, offerAsker{}.choices(chosenOr(chosen, i == 0, w.Slug), w.Slug, w.Name)...)
	}
	if len(v.Choices) == 0 {
		v.None = httpd.Say(c, "shaping.adopt_none")
	}
	return s.pickPage(c, v, wrong)
}

// call finds a published call of patients.
func (s *Service) call(c echo.Context) (Package, error) {
	p, err := s.seen(c, s.db.Read(c.Request().Context()))
	if err == nil && (p.Proposer != ByPatients || p.PublishedAt == nil) {
		err = errNoPackage
	}
	return p, err
}

func (s *Service) postAdopt(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	if _, err := s.call(c); err != nil {
		return err
	}
	p, err := s.Adopt(c.Request().Context(), httpd.Actor(c), c.Param("slug"), t.one("organisation"))
	if again(err) {
		return s.adoptForm(c, t.one("organisation"), err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, partPath(p.Slug, partAbout)+"?done=draft_saved")
}

func (s *Service) showFork(c echo.Context) error { return s.forkForm(c, c.QueryParam("version"), nil) }

// forkForm asks which published version a copy begins from.
func (s *Service) forkForm(c echo.Context, chosen string, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	p, err := s.seen(c, q)
	if err != nil {
		return err
	}
	all, err := versions(q, p.ID)
	if err != nil {
		return err
	}
	v := OfferPickView{Title: httpd.Say(c, "shaping.fork_title"), Lede: httpd.Say(c, "shaping.fork_lede"), PackageTitle: p.Title, Package: packagePath(p.Slug),
		Action: packagePath(p.Slug) + "/fork", Button: httpd.Say(c, "shaping.fork"), Field: "version", Legend: httpd.Say(c, "shaping.fork_which")}
	for i, n := range slices.Backward(all) {
		v.Choices = append(v.Choices, versionChoice(lang, n, chosenOr(chosen, i == len(all)-1, strconv.Itoa(n.Number))))
	}
	if len(v.Choices) == 0 {
		v.None = httpd.Say(c, "shaping.fork_none")
	}
	return s.pickPage(c, v, wrong)
}

func versionChoice(lang string, n Version, chosen []string) provider.Choice {
	value := strconv.Itoa(n.Number)
	return provider.Choice{Value: value, Label: wording.Text(lang, "shaping.version_on", "n", value, "day", wording.Day(lang, n.PublishedAt)), Chosen: slices.Contains(chosen, value)}
}

func (s *Service) postFork(c echo.Context) error {
	t, k, err := formOnce(c)
	if err != nil {
		return err
	}
	if _, err := s.seen(c, s.db.Read(c.Request().Context())); err != nil {
		return err
	}
	n, err := strconv.Atoi(t.one("version"))
	if err != nil {
		return s.forkForm(c, "", errs.Field("version", "shaping.choice"))
	}
	p, err := s.Fork(c.Request().Context(), httpd.Actor(c), c.Param("slug"), n, k)
	if again(err) {
		return s.forkForm(c, t.one("version"), err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, partPath(p.Slug, partAbout)+"?done=draft_saved")
}
