package shaping

import (
	"crypto/sha256"
	"slices"
	"strings"
)

// PriceKey is the item that holds the price of the whole package.
const PriceKey = "price.total"

// Line is an item of a version with its value there. A line without a value
// says that this version took the item out.
type Line struct {
	Item        Item
	Value       Value
	AmendmentID int64  // that changed it in this version; 0 for none
	Reason      string // of the provider, where it changed the item without an amendment
}

// Content is all that a version says: lines sorted by key, each key once.
type Content []Line

// NewContent sorts lines into a content.
func NewContent(lines ...Line) Content {
	c := Content(slices.Clone(lines))
	slices.SortFunc(c, func(a, b Line) int { return strings.Compare(a.Item.Key, b.Item.Key) })
	return c
}

// Find returns the line of an item that the version holds.
func (c Content) Find(key string) (Line, bool) {
	i, ok := slices.BinarySearchFunc(c, key, func(l Line, key string) int { return strings.Compare(l.Item.Key, key) })
	if !ok || c[i].Value.None() {
		return Line{}, false
	}
	return c[i], true
}

// Value returns the value of an item, none where it is not in the version.
func (c Content) Value(key string) Value {
	l, _ := c.Find(key)
	return l.Value
}

// Price is the price of the whole package in minor units; ok is false where
// there is none.
func (c Content) Price() (minor int64, ok bool) {
	l, ok := c.Find(PriceKey)
	return l.Value.Number, ok
}

// held are the lines that have a value.
func (c Content) held() Content {
	return slices.DeleteFunc(slices.Clone(c), func(l Line) bool { return l.Value.None() })
}

// Canonical writes a content as JSON in one way only: an object by key, each
// with its value, its unit where it has one, and its name where the proposer
// gave it one. Reasons and authors are not part of what is promised.
func (c Content) Canonical() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, l := range c.held() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoted(l.Item.Key) + ":{")
		if l.Item.Name != "" {
			b.WriteString(`"name":` + quoted(l.Item.Name) + ",")
		}
		if l.Item.Unit != "" {
			b.WriteString(`"unit":` + quoted(l.Item.Unit) + ",")
		}
		b.WriteString(`"value":` + l.Value.Canonical() + "}")
	}
	b.WriteByte('}')
	return b.String()
}

// Hash is SHA-256 of the canonical form: what a commitment is pinned to.
func (c Content) Hash() []byte {
	sum := sha256.Sum256([]byte(c.Canonical()))
	return sum[:]
}

// Change is the difference of one item between two versions.
type Change struct {
	Item        Item
	Old, New    Value // none where the item was added or taken out
	Effect      Effect
	AmendmentID int64  // whose wish it was; 0 where the provider changed it alone
	Reason      string // of the provider, where it changed it alone
}

// Harms reports whether a supporter of the old version must be asked again: the
// item got worse, or the provider changed it alone in a way of which nobody can
// say by rule that it is no worse, such as another surgeon.
func (c Change) Harms() bool {
	return c.Effect == Worse || c.Effect == Other && c.AmendmentID == 0
}

// Diff returns what changed from old to new, by key.
func Diff(old, new Content) (changes []Change) {
	for _, l := range new {
		was := old.Value(l.Item.Key)
		if !was.Equal(l.Value) {
			changes = append(changes, changeOf(l, was))
		}
	}
	for _, l := range old.held() {
		if !slices.ContainsFunc(new, func(n Line) bool { return n.Item.Key == l.Item.Key }) {
			changes = append(changes, changeOf(Line{Item: l.Item}, l.Value))
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Item.Key, b.Item.Key) })
	return changes
}

func changeOf(l Line, was Value) Change {
	return Change{Item: l.Item, Old: was, New: l.Value, Effect: l.Item.Spec().Effect(was, l.Value), AmendmentID: l.AmendmentID, Reason: l.Reason}
}
