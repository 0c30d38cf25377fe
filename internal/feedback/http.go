package feedback

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/web"
)

const pageSize = 25

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{{Method: "GET", Path: "/clinics/:slug/feedback", Gate: access.Anyone, Do: s.showComments, Cache: httpd.Public("after", "at")}}
}

// place is a point in the order of a clinic's comments.
type place struct {
	day string
	id  int64
}

var first = place{"9999-12-31", math.MaxInt64}

// String is the place as it stands in addresses; readPlace reads it.
func (p place) String() string { return fmt.Sprintf("%s.%d", p.day, p.id) }

var written = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)\.(\d{1,18})$`)

func readPlace(s string) place {
	m := written.FindStringSubmatch(s)
	if m == nil {
		return first
	}
	id, err := strconv.ParseInt(m[2], 10, 64)
	if _, ok := parseDay(m[1]); err != nil || !ok && m[1] != never {
		return first
	}
	return place{m[1], id}
}

func commentPath(slug string, id int64) string {
	n := strconv.FormatInt(id, 10)
	return Path(slug) + "?at=" + n + "#comment-" + n
}

func (s *Service) showComments(c echo.Context) error {
	var in struct {
		Slug  string `param:"slug"`
		After string `query:"after"`
		At    int64  `query:"at"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	q := s.db.Read(c.Request().Context())
	o, err := s.provider.FindClinic(q, in.Slug)
	if err != nil {
		return err
	}
	n, err := countComments(q, o.ID)
	if err != nil {
		return err
	}
	after := readPlace(in.After)
	if in.At > 0 {
		if after, err = findPlace(q, o.ID, in.At); err != nil {
			return err
		}
		after.id++ // the comment itself comes first
	}
	rows, err := listComments(q, o.ID, after, pageSize+1)
	if err != nil {
		return err
	}
	return httpd.Page(c, commentsPage, httpd.Head{
		Title: httpd.Say(c, "feedback.title", "clinic", o.Name), Description: httpd.Say(c, "feedback.description"), Place: "clinics",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "provider.clinics"), Path: "/clinics"}, {Label: o.Name, Path: o.Path()}, {Label: httpd.Say(c, "feedback.crumb")}},
	}, commentsView(httpd.Lang(c), o, n, rows, after != first))
}
