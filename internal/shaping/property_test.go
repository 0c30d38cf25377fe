package shaping

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// world is a package that random people shape, through all of its rounds.
type world struct {
	t         *testing.T
	r         *rand.Rand
	seed      uint64
	content   map[int64]Content // by version id
	version   int64
	wishes    []Amendment
	countered map[int64]bool
	offer     map[int64]Value // of a counter
	votes     []Standing
	nextID    int64
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d, version %d: %s", w.seed, w.version, fmt.Sprintf(format, args...))
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, r: rand.New(rand.NewPCG(seed, 7)), seed: seed, content: map[int64]Content{1: ledger()}, version: 1, countered: map[int64]bool{}, offer: map[int64]Value{}}
	for p := range int64(12) {
		w.votes = append(w.votes, Standing{PersonID: p, Subject: OnPackage, VersionID: 1, Choice: int16(w.r.IntN(3) - 1), Status: Counted})
	}
	return w
}

func (w *world) now() Content { return w.content[w.version] }

// randomValue is another value of an item, often near to what it is.
func (w *world) randomValue(l Line) Value {
	v := l.Value
	switch v.Kind {
	case Count, Duration:
		v.Number = max(0, v.Number+int64(w.r.IntN(7)-3))
	case Money:
		v.Number = max(0, v.Number+int64(w.r.IntN(7)-3)*1000)
	case Bool:
		v.Number = 1 - v.Number
	case Choice:
		v.Words = [][]string{{"breakfast"}, {"breakfast", "dinner"}, {"dinner"}, {}}[w.r.IntN(4)]
	case Text:
		v.Text = changed(w.r, v.Text)
	case Person:
		v.Text = []string{"Dr. A. Demir", "Dr. B. Kaya"}[w.r.IntN(2)]
	}
	return v
}

// amend makes a wish, which the rules may refuse.
func (w *world) amend() {
	w.nextID++
	lines := w.now().held()
	l := lines[w.r.IntN(len(lines))]
	a := wish(w.nextID, l.Item.Key, w.randomValue(l))
	a.BaseVersionID, a.SeenVersionID, a.OldHash = w.version, w.version, l.Value.Hash()
	switch w.r.IntN(8) {
	case 0:
		a.Op, a.NewValue, a.NewHash = Remove, Value{}, nil
	case 1:
		key := fmt.Sprintf("x.extra_%d", w.r.IntN(4))
		a.Op, a.ItemKey, a.NewValue = Add, key, count(int64(w.r.IntN(3)))
		a.NewItem = &Item{Key: key, Kind: Count, Direction: HigherBetter, Class: Services, Votable: true, Verify: AtDischarge, Name: "Extra"}
	}
	if CheckAmendment(Package{Currency: "EUR"}, w.now(), a) == nil {
		w.wishes = append(w.wishes, a)
	}
}

// step moves a wish by an event if its rules allow it.
func (w *world) step(i int, e AmendmentEvent, p Party, f WishFacts) bool {
	to, err := NextWish(w.wishes[i].State, e, []Party{p}, f)
	if err == nil {
		w.wishes[i].State = to
	}
	return err == nil
}

func (w *world) answer() {
	if len(w.wishes) == 0 {
		return
	}
	i := w.r.IntN(len(w.wishes))
	a := w.wishes[i]
	f := WishFacts{RoundRuns: true, MayAnswer: true, CounterTime: true, Licensed: true, Rival: HasRival(w.now(), w.wishes, w.countered, a)}
	say := Answers[w.r.IntN(len(Answers))]
	if w.r.IntN(2) == 0 {
		say = Accept
	}
	line, there := w.now().Find(a.ItemKey)
	offer := w.randomValue(line)
	if say == Counter && (!there || offer.Equal(line.Value) || offer.Equal(a.NewValue)) {
		return
	}
	if w.step(i, EventOf(say), Provider, f) {
		if w.countered[a.ID] = say == Counter; say == Counter {
			w.offer[a.ID] = offer
		}
	}
}

// endRound settles counter-offers, merges what holds, publishes the next
// version and holds everything that waits against it.
func (w *world) endRound() {
	for i, a := range w.wishes {
		if a.State == Answered && w.countered[a.ID] {
			f := WishFacts{Countered: true, Agreed: w.r.IntN(2) == 0}
			if !w.step(i, TakeCounter, Machine, f) && !w.step(i, DropCounter, Machine, f) {
				w.fail("the counter-offer to %d ends nowhere", a.ID)
			}
			w.wishes[i].SettledValue = w.offer[a.ID]
		}
	}
	own := w.ownChanges()
	next, changes, err := Merge(w.now(), w.version, w.wishes, own)
	for err != nil { // a limit between items breaks: the provider takes back what it accepted last
		i := slices.IndexFunc(w.wishes, func(a Amendment) bool { return a.State.Granted() })
		if i < 0 && len(own) == 0 {
			w.fail("nothing was accepted, and yet %v", fieldsOf(err))
		}
		if own = nil; i >= 0 {
			w.wishes[i].State = Rejected
		}
		next, changes, err = Merge(w.now(), w.version, w.wishes, own)
	}
	w.checkMerge(next, changes, own)
	w.publish(next, changes)
}

func (w *world) ownChanges() (own []OwnChange) {
	if w.r.IntN(3) > 0 {
		return nil
	}
	lines := w.now().held()
	l := lines[w.r.IntN(len(lines))]
	v := w.randomValue(l)
	taken := slices.ContainsFunc(w.wishes, func(a Amendment) bool { return a.State.Granted() && a.ItemKey == l.Item.Key })
	if taken || v.Equal(l.Value) {
		return nil
	}
	return []OwnChange{{Key: l.Item.Key, Value: v, Reason: "What it was made of is no longer to be had."}}
}

