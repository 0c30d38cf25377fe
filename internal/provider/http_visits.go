package provider

import (
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/httpd"
)

// Watched is a route that, if it belongs to a console, also notes from where the
// organisation's own people use it. Whoever puts features together hands every
// route through here, so that no console is forgotten.
func (s *Service) Watched(r httpd.Route) httpd.Route {
	if r.Path != "/console/:slug" && !strings.HasPrefix(r.Path, "/console/:slug/") {
		return r
	}
	do := r.Do
	r.Do = func(c echo.Context) error {
		if w, ok := worksAt(httpd.Actor(c), c.Param("slug")); ok {
			from := httpd.PlaceOf(c)
			from.Device = httpd.MarkDevice(c)
			if err := s.Worked(c.Request().Context(), w.OrganisationID, from); err != nil {
				return err
			}
		}
		return do(c)
	}
	return r
}
