package demo

import (
	"slices"
	"time"

	"caravan/internal/shaping"
)

// content is the items as a version has them.
func (s *sketch) content() shaping.Content {
	var lines []shaping.Line
	for key, v := range s.items {
		if spec, ok := shaping.SpecOf(key); ok {
			lines = append(lines, shaping.Line{Item: spec.Item(1), Value: v})
		}
	}
	return shaping.NewContent(lines...)
}

// begin writes the first version. A call asks for less.
func (s *sketch) begin(call bool) {
	v := offerVersion{Number: 1, Age: age(s.h.versions[0]), Reason: s.line(s.c.Offering.First)}
	if call {
		v.Reason = s.line(s.c.Offering.FirstCall)
		for key := range s.items {
			if _, wished := wishable[key]; !wished && key != shaping.PriceKey && key != shaping.SilenceKey && key != shaping.SuitabilityKey && key != "language.consent" {
				delete(s.items, key)
			}
		}
	}
	c := s.content()
	for _, l := range c {
		v.Items = append(v.Items, offerValue{l.Item.Key, l.Value})
	}
	s.o.Versions = append(s.o.Versions, v)
	if call {
		return
	}
	said := map[string]bool{}
	for _, short := range shaping.Short(s.code, c) {
		if !said[short.Item] {
			said[short.Item] = true
			s.o.StayAnswer = append(s.o.StayAnswer, offerStayAnswer{Item: short.Item, By: numbered(s.by), Text: s.line(s.c.Offering.Texts["stay_answer"]), Age: age(s.h.published)})
		}
	}
	if s.r.IntN(3) == 0 {
		s.o.Steps = []shaping.Step{{People: between(s.r, 8, 20, 1), Gives: "4 % off for everybody in the group"}}
		s.o.StepsLocked = age(s.h.published)
	}
}

// wishable is what people wish for of an item, from what it is.
var wishable = map[string]func(v shaping.Value, n int64) (shaping.Value, bool){
	"revision.window":        more(6, 60),
	"aftercare.months":       more(6, 60),
	"aftercare.checks":       more(2, 20),
	"consult.minutes":        more(10, 60),
	"cover.days":             more(30, 365),
	"aftercare.answer_hours": less(2, 2),
	"records.days":           less(2, 0),
	"stay.companion_price":   less(2, 20_00),
	"aftercare.hours":        word("office", "daily", "always"),
	"revision.pays_flight":   word("patient", "half", "clinic"),
}

// more is so much more, up to a bound; steps are 1 for the smallest wish.
func more(by, most int64) func(shaping.Value, int64) (shaping.Value, bool) {
	return func(v shaping.Value, steps int64) (shaping.Value, bool) {
		was := v.Number
		v.Number = min(most, v.Number+by*steps)
		return v, !v.Unmeasured && v.Number > was
	}
}

func less(by, least int64) func(shaping.Value, int64) (shaping.Value, bool) {
	return func(v shaping.Value, _ int64) (shaping.Value, bool) {
		was := v.Number
		if v.Number = max(least, v.Number/by); v.Kind == shaping.Money {
			v.Number = v.Number / 100 * 100
		}
		return v, !v.Unmeasured && v.Number < was
	}
}

func word(order ...string) func(shaping.Value, int64) (shaping.Value, bool) {
	return func(v shaping.Value, _ int64) (shaping.Value, bool) {
		i := slices.Index(order, v.Text)
		if i < 0 || i == len(order)-1 {
			return v, false
		}
		v.Text = order[i+1]
		return v, true
	}
}

