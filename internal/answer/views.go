package answer

import (
	"embed"
	"html/template"
	"io/fs"
	"time"

	"caravan/internal/access"
	"caravan/internal/text"
	"caravan/web"
)

//go:embed views/*.html
var viewFiles embed.FS

// Views are the templates of this feature.
var Views, _ = fs.Sub(viewFiles, "views")

var (
	// Part shows the answer to an experience with its changes: the part "answer".
	Part = web.Part[View](Views, "answer")
	// ChangesPart shows what a clinic promised: the part "changes".
	ChangesPart = web.Part[ChangesView](Views, "changes")

	formPage   = web.Page[FormView](Views, "form")
	changePage = web.Page[ChangePageView](Views, "change")
	deskPage   = web.Page[DeskView](Views, "experiences")

	historyPage = web.Page[HistoryView](Views, "history")
)

// View is what answer.part.html shows: the same for every reader.
type View struct {
	ExperienceID int64
	State        string // shown, hidden, or held when an edited one is looked at
	By           access.Byline
	HTML         template.HTML // empty unless shown
	Source       string        // Markdown as written; empty unless shown
	Lang         string
	PublishedAt  time.Time // shown by its day
	Edited       bool
	HiddenWhy    string // key of the reason's sentence
	Standing     string
	Changes      []ChangeView
	Report       string // path
	History      string // path of its earlier wordings
	Log          string // what the public log holds about it
}

// ChangeView is a promised change, ready to print.
type ChangeView struct {
	ID           int64
	Title, Path  string
	State        string // planned, overdue, made, confirmed
	DueOn        time.Time
	FirstDueOn   time.Time
	Moved        bool // DueOn is not the day first promised
	Overdue      int  // days
	MadeOn       time.Time
	Late         int // days after DueOn on which it was made
	Proof        string
	Seen, Missed int // by later verified patients
}

// ChangesView is what changes.part.html shows: all that a clinic promised, the
// most overdue first, then by day.
type ChangesView struct {
	Overdue, Planned, Made []ChangeView
}

// Count is how many changes there are.
func (v ChangesView) Count() int { return len(v.Overdue) + len(v.Planned) + len(v.Made) }

// FormView is what form.page.html shows to a clinic's people: one experience,
// their answer to it, and what they promised.
type FormView struct {
	Title, Experience, Path string
	Body                    string
	MaxBody                 int
	Neutral                 string // words that neither confirm nor deny
	Found                   bool
	State, Standing, Why    string
	Version                 int
	By                      access.Byline
	Marked                  []text.Piece // of a held answer
	CanLook, CanPromise     bool
	ChangeTitle, Due        string
	Changes                 []ChangeView
	Now                     time.Time
}

// ChangePageView is what change.page.html shows.
type ChangePageView struct {
	ChangeView
	Clinic, ClinicPath          string
	Experience, ExperienceTitle string
	CanMake, CanMove, CanTell   bool
	NewDue, NewProof            string // as typed
}

// DeskView is what experiences.page.html shows to a clinic's people.
type DeskView struct {
	Name              string
	Waiting, Answered []experienceRow
	Changes           ChangesView
	Now               time.Time
}

// Path is where the experience is answered.
func (r experienceRow) Path() string { return experiencePath(r.PublicID) + "/answer" }

// HistoryView is what history.page.html shows: every public wording, the newest
// first.
type HistoryView struct {
	Back, Title, Lang string
	Now               template.HTML
	Before            []Wording
}

// Wording is one that stood there until a day.
type Wording struct {
	HTML       template.HTML
	ReplacedAt time.Time
}
