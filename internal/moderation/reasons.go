package moderation

import "slices"

// Reasons are why something may be hidden, and why somebody may report it: the
// reasons that 16 CFR 465.7 permits, and no others. That a text is unwelcome to
// whom it is about is not among them.
var Reasons = []string{
	"trade_secret",  // trade secrets, privileged or confidential information
	"abusive",       // defamatory, harassing, abusive, obscene
	"personal_data", // another person's personal data or likeness
	"discriminatory",
	"misleading", // clearly false or misleading
	"fake",       // reasonably believed to be fake
	"unrelated",  // nothing to do with treatment abroad
}

// dangers are the reasons that may mean that somebody is in danger: an address,
// a name, a threat. They are looked at within the hour.
var dangers = []string{"personal_data", "abusive"}

// RefusalReasons are why a suggested clinic may be refused. What somebody tells
// is sent back for Reasons alone.
var RefusalReasons = []string{
	"duplicate",  // it is listed already
	"not_found",  // we could not find that it exists
	"misleading", // clearly false or misleading
	"fake",
	"unrelated", // not a place that treats patients
}

// kindClinic is the one kind of suggestion that is not somebody's own words.
const kindClinic = "clinic"

// Votes is the kind of thing that votes under review are. Two moderators decide
// on them, for one of VoteReasons.
const Votes = "package_votes"

// VotesGenuine is the reason for which votes count after all.
const VotesGenuine = "votes_genuine"

// VoteReasons are why votes under review count, or are void.
var VoteReasons = []string{
	VotesGenuine,   // nothing is wrong with them
	"votes_staff",  // cast by the provider's people, or for them
	"votes_bought", // cast for money or another advantage
}

// reasonsFor are the reasons that a decision of a case may have.
func reasonsFor(c Case) []string {
	if c.Kind == Votes {
		return VoteReasons
	}
	if c.Ask == askSuggestion && c.Kind == kindClinic {
		return RefusalReasons
	}
	return Reasons
}

func known(list []string, reason string) bool { return slices.Contains(list, reason) }

// ReasonKey is the key of the sentence that says a reason.
func ReasonKey(reason string) string { return "moderation.reason_" + reason }
