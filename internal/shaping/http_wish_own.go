package shaping

import (
	"context"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

// wishOf finds a wish of the package of the address.
func (s *Service) wishOf(c echo.Context, q *db.Tx) (p Package, w Amendment, err error) {
	if p, err = s.published(q, c.Param("slug")); err != nil {
		return p, w, err
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return p, w, errNoWish
	}
	w, err = wishByID(q, id)
	if err == nil && (w.PackageID != p.ID || w.State == WishDraft) {
		err = errNoWish
	}
	return p, w, err
}

func (s *Service) showWish(c echo.Context) error { return s.wishForm(c, nil) }

// wishForm shows one wish, the answers to it, and what this person can do with
// it now.
func (s *Service) wishForm(c echo.Context, wrong error) error {
	q, lang, a := s.db.Read(c.Request().Context()), httpd.Lang(c), httpd.Actor(c)
	p, w, err := s.wishOf(c, q)
	if err != nil {
		return err
	}
	m, err := s.wishMaterial(q, p)
	if err != nil {
		return err
	}
	v := WishPage{WishLine: wishLine(lang, p, m.base, w, m.authors[w.ID].Byline(lang)), Title: p.Title, Package: packagePath(p.Slug), Action: wishPath(p.Slug, w.ID), Partly: w.Partly && w.State == NeedsRebase,
		Answers: answerRows(lang, p, m, w), Now: specOf(m.base, w).Print(lang, m.base.Value(w.ItemKey))}
	if w.State == Duplicate && w.ObsoletedByID != nil {
		v.Instead = wishPath(p.Slug, *w.ObsoletedByID)
	}
	if err := v.can(q, a, p, w); err != nil {
		return err
	}
	title := httpd.Say(c, "shaping.wish_title")
	return httpd.Page(c, offerWishPage, httpd.Head{Title: title, Place: "packages", Err: wrong, Crumbs: offerCrumbs(c, web.Crumb{Label: p.Title, Path: v.Package}, web.Crumb{Label: title})}, v)
}

// wishMaterial reads what one wish is drawn from. Nothing of it depends on how
// anybody voted.
func (s *Service) wishMaterial(q *db.Tx, p Package) (m deskMaterial, err error) {
	if m.base, err = content(q, *p.NewestVersionID); err != nil {
		return m, err
	}
	if m.said, err = responses(q, p.ID); err != nil {
		return m, err
	}
	if m.hidden, err = hiddenResponses(q, p.ID); err != nil {
		return m, err
	}
	if m.authors, err = wishAuthors(q, p.ID); err != nil {
		return m, err
	}
	m.answerers, err = answerAuthors(q, p.ID)
	return m, err
}

// can says what somebody can do with a wish.
func (v *WishPage) can(q *db.Tx, a access.Actor, p Package, w Amendment) error {
	parties, err := partiesAt(q, a, p, w)
	if err != nil {
		return err
	}
	may := func(e AmendmentEvent) bool {
		_, err := NextWish(w.State, e, parties, wishFacts(q, p, w))
		return err == nil
	}
	v.Own = w.AuthorPersonID == a.PersonID
	v.CanWithdraw, v.CanEnough, v.CanPropose, v.CanPromote = may(WithdrawWish), may(Enough), may(Repropose), may(Promote)
	return nil
}

// postWish does what a button of the page says.
func (s *Service) postWish(c echo.Context) error {
	t, k, err := formOnce(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	p, w, err := s.wishOf(c, s.db.Read(ctx))
	if err != nil {
		return err
	}
	do := t.one("do")
	now, draft, err := s.actOnWish(ctx, a, w, do, k)
	if again(err) {
		return s.wishForm(c, err)
	}
	if err != nil {
		return err
	}
	if draft != "" {
		return httpd.SeeOther(c, partPath(draft, partAbout)+"?done=draft_saved")
	}
	return httpd.SeeOther(c, wishPath(p.Slug, now)+"?done="+wishDone[do])
}

// What can be done with a wish of one's own, or that one supports.
const (
	takeBackWish = "withdraw"
	wishEnough   = "enough"
	wishAnew     = "propose"
	wishFurther  = "promote"
)

// wishDone is what the page says after it.
var wishDone = map[string]string{takeBackWish: "wish_withdrawn", wishEnough: "wish_enough", wishAnew: "wish_made"}

// actOnWish does something with a wish. Now is the wish that stands then: the same,
// or the one that was made anew; draft is the address of the draft that a wish
// became which was taken further.
func (s *Service) actOnWish(ctx context.Context, a access.Actor, w Amendment, do string, k db.Key) (now int64, draft string, err error) {
	switch do {
	case takeBackWish:
		return w.ID, "", s.WithdrawWish(ctx, a, w.ID)
	case wishEnough:
		return w.ID, "", s.Enough(ctx, a, w.ID)
	case wishAnew:
		now, err = s.Repropose(ctx, a, w.ID, k)
		return now, "", err
	case wishFurther:
		made, err := s.Promote(ctx, a, w.ID, k)
		return w.ID, made.Slug, err
	}
	return 0, "", errs.New(errs.Malformed, "common.malformed")
}
