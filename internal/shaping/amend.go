package shaping

import (
	"slices"

	"caravan/internal/errs"
)

// AmendmentState is where an amendment stands.
type AmendmentState string

// The states of an amendment.
const (
	WishDraft        AmendmentState = "draft"
	Screened         AmendmentState = "screened" // clean, or looked at; waits to be opened
	Open             AmendmentState = "open"
	Answered         AmendmentState = "answered" // a counter-offer or a question stands; not decided
	Accepted         AmendmentState = "accepted"
	AcceptedModified AmendmentState = "accepted_modified" // its supporters took the counter-offer
	Rejected         AmendmentState = "rejected"
	ClinicallyBarred AmendmentState = "clinical"
	Deferred         AmendmentState = "deferred"
	Merged           AmendmentState = "merged"
	WishWithdrawn    AmendmentState = "withdrawn"
	Duplicate        AmendmentState = "duplicate"
	NeedsRebase      AmendmentState = "needs_rebase"
	Achieved         AmendmentState = "achieved"
	PartlyAchieved   AmendmentState = "partly_achieved"
	Obsolete         AmendmentState = "obsolete"
	WishExpired      AmendmentState = "expired"
	Promoted         AmendmentState = "promoted" // refused here, it became a call or a fork
)

// AmendmentStates are all states of an amendment.
var AmendmentStates = []AmendmentState{WishDraft, Screened, Open, Answered, Accepted, AcceptedModified, Rejected, ClinicallyBarred, Deferred,
	Merged, WishWithdrawn, Duplicate, NeedsRebase, Achieved, PartlyAchieved, Obsolete, WishExpired, Promoted}

// Live reports whether an amendment waits for something: it is held against
// every new version.
func (s AmendmentState) Live() bool {
	return s == Open || s == Answered || s == Deferred
}

// Granted reports whether an amendment goes into the next version.
func (s AmendmentState) Granted() bool { return s == Accepted || s == AcceptedModified }

// AmendmentEvent is what moves an amendment.
type AmendmentEvent string

// The events of an amendment: what its author does, what the provider answers,
// and what the clock does when a round ends or a version appears.
const (
	Submit       AmendmentEvent = "submit"
	OpenWish     AmendmentEvent = "open"
	WithdrawWish AmendmentEvent = "withdraw"
	MarkTwice    AmendmentEvent = "mark_duplicate"
	SayAccept    AmendmentEvent = "say_accept"
	SayCounter   AmendmentEvent = "say_counter"
	SayReject    AmendmentEvent = "say_reject"
	SayIncluded  AmendmentEvent = "say_already_included"
	SayClinical  AmendmentEvent = "say_clinical"
	SayDefer     AmendmentEvent = "say_defer"
	SayNeedInfo  AmendmentEvent = "say_need_info"
	TakeCounter  AmendmentEvent = "take_counter" // clock: enough supporters agreed
	DropCounter  AmendmentEvent = "drop_counter" // clock: they did not; it counts as a rejection
	DecideByVote AmendmentEvent = "decide_by_vote"
	MergeWish    AmendmentEvent = "merge"
	Achieve      AmendmentEvent = "achieve"
	Outdate      AmendmentEvent = "outdate" // its item is gone, or another stands for it
	AskRebase    AmendmentEvent = "ask_rebase"
	NextRound    AmendmentEvent = "next_round"
	Enough       AmendmentEvent = "enough"  // the author is content with a part
	Repropose    AmendmentEvent = "propose" // anew, on the newest version: a new amendment stands for it
	Lapse        AmendmentEvent = "lapse"   // clock: nobody came back in time
	CloseWish    AmendmentEvent = "close"   // clock: amendments are over
	Promote      AmendmentEvent = "promote"
)

