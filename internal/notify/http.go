package notify

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/web"
)

const pageSize = 50

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/me/notifications", Gate: access.Member, Do: s.showNotifications},
		{Method: http.MethodPost, Path: "/me/notifications/read", Gate: access.Member, Do: s.readAll},
		{Method: http.MethodPost, Path: "/me/notifications/:id/open", Gate: access.Member, Do: s.open},
	}
}

func (s *Service) showNotifications(c echo.Context) error {
	var in struct {
		Before int64 `query:"before"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	a := httpd.Actor(c)
	q := s.db.Read(c.Request().Context())
	rows, err := listNotifications(q, a.AccountID, in.Before, pageSize+1)
	if err != nil {
		return err
	}
	v, err := notificationsView(httpd.Lang(c), rows)
	if err != nil {
		return err
	}
	v.Unread, v.Newer = a.Unread, in.Before != 0
	title := httpd.Say(c, "notify.title")
	crumbs := []web.Crumb{{Label: httpd.Say(c, "notify.your_place"), Path: "/me"}, {Label: title}}
	return httpd.Page(c, notificationsPage, httpd.Head{Title: title, Place: "me", Crumbs: crumbs}, v)
}

func (s *Service) readAll(c echo.Context) error {
	if err := s.ReadAll(c.Request().Context(), httpd.Actor(c)); err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me/notifications?done=notifications_read")
}

// open is a POST because it marks as read: following a link must not change
// anything.
func (s *Service) open(c echo.Context) error {
	var in struct {
		ID int64 `param:"id"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	path, err := s.Open(c.Request().Context(), httpd.Actor(c), in.ID)
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, path)
}
