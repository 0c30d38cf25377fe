package httpd

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
)

// restFor is when somebody whose words could not be taken may try again: a
// person has to repair something first.
const restFor = 5 * time.Minute

// rest refuses to take anything while the public log cannot record it: what was
// taken now would be lost, or leave no trace. Everything can still be read. It
// comes after the form was read, so that the answer gives the words back.
func (s *Server) rest(c echo.Context, r Route) error {
	m := c.Request().Method
	if r.Resting || m == http.MethodGet || m == http.MethodHead || s.record().ReadOnly.IsZero() {
		return nil
	}
	return errs.Wait(errs.Unavailable, restFor, "common.resting")
}