// wishes are at most n new ones on the newest version, each of another item.
func (s *sketch) wishes(n, round int, from, until time.Duration) (some []*wish) {
	keys := make([]string, 0, len(wishable))
	for key := range wishable {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	s.r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	made := 0
	for _, key := range keys {
		v, ok := s.items[key]
		if made == n || !ok || s.rank[key] {
			continue
		}
		if v, ok = wishable[key](v, int64(between(s.r, 1, 2, 1))); !ok {
			continue
		}
		s.rank[key] = true
		made++
		at := until + time.Duration((0.35+0.6*s.r.Float64())*float64(from-until))
		s.o.Amendments = append(s.o.Amendments, wish{Key: key + "/" + string(rune('0'+round)), Item: key, Op: shaping.Set, Value: v, Author: numbered(s.somebody(at)), Lang: "en", State: string(shaping.Open),
			Reason: s.line(s.c.Offering.Wishes[key]), Round: round, Base: round, Age: age(at)})
	}
	begin := len(s.o.Amendments)
	for i := range s.o.Amendments {
		if s.o.Amendments[i].Round == round {
			begin = min(begin, i)
		}
	}
	for i := begin; i < len(s.o.Amendments); i++ {
		some = append(some, &s.o.Amendments[i])
	}
	return some
}

// somebody is a member who was there some time ago.
func (s *sketch) somebody(ago time.Duration) *member {
	old := there(s.authors, s.now.Add(-ago-day))
	return old[s.r.IntN(len(old))]
}

// round draws the wishes of a past round and the version that came of it.
func (s *sketch) round(n int, call bool) {
	from, next := s.h.versions[n-1], s.h.versions[n]
	until := max(next, from-shaping.UsualRoundDays*day)
	v := offerVersion{Number: n + 1, Round: n, Age: age(next), Reason: s.line(s.c.Offering.Next)}
	if call {
		v.Reason = s.line(s.c.Offering.NextCall)
	}
	var sum int64
	for i, w := range s.wishes(between(s.r, 2, 4, 1), n, from, until) {
		granted := i == 0 || s.r.IntN(3) > 0
		s.popular(w, granted, call)
		w.State = string(shaping.Rejected)
		var price int64
		if granted {
			w.State = string(shaping.Merged)
			if s.r.IntN(3) == 0 && !call {
				price = s.items[shaping.PriceKey].Number / int64(between(s.r, 60, 120, 1)) / 1_000 * 1_000
			}
			v.Changes = append(v.Changes, offerChange{Key: w.Item, Value: w.Value, Origin: w.Key, Price: price})
			s.items[w.Item] = w.Value
			sum += price
		}
		if !call {
			s.reply(w, granted, price, until, next)
		}
	}
	if sum > 0 {
		total := s.items[shaping.PriceKey]
		total.Number += sum
		s.items[shaping.PriceKey] = total
		v.Changes = append(v.Changes, offerChange{Key: shaping.PriceKey, Value: total, Why: s.line(s.c.Offering.PriceWhy), Price: sum})
	}
	s.o.Versions = append(s.o.Versions, v)
	s.rank = map[string]bool{}
}

// reply is what the clinic said between the end of a round and its next version.
func (s *sketch) reply(w *wish, granted bool, price int64, from, until time.Duration) {
	a := wishAnswer{By: numbered(s.by), Answer: shaping.Reject, Code: shaping.ReasonCodes[s.r.IntN(2)], Reason: s.line(s.c.Offering.Answers["reject"]),
		Age: age(until + time.Duration((0.1+0.8*s.r.Float64())*float64(min(from, time.Duration(w.Age))-until)))}
	if granted {
		a.Answer, a.Code, a.Price, a.Reason = shaping.Accept, "", &price, s.line(s.c.Offering.Answers["accept"])
	}
	w.Answers = append(w.Answers, a)
}

// popular draws the votes on a wish.
func (s *sketch) popular(w *wish, wanted, call bool) {
	w.Votes = &wishPoll{}
	w.Votes.Want, w.Votes.DontMind, w.Votes.DontWant = between(s.r, 4, 30, 1), between(s.r, 0, 9, 1), between(s.r, 0, 6, 1)
	if call && wanted {
		w.Votes.Want, w.Votes.DontWant = between(s.r, 16, 32, 1), between(s.r, 0, 3, 1)
	} else if call {
		w.Votes.Want, w.Votes.DontWant = between(s.r, 4, 9, 1), between(s.r, 3, 7, 1)
	}
	w.Votes.Treated = wishVotes{w.Votes.Want / 4, w.Votes.DontMind / 4, w.Votes.DontWant / 4}
}

// running draws the wishes on the newest version.
func (s *sketch) running(call bool) {
	n := len(s.h.versions)
	from, until := s.h.versions[n-1], s.h.closed
	switch shaping.State(s.h.state) {
	case shaping.Shaping, shaping.Call, shaping.Withdrawn:
	case shaping.Answering:
		until = from - shaping.UsualRoundDays*day
	default:
		return
	}
	for i, w := range s.wishes(between(s.r, 2, 6, 1), n, from, until) {
		s.popular(w, false, call)
		switch {
		case s.h.closed > 0:
			w.State = string(shaping.Obsolete)
		case i == 0 && !call && w.Age > age(2*day):
			s.reply(w, true, 0, time.Duration(w.Age), 0)
			w.State = string(shaping.Accepted)
		}
	}
}

// crowd draws how many voted on the package, who needs what, who would take it.
func (s *sketch) crowd() {
	n := len(s.h.versions)
	all := between(s.r, 6, 20, 1)
	if s.r.IntN(3) > 0 {
		all = between(s.r, 21, 60, 1)
	}
	p := offerSupport{Version: n, Unverified: s.r.IntN(7), Void: s.r.IntN(3)}
	switch shaping.State(s.h.state) {
	case shaping.FinalVote:
		p.Final, p.Running = true, true
	case shaping.AwaitingCommitment, shaping.Committed, shaping.Declined, shaping.Expired:
		p.Final, all = true, max(all, shaping.Quorum+3)
	}
	p.Support = all * between(s.r, 35, 85, 1) / 100
	p.Unsure = (all - p.Support) / 3
	p.NotForMe = all - p.Support - p.Unsure
	for range p.NotForMe {
		s.because(&p)
	}
	if n > 1 && s.dearer() {
		p.Stale = s.r.IntN(8)
	} else if n > 1 && len(s.o.Versions[n-1].Changes) > 0 {
		p.Carried = all / 3
	}
	s.o.Support = p
	s.wants(all)
	if s.h.signed > 0 {
		s.sign()
	}
}

func (s *sketch) because(p *offerSupport) {
	code := shaping.Reasons[s.r.IntN(len(shaping.Reasons))]
	for i := range p.Reasons {
		if p.Reasons[i].Code == code {
			p.Reasons[i].People++
			return
		}
	}
	p.Reasons = append(p.Reasons, offerReason{code, 1})
}

// dearer reports whether the newest version cost more than the one before.
func (s *sketch) dearer() bool {
	return slices.ContainsFunc(s.o.Versions[len(s.o.Versions)-1].Changes, func(c offerChange) bool { return c.Key == shaping.PriceKey })
}

func (s *sketch) wants(all int) {
	for _, key := range []string{"revision.window", "aftercare.answer_hours", shaping.PriceKey} {
		if _, ok := s.items[key]; ok {
			n := between(s.r, all/3, all, 1)
			must := n * between(s.r, 30, 80, 1) / 100
			s.o.Needs = append(s.o.Needs, offerNeed{Key: key, Must: must, Nice: (n - must) / 2, Irrelevant: n - must - (n-must)/2, Treated: n / 4, TreatedMust: must / 4})
		}
	}
	price := s.items[shaping.PriceKey].Number
	for i, readiness := range []shaping.Readiness{shaping.Ready, shaping.Ready, shaping.Planning, shaping.Planning, shaping.Curious} {
		if n := s.r.IntN(all/4 + 1); n > 0 {
			s.o.Interest = append(s.o.Interest, offerInterest{Readiness: readiness, Minor: price * int64(112-7*i) / 100 / 1_000 * 1_000, People: n})
		}
	}
}

// sign commits the clinic to the newest version.
func (s *sketch) sign() {
	places := between(s.r, 8, 40, 4)
	valid := age(time.Duration(between(s.r, 40, 220, 1)) * day)
	s.o.Commitment = &offerCommitment{Version: len(s.h.versions), Capacity: places, Taken: s.r.IntN(places / 2), By: numbered(s.by), Title: nonEmpty(s.by.Title, "Signs offers for the clinic"), State: shaping.CommitmentActive,
		Age: age(s.h.signed), Valid: valid, PriceLocked: valid}
}
