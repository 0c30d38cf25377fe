package front

import (
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/question"
	"caravan/internal/wording"
	"caravan/web"
)

// ConsoleView is what console.page.html shows: the desk of a clinic's people.
type ConsoleView struct {
	Name, Slug        string
	Channel, Epoch    string
	Seq               int64
	Waiting, Answered []DeskRow
	Response          question.Response
	Now               time.Time
}

// DeskRow is a question at the desk. Who asks is shown as everybody sees them.
type DeskRow struct {
	Path, Title, Lang string
	By                access.Byline
	At                time.Time
	Replies           int
}

const deskRows = 50

func (s *Service) showConsole(c echo.Context) error {
	ctx, lang, a := c.Request().Context(), httpd.Lang(c), httpd.Actor(c)
	q := s.db.Read(ctx)
	o, err := s.provider.FindClinic(q, c.Param("slug"))
	if err != nil {
		return err
	}
	if _, ok := a.WorksFor(o.ID); !ok {
		return errs.New(errs.Forbidden, "front.console_not_yours", "clinic", o.Name)
	}
	v := ConsoleView{Name: o.Name, Slug: o.Slug, Channel: question.ClinicChannel(o.ID), Now: s.db.Now()}
	// The position before the rows: what comes in between is told once more.
	if v.Seq, v.Epoch, err = s.hub.Position(ctx, q, v.Channel); err != nil {
		return err
	}
	waiting, err := s.question.Desk(q, o.ID, false, deskRows)
	if err != nil {
		return err
	}
	answered, err := s.question.Desk(q, o.ID, true, 10)
	if err != nil {
		return err
	}
	v.Waiting, v.Answered = deskView(lang, waiting), deskView(lang, answered)
	if v.Response, err = s.response(q, lang, o.ID); err != nil {
		return err
	}
	if httpd.WantsPart(c) {
		return httpd.PartPage(c, deskPart, v)
	}
	return httpd.Page(c, consolePage, httpd.Head{
		Title: httpd.Say(c, "front.console_title", "clinic", o.Name), Place: "console", Scripts: []string{"console"},
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.clinics"), Path: "/clinics"}, {Label: o.Name, Path: "/clinics/" + o.Slug}, {Label: httpd.Say(c, "front.console")}},
	}, v)
}

// response is a clinic's response clock with its median in words.
func (s *Service) response(q *db.Tx, lang string, organisation int64) (question.Response, error) {
	r, err := s.question.Response(q, organisation)
	if r.Known {
		r.MedianText = wording.Age(lang, r.Median)
	}
	return r, err
}

func deskView(lang string, rows []question.WaitingRow) []DeskRow {
	out := make([]DeskRow, 0, len(rows))
	for _, r := range rows {
		out = append(out, DeskRow{Path: question.Path(r.ID, r.Title), Title: r.Title, Lang: r.Lang, By: r.Byline(lang), At: r.At, Replies: r.Replies})
	}
	return out
}
