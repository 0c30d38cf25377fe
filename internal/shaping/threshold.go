package shaping

import (
	"time"

	"caravan/internal/errs"
	"caravan/internal/text"
)

// MaxSteps is how many steps a threshold has.
const MaxSteps = 3

// Step is what a number of ready people unlocks. Steps are fixed when the
// package is published.
type Step struct {
	People int
	Gives  string // in the package's language
}

// CheckSteps says whether the steps of a threshold can be published: at most
// three, each for more people than the one before, each with what it gives.
func CheckSteps(steps []Step) error {
	if len(steps) > MaxSteps {
		return errs.Field("steps", "shaping.steps_most", "most", MaxSteps)
	}
	last := 1
	for _, s := range steps {
		if s.People <= last || s.People > 10_000 {
			return errs.Field("steps", "shaping.steps_rise")
		}
		if n := text.Length(s.Gives); n < 10 || n > 300 {
			return errs.Field("steps", "shaping.steps_gives")
		}
		last = s.People
	}
	return nil
}

// Meets reports whether an interest counts for the threshold: of a counted
// person, ready, confirmed for this version, at the offer's price or above, with
// a window that meets the offer's. Nil ends of windows are open.
func Meets(in Interest, v Voter, versionID, offerMinor int64, from, to *time.Time, now time.Time) bool {
	return StatusOf(OnPackage, v, false) == Counted &&
		in.Readiness == Ready && in.State == Active && in.VersionID == versionID && !in.Expires(now) &&
		in.PriceMaxMinor >= offerMinor &&
		(in.WindowTo == nil || from == nil || !in.WindowTo.Before(*from)) &&
		(in.WindowFrom == nil || to == nil || !to.Before(*in.WindowFrom))
}

// Reached returns how many steps a number of people unlocks, and the progress
// to the next one, or beyond the last, in quarters: 0, 25, 50, 75, 100. Only the
// quarters are public while people decide.
func Reached(steps []Step, people int) (unlocked, percent int) {
	for unlocked < len(steps) && people >= steps[unlocked].People {
		unlocked++
	}
	if unlocked == len(steps) {
		return unlocked, 100
	}
	return unlocked, people * 4 / steps[unlocked].People * 25
}

// CommitmentState is where a commitment stands.
type CommitmentState string

// The states of a commitment. A package has at most one active.
const (
	CommitmentActive    CommitmentState = "active"
	CommitmentSuspended CommitmentState = "suspended"
	CommitmentEnded     CommitmentState = "ended"
	CommitmentBreached  CommitmentState = "breached"
	CommitmentWithdrawn CommitmentState = "withdrawn"
)

// CheckCommitment says whether a commitment can be signed: on a published
// version with its own hash, by a named person, with places, with days that lie
// ahead, the price locked for as long as it is valid, and with the item that
// makes it subject to a medical examination.
func CheckCommitment(k Commitment, v Version, c Content, now time.Time) error {
	today := DayAfter(now.UTC(), 0)
	switch {
	case k.VersionID != v.ID || string(k.ContentHash) != string(v.ContentHash) || string(c.Hash()) != string(v.ContentHash):
		return errs.New(errs.Conflict, "shaping.hash_differs")
	case text.Length(k.SignerName) < 3 || text.Length(k.SignerTitle) < 2:
		return errs.Field("signer", "shaping.signer")
	case k.Capacity < 1 || k.Capacity > 10_000:
		return errs.Field("capacity", "shaping.capacity")
	case !k.ValidUntil.After(today) || k.ValidUntil.After(today.AddDate(2, 0, 0)):
		return errs.Field("valid_until", "shaping.valid_until")
	case k.PriceLockedUntil.Before(k.ValidUntil):
		return errs.Field("price_locked_until", "shaping.price_locked")
	}
	if c.Value(SuitabilityKey).Number == 0 {
		return errs.Field(SuitabilityKey, "shaping.suitability")
	}
	return nil
}

// SuitabilityKey is the item that makes a commitment subject to a medical
// examination of each patient.
const SuitabilityKey = "terms.medical_suitability"

// RaiseTo says whether the capacity of a commitment may become n.
func (k Commitment) RaiseTo(n int) error {
	if n <= k.Capacity || n > 10_000 {
		return errs.Field("capacity", "shaping.capacity_rises")
	}
	return nil
}
