package shaping

import (
	"slices"

	"caravan/internal/access"
	"caravan/internal/errs"
)

// Who looks at a package, and what that person may see of its votes. Everything
// that is shown of votes goes through here, whatever the channel.

// looker is who looks at a package now.
type looker struct {
	access.Actor
	roles   []Role
	own     map[Subject]map[int64]Standing
	at      standpoint
	sees    bool     // the direction of votes that wait for one's own
	ahead   []string // keys of lines that wait for the reader's vote
	aheadOf int      // how many of them are still asked before totals are shown
}

// voteState is the state by which votes are shown: a package that is held stands
// where it stood.
func (k *known) voteState() State {
	if k.State == Suspended && k.HeldFrom != "" {
		return k.HeldFrom
	}
	return k.State
}

// look says who a is at a package.
func (k *known) look(a access.Actor, h standpoint) looker {
	l := looker{Actor: a, own: h.own, at: h, roles: RolesOf(a, k.Package, h.signs)}
	_, voted := l.own[OnPackage][k.ID]
	w := Watcher{Voted: voted, Provider: slices.Contains(l.roles, OwnStaff) || slices.Contains(l.roles, Signatory)}
	for _, line := range k.newest.held() {
		if !line.Item.Votable {
			continue
		}
		w.Waiting++
		if _, ok := l.own[OnNeed][line.Item.ID]; ok {
			w.Asked++
		} else if len(l.ahead) < AskFirst {
			l.ahead = append(l.ahead, line.Item.Key)
		}
	}
	for _, x := range k.wishes {
		if !x.State.Live() || x.AuthorPersonID == a.PersonID {
			continue
		}
		w.Waiting++
		if _, ok := l.own[OnAmendment][x.ID]; ok {
			w.Asked++
		}
	}
	l.aheadOf = max(0, min(AskFirst, w.Waiting)-w.Asked)
	l.sees = MaySee(UntilVote, false, w)
	return l
}

// may says whether somebody in the roles of l may do an action now.
func (k *known) may(l looker, a Action) error { return May(k.State, a, l.roles) }

// whyNot is the sentence for somebody who may not do an action; empty for
// visitors, who are asked to sign in instead, and where it is only not the time.
func whyNotWords(err error, confirmed bool) string {
	e := errs.Of(err)
	switch {
	case err == nil || e.Kind == errs.Conflict:
		return ""
	case e.Kind == errs.SignIn && !confirmed:
		return "shaping.confirm_first"
	}
	return e.Msg.Key
}

// shown is what somebody who sees running votes, or not, is shown of a vote.
func (k *known) shown(s Subject, id int64, sees, countered bool) Shown {
	strata := k.tallies[s][id]
	over := Over(s, k.voteState(), countered)
	may := over || sees && ModeOf(s, k.voteState()) == UntilVote
	return Show(s, Sum(strata), strata, may, over)
}

// exposed are wishes as an order that knows nothing of votes looks at them.
func (k *known) exposed(some []wishRow) []Exposed {
	out := make([]Exposed, len(some))
	for i, w := range some {
		out[i] = Exposed{ID: w.ID, Shown: Sum(k.tallies[OnAmendment][w.ID]).All()}
	}
	return out
}

// ordered is how wishes stand for somebody: by lot while they are voted on, by
// their score afterwards.
func (k *known) ordered(some []wishRow, person int64, day string, mean float64) []int64 {
	if !Over(OnAmendment, k.voteState(), false) {
		return HiddenOrder(k.exposed(some), person, day)
	}
	ranked := make([]Ranked, len(some))
	for i, w := range some {
		t := Sum(k.tallies[OnAmendment][w.ID])
		ranked[i] = Ranked{ID: w.ID, Score: Score(t.Want, t.N(), mean), N: t.N(), CreatedAt: w.CreatedAt}
	}
	slices.SortFunc(ranked, Rank)
	out := make([]int64, len(ranked))
	for i, r := range ranked {
		out[i] = r.ID
	}
	return out
}
