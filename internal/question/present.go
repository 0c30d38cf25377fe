package question

import (
	"context"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// From rows to views: everything a template prints is made ready here.

func localised(c echo.Context, path string) string { return wording.Path(httpd.Lang(c), path) }

func parseTwo(s string, a, b *int64) (int, error) { return fmt.Sscanf(s, "%d.%d", a, b) }

func writeCursor(at time.Time, id int64) string { return fmt.Sprintf("%d.%d", at.UnixMicro(), id) }

// tabs are the ways to look at the list, each keeping the filters.
func tabs(lang string, f filter, procedure, destination string) (out []Tab) {
	for _, l := range lists {
		q := url.Values{}
		if l != lists[0] {
			q.Set("list", l)
		}
		if f.procedure != 0 {
			q.Set("procedure", procedure)
		}
		if f.destination != "" {
			q.Set("destination", destination)
		}
		out = append(out, Tab{Label: wording.Text(lang, "question.list_"+l), Path: wording.Path(lang, withQuery("/questions", q)), Meaning: wording.Text(lang, "question.meaning_"+l), Current: l == f.list})
	}
	return out
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// listing is the list as HTML. It is the same for everybody who reads the
// language, so it is made at most once a second, by one at a time.
func (s *Service) listing(c echo.Context, f filter, procedure, destination string) (template.HTML, error) {
	lang := httpd.Lang(c)
	key := fmt.Sprintf("%s %s %d %s %d", lang, f.list, f.procedure, f.destination, f.beforeID)
	return s.fragments.lists.Take(c.Request().Context(), key, func(ctx context.Context) (template.HTML, error) {
		rows, err := listQuestions(s.db.Read(ctx), f)
		if err != nil {
			return "", err
		}
		return listPart.HTML(lang, s.listView(lang, f, procedure, destination, rows))
	})
}

func (s *Service) listView(lang string, f filter, procedure, destination string, rows []ListRow) ListView {
	v := ListView{Tabs: tabs(lang, f, procedure, destination), Meaning: wording.Text(lang, "question.meaning_"+f.list), List: f.list,
		Procedures: s.provider.ProcedureChoices(lang, procedure), Destinations: s.provider.DestinationChoices(lang, destination),
		Filtered: f.procedure != 0 || f.destination != "", Later: f.beforeID != 0, First: "/questions"}
	q := url.Values{}
	for name, val := range map[string]string{"list": f.list, "procedure": procedure, "destination": destination} {
		if val != "" && val != lists[0] {
			q.Set(name, val)
		}
	}
	v.First = withQuery("/questions", q)
	if len(rows) > f.limit {
		rows = rows[:f.limit]
		last := rows[len(rows)-1]
		at := last.LastAt
		if f.list == "new" {
			at = last.At
		}
		q.Set("before", writeCursor(at, last.ID))
		v.Next = withQuery("/questions", q)
	}
	v.Rows = s.rowViews(lang, rows, s.db.Now())
	return v
}

func (s *Service) rowViews(lang string, rows []ListRow, now time.Time) []RowView {
	out := make([]RowView, 0, len(rows))
	for _, r := range rows {
		v := RowView{Path: Path(r.ID, r.Title), Title: r.Title, Excerpt: text.Excerpt(r.Start, 160), By: r.author().Byline(lang), Lang: r.Lang,
			Procedure: s.procedureName(lang, r.ProcedureID), Destination: s.destinationName(lang, r.Destination), Clinic: r.ClinicName,
			Replies: r.Replies, ClinicReplies: r.ClinicReplies, Accepted: r.Accepted, At: r.At, LastAt: r.LastAt, Now: now}
		if r.ClinicSlug != "" {
			v.ClinicPath = "/clinics/" + r.ClinicSlug
		}
		out = append(out, v)
	}
	return out
}

func (s *Service) procedureName(lang string, id int64) string {
	p, _ := s.provider.ProcedureByID(id)
	return p.Name(lang)
}

func (s *Service) destinationName(lang, iso string) string {
	d, _ := s.provider.Destination(iso)
	return d.Name(lang)
}

func (s *Service) askView(c echo.Context, d Draft) (AskView, error) {
	lang, a := httpd.Lang(c), httpd.Actor(c)
	clinics, err := s.provider.ClinicChoices(s.db.Read(c.Request().Context()))
	if err != nil {
		return AskView{}, err
	}
	v := AskView{Draft: d, Procedures: s.provider.ProcedureChoices(lang, d.Procedure), Confirmed: a.Confirmed, Insider: a.Insider()}
	for _, k := range clinics {
		v.Clinics = append(v.Clinics, provider.Choice{Value: k.Slug, Label: k.Name + " (" + k.City + ")", Chosen: k.Slug == d.Clinic})
		if k.Slug == d.Clinic && d.Destination == "" {
			v.Draft.Destination = k.Country
		}
	}
	v.Destinations = s.provider.DestinationChoices(lang, v.Draft.Destination)
	return v, nil
}

func (s *Service) similar(c echo.Context, title string) ([]SimilarView, error) {
	if text.Length(strings.TrimSpace(title)) < 8 {
		return nil, nil
	}
	found, err := s.search.Similar(c.Request().Context(), search.Question, title, httpd.Lang(c), 5)
	if err != nil {
		return nil, err
	}
	out := make([]SimilarView, 0, len(found))
	for _, f := range found {
		out = append(out, SimilarView{Title: f.Title, Path: f.Path})
	}
	return out, nil
}

func (s *Service) questionView(c echo.Context, q *db.Tx, p Page, replies func() (template.HTML, error), in questionAddress, draft string) (v QuestionView, err error) {
	lang, a := httpd.Lang(c), httpd.Actor(c)
	path := Path(p.ID, p.Title)
	v = QuestionView{
		ID: p.ID, Path: path, Title: p.Title, At: p.CreatedAt, Mine: a.SignedIn() && a.AccountID == p.AuthorAccountID, Waiting: p.State == Waiting,
		Hidden: p.State == Hidden, HiddenWhy: p.HiddenWhy, Channel: channel(p.ID), Seq: p.Seq, Count: p.Replies, Shown: len(p.replies), Version: p.Version,
		Procedure: s.procedureName(lang, p.ProcedureID), Destination: s.destinationName(lang, p.Destination), Clinic: p.OrgName,
		CanReply: p.State == Shown && a.SignedIn(), SignedIn: a.SignedIn(), Confirmed: a.Confirmed, Draft: draft,
	}
	if v.Epoch, err = s.hub.Epoch(c.Request().Context()); err != nil {
		return v, err
	}
	if pr, ok := s.provider.ProcedureByID(p.ProcedureID); ok {
		v.ProcedurePath = "/questions?procedure=" + url.QueryEscape(pr.Code)
	}
	v.DestinationPath = "/questions?destination=" + p.Destination
	if p.OrgSlug != "" {
		v.ClinicPath = "/clinics/" + p.OrgSlug
	}
	v.SignIn = "/sign-in?next=" + url.QueryEscape(localised(c, path)+"#reply")
	v.Last = in.Before == 0 && !p.more
	s.pageLinks(&v, p, in)
	if v.Hidden && !a.Moderator {
		return v, nil
	}
	if v.Question, err = s.questionHead(c, q, p); err != nil {
		return v, err
	}
	if v.Replies, err = replies(); err != nil {
		return v, err
	}
	b, err := blanksFor(blankKind{lang, a.SignedIn(), v.Mine})
	v.Field, v.Blank, v.BlankOwn = b.field, b.footer, b.own
	return v, err
}

// pageLinks are the addresses of the pages around this one.
func (s *Service) pageLinks(v *QuestionView, p Page, in questionAddress) {
	if len(p.replies) == 0 {
		return
	}
	first, last := p.replies[0].Position, p.replies[len(p.replies)-1].Position
	if in.Before > 0 {
		v.Later = v.Path + "?after=" + itoa(last)
		if p.more {
			v.Earlier = v.Path + "?before=" + itoa(first)
		}
		return
	}
	if p.more {
		v.Later = v.Path + "?after=" + itoa(last)
		v.Latest = v.Path + "?before=" + itoa(p.Seq+1)
	}
	if in.After > 0 || in.At > 1 {
		v.Earlier = v.Path + "?before=" + itoa(first)
	}
}

// questionHead is who asked, the text, and the answers that stand out: the same
// for everybody who reads the language, so it is kept like a fragment.
func (s *Service) questionHead(c echo.Context, q *db.Tx, p Page) (template.HTML, error) {
	lang := httpd.Lang(c)
	answered := p.AcceptedReplyID != 0 || p.ClinicReplies > 0
	key := headKey{id: p.ID, version: p.Version, lang: lang}
	if answered {
		key.seq = p.Seq
	}
	if b, ok := s.fragments.questions.Get(key); ok {
		return b, nil
	}
	row, err := findQuestionRow(q, p.ID)
	if err != nil {
		return "", err
	}
	h := HeadView{ID: p.ID, By: row.author().Byline(lang), HTML: template.HTML(row.BodyHTML), Lang: row.Lang, At: row.CreatedAt, Edited: row.EditedAt != nil, Path: Path(p.ID, p.Title)} // #nosec G203: made by text.Markdown
	if answered {
		answers, err := listAnswers(q, p.ID, p.AcceptedReplyID)
		if err != nil {
			return "", err
		}
		for _, r := range answers {
			h.Answers = append(h.Answers, AnswerLink{Accepted: r.ID == p.AcceptedReplyID, By: r.author().Byline(lang), Excerpt: text.Excerpt(r.Body, 110), Path: h.Path + "?at=" + itoa(r.Position) + "#r" + itoa(r.Position)})
		}
	}
	b, err := headPart.HTML(lang, h)
	if err == nil {
		s.fragments.questions.Add(key, b)
	}
	return b, err
}

// Rows of questions for pages of the roof: the newest activity, or about a
// clinic.

// Newest are the questions with the latest activity, of one of the lists.
func (s *Service) Newest(q *db.Tx, lang, list string, n int) ([]RowView, error) {
	rows, err := listQuestions(q, filter{list: knownList(list), limit: n})
	if err != nil {
		return nil, err
	}
	return s.rowViews(lang, rows[:min(n, len(rows))], s.db.Now()), nil
}

// AboutClinic are the latest questions about an organisation.
func (s *Service) AboutClinic(q *db.Tx, lang string, organisation int64, n int) ([]RowView, error) {
	rows, err := listQuestions(q, filter{list: "active", organisation: organisation, limit: n})
	if err != nil {
		return nil, err
	}
	return s.rowViews(lang, rows[:min(n, len(rows))], s.db.Now()), nil
}

// Desk are the questions for a clinic's own people: waiting ones oldest first,
// or answered ones newest first.
func (s *Service) Desk(q *db.Tx, organisation int64, answered bool, n int) ([]WaitingRow, error) {
	return listForClinic(q, organisation, answered, n)
}

// Byline is the author of a row as shown.
func (r WaitingRow) Byline(lang string) access.Byline { return r.author().Byline(lang) }

// slugOf is the last part of a question's path.
func slugOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// RowsHTML is a list of questions for pages of the roof, in the look of our own
// lists.
func RowsHTML(lang string, rows []RowView) (template.HTML, error) {
	return rowsPart.HTML(lang, rows)
}
