package shaping

import (
	"regexp"
	"slices"
	"strings"

	"caravan/internal/errs"
	"caravan/internal/text"
)

// SilenceKey is the item that says whether patients are asked for silence. A
// package that does cannot be published.
const SilenceKey = "terms.non_disparagement"

// MaxOwn is how many own items a package holds.
const MaxOwn = 20

var ownKey = regexp.MustCompile(`^x\.[a-z0-9_]{2,40}$`)

// CheckItem says whether an item can be part of a package: one of the catalogue
// as it stands there, or an own one with a name. Own items are plain facts that
// need no list of words.
func CheckItem(it Item) error {
	if s, ok := SpecOf(it.Key); ok {
		if it.Kind != s.Kind || it.Unit != s.Unit || it.Direction != s.Direction || it.Votable != s.Votable {
			return errs.Field("item", "shaping.item_unlike")
		}
		return nil
	}
	switch {
	case !ownKey.MatchString(it.Key):
		return errs.Field("item", "shaping.item_key")
	case it.Kind == Enum || it.Kind == Choice || !slices.Contains(Kinds, it.Kind):
		return errs.Field("item", "shaping.item_kind")
	case it.Class == Clinical || !slices.Contains(Classes, it.Class) || !it.Votable:
		return errs.Field("item", "shaping.item_class")
	case !slices.Contains(Verifies, it.Verify) || it.Direction != LowerBetter && it.Direction != HigherBetter && it.Direction != NoDirection:
		return errs.Field("item", "shaping.item_kind")
	case it.Unit != "" && !slices.Contains(Units(), it.Unit):
		return errs.Field("item", "shaping.item_unit")
	}
	if n := text.Length(it.Name); n < 3 || n > 80 {
		return errs.Field("item", "shaping.item_name")
	}
	return nil
}

// Units are the units that items of the catalogue use; an own item uses one of
// them or none.
func Units() []string {
	var units []string
	for _, s := range catalogue.specs {
		if s.Unit != "" {
			units = append(units, s.Unit)
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

// CheckDraft returns everything that keeps a draft from being published, by the
// key of its item: mandatory items that miss, values that cannot be, a clause
// that asks for silence, limits that are broken. A call of patients needs no
// mandatory items, only one wish.
func CheckDraft(p Package, procedure string, c Content) error {
	var wrong []errs.FieldMsg
	note := func(key, says string) {
		wrong = append(wrong, errs.FieldMsg{Name: key, Msg: errs.Msg{Key: says}})
	}
	own := 0
	for _, l := range c.held() {
		for _, err := range []error{CheckItem(l.Item), l.Item.Spec().Check(l.Value, p.Currency)} {
			if err != nil {
				note(l.Item.Key, errs.Of(err).Fields[0].Key)
			}
		}
		if strings.HasPrefix(l.Item.Key, Own) {
			own++
		}
	}
	if own > MaxOwn {
		note(Own, "shaping.own_most")
	}
	if len(c.held()) == 0 {
		note("items", "shaping.no_items")
	}
	if p.Proposer != ByPatients {
		for _, key := range Lacking(procedure, c) {
			note(key, "shaping.item_lacks")
		}
	}
	if c.Value(SilenceKey).Number != 0 {
		note(SilenceKey, "shaping.no_silence")
	}
	for _, l := range Broken(c) {
		note(l.Left, "shaping.limit_broken")
	}
	return errs.Fields(wrong...)
}

// Lacking returns the keys of the mandatory items of a procedure that a content
// does not hold.
func Lacking(procedure string, c Content) (keys []string) {
	for _, s := range Catalogue(procedure) {
		if _, ok := c.Find(s.Key); s.Mandatory && !ok {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// Standard compares a draft with what accepted wishes of earlier packages asked
// for: how many of the usual items it has, and which are missing.
func Standard(usual []string, c Content) (has int, missing []string) {
	for _, key := range usual {
		if _, ok := c.Find(key); ok {
			has++
		} else {
			missing = append(missing, key)
		}
	}
	return has, missing
}
