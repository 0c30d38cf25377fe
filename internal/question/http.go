package question

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/text"
	"caravan/web"
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	pages := []httpd.Route{
		{Method: "GET", Path: "/questions", Gate: access.Anyone, Do: s.showList, Cache: httpd.Public("list", "procedure", "destination", "before")},
		{Method: "GET", Path: "/questions/ask", Gate: access.Member, Do: s.showAsk},
		{Method: "GET", Path: "/questions/similar", Gate: access.Anyone, Do: s.showSimilar},
		{Method: "POST", Path: "/questions", Gate: access.Member, Do: s.ask},
		{Method: "GET", Path: "/questions/:id", Gate: access.Anyone, Do: s.showQuestion, Cache: httpd.Public("after", "before", "at")},
		{Method: "GET", Path: "/questions/:id/:slug", Gate: access.Anyone, Do: s.showQuestion, Cache: httpd.Public("after", "before", "at")},
		{Method: "GET", Path: "/questions/:id/edit", Gate: access.Member, Do: s.showEditQuestion},
		{Method: "POST", Path: "/questions/:id/edit", Gate: access.Member, Do: s.editQuestion},
		{Method: "GET", Path: "/questions/:id/history", Gate: access.Anyone, Do: s.showQuestionHistory},
		{Method: "GET", Path: "/questions/:id/fragment", Gate: access.Anyone, Do: s.showNewer},
		{Method: "POST", Path: "/questions/:id/replies", Gate: access.Member, Do: s.postReply},
		{Method: "GET", Path: "/replies/:id", Gate: access.Anyone, Do: s.findReplyPage},
		{Method: "GET", Path: "/replies/:id/fragment", Gate: access.Anyone, Do: s.showFragment},
		{Method: "GET", Path: "/replies/:id/edit", Gate: access.Member, Do: s.showEditReply},
		{Method: "POST", Path: "/replies/:id/edit", Gate: access.Member, Do: s.editReply},
		{Method: "GET", Path: "/replies/:id/history", Gate: access.Anyone, Do: s.showReplyHistory},
		{Method: "POST", Path: "/replies/:id/helpful", Gate: access.Member, Do: s.vote},
		{Method: "POST", Path: "/replies/:id/accept", Gate: access.Member, Do: s.accept},
		{Method: "GET", Path: "/me/questions", Gate: access.Member, Do: s.showMine},
	}
	return append(pages, s.apiRoutes()...)
}

// ticked is what a box of a form says.
const ticked = "yes"

func (s *Service) showList(c echo.Context) error {
	var in struct {
		List        string `query:"list"`
		Procedure   string `query:"procedure"`
		Destination string `query:"destination"`
		Before      string `query:"before"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	f := filter{list: knownList(in.List), limit: listSize}
	if p, ok := s.provider.Procedure(in.Procedure); ok {
		f.procedure = p.ID
	}
	if d, ok := s.provider.Destination(in.Destination); ok {
		f.destination = d.ISO
	}
	f.before, f.beforeID = readCursor(in.Before)
	v, err := s.listing(c, f, in.Procedure, in.Destination)
	if err != nil {
		return err
	}
	return httpd.Page(c, listPage, httpd.Head{
		Title: httpd.Say(c, "question.list_title"), Description: httpd.Say(c, "question.list_description"), Place: "questions",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.questions")}},
	}, v)
}

func (s *Service) showAsk(c echo.Context) error {
	var in struct {
		Clinic    string `query:"clinic"`
		Procedure string `query:"procedure"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.askForm(c, Draft{Clinic: in.Clinic, Procedure: in.Procedure}, nil)
}

func (s *Service) askForm(c echo.Context, d Draft, err error) error {
	v, e := s.askView(c, d)
	if e != nil {
		return e
	}
	return httpd.Page(c, askPage, httpd.Head{
		Title: httpd.Say(c, "question.ask_title"), Place: "questions", Err: err, Scripts: []string{"ask"},
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.questions"), Path: "/questions"}, {Label: httpd.Say(c, "question.ask")}},
	}, v)
}

func (s *Service) ask(c echo.Context) error {
	var in struct {
		Title       string `form:"title"`
		Body        string `form:"body"`
		Procedure   string `form:"procedure"`
		Destination string `form:"destination"`
		Clinic      string `form:"clinic"`
		LeaksSeen   string `form:"leaks_seen"`
	}
	k, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	d := Draft{Title: in.Title, Body: in.Body, Procedure: in.Procedure, Destination: in.Destination, Clinic: in.Clinic, LeaksSeen: in.LeaksSeen == ticked}
	q, err := s.Ask(c.Request().Context(), httpd.Actor(c), d, k)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooMany) {
		return s.askForm(c, d, err)
	}
	if err != nil {
		return err
	}
	done := "?done=asked"
	if q.State == Waiting {
		done = "?done=asked_waiting"
	}
	return httpd.SeeOther(c, Path(q.ID, q.Title)+done)
}

