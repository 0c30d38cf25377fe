package shaping

import (
	"time"

	"caravan/internal/access"
	"caravan/internal/provider"
)

// The pieces of a package's page that differ by reader, as templates print them.

// ChoiceButton is one button of a vote.
type ChoiceButton struct {
	Label   string
	Action  string
	Choice  int
	Pressed bool
	Main    bool
}

// ResultView is how a vote splits, for who may see it, and what everybody may
// know of it.
type ResultView struct {
	Took   string // participants, rounded while the vote runs
	Voided string
	Bars   []BarView // empty where nothing may be shown
	Note   string    // interval, carried votes
	Label  string    // "the majority wants this"
	Strata []string
	Others string
}

// BarView is one value of a vote.
type BarView struct {
	Label string
	N     int
	Share float64 // of all, in percent
	Mine  bool
}

// VerbsView is the three verbs, for one reader.
type VerbsView struct {
	Path, Slug  string
	Version     int
	Provider    string // whose offer it is, for the declaration of ties
	Can         bool   // may vote
	Guest       bool
	SignIn      string
	WhyNot      string // a sentence; empty where there is nothing to explain
	Support     []ChoiceButton
	Reasons     []ReasonView
	NotPressed  bool
	Declare     bool // ties have not been asked about yet
	Ties        []provider.Choice
	Own         string // what became of the own vote
	Affirm      *ChoiceButton
	Result      *ResultView
	Ahead       []LinkView // lines to vote on before totals are shown
	AheadSays   string
	CanChange   bool
	ChangeWhy   string
	ChangePath  string
	CanPrice    bool
	PriceOwn    string
	PricePath   string
	Currency    string
	PriceWhy    string
	Take        *TakeView
	Staff       string // address of the answering desk
	Votes       bool   // a vote on the whole runs, whoever may take part
	Prices      bool   // prices are asked for
	Call        bool
	AdoptPath   string
	ForkPath    string
	Final       bool
	Answering   bool
	AnswersDay  string
	Answered    bool
	ReasonTitle string
}

// ReasonView is a reason why it is not for somebody.
type ReasonView struct {
	Label, Value string
	Pressed      bool
	Action       string
}

// TakeView is the way into a signed offer.
type TakeView struct {
	Path   string
	Left   string
	Signed string
}

// PollView is the vote on one line, for one reader.
type PollView struct {
	Name     string
	Clinical bool
	Ask      string
	Can      bool
	Buttons  []ChoiceButton
	Change   string // address of the form for another value
	Result   ResultView
	Show     bool // there is something to say of the result
}

// WishView is one wish, for one reader.
type WishView struct {
	ID           int64
	Anchor       string
	Value        []Piece
	Lang         string
	NewName      string // of a line that is not there yet
	By           access.Byline
	Reason       string
	Hidden       string // a moderator's reason in words
	Log          string // what the public log holds about that
	At           time.Time
	State        string // a tag: "refused", "granted"; empty while it waits
	StateClass   string
	Waits        string // what it waits for
	Missed       string // that the provider owed it an answer and gave none in time
	Partly       bool
	Adapted      bool
	Answers      []AnswerView // the standing one last
	Can          bool
	Buttons      []ChoiceButton
	Result       ResultView
	Counter      *CounterView
	Own          bool
	OwnPath      string
	Report       string
	Settled      bool
	Restarted    string // how many of its former supporters have said it again
	Again        string // asks the reader, who was one of them
	AdoptCounter string
	Together     []LinkView // wishes that are granted with it or not at all
}

// CounterView is the vote on a counter-offer.
type CounterView struct {
	Buttons []ChoiceButton
	Says    string
	Result  *ResultView
}

// AnswerView is an answer of the provider.
type AnswerView struct {
	Says     string // yes, no, yes with a change …
	Value    []Piece
	Lang     string
	Delta    string
	By       access.Byline
	At       time.Time
	Code     string
	Reason   string
	Hidden   string
	Log      string // what the public log holds about that
	SignedBy string
	Until    *time.Time
	Standing bool
	Report   string
}

// GroupView is the choice among wishes that exclude each other.
type GroupView struct {
	Can     bool
	Options []OptionView
	Median  string
}

// OptionView is one of several values of a line that people can live with.
type OptionView struct {
	Label   string
	Pressed bool
	Action  string
	Choice  int
	Result  ResultView
}
