package front

import (
	"context"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/answer"
	"caravan/internal/chart"
	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/question"
	"caravan/internal/wording"
	"caravan/web"
)

// ClinicPage is what clinic.page.html shows: a clinic's page is the same for
// every reader but for the frame, so it is kept as HTML.
type ClinicPage struct {
	Facts provider.Facts
	HTML  template.HTML
}

// ClinicView is what report.part.html shows: all of a clinic's page.
type ClinicView struct {
	Facts                   provider.Facts
	Head, FactsHTML, Offer  template.HTML
	Figures                 experience.FiguresView
	Overdue                 *answer.ChangeView // the change that is overdue longest
	Changes                 template.HTML
	Promised                int
	Experiences             template.HTML
	Packages                template.HTML
	Offered                 int           // packages in all
	Kept                    template.HTML // what was kept of their promises and how wishes are answered; empty while nothing can be said
	Questions               template.HTML
	Asked                   int
	Answers                 *chart.Drawing
	AnswersTitle, AnswersOf string
}

// clinicRows are how many questions and experiences stand on a clinic's page.
const (
	clinicRows   = 6
	clinicLatest = 4
	clinicOffers = 4
)

// clinicLife is for how long a clinic's page is shown as it was made.
const clinicLife = time.Second

func (s *Service) showClinic(c echo.Context) error {
	lang, slug := httpd.Lang(c), c.Param("slug")
	v, err := s.clinicPage(c.Request().Context(), lang, slug)
	if err != nil {
		return err
	}
	return httpd.Page(c, clinicPage, httpd.Head{
		Title: v.Facts.Name, Description: httpd.Say(c, "front.clinic_description", "clinic", v.Facts.Name, "city", v.Facts.City), Place: "clinics",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.clinics"), Path: "/clinics"}, {Label: v.Facts.Name}},
	}, *v)
}

// clinicPage makes a clinic's page at most once a second, however many read it.
func (s *Service) clinicPage(ctx context.Context, lang, slug string) (*ClinicPage, error) {
	return s.clinics.Take(ctx, lang+" "+slug, func(ctx context.Context) (*ClinicPage, error) {
		v, err := s.makeClinic(ctx, lang, slug)
		if err != nil {
			return nil, err
		}
		html, err := reportPart.HTML(lang, *v)
		if err != nil {
			return nil, err
		}
		return &ClinicPage{v.Facts, html}, nil
	})
}

func (s *Service) makeClinic(ctx context.Context, lang, slug string) (*ClinicView, error) {
	q := s.db.Read(ctx)
	facts, err := s.provider.ClinicFacts(ctx, q, slug, lang)
	if err != nil {
		return nil, err
	}
	v := &ClinicView{Facts: facts}
	if v.Head, err = provider.HeadPart.HTML(lang, facts); err != nil {
		return nil, err
	}
	if v.FactsHTML, err = provider.FactsPart.HTML(lang, facts); err != nil {
		return nil, err
	}
	if v.Offer, err = provider.OfferPart.HTML(lang, facts); err != nil {
		return nil, err
	}
	if v.Figures, err = s.experience.ClinicView(ctx, lang, facts.ID); err != nil {
		return nil, err
	}
	if v.Experiences, err = s.experience.AboutClinic(q, lang, facts.ID, clinicLatest); err != nil {
		return nil, err
	}
	if v.Packages, v.Offered, err = s.shaping.OfClinic(q, lang, facts.ID, clinicOffers); err != nil {
		return nil, err
	}
	if v.Kept, err = s.shaping.RecordOfClinic(q, lang, facts.ID); err != nil {
		return nil, err
	}
	if err := s.promised(q, lang, v); err != nil {
		return nil, err
	}
	return v, s.asked(q, lang, v)
}

// promised adds what the clinic promised to change.
func (s *Service) promised(q *db.Tx, lang string, v *ClinicView) error {
	changes, err := answer.OfClinic(q, v.Facts.ID)
	if err != nil {
		return err
	}
	v.Promised = len(changes.Overdue) + len(changes.Planned) + len(changes.Made)
	if len(changes.Overdue) > 0 {
		worst := slices.MaxFunc(changes.Overdue, func(a, b answer.ChangeView) int { return a.Overdue - b.Overdue })
		v.Overdue = &worst
	}
	if v.Promised > 0 {
		v.Changes, err = answer.ChangesPart.HTML(lang, changes)
	}
	return err
}

// asked adds the clinic's questions and how long it took to answer them.
func (s *Service) asked(q *db.Tx, lang string, v *ClinicView) error {
	rows, err := s.question.AboutClinic(q, lang, v.Facts.ID, clinicRows)
	if err != nil {
		return err
	}
	if v.Questions, err = question.RowsHTML(lang, rows); err != nil {
		return err
	}
	a, err := s.question.FirstAnswers(q, v.Facts.ID)
	if err != nil {
		return err
	}
	v.Asked = len(a.Times) + a.None
	v.AnswersOf = wording.Text(lang, "front.answers_of", "count", v.Asked)
	if v.Asked == 0 {
		return nil
	}
	v.AnswersTitle = wording.Text(lang, "front.answers_none", "count", v.Asked)
	strip := chart.Strip{ID: "d-answers", Times: a.Times, Never: a.None, Median: "–"}
	if len(a.Times) > 0 {
		strip.Median = wording.Age(lang, middle(a.Times))
		v.AnswersTitle = wording.Text(lang, "front.answers_title", "time", strip.Median)
	}
	d := strip.Draw(lang)
	v.Answers = &d
	return nil
}

// middle is the median of times.
func middle(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Anchor is the address of a clinic's experiences in their list.
func (v ClinicView) Anchor() string { return "/experiences?clinic=" + v.Facts.Slug }

// Told is how many experiences there are, in figures.
func (v ClinicView) Told() string { return strconv.Itoa(v.Figures.Published) }
