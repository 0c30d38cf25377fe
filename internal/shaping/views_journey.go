package shaping

import (
	"time"

	"caravan/internal/text"
	"caravan/web"
)

var (
	enrolPage        = web.Page[EnrolView](views, "enrol")
	journeysPage     = web.Page[JourneysView](views, "journeys")
	journeyPage      = web.Page[JourneyView](views, "journey")
	promisesDeskPage = web.Page[PromisesDeskView](views, "promises_desk")

	promisesPart = web.Part[LedgerView](views, "promises")
	refusedPart  = web.Part[[]RefusedNeed](views, "refused_needed")
	clinicPart   = web.Part[ClinicRecord](views, "clinic_record")
	followedPart = web.Part[FollowedVersion](views, "followed")
)

// UnderView names the commitment that somebody is or wants to be under.
type UnderView struct {
	Title, Lang, PackagePath, VersionPath string
	Provider, ProviderPath                string
	Version                               int
	Fingerprint                           string // the first letters of the hash, in groups
	Signer, SignerTitle                   string
	SignedAt, ValidUntil, PriceUntil      time.Time
	Price                                 string
}

// EnrolView is what enrol.page.html shows: what a place means, before it is
// taken.
type EnrolView struct {
	UnderView
	Action   string
	Places   int // left
	Capacity int
	WhyNot   string // key of the sentence; empty where a place can be taken
	Mine     string // path of the own journey; empty where there is none
	Remedies []RemedyView
}

// JourneysView is what journeys.page.html shows: the own journeys.
type JourneysView struct{ Rows []JourneyRow }

// JourneyRow is one of them.
type JourneyRow struct {
	UnderView
	Path, Stage string
	Due         int       // promises that can be judged now
	Next        time.Time // when the next one can; zero: none
}

// JourneyView is what journey.page.html shows: one own journey, its promises by
// when they can be judged.
type JourneyView struct {
	UnderView
	Path       string
	Stage      string
	Currency   string
	EnrolledAt time.Time
	Discharged time.Time
	Day        string // of discharge, as typed
	Today      string
	Experience string // path of the own experience; empty while there is none
	Tell       string // path to tell it
	Proven     bool
	Linked     bool
	Asking     []AskSection // what can be judged now, and to change what was said
	AskedCount int
	Changing   bool
	Later      []LaterView
	Said       []SaidView
	Needs      []NeedView
	FreeExit   *FreeExitView
	Typed      string // a price that the provider asks for now
	TypedSays  string // what it is against the promise; empty where it was not asked
	Remedies   []RemedyView
	Replies    []RepliedView
	CanLeave   bool
	Closed     bool // the package takes no verdicts any more
}

// AskSection is a heading of the ledger with what is asked below it.
type AskSection struct {
	Name  string
	Items []AskView
	Open  bool // of many sections only the first, and those in which something is to be mended
}

// AskView is the question about one promise.
type AskView struct {
	Key, Name, Promised string
	Question            string // what is asked, in a sentence; empty for own items
	Verdicts            []ChoiceView
	Got                 string // as typed, or known from the own experience
	GotKind             string // "" (no figure is asked), amount, number, word
	Currency            string
	Words               []ChoiceView
	Known               bool // from the own experience: it needs one tap
	AskMattered         bool
	Mattered            []ChoiceView
	ErrVerdict, ErrGot  string
}

// ChoiceView is one of several to choose from.
type ChoiceView struct {
	Value, Label string
	Chosen       bool
}

// LaterView is a promise whose day lies ahead.
type LaterView struct {
	Name, Promised string
	On             time.Time
}

// SaidView is a promise with what the patient said of it.
type SaidView struct {
	Name, Promised string
	Verdict        Verdict
	Says           string // the verdict in words
	Got            string
}

// NeedView is a refused wish with the question whether it was needed.
type NeedView struct {
	ID                int64
	Name, Wish, Lang  string
	Why, Code         string
	Needed, NotNeeded bool // as said
}

// FreeExitView says that a price is more than 8 % above its promise.
type FreeExitView struct {
	Promised, Asked, Percent string
	CanLeave                 bool
}

// RepliedView is a public reply of the provider beside its promise.
type RepliedView struct {
	Name string
	ReplyView
}

// PromisesDeskView is what promises_desk.page.html shows to a provider's people.
// They see what everybody sees, and what has to be answered before new patients
// come.
type PromisesDeskView struct {
	Name, Slug string
	Clinic     bool // else a facilitator
	Path       string
	Waiting    []DeskPromise
	Packages   []DeskPackage
	Slips      []DeskSlip
	NotPublic  []DeskReply
	Target     *DeskPromise // what the form replies to
	Body       string
	Marked     []text.Piece // of a reply that was held just now
	Least      int
	Most       int
	Neutral    string
}

// DeskPromise is a promise that can be replied to.
type DeskPromise struct {
	CommitmentID, ItemID int64
	Name, Promised       string
	Package              string
	Version              int
	Path                 string // of the desk with the form for it
	Missed               bool   // two patients missed it
	Said                 string // "kept 7 of 11"
}

// DeskPackage is a package with its ledger.
type DeskPackage struct {
	Title, Lang, Path string
	State             State
	Places            int
	Taken             int
	Ledger            LedgerView
	Lines             []DeskPromise
}

// DeskSlip is a line that the provider usually misses, and by how much, in words.
type DeskSlip struct{ Name, Says string }

// DeskReply is a reply of the provider that is not public.
type DeskReply struct {
	State, Body, Lang string
	Name              string
	Why               string // key of the reason's sentence
}
