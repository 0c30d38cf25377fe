package shaping

import (
	"slices"
	"strings"
	"testing"
)

// procedures are some of every specialty, and the four that are known in full.
var procedures = []string{"hai.fue", "hai.fut", "den.implant.allon4", "den.crown", "bar.sleeve", "bar.balloon", "cob.abdominoplasty", "cob.bbl",
	"cof.rhino.primary", "oph.lasik", "ort.hip", "fer.ivf_own", "car.cabg", "onc.surgery", "gen.hernia"}

func TestTheCatalogueIsWhole(t *testing.T) {
	if len(catalogue.specs) < 100 {
		t.Fatalf("%d items", len(catalogue.specs))
	}
	for _, s := range catalogue.specs {
		wrong := func(why string) { t.Errorf("%s: %s", s.Key, why) }
		if !slices.Contains(Kinds, s.Kind) || !slices.Contains(Classes, s.Class) || !slices.Contains(Verifies, s.Verify) {
			wrong("kind, class or time of judging is none")
		}
		if s.Direction != LowerBetter && s.Direction != HigherBetter && s.Direction != NoDirection {
			wrong("no direction")
		}
		if s.Direction != NoDirection && !s.Kind.numeric() && s.Kind != Bool && s.Kind != Enum && s.Kind != Choice {
			wrong("a direction that cannot be compared")
		}
		if s.Votable == (s.Class == Clinical) {
			wrong("clinical items are not voted on, and all others are")
		}
		if (s.Kind == Enum || s.Kind == Choice) == (len(s.Options) == 0) {
			wrong("options where there is no choice, or none where there is one")
		}
		if s.Unit != "" && s.Kind != Count && s.Kind != Duration {
			wrong("a unit of no figure")
		}
		if s.Kind == Duration && s.Unit == "" {
			wrong("a duration without a unit")
		}
		if strings.HasPrefix(s.Key, Own) || SectionOf(s.Key).Name("en") == "" {
			wrong("no section")
		}
		for _, lang := range []string{"en", "ar"} {
			if s.Names[lang] == "" || s.Verify != NotVerifiable && s.Ask[lang] == "" {
				wrong("no name or question in " + lang)
			}
		}
		var seen []string
		for _, o := range s.Options {
			if o.EN == "" || o.AR == "" || o.Value == "" || slices.Contains(seen, o.Value) {
				wrong("option " + o.Value)
			}
			seen = append(seen, o.Value)
		}
	}
}

func TestEveryProcedureHasTheItemsThatRulesSpeakOf(t *testing.T) {
	for _, p := range procedures {
		keys := map[string]Spec{}
		for _, s := range Catalogue(p) {
			keys[s.Key] = s
		}
		for _, key := range []string{PriceKey, SilenceKey, SuitabilityKey} {
			if !keys[key].Mandatory {
				t.Errorf("%s: %s is not mandatory", p, key)
			}
		}
		for _, begins := range []string{"risk.", "cover.", "revision."} {
			found := false
			for _, s := range keys {
				found = found || s.Mandatory && strings.HasPrefix(s.Key, begins)
			}
			if !found {
				t.Errorf("%s: nothing mandatory on %s", p, begins)
			}
		}
	}
	if _, ok := SpecOf("hair.grafts_max"); !ok {
		t.Error("grafts are unknown")
	}
	for _, s := range Catalogue("bar.sleeve") {
		if strings.HasPrefix(s.Key, "hair.") {
			t.Errorf("a sleeve is asked for %s", s.Key)
		}
	}
}

func TestLimitsAndStaysSpeakOfItemsThatExist(t *testing.T) {
	if len(limits) == 0 || len(stays) == 0 || len(Sections()) == 0 {
		t.Fatal("limits, stays or sections are missing")
	}
	for _, l := range limits {
		a, ok := SpecOf(l.Left)
		b, also := SpecOf(l.Right)
		if !ok || !also || !a.Kind.numeric() || !b.Kind.numeric() || (a.Kind == Money) != (b.Kind == Money) {
			t.Errorf("%s <= %s cannot be compared", l.Left, l.Right)
		}
		if l.Say("en") == "" || l.Say("ar") == l.Say("en") {
			t.Errorf("%s <= %s says nothing", l.Left, l.Right)
		}
	}
	for _, s := range stays {
		item, ok := SpecOf(s.Item)
		if !ok || item.Unit != "days" || s.Days <= 0 || s.Say("ar") == "" || !strings.HasPrefix(s.Source.URL, "https://") {
			t.Errorf("stay of %v: %+v", s.For, s)
		}
	}
}

