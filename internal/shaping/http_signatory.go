package shaping

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/wording"
)

// signatoryRoutes are where a provider says who may sign for it.
func (s *Service) signatoryRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/console/:slug/signatories", Gate: access.Member, Do: s.showSignatories},
		{Method: http.MethodPost, Path: "/console/:slug/signatories", Gate: access.Member, Do: s.postSignatory},
	}
}

func (s *Service) showSignatories(c echo.Context) error {
	w, err := atDesk(c)
	if err != nil {
		return err
	}
	return s.signatoriesForm(c, w, typed{}, nil)
}

func (s *Service) signatoriesForm(c echo.Context, w access.Work, t typed, wrong error) error {
	q, lang := s.db.Read(c.Request().Context()), httpd.Lang(c)
	v := SignatoriesView{Tabs: tabsOf(w, "signatories"), Name: w.Name, Action: "/console/" + w.Slug + "/signatories", Typed: typedSigner{t.one("name"), t.one("title")}}
	v.StepUp = s.stepUp(httpd.Actor(c), v.Action)
	rows, err := signatories(q, w.OrganisationID)
	if err != nil {
		return err
	}
	colleagues, err := listSigners(q, w.OrganisationID)
	if err != nil {
		return err
	}
	handles := map[int64]string{}
	for _, x := range colleagues {
		handles[x.PersonID] = x.Handle
		v.Colleagues = append(v.Colleagues, provider.Choice{Value: itoa(x.ID), Label: x.Handle, Chosen: t.one("person") == itoa(x.ID)})
	}
	for _, r := range rows {
		v.Rows = append(v.Rows, SignatoryRow{ID: r.ID, Name: r.Name, Title: r.Title, Handle: handles[r.PersonID], Since: wording.Text(lang, "shaping.sign_since", "day", wording.Day(lang, r.Since))})
	}
	return httpd.Page(c, deskSignPage, httpd.Head{Title: httpd.Say(c, "shaping.sign_page", "name", w.Name), Place: "console", Err: wrong, Crumbs: deskCrumbs(c, w)}, v)
}

// postSignatory names a colleague, or ends a naming. Who has not confirmed for a
// while that it is them does that first.
func (s *Service) postSignatory(c echo.Context) error {
	t, err := formOf(c)
	if err != nil {
		return err
	}
	w, err := atDesk(c)
	if err != nil {
		return err
	}
	ctx, a, done := c.Request().Context(), httpd.Actor(c), "signatory_named"
	if end := t.one("end"); end != "" {
		id, e := strconv.ParseInt(end, 10, 64)
		if e != nil {
			return errs.New(errs.Malformed, "common.malformed")
		}
		done, err = "signatory_ended", s.EndSignatory(ctx, a, w.Slug, id)
	} else {
		err = s.name(ctx, a, w, t)
	}
	if again(err) {
		return s.signatoriesForm(c, w, t, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/console/"+w.Slug+"/signatories?done="+done)
}

// name names the colleague that was chosen.
func (s *Service) name(ctx context.Context, a access.Actor, w access.Work, t typed) error {
	all, err := listSigners(s.db.Read(ctx), w.OrganisationID)
	if err != nil {
		return err
	}
	for _, x := range all {
		if itoa(x.ID) == t.one("person") {
			return s.NameSignatory(ctx, a, w.Slug, x.Handle, t.one("name"), t.one("title"))
		}
	}
	return errs.Field("person", "shaping.sign_choose")
}
