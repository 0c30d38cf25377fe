package moderation

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

const pageSize = 20

// Routes are the feature's addresses. None of them changes anybody's words.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{
		{Method: http.MethodGet, Path: "/report/:kind/:id", Gate: access.Member, Do: s.showReport},
		{Method: http.MethodPost, Path: "/report/:kind/:id", Gate: access.Member, Do: s.postReport},
		{Method: http.MethodGet, Path: "/decisions/:id", Gate: access.Member, Do: s.showDecision},
		{Method: http.MethodPost, Path: "/decisions/:id/appeal", Gate: access.Member, Do: s.appeal},
		{Method: http.MethodGet, Path: "/me/decisions", Gate: access.Member, Do: s.showMine},
		{Method: http.MethodGet, Path: "/moderation/numbers", Gate: access.Anyone, Cache: httpd.Public(), Do: s.showNumbers},
		{Method: http.MethodGet, Path: "/moderation", Gate: access.Moderator, Do: s.showDesk},
		{Method: http.MethodGet, Path: "/moderation/decided", Gate: access.Moderator, Do: s.showDecided},
		{Method: http.MethodGet, Path: "/moderation/:id", Gate: access.Moderator, Do: s.showCase},
		{Method: http.MethodPost, Path: "/moderation/:id/claim", Gate: access.Moderator, Do: s.claim},
		{Method: http.MethodPost, Path: "/moderation/:id/decide", Gate: access.Moderator, Do: s.decide},
		{Method: http.MethodPost, Path: "/moderation/:id/mask", Gate: access.Moderator, Do: s.mask},
	}
}

// asker answers a form with the page on which a moderator shows again who they
// are, and which keeps what the form said.
type asker func(c echo.Context) error

// AskBy says how moderators are asked to show again who they are. It is set before
// the first request.
func (s *Service) AskBy(ask func(c echo.Context) error) { s.ask = ask }

// orAsked turns the error of who has not shown lately who they are into the page
// for that.
func (s *Service) orAsked(c echo.Context, err error) error {
	if s.ask != nil && account.ToStepUp(err) {
		return s.ask(c)
	}
	return err
}

type thing struct {
	Kind string `param:"kind"`
	ID   string `param:"id"`
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
	ctx, a := c.Request().Context(), httpd.Actor(c)
	id, err := s.resolve(ctx, in.Kind, in.ID)
	if err != nil {
		return err
	}
	it, err := s.About(ctx, in.Kind, id)
	if err != nil {
		return err
	}
	wrote, err := s.wrote(ctx, a, in.Kind, id, it)
	if err != nil {
		return err
	}
	if err := canReport(it, wrote); err != nil {
		return err
	}
	v.Action, v.Title, v.Excerpt, v.Path = "/report/"+in.Kind+"/"+in.ID, it.Title, it.Excerpt, it.Path
	v.Reasons = reasonChoices(httpd.Lang(c), Reasons, v.Reason)
	title := httpd.Say(c, "moderation.report_title")
	crumbs := []web.Crumb{{Label: it.Title, Path: it.Path}, {Label: title}}
	return httpd.Page(c, reportPage, httpd.Head{Title: title, Crumbs: crumbs, Err: wrong}, v)
}

func (s *Service) postReport(c echo.Context) error {
	var in struct {
		Kind   string `param:"kind"`
		ID     string `param:"id"`
		Reason string `form:"reason"`
		Note   string `form:"note"`
	}
	key, err := httpd.BindOnce(c, &in)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, err := s.resolve(ctx, in.Kind, in.ID)
	if err != nil {
		return err
	}
	err = s.Report(ctx, httpd.Actor(c), in.Kind, id, in.Reason, in.Note, key)
	if errs.Is(err, errs.Invalid) {
		return s.reportForm(c, thing{in.Kind, in.ID}, ReportView{Reason: in.Reason, Note: in.Note}, err)
	}
	if err != nil {
		return err
	}
	it, err := s.About(ctx, in.Kind, id)
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, withDone(it.Path, "reported"))
}

