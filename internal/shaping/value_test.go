package shaping

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"caravan/internal/errs"
	"caravan/internal/wording"
)

var sum = strings.Repeat("ab", 32)

// eur, count and the others make values for tests of the whole package.
func eur(minor int64) Value    { return Value{Kind: Money, Number: minor, Currency: "EUR"} }
func count(n int64) Value      { return Value{Kind: Count, Number: n} }
func days(n int64) Value       { return Value{Kind: Duration, Number: n} }
func percent(n int64) Value    { return Value{Kind: Percent, Number: n} }
func words(w ...string) Value  { return Value{Kind: Choice, Words: w} }
func prose(s string) Value     { return Value{Kind: Text, Text: s} }
func word1(s string) Value     { return Value{Kind: Enum, Text: s} }
func person(n, r string) Value { return Value{Kind: Person, Text: n, Ref: r} }
func yes(b bool) Value {
	if b {
		return Value{Kind: Bool, Number: 1}
	}
	return Value{Kind: Bool}
}

func TestAValueIsWrittenInOneWayOnly(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Value{}, `null`},
		{eur(490000), `{"currency":"EUR","kind":"money","minor":490000}`},
		{count(4), `{"kind":"count","n":4}`},
		{Value{Kind: Percent, Unmeasured: true}, `{"kind":"percent","n":null}`},
		{yes(true), `{"kind":"bool","yes":true}`},
		{word1("fixed"), `{"kind":"enum","word":"fixed"}`},
		{words("a", "b"), `{"kind":"set","words":["a","b"]}`},
		{words(), `{"kind":"set","words":[]}`},
		{prose("a<b> & \"c\"\n\u2028\x01"), "{\"kind\":\"text\",\"text\":\"a<b> & \\\"c\\\"\\n\u2028\\u0001\"}"},
		{person("Dr. Ayşe", "TR 12"), `{"kind":"person","name":"Dr. Ayşe","ref":"TR 12"}`},
		{Value{Kind: Document, Text: "Consent", Ref: sum}, `{"kind":"document","ref":"` + sum + `","title":"Consent"}`},
	} {
		if got := c.v.Canonical(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.v, got, c.want)
		}
		var back Value
		if err := json.Unmarshal([]byte(c.want), &back); err != nil || !back.Equal(c.v) {
			t.Errorf("%s: read as %+v, %v", c.want, back, err)
		}
		column, err := c.v.Value()
		var scanned Value
		if err != nil || scanned.Scan(column) != nil || !scanned.Equal(c.v) {
			t.Errorf("%s: through a column: %+v, %v", c.want, scanned, err)
		}
	}
}

func TestTheHashOfAValueIsThatOfItsCanonicalForm(t *testing.T) {
	if got := hex.EncodeToString(count(4).Hash()); got != "907e8923eb968e9ef5c42745c48f59d1f73e0d3d43d926c359127b8d410836b8" {
		t.Errorf("%s", got)
	}
	if (Value{}).Hash() != nil {
		t.Error("no value has a hash")
	}
	var loose Value
	if err := loose.UnmarshalJSON([]byte(` { "n" : 4 , "kind":"count" } `)); err != nil || string(loose.Hash()) != string(count(4).Hash()) {
		t.Errorf("spacing and order changed the hash: %v", err)
	}
}

func TestValuesThatDoNotFitTheirKindAreNotRead(t *testing.T) {
	for _, bad := range []string{`{}`, `{"kind":"count"}`, `{"kind":"count","n":1.5}`, `{"kind":"money","minor":1}`, `{"kind":"bool"}`, `{"kind":"moon","n":1}`,
		`{"kind":"count","n":"4"}`, `{"kind":"text","text":"a","extra":1}`, `[]`, `7`} {
		var v Value
		if err := v.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s was read as %+v", bad, v)
		}
	}
}

