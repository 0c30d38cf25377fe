package shaping

import (
	"slices"
	"strings"
	"testing"
)

// ledger is a small package with an item of most kinds.
func ledger() Content {
	line := func(key string, k Kind, unit string, d Direction, v Value) Line {
		return Line{Item: Item{Key: key, Kind: k, Unit: unit, Direction: d, Class: Services, Votable: true, Verify: AtDischarge}, Value: v}
	}
	clinical := line("care.x", Text, "", NoDirection, prose("as the anaesthetist decides"))
	clinical.Item.Class, clinical.Item.Votable, clinical.Item.Key = Clinical, false, "x.dose"
	return NewContent(
		line(PriceKey, Money, "", LowerBetter, eur(490000)),
		line("price.deposit", Money, "", LowerBetter, eur(50000)),
		line("stay.hotel_nights", Count, "nights", HigherBetter, count(5)),
		line("stay.days", Duration, "days", NoDirection, days(7)),
		line("x.guarantee", Duration, "months", HigherBetter, days(6)),
		line("x.meals", Choice, "", HigherBetter, words("breakfast")),
		line("x.nurse", Bool, "", HigherBetter, yes(false)),
		line("x.plan", Text, "", NoDirection, prose("The surgeon calls after one week, and a nurse after one month.")),
		line("x.surgeon", Person, "", NoDirection, person("Dr. A. Demir", "TR 1")),
		clinical,
	)
}

// wish is an open amendment to version 1 of ledger.
func wish(id int64, key string, v Value) Amendment {
	return Amendment{ID: id, BaseVersionID: 1, SeenVersionID: 1, ItemKey: key, Op: Set, NewValue: v, NewHash: v.Hash(), State: Open,
		Reason: strings.Repeat("because ", 5)}
}

func removal(id int64, key string) Amendment {
	a := wish(id, key, Value{})
	a.Op = Remove
	return a
}

func granted(a Amendment) Amendment {
	a.State = Accepted
	return a
}

const plan = "The surgeon calls after one week, and a nurse after one month."

