package shaping

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// situations are facts under which the machine is tried. In the plain one
// nothing has come to its end and nothing is ready.
func situations() map[string]Facts {
	plain := Facts{Now: noon, EndsAt: noon.Add(time.Hour), ExpiresAt: noon.Add(time.Hour), Proposer: ByClinic, Round: 1, OpenAmendments: 5,
		DueOpen: 1, CounterVotes: 1, Counted: 5, PlacesLeft: 1, NotDelivered: false, ToJudge: 1}
	with := func(change func(*Facts)) Facts {
		f := plain
		change(&f)
		return f
	}
	all := map[string]Facts{
		"plain":             plain,
		"offer ready":       with(func(f *Facts) { f.Complete = true }),
		"call ready":        with(func(f *Facts) { f.Complete, f.Proposer = true, ByPatients }),
		"reason":            with(func(f *Facts) { f.Why = true }),
		"over, many open":   with(func(f *Facts) { f.EndsAt = noon }),
		"over, few open":    with(func(f *Facts) { f.EndsAt, f.OpenAmendments = noon, 2 }),
		"over, quorum":      with(func(f *Facts) { f.EndsAt, f.Counted = noon, 20 }),
		"over, last":        with(func(f *Facts) { f.EndsAt, f.Round = noon, 4 }),
		"over, last quorum": with(func(f *Facts) { f.EndsAt, f.Round, f.Counted = noon, 4, 20 }),
		"answered":          with(func(f *Facts) { f.DueOpen, f.CounterVotes = 0, 0 }),
		"counter runs":      with(func(f *Facts) { f.DueOpen = 0 }),
		"full":              with(func(f *Facts) { f.PlacesLeft = 0 }),
		"treated":           with(func(f *Facts) { f.Treated = 1 }),
		"all judged":        with(func(f *Facts) { f.Treated, f.ToJudge = 1, 0 }),
		"nobody came":       with(func(f *Facts) { f.ToJudge = 0 }),
		"broken":            with(func(f *Facts) { f.NotDelivered = true }),
		"successor":         with(func(f *Facts) { f.Successor = true }),
		"verified":          with(func(f *Facts) { f.VerifiedClinic = true }),
		"nobody adopted":    with(func(f *Facts) { f.ExpiresAt = noon }),
		"adopted":           with(func(f *Facts) { f.ExpiresAt, f.Adopters = noon, 2 }),
	}
	for _, s := range States {
		all["held "+string(s)] = with(func(f *Facts) { f.HeldFrom, f.Why = s, true })
		all["answered "+string(s)] = with(func(f *Facts) { f.HeldFrom, f.ByRule = s, true })
		all["unanswered "+string(s)] = with(func(f *Facts) { f.HeldFrom, f.ByRule, f.NotDelivered = s, true, true })
	}
	return all
}

// expected is the machine once more, in other words: state, event, who, in which
// situations, and where to. An asterisk stands for all situations.
const expected = `
draft publish staff,signatory offer ready > shaping
draft publish proposer call ready > call
draft withdraw staff,signatory,proposer * > withdrawn
call adopt other_staff verified > call
call end_round clock over,* > call
call expire clock nobody adopted > expired
call end clock adopted > ended
call withdraw proposer WHY > withdrawn
call supersede proposer successor > superseded
shaping end_round clock over,* > answering
shaping withdraw staff,signatory WHY > withdrawn
answering end_answers clock over, many open|over, quorum > shaping
answering end_answers clock over, few open|over, last|over, last quorum > final_vote
answering ask_final staff,signatory answered > final_vote
answering withdraw staff,signatory WHY > withdrawn
final_vote end_final clock over, quorum|over, last quorum > awaiting_commitment
final_vote end_final clock over, many open|over, few open > shaping
final_vote end_final clock over, last > expired
final_vote withdraw staff,signatory WHY > withdrawn
awaiting_commitment commit signatory * > committed
awaiting_commitment decline staff,signatory WHY > declined
awaiting_commitment expire clock over,* > expired
awaiting_commitment withdraw staff,signatory WHY > withdrawn
committed fill clock full > exhausted
committed raise_capacity signatory ROOM > committed
committed end clock over,* > ended
committed retract signatory WHY > ended
committed report clock CAME > reporting
committed suspend clock BROKEN > suspended
committed breach platform WHY > breached
exhausted raise_capacity signatory ROOM > committed
exhausted end clock over,* > ended
exhausted retract signatory WHY > ended
exhausted report clock CAME > reporting
exhausted suspend clock BROKEN > suspended
exhausted breach platform WHY > breached
exhausted supersede staff,signatory successor > superseded
reporting raise_capacity signatory ROOM > reporting
reporting retract signatory WHY > reporting
reporting suspend clock BROKEN > suspended
reporting breach platform WHY > breached
reporting archive clock JUDGED > archived
reporting supersede staff,signatory successor > superseded
ended report clock CAME > reporting
ended archive clock nobody came > archived
ended supersede staff,signatory successor > superseded
breached archive clock JUDGED > archived
declined supersede staff,signatory successor > superseded
expired supersede staff,signatory,proposer successor > superseded
suspended breach platform WHY > breached
`

