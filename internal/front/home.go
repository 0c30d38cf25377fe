package front

import (
	"html/template"

	"github.com/labstack/echo/v4"

	"caravan/internal/experience"
	"caravan/internal/httpd"
	"caravan/internal/question"
)

// HomeView is what home.page.html shows.
type HomeView struct {
	Questions   template.HTML      // latest activity
	Answered    []question.RowView // lately answered by a clinic
	Counts      question.Counts
	Clinics     int
	Countries   int
	Experiences template.HTML // the newest whose visit was seen
	Totals      experience.Totals
	Packages    template.HTML // a few whose vote runs
	Open        int           // of those that close soonest
}

const (
	homeRows   = 4 // questions
	homeLatest = 3 // experiences
	homeOffers = 3 // packages
)

func (s *Service) showHome(c echo.Context) error {
	lang := httpd.Lang(c)
	q := s.db.Read(c.Request().Context())
	var v HomeView
	newest, err := s.question.Newest(q, lang, "active", homeRows)
	if err != nil {
		return err
	}
	if v.Questions, err = question.RowsHTML(lang, newest); err != nil {
		return err
	}
	if v.Answered, err = s.question.Newest(q, lang, "clinic", homeRows); err != nil {
		return err
	}
	if v.Counts, err = s.question.Counts(q); err != nil {
		return err
	}
	if v.Clinics, v.Countries, err = s.provider.CountClinics(q); err != nil {
		return err
	}
	if v.Experiences, err = s.experience.Newest(q, lang, homeLatest); err != nil {
		return err
	}
	if v.Totals, err = s.experience.Totals(c.Request().Context()); err != nil {
		return err
	}
	if v.Packages, v.Open, err = s.shaping.OpenSoon(q, lang, homeOffers); err != nil {
		return err
	}
	return httpd.Page(c, homePage, httpd.Head{Title: httpd.Say(c, "front.home_title"), Description: httpd.Say(c, "front.home_description"), Place: "home"}, v)
}
