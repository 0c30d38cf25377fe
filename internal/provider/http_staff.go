package provider

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

func (s *Service) showStaff(c echo.Context) error {
	var in struct {
		Slug string `param:"slug"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.staffForm(c, in.Slug, Invitee{Role: "staff"}, nil)
}

func (s *Service) staffForm(c echo.Context, slug string, typed Invitee, wrong error) error {
	q, a, lang := s.db.Read(c.Request().Context()), httpd.Actor(c), httpd.Lang(c)
	o, err := s.FindClinic(q, slug)
	if err != nil {
		return err
	}
	if err := canSeeStaff(a, o); err != nil {
		return err
	}
	v := StaffView{Name: o.Name, Base: o.Path(), Path: o.Path() + "/staff", MayManage: canManageStaff(a, o) == nil, Invitee: typed}
	colleagues, err := listColleagues(q, o.ID)
	if err != nil {
		return err
	}
	for _, k := range colleagues {
		self := k.PersonID == a.PersonID
		v.Colleagues = append(v.Colleagues, ColleagueRow{k.ID, k.Handle, roleName(lang, k.Role), k.Title, k.Since, self || v.MayManage, self})
	}
	if v.MayManage {
		open, err := listOpenInvitations(q, o.ID)
		if err != nil {
			return err
		}
		for _, i := range open {
			v.Invitations = append(v.Invitations, InvitationRow{i.ID, i.Email, roleName(lang, i.Role), i.Title, i.ExpiresAt})
		}
	}
	title := httpd.Say(c, "provider.staff_title", "clinic", o.Name)
	crumbs := []web.Crumb{{Label: httpd.Say(c, "provider.clinics"), Path: "/clinics"}, {Label: o.Name, Path: o.Path()}, {Label: httpd.Say(c, "provider.staff")}}
	return httpd.Page(c, staffPage, httpd.Head{Title: title, Place: "clinics", Crumbs: crumbs, Err: wrong}, v)
}

// postInvite shows the link in its answer, because it is kept nowhere and so
// cannot be shown by a page after it.
func (s *Service) postInvite(c echo.Context) error {
	var in struct {
		Slug  string `param:"slug"`
		Email string `form:"email"`
		Role  string `form:"role"`
		Title string `form:"title"`
	}
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	o, err := s.FindClinic(s.db.Read(c.Request().Context()), in.Slug)
	if err != nil {
		return err
	}
	v := Invitee{in.Email, in.Role, in.Title}
	link, err := s.Invite(c.Request().Context(), httpd.Actor(c), o, v, key)
	if errs.Is(err, errs.Invalid) {
		return s.staffForm(c, in.Slug, v, err)
	}
	if err != nil {
		return err
	}
	view := InvitedView{Email: in.Email, Back: o.Path() + "/staff"}
	if link != "" {
		view.Link = httpd.BaseURL(c) + link
	}
	title := httpd.Say(c, "provider.invited_title")
	crumbs := []web.Crumb{{Label: o.Name, Path: o.Path()}, {Label: httpd.Say(c, "provider.staff"), Path: o.Path() + "/staff"}, {Label: title}}
	return httpd.Page(c, invitedPage, httpd.Head{Title: title, Place: "clinics", Crumbs: crumbs, Status: http.StatusCreated}, view)
}

type staffAction struct {
	Slug string `param:"slug"`
	ID   int64  `param:"id"`
}

func (s *Service) postEnd(c echo.Context) error {
	return s.onStaff(c, "affiliation_ended", func(in staffAction, o Organisation) error {
		return s.EndAffiliation(c.Request().Context(), httpd.Actor(c), o, in.ID)
	})
}

func (s *Service) postWithdraw(c echo.Context) error {
	return s.onStaff(c, "invitation_withdrawn", func(in staffAction, o Organisation) error {
		return s.Withdraw(c.Request().Context(), httpd.Actor(c), o, in.ID)
	})
}

// onStaff does something on the staff page of a clinic and returns to it; who
// has just ended their own work sees the clinic instead.
func (s *Service) onStaff(c echo.Context, done string, do func(in staffAction, o Organisation) error) error {
	var in staffAction
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	o, err := s.FindClinic(s.db.Read(ctx), in.Slug)
	if err != nil {
		return err
	}
	if err := do(in, o); err != nil {
		return err
	}
	works, err := s.PersonAffiliations(s.db.Read(ctx), a.PersonID)
	if err != nil {
		return err
	}
	a.Works = works
	if canSeeStaff(a, o) != nil {
		return httpd.SeeOther(c, o.Path()+"?done="+done)
	}
	return httpd.SeeOther(c, o.Path()+"/staff?done="+done)
}

func (s *Service) showInvitation(c echo.Context) error {
	var in struct {
		Token string `query:"token"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	i, o, err := s.Invited(c.Request().Context(), httpd.Actor(c), in.Token)
	if err != nil {
		return err
	}
	v := InvitationView{Token: in.Token, Name: o.Name, Role: roleName(httpd.Lang(c), i.Role), Job: i.Title, Expires: i.ExpiresAt}
	return httpd.Page(c, invitationPage, httpd.Head{Title: httpd.Say(c, "provider.invitation_title", "clinic", o.Name)}, v)
}

func (s *Service) postAccept(c echo.Context) error {
	var in struct {
		Token string `form:"invitation"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	o, err := s.Accept(c.Request().Context(), httpd.Actor(c), in.Token)
	if err != nil {
		return err
	}
	if o.Kind != "clinic" {
		return httpd.SeeOther(c, "/me?done=staff_joined")
	}
	return httpd.SeeOther(c, o.Path()+"?done=staff_joined")
}
