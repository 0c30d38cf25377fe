package shaping

import (
	"cmp"
	"slices"
	"strings"

	"caravan/internal/errs"
	"caravan/internal/text"
)

// Conflict is why two amendments cannot both be accepted; empty where they can.
type Conflict string

// The conflicts.
const (
	NoConflict  Conflict = ""
	Alternative Conflict = "alternative" // the same item, another value
	Removal     Conflict = "removal"     // one wants it out, the other changed
	Overlap     Conflict = "overlap"     // two changes of the same words of a text
	Clash       Conflict = "clash"       // together, and only together, they break a limit between items
)

// Conflicts says whether two amendments of the same version exclude each other.
// The same wish twice is no conflict: it is support for the first.
func Conflicts(base Content, a, b Amendment) Conflict {
	if a.ItemKey != b.ItemKey {
		if clashes(base, a, b) {
			return Clash
		}
		return NoConflict
	}
	switch {
	case a.NewValue.Equal(b.NewValue):
		return NoConflict
	case a.Op == Remove || b.Op == Remove:
		return Removal
	case a.NewValue.Kind == Text && b.NewValue.Kind == Text && a.Op == Set && b.Op == Set:
		if _, ok := Union(base.Value(a.ItemKey).Text, a.NewValue.Text, b.NewValue.Text); ok {
			return NoConflict
		}
		return Overlap
	}
	return Alternative
}

// clashes reports whether a limit holds under each of two amendments and breaks
// under both.
func clashes(base Content, a, b Amendment) bool {
	one, other := apply(base, a), apply(base, b)
	for _, l := range Broken(apply(one, b)) {
		same := func(m Limit) bool { return m.Left == l.Left && m.Right == l.Right }
		if !slices.ContainsFunc(Broken(one), same) && !slices.ContainsFunc(Broken(other), same) {
			return true
		}
	}
	return false
}

// Group are amendments of an item that exclude each other. Voters approve as
// many of them as they like, and of leaving the item as it is.
type Group struct {
	Key        string
	Kind       Conflict
	Amendments []int64 // ids, ascending; always two or more
	Median     *Value  // the middle of all wishes where the item is a figure
}

// Groups finds the groups among amendments of one version that wait for a
// decision. Wishes counts who wants what, by amendment id.
func Groups(base Content, wishes []Amendment, supporters map[int64]int) (groups []Group) {
	byKey := map[string][]Amendment{}
	for _, a := range wishes {
		if a.State.Live() || a.State.Granted() {
			byKey[a.ItemKey] = append(byKey[a.ItemKey], a)
		}
	}
	for key, some := range byKey {
		slices.SortFunc(some, func(a, b Amendment) int { return cmp.Compare(a.ID, b.ID) })
		for len(some) > 0 {
			g, rest := grow(base, some)
			some = rest
			if len(g.members) > 1 {
				groups = append(groups, g.group(key, base, supporters))
			}
		}
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.Amendments[0], b.Amendments[0]))
	})
	return groups
}

type members struct {
	members []Amendment
	kind    Conflict
}

// grow takes the first amendment of some and all that exclude it or another of
// the group.
func grow(base Content, some []Amendment) (g members, rest []Amendment) {
	g.members, rest = some[:1:1], some[1:]
	for i := 0; i < len(g.members); i++ {
		var apart []Amendment
		for _, a := range rest {
			if k := Conflicts(base, g.members[i], a); k != NoConflict {
				g.members, g.kind = append(g.members, a), cmp.Or(g.kind, k)
			} else {
				apart = append(apart, a)
			}
		}
		rest = apart
	}
	return g, rest
}

func (g members) group(key string, base Content, supporters map[int64]int) Group {
	out := Group{Key: key, Kind: g.kind}
	var wishes []Wish
	now := base.Value(key)
	for _, a := range g.members {
		out.Amendments = append(out.Amendments, a.ID)
		if a.Op == Set && a.NewValue.Kind.numeric() && !a.NewValue.Unmeasured {
			wishes = append(wishes, Wish{a.NewValue.Number, supporters[a.ID]})
		}
	}
	if n, ok := MedianWish(now.Number, wishes); ok && now.Kind.numeric() && !now.Unmeasured {
		v := now
		v.Number = n
		out.Median = &v
	}
	return out
}

// Wish is a figure and how many people want it.
type Wish struct {
	Number int64
	People int
}

// MedianWish returns the middle of what people want of a figure: where wishes
// have one peak each, no other value would beat it in a vote between two (D.
// Black, Journal of Political Economy 56, 1948). Of two middles it is the one
// nearer to what is. Ok is false where nobody wants anything.
func MedianWish(now int64, wishes []Wish) (n int64, ok bool) {
	var all []int64
	for _, w := range wishes {
		for range w.People {
			all = append(all, w.Number)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	low, high := all[(len(all)-1)/2], all[len(all)/2]
	switch {
	case now <= low:
		return low, true
	case now >= high:
		return high, true
	}
	return now, true
}

// Lengths of reasons, in characters after cleaning.
const (
	MinReason, MaxReason = 30, 2_000 // of an amendment, of a provider's own change
	MinAnswerReason      = 40
	MaxOpenAmendments    = 3                     // of one author at a package
	MaxTogether          = MaxOpenAmendments - 1 // beside an amendment, of those that are granted with it or not at all
)

// CheckAmendment says whether an amendment can be made to a version.
func CheckAmendment(p Package, base Content, a Amendment) error {
	l, there := base.Find(a.ItemKey)
	if n := text.Length(a.Reason); n < MinReason || n > MaxReason {
		return errs.Field("reason", "shaping.reason_length", "least", MinReason, "most", MaxReason)
	}
	switch {
	case a.Op == Add && there:
		return errs.Field("item", "shaping.item_there")
	case a.Op == Add:
		return checkAdd(p, a)
	case !there:
		return errs.New(errs.Gone, "shaping.item_gone")
	case !l.Item.Votable:
		return errs.New(errs.Forbidden, "shaping.clinical_item")
	case a.Op == Remove:
		if s, ok := SpecOf(a.ItemKey); ok && s.Mandatory {
			return errs.Field("item", "shaping.item_mandatory")
		}
		return nil
	case a.Op != Set:
		return errs.New(errs.Malformed, "shaping.value_kind")
	case a.NewValue.Equal(l.Value):
		return errs.Field("value", "shaping.value_same")
	}
	return l.Item.Spec().Check(a.NewValue, p.Currency)
}

func checkAdd(p Package, a Amendment) error {
	if a.NewItem == nil || a.NewItem.Key != a.ItemKey {
		return errs.New(errs.Malformed, "shaping.item_key")
	}
	if err := CheckItem(*a.NewItem); err != nil {
		return err
	}
	if !a.NewItem.Votable {
		return errs.New(errs.Forbidden, "shaping.clinical_item")
	}
	return a.NewItem.Spec().Check(a.NewValue, p.Currency)
}

// HasRival reports whether another wish stands in the way of accepting a: one of
// the same item that is granted or whose counter-offer is being voted on, or a
// granted one that breaks a limit together with it. Countered are the ids of
// amendments whose standing answer is a counter-offer.
func HasRival(base Content, wishes []Amendment, countered map[int64]bool, a Amendment) bool {
	return slices.ContainsFunc(wishes, func(w Amendment) bool {
		pending := w.State.Granted() || w.State == Answered && countered[w.ID]
		return w.ID != a.ID && pending && (w.ItemKey == a.ItemKey || w.State.Granted() && clashes(base, a, w))
	})
}
