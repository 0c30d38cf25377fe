package front

import (
	"bytes"
	"html/template"

	"github.com/labstack/echo/v4"

	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/question"
	"caravan/web"
)

// ClinicView is what clinic.page.html shows.
type ClinicView struct {
	Facts     provider.Facts
	FactsHTML template.HTML
	Response  question.Response
	Questions template.HTML
}

const clinicRows = 10

func (s *Service) showClinic(c echo.Context) error {
	lang := httpd.Lang(c)
	ctx := c.Request().Context()
	q := s.db.Read(ctx)
	facts, err := s.provider.ClinicFacts(ctx, q, c.Param("slug"), lang)
	if err != nil {
		return err
	}
	v := ClinicView{Facts: facts}
	var b bytes.Buffer
	if err := provider.FactsPart.Write(&b, lang, facts); err != nil {
		return err
	}
	v.FactsHTML = template.HTML(b.String()) // #nosec G203: came out of html/template
	if v.Response, err = s.response(q, lang, facts.ID); err != nil {
		return err
	}
	rows, err := s.question.AboutClinic(q, lang, facts.ID, clinicRows)
	if err != nil {
		return err
	}
	if v.Questions, err = question.RowsHTML(lang, rows); err != nil {
		return err
	}
	return httpd.Page(c, clinicPage, httpd.Head{
		Title: facts.Name, Description: httpd.Say(c, "front.clinic_description", "clinic", facts.Name, "city", facts.City), Place: "clinics",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.clinics"), Path: "/clinics"}, {Label: facts.Name}},
	}, v)
}
