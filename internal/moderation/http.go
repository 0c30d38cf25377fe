package moderation

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

const pageSize = 20

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/report/:kind/:id", Gate: access.Member, Do: s.showReport},
		{Method: http.MethodPost, Path: "/report/:kind/:id", Gate: access.Member, Do: s.postReport},
		{Method: http.MethodGet, Path: "/decisions/:id", Gate: access.Member, Do: s.showDecision},
		{Method: http.MethodGet, Path: "/moderation", Gate: access.Moderator, Do: s.showDesk},
		{Method: http.MethodGet, Path: "/moderation/decided", Gate: access.Moderator, Do: s.showDecided},
		{Method: http.MethodGet, Path: "/moderation/:id", Gate: access.Moderator, Do: s.showCase},
		{Method: http.MethodPost, Path: "/moderation/:id/claim", Gate: access.Moderator, Do: s.claim},
		{Method: http.MethodPost, Path: "/moderation/:id/decide", Gate: access.Moderator, Do: s.decide},
	}
}

type thing struct {
	Kind string `param:"kind"`
	ID   int64  `param:"id"`
}

func (s *Service) showReport(c echo.Context) error {
	var in thing
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.reportForm(c, in, ReportView{}, nil)
}

// reportForm shows the form, again with what was written when err says what is
// wrong with it.
func (s *Service) reportForm(c echo.Context, in thing, v ReportView, wrong error) error {
	it, err := s.About(c.Request().Context(), in.Kind, in.ID)
	if err != nil {
		return err
	}
	if err := canReport(httpd.Actor(c), it); err != nil {
		return err
	}
	v.Kind, v.Ref, v.Title, v.Excerpt, v.Path = in.Kind, in.ID, it.Title, it.Excerpt, it.Path
	v.Reasons = reasonChoices(httpd.Lang(c), Reasons, v.Reason)
	title := httpd.Say(c, "moderation.report_title")
	crumbs := []web.Crumb{{Label: it.Title, Path: it.Path}, {Label: title}}
	return httpd.Page(c, reportPage, httpd.Head{Title: title, Crumbs: crumbs, Err: wrong}, v)
}

func (s *Service) postReport(c echo.Context) error {
	var in struct {
		Kind   string `param:"kind"`
		ID     int64  `param:"id"`
		Reason string `form:"reason"`
		Note   string `form:"note"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	key, err := httpd.NeedOnce(c)
	if err != nil {
		return err
	}
	err = s.Report(c.Request().Context(), httpd.Actor(c), in.Kind, in.ID, in.Reason, in.Note, key)
	if errs.Is(err, errs.Invalid) {
		return s.reportForm(c, thing{in.Kind, in.ID}, ReportView{Reason: in.Reason, Note: in.Note}, err)
	}
	if err != nil {
		return err
	}
	it, err := s.About(c.Request().Context(), in.Kind, in.ID)
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, withDone(it.Path, "reported"))
}

func (s *Service) showDesk(c echo.Context) error {
	var in struct {
		Page int `query:"page"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	in.Page = min(max(1, in.Page), 1_000)
	q := s.db.Read(c.Request().Context())
	rows, count, err := listWaiting(q, (in.Page-1)*pageSize, pageSize)
	if err != nil {
		return err
	}
	v, err := s.deskView(c.Request().Context(), httpd.Lang(c), httpd.Actor(c), rows, q.Now)
	if err != nil {
		return err
	}
	v.Count, v.Pages = count, pages(count)
	v.Previous, v.Next = around(in.Page, v.Pages)
	return httpd.Page(c, deskPage, httpd.Head{Title: httpd.Say(c, "moderation.title"), Place: "moderation"}, v)
}

func (s *Service) showDecided(c echo.Context) error {
	var in struct {
		Before int64 `query:"before"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	rows, err := listHistory(s.db.Read(c.Request().Context()), in.Before, 2*pageSize+1)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "moderation.decided_title")
	return httpd.Page(c, decidedPage, httpd.Head{Title: title, Place: "moderation", Crumbs: crumbs(c, title)}, decidedView(httpd.Lang(c), rows, in.Before))
}

func (s *Service) showCase(c echo.Context) error {
	var in thing
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.casePage(c, in.ID, Verdict{}, nil)
}

func (s *Service) casePage(c echo.Context, id int64, typed Verdict, wrong error) error {
	d, err := s.open(c.Request().Context(), id)
	if err != nil {
		return err
	}
	past, err := listDecisions(s.db.Read(c.Request().Context()), d.c.Kind, d.c.Ref)
	if err != nil {
		return err
	}
	v := caseView(httpd.Lang(c), httpd.Actor(c), d, past, typed, s.db.Now())
	return httpd.Page(c, casePage, httpd.Head{Title: v.Title, Place: "moderation", Crumbs: crumbs(c, v.Title), Err: wrong}, v)
}

func (s *Service) claim(c echo.Context) error {
	var in struct {
		ID      int64 `param:"id"`
		Version int   `form:"version"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	if err := s.Claim(c.Request().Context(), httpd.Actor(c), in.ID, in.Version); err != nil {
		return err
	}
	return httpd.SeeOther(c, casePath(in.ID))
}

func (s *Service) decide(c echo.Context) error {
	var in struct {
		ID        int64  `param:"id"`
		Version   int    `form:"version"`
		Decision  string `form:"decision"`
		Reason    string `form:"reason"`
		Statement string `form:"statement"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	v := Verdict{in.Decision, in.Reason, in.Statement, in.Version}
	err := s.Decide(c.Request().Context(), httpd.Actor(c), in.ID, v)
	if errs.Is(err, errs.Invalid) {
		return s.casePage(c, in.ID, v, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, "/moderation?done=decided")
}

// showDecision is the statement of reasons. It is for the author; those who
// reported see the result, moderators see all.
func (s *Service) showDecision(c echo.Context) error {
	var in thing
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	a := httpd.Actor(c)
	d, reported, err := findDecision(s.db.Read(c.Request().Context()), in.ID, a.PersonID)
	if err != nil {
		return err
	}
	author := d.AuthorID != nil && *d.AuthorID == a.AccountID
	if !author && !reported && !a.Moderator && !a.Admin {
		return errs.New(errs.NotFound, "common.not_found")
	}
	link, err := s.standing(c.Request().Context(), d)
	if err != nil {
		return err
	}
	v := statementView(httpd.Lang(c), d, author, author || a.Moderator || a.Admin, link)
	return httpd.Page(c, statementPage, httpd.Head{Title: v.Heading, Place: "me"}, v)
}

// standing is where the thing of a decision stands now; empty if it does not.
func (s *Service) standing(ctx context.Context, d decision) (string, error) {
	c := Case{Ask: askReport, Kind: d.Kind, Ref: d.Ref}
	if d.Decision == Approve || d.Decision == Refuse {
		c.Ask = askSuggestion
	}
	it, err := s.item(ctx, c)
	if errs.Is(err, errs.NotFound) || it.State == Hidden {
		return "", nil
	}
	return it.Path, err
}

func crumbs(c echo.Context, last string) []web.Crumb {
	return []web.Crumb{{Label: httpd.Say(c, "moderation.title"), Path: "/moderation"}, {Label: last}}
}
