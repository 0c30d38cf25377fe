package experience

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/internal/visit"
	"caravan/internal/wording"
	"caravan/web"
)

// mineRoutes are the author's own pages.
func (s *Service) mineRoutes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/me/experiences", Gate: access.Member, Do: s.showMine},
		{Method: "GET", Path: "/me/experiences/:id/edit", Gate: access.Member, Do: s.showEdit},
		{Method: "POST", Path: "/me/experiences/:id/edit", Gate: access.Member, Do: s.postEdit},
		{Method: "GET", Path: "/me/experiences/:id/withdraw", Gate: access.Member, Do: s.showWithdraw},
		{Method: "POST", Path: "/me/experiences/:id/withdraw", Gate: access.Member, Do: s.postWithdraw},
		{Method: "POST", Path: "/me/experiences/:id/code", Gate: access.Member, Do: s.postCode, Limits: visit.TryLimits},
	}
}

func editPath(publicID string) string { return "/me/experiences/" + publicID + "/edit" }

// MineView is what mine.page.html shows.
type MineView struct {
	Rows   []MineRow
	Drafts []DraftRow
}

// MineRow is one own experience.
type MineRow struct {
	ID, Title, Lang, Path string // Path is empty while it is not public
	Clinic, Period        string
	Pseudonym             string
	State, Why            string
	Level                 string
	Raise                 []string // what would raise it
	CanCode               bool
	Edit, Withdraw, Code  string
	CheckIns              []CheckInRow
	Progress              string
}

// CheckInRow is one check-in of an own experience.
type CheckInRow struct{ Label, State, Path string }

func (s *Service) showMine(c echo.Context) error { return s.mineForm(c, nil) }

func (s *Service) mineForm(c echo.Context, wrong error) error {
	q, a, lang := s.db.Read(c.Request().Context()), httpd.Actor(c), httpd.Lang(c)
	all, err := listMine(q, a.PersonID)
	if err != nil {
		return err
	}
	drafts, err := listDrafts(q, a.AccountID)
	if err != nil {
		return err
	}
	v := MineView{Drafts: s.draftRows(lang, drafts)}
	for _, e := range all {
		checkIns, err := listCheckIns(q, e.ID)
		if err != nil {
			return err
		}
		proofs, err := visit.Proofs(q, []int64{e.ID})
		if err != nil {
			return err
		}
		o, err := s.provider.FindOrganisation(q, e.OrganisationID)
		if err != nil {
			return err
		}
		row := e.row(lang, a, checkIns, proofs[e.ID], q.Now)
		row.Clinic = o.Name
		v.Rows = append(v.Rows, row)
	}
	return httpd.Page(c, minePage, httpd.Head{Title: httpd.Say(c, "experience.mine_title"), Place: "me", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: httpd.Say(c, "experience.mine_title")}}}, v)
}

func (e Experience) row(lang string, a access.Actor, checkIns []CheckIn, proofs []visit.Proof, now time.Time) MineRow {
	base := "/me/experiences/" + e.PublicID
	r := MineRow{ID: e.PublicID, Title: e.Title, Lang: e.Lang, Period: visit.Quarter(e.Quarter).Name(lang), Pseudonym: e.Pseudonym, State: wording.Text(lang, "experience.state_"+e.State)}
	if e.State == Withdrawn || e.State == Removed {
		r.Title, r.Path = wording.Text(lang, "experience.state_"+e.State), Path(e.PublicID)
		return r
	}
	if e.StateWhy != "" && wording.Has(e.StateWhy) {
		r.Why = wording.Text(lang, e.StateWhy)
	}
	if e.State == Published || e.State == Restricted {
		r.Path = Path(e.PublicID)
	}
	if canEdit(e.State) == nil {
		r.Edit = base + "/edit"
	}
	r.Withdraw = base + "/withdraw"
	r.Level = visit.Badge(lang, int(e.Level), proofs).Label
	r.CanCode = len(proofs) == 0 && r.Edit != "" && !a.Insider()
	r.Code = base + "/code"
	r.raise(lang, a, e, proofs, checkIns)
	r.Progress = wording.Text(lang, "experience.progress", "answered", strconv.Itoa(int(e.Answered)), "asked", strconv.Itoa(int(e.Asked)))
	for _, c := range inOrder(checkIns) {
		row := CheckInRow{Label: momentName(lang, c.Moment), State: wording.Text(lang, "experience.check_in_"+c.Status)}
		if c.Status != Done && openNow(e, c, now) == nil {
			row.Path = base + "/check-ins/" + c.Moment
		}
		if c.Status == Coming && now.Before(c.DueOn) {
			row.State = wording.Text(lang, "experience.check_in_from", "day", wording.Day(lang, c.DueOn))
		}
		r.CheckIns = append(r.CheckIns, row)
	}
	return r
}

// raise says what would lift the level.
func (r *MineRow) raise(lang string, a access.Actor, e Experience, proofs []visit.Proof, checkIns []CheckIn) {
	say := func(key string) { r.Raise = append(r.Raise, wording.Text(lang, "experience.raise_"+key)) }
	if !a.Confirmed {
		say("confirm")
	}
	if len(proofs) == 0 {
		say("code")
	}
	if e.Level < visit.Followed {
		for _, c := range checkIns {
			if lifts(c.Moment) && (c.Status == Coming || c.Status == Asked) {
				say("check_in")
				break
			}
		}
	}
}