// AmendmentEvents are all events of an amendment.
var AmendmentEvents = []AmendmentEvent{Submit, OpenWish, WithdrawWish, MarkTwice, SayAccept, SayCounter, SayReject, SayIncluded, SayClinical, SayDefer, SayNeedInfo,
	TakeCounter, DropCounter, DecideByVote, MergeWish, Achieve, Outdate, AskRebase, NextRound, Enough, Repropose, Lapse, CloseWish, Promote}

// EventOf is the event that an answer of the provider is.
func EventOf(a Answer) AmendmentEvent { return AmendmentEvent("say_" + a) }

// Party is in which capacity somebody meets an amendment.
type Party string

// The parties. An author is a supporter as well where that is enough.
const (
	Author    Party = "author"
	Supporter Party = "supporter"
	Provider  Party = "provider"
	Moderator Party = "platform"
	Machine   Party = "clock"
)

// Parties are all parties: the machine of amendments has to speak of each.
var Parties = []Party{Author, Supporter, Provider, Moderator, Machine}

// WishFacts are what the guards of an amendment's steps look at.
type WishFacts struct {
	RoundRuns   bool // the package is in a round or a call: not frozen
	MayAnswer   bool // the package is in a round or in answering
	CounterTime bool // a vote of CounterDays still fits before answering ends
	Rival       bool // an exclusive alternative is accepted, or its counter-offer is being voted on
	Licensed    bool // the answer is signed by a named licensed person
	Countered   bool // the answer that stands is a counter-offer
	Agreed      bool // CounterTaken, once its vote is over
	VotedIn     bool // DecidedByVote
	Partly      bool
	Graced      bool // RebaseDays have passed since it needs a rebase
	RoundOver   bool // the round after it needed one is over as well
}

type wishGuard struct {
	holds   func(WishFacts) bool
	refusal string
}

var (
	anyhow     = wishGuard{func(WishFacts) bool { return true }, ""}
	unfrozen   = wishGuard{func(f WishFacts) bool { return f.RoundRuns }, "shaping.round_frozen"}
	answerable = wishGuard{func(f WishFacts) bool { return f.MayAnswer }, "shaping.not_in_this_state"}
	unrivalled = wishGuard{func(f WishFacts) bool { return f.MayAnswer && !f.Rival }, "shaping.rival_accepted"}
	counterFit = wishGuard{func(f WishFacts) bool { return f.MayAnswer && !f.Rival && f.CounterTime }, "shaping.counter_late"}
	licensed   = wishGuard{func(f WishFacts) bool { return f.MayAnswer && f.Licensed }, "shaping.sign_clinical"}
	agreed     = wishGuard{func(f WishFacts) bool { return f.Countered && f.Agreed }, "shaping.not_yet"}
	disagreed  = wishGuard{func(f WishFacts) bool { return f.Countered && !f.Agreed }, "shaping.not_yet"}
	votedIn    = wishGuard{func(f WishFacts) bool { return f.VotedIn && !f.Rival }, "shaping.not_yet"}
	undecided  = wishGuard{func(f WishFacts) bool { return !f.Countered }, "shaping.not_yet"}
	partly     = wishGuard{func(f WishFacts) bool { return f.Partly }, "shaping.not_partly"}
	graced     = wishGuard{func(f WishFacts) bool { return f.RoundRuns && f.Graced }, "shaping.author_first"}
	partLapse  = wishGuard{func(f WishFacts) bool { return f.Partly && f.Graced }, "shaping.not_yet"}
	wholeLapse = wishGuard{func(f WishFacts) bool { return !f.Partly && f.RoundOver }, "shaping.not_yet"}
)

// wishRule is one line of the table of amendments.
type wishRule struct {
	from  []AmendmentState
	event AmendmentEvent
	guard wishGuard
	to    AmendmentState
	who   []Party
}

var (
	toAnswer  = []AmendmentState{Open, Answered, Accepted, Rejected, ClinicallyBarred, Deferred} // until the round's merge an answer can be replaced
	running   = []AmendmentState{Open, Answered, Deferred}
	providers = []Party{Provider}
	machine   = []Party{Machine}
	author    = []Party{Author}
)

