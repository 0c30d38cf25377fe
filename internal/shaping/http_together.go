package shaping

import (
	"slices"
	"strings"

	"caravan/internal/provider"
	"caravan/internal/text"
)

// Wishes that make sense only together: one form asks for several lines, and the
// provider grants all of them or none.

// alongside are the other lines that a form is about: those it named, without
// what was taken out again, and the one that was just chosen.
func alongside(t typed) (keys []string) {
	for _, key := range append(slices.Clone(t["with"]), t.one("more")) {
		if key != "" && key != t.one("item") && key != newOwn && !slices.Contains(keys, key) && !slices.Contains(t["without"], key) {
			keys = append(keys, key)
		}
	}
	return keys[:min(len(keys), MaxTogether)]
}

// together draws the other lines of a form, and the choice of one more.
func (s *Service) together(x offerAsker, v *ChangeItem, p Package, base Content) error {
	keys := alongside(x.t)
	for _, key := range keys {
		it, there, err := s.aboutItem(p, base, typed{"item": {key}})
		if err != nil {
			return err
		}
		spec := it.Spec()
		w := ChangeWith{Key: key, Name: spec.Name(x.lang), There: there, Now: spec.Print(x.lang, base.Value(key)), Ask: x.ask(spec, key)}
		w.Ask.alone(say(x.lang, "wish_with", "line", w.Name))
		v.With = append(v.With, w)
	}
	if len(keys) == MaxTogether {
		return nil
	}
	taken := func(key string) bool { return key == v.Key || slices.Contains(keys, key) }
	pr, _ := s.provider.ProcedureByID(p.ProcedureID)
	for _, l := range base.held() {
		if spec := l.Item.Spec(); l.Item.Votable && !taken(l.Item.Key) {
			v.More = append(v.More, provider.Choice{Value: l.Item.Key, Label: spec.Name(x.lang) + ": " + text.Excerpt(spec.Print(x.lang, l.Value), 40)})
		}
	}
	for _, spec := range Catalogue(pr.Code) {
		if _, there := base.Find(spec.Key); !there && spec.Votable && !taken(spec.Key) {
			v.More = append(v.More, provider.Choice{Value: spec.Key, Label: spec.Name(x.lang)})
		}
	}
	slices.SortStableFunc(v.More, func(a, b provider.Choice) int { return strings.Compare(a.Label, b.Label) })
	v.More = slices.Insert(v.More, 0, provider.Choice{Label: say(x.lang, "wish_choose")})
	return nil
}
