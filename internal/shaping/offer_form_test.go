package shaping

import (
	"strings"
	"testing"

	"caravan/internal/errs"
)

func TestAValueComesBackOutOfItsFormAsItWentIn(t *testing.T) {
	for _, lang := range []string{"en", "ar"} {
		for _, s := range Catalogue(fue) {
			v := sample(s)
			if s.Kind == Money {
				v.Number = 4_250_50
			}
			got, err := readItem(s, lang, "EUR", typed{s.Key: inputsOf(v, lang)})
			if err != nil || !got.Equal(v) {
				t.Errorf("%s in %s: %v came back as %v (%v)", s.Key, lang, v.Canonical(), got.Canonical(), err)
			}
		}
	}
	nights, _ := SpecOf("stay.hotel_nights")
	if v, err := readItem(nights, "en", "EUR", typed{nights.Key: {"4", NotMeasured}}); err != nil || !v.Unmeasured {
		t.Errorf("a figure that is not known: %v, %v", v, err)
	}
	tests, _ := SpecOf("care.tests")
	if v, err := readItem(tests, "en", "EUR", typed{tests.Key: {nothingOf}}); err != nil || v.None() || len(v.Words) != 0 {
		t.Errorf("a set of nothing: %v, %v", v, err)
	}
	if v, err := readItem(tests, "en", "EUR", typed{}); err != nil || !v.None() {
		t.Errorf("nothing said of a set: %v, %v", v, err)
	}
}

func TestWhatCannotBeReadLeavesItsLineAsItWas(t *testing.T) {
	price, _ := SpecOf(PriceKey)
	nights, _ := SpecOf("stay.hotel_nights")
	old := []Line{{Item: price.Item(0), Value: sample(price)}, {Item: nights.Item(0), Value: sample(nights)}}
	lines, wrong := readLines(old, []Spec{price, nights}, "en", "EUR", typed{PriceKey: {"two thousand"}, nights.Key: {"5"}})
	if len(wrong) != 1 || wrong[0].Name != PriceKey || lines[0].Value.Number != 2_400_00 || lines[1].Value.Number != 5 {
		t.Errorf("lines %v, wrong %v", lines, wrong)
	}
	if lines, _ = readLines(old, []Spec{nights}, "en", "EUR", typed{nights.Key: {" "}}); len(lines) != 1 {
		t.Errorf("an emptied line is still there: %v", lines)
	}
}

func TestOwnItemsKeepTheirKeyAndAskTheirValueLater(t *testing.T) {
	form := typed{"own0_name": {"Massages after it"}, "own0_kind": {"count"}, "own0_unit": {"sessions"}, "own0_class": {"service"}, "own0_verify": {"at_30d"}, "own0_direction": {"higher_better"},
		"own1_name": {"جلسات تدليك"}, "own1_kind": {"text"}, "own1_class": {"aftercare"}, "own1_verify": {"at_30d"}, "own1_direction": {"none"}, "own1_value": {"مرّة كل أسبوع"},
		"own2_name": {"Massages after it"}, "own2_kind": {"bool"}, "own2_class": {"service"}, "own2_verify": {"at_30d"}, "own2_direction": {"none"}, "own2_value": {"yes"},
		"own3_name": {"Gone"}, "own3_kind": {"text"}, "own3_drop": {"yes"}}
	lines, wrong := readOwn(nil, "en", "EUR", form)
	if len(wrong) > 0 || len(lines) != 3 || lines[0].Item.Key != "x.massages_after_it" || !lines[0].Value.None() || lines[2].Item.Key == lines[0].Item.Key {
		t.Fatalf("%+v, %v", lines, wrong)
	}
	again := ownPlaces(lines, "en")
	again["own0_name"], again["own0_value"] = []string{"Massages"}, []string{"4"}
	lines, wrong = readOwn(lines, "en", "EUR", again)
	if len(wrong) > 0 || len(lines) != 3 || lines[0].Item.Key != "x.massages_after_it" || lines[0].Value.Number != 4 || lines[0].Item.Name != "Massages" {
		t.Errorf("%+v, %v", lines, wrong)
	}
	if !ownKey.MatchString(keyOf("؟؟")) || !ownKey.MatchString(keyOf(strings.Repeat("long name ", 20))) {
		t.Errorf("keys %s, %s", keyOf("؟؟"), keyOf(strings.Repeat("long name ", 20)))
	}
}

func TestAnotherCurrencyKeepsTheFiguresThatWereTyped(t *testing.T) {
	price, _ := SpecOf(PriceKey)
	lines := []Line{{Item: price.Item(0), Value: sample(price)}}
	otherCurrency(lines, "JPY")
	if v := lines[0].Value; v.Number != 2_400 || v.Currency != "JPY" {
		t.Errorf("in yen: %v", v)
	}
	otherCurrency(lines, "KWD")
	if v := lines[0].Value; v.Number != 2_400_000 || v.Currency != "KWD" {
		t.Errorf("in dinars: %v", v)
	}
}

func TestDifferencesOfThePriceAreReadWithTheirSign(t *testing.T) {
	for in, want := range map[string]int64{"180": 180_00, "+180": 180_00, "-20": -20_00, "−20.50": -20_50, "– 5": -5_00, "1,200": 1_200_00} {
		if got, err := readDelta("en", in, "EUR"); err != nil || got == nil || *got != want {
			t.Errorf("%q: %v, %v, want %d", in, got, err, want)
		}
	}
	if got, err := readDelta("en", " ", "EUR"); got != nil || err != nil {
		t.Errorf("nothing said: %v, %v", got, err)
	}
	if _, err := readDelta("en", "cheap", "EUR"); !errs.Is(err, errs.Invalid) {
		t.Errorf("words: %v", err)
	}
}

func TestTheSumHoldsWhatIsGrantedAndApartWhatIsOffered(t *testing.T) {
	nights, _ := SpecOf("stay.hotel_nights")
	price, _ := SpecOf(PriceKey)
	base := NewContent(Line{Item: price.Item(1), Value: sample(price)}, Line{Item: nights.Item(1), Value: sample(nights)})
	cheaper := sample(price)
	cheaper.Number = 2_300_00
	more := sample(nights)
	more.Number = 6
	a := Amendment{ID: 1, ItemKey: nights.Key, Op: Set, NewValue: more, State: Accepted}
	b := Amendment{ID: 2, ItemKey: PriceKey, Op: Set, NewValue: cheaper, State: Open}
	c := Amendment{ID: 3, ItemKey: nights.Key, Op: Set, NewValue: more, State: Merged}
	delta := int64(70_00)
	said := map[int64][]Response{1: {{Answer: Reject}, {Answer: Accept, PriceDeltaMinor: &delta}}, 3: {{Answer: Accept, PriceDeltaMinor: &delta}}}
	m := addUp("en", Package{Currency: "EUR"}, base, []Amendment{a, b, c}, said, map[int64]typed{2: {"answer": {"accept"}}})
	if m.granted != 70_00-100_00 || m.counters != 0 || m.price != 2_400_00 {
		t.Errorf("accepted: %+v", m)
	}
	m = addUp("en", Package{Currency: "EUR"}, base, []Amendment{a, b, c}, said, map[int64]typed{1: {"answer": {"counter"}, "delta": {"50"}}, 2: {"answer": {"accept"}, "delta": {"not yet"}}})
	if m.granted != -100_00 || m.counters != 50_00 {
		t.Errorf("a draft stands for the answer it would replace: %+v", m)
	}
}
