package feedback

import (
	"embed"
	"html/template"
	"io/fs"
	"net/url"
	"strings"

	"caravan/internal/provider"
	"caravan/internal/wording"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var views, _ = fs.Sub(viewFiles, "views")

var commentsPage = web.Page[CommentsView](views, "comments")

// CommentsView is what comments.page.html shows.
type CommentsView struct {
	Clinic, ClinicPath string
	Count              int
	Rows               []CommentRow
	First, Next        string // addresses; empty where there is none
}

// CommentRow is one comment as it stands in the list, with how many passages of it
// are masked.
type CommentRow struct {
	ID       int64
	Question string
	Body     template.HTML
	Lang     string
	Source   string
	Day      string
	Score    string
	Themes   []string
	Masked   int
}

func commentsView(lang string, o provider.Organisation, count int, rows []Comment, later bool) CommentsView {
	v := CommentsView{Clinic: o.Name, ClinicPath: o.Path(), Count: count}
	if later {
		v.First = Path(o.Slug)
	}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		last := rows[pageSize-1]
		at := place{never, last.ID}
		if last.GivenOn != nil {
			at.day = last.GivenOn.Format("2006-01-02")
		}
		v.Next = Path(o.Slug) + "?after=" + url.QueryEscape(at.String())
	}
	for _, c := range rows {
		r := CommentRow{ID: c.ID, Question: c.Question, Body: template.HTML(c.BodyHTML), // #nosec G203: made by text.Markdown, which escapes
			Lang: c.Lang, Source: c.Source, Masked: c.Masked}
		if c.GivenOn != nil {
			r.Day = wording.Day(lang, *c.GivenOn)
		}
		if c.Score != nil {
			r.Score = wording.Number(lang, int(*c.Score))
		}
		if c.Themes != "" {
			r.Themes = strings.Split(c.Themes, "|")
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}