// wishRules is the whole machine of amendments.
var wishRules = []wishRule{
	{[]AmendmentState{WishDraft}, Submit, unfrozen, Screened, author},
	{[]AmendmentState{Screened}, OpenWish, unfrozen, Open, []Party{Moderator, Machine}},
	{[]AmendmentState{WishDraft, Screened, Open, NeedsRebase}, WithdrawWish, unfrozen, WishWithdrawn, author},
	{[]AmendmentState{Screened, Open}, MarkTwice, unfrozen, Duplicate, []Party{Moderator}},

	{toAnswer, SayAccept, unrivalled, Accepted, providers},
	{toAnswer, SayCounter, counterFit, Answered, providers},
	{toAnswer, SayReject, answerable, Rejected, providers},
	{toAnswer, SayIncluded, answerable, Rejected, providers}, // whoever reads it otherwise can promote the wish
	{toAnswer, SayClinical, licensed, ClinicallyBarred, providers},
	{toAnswer, SayDefer, answerable, Deferred, providers},
	{toAnswer, SayNeedInfo, answerable, Answered, providers},

	{[]AmendmentState{Answered}, TakeCounter, agreed, AcceptedModified, machine},
	{[]AmendmentState{Answered}, DropCounter, disagreed, Rejected, machine},
	{[]AmendmentState{Open}, DecideByVote, votedIn, Accepted, machine},

	{[]AmendmentState{Accepted, AcceptedModified}, MergeWish, anyhow, Merged, machine},
	{[]AmendmentState{Open, Answered, Deferred, NeedsRebase}, Achieve, anyhow, Achieved, machine},
	{[]AmendmentState{Open, Answered, Deferred, NeedsRebase}, Outdate, anyhow, Obsolete, machine},
	{running, AskRebase, anyhow, NeedsRebase, machine},
	{running, NextRound, undecided, Open, machine},

	{[]AmendmentState{NeedsRebase}, Enough, partly, PartlyAchieved, author},
	{[]AmendmentState{NeedsRebase}, Repropose, unfrozen, Obsolete, author},
	{[]AmendmentState{NeedsRebase}, Repropose, graced, Obsolete, []Party{Supporter}},
	{[]AmendmentState{NeedsRebase}, Lapse, partLapse, PartlyAchieved, machine},
	{[]AmendmentState{NeedsRebase}, Lapse, wholeLapse, WishExpired, machine},
	{[]AmendmentState{WishDraft, Screened, Open, Answered, Deferred, NeedsRebase}, CloseWish, anyhow, WishExpired, machine},
	{[]AmendmentState{Rejected, WishExpired}, Promote, anyhow, Promoted, []Party{Author, Supporter}},
}

// NextWish says where an event leads an amendment, done by somebody of the given
// parties. Refusals are as those of Next.
func NextWish(from AmendmentState, e AmendmentEvent, who []Party, f WishFacts) (AmendmentState, error) {
	possible, mine, clock, why := false, false, true, ""
	for _, r := range wishRules {
		if r.event != e || !slices.Contains(r.from, from) {
			continue
		}
		possible = true
		clock = clock && slices.Equal(r.who, machine)
		if !slices.ContainsFunc(who, func(p Party) bool { return slices.Contains(r.who, p) }) {
			continue
		}
		mine = true
		if r.guard.holds(f) {
			return r.to, nil
		}
		why = r.guard.refusal
	}
	return from, refusal(possible, mine, clock, why)
}

// refusal is the error of a step that is not taken.
func refusal(possible, mine, clock bool, why string) error {
	switch {
	case !possible:
		return errs.New(errs.Conflict, "shaping.no_such_step")
	case !mine && clock:
		return errs.New(errs.Forbidden, "shaping.by_clock")
	case !mine:
		return errs.New(errs.Forbidden, "shaping.not_yours")
	}
	return errs.New(errs.Conflict, why)
}
