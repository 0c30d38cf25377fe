package demo

import (
	"fmt"
	"time"

	"caravan/internal/shaping"
)

// vote casts the votes on the package: those that stand for the newest version,
// those that were taken over into it, and those that were left behind.
func (x *hearing) vote() error {
	s := x.Support
	if s.Version == 0 {
		return nil
	}
	n := s.Version - 1
	version, from, until := x.versionIDs[n], x.ago(x.Versions[n].Age), x.open(n)
	if s.Final {
		until = x.final()
	}
	on := subject{shaping.OnPackage, x.id}
	all := split{of: [3]int{s.Support, s.Unsure, s.NotForMe}}
	sum := s.Support + s.Unsure + s.NotForMe
	for i := range all.of { // as many of the treated as there are, alike in every direction
		all.treated[i] = sum / 4 * all.of[i] / max(1, sum)
	}
	begin := len(x.booth.papers)
	want, err := x.booth.vote(on, all, version, from, until, nil, nil)
	if err != nil {
		return fmt.Errorf("votes: %w", err)
	}
	x.supporters = want
	counted := x.booth.papers[begin:]
	x.because(counted)
	if n > 0 {
		if err := x.carry(counted, n); err != nil {
			return err
		}
	}
	x.booth.others(on, s.Unverified, x.h.unknown, shaping.Unverified, version, from, until)
	x.booth.others(on, s.Void, x.h.found, shaping.VoidTies, version, from, until)
	return x.review(on, s.Quarantined, counted, from, until)
}

// because gives those for whom it is not their reason.
func (x *hearing) because(counted []paper) {
	var codes []string
	for _, r := range x.Support.Reasons {
		for range r.People {
			codes = append(codes, r.Code)
		}
	}
	for i := range counted {
		if counted[i].choice < 0 && len(codes) > 0 {
			counted[i].reason, codes = codes[0], codes[1:]
		}
	}
}

// carry lays votes on the version before over into version n, by the rule: some
// stand on, some are left behind, and of the others every second person has
// voted anew.
func (x *hearing) carry(counted []paper, n int) error {
	changes := x.changes(n)
	before := x.versionIDs[n-1]
	from, until := x.ago(x.Versions[n-1].Age), x.open(n-1)
	stands := shaping.Carry(shaping.Standing{VersionID: before, Status: shaping.Counted}, nil, changes, x.versionIDs[n])
	if x.Support.Carried > 0 && !stands.Carried || x.Support.Stale > 0 && !stands.Stale {
		return fmt.Errorf("votes are said to be carried or left behind by version %d, which by the rule they are not", n+1)
	}
	used, carried := map[int64]bool{}, 0
	for i := range counted {
		v := &counted[i]
		used[v.by.ID] = true
		switch at := x.booth.moment(v.by, from, until); {
		case at.After(until):
		case carried < x.Support.Carried:
			v.cast, v.carried, v.at = before, true, at
			carried++
		case stands.Stale && i%2 == 0:
			v.before, v.first = &at, before
		}
	}
	left, err := x.poll.draw(x.Support.Stale, 0, 0, from, until, used)
	if err != nil {
		return err
	}
	for i, m := range left {
		x.booth.cast(paper{subject: subject{shaping.OnPackage, x.id}, by: m, choice: choices[i%5/3], status: shaping.StaleVersion, stale: true,
			cast: before, is: before, at: x.booth.moment(m, from, until)})
	}
	return nil
}

// changes are those of version n, counted from 0, with whose they were.
func (x *hearing) changes(n int) []shaping.Change {
	next := append(shaping.Content{}, x.contents[n]...)
	for i := range next {
		for _, c := range x.Versions[n].Changes {
			if c.Key == next[i].Item.Key {
				next[i].AmendmentID, next[i].Reason = x.wishIDs[c.Origin], c.Why
			}
		}
	}
	return shaping.Diff(x.contents[n-1], next)
}

