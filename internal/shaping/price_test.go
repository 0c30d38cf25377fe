package shaping

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheLadderReadsAsPrices(t *testing.T) {
	for _, c := range []struct {
		offer    int64
		exponent int
		want     []int64
	}{
		{490000, 2, []int64{370000, 400000, 430000, 460000, 490000, 520000, 550000, 580000, 610000}},
		{490000, 0, []int64{370000, 400000, 430000, 460000, 490000, 520000, 550000, 580000, 610000}},
		{1000, 2, []int64{600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400}},
		{300, 2, []int64{100, 200, 300, 400, 500, 600, 700}},
		{0, 2, nil},
	} {
		if got := Ladder(c.offer, c.exponent); !slices.Equal(got, c.want) {
			t.Errorf("%d: %v, want %v", c.offer, got, c.want)
		}
	}
}

// TestFourTapsFindEveryPrice climbs from every start for every highest price.
func TestFourTapsFindEveryPrice(t *testing.T) {
	starts := map[int]bool{}
	for person := range int64(200) {
		start := Start(person, 5, ladderSteps)
		starts[start] = true
		for highest := -1; highest < ladderSteps; highest++ {
			var taken []bool
			for {
				ask, done, got := Climb(ladderSteps, start, taken)
				if done {
					if got != highest {
						t.Fatalf("from %d: %d, want %d", start, got, highest)
					}
					break
				}
				taken = append(taken, highest >= ask)
				if len(taken) > ladderTaps {
					t.Fatalf("from %d to %d: more than %d taps", start, highest, ladderTaps)
				}
			}
		}
	}
	if len(starts) < 6 {
		t.Errorf("all begin alike: %v", starts)
	}
}

func TestDemandIsNeverOnePersons(t *testing.T) {
	ladder := []int64{100, 200, 300}
	var highest []int64
	for i := range int64(20) {
		highest = append(highest, 100+10*i)
	}
	if Demand(ladder, highest[:19]) != nil {
		t.Error("nineteen are shown")
	}
	if got := Demand(ladder, highest); !slices.Equal(got, []Point{{100, 20}, {200, 10}, {300, 0}}) {
		t.Errorf("%v", got)
	}
}

func TestFewerComeThanSaySo(t *testing.T) {
	say := map[Readiness]int{Ready: 41, Planning: 30, Curious: 50}
	if got := Expected(say, nil); !near(got, 41*0.33+30*0.10+50*0.02) {
		t.Errorf("%v", got)
	}
	if got := Rate(Ready, Came{Asked: 40, Came: 24}); !near(got, (6.6+24)/60) {
		t.Errorf("after forty: %v", got)
	}
	if got := Rate(Ready, Came{}); got != 0.33 {
		t.Errorf("before anybody: %v", got)
	}
}

