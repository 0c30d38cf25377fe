package moderation

import (
	"time"

	"caravan/internal/wording"
)

// NumbersView is what numbers.page.html shows.
type NumbersView struct {
	Since *time.Time
	Kinds []NumbersKind
}

// NumbersKind is the table of one kind and question.
type NumbersKind struct {
	Label         string
	Of            int    // cases
	Open, Decided int    // of them
	Median        string // time to a decision; empty when there was none
	Lines         []NumbersLine
}

// NumbersLine is how often something was decided, out of the kind's decisions.
type NumbersLine struct {
	Decision, Reason string
	Count, Of        int
}

func numbersView(lang string, n numbers) NumbersView {
	v := NumbersView{Since: n.Since}
	for _, c := range n.Cases {
		k := NumbersKind{Label: label(lang, Case{Ask: c.Ask, Kind: c.Kind}), Of: c.Open + c.Decided, Open: c.Open, Decided: c.Decided}
		if c.Decided > 0 {
			k.Median = wording.Age(lang, time.Duration(c.Hours*float64(time.Hour)))
		}
		of := 0
		for _, r := range n.Rows {
			if r.Ask == c.Ask && r.Kind == c.Kind {
				of += r.Count
			}
		}
		for _, r := range n.Rows {
			if r.Ask != c.Ask || r.Kind != c.Kind {
				continue
			}
			line := NumbersLine{Decision: wording.Text(lang, "moderation.did_"+r.Decision), Count: r.Count, Of: of}
			if r.Reason != "" {
				line.Reason = wording.Text(lang, ReasonKey(r.Reason))
			}
			k.Lines = append(k.Lines, line)
		}
		v.Kinds = append(v.Kinds, k)
	}
	return v
}
