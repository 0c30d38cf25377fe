package shaping

import "caravan/internal/text"

// Outcome is what a new version means for an amendment that waits.
type Outcome string

// The outcomes.
const (
	Unconcerned    Outcome = "unconcerned" // decided before, or held against this version already
	Untouched      Outcome = "untouched"   // its item is as it was: it goes on, votes and all
	Granted        Outcome = "granted"     // what it wished for has come another way
	MovedToward    Outcome = "moved_toward"
	MovedElsewhere Outcome = "moved_elsewhere"
	ItemGone       Outcome = "item_gone"
	TextAdapted    Outcome = "text_adapted" // its words were laid over a changed text: it goes on, votes and all
	GraceOver      Outcome = "grace_over"   // it waited for its author since the last version
)

// Rebase holds an amendment against a new version. Base is the content it was
// written for, which it names as its base version. Doing it again changes
// nothing.
func Rebase(a Amendment, base, next Content, nextID int64) (Amendment, Outcome) {
	if a.SeenVersionID == nextID || !a.State.Live() && a.State != NeedsRebase {
		return a, Unconcerned
	}
	o, adapted := a.meets(base, next)
	was := a.State
	a.SeenVersionID = nextID
	switch o {
	case Granted:
		a.State = Achieved
	case ItemGone:
		a.State = Obsolete
	default:
		if was == NeedsRebase { // a whole round went by
			return a.lapse(), GraceOver
		}
	}
	switch o {
	case TextAdapted:
		a.NewValue, a.NewHash, a.TextAdapted = adapted, adapted.Hash(), true
		fallthrough
	case Untouched:
		a.State, a.BaseVersionID = Open, nextID
	case MovedToward, MovedElsewhere:
		a.State, a.Partly = NeedsRebase, o == MovedToward
	}
	return a, o
}

func (a Amendment) lapse() Amendment {
	a.State = WishExpired
	if a.Partly {
		a.State = PartlyAchieved
	}
	return a
}

// meets compares what the item was, what it is now, and what is wished for.
func (a Amendment) meets(base, next Content) (o Outcome, adapted Value) {
	was, is, wish := base.Value(a.ItemKey), next.Value(a.ItemKey), a.NewValue
	switch {
	case is.Equal(was):
		return Untouched, Value{}
	case is.Equal(wish):
		return Granted, Value{}
	case is.None():
		return ItemGone, Value{}
	case was.None() || wish.None():
		return MovedElsewhere, Value{}
	case is.Kind == Text && wish.Kind == Text:
		merged, ok := Union(was.Text, is.Text, wish.Text)
		switch {
		case !ok || text.Length(merged) > MaxText:
			return MovedElsewhere, Value{}
		case merged == is.Text:
			return Granted, Value{}
		}
		return TextAdapted, Value{Kind: Text, Text: merged}
	case toward(was, is, wish):
		return MovedToward, Value{}
	}
	return MovedElsewhere, Value{}
}

// toward reports whether a figure moved from was toward wish, and not beyond.
func toward(was, is, wish Value) bool {
	if !onOneLine(was, is) || !onOneLine(is, wish) {
		return false
	}
	w, i, a := was.Number, is.Number, wish.Number
	return w < i && i < a || a < i && i < w
}

// Carry takes a standing vote on the package, of whatever direction, over to a
// version with the given changes. Must are the keys of the person's must-have
// items. It counts on where nothing harms and no must-have item changed, once;
// the second time, and otherwise, the person is asked to tap again. Votes of
// both directions are treated alike, so that how many fall out says nothing
// about their direction while it is hidden.
func Carry(s Standing, must []string, changes []Change, versionID int64) Standing {
	if s.VersionID == versionID || s.Stale {
		return s
	}
	if len(changes) > 0 && (s.Carried || touches(must, changes)) {
		s.Stale = true
		if s.Status == Counted || s.Status == Unverified || s.Status == Quarantined {
			s.Status = StaleVersion
		}
		return s
	}
	s.VersionID, s.Carried = versionID, s.Carried || len(changes) > 0
	return s
}

// touches reports whether a change harms, or concerns an item that must stay.
func touches(must []string, changes []Change) bool {
	for _, c := range changes {
		if c.Harms() {
			return true
		}
		for _, key := range must {
			if key == c.Item.Key {
				return true
			}
		}
	}
	return false
}

// CarryInterest takes an interest over to a version with the given changes and
// price. What is carried is shown apart until its owner confirms it, and is not
// carried a second time.
func CarryInterest(in Interest, changes []Change, priceMinor, versionID int64) Interest {
	if in.State != Active && in.State != CarriedOver && in.State != NeedsConfirm || in.VersionID == versionID {
		return in
	}
	in.VersionID = versionID
	switch {
	case len(changes) == 0 || in.State == NeedsConfirm:
	case in.State == CarriedOver || priceMinor > in.PriceMaxMinor || touches(in.MustItems, changes):
		in.State = NeedsConfirm
	default:
		in.State = CarriedOver
	}
	return in
}

// ResetItems returns the keys of items whose own support starts again: the
// provider made them worse without an amendment.
func ResetItems(changes []Change) (keys []string) {
	for _, c := range changes {
		if c.AmendmentID == 0 && c.Effect == Worse {
			keys = append(keys, c.Item.Key)
		}
	}
	return keys
}
