package experience

import (
	"html/template"
	"time"

	"caravan/internal/chart"
	"caravan/internal/provider"
	"caravan/web"
)

var (
	listPage    = web.Page[ListPage](views, "list")
	listingPart = web.Part[ListView](views, "listing")
	cardsPart   = web.Part[[]CardView](views, "cards")
	showPage    = web.Page[ShowView](views, "show")
	openingPart = web.Part[pageBody](views, "opening")
	tellingPart = web.Part[pageBody](views, "telling")
	besidePart  = web.Part[pageBody](views, "beside")
	alikePart   = web.Part[pageBody](views, "alike")
	gonePage    = web.Page[GoneView](views, "gone")
	changesPage = web.Page[WordingsView](views, "wordings")
	comparePage = web.Page[CompareView](views, "compare")
)

// CardView is an experience in a list.
type CardView struct {
	Path, Title, Lang        string
	Treatment                string
	Clinic, ClinicPath       string
	Place, Period, Pseudonym string
	Role, Excerpt            string
	Level                    int
	LevelName                string
	Goal, GoalWhen           string // empty: too early
	Quoted, Paid             string
	Over                     string // "+14 %" when more was paid than quoted
	Complication             string
	Follow                   template.HTML // the marks of the check-ins
	Known                    string        // "known at 6 months"
	Helpful, HelpfulOf       int
	Rewarded                 bool
}

// ListView is what the list shows, the same for every reader.
type ListView struct {
	Cards        []CardView
	Count        string // "412", "more than 1,000"
	N            int
	Sorts        []SortLink
	Meaning      string // of the order
	Filters      []FilterView
	More         []FilterView // behind "more filters"
	Open         bool         // one of them is set
	Procedures   []provider.ChoiceGroup
	Clinic       string // named when the list is of one clinic
	ClinicSlug   string
	Sort         string
	Narrowed     bool
	Next, First  string
	Key          bool // there are check-ins to explain
	Destinations []provider.Choice
}

// ListPage is what list.page.html shows: all of it is the same for every reader,
// so it is kept as HTML.
type ListPage struct{ HTML template.HTML }

// SortLink is one order of the list.
type SortLink struct {
	Label, Path string
	Current     bool
}

// FilterView is one filter with its choices.
type FilterView struct {
	Name, Label, Any string
	Choices          []provider.Choice
}

// pageBody is what an experience's page shows to every reader of a language.
type pageBody struct {
	pieces
	PublicID, Path       string
	Title, Lang          string
	Pseudonym            string
	Role, Period         string
	Treatment            string
	Clinic, ClinicPath   string
	Place                string
	Level                int
	ProcedurePath        string
	Specialty            string
	Story, Badge, Answer template.HTML
	Similar              template.HTML
	Followed             template.HTML // the package's version that it followed; may be empty
	PublishedOn          time.Time
	EditedOn             *time.Time
	Edits                int
	Masked               int
	Written              string // "Written in English."
	Records              *RecordsView
	Journey              string
}

// pieces are a pageBody as HTML, in the order of the page. Between them stands
// what differs: the mark of a demo, the reader's vote, a line for the clinic's staff.
type pieces struct{ Opening, Telling, Beside, Alike template.HTML }

// RecordsView is which records were handed over.
type RecordsView struct {
	Got, Missing []string
	Of           string
}

// ShowView is what show.page.html shows.
type ShowView struct {
	*pageBody
	Helpful, HelpfulOf int
	SignedIn           bool
	Own, Staff         bool
	Vote               int // 1, 0; -1 for none
	SignIn             string
}

// GoneView is what stands where an experience was.
type GoneView struct {
	Kind       string // withdrawn, removed, restricted
	On         time.Time
	Why        string // sentence; empty for withdrawn
	By         string // who asked
	Appeal     *time.Time
	Clinic     string
	ClinicPath string
	Log        string // what the public log holds about it
}

// WordingsView are the wordings of an experience, the newest first.
type WordingsView struct {
	Path     string
	Wordings []WordingView
}

// WordingView is one public wording, since when it stood; Now is the one that stands.
type WordingView struct {
	Version     int
	Title, Lang string
	HTML        template.HTML
	From        time.Time
	Now         bool
}

// CompareView is what compare.page.html shows: up to four clinics, item by item.
type CompareView struct {
	Clinics    []ComparedView
	Items      []ItemView
	Choices    []FilterView // the four fields
	Procedures []provider.ChoiceGroup
	Procedure  string // name of the one that figures are cut by
	Few        bool   // fewer than two are chosen
}

// ComparedView heads a column.
type ComparedView struct{ Name, Path, Place string }

// ItemView is one line of the comparison: a figure of each clinic with its n.
type ItemView struct {
	Label, Note string
	Cells       []CellView
}

// CellView is one figure; Few says that there are too few to show it.
type CellView struct {
	Figure, N string
	Few       bool
}

// FiguresView is what a clinic's page shows of its experiences.
type FiguresView struct {
	Verified, Published int
	Lede                []template.HTML // sentences with their figures set off
	Drawings            []FigureView
	Facts               []ItemView // records, again
	Withheld            []string
	None                bool // no counted experience yet
}

// FigureView is a drawing with its heading, or how many are missing for it.
type FigureView struct {
	ID, Title, Note, After string
	Drawing                *chart.Drawing
	Few                    string
}
