package shaping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"caravan/internal/errs"
	"caravan/internal/money"
	"caravan/internal/text"
)

// typed is what a form sent, as it was typed.
type typed map[string][]string

// one returns the first value of a field.
func (t typed) one(name string) string {
	if len(t[name]) == 0 {
		return ""
	}
	return strings.TrimSpace(t[name][0])
}

// filled are the values of a field that are not empty.
func (t typed) filled(name string) (all []string) {
	for _, v := range t[name] {
		if strings.TrimSpace(v) != "" {
			all = append(all, v)
		}
	}
	return all
}

// nothingOf is what a form sends for a set that is there and has nothing in it.
const nothingOf = "nothing"

// The parts of the editor that are no section of the catalogue.
const (
	partAbout = "about"
	partOwn   = "own"
	partSteps = "steps"
)

// part is one page of the editor.
type part struct {
	name    string
	section Section // of those that ask for items
	specs   []Spec
}

// partsOf are the pages of the editor for a procedure, in the order of a ledger.
func partsOf(procedure string) []part {
	by := map[string][]Spec{}
	for _, s := range Catalogue(procedure) {
		begins := SectionOf(s.Key).Begins
		by[begins] = append(by[begins], s)
	}
	parts := []part{{name: partAbout}}
	for _, s := range Sections() {
		if specs := by[s.Begins]; len(specs) > 0 {
			slices.SortStableFunc(specs, func(a, b Spec) int { return btoi(b.Mandatory) - btoi(a.Mandatory) })
			parts = append(parts, part{strings.TrimSuffix(s.Begins, "."), s, specs})
		}
	}
	return append(parts, part{name: partOwn}, part{name: partSteps})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// readItem reads the fields of one item. Without anything in them there is no
// value, and that is no mistake.
func readItem(s Spec, lang, currency string, t typed) (Value, error) {
	fields := t.filled(s.Key)
	if s.Kind == Person || s.Kind == Document {
		fields = t[s.Key] // the second may be filled alone
	}
	switch {
	case strings.TrimSpace(strings.Join(fields, "")) == "":
		return Value{}, nil
	case slices.Contains(fields, NotMeasured):
		fields = []string{NotMeasured}
	case s.Kind == Choice:
		fields = slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == nothingOf })
	}
	return ReadValue(s, lang, currency, fields)
}

// readLines lays what a part's form says over the lines of a draft. What cannot
// be read is told by its item, and the line stays as it was.
func readLines(old []Line, specs []Spec, lang, currency string, t typed) (lines []Line, wrong []errs.FieldMsg) {
	lines = slices.Clone(old)
	for _, s := range specs {
		v, err := readItem(s, lang, currency, t)
		if err != nil {
			wrong = append(wrong, errs.FieldMsg{Name: s.Key, Msg: errs.Of(err).Fields[0].Msg})
			continue
		}
		lines = putLine(lines, s.Item(0), v)
	}
	return lines, wrong
}

// putLine sets, adds or, without a value, takes out a line.
func putLine(lines []Line, it Item, v Value) []Line {
	i := slices.IndexFunc(lines, func(l Line) bool { return l.Item.Key == it.Key })
	switch {
	case i < 0 && v.None():
		return lines
	case i < 0:
		return append(lines, Line{Item: it, Value: v})
	case v.None():
		return slices.Delete(lines, i, i+1)
	}
	lines[i].Value = v
	return lines
}

// inputsOf writes a value as a form in lang shows it, so that ReadValue reads
// the same again.
func inputsOf(v Value, lang string) []string {
	if v.Unmeasured {
		return []string{NotMeasured}
	}
	switch v.Kind {
	case Money:
		return []string{bare(lang, v.Number, v.Currency)}
	case Percent:
		return []string{bare(lang, v.Number, "EUR")}
	case Count, Duration:
		return []string{strconv.FormatInt(v.Number, 10)}
	case Bool:
		if v.Number != 0 {
			return []string{"yes"}
		}
		return []string{"no"}
	case Choice:
		if len(v.Words) == 0 {
			return []string{nothingOf}
		}
		return v.Words
	case Person, Document:
		return []string{v.Text, v.Ref}
	case Text, Enum:
		return []string{v.Text}
	}
	return nil
}

// bare is an amount without its currency.
func bare(lang string, minor int64, currency string) string {
	return strings.Trim(strings.Replace(money.Amount{Minor: minor, Currency: currency}.Format(lang), currency, "", 1), "\u00a0")
}

// typedOf is a draft as its forms would show it.
func typedOf(lines []Line, lang string) typed {
	t := typed{}
	for _, l := range lines {
		t[l.Item.Key] = inputsOf(l.Value, lang)
	}
	return t
}

// otherCurrency moves the amounts of a draft into another currency: who changes
// it meant the same figures from the beginning.
func otherCurrency(lines []Line, currency string) {
	to, _ := money.Exponent(currency)
	for i := range lines {
		v := &lines[i].Value
		if v.Kind != Money || v.Currency == currency {
			continue
		}
		from, _ := money.Exponent(v.Currency)
		for ; from < to && v.Number <= money.Most/10; from++ {
			v.Number *= 10
		}
		for ; from > to; from-- {
			v.Number /= 10
		}
		v.Currency = currency
	}
}

