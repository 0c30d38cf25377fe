package shaping

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// wishSituations are the facts of amendments, one bit each.
func wishSituations() (all []WishFacts) {
	for bits := 0; bits < 1<<11; bits += times(13, 3) { // odd, so that each fact meets each
		on := func(i int) bool { return bits>>i&1 == 1 }
		all = append(all, WishFacts{RoundRuns: on(0), MayAnswer: on(1), CounterTime: on(2), Rival: on(3), Licensed: on(4), Countered: on(5), Agreed: on(6),
			VotedIn: on(7), Partly: on(8), Graced: on(9), RoundOver: on(10)})
	}
	return all
}

// wishTo is the machine of amendments in other words.
func wishTo(from AmendmentState, e AmendmentEvent, p Party, f WishFacts) (to AmendmentState, ok bool) {
	in := func(names string) bool { return slices.Contains(strings.Fields(names), string(from)) }
	answer := p == Provider && f.MayAnswer && in("open answered accepted rejected clinical deferred")
	clock := p == Machine
	rebase := from == NeedsRebase
	switch e {
	case Submit:
		return Screened, in("draft") && p == Author && f.RoundRuns
	case OpenWish:
		return Open, in("screened") && (clock || p == Moderator) && f.RoundRuns
	case WithdrawWish:
		return WishWithdrawn, in("draft screened open needs_rebase") && p == Author && f.RoundRuns
	case MarkTwice:
		return Duplicate, in("screened open") && p == Moderator && f.RoundRuns
	case SayAccept:
		return Accepted, answer && !f.Rival
	case SayCounter:
		return Answered, answer && !f.Rival && f.CounterTime
	case SayReject, SayIncluded:
		return Rejected, answer
	case SayClinical:
		return ClinicallyBarred, answer && f.Licensed
	case SayDefer:
		return Deferred, answer
	case SayNeedInfo:
		return Answered, answer
	case TakeCounter:
		return AcceptedModified, clock && in("answered") && f.Countered && f.Agreed
	case DropCounter:
		return Rejected, clock && in("answered") && f.Countered && !f.Agreed
	case DecideByVote:
		return Accepted, clock && in("open") && f.VotedIn && !f.Rival
	case MergeWish:
		return Merged, clock && in("accepted accepted_modified")
	case Achieve:
		return Achieved, clock && in("open answered deferred needs_rebase")
	case Outdate:
		return Obsolete, clock && in("open answered deferred needs_rebase")
	case AskRebase:
		return NeedsRebase, clock && in("open answered deferred")
	case NextRound:
		return Open, clock && in("open answered deferred") && !f.Countered
	case Enough:
		return PartlyAchieved, rebase && p == Author && f.Partly
	case Repropose:
		return Obsolete, rebase && f.RoundRuns && (p == Author || p == Supporter && f.Graced)
	case Lapse:
		if f.Partly {
			return PartlyAchieved, rebase && clock && f.Graced
		}
		return WishExpired, rebase && clock && f.RoundOver
	case CloseWish:
		return WishExpired, clock && in("draft screened open answered deferred needs_rebase")
	case Promote:
		return Promoted, in("rejected expired") && (p == Author || p == Supporter)
	}
	return "", false
}

func TestEveryStepOfAnAmendmentIsAllowedOrRefusedWithAReason(t *testing.T) {
	situations := wishSituations()
	for _, from := range AmendmentStates {
		for _, e := range AmendmentEvents {
			for _, p := range Parties {
				for _, f := range situations {
					to, err := NextWish(from, e, []Party{p}, f)
					want, ok := wishTo(from, e, p, f)
					if ok != (err == nil) || ok && to != want || !ok && to != from {
						t.Fatalf("%s %s %s %+v: %s, %v; want %s, %v", from, e, p, f, to, err, want, ok)
					}
				}
				if _, err := NextWish(from, e, []Party{p}, WishFacts{}); err != nil {
					isRefusal(t, fmt.Sprintf("%s %s %s", from, e, p), err)
				}
			}
		}
	}
	for _, r := range wishRules {
		if r.guard.refusal != "" {
			isRefusal(t, string(r.event), refusal(true, true, false, r.guard.refusal))
		}
	}
}

func TestEveryAnswerIsAnEvent(t *testing.T) {
	for _, a := range Answers {
		if !slices.Contains(AmendmentEvents, EventOf(a)) {
			t.Errorf("%s leads nowhere", a)
		}
	}
}

func TestADecisionIsFinalOnceItIsMerged(t *testing.T) {
	for _, from := range []AmendmentState{Merged, WishWithdrawn, Duplicate, Achieved, PartlyAchieved, Obsolete, Promoted} {
		for _, r := range wishRules {
			if slices.Contains(r.from, from) {
				t.Errorf("%s can still %s", from, r.event)
			}
		}
	}
}
