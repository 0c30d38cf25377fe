package shaping

import (
	"html/template"
	"time"

	"caravan/internal/chart"
	"caravan/internal/provider"
	"caravan/web"
)

var (
	listPage     = web.Page[PackagesPage](views, "packages")
	listingPart  = web.Part[PackagesView](views, "listing")
	cardsPart    = web.Part[[]PackageCard](views, "cards")
	showPage     = web.Page[ShowPage](views, "package")
	showPart     = web.Part[ShowPage](views, "show")
	bodyPart     = web.Part[PackageView](views, "body")
	verbsPart    = web.Part[VerbsView](views, "verbs")
	pollPart     = web.Part[PollView](views, "poll")
	wishPart     = web.Part[WishView](views, "wish")
	groupPart    = web.Part[GroupView](views, "group")
	tombPage     = web.Page[TombView](views, "tomb")
	versionsPage = web.Page[VersionsPage](views, "versions")
	versionPage  = web.Page[VersionPage](views, "version")
	changesPage  = web.Page[ChangesPage](views, "changes")
	comparePage  = web.Page[ComparePage](views, "compare")
)

// PackageCard is a package in a list. Nothing in it tells which way anybody
// voted while a vote runs.
type PackageCard struct {
	Path, Title, Lang string
	Treatment         string
	Offered           string // by whom, in words; empty for a call
	By, ByPath        string
	Place             string
	Price             string
	State             string // what goes on, in words
	Left              string // "6 days left"; empty where no clock runs
	Closes            time.Time
	Version           int
	Lines             int
	Took              string // "85+ people took part"
	Wishes            string // "3 open wishes"
	Result            string // of a vote that is over: "31 of 40 support it"
	Call              bool
	Open              bool // votes run
}

// PackagesView is what the list shows, the same for every reader.
type PackagesView struct {
	Calls      bool // the list of calls
	Cards      []PackageCard
	Count      string
	N          int
	Meaning    string
	Sorts      []LinkView
	Procedures []provider.ChoiceGroup
	Countries  []provider.Choice
	Stages     []provider.Choice
	Proposers  []provider.Choice
	MoreOpen   bool // one of the two is set
	Sort       string
	Narrowed   bool
	Base       string // address without a query
	Next       string
	First      string
}

// PackagesPage is what packages.page.html shows.
type PackagesPage struct{ HTML template.HTML }

// LinkView is one of several links, of which one is current.
type LinkView struct {
	Label, Path string
	Current     bool
}

// ShowPage is what package.page.html shows: the package, ready to print, and
// what its live part needs.
type ShowPage struct {
	HTML           template.HTML
	Path           string
	Channel, Epoch string
	Seq            int64
	SignedIn       bool
	Oversee        string // where moderators act; empty for everybody else
}

// PackageView is a package's page but for what differs by reader, in whose
// place stand marks.
type PackageView struct {
	Path, Slug, Title, Lang string
	Summary                 template.HTML
	Call                    bool
	By, ByPath, Place       string
	Kind                    string // of who offers it, in words
	Treatment               string
	Caution                 string
	Version                 int
	Price                   string
	Basis                   string // what the price is
	Phase                   string // what goes on now, in a sentence
	Why                     string // the reason of the last step, in the words of who took it
	Left, Closes            string
	Took, Granted, Missed   string
	Stages                  []StageView
	Verbs                   template.HTML
	Sections                []SectionView
	New                     template.HTML // wishes for lines that are not there yet
	NewCount                int
	Lines                   int
	PriceLines              []PriceLine
	IfAll                   string // the price if every open wish that has a price were granted
	Versions                []VersionMark
	Timeline                *chart.Drawing
	LastChange              string
	Changes                 []ChangeRow
	Signed                  *SignedView
	Lineage                 []LineageView
	OffersPath              string // of a call: its offers side by side
	Steps                   []StepView
	Demand                  *chart.Drawing
	DemandNote              string
	Promises                template.HTML // what was kept of it, where it can be said
	Refused                 template.HTML
	Record                  *RecordView // how the provider answers wishes; nil where none was ever due
	Reviews                 []string    // what was decided about votes under review
	Suitability             string
	Stays                   []StayView
	ComparePath             string
	CanChange               bool // it is the time for wishes
}

// StageView is one stage of the bar.
type StageView struct {
	Name, Note    string
	Done, Current bool
}

// SectionView is the lines under one heading.
type SectionView struct {
	ID, Name string
	Lines    []LineView
	Open     bool   // shown at once
	Note     string // what goes on in it
}

