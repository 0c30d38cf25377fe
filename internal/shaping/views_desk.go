package shaping

import (
	"caravan/internal/provider"
	"caravan/web"
)

var (
	deskListPage   = web.Page[DeskListView](views, "desk_packages")
	deskPage       = web.Page[DeskView](views, "desk_answers")
	deskCommitPage = web.Page[CommitView](views, "desk_commit")
	deskRaisePage  = web.Page[RaiseView](views, "desk_raise")
	deskSignPage   = web.Page[SignatoriesView](views, "desk_signatories")
)

// DeskTabs are the places of a provider's console.
type DeskTabs struct {
	Slug, Now string
	Clinic    bool // has the places that only clinics have
}

// DeskListView is what desk_packages.page.html shows: every package of a
// provider, with what comes next.
type DeskListView struct {
	Tabs             DeskTabs
	Name, New        string
	Waiting, Running []DeskRow
	Drafts, Past     []DeskRow
	Calls            []SimilarRow
	Signatories      int
}

// DeskRow is a package in the console.
type DeskRow struct {
	Path, Public, Title, Lang string
	State, Next               string
	Version                   int
	Soon                      bool // something is to do
	Doing                     string
}

// DeskView is what desk_answers.page.html shows: the wishes of one package with
// the provider's answers.
type DeskView struct {
	Tabs                 DeskTabs
	Title, Lang, Public  string
	Action               string
	State, Clock, Left   string
	Version              int
	Lede                 string
	CounterBy            string // until when a counter-offer can be made
	Due, Others, Settled []DeskWish
	DueOpen              int
	Sum                  DeskSum
	Steps                []DeskStep
	Commitment           *DeskCommitment
	Answering, CanAnswer bool
}

// DeskSum is the price if what is granted was merged.
type DeskSum struct{ Now, Granted, All string }

// DeskStep is a step of the package that a provider can take now.
type DeskStep struct {
	Label, Means, Path string
	Main, Harm         bool
}

// DeskCommitment is what a provider is bound by.
type DeskCommitment struct {
	Version                       int
	Hash, Signer, Title, SignedOn string
	Places, ValidUntil            string
	PriceUntil, State             string
}

// DeskWish is a wish to answer.
type DeskWish struct {
	WishLine
	Why       []string // why it must be answered
	Votes     string   // how they fell; empty before the round's end
	Strata    []string
	Median    string
	Together  []string // lines of the wishes that belong to it
	Rivals    string   // other wishes about the same line
	Answers   []AnswerRow
	CanAnswer bool
	Urgent    bool // due, and without an answer
	Form      AnswerForm
}

// AnswerForm is the form of one answer, with what was typed or kept.
type AnswerForm struct {
	ID                                  int64
	Prefix                              string // of the names of its fields
	Kept                                bool   // a draft of it is kept
	Answers, Codes                      []provider.Choice
	AnswerError, CodeError, ReasonError string
	DeltaError, SignedError, ValidError string
	Reason, Delta, Signed, Valid        string
	Counter                             ItemAsk
	Currency                            string
	MinReason                           int
	LeakTick                            bool
}

// CommitView is what desk_commit.page.html shows.
type CommitView struct {
	Title, Lang, Public, Back, Action string
	Signatory                         *Signer
	WhyNot                            string
	Versions                          []CommitVersion
	Capacity, ValidUntil, PriceUntil  string
	MaxDay                            string
	Remedies                          []RemedySection
	Open                              bool
	Ticked                            bool
	Signatories                       string // path
	StepUp                            string // path, where somebody first confirms that it is them
}

// Signer is a colleague who may bind the provider, as named on what is signed.
type Signer struct{ Name, Title string }

// CommitVersion is a version that can be signed.
type CommitVersion struct {
	provider.Choice
	Hash, Full, Price, Path string // the fingerprint as it is read, and whole
	Suitable                bool
}

// RemedySection is a heading with the remedies of its lines.
type RemedySection struct {
	Heading string
	Lines   []RemedyAsk
}

// RemedyAsk asks what a patient gets if a line is not kept.
type RemedyAsk struct{ Field, Name, Promise, Value, Error string }

// RaiseView is what desk_raise.page.html shows.
type RaiseView struct {
	Title, Public, Back, Action, WhyNot string
	Now                                 int
	Value                               string
}

// SignatoriesView is what desk_signatories.page.html shows.
type SignatoriesView struct {
	Tabs         DeskTabs
	Name, Action string
	Rows         []SignatoryRow
	Colleagues   []provider.Choice
	Typed        typedSigner
	StepUp       string // as in CommitView
}

type typedSigner struct{ Name, Title string }

// SignatoryRow is somebody who may sign.
type SignatoryRow struct {
	ID                         int64
	Name, Title, Since, Handle string
}