// showDecision is the statement of reasons. It is for the author; those who
// reported see the result, moderators see all.
func (s *Service) showDecision(c echo.Context) error {
	var in number
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	return s.decisionPage(c, in.ID, "", nil)
}

func (s *Service) decisionPage(c echo.Context, id int64, words string, wrong error) error {
	ctx, a := c.Request().Context(), httpd.Actor(c)
	d, author, err := s.reading(ctx, a, id)
	if err != nil {
		return err
	}
	link, err := s.standing(ctx, d)
	if err != nil {
		return err
	}
	titled := []decision{d}
	if err := s.entitle(ctx, httpd.Lang(c), titled); err != nil {
		return err
	}
	d = titled[0]
	masks, err := d.masks()
	if err != nil {
		return err
	}
	v := statementView(httpd.Lang(c), d, author, author || a.Moderator || a.Admin)
	v.Link, v.Masks, v.Typed = link, maskWords(httpd.Lang(c), masks), words
	v.CanAppeal = author && s.canAppeal(d) == nil
	crumbs := []web.Crumb{{Label: httpd.Say(c, "moderation.mine_title"), Path: "/me/decisions"}, {Label: v.Heading}}
	return httpd.Page(c, statementPage, httpd.Head{Title: v.Heading, Place: "me", Crumbs: crumbs, Err: wrong}, v)
}

func (s *Service) appeal(c echo.Context) error {
	var in struct {
		ID    int64  `param:"id"`
		Words string `form:"words"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	err := s.Appeal(c.Request().Context(), httpd.Actor(c), in.ID, in.Words)
	if errs.Is(err, errs.Invalid) {
		return s.decisionPage(c, in.ID, in.Words, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, decisionPath(in.ID)+"?done=appealed")
}

// showMine lists the decisions on what the viewer wrote, under whatever name.
func (s *Service) showMine(c echo.Context) error {
	var in struct {
		Before int64 `query:"before"`
	}
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	things, err := s.writtenBy(ctx, a)
	if err != nil {
		return err
	}
	rows, err := listOfAuthor(s.db.Read(ctx), a.AccountID, things, in.Before, pageSize+1)
	if err != nil {
		return err
	}
	if err := s.entitle(ctx, httpd.Lang(c), rows); err != nil {
		return err
	}
	title := httpd.Say(c, "moderation.mine_title")
	v := mineView(httpd.Lang(c), rows, in.Before, s.canAppeal)
	return httpd.Page(c, minePage, httpd.Head{Title: title, Place: "me", Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.me"), Path: "/me"}, {Label: title}}}, v)
}

// writtenBy are the things of kinds with unknown authors that a wrote.
func (s *Service) writtenBy(ctx context.Context, a access.Actor) (map[string][]int64, error) {
	things := map[string][]int64{}
	for kind := range s.kinds() {
		x, ok := side[Authored](s, kind)
		if !ok {
			continue
		}
		ids, err := x.WrittenBy(ctx, a.PersonID)
		if err != nil {
			return nil, err
		}
		things[kind] = ids
	}
	return things, nil
}

// standing is where the thing of a decision stands now; empty if it does not.
func (s *Service) standing(ctx context.Context, d decision) (string, error) {
	it, err := s.item(ctx, Case{Ask: d.Ask, Kind: d.Kind, Ref: d.Ref})
	if errs.Is(err, errs.NotFound) || it.State == Hidden {
		return "", nil
	}
	return it.Path, err
}

func (s *Service) showNumbers(c echo.Context) error {
	q := s.db.Read(c.Request().Context())
	n, err := readNumbers(q)
	if err != nil {
		return err
	}
	title := httpd.Say(c, "moderation.numbers_title")
	return httpd.Page(c, numbersPage, httpd.Head{Title: title, Crumbs: []web.Crumb{{Label: httpd.Say(c, "moderation.st_rules"), Path: "/rules"}, {Label: title}}}, numbersView(httpd.Lang(c), n))
}
