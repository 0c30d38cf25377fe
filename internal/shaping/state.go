package shaping

import "time"

// State is where a package stands.
type State string

// The states.
const (
	Draft              State = "draft"
	Call               State = "call"    // a wish of patients, looking for providers
	Shaping            State = "shaping" // a round: votes, amendments, interest
	Answering          State = "answering"
	FinalVote          State = "final_vote"
	AwaitingCommitment State = "awaiting_commitment"
	Committed          State = "committed"
	Reporting          State = "reporting" // the first patient was treated
	Exhausted          State = "exhausted" // committed, and every place is taken
	Ended              State = "ended"     // the commitment's last day has passed, or it was taken back
	Declined           State = "declined"
	Expired            State = "expired"
	Withdrawn          State = "withdrawn"
	Suspended          State = "suspended"
	Superseded         State = "superseded"
	Breached           State = "breached"
	Archived           State = "archived"
)

// States are all states, in the order of a package's life.
var States = []State{Draft, Call, Shaping, Answering, FinalVote, AwaitingCommitment, Committed, Reporting, Exhausted, Ended,
	Declined, Expired, Withdrawn, Suspended, Superseded, Breached, Archived}

// Event is what moves a package.
type Event string

// The events. Those of the clock are never done by hand.
const (
	Publish       Event = "publish"
	Withdraw      Event = "withdraw"
	Adopt         Event = "adopt"          // a provider answers a call with a package of its own; the call stays open
	EndRound      Event = "end_round"      // clock: the round's votes and amendments are frozen; a call merges what its supporters decided
	EndAnswers    Event = "end_answers"    // clock: the next version, with the next round or the final vote
	AskFinal      Event = "ask_final"      // the provider has answered all that is due and wants the final vote now
	EndFinal      Event = "end_final"      // clock
	Commit        Event = "commit"         // a named person signs
	Decline       Event = "decline"        // the provider will not commit, with the reason
	Expire        Event = "expire"         // clock: nobody adopted, nobody committed
	Fill          Event = "fill"           // clock: the last place was taken
	RaiseCapacity Event = "raise_capacity" // the signatory gives more places
	End           Event = "end"            // clock: the last day of a commitment, or of an adopted call, has passed
	Retract       Event = "retract"        // the signatory takes the commitment back for new patients: who is enrolled keeps it
	Report        Event = "report"         // clock: the first patient was treated
	Suspend       Event = "suspend"
	Resume        Event = "resume"
	Breach        Event = "breach"
	Supersede     Event = "supersede" // a successor is named
	Archive       Event = "archive"   // clock: the last promise could be judged
)

// Events are all events.
var Events = []Event{Publish, Withdraw, Adopt, EndRound, EndAnswers, AskFinal, EndFinal, Commit, Decline, Expire, Fill, RaiseCapacity,
	End, Retract, Report, Suspend, Resume, Breach, Supersede, Archive}

// Numbers of the rounds.
const (
	MaxRounds     = 4
	FewAmendments = 3  // with fewer open ones after a round the final vote comes early
	Quorum        = 20 // counted votes of a final vote
)

// Facts are what the guards of a package's steps look at.
type Facts struct {
	Now            time.Time
	Proposer       Proposer
	EndsAt         time.Time // of the running phase
	Round          int
	OpenAmendments int       // left open after the merge of the round that ends
	DueOpen        int       // due amendments without an answer
	CounterVotes   int       // counter-offers whose vote still runs
	Counted        int       // votes on the package that count
	Complete       bool      // CheckDraft found nothing that stands in the way
	Why            bool      // a reason is given
	Successor      bool      // a package that takes its place is named
	PlacesLeft     int       // of the commitment
	Treated        int       // journeys whose patient was treated
	NotDelivered   bool      // Suspends says so, and the provider has not answered
	ToJudge        int       // promises whose time of judging lies ahead or just passed
	HeldFrom       State     // of a suspended package
	ByRule         bool      // it was suspended by the clock, for promises that were not delivered
	ExpiresAt      time.Time // of a call
	Adopters       int       // providers with a package of their own that answers a call
	VerifiedClinic bool      // who adopts works for a clinic whose licence was looked up
}

