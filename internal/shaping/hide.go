package shaping

import "caravan/internal/stats"

// Mode says how long the direction of votes stays hidden. It follows from the
// state of the package alone.
type Mode int

// The modes.
const (
	UntilVote   Mode = iota + 1 // until one's own vote
	UntilClosed                 // until the vote is over, for everybody
)

// ModeOf is the mode of a subject while its package is in a state.
func ModeOf(s Subject, state State) Mode {
	if s == OnCounter || s == OnPackage && state == FinalVote {
		return UntilClosed
	}
	return UntilVote
}

// Over reports whether the vote on a subject has ended in a state: what is
// frozen can no longer be copied. Countered says that a counter-offer's vote is
// over, which has its own clock.
func Over(s Subject, state State, countered bool) bool {
	switch {
	case s == OnCounter:
		return countered
	case state == Draft || state == Call || state == Shaping || state == Suspended:
		return false
	case s == OnPackage:
		return state != FinalVote
	}
	return true
}

// AskFirst is how many items that wait for a person's vote are asked before
// totals are shown.
const AskFirst = 3

// Watcher is who looks, as far as it matters here.
type Watcher struct {
	Voted    bool // on the package
	Waiting  int  // items and amendments that wait for the person's vote
	Asked    int  // of those, how many the person has voted on by now
	Provider bool // works for the package's provider: sees nothing before the end
}

// MaySee reports whether somebody sees the direction of votes now. The platform
// has no other eyes than everybody else: it never votes, so it waits for the end.
func MaySee(m Mode, over bool, w Watcher) bool {
	if over {
		return true
	}
	return m == UntilVote && !w.Provider && w.Voted && w.Asked >= min(AskFirst, w.Waiting)
}

// needVoices is from how many votes on the need of an item anything is shown.
const needVoices = 10

// stratumVoices is the smallest stratum that is shown, and allVoices from how
// many votes strata are shown at all.
const (
	stratumVoices = 5
	allVoices     = 15
)

// Split is what is hidden: how votes split. Shares are of those who took a
// side, with their 95 % interval.
type Split struct {
	Want, Pass, Against int
	Carried             int
	Low, High           float64
	Majority            bool // it can be said that the majority wants it
	Strata              map[Stratum]Tally
	Others              map[Status]int
}

// Shown is what somebody sees of a vote. Nothing in it but Split depends on
// which way anybody voted.
type Shown struct {
	Participants int  // rounded down to 5 until the vote is over
	Exact        bool // Participants is exact
	Voided       int  // votes that were taken out, for ties or fraud
	Split        *Split
}

// Show is what somebody who may see the direction, or not, is shown of a vote.
// Every channel shows this and nothing else.
func Show(s Subject, t Tally, strata map[Stratum]Tally, maySee, over bool) Shown {
	out := Shown{Participants: t.All(), Exact: over, Voided: t.Others[VoidTies] + t.Others[VoidFraud]}
	if !over {
		out.Participants -= out.Participants % 5
	}
	if !maySee || s == OnNeed && t.All() < needVoices {
		return out
	}
	low, high := stats.Wilson(t.Want, t.N())
	out.Split = &Split{Want: t.Want, Pass: t.Pass, Against: t.Against, Carried: t.Carried,
		Low: low, High: high, Majority: MajorityWants(t.Want, t.N()), Others: t.Others}
	if over {
		out.Split.Strata = showStrata(t, strata)
	}
	return out
}

// showStrata returns the strata side by side where each that anybody is in is
// large enough: leaving one out would give it away as the rest.
func showStrata(all Tally, strata map[Stratum]Tally) map[Stratum]Tally {
	if all.All() < allVoices {
		return nil
	}
	for _, t := range strata {
		if n := t.All(); n > 0 && n < stratumVoices {
			return nil
		}
	}
	return strata
}
