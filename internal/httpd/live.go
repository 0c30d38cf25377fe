package httpd

import (
	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/live"
)

// LiveRoutes are the socket and, where none can be had, the long poll. The hub
// judges the Origin and the limits of sockets; what it needs to know of the
// person is found here.
func LiveRoutes(h *live.Hub) []Route {
	return []Route{
		{Method: "GET", Path: "/live", Gate: access.Anyone, Do: func(c echo.Context) error {
			h.Upgrade(c.Response(), c.Request(), reader(c))
			return nil
		}, uncounted: true},
		{Method: "GET", Path: "/live/poll", Gate: access.Anyone, Do: func(c echo.Context) error {
			h.Poll(c.Response(), c.Request(), reader(c))
			return nil
		}, uncounted: true},
	}
}

func reader(c echo.Context) live.Reader {
	a := Actor(c)
	lang := c.QueryParam("lang")
	if lang == "" {
		lang = Lang(c)
	}
	return live.Reader{Actor: a, Session: a.Session, Expires: SessionExpires(c), Address: AddressBucket(c), Lang: lang}
}
