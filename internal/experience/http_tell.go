package experience

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/internal/wording"
	"caravan/web"
)

// tellRoutes are the pages on which somebody tells.
func (s *Service) tellRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/experiences/tell", Gate: access.Member, Do: s.showStart},
		{Method: "POST", Path: "/experiences/tell", Gate: access.Member, Do: s.postStart},
		{Method: "GET", Path: "/experiences/drafts/:id/:step", Gate: access.Member, Do: s.showStep},
		{Method: "POST", Path: "/experiences/drafts/:id/discard", Gate: access.Member, Do: s.postDiscard},
		{Method: "POST", Path: "/experiences/drafts/:id/:step", Gate: access.Member, Do: s.postStep},
	}
}

func (s *Service) showStart(c echo.Context) error {
	var in struct {
		Clinic    string `query:"clinic"`
		Procedure string `query:"procedure"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.startForm(c, in.Clinic, in.Procedure, nil)
}

func (s *Service) startForm(c echo.Context, clinic, procedure string, wrong error) error {
	a := httpd.Actor(c)
	drafts, err := listDrafts(s.db.Read(c.Request().Context()), a.AccountID)
	if err != nil {
		return err
	}
	return httpd.Page(c, startPage, httpd.Head{Title: httpd.Say(c, "experience.tell_title"), Place: "experiences", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.experiences"), Path: "/experiences"}, {Label: httpd.Say(c, "experience.tell")}}},
		StartView{Drafts: s.draftRows(httpd.Lang(c), drafts), Clinic: clinic, Procedure: procedure, Confirmed: a.Confirmed, Insider: a.Insider()})
}

func (s *Service) postStart(c echo.Context) error {
	var in struct {
		Clinic    string `form:"clinic"`
		Procedure string `form:"procedure"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	filledIn := Answers{}
	for name, v := range map[string]string{"clinic": in.Clinic, "procedure": in.Procedure} {
		if v != "" && text.Length(v) < 200 {
			filledIn[name] = []string{v}
		}
	}
	d, err := s.StartDraft(c.Request().Context(), httpd.Actor(c), filledIn)
	if errs.Is(err, errs.Conflict) || errs.Is(err, errs.TooMany) {
		return s.startForm(c, in.Clinic, in.Procedure, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, draftPath(d.PublicID, Steps[0]))
}

// draftAddress names one step of a draft.
type draftAddress struct {
	ID   string `param:"id"`
	Step string `param:"step"`
}

func readDraftAddress(c echo.Context) (in draftAddress, err error) {
	if err = httpd.Bind(c, &in); err != nil {
		return in, err
	}
	if !validID(in.ID) || in.Step != "" && !slices.Contains(Steps, in.Step) {
		return in, errNoDraft
	}
	return in, nil
}

func (s *Service) showStep(c echo.Context) error {
	in, err := readDraftAddress(c)
	if err != nil {
		return err
	}
	a, q := httpd.Actor(c), s.db.Read(c.Request().Context())
	d, err := findDraft(q, a.AccountID, in.ID)
	if errs.Is(err, errs.NotFound) {
		if _, e := findOwn(q, a.PersonID, in.ID); e == nil {
			return httpd.SeeOther(c, "/me/experiences") // it was sent
		}
	}
	if err != nil {
		return err
	}
	return s.stepForm(c, d, in.Step, nil, "")
}

// stepForm shows a step with what the draft holds and what is wrong with it.
func (s *Service) stepForm(c echo.Context, d Draft, step string, wrong error, existing string) error {
	a, q, lang := httpd.Actor(c), s.db.Read(c.Request().Context()), httpd.Lang(c)
	v, err := s.tellView(q, lang, d, step, wrong)
	if err != nil {
		return err
	}
	v.Existing = existing
	if v.Last {
		x, open, err := s.check(q, a, lang, d.Answers)
		if err != nil {
			return err
		}
		if err := s.preview(q, lang, d, x, open, &v); err != nil {
			return err
		}
	}
	return httpd.Page(c, tellPage, httpd.Head{Title: v.Title, Place: "experiences", Err: wrong, Scripts: []string{"draft"},
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.experiences"), Path: "/experiences"}, {Label: httpd.Say(c, "experience.tell"), Path: "/experiences/tell"}, {Label: v.Title}}}, v)
}

// typedInto is everything that a form sent.
func typedInto(c echo.Context) (Answers, error) {
	f, err := c.FormParams()
	if err != nil {
		return nil, errs.New(errs.Malformed, "common.malformed")
	}
	return Answers(f), nil
}

// postStep saves a step and goes on, leaves, or, on the last one, sends.
func (s *Service) postStep(c echo.Context) error {
	in, err := readDraftAddress(c)
	if err != nil {
		return err
	}
	typed, err := typedInto(c)
	if err != nil {
		return err
	}
	ctx, a, lang := c.Request().Context(), httpd.Actor(c), httpd.Lang(c)
	d, err := s.SaveStep(ctx, a, in.ID, in.Step, lang, typed)
	if errs.Is(err, errs.NotFound) && in.Step == Steps[len(Steps)-1] {
		return s.send(c, Draft{PublicID: in.ID}, typed) // the same form once more
	}
	if err != nil {
		return err
	}
	switch {
	case httpd.WantsPart(c):
		return s.savedPart(c, d, in.Step)
	case typed.One("go") == "leave":
		return httpd.SeeOther(c, "/me/experiences?done=draft_saved")
	}
	if err := s.stepWrong(c, d, in.Step); err != nil {
		if k := errs.Of(err).Kind; k != errs.Invalid && k != errs.Forbidden {
			return err
		}
		return s.stepForm(c, d, in.Step, err, "")
	}
	if in.Step == Steps[len(Steps)-1] {
		return s.send(c, d, typed)
	}
	return httpd.SeeOther(c, draftPath(in.ID, Steps[slices.Index(Steps, in.Step)+1])+"?done=draft_saved")
}

// stepWrong says what is wrong with one step. Where the clinic is chosen, its
// own people learn at once that they cannot tell about it.
func (s *Service) stepWrong(c echo.Context, d Draft, step string) error {
	a, q := httpd.Actor(c), s.db.Read(c.Request().Context())
	x, open, err := s.check(q, a, httpd.Lang(c), d.Answers)
	if err != nil {
		return err
	}
	if step == Steps[0] && x.clinic != nil {
		if err := s.mayTell(q, a, x.clinic.ID); err != nil {
			return err
		}
	}
	for _, u := range open {
		if u.Step == step {
			return errs.Fields(u.Wrong...)
		}
	}
	return nil
}

// savedPart answers a script that saves while somebody types: when it was
// saved, and what the words would give away.
func (s *Service) savedPart(c echo.Context, d Draft, step string) error {
	a, q, lang := httpd.Actor(c), s.db.Read(c.Request().Context()), httpd.Lang(c)
	_, open, err := s.check(q, a, lang, d.Answers)
	if err != nil {
		return err
	}
	type warning struct {
		Field string `json:"field"`
		Text  string `json:"text"`
	}
	warnings := []warning{}
	for _, u := range open {
		for _, w := range u.Wrong {
			if u.Step == step && len(w.Key) > 10 && w.Key[:10] == "text.leak_" && w.Name != text.LeakTick {
				warnings = append(warnings, warning{w.Name, wording.Text(lang, w.Key, w.Args...)})
			}
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"saved": wording.Text(lang, "experience.saved"), "warnings": warnings})
}

// send submits a draft. Every answer to it but "sent" is the last step again.
func (s *Service) send(c echo.Context, d Draft, typed Answers) error {
	k, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	if d.CodeHash != nil && typed.One("use_code") == "" {
		if err := s.dropCode(ctx, a, d.PublicID); err != nil {
			return err
		}
	}
	_, err = s.Submit(ctx, a, d.PublicID, httpd.Lang(c), k)
	switch errs.Of(err).Kind {
	case errs.Invalid, errs.Forbidden, errs.TooMany, errs.Conflict:
		if err == nil || d.ID == 0 {
			break
		}
		existing := ""
		if errs.Of(err).Key == "experience.told_already" {
			id, e := s.ToldAlready(ctx, a, d.PublicID)
			if e != nil {
				return e
			}
			existing = editPath(id)
		}
		return s.stepForm(c, d, Steps[len(Steps)-1], err, existing)
	}
	if err != nil {
		return err
	}
	done := "experience_sent"
	if !a.Confirmed {
		done = "experience_sent_unconfirmed"
	}
	return httpd.SeeOther(c, "/me/experiences?done="+done)
}

func (s *Service) postDiscard(c echo.Context) error {
	in, err := readDraftAddress(c)
	if err != nil {
		return err
	}
	if err := s.Discard(c.Request().Context(), httpd.Actor(c), in.ID); err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	return httpd.SeeOther(c, "/me/experiences?done=draft_discarded")
}
