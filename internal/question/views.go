package question

import (
	"embed"
	"html/template"
	"io/fs"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/provider"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

var (
	views, _     = fs.Sub(viewFiles, "views")
	listPage     = web.Page[template.HTML](views, "list")
	listPart     = web.Part[ListView](views, "listing")
	askPage      = web.Page[AskView](views, "ask")
	questionPage = web.Page[QuestionView](views, "question")
	editPage     = web.Page[EditView](views, "edit")
	historyPage  = web.Page[HistoryView](views, "history")
	minePage     = web.Page[MineView](views, "mine")
	replyPart    = web.Part[ReplyView](views, "reply")
	footerPart   = web.Part[FooterView](views, "footer")
	fieldPart    = web.Part[map[string]string](views, "replyfield")
	headPart     = web.Part[HeadView](views, "head")
	rowsPart     = web.Part[[]RowView](views, "rows")
	similarPart  = web.Part[[]SimilarView](views, "similar")
)

// ReplyView is what reply.part.html shows: nothing that differs by reader or by
// minute.
type ReplyView struct {
	ID, QuestionID, Position int64
	Version                  int
	By                       access.Byline
	HTML                     template.HTML
	Lang                     string
	At                       time.Time
	Asker, Clinic, Edited    bool
	Hidden                   bool
	HiddenWhy                string // key of a reason
}

// FooterView is what footer.part.html shows. Its values are text, because marks
// stand in for them when the stencil is cut.
type FooterView struct {
	ID, Position, Helpful, Ago, ISO    string
	SignedIn, Mine, Pressed            bool
	Accepted, CanAccept, Hidden, Blank bool
}

// RowView is a question in a list.
type RowView struct {
	Path, Title, Excerpt   string
	By                     access.Byline
	Lang                   string
	Procedure, Destination string
	Clinic, ClinicPath     string
	Replies, ClinicReplies int
	Accepted               bool
	At, LastAt             time.Time
	Now                    time.Time
}

// Tab is one way to look at the list.
type Tab struct {
	Label, Path, Meaning string
	Current              bool
}

// ListView is what list.page.html shows.
type ListView struct {
	Tabs         []Tab
	Meaning      string // of the order
	List         string
	Procedures   []provider.ChoiceGroup
	Destinations []provider.Choice
	Filtered     bool
	Rows         []RowView
	Next         string // address of the next page
	Later        bool   // this is not the first page
	First        string
}

// AskView is what ask.page.html shows.
type AskView struct {
	Draft        Draft
	Procedures   []provider.ChoiceGroup
	Destinations []provider.Choice
	Clinics      []provider.Choice
	Confirmed    bool
	Insider      bool
}

// QuestionView is what question.page.html shows.
type QuestionView struct {
	ID              int64
	Path            string
	Title           string
	Question        template.HTML // who asked, and the text; cached
	At              time.Time
	Mine, Waiting   bool
	Hidden          bool
	HiddenWhy       string
	Channel, Epoch  string
	Seq             int64
	Replies         template.HTML
	Count           int
	Shown           int
	Earlier, Later  string // addresses of the pages before and after
	Latest          string
	Procedure       string
	ProcedurePath   string
	Destination     string
	DestinationPath string
	Clinic          string
	ClinicPath      string
	CanReply        bool
	SignedIn        bool
	Confirmed       bool
	Draft           string
	Field           template.HTML // for the text of a reply, while it is empty
	Blank           template.HTML // of the <template> for replies that arrive live
	BlankOwn        template.HTML
	Last            bool // this page ends with the newest reply
	SignIn          string
	Version         int
}

// HeadView is what head.part.html shows of a question, above its replies.
type HeadView struct {
	ID      int64
	By      access.Byline
	HTML    template.HTML
	Lang    string
	At      time.Time
	Edited  bool
	Path    string
	Answers []AnswerLink
}

// AnswerLink points from the top of the page to an answer that stands out.
type AnswerLink struct {
	Accepted bool
	By       access.Byline
	Path     string
	Excerpt  string
}

// EditView is what edit.page.html shows.
type EditView struct {
	Action, Back string
	Title, Body  string
	Question     bool
	Version      int
}

// HistoryView is what history.page.html shows, newest wording first.
type HistoryView struct {
	Back     string
	Title    string
	Wordings []Wording
}

// Wording is one version of a text.
type Wording struct {
	Version int
	Title   string
	HTML    template.HTML
	At      time.Time
	Now     bool
}

// MineView lists one's own questions and replies.
type MineView struct {
	Questions []RowView
	Next      string
}

// SimilarView is a question that was asked before.
type SimilarView struct{ Title, Path string }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