func TestFormsAreReadByKind(t *testing.T) {
	options := []Option{{"a", "one", "واحد"}, {"b", "two", "اثنان"}}
	for _, c := range []struct {
		name   string
		spec   Spec
		lang   string
		fields []string
		want   Value
		wrong  string
	}{
		{"money as written", Spec{Kind: Money}, "en", []string{"EUR 4,900"}, eur(490000), ""},
		{"money in Arabic figures", Spec{Kind: Money}, "ar", []string{"٤٩٠٠"}, eur(490000), ""},
		{"a count", Spec{Kind: Count}, "en", []string{" 3,000 "}, count(3000), ""},
		{"half a night", Spec{Kind: Count}, "en", []string{"2.5"}, Value{}, "shaping.value_number"},
		{"nothing", Spec{Kind: Duration}, "en", nil, Value{}, "shaping.value_number"},
		{"too long", Spec{Kind: Duration}, "en", []string{"10001"}, Value{}, "shaping.value_range"},
		{"a share", Spec{Kind: Percent}, "en", []string{"2.5 %"}, percent(250), ""},
		{"more than all", Spec{Kind: Percent}, "en", []string{"101"}, Value{}, "shaping.value_range"},
		{"a figure nobody has", Spec{Kind: Percent}, "en", []string{NotMeasured}, Value{Kind: Percent, Unmeasured: true}, ""},
		{"yes", Spec{Kind: Bool}, "en", []string{"yes"}, yes(true), ""},
		{"no", Spec{Kind: Bool}, "en", []string{"no"}, yes(false), ""},
		{"neither", Spec{Kind: Bool}, "en", []string{""}, Value{}, "shaping.value_yes_no"},
		{"one of a list", Spec{Kind: Enum, Options: options}, "en", []string{"a"}, word1("a"), ""},
		{"none of a list", Spec{Kind: Enum, Options: options}, "en", []string{"c"}, Value{}, "shaping.value_option"},
		{"some of a list", Spec{Kind: Choice, Options: options}, "en", []string{"b", "a", "b"}, words("a", "b"), ""},
		{"text", Spec{Kind: Text}, "en", []string{"  in writing "}, prose("in writing"), ""},
		{"too much text", Spec{Kind: Text}, "en", []string{strings.Repeat("x", MaxText+1)}, Value{}, "shaping.value_long"},
		{"a person", Spec{Kind: Person}, "en", []string{"Dr. A", "TR 1"}, person("Dr. A", "TR 1"), ""},
		{"a document", Spec{Kind: Document}, "en", []string{"Consent", sum}, Value{Kind: Document, Text: "Consent", Ref: sum}, ""},
		{"no document", Spec{Kind: Document}, "en", []string{"Consent", "ab"}, Value{}, "shaping.value_document"},
	} {
		got, err := ReadValue(c.spec, c.lang, "EUR", c.fields)
		if c.wrong != "" {
			if f := errs.Of(err).Fields; len(f) != 1 || f[0].Key != c.wrong {
				t.Errorf("%s: %v, want %s", c.name, f, c.wrong)
			}
			continue
		}
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s (%v)", c.name, got.Canonical(), c.want.Canonical(), err)
		}
	}
	if err := (Spec{Kind: Money}).Check(eur(1), "USD"); err == nil {
		t.Error("an amount in another currency is taken")
	}
}