func TestAShortStayIsNoticed(t *testing.T) {
	flight := func(n int64) Content {
		s, _ := SpecOf("stay.earliest_flight_day")
		return NewContent(Line{Item: s.Item(1), Value: days(n)})
	}
	if short := Short("cob.abdominoplasty", flight(4)); len(short) != 1 || short[0].Source.Publisher == "" {
		t.Errorf("four days after a tummy tuck: %v", short)
	}
	if short := Short("cob.abdominoplasty", flight(10)); len(short) != 0 {
		t.Errorf("ten days: %v", short)
	}
	if short := Short("hai.fue", flight(1)); len(short) != 0 {
		t.Errorf("hair: %v", short)
	}
}

// minimal is a value that fits an item.
func minimal(s Spec) Value {
	switch v := (Value{Kind: s.Kind}); s.Kind {
	case Money:
		return eur(0)
	case Enum:
		return word1(s.Options[0].Value)
	case Text:
		return prose("as agreed")
	case Person:
		return person("Dr. A. Demir", "TR 1")
	case Document:
		return Value{Kind: Document, Text: "Terms", Ref: sum}
	default:
		return v
	}
}

func wholeDraft(procedure string) Content {
	var lines []Line
	for _, s := range Catalogue(procedure) {
		if s.Mandatory {
			lines = append(lines, Line{Item: s.Item(1), Value: minimal(s)})
		}
	}
	return NewContent(lines...)
}

func TestADraftIsPublishedOnlyWhole(t *testing.T) {
	clinic := Package{Proposer: ByClinic, Currency: "EUR"}
	for _, p := range procedures {
		if err := CheckDraft(clinic, p, wholeDraft(p)); err != nil {
			t.Errorf("%s: %v", p, fieldsOf(err))
		}
	}
	c := wholeDraft("hai.fue")
	own := func(it Item) Content { return c.with(it.Key, it, count(2), 0, "") }
	good := Item{Key: "x.tea", Kind: Count, Direction: HigherBetter, Class: Services, Votable: true, Verify: AtDischarge, Name: "Cups of tea"}
	for _, tc := range []struct {
		name string
		c    Content
		want string
	}{
		{"silence", c.with(SilenceKey, Item{}, yes(true), 0, ""), SilenceKey + " shaping.no_silence"},
		{"no cover", slices.DeleteFunc(slices.Clone(c), func(l Line) bool { return l.Item.Key == "cover.kind" }), "cover.kind shaping.item_lacks"},
		{"more nights than days", c.with("stay.hotel_nights", Item{}, count(3), 0, ""), "stay.hotel_nights shaping.limit_broken"},
		{"another currency", c.with(PriceKey, Item{}, Value{Kind: Money, Currency: "USD"}, 0, ""), PriceKey + " shaping.value_currency"},
		{"an item of its own", own(good), ""},
		{"a clinical item of its own", own(Item{Key: "x.tea", Kind: Count, Direction: NoDirection, Class: Clinical, Verify: AtDischarge, Name: "Dose"}), "x.tea shaping.item_class"},
		{"an item without a name", own(Item{Key: "x.tea", Kind: Count, Direction: NoDirection, Class: Services, Votable: true, Verify: AtDischarge}), "x.tea shaping.item_name"},
		{"an item that is in nobody's catalogue", own(Item{Key: "stay.moon", Kind: Count, Direction: NoDirection, Class: Services, Votable: true, Verify: AtDischarge, Name: "Moon"}), "stay.moon shaping.item_key"},
	} {
		if got := fieldsOf(CheckDraft(clinic, "hai.fue", tc.c)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	call := Package{Proposer: ByPatients, Currency: "EUR"}
	if err := CheckDraft(call, "hai.fue", own(good)); err != nil {
		t.Errorf("a call with some items: %v", fieldsOf(err))
	}
	if got := fieldsOf(CheckDraft(call, "hai.fue", nil)); got != "items shaping.no_items" {
		t.Errorf("an empty call: %q", got)
	}
	has, missing := Standard([]string{PriceKey, "records.pack", "x.nothing"}, c)
	if has != 2 || !slices.Equal(missing, []string{"x.nothing"}) {
		t.Errorf("%d of the usual items, missing %v", has, missing)
	}
}
