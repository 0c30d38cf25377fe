package shaping

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"caravan/internal/errs"
)

func near(a, b float64) bool { return math.Abs(a-b) < 0.0005 }

func TestWorkedScores(t *testing.T) {
	for _, c := range []struct {
		want, n int
		score   float64
	}{{3, 3, 0.708}, {9, 10, 0.760}, {45, 60, 0.731}, {300, 480, 0.625}, {0, 0, 0.620}, {2, 10, 0.410}} {
		if got := Score(c.want, c.n, 0.62); !near(got, c.score) {
			t.Errorf("%d of %d: %.4f, want %.3f", c.want, c.n, got, c.score)
		}
	}
	if got := Score(0, 0, 0); got != usualMean {
		t.Errorf("without any mean: %v", got)
	}
}

func TestTiesAreBrokenByVotesThenAge(t *testing.T) {
	all := []Ranked{{4, 0.5, 9, noon.Add(1)}, {3, 0.5, 9, noon}, {2, 0.5, 10, noon.Add(2)}, {1, 0.6, 0, noon.Add(3)}, {5, 0.5, 9, noon.Add(1)}}
	slices.SortFunc(all, Rank)
	var ids []int64
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("%v", ids)
	}
}

func TestAMajorityIsClaimedOnlyWithCertainty(t *testing.T) {
	for _, c := range []struct {
		want, n int
		is      bool
	}{{19, 19, false}, {20, 20, true}, {14, 20, false}, {15, 20, true}, {52, 100, false}, {61, 100, true}, {0, 0, false}} {
		if got := MajorityWants(c.want, c.n); got != c.is {
			t.Errorf("%d of %d: %v", c.want, c.n, got)
		}
	}
}

func TestBridgingIsHighWhereAllStrataAgree(t *testing.T) {
	of := func(want, pass, against int) Tally { return Tally{Want: want, Pass: pass, Against: against} }
	both, ok := Bridge(map[Stratum]Tally{Considers: of(16, 0, 4), WasTreated: of(8, 0, 2)})
	if !ok || !near(both, math.Sqrt(16.5/21*(1-4.5/21)*(8.5/11)*(1-2.5/11))) {
		t.Errorf("both: %v %v", both, ok)
	}
	one, ok := Bridge(map[Stratum]Tally{Considers: of(20, 0, 0), WasTreated: of(1, 0, 9)})
	if !ok || one >= both/2 {
		t.Errorf("one side only: %v against %v", one, both)
	}
	four, _ := Bridge(map[Stratum]Tally{Considers: of(12, 0, 4), WasTreated: of(12, 0, 4), Accompanies: of(12, 0, 4)})
	two, _ := Bridge(map[Stratum]Tally{Considers: of(12, 0, 4), WasTreated: of(12, 0, 4)})
	if !near(two, four) {
		t.Errorf("more strata of the same mind change it: %v, %v", two, four)
	}
	for name, strata := range map[string]map[Stratum]Tally{
		"two of two":         {Considers: of(2, 0, 0), WasTreated: of(2, 0, 0)},
		"one stratum":        {Considers: of(40, 0, 0), WasTreated: of(4, 0, 0)},
		"fourteen in all":    {Considers: of(7, 0, 0), WasTreated: of(7, 0, 0)},
		"nobody":             nil,
		"an unknown stratum": {"moon": of(40, 0, 0), Considers: of(20, 0, 0)},
	} {
		if _, ok := Bridge(strata); ok {
			t.Errorf("%s says something", name)
		}
	}
}

