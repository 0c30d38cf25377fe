package experience

import (
	"testing"

	"caravan/internal/wording"
)

// TestEveryQuestionAndAnswerHasWords walks the catalogue: a question without
// words, or an answer without, would be asked by its name.
func TestEveryQuestionAndAnswerHasWords(t *testing.T) {
	need := func(keys ...string) {
		for _, k := range keys {
			if wording.Has(k) {
				return
			}
		}
		t.Errorf("no words for %v", keys)
	}
	seen := map[string]bool{}
	for _, f := range Catalogue {
		if seen[f.Name] {
			t.Errorf("%s is asked twice", f.Name)
		}
		seen[f.Name] = true
		need("experience.f_" + f.Name)
		for _, v := range f.Values {
			need("experience.v_"+f.Name+"_"+v, "experience.v_"+v)
		}
		if needs[f.Input] == "" {
			t.Errorf("%s: no sentence says that it is missing", f.Name)
		}
		if f.If != "" && f.Stage == Start && !seen["complication"] {
			t.Errorf("%s is asked before what it depends on", f.Name)
		}
		if f.Class == Sums && f.Place != InSums || f.Class == Sealed && f.Place != InSeal && f.Topic != "send" || f.Place == InSums && f.Class != Sums || f.Place == InSeal && f.Class != Sealed {
			t.Errorf("%s: class %c is kept in the wrong place", f.Name, f.Class)
		}
	}
	for _, topic := range Topics {
		need("experience.topic_" + topic)
	}
	for _, step := range Steps {
		need("experience.step_" + step)
		need("experience.lede_" + step)
	}
	for _, state := range []string{Submitted, SentBack, Published, Restricted, Withdrawn, Removed} {
		need("experience.state_" + state)
	}
	for _, status := range []string{Coming, Asked, Done, Missed, Declined, TooEarly} {
		need("experience.check_in_" + status)
	}
	for name := range elevenOf {
		if !seen[name] {
			t.Errorf("%s is one of the eleven and is not asked", name)
		}
	}
}

func TestEverythingInTheCatalogueIsAskedSomewhere(t *testing.T) {
	for _, f := range Catalogue {
		if f.Place == InCheckIn {
			continue
		}
		asked := f.Stage == Start
		for _, x := range AskedAt("m24", f.Only, nil, false) {
			asked = asked || x.Name == f.Name
		}
		if !asked {
			t.Errorf("%s is never asked", f.Name)
		}
	}
}

func TestPseudonymsShareNoNameWithAccounts(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range append(append([]string{}, moods...), beings...) {
		if seen[w] {
			t.Errorf("%s stands twice", w)
		}
		seen[w] = true
	}
	if len(moods)*len(beings) < 10_000 {
		t.Errorf("only %d names", len(moods)*len(beings))
	}
}
