package experience

import (
	"slices"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// checkInRoutes are the pages that ask again.
func (s *Service) checkInRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/check-in/thanks", Gate: access.Anyone, Do: s.showThanks},
		{Method: "GET", Path: "/check-in/:token", Gate: access.Anyone, Do: s.showLinked},
		{Method: "POST", Path: "/check-in/:token", Gate: access.Anyone, Do: s.postLinked},
		{Method: "GET", Path: "/me/experiences/:id/check-ins/:moment", Gate: access.Member, Do: s.showCheckIn},
		{Method: "POST", Path: "/me/experiences/:id/check-ins/:moment", Gate: access.Member, Do: s.postCheckIn},
	}
}

// CheckInView is what checkin.page.html shows. Through a link it says nothing
// of the experience.
type CheckInView struct {
	Action  string
	Moment  string // "3 months"
	Outside bool
	Taps    []FieldView
	Harm    []FieldView
	Topics  []TopicView
	Open    bool
}

// TopicView is a heading with its questions.
type TopicView struct {
	Label  string
	Fields []FieldView
}

func (s *Service) showThanks(c echo.Context) error {
	return httpd.Page(c, thanksPage, httpd.Head{Title: httpd.Say(c, "experience.thanks_title"), Place: "experiences"}, struct{}{})
}

// linked reads the secret of a link; a wrong one is looked up like a right one.
func linked(c echo.Context) string { return c.Param("token") }

func (s *Service) showLinked(c echo.Context) error { return s.linkedForm(c, Answers{}, nil) }

func (s *Service) linkedForm(c echo.Context, typed Answers, wrong error) error {
	q := s.db.Read(c.Request().Context())
	ci, err := findLinked(q, hashOfToken(linked(c)))
	if err != nil {
		return err
	}
	// Which questions are asked depends on the moment alone: what was answered
	// before would be told by what is missing.
	return s.checkInForm(c, q, ci, "", "/check-in/"+linked(c), nil, withRole(typed, ""), true, wrong)
}

func (s *Service) postLinked(c echo.Context) error {
	k, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	typed, err := typedInto(c)
	if err != nil {
		return err
	}
	err = s.AnswerLink(c.Request().Context(), linked(c), httpd.Lang(c), typed, k)
	if errs.Is(err, errs.Invalid) {
		return s.linkedForm(c, typed, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/check-in/thanks")
}

type checkInAddress struct {
	ID     string `param:"id"`
	Moment string `param:"moment"`
}

func readCheckInAddress(c echo.Context) (in checkInAddress, err error) {
	if err = httpd.Bind(c, &in); err == nil && (!validID(in.ID) || !slices.Contains(Moments, in.Moment)) {
		err = errNone
	}
	return in, err
}

func (s *Service) showCheckIn(c echo.Context) error {
	in, err := readCheckInAddress(c)
	if err != nil {
		return err
	}
	q := s.db.Read(c.Request().Context())
	e, _, err := s.ownCheckIn(q, httpd.Actor(c), in.ID, in.Moment)
	if err != nil {
		return err
	}
	typed, err := s.saidAlready(q, e.ID)
	if err != nil {
		return err
	}
	return s.ownForm(c, in, typed, nil)
}

func (s *Service) ownForm(c echo.Context, in checkInAddress, typed Answers, wrong error) error {
	q := s.db.Read(c.Request().Context())
	e, ci, err := s.ownCheckIn(q, httpd.Actor(c), in.ID, in.Moment)
	if err != nil {
		return err
	}
	if ci.Status == Done {
		return httpd.SeeOther(c, "/me/experiences")
	}
	known, err := knownAnswers(q, e.ID)
	if err != nil {
		return err
	}
	p, _ := s.provider.ProcedureByID(e.ProcedureID)
	return s.checkInForm(c, q, ci, p.Outcome, "/me/experiences/"+in.ID+"/check-ins/"+in.Moment, known, withRole(typed, e.AuthorRole), false, wrong)
}

func (s *Service) checkInForm(c echo.Context, q *db.Tx, ci CheckIn, outcome, action string, known, typed Answers, outside bool, wrong error) error {
	lang := httpd.Lang(c)
	x, err := s.newAsker(q, lang, typed, wrong)
	if err != nil {
		return err
	}
	v := CheckInView{Action: action, Moment: momentName(lang, ci.Moment), Outside: outside}
	if v.Taps, err = x.fields(tapFields); err != nil {
		return err
	}
	if v.Harm, err = x.fields(complicationAt()); err != nil {
		return err
	}
	if err := v.topics(x, AskedAt(ci.Moment, outcome, known, outside)); err != nil {
		return err
	}
	return httpd.Page(c, checkInPage, httpd.Head{Title: httpd.Say(c, "experience.check_in_title", "moment", v.Moment), Place: "experiences", Err: wrong}, v)
}

func (v *CheckInView) topics(x *asker, all []Field) error {
	for _, topic := range Topics {
		t := TopicView{Label: wording.Text(x.lang, "experience.topic_"+topic)}
		for _, f := range all {
			if f.Topic != topic {
				continue
			}
			q, err := x.field(f)
			if err != nil {
				return err
			}
			v.Open = v.Open || q.Error != "" || len(filled(x.typed[f.Name])) > 0
			t.Fields = append(t.Fields, q)
		}
		if len(t.Fields) > 0 {
			v.Topics = append(v.Topics, t)
		}
	}
	return nil
}

func (s *Service) postCheckIn(c echo.Context) error {
	in, err := readCheckInAddress(c)
	if err != nil {
		return err
	}
	typed, err := typedInto(c)
	if err != nil {
		return err
	}
	err = s.AnswerCheckIn(c.Request().Context(), httpd.Actor(c), in.ID, in.Moment, httpd.Lang(c), typed)
	if errs.Is(err, errs.Invalid) {
		return s.ownForm(c, in, typed, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me/experiences?done=checked_in")
}