func TestOnlyCountedVotesCount(t *testing.T) {
	votes := []Standing{{Choice: 1, Status: Counted, Carried: true}, {Choice: 1, Status: Counted}, {Status: Counted}, {Choice: -1, Status: Counted},
		{Choice: 1, Status: Unverified}, {Choice: -1, Status: VoidTies}, {Choice: 1, Status: StaleVersion, Carried: true}}
	got := TallyOf(votes)
	if got.Want != 2 || got.Pass != 1 || got.Against != 1 || got.Carried != 1 || got.N() != 3 || got.All() != 4 ||
		got.Others[Unverified] != 1 || got.Others[VoidTies] != 1 || got.Others[StaleVersion] != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWhyAVoteIsNotTakenIsAlwaysTold(t *testing.T) {
	known := Voter{Trust: 2}
	with := func(change func(*Voter)) Voter { v := known; change(&v); return v }
	for _, c := range []struct {
		name   string
		s      Subject
		v      Voter
		choice int16
		reason string
		want   string
	}{
		{"support", OnPackage, known, 1, "", ""},
		{"T1 is kept", OnPackage, Voter{Trust: 1}, 1, "", ""},
		{"nobody", OnPackage, Voter{}, 1, "", "shaping.confirm_first"},
		{"not for me, and why", OnPackage, known, -1, "price", ""},
		{"not for me", OnPackage, known, -1, "", "reason shaping.reason_chip"},
		{"a reason of one's own", OnAmendment, known, 1, "because", "shaping.choice"},
		{"own staff", OnPackage, with(func(v *Voter) { v.OwnTies = true }), 1, "", "shaping.not_your_own"},
		{"other clinics", OnNeed, with(func(v *Voter) { v.Provider = true }), 1, "", "shaping.not_providers"},
		{"moderators", OnCounter, with(func(v *Voter) { v.Platform = true }), 1, "", "shaping.not_platform"},
		{"one's own wish", OnAmendment, with(func(v *Voter) { v.Author = true }), 1, "", "shaping.own_wish"},
		{"the counter-offer to one's own wish", OnCounter, with(func(v *Voter) { v.Author = true }), 1, "", ""},
		{"somebody else's counter-offer", OnCounter, known, 1, "", "shaping.only_supporters"},
		{"a supporter", OnCounter, with(func(v *Voter) { v.Supporter = true }), -1, "", ""},
		{"undecided about a counter-offer", OnCounter, with(func(v *Voter) { v.Supporter = true }), 0, "", "shaping.choice"},
		{"twice as much", OnPackage, known, 2, "", "shaping.choice"},
		{"against an alternative", OnAlternative, known, -1, "", "shaping.choice"},
		{"on the moon", "moon", known, 1, "", "shaping.choice"},
	} {
		err := CanCast(c.s, c.v, c.choice, c.reason)
		if got := fieldsOf(err); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if err != nil && errs.Of(err).Kind != errs.Invalid {
			isRefusal(t, c.name, err)
		}
	}
}

func TestWhatIsFoundOutLaterTakesAVoteOut(t *testing.T) {
	for _, c := range []struct {
		name  string
		v     Voter
		stale bool
		want  Status
	}{
		{"T2", Voter{Trust: 2}, false, Counted},
		{"T1", Voter{Trust: 1}, false, Unverified},
		{"for an old version", Voter{Trust: 2}, true, StaleVersion},
		{"looked into", Voter{Trust: 2, Review: true}, false, Quarantined},
		{"turned out to be staff", Voter{Trust: 3, OwnTies: true, Review: true}, true, VoidTies},
		{"of another clinic by now", Voter{Trust: 2, Provider: true}, false, VoidTies},
		{"fraud weighs most", Voter{Trust: 2, Fraud: true, OwnTies: true}, true, VoidFraud},
		{"one's own wish", Voter{Trust: 2, Author: true}, false, OwnWish},
	} {
		if got := StatusOf(OnAmendment, c.v, c.stale); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := StatusOf(OnPackage, Voter{Trust: 2, Author: true}, false); got != Counted {
		t.Errorf("an author on the package: %s", got)
	}
}

func TestTheLogGivesWhatStands(t *testing.T) {
	log := []Vote{
		{PersonID: 1, Subject: OnPackage, SubjectID: 5, Choice: 1}, {PersonID: 2, Subject: OnPackage, SubjectID: 5, Choice: -1},
		{PersonID: 1, Subject: OnPackage, SubjectID: 5, Choice: 0}, {PersonID: 1, Subject: OnNeed, SubjectID: 5, Choice: 1},
	}
	got := Latest(log)
	if len(got) != 3 || got[0].Choice != 0 || got[1].Choice != -1 || got[2].Subject != OnNeed {
		t.Errorf("%+v", got)
	}
}

func TestOnePersonOfTwoAccountsVotesOnce(t *testing.T) {
	votes := []Standing{
		{PersonID: 1, Subject: OnPackage, SubjectID: 5, Choice: 1, UpdatedAt: noon},
		{PersonID: 2, Subject: OnPackage, SubjectID: 5, Choice: -1, UpdatedAt: noon.Add(time.Hour)},
		{PersonID: 2, Subject: OnPackage, SubjectID: 6, Choice: 1, UpdatedAt: noon},
		{PersonID: 3, Subject: OnPackage, SubjectID: 5, Choice: 1, UpdatedAt: noon},
	}
	got := Joined(votes, 1, 2)
	if len(got) != 3 || got[0].Choice != -1 || got[1].PersonID != 1 || got[2].PersonID != 3 {
		t.Errorf("%+v", got)
	}
}

func TestWhoSeesTheDirectionWhen(t *testing.T) {
	voter := Watcher{Voted: true, Waiting: 8, Asked: 3}
	for _, c := range []struct {
		name  string
		s     Subject
		state State
		w     Watcher
		want  bool
	}{
		{"a visitor", OnPackage, Shaping, Watcher{}, false},
		{"before one's own vote", OnPackage, Shaping, Watcher{Waiting: 8, Asked: 3}, false},
		{"after one's own vote, but not on what waits", OnPackage, Shaping, Watcher{Voted: true, Waiting: 8, Asked: 2}, false},
		{"after one's own votes", OnPackage, Shaping, voter, true},
		{"little waits", OnAmendment, Shaping, Watcher{Voted: true, Waiting: 1, Asked: 1}, true},
		{"the provider", OnAmendment, Shaping, Watcher{Voted: true, Provider: true}, false},
		{"the provider after the round", OnAmendment, Answering, Watcher{Provider: true}, true},
		{"anybody after the round", OnAmendment, Answering, Watcher{}, true},
		{"the final vote, however one voted", OnPackage, FinalVote, voter, false},
		{"after the final vote", OnPackage, AwaitingCommitment, Watcher{}, true},
		{"a running counter-offer", OnCounter, Answering, voter, false},
		{"a call, after one's own vote", OnPackage, Call, voter, true},
	} {
		if got := MaySee(ModeOf(c.s, c.state), Over(c.s, c.state, false), c.w); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if !MaySee(UntilClosed, Over(OnCounter, Answering, true), Watcher{}) {
		t.Error("a closed counter-offer stays hidden")
	}
}

// TestHiddenVotesInvertedLookTheSame shows the same votes and all of them turned
// round to everybody who may not see them: not one byte differs.
func TestHiddenVotesInvertedLookTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range times(300, 10_000) {
		var votes, turned []Standing
		for p := range int64(r.IntN(60)) {
			v := Standing{PersonID: p, Choice: int16(r.IntN(3) - 1), Stratum: Strata[r.IntN(3)], Carried: r.IntN(4) == 0, Status: Counted}
			if r.IntN(3) == 0 {
				v.Status = Statuses[r.IntN(len(Statuses))]
			}
			votes = append(votes, v)
			v.Choice = -v.Choice
			turned = append(turned, v)
		}
		for _, s := range Subjects {
			for _, state := range States {
				over := Over(s, state, false)
				may := MaySee(ModeOf(s, state), over, Watcher{Provider: r.IntN(2) == 0})
				a, b := shownBytes(t, s, votes, may, over), shownBytes(t, s, turned, may, over)
				if !may && a != b {
					t.Fatalf("%s in %s: %s and %s", s, state, a, b)
				}
			}
		}
	}
}

func shownBytes(t *testing.T, s Subject, votes []Standing, may, over bool) string {
	t.Helper()
	by := map[Stratum][]Standing{}
	for _, v := range votes {
		by[v.Stratum] = append(by[v.Stratum], v)
	}
	strata := map[Stratum]Tally{}
	for name, some := range by {
		strata[name] = TallyOf(some)
	}
	b, err := json.Marshal(Show(s, TallyOf(votes), strata, may, over))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatIsShownOfAVote(t *testing.T) {
	t23 := Tally{Want: 12, Pass: 2, Against: 9, Others: map[Status]int{VoidTies: 2, VoidFraud: 1, Unverified: 4}}
	hidden := Show(OnPackage, t23, nil, false, false)
	if hidden != (Shown{Participants: 20, Voided: 3}) {
		t.Errorf("hidden: %+v", hidden)
	}
	if got := Show(OnPackage, Tally{Want: 4}, nil, false, false); got.Participants != 0 {
		t.Errorf("four show as %d", got.Participants)
	}
	strata := map[Stratum]Tally{Considers: {Want: 12, Against: 6}, WasTreated: {Pass: 2, Against: 3}}
	over := Show(OnPackage, t23, strata, true, true)
	if over.Participants != 23 || over.Split == nil || over.Split.Want != 12 || over.Split.Majority || len(over.Split.Strata) != 2 || over.Split.Low > 12.0/21 {
		t.Errorf("over: %+v %+v", over, over.Split)
	}
	strata[Accompanies] = Tally{Want: 1}
	if got := Show(OnPackage, t23, strata, true, true); got.Split.Strata != nil {
		t.Error("one companion is shown")
	}
	if got := Show(OnNeed, Tally{Want: 9}, nil, true, true); got.Split != nil {
		t.Error("the need of nine is shown")
	}
	if got := Show(OnPackage, t23, strata, true, false); got.Split.Strata != nil || got.Participants != 20 {
		t.Error("strata or exact numbers are shown before the end")
	}
}

func TestHiddenEntriesStandByLot(t *testing.T) {
	var all []Exposed
	for id := range int64(20) {
		all = append(all, Exposed{id, int(100 - id)})
	}
	a, again := HiddenOrder(all, 1, "2026-05-04"), HiddenOrder(all, 1, "2026-05-04")
	other, tomorrow := HiddenOrder(all, 2, "2026-05-04"), HiddenOrder(all, 1, "2026-05-05")
	if !slices.Equal(a, again) || slices.Equal(a, other) || slices.Equal(a, tomorrow) {
		t.Errorf("%v %v %v", a, other, tomorrow)
	}
	left := slices.Clone(all)
	for i, id := range a {
		if i%5 == 4 {
			least := slices.MinFunc(left, func(x, y Exposed) int { return x.Shown - y.Shown })
			if id != least.ID {
				t.Errorf("place %d is for %d, which was shown least, not %d", i, least.ID, id)
			}
		}
		left = slices.DeleteFunc(left, func(e Exposed) bool { return e.ID == id })
	}
	if len(left) != 0 {
		t.Errorf("%d entries are lost", len(left))
	}
	first := map[int64]int{}
	for p := range int64(2000) {
		first[HiddenOrder(all, p, "d")[0]]++
	}
	for id, n := range first {
		if n < 50 || n > 160 || len(first) != 20 {
			t.Errorf("%d stands first %d times of 2000", id, n)
		}
	}
}