func TestValuesReadWellInEveryLanguage(t *testing.T) {
	list := Spec{Kind: Choice, Options: []Option{{"a", "flight", "الرحلة"}, {"b", "hotel", "الفندق"}}}
	for _, c := range []struct {
		spec   Spec
		v      Value
		en, ar string
	}{
		{Spec{}, eur(490000), "EUR\u00a04,900", "4,900\u00a0EUR"},
		{Spec{Unit: "nights"}, count(1), "1 night", "ليلة واحدة"},
		{Spec{Unit: "nights"}, count(4), "4 nights", "4 ليالٍ"},
		{Spec{}, count(3000), "3,000", "3,000"},
		{Spec{}, percent(250), "2.5%", "2.5%"},
		{Spec{}, Value{Kind: Count, Unmeasured: true}, "not measured", "لم يُقَس"},
		{Spec{}, yes(true), "Yes", "نعم"},
		{list, words("a", "b"), "flight, hotel", "الرحلة، الفندق"},
		{Spec{}, person("Dr. A", "TR 1"), "Dr. A (TR 1)", "Dr. A (TR 1)"},
		{Spec{}, Value{}, "not part of the offer", "ليس جزءًا من العرض"},
	} {
		if got := c.spec.Print("en", c.v); got != c.en {
			t.Errorf("en: %q, want %q", got, c.en)
		}
		if got := c.spec.Print("ar", c.v); got != c.ar {
			t.Errorf("ar: %q, want %q", got, c.ar)
		}
	}
}

func TestWorseMeansWorseForPatients(t *testing.T) {
	steps := []Option{{Value: "none"}, {Value: "half"}, {Value: "all"}}
	up := func(k Kind) Spec { return Spec{Kind: k, Direction: HigherBetter, Options: steps} }
	down := func(k Kind) Spec { return Spec{Kind: k, Direction: LowerBetter, Options: steps} }
	flat := func(k Kind) Spec { return Spec{Kind: k, Direction: NoDirection, Options: steps} }
	unknown := Value{Kind: Percent, Unmeasured: true}
	for _, c := range []struct {
		name     string
		spec     Spec
		old, new Value
		want     Effect
	}{
		{"price up", down(Money), eur(100), eur(101), Worse},
		{"price down", down(Money), eur(100), eur(99), Better},
		{"a refund up", up(Money), eur(100), eur(101), Better},
		{"the same", down(Money), eur(100), eur(100), Same},
		{"more nights", up(Count), count(3), count(4), Better},
		{"fewer nights", up(Count), count(3), count(2), Worse},
		{"a fee appears", down(Money), Value{}, eur(50), Worse},
		{"a fee of nothing is stated", down(Money), Value{}, eur(0), Other},
		{"a fee goes", down(Money), eur(50), Value{}, Better},
		{"a service appears", up(Bool), Value{}, yes(true), Better},
		{"a service goes", up(Bool), yes(true), Value{}, Worse},
		{"a service that was not there goes", up(Bool), yes(false), Value{}, Other},
		{"a word up the list", up(Enum), word1("none"), word1("half"), Better},
		{"a word down the list", up(Enum), word1("all"), word1("half"), Worse},
		{"a word off the list", up(Enum), word1("gone"), word1("half"), Other},
		{"an option appears", up(Enum), Value{}, word1("half"), Better},
		{"a set grows", up(Choice), words("a"), words("a", "b"), Better},
		{"a set shrinks", up(Choice), words("a", "b"), words("a"), Worse},
		{"a set loses one and gains two", up(Choice), words("a"), words("b", "c"), Worse},
		{"fewer unwanted", down(Choice), words("a", "b"), words("a"), Better},
		{"one unwanted for another", down(Choice), words("a"), words("b"), Worse},
		{"no longer measured", down(Percent), percent(100), unknown, Worse},
		{"measured at last", down(Percent), unknown, percent(100), Better},
		{"another surgeon", flat(Person), person("A A", ""), person("B B", ""), Other},
		{"another text", flat(Text), prose("a"), prose("b"), Other},
		{"a figure without a direction", flat(Count), count(1), count(2), Other},
	} {
		if got := c.spec.Effect(c.old, c.new); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEveryUnitOfTheCatalogueHasWords(t *testing.T) {
	if len(Units()) < 10 {
		t.Fatalf("units: %v", Units())
	}
	for _, u := range Units() {
		if !wording.Has("shaping.unit_" + u) {
			t.Errorf("no words for %s", u)
		}
	}
}
