package shaping

import (
	"time"

	"caravan/web"
)

var (
	pricePage  = web.Page[PriceView](views, "price")
	ballotPage = web.Page[BallotView](views, "ballot")
)

// PickView is one choice of a form.
type PickView struct {
	Value, Label, Note string
	Chosen             bool
}

// PriceView is what price.page.html shows: nothing on it is about others.
type PriceView struct {
	Title, TitleLang string // of the package
	Path             string // of the package
	Offer, Currency  string
	WhyNot           string // key of the sentence for who cannot say a price; empty for who can
	Uncounted        string // key of the sentence for whose price does not count yet
	Said             *OwnPriceView
	Asking           bool // a price of the ladder
	Ask              string
	Step             int // from 1
	Taps             string
	Price            string // as it stands in its field
	NonePrice        bool   // no price of the ladder was taken
	Readinesses      []PickView
	From, To         string // days, as fields send them
	Must             []PickView
}

// OwnPriceView is what the person said before.
type OwnPriceView struct {
	Price, Readiness string
	From, To         *time.Time
	Must             int
	State            string
	Expires          time.Time
	Confirm          bool // one tap is asked for
}

// BallotView is what ballot.page.html shows: a vote that lacks something.
type BallotView struct {
	Title, TitleLang, Path string // of the package
	Subject                string
	ID                     int64
	Choice                 int16
	Companion              bool
	Tie, Reason            string // as they were sent
	AskTie, AskReason      bool
	Ties, Reasons          []PickView
}