func TestThresholdsAreFixedAndCountOnlyReadyPeople(t *testing.T) {
	gives := "a case manager for everybody"
	for _, c := range []struct {
		name  string
		steps []Step
		want  string
	}{
		{"none", nil, ""},
		{"three", []Step{{5, gives}, {12, gives}, {20, gives}}, ""},
		{"four", []Step{{5, gives}, {12, gives}, {20, gives}, {30, gives}}, "steps shaping.steps_most"},
		{"falling", []Step{{12, gives}, {5, gives}}, "steps shaping.steps_rise"},
		{"for one", []Step{{1, gives}}, "steps shaping.steps_rise"},
		{"nothing", []Step{{5, ""}}, "steps shaping.steps_gives"},
	} {
		if got := fieldsOf(CheckSteps(c.steps)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	steps := []Step{{12, gives}, {20, gives}}
	for _, c := range []struct{ people, unlocked, percent int }{{0, 0, 0}, {2, 0, 0}, {3, 0, 25}, {11, 0, 75}, {12, 1, 50}, {19, 1, 75}, {20, 2, 100}, {50, 2, 100}} {
		if u, p := Reached(steps, c.people); u != c.unlocked || p != c.percent {
			t.Errorf("%d people: %d steps, %d %%", c.people, u, p)
		}
	}
}

func TestWhoCountsForAThreshold(t *testing.T) {
	june, july := noon.AddDate(0, 1, 0), noon.AddDate(0, 2, 0)
	good := Interest{VersionID: 2, Readiness: Ready, State: Active, PriceMaxMinor: 100, ExpiresAt: noon.Add(time.Hour)}
	with := func(change func(*Interest)) Interest { in := good; change(&in); return in }
	for _, c := range []struct {
		name string
		in   Interest
		v    Voter
		want bool
	}{
		{"ready", good, Voter{Trust: 2}, true},
		{"not known well enough", good, Voter{Trust: 1}, false},
		{"staff", good, Voter{Trust: 2, OwnTies: true}, false},
		{"planning", with(func(in *Interest) { in.Readiness = Planning }), Voter{Trust: 2}, false},
		{"too dear", with(func(in *Interest) { in.PriceMaxMinor = 99 }), Voter{Trust: 2}, false},
		{"carried", with(func(in *Interest) { in.State = CarriedOver }), Voter{Trust: 2}, false},
		{"another version", with(func(in *Interest) { in.VersionID = 1 }), Voter{Trust: 2}, false},
		{"run out", with(func(in *Interest) { in.ExpiresAt = noon }), Voter{Trust: 2}, false},
		{"in July", with(func(in *Interest) { in.WindowFrom = &july }), Voter{Trust: 2}, false},
		{"from June", with(func(in *Interest) { in.WindowFrom, in.WindowTo = &june, &july }), Voter{Trust: 2}, true},
	} {
		if got := Meets(c.in, c.v, 2, 100, &noon, &june, noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAnInterestRunsOutAfterNinetyDays(t *testing.T) {
	in := Interest{State: NeedsConfirm}.Confirm(3, noon)
	at := func(days int) time.Time { return noon.AddDate(0, 0, days) }
	if in.State != Active || in.VersionID != 3 || in.Expires(at(89)) || !in.Expires(at(90)) {
		t.Errorf("%+v", in)
	}
	if in.Remind(at(75)) || !in.Remind(at(76)) || in.Remind(at(90)) {
		t.Error("reminded at the wrong time")
	}
	in.RemindedAt = &noon
	if in.Remind(at(80)) {
		t.Error("reminded twice")
	}
	last := noon.AddDate(0, 0, -1)
	for want, in := range map[string]Interest{
		"":                                     {PriceMaxMinor: 1, Readiness: Ready, MustItems: []string{"x.nurse"}},
		"price shaping.interest_price":         {Readiness: Ready},
		"readiness shaping.interest_readiness": {PriceMaxMinor: 1, Readiness: "soon"},
		"window shaping.interest_window":       {PriceMaxMinor: 1, Readiness: Ready, WindowTo: &last},
		"must shaping.item_gone":               {PriceMaxMinor: 1, Readiness: Ready, MustItems: []string{"x.moon"}},
	} {
		if got := fieldsOf(CheckInterest(in, ledger(), noon)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACommitmentIsPinnedNamedAndBounded(t *testing.T) {
	s, _ := SpecOf(SuitabilityKey)
	c := ledger().with(SuitabilityKey, s.Item(1), yes(true), 0, "")
	v := Version{ID: 4, ContentHash: c.Hash()}
	good := Commitment{VersionID: 4, ContentHash: c.Hash(), SignerName: "Dr. A. Demir", SignerTitle: "Medical director", Capacity: 20,
		ValidUntil: noon.AddDate(0, 3, 0), PriceLockedUntil: noon.AddDate(0, 6, 0)}
	with := func(change func(*Commitment)) Commitment { k := good; change(&k); return k }
	for _, tc := range []struct {
		name string
		k    Commitment
		c    Content
		want string
	}{
		{"whole", good, c, ""},
		{"another hash", with(func(k *Commitment) { k.ContentHash = []byte("x") }), c, "shaping.hash_differs"},
		{"another content", good, c.with("x.nurse", Item{}, yes(true), 0, ""), "shaping.hash_differs"},
		{"nobody", with(func(k *Commitment) { k.SignerName = "" }), c, "signer shaping.signer"},
		{"no places", with(func(k *Commitment) { k.Capacity = 0 }), c, "capacity shaping.capacity"},
		{"over already", with(func(k *Commitment) { k.ValidUntil = noon.AddDate(0, 0, -1) }), c, "valid_until shaping.valid_until"},
		{"the price may rise before", with(func(k *Commitment) { k.PriceLockedUntil = noon.AddDate(0, 1, 0) }), c, "price_locked_until shaping.price_locked"},
	} {
		if got := fieldsOf(CheckCommitment(tc.k, v, tc.c, noon)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	unfit := ledger()
	if got := fieldsOf(CheckCommitment(with(func(k *Commitment) { k.ContentHash = unfit.Hash() }), Version{ID: 4, ContentHash: unfit.Hash()}, unfit, noon)); !strings.HasSuffix(got, "shaping.suitability") {
		t.Errorf("without a medical examination: %q", got)
	}
	if good.RaiseTo(21) != nil || good.RaiseTo(20) == nil || good.RaiseTo(19) == nil {
		t.Error("places fall")
	}
}

func TestPromisesAreAskedWhenTheyCanBeJudged(t *testing.T) {
	out := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
	for v, want := range map[Verify]string{AtDischarge: "2026-10-20", ByDocument: "2026-10-20", At30Days: "2026-11-19", At180Days: "2027-04-18", At365Days: "2027-10-20"} {
		if day, ok := DueOn(v, out); !ok || day.Format(time.DateOnly) != want {
			t.Errorf("%s: %s, want %s", v, day.Format(time.DateOnly), want)
		}
	}
	c := ledger()
	for i := range c {
		c[i].Item.Verify = []Verify{At365Days, NotVerifiable, AtDischarge}[i%3]
	}
	all := Schedule(c, out)
	if len(all) != 7 || all[0].Item.Verify != AtDischarge || all[6].Item.Verify != At365Days || all[0].Item.Key > all[1].Item.Key {
		t.Errorf("%+v", all)
	}
}

func TestDeliveredIsHeldAgainstPromised(t *testing.T) {
	tol := Tolerance{FloorMinor: 5000, FlagMinor: 35000}
	price, refund := Spec{Kind: Money, Direction: LowerBetter}, Spec{Kind: Money, Direction: HigherBetter}
	nights, nurse := Spec{Kind: Count, Direction: HigherBetter}, Spec{Kind: Bool, Direction: HigherBetter}
	silence, surgeon := Spec{Kind: Bool, Direction: LowerBetter}, Spec{Kind: Person, Direction: NoDirection}
	for _, c := range []struct {
		name     string
		s        Spec
		promised Value
		got      Value
		want     Verdict
		flag     bool
	}{
		{"two per cent more", price, eur(490000), eur(499800), Kept, false},
		{"a little more than that", price, eur(490000), eur(499900), WorseThan, false},
		{"fifty euros on little", price, eur(100000), eur(105000), Kept, false},
		{"nine per cent", price, eur(100000), eur(109000), WorseThan, true},
		{"eight per cent", price, eur(100000), eur(108000), WorseThan, false},
		{"beyond four hundred dollars", price, eur(1000000), eur(1036000), WorseThan, true},
		{"much less", price, eur(490000), eur(400000), BetterThan, false},
		{"less back", refund, eur(100000), eur(50000), WorseThan, false},
		{"more back", refund, eur(100000), eur(150000), BetterThan, false},
		{"fewer nights", nights, count(4), count(3), WorseThan, false},
		{"more nights", nights, count(4), count(5), BetterThan, false},
		{"as many", nights, count(4), count(4), Kept, false},
		{"nothing at all", nights, count(4), Value{}, NotDelivered, false},
		{"no nurse", nurse, yes(true), yes(false), NotDelivered, false},
		{"a nurse nobody promised", nurse, yes(false), yes(true), BetterThan, false},
		{"asked for silence after all", silence, yes(false), yes(true), WorseThan, false},
		{"the same surgeon", surgeon, person("A A", ""), person("A A", ""), Kept, false},
		{"another surgeon", surgeon, person("A A", ""), person("B B", ""), WorseThan, false},
	} {
		if v, flag := Judge(c.s, c.promised, c.got, tol); v != c.want || flag != c.flag {
			t.Errorf("%s: %s %v, want %s %v", c.name, v, flag, c.want, c.flag)
		}
	}
}

func TestTheRateOfKeptPromises(t *testing.T) {
	var p Promises
	for range 9 {
		p.Add(Kept)
	}
	p.Add(BetterThan)
	for _, v := range []Verdict{WorseThan, NotDelivered, NotApplicable, TooEarly} {
		p.Add(v)
	}
	rate, low, high, ok := p.Rate()
	if !ok || p.N() != 12 || !near(rate, (10+1.8)/14) || low >= rate || high <= rate {
		t.Errorf("%v %v-%v of %d", rate, low, high, p.N())
	}
	if _, _, _, ok := (Promises{Kept: 4}).Rate(); ok {
		t.Error("four say something")
	}
}

func TestTheUsualSlippageOfAProvider(t *testing.T) {
	var all []Delivery
	for i, paid := range []int64{100000, 102000, 103000, 104000, 120000} {
		all = append(all, Delivery{JourneyID: int64(i), Item: Item{Key: PriceKey, Kind: Money}, Promised: eur(100000), Delivered: eur(paid), Verdict: Kept},
			Delivery{JourneyID: int64(i), Item: Item{Key: "stay.hotel_nights", Kind: Count}, Promised: count(5), Delivered: count(5 - int64(i%2)), Verdict: Kept},
			Delivery{JourneyID: int64(i), Item: Item{Key: "x.plan", Kind: Text}, Promised: prose("a"), Delivered: prose("b"), Verdict: Kept})
	}
	got := Slippage(append(all, Delivery{Item: Item{Key: "x.few", Kind: Count}, Promised: count(1), Delivered: count(0), Verdict: WorseThan}))
	if len(got) != 2 || got[0].Key != PriceKey || !near(got[0].Median, 3) || got[0].N != 5 || got[1].Median != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTwoMissedPromisesStopNewPatients(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	miss := func(journey int64, key string, n int) Delivery {
		return Delivery{JourneyID: journey, Item: Item{Key: key}, Verdict: NotDelivered, Proven: true, SaidAt: day(n)}
	}
	answered, unproven := miss(2, "a", 10), miss(2, "a", 10)
	answered.AnsweredAt, unproven.Proven = &noon, false
	for _, c := range []struct {
		name string
		all  []Delivery
		want bool
	}{
		{"one", []Delivery{miss(1, "a", 0)}, false},
		{"two within sixty days", []Delivery{miss(2, "a", 60), miss(1, "a", 0)}, true},
		{"two after sixty-one days", []Delivery{miss(1, "a", 0), miss(2, "a", 61)}, false},
		{"the same patient twice", []Delivery{miss(1, "a", 0), miss(1, "a", 9)}, false},
		{"two promises", []Delivery{miss(1, "a", 0), miss(2, "b", 1)}, false},
		{"one of them answered", []Delivery{miss(1, "a", 0), answered}, false},
		{"one of them without proof", []Delivery{miss(1, "a", 0), unproven}, false},
	} {
		if _, got := Suspends(c.all); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
