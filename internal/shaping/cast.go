package shaping

import (
	"slices"

	"caravan/internal/errs"
)

// Subject is what a vote is about.
type Subject string

// The subjects. Their ids are those of the package, the amendment, the item.
const (
	OnPackage     Subject = "package"
	OnAmendment   Subject = "amendment"
	OnAlternative Subject = "alternative" // approval of an amendment within its group
	OnKeep        Subject = "keep"        // approval of leaving an item as it is
	OnNeed        Subject = "item_need"
	OnCounter     Subject = "counter" // the counter-offer to an amendment
)

// Subjects are all subjects.
var Subjects = []Subject{OnPackage, OnAmendment, OnAlternative, OnKeep, OnNeed, OnCounter}

// choices are the values a vote may have: support 1, unsure 0, not for me -1;
// want, don't mind, don't want; approve 1 or not 0; must-have 1, nice 0,
// irrelevant -1; agree 1, no -1.
var choices = map[Subject][]int16{
	OnPackage: {1, 0, -1}, OnAmendment: {1, 0, -1}, OnAlternative: {1, 0}, OnKeep: {1, 0}, OnNeed: {1, 0, -1}, OnCounter: {1, -1},
}

// Reasons why a package is not for somebody: chips of a closed list.
var Reasons = []string{"price", "time", "travel", "trust", "missing", "not_my_case", "other"}

// Stratum is in what relation voters say they stand to the treatment.
type Stratum string

// The strata.
const (
	Considers   Stratum = "considering"
	WasTreated  Stratum = "treated"
	Accompanies Stratum = "companion"
)

// Strata are all strata.
var Strata = []Stratum{Considers, WasTreated, Accompanies}

// Status is whether a standing vote counts, and if not, why. It is public in
// sums.
type Status string

// The statuses.
const (
	Counted      Status = "counted"
	Unverified   Status = "unverified"  // the person is not known well enough yet
	Quarantined  Status = "quarantined" // under review
	StaleVersion Status = "stale_version"
	OwnWish      Status = "own_wish" // of the amendment's author
	VoidTies     Status = "void_affiliation"
	VoidFraud    Status = "void_fraud"
)

// Statuses are all statuses.
var Statuses = []Status{Counted, Unverified, Quarantined, StaleVersion, OwnWish, VoidTies, VoidFraud}

// MaxVotesAnHour is how many votes a person casts in an hour.
const MaxVotesAnHour = 60

// Voter is what is known about a person at a vote: when it is cast, and again
// each time votes are counted.
type Voter struct {
	Trust     int    // 0 to 3
	OwnTies   bool   // to the provider of the package: staff, owner, paid, family …
	Provider  bool   // works for another provider
	Platform  bool   // works for the platform
	Author    bool   // of the amendment
	Supporter bool   // of the amendment, counted: needed for its counter-offer
	TieSource string // by what alone OwnTies were found out; empty: by several, or by what they said
	Fraud     bool   // two people decided that this vote is none
	Review    bool   // the vote is being looked into
}

// CanCast says whether a vote can be kept at all; the reason why not is always
// told.
func CanCast(s Subject, v Voter, choice int16, reason string) error {
	switch {
	case v.Trust < 1:
		return errs.New(errs.Forbidden, "shaping.confirm_first")
	case v.OwnTies:
		return errs.New(errs.Forbidden, v.tieKey())
	case v.Provider:
		return errs.New(errs.Forbidden, "shaping.not_providers")
	case v.Platform:
		return errs.New(errs.Forbidden, "shaping.not_platform")
	case v.Author && (s == OnAmendment || s == OnAlternative):
		return errs.New(errs.Forbidden, "shaping.own_wish")
	case s == OnCounter && !v.Supporter && !v.Author:
		return errs.New(errs.Forbidden, "shaping.only_supporters")
	case !slices.Contains(choices[s], choice):
		return errs.New(errs.Malformed, "shaping.choice")
	case s == OnPackage && choice < 0 && !slices.Contains(Reasons, reason):
		return errs.Field("reason", "shaping.reason_chip")
	case reason != "" && !slices.Contains(Reasons, reason):
		return errs.New(errs.Malformed, "shaping.choice")
	}
	return nil
}

// tieKey is the sentence for somebody with a tie to the provider. Who never said
// so is told by what it was found out, and what to do if it is not so.
func (v Voter) tieKey() string {
	switch v.TieSource {
	case "email_domain":
		return "shaping.tied_by_address"
	case "console_device":
		return "shaping.tied_by_device"
	}
	return "shaping.not_your_own"
}

// StatusOf is whether a standing vote counts, by what is known now. What was
// found out later wins over what was true when it was cast, and the gravest
// finding is the one that is named.
func StatusOf(s Subject, v Voter, stale bool) Status {
	switch {
	case v.Fraud:
		return VoidFraud
	case v.OwnTies || v.Provider || v.Platform:
		return VoidTies
	case v.Author && (s == OnAmendment || s == OnAlternative):
		return OwnWish
	case stale:
		return StaleVersion
	case v.Review:
		return Quarantined
	case v.Trust < 2:
		return Unverified
	}
	return Counted
}

// Latest projects the log of votes: the last vote of each person on each
// subject stands. The log is in the order of its ids. Status and what was
// carried are not in the log: they come from Voter and from Carry.
func Latest(log []Vote) []Standing {
	type of struct {
		person  int64
		subject Subject
		id      int64
	}
	at := map[of]int{}
	var all []Standing
	for _, v := range log {
		s := Standing{PackageID: v.PackageID, PersonID: v.PersonID, Subject: v.Subject, SubjectID: v.SubjectID, VersionID: v.VersionID,
			Choice: v.Choice, Reason: v.Reason, Stratum: v.Stratum, UpdatedAt: v.CreatedAt}
		key := of{v.PersonID, v.Subject, v.SubjectID}
		if i, again := at[key]; again {
			all[i] = s
			continue
		}
		at[key] = len(all)
		all = append(all, s)
	}
	return all
}

// Joined folds the standing votes of two accounts that turned out to be one
// person: on each subject the newer vote stands, none is counted twice and none
// is lost.
func Joined(votes []Standing, person, other int64) []Standing {
	type of struct {
		subject Subject
		id      int64
	}
	newest := map[of]int{}
	var all []Standing
	for _, s := range votes {
		if s.PersonID != person && s.PersonID != other {
			all = append(all, s)
			continue
		}
		s.PersonID = person
		key := of{s.Subject, s.SubjectID}
		if i, again := newest[key]; !again {
			newest[key] = len(all)
			all = append(all, s)
		} else if s.UpdatedAt.After(all[i].UpdatedAt) {
			all[i] = s
		}
	}
	return all
}