func (s *Service) showSimilar(c echo.Context) error {
	var in struct {
		Title string `query:"title"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	v, err := s.similar(c, in.Title)
	if err != nil {
		return err
	}
	return httpd.PartPage(c, similarPart, v)
}

type questionAddress struct {
	ID     int64  `param:"id"`
	Slug   string `param:"slug"`
	After  int64  `query:"after"`
	Before int64  `query:"before"`
	At     int64  `query:"at"`
}

func (s *Service) showQuestion(c echo.Context) error {
	var in questionAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.questionWith(c, in, "", nil)
}

// questionWith shows a question's page; draft and err are those of a reply that
// could not be taken.
func (s *Service) questionWith(c echo.Context, in questionAddress, draft string, err error) error {
	a, q := httpd.Actor(c), s.db.Read(c.Request().Context())
	p, replies, e := s.repliesFor(c, q, in)
	if e != nil {
		return e
	}
	if e := canSee(a, p.State, p.AuthorAccountID); e != nil {
		return e
	}
	path := Path(p.ID, p.Title)
	if c.Request().Method == http.MethodGet && in.Slug != text.Slug(p.Title) {
		if raw := c.Request().URL.RawQuery; raw != "" {
			path += "?" + raw
		}
		return c.Redirect(http.StatusMovedPermanently, localised(c, path))
	}
	v, e := s.questionView(c, q, p, replies, in, draft)
	if e != nil {
		return e
	}
	return httpd.Page(c, questionPage, httpd.Head{
		Title: p.Title, Description: httpd.Say(c, "question.description", "count", p.Replies), Place: "questions", Err: err, Scripts: []string{"question"},
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.questions"), Path: "/questions"}, {Label: v.Procedure, Path: v.ProcedurePath}},
	}, v)
}

func (s *Service) postReply(c echo.Context) error {
	var in struct {
		ID        int64  `param:"id"`
		Body      string `form:"body"`
		LeaksSeen string `form:"leaks_seen"`
	}
	k, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	posted, err := s.PostReply(c.Request().Context(), httpd.Actor(c), in.ID, Words{Body: in.Body, LeaksSeen: in.LeaksSeen == ticked}, k)
	if (errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooMany)) && !httpd.WantsPart(c) {
		return s.questionWith(c, questionAddress{ID: in.ID}, in.Body, err)
	}
	if err != nil {
		return err
	}
	if httpd.WantsPart(c) {
		return c.JSON(http.StatusCreated, map[string]any{"reply": posted.ID, "position": posted.Position, "state": posted.State})
	}
	q, err := findQuestion(s.db.Read(c.Request().Context()), posted.QuestionID)
	if err != nil {
		return err
	}
	if posted.State == Waiting {
		return httpd.SeeOther(c, Path(q.ID, q.Title)+"?done=reply_waiting")
	}
	return httpd.SeeOther(c, Path(q.ID, q.Title)+"?at="+itoa(posted.Position)+"&done=replied#r"+itoa(posted.Position))
}

func (s *Service) vote(c echo.Context) error {
	var in struct {
		ID    int64 `param:"id"`
		Value int   `form:"value"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	v, err := s.Vote(ctx, a, in.ID, in.Value)
	if err != nil {
		return err
	}
	if httpd.WantsPart(c) {
		return c.JSON(http.StatusOK, map[string]any{"reply": v.ReplyID, "value": v.Value, "helpful": v.Helpful, "counted": v.Counted})
	}
	done := "voted"
	if !v.Counted {
		done = "voted_uncounted"
	}
	return s.backToReply(c, in.ID, done)
}

func (s *Service) accept(c echo.Context) error {
	var in struct {
		ID    int64 `param:"id"`
		Value int   `form:"value"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if err := cleanVote(in.Value); err != nil {
		return err
	}
	if _, err := s.Accept(c.Request().Context(), httpd.Actor(c), in.ID, in.Value == 1); err != nil {
		return err
	}
	return s.backToReply(c, in.ID, "accepted")
}

func (s *Service) backToReply(c echo.Context, replyID int64, done string) error {
	q := s.db.Read(c.Request().Context())
	r, err := findReply(q, replyID)
	if err != nil {
		return err
	}
	x, err := findQuestion(q, r.QuestionID)
	if err != nil {
		return err
	}
	if r.Position == nil {
		return httpd.SeeOther(c, Path(x.ID, x.Title))
	}
	return httpd.SeeOther(c, Path(x.ID, x.Title)+"?at="+itoa(*r.Position)+"&done="+done+"#r"+itoa(*r.Position))
}

func (s *Service) findReplyPage(c echo.Context) error {
	var in struct {
		ID int64 `param:"id"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	q := s.db.Read(c.Request().Context())
	r, err := findReply(q, in.ID)
	if err != nil {
		return err
	}
	x, err := findQuestion(q, r.QuestionID)
	if err != nil {
		return err
	}
	if r.Position == nil && r.AuthorAccountID != httpd.Actor(c).AccountID {
		return errNoReply
	}
	return httpd.SeeOther(c, replyPath(r, x.Title))
}

func (s *Service) showMine(c echo.Context) error {
	rows, err := listOwn(s.db.Read(c.Request().Context()), httpd.Actor(c).AccountID, 100)
	if err != nil {
		return err
	}
	return httpd.Page(c, minePage, httpd.Head{
		Title: httpd.Say(c, "question.mine_title"), Place: "me",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: httpd.Say(c, "question.mine_title")}},
	}, MineView{Questions: s.rowViews(httpd.Lang(c), rows, s.db.Now())})
}

// readCursor and writeCursor carry the place where a page of a list ended.
func readCursor(s string) (time.Time, int64) {
	var micros, id int64
	if n, err := parseTwo(s, &micros, &id); err != nil || n != 2 {
		return time.Time{}, 0
	}
	return time.UnixMicro(micros).UTC(), id
}
