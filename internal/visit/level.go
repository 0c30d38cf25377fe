package visit

import (
	"strconv"
	"time"

	"caravan/internal/wording"
)

// Levels of verification. What is below Visit is shown and never counted.
const (
	Nothing   = 0
	Contact   = 1 // an e-mail address was confirmed
	Visit     = 2 // one kind of evidence
	TwoWays   = 3 // two kinds, or one kind and a second source
	Followed  = 4 // Visit or more, and a check-in after three months or later that agrees
	Countable = Visit
)

// Level is how far an experience is verified: the whole ladder. Confirmed is
// whether the author's e-mail address is; followed whether a check-in at three
// months or later was answered and contradicts neither clinic, procedure nor
// quarter.
func Level(confirmed bool, proofs []Proof, followed bool) int {
	kinds, sources := map[Kind]bool{}, 0
	for _, p := range proofs {
		if known(p.Kind) {
			kinds[p.Kind] = true
			sources = max(sources, p.Sources)
		}
	}
	switch {
	case len(kinds) == 0 && confirmed:
		return Contact
	case len(kinds) == 0:
		return Nothing
	case followed:
		return Followed
	case len(kinds) > 1 || sources > 1:
		return TwoWays
	}
	return Visit
}

func known(k Kind) bool { return k == Code || k == Document || k == Token }

// BadgeView is what badge.part.html shows: what was seen and what was not.
type BadgeView struct {
	Level     int
	Label     string   // "V2: a visit was seen"
	Short     string   // "a visit was seen"
	Proves    string   // what follows from it, and what does not
	How       []string // one sentence per kind of evidence
	Seen      []string // facts
	NotSeen   []string
	When      string // month of the latest look; empty without evidence
	Countable bool
}

// Badge is the badge of an experience, ready to print in lang.
func Badge(lang string, level int, proofs []Proof) BadgeView {
	t := func(key string, args ...any) string { return wording.Text(lang, key, args...) }
	n := strconv.Itoa(level)
	v := BadgeView{Level: level, Short: t("visit.level_" + n), Proves: t("visit.proves_" + n), Countable: level >= Countable}
	v.Label = t("visit.label", "level", "V"+n, "what", v.Short)
	var clinic, treatment, amount bool
	var quarter Quarter
	var last time.Time
	for _, p := range proofs {
		if !known(p.Kind) {
			continue
		}
		v.How = append(v.How, t("visit.how_"+p.Kind))
		clinic, quarter = true, p.Quarter
		treatment, amount = treatment || p.SpecialtyID != nil, amount || p.AmountSeen
		if p.SeenOn.After(last) {
			last = p.SeenOn
		}
	}
	fact := func(seen bool, key string, args ...any) {
		if seen {
			v.Seen = append(v.Seen, t(key, args...))
		} else {
			v.NotSeen = append(v.NotSeen, t(key))
		}
	}
	fact(clinic, "visit.fact_clinic")
	// An experience that is shown by its year leaves the quarter out of its
	// proofs: that it was seen is said without it.
	if clinic && quarter != "" {
		fact(true, "visit.fact_quarter_is", "quarter", quarter.Name(lang))
	} else {
		fact(clinic, "visit.fact_quarter")
	}
	fact(treatment, "visit.fact_specialty")
	fact(amount, "visit.fact_amount")
	fact(level == Followed, "visit.fact_followed")
	// No evidence of ours ever shows how it went.
	fact(false, "visit.fact_outcome")
	if !last.IsZero() {
		v.When = t("visit.seen_in", "month", t("common.month_"+strconv.Itoa(int(last.Month()))), "year", strconv.Itoa(last.Year()))
	}
	return v
}
