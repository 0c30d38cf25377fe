package shaping

import "slices"

// Direction says which way an item gets better for patients.
type Direction string

// The directions.
const (
	LowerBetter  Direction = "lower_better"
	HigherBetter Direction = "higher_better"
	NoDirection  Direction = "none"
)

// Effect is what a change of an item means for patients.
type Effect string

// The effects. Other is a change of which nobody can say by rule whether it is
// for the better: another text, another surgeon.
const (
	Same   Effect = "same"
	Better Effect = "better"
	Worse  Effect = "worse"
	Other  Effect = "other"
)

// Effect compares two values of the item, from an old to a new one; either may
// be none. An item of a direction that is new or gone is held against nothing
// at all: a fee that appears is worse, a service that disappears too. A set
// that loses something wanted is worse, whatever it gains. A figure that is no
// longer measured is worse.
func (s Spec) Effect(old, new Value) Effect {
	switch {
	case old.Equal(new):
		return Same
	case s.Direction == NoDirection || old.None() && new.None():
		return Other
	case old.None():
		return s.Effect(nothing(new), new).ofChange()
	case new.None():
		return s.Effect(old, nothing(old)).ofChange()
	case old.Unmeasured || new.Unmeasured:
		return better(old.Unmeasured)
	case old.Kind != new.Kind || old.Currency != new.Currency:
		return Other
	case s.Kind == Choice:
		return s.effectOnSet(old.Words, new.Words)
	}
	a, known := s.place(old)
	b, also := s.place(new)
	if !known || !also {
		return Other
	}
	return better((b > a) == (s.Direction == HigherBetter))
}

func better(yes bool) Effect {
	if yes {
		return Better
	}
	return Worse
}

// nothing is what an item is worth where it is not offered: a service of zero,
// no option at all.
func nothing(v Value) Value { return Value{Kind: v.Kind, Currency: v.Currency} }

// ofChange is the effect where something changed for certain: a service of zero
// that is now stated is no better than none, and no worse.
func (e Effect) ofChange() Effect {
	if e == Same {
		return Other
	}
	return e
}

// place is where a value lies on the item's line. The options of an enum that
// has a direction stand from the least to the most.
func (s Spec) place(v Value) (int64, bool) {
	switch {
	case v.Kind.numeric() || v.Kind == Bool:
		return v.Number, true
	case v.Kind == Enum && v.Text == "":
		return -1, true
	case v.Kind == Enum:
		i := slices.IndexFunc(s.Options, func(o Option) bool { return o.Value == v.Text })
		return int64(i), i >= 0
	}
	return 0, false
}

func (s Spec) effectOnSet(old, new []string) Effect {
	lost, gained := missing(old, new), missing(new, old)
	if s.Direction == LowerBetter {
		lost, gained = gained, lost
	}
	return better(!lost && gained)
}

// missing reports whether something of all is not in some.
func missing(all, some []string) bool {
	return slices.ContainsFunc(all, func(w string) bool { return !slices.Contains(some, w) })
}