// guard says whether a rule may be taken; refusal is the key of the sentence for
// people where it may not.
type guard struct {
	holds   func(Facts) bool
	refusal string
}

var (
	always     = guard{func(Facts) bool { return true }, ""}
	due        = guard{func(f Facts) bool { return !f.Now.Before(f.EndsAt) }, "shaping.not_yet"}
	withReason = guard{func(f Facts) bool { return f.Why }, "shaping.say_why"}
	ofProvider = guard{func(f Facts) bool { return f.Complete && f.Proposer != ByPatients }, "shaping.not_complete"}
	ofPatients = guard{func(f Facts) bool { return f.Complete && f.Proposer == ByPatients }, "shaping.not_complete"}
	settled    = guard{func(f Facts) bool { return f.DueOpen == 0 && f.CounterVotes == 0 }, "shaping.answers_missing"}
	another    = guard{func(f Facts) bool { return due.holds(f) && anotherRound(f) }, "shaping.not_yet"}
	last       = guard{func(f Facts) bool { return due.holds(f) && !anotherRound(f) }, "shaping.not_yet"}
	quorate    = guard{func(f Facts) bool { return due.holds(f) && f.Counted >= Quorum }, "shaping.not_yet"}
	retry      = guard{func(f Facts) bool { return due.holds(f) && f.Counted < Quorum && f.Round < MaxRounds }, "shaping.not_yet"}
	givenUp    = guard{func(f Facts) bool { return due.holds(f) && f.Counted < Quorum && f.Round >= MaxRounds }, "shaping.not_yet"}
	full       = guard{func(f Facts) bool { return f.PlacesLeft <= 0 }, "shaping.places_left"}
	room       = guard{func(f Facts) bool { return f.PlacesLeft > 0 }, "shaping.capacity_rises"}
	treated    = guard{func(f Facts) bool { return f.Treated > 0 }, "shaping.nobody_treated"}
	broken     = guard{func(f Facts) bool { return f.NotDelivered }, "shaping.nothing_broken"}
	successor  = guard{func(f Facts) bool { return f.Successor }, "shaping.no_successor"}
	judged     = guard{func(f Facts) bool { return f.ToJudge == 0 }, "shaping.not_yet"}
	lapsed     = guard{func(f Facts) bool { return !f.Now.Before(f.ExpiresAt) && f.Adopters == 0 }, "shaping.not_yet"}
	adopted    = guard{func(f Facts) bool { return !f.Now.Before(f.ExpiresAt) && f.Adopters > 0 }, "shaping.not_yet"}
	verified   = guard{func(f Facts) bool { return f.VerifiedClinic }, "shaping.verified_clinics"}
	unused     = guard{func(f Facts) bool { return f.ToJudge == 0 && f.Treated == 0 }, "shaping.not_yet"}
)

func anotherRound(f Facts) bool { return f.Round < MaxRounds && f.OpenAmendments >= FewAmendments }

func heldFrom(s State) guard {
	return guard{func(f Facts) bool { return f.HeldFrom == s && f.Why }, "shaping.say_why"}
}

// answeredFrom lets go on what was suspended by the clock, once the provider has
// answered. What the platform stopped only the platform lets go on.
func answeredFrom(s State) guard {
	return guard{func(f Facts) bool { return f.HeldFrom == s && f.ByRule && !f.NotDelivered }, "shaping.answers_missing"}
}

// rule is one line of the table: who may take a package by an event from one
// state to another, if the guard holds.
type rule struct {
	from  State
	event Event
	guard guard
	to    State
	who   []Role
}

var (
	byProvider  = []Role{OwnStaff, Signatory}
	byEither    = []Role{OwnStaff, Signatory, Proposing}
	bySignatory = []Role{Signatory}
	byProposer  = []Role{Proposing}
	byOther     = []Role{OtherStaff}
	byPlatform  = []Role{Platform}
	byClock     = []Role{Clock}
)

