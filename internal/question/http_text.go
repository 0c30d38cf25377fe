package question

import (
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/web"
)

// Pages and fragments around one text: editing, history, what is newer.

type textAddress struct {
	ID int64 `param:"id"`
}

func (s *Service) showEditQuestion(c echo.Context) error {
	var in textAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	q, err := findQuestion(s.db.Read(c.Request().Context()), in.ID)
	if err != nil {
		return err
	}
	if err := canEdit(httpd.Actor(c), q.AuthorAccountID, q.State, q.CreatedAt, s.db.Now()); err != nil {
		return err
	}
	return s.editForm(c, EditView{Action: "/questions/" + itoa(q.ID) + "/edit", Back: Path(q.ID, q.Title), Title: q.Title, Body: q.Body, Question: true, Version: q.Version}, nil)
}

func (s *Service) editForm(c echo.Context, v EditView, err error) error {
	return httpd.Page(c, editPage, httpd.Head{
		Title: httpd.Say(c, "question.edit_title"), Place: "questions", Err: err,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.questions"), Path: "/questions"}, {Label: httpd.Say(c, "common.edit")}},
	}, v)
}

type editInput struct {
	ID        int64  `param:"id"`
	Title     string `form:"title"`
	Body      string `form:"body"`
	Version   int    `form:"version"`
	LeaksSeen string `form:"leaks_seen"`
}

func (in editInput) words() Words {
	return Words{Title: in.Title, Body: in.Body, LeaksSeen: in.LeaksSeen == ticked}
}

func (s *Service) editQuestion(c echo.Context) error {
	var in editInput
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	q, err := s.EditQuestion(c.Request().Context(), httpd.Actor(c), in.ID, in.words(), in.Version)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		back := "/questions/" + itoa(in.ID)
		return s.editForm(c, EditView{Action: back + "/edit", Back: back, Title: in.Title, Body: in.Body, Question: true, Version: max(in.Version, q.Version)}, err)
	}
	if err != nil {
		return err
	}
	return httpd.SeeOther(c, Path(q.ID, q.Title)+"?done=edited")
}

func (s *Service) showEditReply(c echo.Context) error {
	var in textAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	r, err := findReply(s.db.Read(c.Request().Context()), in.ID)
	if err != nil {
		return err
	}
	if err := canEdit(httpd.Actor(c), r.AuthorAccountID, r.State, r.CreatedAt, s.db.Now()); err != nil {
		return err
	}
	return s.editForm(c, EditView{Action: "/replies/" + itoa(r.ID) + "/edit", Back: "/replies/" + itoa(r.ID), Body: r.Body, Version: r.Version}, nil)
}

func (s *Service) editReply(c echo.Context) error {
	var in editInput
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	r, err := s.EditReply(c.Request().Context(), httpd.Actor(c), in.ID, in.words(), in.Version)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		back := "/replies/" + itoa(in.ID)
		return s.editForm(c, EditView{Action: back + "/edit", Back: back, Body: in.Body, Version: max(in.Version, r.Version)}, err)
	}
	if err != nil {
		return err
	}
	return s.backToReply(c, r.ID, "edited")
}

func (s *Service) showQuestionHistory(c echo.Context) error {
	var in textAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	q := s.db.Read(c.Request().Context())
	x, err := findQuestion(q, in.ID)
	if err != nil {
		return err
	}
	if err := canSee(httpd.Actor(c), x.State, x.AuthorAccountID); err != nil {
		return err
	}
	edits, err := listQuestionEdits(q, in.ID)
	if err != nil {
		return err
	}
	now := Wording{Version: x.Version, Title: x.Title, HTML: template.HTML(x.BodyHTML), At: x.CreatedAt, Now: true} // #nosec G203: made by text.Markdown
	if x.EditedAt != nil {
		now.At = *x.EditedAt
	}
	return s.history(c, x.State, Path(x.ID, x.Title), append([]Wording{now}, edits...))
}

func (s *Service) showReplyHistory(c echo.Context) error {
	var in textAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	q := s.db.Read(c.Request().Context())
	r, err := findReply(q, in.ID)
	if err != nil {
		return err
	}
	if err := canSee(httpd.Actor(c), r.State, r.AuthorAccountID); err != nil {
		return err
	}
	edits, err := listReplyEdits(q, in.ID)
	if err != nil {
		return err
	}
	now := Wording{Version: r.Version, HTML: template.HTML(r.BodyHTML), At: r.CreatedAt, Now: true} // #nosec G203: made by text.Markdown
	if r.EditedAt != nil {
		now.At = *r.EditedAt
	}
	return s.history(c, r.State, "/replies/"+itoa(r.ID), append([]Wording{now}, edits...))
}

// history shows every wording; of a hidden text it shows none to readers.
func (s *Service) history(c echo.Context, state, back string, w []Wording) error {
	if state == Hidden && !httpd.Actor(c).Moderator {
		return errs.New(errs.Gone, "question.is_hidden")
	}
	return httpd.Page(c, historyPage, httpd.Head{
		Title: httpd.Say(c, "question.history_title"), Place: "questions",
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "nav.questions"), Path: "/questions"}, {Label: httpd.Say(c, "question.history_title")}},
	}, HistoryView{Back: back, Wordings: w})
}

// showFragment is one reply's HTML for a script of ours, in the reader's own
// rights.
func (s *Service) showFragment(c echo.Context) error {
	var in textAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	q := s.db.Read(ctx)
	made, err := s.fragments.make(ctx, q, httpd.Lang(c), []int64{in.ID})
	if err != nil {
		return err
	}
	m, ok := made[in.ID]
	if !ok {
		return errNoReply
	}
	if err := s.mayHear(ctx, httpd.Actor(c), m.row.QuestionID); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.HTMLBlob(http.StatusOK, append(m.html, "</li>"...))
}

// newer is what a page needs that has fallen too far behind for events.
type newer struct {
	Seq     int64  `json:"seq"`
	Epoch   string `json:"epoch"`
	HTML    string `json:"html"`
	More    bool   `json:"more"`
	Replies int    `json:"replies"`
}

// showNewer gives the replies after a position with the footers of this reader.
func (s *Service) showNewer(c echo.Context) error {
	var in questionAddress
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, a := c.Request().Context(), httpd.Actor(c)
	q := s.db.Read(ctx)
	_, epoch, err := s.hub.Position(ctx, q, channel(in.ID))
	if err != nil {
		return err
	}
	p, replies, err := s.repliesFor(c, q, questionAddress{ID: in.ID, After: in.After})
	if err != nil {
		return err
	}
	if err := canSee(a, p.State, p.AuthorAccountID); err != nil {
		return err
	}
	html, err := replies()
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, newer{Seq: p.Seq, Epoch: epoch, HTML: string(html), More: p.more, Replies: p.Replies})
}
