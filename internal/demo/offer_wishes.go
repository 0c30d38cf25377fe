package demo

import (
	"fmt"
	"time"

	"caravan/internal/shaping"
)

// wish writes what people want changed, what was answered, and the votes on both.
func (x *hearing) wish() error {
	bundles := map[string]int64{}
	for i := range x.Amendments {
		w := &x.Amendments[i]
		if err := x.amend(w, bundles); err != nil {
			return fmt.Errorf("%s: %w", w.Key, err)
		}
		if err := x.answer(w); err != nil {
			return fmt.Errorf("%s: %w", w.Key, err)
		}
		if err := x.poll4(w); err != nil {
			return fmt.Errorf("%s: %w", w.Key, err)
		}
	}
	return nil
}

func (x *hearing) amend(w *wish, bundles map[string]int64) error {
	author, err := x.who(w.Author)
	if err != nil {
		return err
	}
	id := x.wishIDs[w.Key]
	base := x.versionIDs[w.Base-1]
	seen := x.versionIDs[min(len(x.versionIDs), w.Round)-1]
	if shaping.AmendmentState(w.State).Live() || w.State == string(shaping.NeedsRebase) || w.State == string(shaping.Achieved) || w.State == string(shaping.Obsolete) {
		seen = x.versionIDs[len(x.versionIDs)-1]
	}
	var item, bundle, rebased *int64
	if n, ok := x.itemIDs[w.Item]; ok {
		item = &n
	}
	if w.Bundle != "" {
		if bundles[w.Bundle] == 0 {
			bundles[w.Bundle] = id
		}
		n := bundles[w.Bundle]
		bundle = &n
	}
	if n, ok := x.wishIDs[w.RebasedFrom]; ok {
		rebased = &n
	}
	var added *string
	if w.Op == shaping.Add {
		s := toJSON(x.item(w.Item))
		added = &s
	}
	was := x.contents[w.Base-1].Value(w.Item)
	if w.Op == shaping.Add {
		was = shaping.Value{}
	}
	x.h.amendments.add(id, x.id, base, seen, item, w.Item, added, string(w.Op), was.Hash(), canonical(w.Value), w.Value.Hash(), canonical(x.settled(w)), bundle,
		author.ID, author.ID, role(author), w.Reason, w.Lang, w.State, w.Partly, w.Round, rebased, x.ago(w.Age), x.changed(w))
	return nil
}

// settled is what was granted: the wish, or the counter-offer that was taken.
func (x *hearing) settled(w *wish) shaping.Value {
	switch w.State {
	case string(shaping.Merged), string(shaping.Accepted), string(shaping.AcceptedModified):
	default:
		return shaping.Value{}
	}
	if n := len(w.Answers); n > 0 && w.Answers[n-1].Answer == shaping.Counter {
		return w.Answers[n-1].Value
	}
	return w.Value
}

// changed is when a wish came to its state.
func (x *hearing) changed(w *wish) time.Time {
	at := x.ago(w.Age)
	if n := len(w.Answers); n > 0 {
		at = x.ago(w.Answers[n-1].Age)
	}
	switch shaping.AmendmentState(w.State) {
	case shaping.Merged, shaping.NeedsRebase, shaping.Achieved, shaping.Obsolete:
		if w.Round < len(x.Versions) {
			at = x.ago(x.Versions[w.Round].Age)
		} else if x.Closed > 0 {
			at = x.ago(x.Closed)
		}
	case shaping.WishExpired:
		at = x.ago(x.Closed)
	}
	return at
}

// answer writes the answers to a wish.
func (x *hearing) answer(w *wish) error {
	for i, a := range w.Answers {
		by, err := x.who(a.By)
		if err != nil {
			return err
		}
		var valid *time.Time
		if a.Valid != 0 {
			at := x.h.now.Add(time.Duration(a.Valid))
			valid = &at
		}
		x.h.responseID++
		x.h.responses.add(x.h.responseID, x.wishIDs[w.Key], i+1, x.h.places.organisations[x.Organisation].id, by.ID, role(by), string(a.Answer), string(a.Code), a.Reason,
			canonical(a.Value), a.Price, a.Signed, valid, x.ago(a.Age))
	}
	return nil
}

// poll4 casts the votes on a wish and on the counter-offer to it.
func (x *hearing) poll4(w *wish) error {
	if w.Votes == nil {
		return nil
	}
	author, err := x.who(w.Author)
	if err != nil {
		return err
	}
	var named []*member
	for _, key := range w.Supporters {
		m, err := x.who(key)
		if err != nil {
			return err
		}
		named = append(named, m)
	}
	from, until := x.ago(w.Age), x.open(min(w.Round, len(x.Versions))-1)
	if w.State == string(shaping.WishWithdrawn) {
		until = from.Add(min(2*day, until.Sub(from)))
	}
	on := subject{shaping.OnAmendment, x.wishIDs[w.Key]}
	begin := len(x.booth.papers)
	want, err := x.booth.vote(on, split{w.Votes.counts(), w.Votes.Treated.counts()}, x.versionIDs[w.Base-1], from, until, named, author)
	if err != nil {
		return err
	}
	if w.State == string(shaping.NeedsRebase) { // what was wanted has changed: each is asked again
		for i := range x.booth.papers[begin:] {
			v := &x.booth.papers[begin+i]
			v.stale, v.status = true, shaping.StaleVersion
		}
	}
	x.wanted[w.Key] = want
	if v := w.CounterVote; v != nil {
		x.counter(w, v.Agree, v.No)
	}
	return nil
}

// counter casts the votes of supporters on the counter-offer.
func (x *hearing) counter(w *wish, agree, no int) {
	from := x.ago(w.Answers[len(w.Answers)-1].Age)
	until := x.h.now.Add(-time.Minute)
	if w.Round < len(x.Versions) {
		until = x.ago(x.Versions[w.Round].Age)
	}
	for i, m := range x.wanted[w.Key] {
		choice := int16(1)
		if i >= agree+no {
			break
		}
		if i >= agree {
			choice = -1
		}
		version := x.versionIDs[w.Base-1]
		x.booth.cast(paper{subject: subject{shaping.OnCounter, x.wishIDs[w.Key]}, by: m, choice: choice, status: shaping.Counted, cast: version, is: version, at: x.booth.moment(m, from, until)})
	}
}