// ownName is the name of a field of the own item in place i of the form.
func ownName(i int, what string) string { return fmt.Sprintf("own%d_%s", i, what) }

// readOwn reads the proposer's own items: every place of the form that has a
// name. A place that asks to be dropped, or lost its name, is gone.
func readOwn(old []Line, lang, currency string, t typed) (lines []Line, wrong []errs.FieldMsg) {
	lines = slices.DeleteFunc(slices.Clone(old), func(l Line) bool { return strings.HasPrefix(l.Item.Key, Own) })
	taken := map[string]bool{}
	for i := range MaxOwn + 1 {
		name := t.one(ownName(i, "name"))
		if name == "" || t.one(ownName(i, "drop")) != "" {
			continue
		}
		it := ownItem(i, name, t)
		for n := 2; taken[it.Key]; n++ {
			it.Key = keyOf(name) + "_" + strconv.Itoa(n)
		}
		taken[it.Key] = true
		if err := CheckItem(it); err != nil {
			wrong = append(wrong, errs.FieldMsg{Name: ownName(i, "name"), Msg: errs.Of(err).Fields[0].Msg})
		}
		v, err := readItem(it.Spec(), lang, currency, typed{it.Key: t[ownName(i, "value")]})
		if err != nil {
			wrong = append(wrong, errs.FieldMsg{Name: ownName(i, "value"), Msg: errs.Of(err).Fields[0].Msg})
		}
		lines = append(lines, Line{Item: it, Value: v})
	}
	return lines, wrong
}

// ownItem is an own item as a form describes it.
func ownItem(i int, name string, t typed) Item {
	name, err := text.Clean(name)
	if err != nil {
		name = ""
	}
	it := Item{Key: t.one(ownName(i, "key")), Kind: Kind(t.one(ownName(i, "kind"))), Unit: t.one(ownName(i, "unit")), Class: Class(t.one(ownName(i, "class"))),
		Verify: Verify(t.one(ownName(i, "verify"))), Direction: Direction(t.one(ownName(i, "direction"))), Votable: true, Name: name}
	if !ownKey.MatchString(it.Key) {
		it.Key = keyOf(name)
	}
	if it.Kind != Count && it.Kind != Duration {
		it.Unit = ""
	}
	return it
}

// keyOf makes the key of an own item from its name.
func keyOf(name string) string {
	slug := strings.ReplaceAll(text.Slug(name), "-", "_")
	if slug = slug[:min(len(slug), 36)]; len(slug) < 2 {
		slug = "item"
	}
	return Own + strings.Trim(slug, "_")
}

// ownPlaces writes own items into the places of their form.
func ownPlaces(lines []Line, lang string) typed {
	t, i := typed{}, 0
	for _, l := range lines {
		if !strings.HasPrefix(l.Item.Key, Own) {
			continue
		}
		for what, v := range map[string]string{"key": l.Item.Key, "name": l.Item.Name, "kind": string(l.Item.Kind), "unit": l.Item.Unit,
			"class": string(l.Item.Class), "verify": string(l.Item.Verify), "direction": string(l.Item.Direction)} {
			t[ownName(i, what)] = []string{v}
		}
		t[ownName(i, "value")] = inputsOf(l.Value, lang)
		i++
	}
	return t
}

// readSteps reads the steps of a threshold; places without a number and without
// words are none.
func readSteps(t typed) (steps []Step, wrong []errs.FieldMsg) {
	for i := range MaxSteps {
		people, gives := t.one(stepName(i, "people")), t.one(stepName(i, "gives"))
		if people == "" && gives == "" {
			continue
		}
		n, err := readFigure(Count, "en", people)
		if err != nil {
			wrong = append(wrong, errs.FieldMsg{Name: stepName(i, "people"), Msg: errs.Msg{Key: "shaping.value_number"}})
		}
		said, err := text.Clean(gives)
		if err != nil {
			wrong = append(wrong, errs.FieldMsg{Name: stepName(i, "gives"), Msg: errs.Of(err).Msg})
		}
		steps = append(steps, Step{People: int(n), Gives: said})
	}
	return steps, wrong
}

func stepName(i int, what string) string { return fmt.Sprintf("step%d_%s", i, what) }

// readDelta reads what an answer adds to the price: an amount with or without a
// sign, such as 180, +180 or −20. Nothing typed says nothing.
func readDelta(lang, s, currency string) (*int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	less := false
	for _, sign := range []string{"-", "−", "–", "+"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			s, less = rest, sign != "+"
			break
		}
	}
	a, err := money.Parse(lang, s, currency)
	if err != nil {
		return nil, errs.Field("price_delta", errs.Of(err).Msg.Key)
	}
	if less {
		a.Minor = -a.Minor
	}
	return &a.Minor, nil
}

// readPlaces reads a number of places.
func readPlaces(s string) int {
	n, err := readFigure(Count, "en", s)
	if err != nil || n > 1_000_000 {
		return 0
	}
	return int(n)
}

// itoaN writes a small number, such as that of a version, for an address.
func itoaN(n int) string { return strconv.Itoa(n) }
