package shaping

import (
	"strings"
	"testing"
)

func TestHindsightOfTheTreatedStandsOnEveryPackageForTheTreatment(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	rival := w.offer("rival-all-on-4", promise(PriceKey, eur(430000)), promise("stay.hotel_nights", count(3)))
	w.state(rival, Shaping)
	past := func() string {
		p, err := loadByID(w.read(), rival.ID)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := w.promisePieces(w.read(), "en", p)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(parts.Past["stay.hotel_nights"], " ")
	}
	w.proven(9, Saying{Key: "stay.hotel_nights", Verdict: Kept, Mattered: "much"})
	if got := past(); got != "" {
		t.Errorf("nine say it mattered, and the next package says %q", got)
	}
	w.proven(1, Saying{Key: "stay.hotel_nights", Verdict: Kept, Mattered: "not"})
	if got := past(); got != "Of people treated under packages for this treatment, it mattered much to 90 % of 10." {
		t.Errorf("got %q", got)
	}
}

func TestHindsightGivesNoSmallPackageAway(t *testing.T) {
	for name, c := range map[string]struct {
		rows []hindsightRow
		want Share
	}{
		"one large package":          {[]hindsightRow{{"a", 1, 7, 10}}, Share{7, 10}},
		"beside four of another":     {[]hindsightRow{{"a", 1, 7, 10}, {"a", 2, 4, 4}}, Share{7, 10}},
		"beside five of two others":  {[]hindsightRow{{"a", 1, 7, 10}, {"a", 2, 2, 2}, {"a", 3, 0, 3}}, Share{9, 15}},
		"three small ones, together": {[]hindsightRow{{"a", 1, 3, 4}, {"a", 2, 1, 4}, {"a", 3, 2, 4}}, Share{6, 12}},
		"too few altogether":         {[]hindsightRow{{"a", 1, 3, 4}, {"a", 2, 1, 5}}, Share{}},
	} {
		if got := hindsight(c.rows)["a"]; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
