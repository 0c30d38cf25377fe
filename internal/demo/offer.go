package demo

import "caravan/internal/shaping"

// offer is a package written by hand, as its file has it.
type offer struct {
	Slug, Proposer, Organisation, Author, Lang, Title, Summary, Procedure, Currency, Zone, State string

	Round     int
	RoundDays int `json:"round_days"`
	Age       age // since the draft
	Published age // since it could be read; a draft has none
	Ends      age // until the phase ends
	Closed    age // since nothing more can be voted on; none while it can

	Why         string
	AnswersCall string `json:"answers_call"`
	ForkedFrom  *struct {
		Package string
		Version int
	} `json:"forked_from"`
	SupersededBy string     `json:"superseded_by"`
	Held         *offerHeld // while it is suspended

	OwnItems    []offerItem       `json:"own_items"`
	StayAnswer  []offerStayAnswer `json:"stay_answer"`
	Steps       []shaping.Step    // what a number of ready people unlocks
	StepsLocked age               `json:"steps_locked"`

	Versions         []offerVersion
	Amendments       []wish
	Support          offerSupport
	Needs            []offerNeed
	Interest         []offerInterest
	Commitment       *offerCommitment
	Signatories      []offerSignatory
	Verdicts         []offerVerdict
	RefusedButNeeded []offerRefused     `json:"refused_but_needed"`
	NeededAfter      []offerNeededAfter `json:"needed_after"`
}

type offerItem struct {
	Key, Name, Unit string
	Kind            shaping.Kind
	Direction       shaping.Direction
	Class           shaping.Class
	Votable         bool
	Verify          shaping.Verify
}

// offerStayAnswer is what is said in public to a stay below its reference.
type offerStayAnswer struct {
	Item, By, Text string
	Age            age
}

// offerHeld is where a suspended package stood, and since when it does not go on.
type offerHeld struct {
	From   shaping.State
	ByRule bool `json:"by_rule"`
	Age    age
}

// offerVersion holds all items, or what changed since the one before.
type offerVersion struct {
	Number, Round int
	Age           age
	Reason        string
	Items         []offerValue
	Changes       []offerChange
}

type offerValue struct {
	Key   string
	Value shaping.Value
}

type offerChange struct {
	Key         string
	Value       shaping.Value // none: taken out
	Origin, Why string        // a wish, or the reason of a change of one's own
	Price       int64         // minor units that it adds
}

type wish struct {
	Key, Item, Author, Lang, State, Reason string
	Round, Base                            int
	Op                                     shaping.Op
	Value                                  shaping.Value
	Age                                    age
	Partly                                 bool
	Bundle                                 string
	RebasedFrom                            string   `json:"rebased_from"`
	Supporters                             []string // some of those who want it, by name
	Votes                                  *wishPoll
	Answers                                []wishAnswer
	CounterVote                            *struct{ Agree, No int } `json:"counter_vote"`
}

type wishPoll struct {
	wishVotes
	Treated wishVotes
}

type wishVotes struct {
	Want     int
	DontMind int `json:"dont_mind"`
	DontWant int `json:"dont_want"`
}

type wishAnswer struct {
	By     string
	Age    age
	Answer shaping.Answer
	Code   shaping.ReasonCode
	Value  shaping.Value // of a counter-offer
	Price  *int64        // what it adds, in minor units
	Signed string
	Valid  age // from now
	Reason string
}

type offerSupport struct {
	Version        int
	Final, Running bool
	Support        int
	Unsure         int
	NotForMe       int `json:"not_for_me"`
	Carried, Stale int
	Unverified     int
	Quarantined    int // being looked into
	Void           int // votes of people with ties
	Reasons        []offerReason
}

type offerReason struct {
	Code   string
	People int
}

type offerNeed struct {
	Key                    string
	Must, Nice, Irrelevant int
	TreatedMust            int `json:"treated_must"`
	Treated                int
}

type offerInterest struct {
	Readiness shaping.Readiness
	Minor     int64
	People    int
}

type offerCommitment struct {
	Version, Capacity, Taken int
	By, Title                string
	Patients                 []string // some of those who took it, by name, the first to be treated first
	State                    shaping.CommitmentState
	Age                      age // since it was signed
	Valid                    age // from now; below zero: over
	PriceLocked              age `json:"price_locked"`
	Remedies                 []struct{ Key, Text string }
}

// offerSignatory may sign for the provider.
type offerSignatory struct {
	By, Title string
	Age       age // since when
}

// offerVerdict is what patients said of one promise, all together.
type offerVerdict struct {
	Key                 string
	Kept, Better, Worse int
	NotDelivered        int `json:"not_delivered"`
	NotApplicable       int `json:"not_applicable"`
	TooEarly            int `json:"too_early"`
	Late                int // of those to whom it was not delivered: said by the last who were treated
	Delivered           []struct {
		Value  shaping.Value
		People int
	}
	Said  string
	Reply *struct {
		By, Text string
		Age      age
	}
}

// offerRefused is a wish that was turned down and missed later.
type offerRefused struct {
	Amendment, Text string
	Needed, Of      int
}

// offerNeededAfter compares who needed an item before and after, in percent.
type offerNeededAfter struct {
	Key                  string
	Considering, Treated int
}
