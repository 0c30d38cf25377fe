package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"caravan/internal/shaping"
)

// floorOf is how far a price may be off. Packages with verdicts are offered in
// euros or dollars, which are near enough to each other.
var floorOf = shaping.Tolerance{FloorMinor: 50_00, FlagMinor: 400_00}

// utterance is one patient's word on one promise.
type utterance struct {
	verdict   shaping.Verdict
	delivered shaping.Value
}

// judge writes what patients said of the promises, what the provider replied,
// and who needed what had been refused.
func (x *hearing) judge() error {
	promised := x.contents[x.Commitment.Version-1]
	for i, v := range x.Verdicts {
		l, ok := promised.Find(v.Key)
		if !ok {
			return fmt.Errorf("verdict on %s, which was not promised", v.Key)
		}
		if err := x.judged(l, v, i); err != nil {
			return err
		}
	}
	for i, n := range x.NeededAfter {
		if l, ok := promised.Find(n.Key); ok && !slices.ContainsFunc(x.Verdicts, func(v offerVerdict) bool { return v.Key == n.Key }) {
			x.keptAll(l, i)
		}
	}
	x.rest(promised)
	return x.refused()
}

// rest is what patients were asked about and have not said, as for every promise:
// figures on the clinic's own past are none.
func (x *hearing) rest(promised shaping.Content) {
	for _, l := range promised {
		if x.heard[l.Item.Key] || strings.HasPrefix(l.Item.Key, "risk.") {
			continue
		}
		for _, j := range x.journeys {
			if !j.discharged.IsZero() {
				x.silent(j, l)
			}
		}
	}
}

// silent is a promise of which a patient has said nothing so far. Who could have
// was told so on its day.
func (x *hearing) silent(j journey, l shaping.Line) {
	due, ok := shaping.DueOn(l.Item.Verify, j.discharged)
	if !ok {
		return
	}
	var told *time.Time
	if at := due.Add(9 * time.Hour); at.Before(x.h.now) {
		told = &at
	}
	x.h.verdicts.add(j.id, x.itemIDs[l.Item.Key], due, "", nil, nil, told, nil)
}

// words are what was said of a promise, in the order of the patients.
func (x *hearing) words(l shaping.Line, v offerVerdict) []utterance {
	var values = map[shaping.Verdict][]shaping.Value{}
	for _, d := range v.Delivered {
		verdict, _ := shaping.Judge(l.Item.Spec(), l.Value, d.Value, floorOf)
		for range d.People {
			values[verdict] = append(values[verdict], d.Value)
		}
	}
	take := func(list *[]utterance, says, like shaping.Verdict, n int) {
		for range n {
			w := utterance{verdict: says}
			if few := values[like]; len(few) > 0 {
				w.delivered, values[like] = few[0], few[1:]
			}
			*list = append(*list, w)
		}
	}
	var missed, rest []utterance
	take(&rest, shaping.WorseThan, shaping.WorseThan, v.Worse)
	take(&missed, shaping.NotDelivered, shaping.WorseThan, v.NotDelivered)
	take(&rest, shaping.Kept, shaping.Kept, v.Kept)
	take(&rest, shaping.BetterThan, shaping.BetterThan, v.Better)
	take(&rest, shaping.NotApplicable, "", v.NotApplicable)
	x.h.r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	early := len(missed) - v.Late
	return slices.Concat(missed[:early], rest, missed[early:])
}

// judged writes the verdicts on a promise, and what the provider replied.
func (x *hearing) judged(l shaping.Line, v offerVerdict, turn int) error {
	x.heard[l.Item.Key] = true
	words := x.words(l, v)
	matters := x.mattered(l.Item.Key, len(words))
	for i, j := range x.journeys {
		if j.discharged.IsZero() {
			continue
		}
		due, ok := shaping.DueOn(l.Item.Verify, j.discharged)
		if !ok {
			return fmt.Errorf("verdict on %s, which nobody can verify", l.Item.Key)
		}
		if i >= len(words) { // its day has not come, or the patient has not come round to it
			x.silent(j, l)
			continue
		}
		at := x.saidAt(due, i+turn)
		x.h.verdicts.add(j.id, x.itemIDs[l.Item.Key], due, string(words[i].verdict), canonical(words[i].delivered), matters(i), at.Add(-15*time.Hour), at)
	}
	if v.Reply == nil {
		return nil
	}
	by, err := x.who(v.Reply.By)
	if err != nil {
		return err
	}
	x.h.replyID++
	at := x.ago(v.Reply.Age)
	x.h.replies.add(x.h.replyID, x.h.commitmentID, x.itemIDs[l.Item.Key], by.ID, role(by), v.Reply.Text, x.Lang, "shown", at, at)
	return nil
}

// saidAt is when a patient spoke, some days after being asked.
func (x *hearing) saidAt(due time.Time, i int) time.Time {
	at := due.Add(time.Duration(9+(i*29)%100) * time.Hour)
	if latest := x.h.now.Add(-3 * time.Hour); at.After(latest) {
		return latest
	}
	return at
}

// mattered is what patients say, looking back, of whether a promise mattered.
func (x *hearing) mattered(key string, n int) func(int) *int16 {
	k := slices.IndexFunc(x.NeededAfter, func(a offerNeededAfter) bool { return a.Key == key })
	return func(i int) *int16 {
		if k < 0 {
			return nil
		}
		v := int16(-1)
		switch p := x.NeededAfter[k].Treated; {
		case (i*37)%n < (p*n+50)/100:
			v = 1
		case i%3 == 0:
			v = 0
		}
		return &v
	}
}

// keptAll writes verdicts on a promise of which nothing but its weight is told.
func (x *hearing) keptAll(l shaping.Line, turn int) {
	var due []journey
	for _, j := range x.journeys {
		if d, ok := shaping.DueOn(l.Item.Verify, j.discharged); ok && !j.discharged.IsZero() && d.AddDate(0, 0, 6).Before(x.h.now) {
			due = append(due, j)
		} else if !j.discharged.IsZero() {
			x.silent(j, l)
		}
	}
	x.heard[l.Item.Key] = true
	matters := x.mattered(l.Item.Key, len(due))
	for i, j := range due {
		d, _ := shaping.DueOn(l.Item.Verify, j.discharged)
		at := x.saidAt(d, i+turn)
		x.h.verdicts.add(j.id, x.itemIDs[l.Item.Key], d, string(shaping.Kept), nil, matters(i), at.Add(-15*time.Hour), at)
	}
}

// refused writes who needed what had been refused, among those who were treated
// long enough ago.
func (x *hearing) refused() error {
	for _, r := range x.RefusedButNeeded {
		wish, ok := x.wishIDs[r.Amendment]
		if !ok {
			return fmt.Errorf("%q was refused, and nobody wished for it", r.Amendment)
		}
		asked := min(r.Of, x.treatedSoFar())
		needed := r.Needed * asked / max(1, r.Of)
		for i, j := range x.journeys[:asked] {
			at := j.discharged.AddDate(0, 0, 190).Add(10 * time.Hour)
			if latest := x.h.now.Add(-4 * time.Hour); at.After(latest) {
				at = latest
			}
			x.h.needs.add(j.id, wish, (i*7)%asked < needed, at)
		}
	}
	return nil
}

func (x *hearing) treatedSoFar() (n int) {
	for _, j := range x.journeys {
		if !j.discharged.IsZero() {
			n++
		}
	}
	return n
}