// Piece is a part of a value: as it was, taken out, or put in.
type Piece struct {
	Text     string
	Del, Ins bool
}

// LineView is one line of the ledger.
type LineView struct {
	Key, Anchor, Name string
	NameLang          string // of a line of the proposer's own
	Value             []Piece
	Long              bool // a text: stands below its name
	Lang              string
	Effect            string // of its last change: better, worse; else empty
	EffectName        string
	Credit            string // who changed it, in words
	CreditReason      string
	Delta             string
	Past              []string // what came of it before, usual slips
	Clinical          bool
	Poll              template.HTML
	Wishes            template.HTML
	WishTitle         string
	Group             template.HTML
	Earlier           template.HTML // wishes that are settled
	EarlierTitle      string
	Open              int // wishes that wait
}

// PriceLine is an amount of the offer.
type PriceLine struct {
	Name, Amount string
	Whole        bool // of the whole offer
}

// VersionMark is a version in a row of them.
type VersionMark struct {
	Number  int
	Path    string
	Date    time.Time
	Reason  string
	Changed string
	Hash    string
	Changes string // address of what changed since the one before; empty for the first
	Current bool
	Signed  bool
}

// ChangeRow is one line that changed between two versions.
type ChangeRow struct {
	Name, NameLang string
	Value          []Piece
	Lang           string
	Effect         string
	EffectName     string
	Credit         string
	CreditReason   string
	Answer         string // what the provider said to the wish
	Delta          string
	Own            bool // the provider changed it alone
}

// SignedView is who committed to which version, until when, and how many places
// are left.
type SignedView struct {
	Name, Title, Hash     string
	VersionPath           string
	Version               int
	At, Until, PriceUntil time.Time
	Capacity, Left        int
	LeftText              string
	State, StateName      string
	Remedies              []RemedyView
}

// RemedyView is what a patient gets if a line is not kept.
type RemedyView struct{ Line, Remedy string }

// LineageView is another package that this one comes from or leads to.
type LineageView struct{ Says, Path, Title, Lang, Note string }

// StepView is a step that a number of ready people unlocks.
type StepView struct {
	People  string
	Gives   string
	Reached bool
	Percent int // quarters of the way; shown for the next step alone
	Next    bool
	Drawing template.HTML
}

// StayView is a stay below its reference, with what the proposer says to it.
type StayView struct {
	Line, Says, Answer string
	Source, SourceURL  string
	Lang               string
}

// TombView stands where a package's words were taken out of sight.
type TombView struct {
	Why string
	Log string // what the public log holds about it
}

// VersionsPage is what versions.page.html shows.
type VersionsPage struct {
	Path, Title, Lang string
	Versions          []VersionMark
	Timeline          *chart.Drawing
	Steps             []PastStep
	Compare           []provider.Choice
}

// PastStep is a step that the package took.
type PastStep struct {
	Says, Why string
	At        time.Time
}

// VersionPage is what version.page.html shows: one version, whole.
type VersionPage struct {
	Path, Title, Lang string
	Number, Newest    int
	Date              time.Time
	Reason            string
	Hash              string
	By                string
	Price             string
	Sections          []SectionView
	Changes, Versions string
	Signed            *SignedView
	NewestPath        string
}

// ChangesPage is what changes.page.html shows.
type ChangesPage struct {
	Path, Title, Lang string
	From, To          int
	Rows              []ChangeRow
	Sum               string
	Choices           []VersionChoice
	Versions          string
}

// VersionChoice is a version to choose on either side.
type VersionChoice struct {
	Number   int
	From, To bool
}

// ComparePage is what compare.page.html shows: up to four packages line by line.
type ComparePage struct {
	Packages []ComparedPackage
	Sections []ComparedSection
	Choices  []CompareChoice
	Few      bool
	Only     bool // lines that differ alone
	OnlyPath string
	AllPath  string
	Note     string // currencies differ
}

// ComparedPackage heads a column.
type ComparedPackage struct {
	Title, Lang, Path, By, State string
}

// ComparedSection is the lines under one heading.
type ComparedSection struct {
	Name string
	Rows []ComparedRow
}

// ComparedRow is one line of every package.
type ComparedRow struct {
	Key     string
	Name    string
	Differs bool
	Cells   []ComparedCell
}

// ComparedCell is the value of one package; Best marks what is best for
// patients where that can be said by rule.
type ComparedCell struct {
	Text, Lang string
	None, Best bool
	By         string // whose it is, where the cells of a line stand below each other
}

// CompareChoice is one of the fields to choose a package.
type CompareChoice struct {
	ID, Label string
	Groups    []provider.ChoiceGroup
}