// wanted reads expected: "state event role situation" → state.
func wanted(t *testing.T) map[string]State {
	t.Helper()
	all, out := situations(), map[string]State{}
	groups := map[string]func(string) bool{
		"*":      func(string) bool { return true },
		"over,*": func(s string) bool { return strings.HasPrefix(s, "over,") },
		"WHY":    func(s string) bool { return s == "reason" || strings.HasPrefix(s, "held ") },
		"ROOM":   func(s string) bool { return s != "full" },
		"CAME":   func(s string) bool { return s == "treated" || s == "all judged" },
		"JUDGED": func(s string) bool { return s == "all judged" || s == "nobody came" },
		"BROKEN": func(s string) bool { return s == "broken" || strings.HasPrefix(s, "unanswered ") },
	}
	put := func(state, event, roles, when string, to State) {
		for _, role := range strings.Split(roles, ",") {
			for s := range all {
				in := groups[when]
				if in != nil && in(s) || in == nil && slices.Contains(strings.Split(when, "|"), s) {
					out[strings.Join([]string{state, event, role, s}, " ")] = to
				}
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(expected), "\n") {
		left, to, ok := strings.Cut(line, " > ")
		f := strings.SplitN(left, " ", 4)
		if !ok || len(f) != 4 {
			t.Fatalf("not a line: %q", line)
		}
		put(f[0], f[1], f[2], f[3], State(to))
	}
	for _, s := range []string{"call", "shaping", "answering", "final_vote", "awaiting_commitment", "committed", "exhausted", "reporting"} {
		put(s, "suspend", "platform", "WHY", Suspended)
		put("suspended", "resume", "platform", "held "+s, State(s))
	}
	for _, s := range []string{"committed", "exhausted", "reporting"} {
		put("suspended", "resume", "clock", "answered "+s, State(s))
	}
	return out
}

func TestEveryStateEventAndRoleIsAllowedOrRefusedWithAReason(t *testing.T) {
	want := wanted(t)
	used := 0
	for name, f := range situations() {
		for _, from := range States {
			for _, e := range Events {
				for _, role := range Roles {
					what := fmt.Sprintf("%s %s %s %s", from, e, role, name)
					to, err := Next(from, e, []Role{role}, f)
					if should, ok := want[what]; ok {
						used++
						if err != nil || to != should {
							t.Errorf("%s: %s, %v; want %s", what, to, err, should)
						}
						continue
					}
					if err == nil {
						t.Errorf("%s: goes to %s, want a refusal", what, to)
						continue
					}
					if to != from {
						t.Errorf("%s: refused, and yet %s", what, to)
					}
					isRefusal(t, what, err)
				}
			}
		}
	}
	if used != len(want) {
		t.Errorf("%d of %d expected steps were tried", used, len(want))
	}
}

func TestNoSituationLeavesTwoWaysOpen(t *testing.T) {
	for name, f := range situations() {
		for i, a := range rules {
			for _, b := range rules[i+1:] {
				common := slices.ContainsFunc(a.who, func(r Role) bool { return slices.Contains(b.who, r) })
				if a.from == b.from && a.event == b.event && common && a.guard.holds(f) && b.guard.holds(f) {
					t.Errorf("%s: %s %s leads to %s and to %s", name, a.from, a.event, a.to, b.to)
				}
			}
		}
	}
}

func TestNobodyMakesTimePass(t *testing.T) {
	system := []Event{EndRound, EndAnswers, EndFinal, Expire, Fill, End, Report, Archive}
	for _, r := range rules {
		if slices.Contains(system, r.event) != slices.Equal(r.who, byClock) && r.event != Suspend && r.event != Resume {
			t.Errorf("%s %s is for %v", r.from, r.event, r.who)
		}
	}
	for _, s := range []State{Answering, Expired, Exhausted, Ended, Reporting, Archived} {
		for _, r := range rules {
			if r.to == s && r.from != Suspended && !slices.Equal(r.who, byClock) && r.event != RaiseCapacity && r.event != Retract {
				t.Errorf("%s is entered by hand: %v", s, r.who)
			}
		}
	}
}

func TestEveryStateCanBeReachedAndLeft(t *testing.T) {
	reached := map[State]bool{Draft: true}
	for range States {
		for _, r := range rules {
			if reached[r.from] {
				reached[r.to] = true
			}
		}
	}
	for _, s := range States {
		left := slices.ContainsFunc(rules, func(r rule) bool { return r.from == s && r.to != s })
		last := slices.Contains([]State{Withdrawn, Superseded, Archived}, s)
		if !reached[s] || left == last {
			t.Errorf("%s: reached %v, left %v", s, reached[s], left)
		}
	}
}

func TestRolesAtAPackage(t *testing.T) {
	id := int64(7)
	offer, call := Package{OrganisationID: &id, Proposer: ByClinic}, Package{Proposer: ByPatients, ProposerPersonID: 3}
	who := func(trust int, w ...access.Work) access.Actor {
		return access.Actor{AccountID: 1, PersonID: 3, Confirmed: true, Trust: trust, Works: w}
	}
	unconfirmed := who(0)
	unconfirmed.Confirmed = false
	mod := who(2)
	mod.Moderator = true
	for _, c := range []struct {
		name  string
		a     access.Actor
		p     Package
		signs bool
		want  []Role
	}{
		{"a visitor", access.Actor{}, offer, false, []Role{Guest}},
		{"nobody confirmed", unconfirmed, offer, false, []Role{Guest}},
		{"T1", who(1), offer, false, []Role{Newcomer}},
		{"T2", who(2), offer, false, []Role{Patient}},
		{"T3", who(3), offer, false, []Role{Treated}},
		{"own staff, however trusted", who(3, access.Work{OrganisationID: 7, Kind: "clinic"}), offer, false, []Role{OwnStaff}},
		{"who may sign", who(3, access.Work{OrganisationID: 7, Kind: "clinic"}), offer, true, []Role{Signatory, OwnStaff}},
		{"staff of another clinic", who(3, access.Work{OrganisationID: 8, Kind: "clinic"}), offer, true, []Role{OtherStaff}},
		{"who works for an association of patients", who(2, access.Work{OrganisationID: 9, Kind: "association"}), offer, false, []Role{Patient}},
		{"a moderator", mod, offer, false, []Role{Platform}},
		{"who set up a call", who(2), call, false, []Role{Patient, Proposing}},
	} {
		if got := RolesOf(c.a, c.p, c.signs); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhoMayDoWhatWhen(t *testing.T) {
	allowed := map[Action]string{ // role: states
		Edit:          "staff,signatory,proposer: draft",
		Comment:       "member,patient,treated,proposer,staff,signatory,other_staff,platform: call,shaping,answering,final_vote,awaiting_commitment,committed,reporting,exhausted",
		CastVote:      "member,patient,treated: call,shaping,final_vote",
		VoteOnWish:    "member,patient,treated: call,shaping",
		VoteOnCounter: "member,patient,treated: shaping,answering",
		Amend:         "patient,treated: call,shaping",
		ShowInterest:  "member,patient,treated: shaping,answering,final_vote,awaiting_commitment,committed,reporting",
		AnswerWish:    "staff,signatory: shaping,answering",
		Enrol:         "patient,treated: committed,reporting",
		Tell:          "treated: committed,reporting,exhausted,ended,suspended,breached,superseded",
		ReplyVerdict:  "staff,signatory: committed,reporting,exhausted,ended,suspended,breached,superseded,archived",
	}
	all := make([]string, len(States))
	for i, s := range States {
		all[i] = string(s)
	}
	allowed[Adjudicate] = "platform: " + strings.Join(all, ",")
	if len(allowed) != len(rights) {
		t.Fatalf("%d actions, %d expected", len(rights), len(allowed))
	}
	for a, line := range allowed {
		roles, states, _ := strings.Cut(line, ": ")
		for _, role := range Roles {
			for _, s := range States {
				want := slices.Contains(strings.Split(roles, ","), string(role)) && slices.Contains(strings.Split(states, ","), string(s))
				err := May(s, a, []Role{role})
				if (err == nil) != want {
					t.Errorf("%s %s %s: %v, want %v", s, a, role, err, want)
				}
				if err != nil {
					isRefusal(t, fmt.Sprintf("%s %s %s", s, a, role), err)
				}
			}
		}
	}
}
