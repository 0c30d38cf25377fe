package provider

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/web"
)

const pageSize = 20

// lastPage keeps addresses from asking the database to count off millions.
const lastPage = 1_000

// Routes are the feature's addresses. The page of one clinic mixes features and
// is made above them.
func (s *Service) Routes() []httpd.Route {
	return append([]httpd.Route{
		{Method: http.MethodGet, Path: "/clinics", Gate: access.Anyone, Do: s.showClinics, Cache: httpd.Public("q", "country", "procedure", "sort", "page")},
		{Method: http.MethodGet, Path: "/clinics/add", Gate: access.Member, Do: s.showAdd},
		{Method: http.MethodPost, Path: "/clinics/add", Gate: access.Member, Do: s.postAdd},
		{Method: http.MethodGet, Path: "/clinics/:slug/staff", Gate: access.Member, Do: s.showStaff},
		{Method: http.MethodPost, Path: "/clinics/:slug/staff", Gate: access.Member, Do: s.postInvite},
		{Method: http.MethodPost, Path: "/clinics/:slug/staff/:id/end", Gate: access.Member, Do: s.postEnd},
		{Method: http.MethodPost, Path: "/clinics/:slug/invitations/:id/withdraw", Gate: access.Member, Do: s.postWithdraw},
		{Method: http.MethodGet, Path: "/invitation", Gate: access.Member, Do: s.showInvitation},
		{Method: http.MethodPost, Path: "/invitation", Gate: access.Member, Do: s.postAccept},
	}, s.apiRoutes()...)
}

// clinicsQuery is the list as its address says it.
type clinicsQuery struct {
	Text      string `query:"q"`
	Country   string `query:"country"`
	Procedure string `query:"procedure"` // code
	Sort      string `query:"sort"`      // empty: by what patients told; name; answered
	Page      int    `query:"page"`
}

// filter checks what the address asks for. Choices that do not exist find
// nothing wrong and nothing: they are dropped.
func (s *Service) filter(in *clinicsQuery) (Filter, error) {
	clean, err := text.Clean(in.Text)
	if err != nil {
		return Filter{}, err
	}
	if in.Text = oneLine(clean); text.Length(in.Text) > MaxQuery {
		return Filter{}, errs.New(errs.Invalid, "provider.query_long", "most", MaxQuery)
	}
	f := Filter{Text: in.Text}
	in.Country = strings.ToUpper(in.Country)
	if _, ok := s.Destination(in.Country); ok {
		f.Country = in.Country
	} else {
		in.Country = ""
	}
	if p, ok := s.Procedure(in.Procedure); ok {
		f.Procedure = p.ID
	} else {
		in.Procedure = ""
	}
	if in.Sort != "answered" && in.Sort != "name" {
		in.Sort = ""
	}
	f.ByAnswer, f.ByFigures = in.Sort == "answered", in.Sort == ""
	in.Page = min(max(1, in.Page), lastPage)
	return f, nil
}

func (s *Service) showClinics(c echo.Context) error {
	var in clinicsQuery
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	f, err := s.filter(&in)
	if err != nil {
		return err
	}
	q := s.db.Read(c.Request().Context())
	count, err := countClinics(q, f)
	if err != nil {
		return err
	}
	rows, err := listClinics(q, f, (in.Page-1)*pageSize, pageSize)
	if err != nil {
		return err
	}
	head := httpd.Head{Title: httpd.Say(c, "provider.clinics"), Description: httpd.Say(c, "provider.clinics_description"), Place: "clinics"}
	return httpd.Page(c, clinicsPage, head, s.clinicsView(httpd.Lang(c), in, f, rows, count))
}

func (s *Service) showAdd(c echo.Context) error {
	var in struct {
		Name string `query:"name"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.addForm(c, Draft{Name: in.Name}, nil, nil)
}

func (s *Service) addForm(c echo.Context, d Draft, alike []Alike, wrong error) error {
	title := httpd.Say(c, "provider.add_title")
	crumbs := []web.Crumb{{Label: httpd.Say(c, "provider.clinics"), Path: "/clinics"}, {Label: title}}
	return httpd.Page(c, addPage, httpd.Head{Title: title, Place: "clinics", Crumbs: crumbs, Err: wrong}, s.addView(httpd.Lang(c), d, alike))
}

func (s *Service) postAdd(c echo.Context) error {
	var in struct {
		Name          string `form:"name"`
		City          string `form:"city"`
		Country       string `form:"country"`
		Website       string `form:"website"`
		Accreditation string `form:"accreditation"`
		Note          string `form:"note"`
		Sure          bool   `form:"sure"`
	}
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	d := Draft(in)
	_, err = s.SuggestClinic(c.Request().Context(), httpd.Actor(c), d, key)
	if !errs.Is(err, errs.Invalid) {
		if err != nil {
			return err
		}
		return httpd.SeeOther(c, "/clinics?done=clinic_suggested")
	}
	var alike []Alike
	for _, f := range errs.Of(err).Fields {
		if f.Name == "sure" {
			var e error
			if alike, e = s.Alike(c.Request().Context(), d); e != nil {
				return e
			}
		}
	}
	return s.addForm(c, d, alike, err)
}
