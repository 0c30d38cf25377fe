package account

import (
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/httpd"
	"caravan/internal/wording"
	"caravan/web"
)

// meHead is the head of a page below your place.
func meHead(c echo.Context, titleKey string, err error) httpd.Head {
	h := httpd.Head{Title: httpd.Say(c, titleKey), Place: "me", Err: err}
	if titleKey != "account.me_title" {
		h.Crumbs = []web.Crumb{{Label: httpd.Say(c, "account.me_title"), Path: "/me"}, {Label: h.Title}}
	}
	return h
}

func (s *Service) showMe(c echo.Context) error {
	a, ctx := httpd.Actor(c), c.Request().Context()
	all, err := s.Identities(ctx, a)
	if err != nil {
		return err
	}
	consents, err := s.Consents(ctx, a)
	if err != nil {
		return err
	}
	w, err := s.Ways(s.db.Read(ctx), a)
	if err != nil {
		return err
	}
	v := MeView{
		Handle: a.Handle, Since: a.Created, Trust: a.Trust, Unread: a.Unread, Email: present(all), HasPassword: w.Password, Ways: w,
		Lang: a.Lang, Langs: langViews(), Moderator: a.Moderator, Admin: a.Admin, Box: s.demo && s.mail.HasBox(),
	}
	if i, ok := pending(all); ok {
		v.Pending = i.UID
	}
	for _, w := range a.Works {
		v.Works = append(v.Works, WorkView{Name: w.Name, Role: workRole(c, w.Kind, w.Role, w.Title), Slug: w.Slug, Clinic: w.Kind == "clinic"})
	}
	v.Links, v.Providers = s.linkViews(all)
	for _, x := range consents {
		v.Consents = append(v.Consents, ConsentView{Purpose: x.Purpose, Given: x.Given, At: x.At, Needed: x.Purpose != PurposeMails})
	}
	return httpd.Page(c, mePage, meHead(c, "account.me_title", nil), v)
}

func workRole(c echo.Context, kind, role, title string) string {
	if title != "" {
		return title
	}
	return httpd.Say(c, "common.role_"+kind+"_"+role)
}

func langViews() (out []LangView) {
	for _, l := range wording.Langs {
		out = append(out, LangView{l, wording.Names[l]})
	}
	return out
}

// linkViews are the providers that are linked, and those that could be.
func (s *Service) linkViews(all []Identity) (linked []LinkView, free []ProviderView) {
	have := map[string]bool{}
	for _, i := range all {
		if i.Provider == "email" {
			continue
		}
		have[i.Provider] = true
		label := i.Provider
		if p := s.providers[i.Provider]; p != nil {
			label = p.label
		}
		linked = append(linked, LinkView{ID: i.ID, Label: label, Since: i.CreatedAt})
	}
	for _, p := range s.providerViews() {
		if !have[p.Name] {
			free = append(free, p)
		}
	}
	return linked, free
}

func (s *Service) postLanguage(c echo.Context) error {
	lang := c.Request().PostFormValue("lang")
	if err := s.ChangeLang(c.Request().Context(), httpd.Actor(c), lang); err != nil {
		return err
	}
	return c.Redirect(303, wording.Path(lang, "/me?done=account_language"))
}

func (s *Service) postConsent(c echo.Context) error {
	var in struct {
		Purpose string `form:"purpose"`
		Given   string `form:"given"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if err := s.Consent(c.Request().Context(), httpd.Actor(c), in.Purpose, in.Given == "yes"); err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me?done=account_consent")
}

func (s *Service) showSessions(c echo.Context) error {
	all, err := s.Sessions(c.Request().Context(), httpd.Actor(c))
	if err != nil {
		return err
	}
	return httpd.Page(c, sessionsPage, meHead(c, "account.sessions_title", nil), SessionsView{all})
}

func (s *Service) postEndSession(c echo.Context) error {
	a, id := httpd.Actor(c), c.Request().PostFormValue("session")
	if err := s.EndSession(c.Request().Context(), a, id); err != nil {
		return err
	}
	if id == a.Session {
		httpd.ClearSession(c)
		return httpd.SeeOther(c, "/")
	}
	return httpd.SeeOther(c, "/me/sessions?done=account_session_ended")
}

func (s *Service) postEndOthers(c echo.Context) error {
	if err := s.EndOthers(c.Request().Context(), httpd.Actor(c)); err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me/sessions?done=account_others_ended")
}

// showBox shows the mails that demo mode does not send.
func (s *Service) showBox(c echo.Context) error {
	all, err := s.mail.Box()
	if err != nil {
		return err
	}
	v := BoxView{Sent: !s.mail.HasBox()}
	for _, l := range all {
		v.Mails = append(v.Mails, BoxMail{l, strings.Split(l.Body, "\n\n")})
	}
	return httpd.Page(c, boxPage, httpd.Head{Title: httpd.Say(c, "account.box_title")}, v)
}