func TestConflictsAreTypedAndTotal(t *testing.T) {
	base := ledger()
	swap := func(id int64, old, new string) Amendment {
		return wish(id, "x.plan", prose(strings.Replace(plan, old, new, 1)))
	}
	for _, c := range []struct {
		name string
		a, b Amendment
		want Conflict
	}{
		{"two figures", wish(1, "x.guarantee", days(12)), wish(2, "x.guarantee", days(24)), Alternative},
		{"the same wish twice", wish(1, "x.guarantee", days(12)), wish(2, "x.guarantee", days(12)), NoConflict},
		{"two items", wish(1, "x.guarantee", days(12)), wish(2, "x.nurse", yes(true)), NoConflict},
		{"out, or otherwise", removal(1, "x.guarantee"), wish(2, "x.guarantee", days(24)), Removal},
		{"out twice", removal(1, "x.guarantee"), removal(2, "x.guarantee"), NoConflict},
		{"other words of a text", swap(1, "surgeon", "doctor"), swap(2, "month", "year"), NoConflict},
		{"the same words of a text", swap(1, "week", "day"), swap(2, "week", "year"), Overlap},
		{"together too many nights", wish(1, "stay.hotel_nights", count(7)), wish(2, "stay.days", days(6)), Clash},
		{"too many alone already", wish(1, "stay.hotel_nights", count(9)), wish(2, "x.nurse", yes(true)), NoConflict},
	} {
		if got := Conflicts(base, c.a, c.b); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := Conflicts(base, c.b, c.a); got != c.want {
			t.Errorf("%s, turned round: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAlternativesStandTogetherWithKeepingIt(t *testing.T) {
	base := ledger()
	done := wish(6, "x.guarantee", days(36))
	done.State = Rejected
	all := []Amendment{
		wish(5, "x.guarantee", days(24)), wish(2, "x.guarantee", days(12)), wish(3, "x.nurse", yes(true)), done,
		wish(7, "x.plan", prose(strings.Replace(plan, "week", "day", 1))),
		wish(8, "x.plan", prose(strings.Replace(plan, "week", "year", 1))),
		wish(9, "x.plan", prose(strings.Replace(plan, "nurse", "doctor", 1))),
	}
	groups := Groups(base, all, map[int64]int{2: 5, 5: 2})
	if len(groups) != 2 || !slices.Equal(groups[0].Amendments, []int64{2, 5}) || groups[0].Kind != Alternative ||
		groups[0].Median == nil || groups[0].Median.Number != 12 || !slices.Equal(groups[1].Amendments, []int64{7, 8}) || groups[1].Median != nil {
		t.Errorf("%+v", groups)
	}
}

func TestTheMedianWishIsTheStablePoint(t *testing.T) {
	for _, c := range []struct {
		name   string
		now    int64
		wishes []Wish
		want   int64
		ok     bool
	}{
		{"nobody", 3, nil, 0, false},
		{"nobody yet", 3, []Wish{{5, 0}}, 0, false},
		{"odd", 3, []Wish{{4, 2}, {5, 2}, {7, 1}}, 5, true},
		{"even: the nearer to now", 3, []Wish{{4, 2}, {6, 2}}, 4, true},
		{"even, from above", 9, []Wish{{4, 2}, {6, 2}}, 6, true},
		{"even, now between", 5, []Wish{{4, 2}, {6, 2}}, 5, true},
	} {
		if got, ok := MedianWish(c.now, c.wishes); got != c.want || ok != c.ok {
			t.Errorf("%s: %d %v, want %d", c.name, got, ok, c.want)
		}
	}
}

func TestWhatCanBeWishedFor(t *testing.T) {
	base, p := ledger(), Package{Currency: "EUR"}
	tea := &Item{Key: "x.tea", Kind: Count, Direction: HigherBetter, Class: Services, Votable: true, Verify: AtDischarge, Name: "Cups of tea"}
	add := Amendment{ItemKey: "x.tea", Op: Add, NewItem: tea, NewValue: count(3), Reason: strings.Repeat("because ", 5)}
	short := wish(1, "x.guarantee", days(12))
	short.Reason = "please"
	again := add
	again.ItemKey, again.NewItem = "x.nurse", &Item{Key: "x.nurse"}
	for _, c := range []struct {
		name string
		a    Amendment
		want string
	}{
		{"another value", wish(1, "x.guarantee", days(12)), ""},
		{"a new item", add, ""},
		{"out", removal(1, "x.guarantee"), ""},
		{"what is there already", wish(1, "x.guarantee", days(6)), "value shaping.value_same"},
		{"another kind", wish(1, "x.guarantee", count(6)), "value shaping.value_kind"},
		{"a dose", wish(1, "x.dose", prose("more")), "shaping.clinical_item"},
		{"the price away", removal(1, PriceKey), "item shaping.item_mandatory"},
		{"an item that is not there", wish(1, "x.moon", days(1)), "shaping.item_gone"},
		{"an item that is there, added", again, "item shaping.item_there"},
		{"without a reason", short, "reason shaping.reason_length"},
	} {
		if got := fieldsOf(CheckAmendment(p, base, c.a)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMergeTakesWhatWasAcceptedAndNothingElse(t *testing.T) {
	base := ledger()
	countered := wish(2, "x.nurse", yes(true))
	countered.State, countered.SettledValue = AcceptedModified, yes(true)
	taken := wish(3, "x.guarantee", days(24))
	taken.State, taken.SettledValue = AcceptedModified, days(12)
	tea := &Item{Key: "x.tea", Kind: Count, Direction: HigherBetter, Class: Services, Votable: true, Verify: AtDischarge, Name: "Cups of tea"}
	wishes := []Amendment{granted(Amendment{ID: 1, BaseVersionID: 1, ItemKey: "x.tea", Op: Add, NewItem: tea, NewValue: count(3)}),
		countered, taken, wish(4, "x.plan", prose("nothing")), granted(removal(5, "x.meals"))}
	own := []OwnChange{{Key: PriceKey, Value: eur(520000), Reason: "The guarantee costs what an insurer asks for it."}}
	next, changes, err := Merge(base, 1, wishes, own)
	if err != nil {
		t.Fatal(fieldsOf(err))
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.Item.Key+" "+string(c.Effect))
	}
	want := []string{PriceKey + " worse", "x.guarantee better", "x.meals worse", "x.nurse better", "x.tea better"}
	if !slices.Equal(got, want) || next.Value("x.guarantee").Number != 12 || !next.Value("x.meals").None() || next.Value("x.plan").Text != plan {
		t.Errorf("%v", got)
	}
	if changes[0].Reason == "" || changes[0].AmendmentID != 0 || changes[2].AmendmentID != 5 || changes[1].AmendmentID != 3 {
		t.Errorf("credit: %+v", changes)
	}
	again, _, err := Merge(next, 2, nil, nil)
	if err != nil || string(again.Hash()) != string(next.Hash()) || len(Diff(next, again)) != 0 || len(again) != len(next)-1 {
		t.Error("a round without changes is not the same content without what was taken out")
	}
}

func TestMergeRefusesWhatWouldNotHold(t *testing.T) {
	base := ledger()
	other := granted(wish(1, "x.guarantee", days(12)))
	other.BaseVersionID = 9
	bundle := int64(3)
	half := func(id int64, key string, v Value, s AmendmentState) Amendment {
		a := wish(id, key, v)
		a.BundleID, a.State = &bundle, s
		return a
	}
	reason := "The hotel next door has closed its doors."
	for _, c := range []struct {
		name   string
		wishes []Amendment
		own    []OwnChange
		want   string
	}{
		{"two of one item", []Amendment{granted(wish(1, "x.guarantee", days(12))), granted(wish(2, "x.guarantee", days(24)))}, nil, "shaping.rival_accepted"},
		{"another version", []Amendment{other}, nil, "shaping.other_base"},
		{"half a bundle", []Amendment{half(1, "x.guarantee", days(12), Accepted), half(2, "x.nurse", yes(true), Rejected)}, nil, "shaping.bundle_whole"},
		{"a bundle whose rest came true", []Amendment{half(1, "x.guarantee", days(12), Accepted), half(2, "x.nurse", yes(true), Achieved)}, nil, ""},
		{"too many nights", []Amendment{granted(wish(1, "stay.hotel_nights", count(8)))}, nil, "stay.hotel_nights shaping.limit_broken"},
		{"no reason", nil, []OwnChange{{Key: "x.nurse", Value: yes(true), Reason: "so"}}, "x.nurse shaping.own_reason"},
		{"over an accepted wish", []Amendment{granted(wish(1, "x.guarantee", days(12)))}, []OwnChange{{Key: "x.guarantee", Value: days(3), Reason: reason}}, "x.guarantee shaping.own_over_accepted"},
		{"twice", nil, []OwnChange{{Key: "x.guarantee", Value: days(3), Reason: reason}, {Key: "x.guarantee", Value: days(2), Reason: reason}}, "x.guarantee shaping.own_over_accepted"},
		{"no change", nil, []OwnChange{{Key: "x.guarantee", Value: days(6), Reason: reason}}, "x.guarantee shaping.value_same"},
		{"the price away", nil, []OwnChange{{Key: PriceKey, Reason: reason}}, PriceKey + " shaping.item_mandatory"},
		{"an unknown item", nil, []OwnChange{{Key: "x.moon", Value: days(1), Reason: reason}}, "x.moon shaping.item_key"},
	} {
		if _, _, err := Merge(base, 1, c.wishes, c.own); fieldsOf(err) != c.want {
			t.Errorf("%s: %q, want %q", c.name, fieldsOf(err), c.want)
		}
	}
}

func TestRebaseFollowsItsTable(t *testing.T) {
	swap := func(old, new string) Value { return prose(strings.Replace(plan, old, new, 1)) }
	partly := wish(1, "x.guarantee", days(24))
	partly.State, partly.Partly = NeedsRebase, true
	moved := partly
	moved.Partly = false
	deferred := wish(1, "x.guarantee", days(24))
	deferred.State = Deferred
	refused := deferred
	refused.State = Rejected
	for _, c := range []struct {
		name  string
		a     Amendment
		key   string // what the new version changed
		v     Value
		want  Outcome
		state AmendmentState
	}{
		{"item untouched", wish(1, "x.guarantee", days(24)), "x.nurse", yes(true), Untouched, Open},
		{"put off, and untouched", deferred, "x.nurse", yes(true), Untouched, Open},
		{"granted by another way", wish(1, "x.guarantee", days(24)), "x.guarantee", days(24), Granted, Achieved},
		{"moved toward it", wish(1, "x.guarantee", days(24)), "x.guarantee", days(12), MovedToward, NeedsRebase},
		{"moved beyond it", wish(1, "x.guarantee", days(24)), "x.guarantee", days(30), MovedElsewhere, NeedsRebase},
		{"moved away", wish(1, "x.guarantee", days(24)), "x.guarantee", days(3), MovedElsewhere, NeedsRebase},
		{"down toward it", wish(1, PriceKey, eur(400000)), PriceKey, eur(450000), MovedToward, NeedsRebase},
		{"another set", wish(1, "x.meals", words("a", "b")), "x.meals", words("a"), MovedElsewhere, NeedsRebase},
		{"item gone", wish(1, "x.guarantee", days(24)), "x.guarantee", Value{}, ItemGone, Obsolete},
		{"wanted out, and it went", removal(1, "x.guarantee"), "x.guarantee", Value{}, Granted, Achieved},
		{"wanted out, and it changed", removal(1, "x.guarantee"), "x.guarantee", days(3), MovedElsewhere, NeedsRebase},
		{"text elsewhere", wish(1, "x.plan", swap("surgeon", "doctor")), "x.plan", swap("month", "year"), TextAdapted, Open},
		{"text collides", wish(1, "x.plan", swap("week", "day")), "x.plan", swap("week", "year"), MovedElsewhere, NeedsRebase},
		{"text has it already", wish(1, "x.plan", swap("week", "day")), "x.plan", prose(strings.Replace(strings.Replace(plan, "week", "day", 1), "nurse", "doctor", 1)), Granted, Achieved},
		{"a round after it moved toward", partly, "x.nurse", yes(true), GraceOver, PartlyAchieved},
		{"a round after it moved away", moved, "x.nurse", yes(true), GraceOver, WishExpired},
		{"came true while it waited", moved, "x.guarantee", days(24), Granted, Achieved},
		{"refused before", refused, "x.guarantee", days(24), Unconcerned, Rejected},
	} {
		base := ledger()
		next := base.with(c.key, Item{}, c.v, 0, "x")
		got, o := Rebase(c.a, base, next, 2)
		if o != c.want || got.State != c.state {
			t.Errorf("%s: %s, %s; want %s, %s", c.name, o, got.State, c.want, c.state)
		}
		if (o == Untouched || o == TextAdapted) && got.BaseVersionID != 2 || got.State == NeedsRebase && got.Partly != (o == MovedToward) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if again, o := Rebase(got, base, next, 2); o != Unconcerned || !same(again, got) {
			t.Errorf("%s: a second time %s %+v", c.name, o, again)
		}
	}
	adapted, _ := Rebase(wish(1, "x.plan", swap("surgeon", "doctor")), ledger(), ledger().with("x.plan", Item{}, swap("month", "year"), 0, ""), 2)
	if adapted.NewValue.Text != "The doctor calls after one week, and a nurse after one year." || !adapted.TextAdapted || string(adapted.NewHash) != string(adapted.NewValue.Hash()) {
		t.Errorf("adapted to %+v", adapted)
	}
}

// same compares amendments by all that rebase may change.
func same(a, b Amendment) bool {
	return a.State == b.State && a.BaseVersionID == b.BaseVersionID && a.SeenVersionID == b.SeenVersionID && a.Partly == b.Partly &&
		a.TextAdapted == b.TextAdapted && a.NewValue.Equal(b.NewValue)
}

func change(key string, e Effect, amendment int64) Change {
	return Change{Item: Item{Key: key}, Effect: e, AmendmentID: amendment}
}

func TestSupportIsCarriedOnceAndNeverOverHarm(t *testing.T) {
	for _, c := range []struct {
		name    string
		s       Standing
		must    []string
		changes []Change
		want    Status
		carried bool
	}{
		{"nothing changed", Standing{Status: Counted}, nil, nil, Counted, false},
		{"it got better", Standing{Status: Counted}, nil, []Change{change("a", Better, 1)}, Counted, true},
		{"it got worse", Standing{Status: Counted}, nil, []Change{change("a", Worse, 1)}, StaleVersion, false},
		{"a wish for another text", Standing{Status: Counted}, nil, []Change{change("a", Other, 1)}, Counted, true},
		{"another surgeon by the clinic alone", Standing{Status: Counted}, nil, []Change{change("a", Other, 0)}, StaleVersion, false},
		{"a must-have changed", Standing{Status: Counted}, []string{"a"}, []Change{change("a", Better, 1)}, StaleVersion, false},
		{"another must-have", Standing{Status: Counted}, []string{"b"}, []Change{change("a", Better, 1)}, Counted, true},
		{"carried before", Standing{Status: Counted, Carried: true}, nil, []Change{change("a", Better, 1)}, StaleVersion, true},
		{"carried before, nothing changed", Standing{Status: Counted, Carried: true}, nil, nil, Counted, true},
		{"not counted, and harmed", Standing{Status: Unverified}, nil, []Change{change("a", Worse, 1)}, StaleVersion, false},
		{"taken out stays taken out", Standing{Status: VoidTies}, nil, []Change{change("a", Worse, 1)}, VoidTies, false},
	} {
		c.s.VersionID = 1
		for _, choice := range []int16{1, 0, -1} {
			c.s.Choice = choice
			got := Carry(c.s, c.must, c.changes, 2)
			if got.Status != c.want || got.Carried != c.carried {
				t.Errorf("%s, choice %d: %s, carried %v", c.name, choice, got.Status, got.Carried)
			}
			if again := Carry(got, c.must, c.changes, 2); again != got {
				t.Errorf("%s: a second time %+v", c.name, again)
			}
		}
	}
}

func TestInterestsFollowTheirTable(t *testing.T) {
	better, worse := []Change{change("a", Better, 1)}, []Change{change("a", Worse, 0)}
	for _, c := range []struct {
		name    string
		state   InterestState
		must    []string
		changes []Change
		price   int64
		want    InterestState
	}{
		{"better", Active, nil, better, 100, CarriedOver},
		{"nothing", Active, nil, nil, 100, Active},
		{"worse", Active, nil, worse, 100, NeedsConfirm},
		{"too dear", Active, nil, better, 101, NeedsConfirm},
		{"a must-have changed", Active, []string{"a"}, better, 100, NeedsConfirm},
		{"carried a second time", CarriedOver, nil, better, 100, NeedsConfirm},
		{"waits already", NeedsConfirm, nil, better, 100, NeedsConfirm},
		{"expired", Gone, nil, better, 100, Gone},
	} {
		in := Interest{State: c.state, VersionID: 1, PriceMaxMinor: 100, MustItems: c.must}
		got := CarryInterest(in, c.changes, c.price, 2)
		if got.State != c.want {
			t.Errorf("%s: %s, want %s", c.name, got.State, c.want)
		}
		if again := CarryInterest(got, c.changes, c.price, 2); again.State != got.State {
			t.Errorf("%s: a second time %s", c.name, again.State)
		}
	}
	if got := ResetItems([]Change{change("a", Worse, 0), change("b", Worse, 1), change("c", Other, 0)}); !slices.Equal(got, []string{"a"}) {
		t.Errorf("support starts again on %v", got)
	}
}

func TestTheHashOfAContentPinsUnitsNamesAndValuesAndNothingElse(t *testing.T) {
	tea := Item{Key: "x.tea", Kind: Count, Unit: "visits", Name: "Tea with the \"director\""}
	c := NewContent(Line{Item: tea, Value: count(2)}, Line{Item: Item{Key: PriceKey, Kind: Money}, Value: eur(490000)}, Line{Item: Item{Key: "x.gone", Kind: Count}})
	want := `{"price.total":{"value":{"currency":"EUR","kind":"money","minor":490000}},` +
		`"x.tea":{"name":"Tea with the \"director\"","unit":"visits","value":{"kind":"count","n":2}}}`
	if got := c.Canonical(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	first := string(c.Hash())
	for name, change := range map[string]func(*Line){
		"the value": func(l *Line) { l.Value.Number++ },
		"the unit":  func(l *Line) { l.Item.Unit = "days" },
		"the name":  func(l *Line) { l.Item.Name = "Coffee" },
	} {
		other := slices.Clone(c)
		change(&other[len(other)-1])
		if string(other.Hash()) == first {
			t.Errorf("another hash is not made by %s", name)
		}
	}
	other := slices.Clone(c)
	other[len(other)-1].AmendmentID, other[len(other)-1].Reason, other[len(other)-1].Item.ID = 7, "because", 9
	if string(other.Hash()) != first {
		t.Error("who changed it changes the hash")
	}
}