// own finds a's own experience by its address.
func (s *Service) own(c echo.Context) (Experience, error) {
	var in struct {
		ID string `param:"id"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return Experience{}, err
	}
	if !validID(in.ID) {
		return Experience{}, errNone
	}
	return findOwn(s.db.Read(c.Request().Context()), httpd.Actor(c).PersonID, in.ID)
}

// RewordView is what reword.page.html shows.
type RewordView struct {
	Action   string
	Fields   []FieldView
	AIUsed   bool
	Tick     bool
	Version  int
	SentBack bool
	Why      string
	Public   bool
}

func (s *Service) showEdit(c echo.Context) error {
	e, err := s.own(c)
	if err != nil {
		return err
	}
	if err := canEdit(e.State); err != nil {
		return err
	}
	return s.editForm(c, e, Answers{"title": {e.Title}, "story": {e.Story}, "goal": {e.Goal}}, e.Version, e.AIUsed, nil)
}

func (s *Service) editForm(c echo.Context, e Experience, typed Answers, version int, aiUsed bool, wrong error) error {
	lang := httpd.Lang(c)
	x, err := s.newAsker(s.db.Read(c.Request().Context()), lang, typed, wrong)
	if err != nil {
		return err
	}
	v := RewordView{Action: editPath(e.PublicID), Version: version, AIUsed: aiUsed, SentBack: e.State == SentBack, Public: e.State == Published}
	if v.SentBack && wording.Has(e.StateWhy) {
		v.Why = wording.Text(lang, e.StateWhy)
	}
	for _, name := range wordFields {
		f, err := x.field(byName[name])
		if err != nil {
			return err
		}
		f.Number = ""
		v.Fields = append(v.Fields, f)
	}
	_, v.Tick = x.wrong[text.LeakTick]
	return httpd.Page(c, rewordPage, httpd.Head{Title: httpd.Say(c, "experience.edit_title"), Place: "me", Err: wrong,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: httpd.Say(c, "experience.mine_title"), Path: "/me/experiences"}, {Label: httpd.Say(c, "experience.edit_title")}}}, v)
}

func (s *Service) postEdit(c echo.Context) error {
	var in struct {
		Title   string `form:"title"`
		Story   string `form:"story"`
		Goal    string `form:"goal"`
		AIUsed  string `form:"ai_used"`
		Seen    string `form:"leaks_seen"`
		Version int    `form:"version"`
		Go      string `form:"go"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	e, err := s.own(c)
	if err != nil {
		return err
	}
	w := Wording{Title: in.Title, Story: in.Story, Goal: in.Goal, AIUsed: in.AIUsed == "yes", Version: in.Version, Seen: Answers{}, Resend: in.Go == "resend"}
	typed := Answers{"title": {in.Title}, "story": {in.Story}, "goal": {in.Goal}}
	if in.Seen != "" {
		for _, name := range wordFields {
			w.Seen["seen_"+name] = []string{seenMark(cleaned(byName[name], typed.One(name)))}
		}
	}
	_, err = s.Edit(c.Request().Context(), httpd.Actor(c), e.PublicID, httpd.Lang(c), w)
	switch errs.Of(err).Kind {
	case errs.Invalid, errs.Conflict, errs.TooMany:
		if err != nil {
			return s.editForm(c, e, typed, in.Version, w.AIUsed, err)
		}
	}
	if err != nil {
		return err
	}
	done := "experience_edited"
	if w.Resend && e.State == SentBack {
		done = "experience_resent"
	}
	return httpd.SeeOther(c, "/me/experiences?done="+done)
}

// LeaveView is what leave.page.html shows before an experience is withdrawn.
type LeaveView struct{ Action, Title, Lang string }

func (s *Service) showWithdraw(c echo.Context) error {
	e, err := s.own(c)
	if err != nil {
		return err
	}
	if e.State == Withdrawn || e.State == Removed {
		return httpd.SeeOther(c, "/me/experiences")
	}
	return httpd.Page(c, leavePage, httpd.Head{Title: httpd.Say(c, "experience.withdraw_title"), Place: "me",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: httpd.Say(c, "experience.mine_title"), Path: "/me/experiences"}, {Label: httpd.Say(c, "experience.withdraw")}}},
		LeaveView{"/me/experiences/" + e.PublicID + "/withdraw", e.Title, e.Lang})
}

func (s *Service) postWithdraw(c echo.Context) error {
	e, err := s.own(c)
	if err != nil {
		return err
	}
	if err := s.Withdraw(c.Request().Context(), httpd.Actor(c), e.PublicID); err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me/experiences?done=experience_withdrawn")
}

func (s *Service) postCode(c echo.Context) error {
	var in struct {
		Code string `form:"code"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	e, err := s.own(c)
	if err != nil {
		return err
	}
	err = s.AddCode(c.Request().Context(), httpd.Actor(c), e.PublicID, in.Code)
	if errs.Is(err, errs.Invalid) {
		return s.mineForm(c, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/me/experiences?done=code_taken")
}
