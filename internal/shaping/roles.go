package shaping

import (
	"slices"

	"caravan/internal/access"
	"caravan/internal/errs"
)

// Role is in which capacity somebody meets a package.
type Role string

// The roles. A person has exactly one at a package, but for the one who set a
// call up, who also stays a patient, and a signatory, who is staff as well.
const (
	Guest      Role = "guest"
	Newcomer   Role = "member"  // confirmed address alone: may vote, is not counted
	Patient    Role = "patient" // T2
	Treated    Role = "treated" // T3: a verified experience of that procedure
	Proposing  Role = "proposer"
	OwnStaff   Role = "staff"     // of the provider that offers the package
	Signatory  Role = "signatory" // of the provider, may bind it
	OtherStaff Role = "other_staff"
	Platform   Role = "platform"
	Clock      Role = "clock" // nobody: a job whose time has come
)

// Roles are all roles: every table of rights has to speak of each.
var Roles = []Role{Guest, Newcomer, Patient, Treated, Proposing, OwnStaff, Signatory, OtherStaff, Platform, Clock}

// RolesOf returns the roles of a at a package. Signs says whether a is named as
// a person who may bind the provider. Who works for a provider is never a
// patient here, and neither is who works for the platform.
func RolesOf(a access.Actor, p Package, signs bool) []Role {
	if !a.SignedIn() || !a.Confirmed {
		return []Role{Guest}
	}
	if p.OrganisationID != nil {
		if _, own := a.WorksFor(*p.OrganisationID); own {
			if signs {
				return []Role{Signatory, OwnStaff}
			}
			return []Role{OwnStaff}
		}
	}
	switch {
	case a.Insider():
		return []Role{OtherStaff}
	case a.Moderator || a.Admin:
		return []Role{Platform}
	}
	role := Newcomer
	if a.Trust >= 2 {
		role = Patient
	}
	if a.Trust >= 3 {
		role = Treated
	}
	if p.Proposer == ByPatients && p.ProposerPersonID == a.PersonID {
		return []Role{role, Proposing}
	}
	return []Role{role}
}

// Next says where an event leads a package, done by somebody in the given roles.
// Refusals: Conflict where the event does not belong to the state or its guard
// does not hold, Forbidden where it is for others.
func Next(from State, e Event, who []Role, f Facts) (State, error) {
	possible, mine, why := false, false, ""
	clock := true
	for _, r := range rules {
		if r.from != from || r.event != e {
			continue
		}
		possible = true
		clock = clock && slices.Equal(r.who, byClock)
		if !slices.ContainsFunc(who, func(w Role) bool { return slices.Contains(r.who, w) }) {
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

// Action is what people do in a package without moving it.
type Action string

// The actions.
const (
	Edit          Action = "edit" // a draft
	Comment       Action = "comment"
	CastVote      Action = "vote"    // on the package or an item's need
	VoteOnWish    Action = "vote_on" // on an amendment, an alternative
	VoteOnCounter Action = "vote_counter"
	Amend         Action = "amend"
	ShowInterest  Action = "interest"
	AnswerWish    Action = "answer"
	Enrol         Action = "enrol"
	Tell          Action = "verdict" // on an item, of one's own journey
	ReplyVerdict  Action = "reply_verdict"
	Adjudicate    Action = "adjudicate"
)

// right is who may do an action, and in which states.
type right struct {
	in  []State
	who []Role
}

var (
	open   = []State{Call, Shaping, Answering, FinalVote, AwaitingCommitment, Committed, Reporting, Exhausted}
	rounds = []State{Call, Shaping}
	people = []Role{Newcomer, Patient, Treated}
)

// rights is the table of actions. Reading is for everybody and not in it.
var rights = map[Action]right{
	Edit:          {[]State{Draft}, byEither},
	Comment:       {open, []Role{Newcomer, Patient, Treated, Proposing, OwnStaff, Signatory, OtherStaff, Platform}},
	CastVote:      {[]State{Call, Shaping, FinalVote}, people},
	VoteOnWish:    {rounds, people},
	VoteOnCounter: {[]State{Shaping, Answering}, people},
	Amend:         {rounds, []Role{Patient, Treated}},
	ShowInterest:  {[]State{Shaping, Answering, FinalVote, AwaitingCommitment, Committed, Reporting}, people},
	AnswerWish:    {[]State{Shaping, Answering}, byProvider},
	Enrol:         {[]State{Committed, Reporting}, []Role{Patient, Treated}},
	Tell:          {[]State{Committed, Reporting, Exhausted, Ended, Suspended, Breached, Superseded}, []Role{Treated}},
	ReplyVerdict:  {[]State{Committed, Reporting, Exhausted, Ended, Suspended, Breached, Superseded, Archived}, byProvider},
	Adjudicate:    {States, byPlatform},
}

// Opens reports whether a state is the time for an action, whoever may take it.
func Opens(s State, a Action) bool { return slices.Contains(rights[a].in, s) }

// May says whether somebody in the given roles may do an action in a state:
// Forbidden and the reason where it is for others, Conflict where it is not the
// time.
func May(s State, a Action, who []Role) error {
	r := rights[a]
	if !slices.ContainsFunc(who, func(w Role) bool { return slices.Contains(r.who, w) }) {
		return whyNot(a, who)
	}
	if !Opens(s, a) {
		return errs.New(errs.Conflict, "shaping.not_in_this_state")
	}
	return nil
}

// whyNot is the reason why an action is for others: always told.
func whyNot(a Action, who []Role) error {
	has := func(r Role) bool { return slices.Contains(who, r) }
	voting := a == CastVote || a == VoteOnWish || a == VoteOnCounter || a == ShowInterest || a == Amend
	switch {
	case has(Guest):
		return errs.New(errs.SignIn, "common.sign_in_first")
	case voting && (has(OwnStaff) || has(Signatory)):
		return errs.New(errs.Forbidden, "shaping.not_your_own")
	case voting && has(OtherStaff):
		return errs.New(errs.Forbidden, "shaping.not_providers")
	case voting && has(Platform):
		return errs.New(errs.Forbidden, "shaping.not_platform")
	case (a == Amend || a == Enrol) && has(Newcomer):
		return errs.New(errs.Forbidden, "shaping.need_trust")
	case a == Enrol && (has(OwnStaff) || has(Signatory) || has(OtherStaff)):
		return errs.New(errs.Forbidden, "shaping.enrol_staff")
	case a == Enrol && has(Platform):
		return errs.New(errs.Forbidden, "shaping.enrol_platform")
	case a == Tell:
		return errs.New(errs.Forbidden, "shaping.only_treated")
	}
	return errs.New(errs.Forbidden, "shaping.not_yours")
}
