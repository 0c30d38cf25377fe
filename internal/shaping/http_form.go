package shaping

import (
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// formOf is everything that a form sent.
func formOf(c echo.Context) (typed, error) {
	f, err := c.FormParams()
	if err != nil {
		return nil, errs.New(errs.Malformed, "common.malformed")
	}
	for _, vs := range f {
		for i, v := range vs {
			vs[i] = strings.ReplaceAll(v, "\x00", "")
		}
	}
	return typed(f), nil
}

// formOnce is formOf for a form that makes something, with the key by which it
// is made once however often it is sent.
func formOnce(c echo.Context) (typed, db.Key, error) {
	t, err := formOf(c)
	if err != nil {
		return nil, db.Key{}, err
	}
	k, err := httpd.NeedOnce(c)
	return t, k, err
}

// again reports whether an error belongs on the form it came from, with
// everything that was typed.
func again(err error) bool {
	switch errs.Of(err).Kind {
	case errs.Invalid, errs.Conflict, errs.Forbidden, errs.TooMany, errs.Gone:
		return err != nil
	}
	return false
}