// checkMerge holds the new content against what was accepted.
func (w *world) checkMerge(next Content, changes []Change, own []OwnChange) {
	accepted, origins := map[int64]bool{}, map[int64]bool{}
	for _, a := range w.wishes {
		if a.State.Granted() {
			accepted[a.ID] = true
		}
	}
	for _, l := range next {
		if l.AmendmentID != 0 {
			origins[l.AmendmentID] = true
		}
	}
	if len(origins) != len(accepted) || len(changes) != len(accepted)+len(own) {
		w.fail("%d accepted, %d own, %d origins, %d changes", len(accepted), len(own), len(origins), len(changes))
	}
	for _, c := range changes {
		if !accepted[c.AmendmentID] && c.Reason == "" || accepted[c.AmendmentID] && c.Reason != "" {
			w.fail("the change of %s is nobody's", c.Item.Key)
		}
	}
	w.checkOrder(next, own)
	w.checkHash(next)
}

// checkOrder merges in another order, and one wish after the other.
func (w *world) checkOrder(next Content, own []OwnChange) {
	mixed := slices.Clone(w.wishes)
	w.r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	again, _, err := Merge(w.now(), w.version, mixed, own)
	if err != nil || string(again.Hash()) != string(next.Hash()) {
		w.fail("another order gives another version: %v", err)
	}
	one := w.now()
	for _, a := range mixed {
		if a.State.Granted() {
			one = apply(one, a)
		}
	}
	for _, o := range own {
		one = one.with(o.Key, Item{}, o.Value, 0, o.Reason)
	}
	if string(one.Hash()) != string(next.Hash()) {
		w.fail("one after the other gives another version")
	}
}

// checkHash computes the hash again from values that were stored and read, in
// another order.
func (w *world) checkHash(next Content) {
	var lines []Line
	for _, l := range next {
		b, err := json.Marshal(l.Value)
		var v Value
		if err != nil || v.UnmarshalJSON(b) != nil {
			w.fail("%s is not read again", b)
		}
		l.Value = v
		lines = append(lines, l)
	}
	w.r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	if string(NewContent(lines...).Hash()) != string(next.Hash()) {
		w.fail("the hash does not recompute")
	}
	if differs := string(next.Hash()) != string(w.now().Hash()); differs != (len(Diff(w.now(), next)) > 0) {
		w.fail("hash and difference do not agree")
	}
}

func (w *world) publish(next Content, changes []Change) {
	before := w.version
	w.version++
	w.content[w.version] = next
	for i, a := range w.wishes {
		if a.State.Granted() {
			w.step(i, MergeWish, Machine, WishFacts{})
			continue
		}
		got, o := Rebase(a, w.content[a.BaseVersionID], next, w.version)
		if again, o := Rebase(got, w.content[got.BaseVersionID], next, w.version); o != Unconcerned || !same(again, got) {
			w.fail("rebase of %d is not idempotent: %s", a.ID, o)
		}
		if (o == Untouched || o == TextAdapted) != (got.State == a.State || got.State == Open) && o != Unconcerned {
			w.fail("votes of %d: %s", a.ID, o)
		}
		w.allowed(a, got)
		w.wishes[i] = got
	}
	for _, a := range w.wishes {
		switch {
		case !slices.Contains(AmendmentStates, a.State) || a.State.Granted() || a.State == Answered || a.State == Deferred:
			w.fail("%d is left %q", a.ID, a.State)
		case a.State == Open && a.BaseVersionID != w.version, a.State == NeedsRebase && a.SeenVersionID <= before:
			w.fail("%d is %s on version %d", a.ID, a.State, a.BaseVersionID)
		}
	}
	w.carry(changes)
}

// allowed checks that rebase goes only where the table of amendments leads.
func (w *world) allowed(from, to Amendment) {
	if from.State == to.State {
		return
	}
	f := WishFacts{Partly: from.Partly, Graced: true, RoundOver: true}
	for _, e := range []AmendmentEvent{Achieve, Outdate, AskRebase, NextRound, Lapse} {
		if s, err := NextWish(from.State, e, []Party{Machine}, f); err == nil && s == to.State {
			return
		}
	}
	w.fail("%d goes from %s to %s", from.ID, from.State, to.State)
}

// carry takes votes over; turned round, the same ones fall out.
func (w *world) carry(changes []Change) {
	harmed := slices.ContainsFunc(changes, Change.Harms)
	for i, v := range w.votes {
		got := Carry(v, nil, changes, w.version)
		turned := v
		turned.Choice = -v.Choice
		if t := Carry(turned, nil, changes, w.version); t.Status != got.Status || t.Carried != got.Carried {
			w.fail("a vote is carried by its direction")
		}
		if got.Status == Counted && len(changes) > 0 && (harmed || v.Carried) {
			w.fail("a vote counts on over harm or twice")
		}
		w.votes[i] = got
	}
}

func TestRandomShapingKeepsItsInvariants(t *testing.T) {
	published, merged, moved := 0, 0, 0
	for seed := range times(400, 10_000) {
		w := newWorld(t, uint64(seed))
		for range MaxRounds {
			for range 3 + w.r.IntN(10) {
				if w.r.IntN(2) == 0 {
					w.amend()
				} else {
					w.answer()
				}
			}
			w.endRound()
			published++
		}
		for _, a := range w.wishes {
			switch a.State {
			case Merged:
				merged++
			case NeedsRebase, PartlyAchieved, WishExpired, Achieved:
				moved++
			}
		}
	}
	if merged < published/2 || moved < published/20 {
		t.Errorf("%d versions with only %d merged and %d moved wishes prove little", published, merged, moved)
	}
}