// rules is the whole machine. Two rules of one state and event have guards of
// which at most one holds.
var rules = append([]rule{
	{Draft, Publish, ofProvider, Shaping, byProvider},
	{Draft, Publish, ofPatients, Call, byProposer},
	{Draft, Withdraw, always, Withdrawn, byEither},

	{Call, Adopt, verified, Call, byOther},
	{Call, EndRound, due, Call, byClock},
	{Call, Expire, lapsed, Expired, byClock},
	{Call, End, adopted, Ended, byClock},
	{Call, Withdraw, withReason, Withdrawn, byProposer},
	{Call, Supersede, successor, Superseded, byProposer},

	{Shaping, EndRound, due, Answering, byClock},
	{Shaping, Withdraw, withReason, Withdrawn, byProvider},

	{Answering, EndAnswers, another, Shaping, byClock},
	{Answering, EndAnswers, last, FinalVote, byClock},
	{Answering, AskFinal, settled, FinalVote, byProvider},
	{Answering, Withdraw, withReason, Withdrawn, byProvider},

	{FinalVote, EndFinal, quorate, AwaitingCommitment, byClock},
	{FinalVote, EndFinal, retry, Shaping, byClock},
	{FinalVote, EndFinal, givenUp, Expired, byClock},
	{FinalVote, Withdraw, withReason, Withdrawn, byProvider},

	{AwaitingCommitment, Commit, always, Committed, bySignatory},
	{AwaitingCommitment, Decline, withReason, Declined, byProvider},
	{AwaitingCommitment, Expire, due, Expired, byClock},
	{AwaitingCommitment, Withdraw, withReason, Withdrawn, byProvider},

	{Committed, Fill, full, Exhausted, byClock},
	{Committed, RaiseCapacity, room, Committed, bySignatory},
	{Committed, End, due, Ended, byClock},
	{Committed, Report, treated, Reporting, byClock},
	{Exhausted, RaiseCapacity, room, Committed, bySignatory},
	{Exhausted, End, due, Ended, byClock},
	{Exhausted, Report, treated, Reporting, byClock},
	{Ended, Report, treated, Reporting, byClock},
	{Ended, Archive, unused, Archived, byClock},
	{Reporting, RaiseCapacity, room, Reporting, bySignatory},
	{Reporting, Archive, judged, Archived, byClock},
	{Breached, Archive, judged, Archived, byClock},

	{Committed, Retract, withReason, Ended, bySignatory},
	{Exhausted, Retract, withReason, Ended, bySignatory},
	{Reporting, Retract, withReason, Reporting, bySignatory}, // verdicts go on

	{Committed, Suspend, broken, Suspended, byClock},
	{Reporting, Suspend, broken, Suspended, byClock},
	{Exhausted, Suspend, broken, Suspended, byClock},
	{Suspended, Resume, answeredFrom(Committed), Committed, byClock},
	{Suspended, Resume, answeredFrom(Reporting), Reporting, byClock},
	{Suspended, Resume, answeredFrom(Exhausted), Exhausted, byClock},

	{Committed, Breach, withReason, Breached, byPlatform},
	{Reporting, Breach, withReason, Breached, byPlatform},
	{Exhausted, Breach, withReason, Breached, byPlatform},
	{Suspended, Breach, withReason, Breached, byPlatform},

	{Declined, Supersede, successor, Superseded, byProvider},
	{Expired, Supersede, successor, Superseded, byEither},
	{Exhausted, Supersede, successor, Superseded, byProvider},
	{Ended, Supersede, successor, Superseded, byProvider},
	{Reporting, Supersede, successor, Superseded, byProvider},
}, suspensions()...)

// suspensions are the steps of the platform aside and back: whatever runs can be
// stopped for a licence, for safety or while fraud is looked into, and goes on
// where it stood.
func suspensions() (all []rule) {
	for _, s := range []State{Call, Shaping, Answering, FinalVote, AwaitingCommitment, Committed, Exhausted, Reporting} {
		all = append(all,
			rule{s, Suspend, withReason, Suspended, byPlatform},
			rule{Suspended, Resume, heldFrom(s), s, byPlatform})
	}
	return all
}

// Closed reports whether nothing more is voted on or committed to.
func (s State) Closed() bool {
	switch s {
	case Declined, Expired, Withdrawn, Superseded, Breached, Archived, Ended:
		return true
	}
	return false
}
