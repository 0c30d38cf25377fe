package shaping

import (
	"slices"

	"caravan/internal/errs"
	"caravan/internal/text"
)

// OwnChange is a change that the provider makes without an amendment.
type OwnChange struct {
	Key     string
	NewItem *Item // what is added; nil for an item that is there
	Value   Value // none: the item is taken out
	Reason  string
}

// Wanted is the value that an amendment puts into a version: the counter-offer
// where that was accepted, else the wish. None takes the item out.
func (a Amendment) Wanted() Value {
	if a.State == AcceptedModified {
		return a.SettledValue
	}
	return a.NewValue
}

// Merge makes the next version's content out of the last one: every granted
// amendment among wishes, then the provider's own changes. The result does not
// depend on the order of either. Every changed line names its amendment or the
// provider's reason; what it returns as changes is Diff(base, next).
//
// It refuses two granted amendments of one item, half a bundle, a granted
// amendment of another version, an own change without a reason, over a granted
// amendment or without effect, and whatever breaks a limit between items.
func Merge(base Content, baseID int64, wishes []Amendment, own []OwnChange) (next Content, changes []Change, err error) {
	if err := checkGranted(base, baseID, wishes); err != nil {
		return nil, nil, err
	}
	next = slices.Clone(base.held())
	for i := range next {
		next[i].AmendmentID, next[i].Reason = 0, ""
	}
	for _, a := range wishes {
		if a.State.Granted() {
			next = apply(next, a)
		}
	}
	for _, o := range own {
		if next, err = o.apply(base, next); err != nil {
			return nil, nil, err
		}
	}
	if len(Broken(next)) > len(Broken(base)) {
		return nil, nil, errs.Field(Broken(next)[0].Left, "shaping.limit_broken")
	}
	return next, Diff(base, next), nil
}

func checkGranted(base Content, baseID int64, wishes []Amendment) error {
	byKey, bundles := map[string]bool{}, map[int64]bool{}
	for _, a := range wishes {
		if !a.State.Granted() {
			continue
		}
		switch {
		case a.BaseVersionID != baseID:
			return errs.New(errs.Conflict, "shaping.other_base")
		case byKey[a.ItemKey]:
			return errs.New(errs.Conflict, "shaping.rival_accepted")
		case a.Wanted().Equal(base.Value(a.ItemKey)):
			return errs.New(errs.Conflict, "shaping.value_same")
		}
		byKey[a.ItemKey] = true
		if a.BundleID != nil {
			bundles[*a.BundleID] = true
		}
	}
	for _, a := range wishes {
		if a.BundleID != nil && bundles[*a.BundleID] && !a.State.Granted() && !a.State.settled() {
			return errs.New(errs.Conflict, "shaping.bundle_whole")
		}
	}
	return nil
}

// settled reports whether an amendment stands in nobody's way: its wish came
// true before, or nobody has it any more.
func (s AmendmentState) settled() bool {
	switch s {
	case Merged, Achieved, PartlyAchieved, Obsolete, WishWithdrawn, Duplicate:
		return true
	}
	return false
}

// apply lays one wish over a content.
func apply(c Content, a Amendment) Content {
	var it Item
	if a.NewItem != nil {
		it = *a.NewItem
	}
	return c.with(a.ItemKey, it, a.Wanted(), a.ID, "")
}

// apply makes an own change.
func (o OwnChange) apply(base, next Content) (Content, error) {
	l, there := next.Find(o.Key)
	var it Item
	if o.NewItem != nil {
		it = *o.NewItem
	}
	mandatory := false
	if s, ok := SpecOf(o.Key); ok {
		mandatory = s.Mandatory
	}
	changed := slices.ContainsFunc(next, func(l Line) bool {
		return l.Item.Key == o.Key && (l.AmendmentID != 0 || l.Reason != "")
	})
	switch n := text.Length(o.Reason); {
	case n < MinReason || n > MaxReason:
		return nil, errs.Field(o.Key, "shaping.own_reason", "least", MinReason, "most", MaxReason)
	case changed:
		return nil, errs.Field(o.Key, "shaping.own_over_accepted")
	case o.Value.Equal(base.Value(o.Key)):
		return nil, errs.Field(o.Key, "shaping.value_same")
	case !there && o.NewItem == nil || o.NewItem != nil && o.NewItem.Key != o.Key:
		return nil, errs.Field(o.Key, "shaping.item_key")
	case o.Value.None() && mandatory:
		return nil, errs.Field(o.Key, "shaping.item_mandatory")
	}
	if there {
		it = l.Item
	}
	return next.with(o.Key, it, o.Value, 0, o.Reason), nil
}

// with returns c with a line changed or added. It is where the sorting of a
// content is kept.
func (c Content) with(key string, it Item, v Value, amendmentID int64, reason string) Content {
	out := slices.Clone(c)
	for i := range out {
		if out[i].Item.Key == key {
			out[i].Value, out[i].AmendmentID, out[i].Reason = v, amendmentID, reason
			return out
		}
	}
	return NewContent(append(out, Line{Item: it, Value: v, AmendmentID: amendmentID, Reason: reason})...)
}
