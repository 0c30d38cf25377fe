package httpd

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/static"
)

// staticRoutes serve styles, scripts and pictures. Their addresses change with
// their content, so browsers keep them.
func staticRoutes() []Route {
	return []Route{{Method: http.MethodGet, Path: "/static/*", Gate: access.Anyone, uncounted: true, Do: func(c echo.Context) error {
		kind, body, zipped, current, ok := static.Find(c.Param("*"))
		if !ok {
			return errNotFound
		}
		h := c.Response().Header()
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		if !current {
			h.Set("Cache-Control", "no-cache")
		}
		h.Set("Vary", "Accept-Encoding")
		if zipped != nil && acceptsGzip(c.Request()) {
			h.Set("Content-Encoding", "gzip")
			body = zipped
		}
		return c.Blob(http.StatusOK, kind, body)
	}}, {Method: http.MethodGet, Path: "/favicon.ico", Gate: access.Anyone, uncounted: true, Do: func(c echo.Context) error {
		return c.Redirect(http.StatusMovedPermanently, static.URL("img/icon.svg"))
	}}}
}