// review casts votes that are being looked into.
func (x *hearing) review(on subject, n int, counted []paper, from, until time.Time) error {
	used := map[int64]bool{}
	for _, v := range counted {
		used[v.by.ID] = true
	}
	who, err := x.poll.draw(n, 0, 0, from, until, used)
	if err != nil {
		return err
	}
	version := x.versionIDs[x.Support.Version-1]
	for _, m := range who {
		x.booth.cast(paper{subject: on, by: m, choice: 1, status: shaping.Quarantined, cast: version, is: version, at: x.booth.moment(m, from, until)})
	}
	return nil
}

// needed casts the votes on what people need.
func (x *hearing) needed() error {
	if len(x.versionIDs) == 0 {
		return nil
	}
	n := len(x.versionIDs) - 1
	from, until := x.ago(x.Versions[n].Age), x.open(n)
	for _, k := range x.Needs {
		s := split{of: [3]int{k.Must, k.Nice, k.Irrelevant}}
		s.treated[0] = k.TreatedMust
		s.treated[1] = min(k.Nice, k.Treated-k.TreatedMust)
		s.treated[2] = k.Treated - k.TreatedMust - s.treated[1]
		id, ok := x.itemIDs[k.Key]
		if !ok {
			return fmt.Errorf("need of %s, which is no item", k.Key)
		}
		if _, err := x.booth.vote(subject{shaping.OnNeed, id}, s, x.versionIDs[n], from, until, nil, nil); err != nil {
			return fmt.Errorf("need of %s: %w", k.Key, err)
		}
	}
	return nil
}

// interested writes at what price people would take the newest version: first
// those who support it.
func (x *hearing) interested() error {
	if len(x.versionIDs) == 0 {
		return nil
	}
	n := len(x.versionIDs) - 1
	from, until := x.ago(x.Versions[n].Age), x.open(n)
	if x.Support.Final {
		until = x.final()
	}
	// What was said too long ago has run out; who means it has said it again.
	if again := x.h.now.Add(-(shaping.InterestDays - 15) * day); from.Before(again) && x.Closed == 0 && x.Commitment == nil {
		from, until = again, x.h.now.Add(-time.Hour)
	}
	used := map[int64]bool{}
	for _, m := range x.supporters {
		used[m.ID] = true
	}
	queue := x.supporters
	for i, in := range x.Interest {
		for len(queue) < in.People {
			more, err := x.poll.draw(in.People-len(queue), 0, i, from, until, used)
			if err != nil {
				return fmt.Errorf("interest: %w", err)
			}
			queue = append(queue, more...)
		}
		for _, m := range queue[:in.People] {
			x.interest(in, m, x.booth.moment(m, from, until))
		}
		queue = queue[in.People:]
	}
	return nil
}

func (x *hearing) interest(in offerInterest, m *member, at time.Time) {
	state := shaping.Active
	expires := at.AddDate(0, 0, shaping.InterestDays)
	if !expires.After(x.h.now) || x.Closed > 0 {
		state = shaping.Gone
	}
	if x.Commitment != nil && in.Readiness == shaping.Ready && len(x.takers) < x.Commitment.Taken {
		state = shaping.Converted
		x.takers = append(x.takers, m)
	}
	var first, last *time.Time
	if in.Readiness != shaping.Curious {
		f := midnight(at).AddDate(0, 1+x.h.r.IntN(2), 0)
		l := f.AddDate(0, 2+x.h.r.IntN(4), 0)
		first, last = &f, &l
	}
	must := []string{}
	for _, k := range x.Needs {
		if len(must) < 2 && !x.moved(k.Key) && x.h.r.IntN(3) == 0 {
			must = append(must, k.Key)
		}
	}
	x.h.interests.add(m.ID, x.id, m.ID, x.versionIDs[len(x.versionIDs)-1], in.Minor, string(in.Readiness), first, last, toJSON(must), string(state), string(shaping.Counted), at, expires)
}

// moved reports whether an item was another in an earlier version.
func (x *hearing) moved(key string) bool {
	for n := 1; n < len(x.contents); n++ {
		if !x.contents[n].Value(key).Equal(x.contents[n-1].Value(key)) {
			return true
		}
	}
	return false
}
