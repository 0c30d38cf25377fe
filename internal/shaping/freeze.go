package shaping

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// Whenever votes are closed, how they add up is entered into the public log at
// once, in the same transaction: one entry for all that was closed at that
// moment. Whoever finds out later that a vote must not count can take it out,
// but not without it being seen how it stood at the end.

// ballots are the standing votes on one subject.
type ballots struct {
	subject Subject
	id      int64
	votes   []Standing
}

// freezeStep enters the votes that a step to another state closes. Nothing that
// still runs is in it; what was decided in an earlier round was entered then.
func freezeStep(tx *db.Tx, p Package, e Event, to State) error {
	from := p.State
	if from == Suspended {
		from = p.HeldFrom
	}
	over := closed(e, from, to)
	if p.PublishedAt == nil || len(over) == 0 {
		return nil
	}
	decided, err := decidedBefore(tx, p)
	if err != nil {
		return err
	}
	return freeze(tx, p, string(e), func(s Subject, id int64) bool {
		return slices.Contains(over, s) && !(ofWish(s) && decided[id])
	})
}

// closed are the subjects whose votes end where a package goes from one state to
// another. Votes on counter-offers have a clock of their own. A final vote ends
// even where another round follows.
func closed(e Event, from, to State) (subjects []Subject) {
	for _, s := range Subjects {
		if s != OnCounter && !Over(s, from, false) && (e == EndFinal || Over(s, to, false)) {
			subjects = append(subjects, s)
		}
	}
	return subjects
}

// ofWish reports whether the ids of a subject are those of amendments.
func ofWish(s Subject) bool { return s == OnAmendment || s == OnAlternative || s == OnCounter }

// freezeCounters enters votes on counter-offers that have just ended.
func freezeCounters(tx *db.Tx, p Package, ended map[int64]bool) error {
	if len(ended) == 0 {
		return nil
	}
	return freeze(tx, p, string(OnCounter), func(s Subject, id int64) bool { return s == OnCounter && ended[id] })
}

// RecordOver enters how the votes add up that are over by now, of a package that
// came into the database as a whole.
func RecordOver(tx *db.Tx, packageID int64) error {
	p, err := loadByID(tx, packageID)
	if err != nil {
		return err
	}
	return freezeLate(tx, p)
}

// freezeLate enters the votes of a package that closed before there was a log, as
// they stand now: those that ended with a state, and those on wishes that are settled.
func freezeLate(tx *db.Tx, p Package) error {
	all, err := wishes(tx, p.ID)
	if err != nil {
		return err
	}
	settled := map[int64]bool{}
	for _, w := range all {
		settled[w.ID] = !waits(w)
	}
	state := p.State
	if state == Suspended {
		state = p.HeldFrom
	}
	over := func(s Subject, id int64) bool {
		return ofWish(s) && settled[id] || s != OnCounter && Over(s, state, false)
	}
	if !slices.ContainsFunc(all, func(w Amendment) bool { return settled[w.ID] }) && !Over(OnNeed, state, false) {
		return nil
	}
	return freeze(tx, p, "late", over)
}

// decidedBefore are the amendments of a package that were settled before its
// round began. The votes of a call run on through all of its rounds.
func decidedBefore(q *db.Tx, p Package) (map[int64]bool, error) {
	steps, err := taken(q, p.ID)
	if err != nil {
		return nil, err
	}
	var began time.Time
	for _, x := range steps {
		if x.FromState != x.ToState && x.FromState != Suspended && (x.ToState == Shaping || x.ToState == Call) {
			began = x.At
		}
	}
	all, err := wishes(q, p.ID)
	decided := map[int64]bool{}
	for _, w := range all {
		decided[w.ID] = !waits(w) && w.ChangedAt.Before(began)
	}
	return decided, err
}

// freeze enters the votes of a package on what picks says, as they stand now.
func freeze(tx *db.Tx, p Package, what string, picks func(Subject, int64) bool) error {
	v, err := versionByID(tx, *p.NewestVersionID)
	if err != nil {
		return err
	}
	keys, err := itemKeys(tx, p.ID)
	if err != nil {
		return err
	}
	rows, err := listStandingsOn(tx, p.ID) // in the order of subjects
	if err != nil {
		return err
	}
	var all []ballots
	for _, r := range rows {
		if !picks(r.Subject, r.SubjectID) {
			continue
		}
		if n := len(all); n == 0 || all[n-1].subject != r.Subject || all[n-1].id != r.SubjectID {
			all = append(all, ballots{subject: r.Subject, id: r.SubjectID})
		}
		all[len(all)-1].votes = append(all[len(all)-1].votes, r)
	}
	for first := 0; first == 0 || first < len(all); first += leaf.MaxFrozen { // that nobody voted is entered too
		t := leaf.Tallied{ID: fmt.Sprintf("%d-%d-%s-%s", p.ID, p.Round, what, lot()), Package: p.Slug, Version: v.Number, Round: p.Round, Subject: what, Closed: true, Day: tx.Now}
		if err := enterFrozen(tx, t, all[first:min(first+leaf.MaxFrozen, len(all))], keys); err != nil {
			return err
		}
	}
	return nil
}

// lot is a random end of an id: an id that was published before a database was
// lost is not given a second time.
func lot() string {
	salt := leaf.NewSalt()
	return hex.EncodeToString(salt[:8])
}

// enterFrozen enters votes with a root over them. The votes themselves are in the
// opening, in an order drawn by lot, with nobody's name at them.
func enterFrozen(tx *db.Tx, t leaf.Tallied, all []ballots, keys map[int64]string) error {
	people := map[int64]bool{}
	votes := []leaf.Vote{}
	t.Subjects = []leaf.Frozen{}
	for _, b := range all {
		sum, some := b.frozen(b.ref(keys))
		t.Subjects, votes = append(t.Subjects, sum), append(votes, some...)
		for _, v := range b.votes {
			if v.Status == Counted {
				people[v.PersonID] = true
			}
		}
	}
	t.Participants = len(people)
	// Salts are random: their order is a lot.
	slices.SortFunc(votes, func(a, b leaf.Vote) int { return bytes.Compare(a.Salt[:], b.Salt[:]) })
	list := make([]any, len(votes))
	for i, v := range votes {
		list[i] = v.Body()
	}
	var err error
	if t.Root, err = leaf.VotesRoot(votes); err != nil {
		return err
	}
	if t.Commit, err = translog.Open(tx, leaf.Tally, t.ID, 1, map[string]any{"votes": list}); err != nil {
		return err
	}
	e := t.Entry()
	return translog.Add(tx, e.Kind, e.Body)
}

// ref is how strangers know a subject: items by their keys, which all versions
// of a package have in common.
func (b ballots) ref(keys map[int64]string) string {
	switch b.subject {
	case OnPackage:
		return ""
	case OnKeep, OnNeed:
		return keys[b.id]
	}
	return strconv.FormatInt(b.id, 10)
}

// frozen adds votes up as the pages show them once they are closed, and returns
// those that count. The log tells no smaller groups than a page does.
func (b ballots) frozen(ref string) (f leaf.Frozen, votes []leaf.Vote) {
	by, some := map[Stratum]Tally{}, map[Stratum][]Standing{}
	for _, v := range b.votes {
		some[v.Stratum] = append(some[v.Stratum], v)
	}
	for name, vs := range some {
		by[name] = TallyOf(vs)
	}
	all := TallyOf(b.votes)
	x := Show(b.subject, all, by, true, true)
	f = leaf.Frozen{Subject: string(b.subject), Ref: ref, Votes: x.Participants, Voided: x.Voided}
	if x.Split == nil {
		return f, nil
	}
	name := func(s Stratum) string {
		if x.Split.Strata == nil {
			return leaf.Everybody
		}
		return string(s)
	}
	f.Strata = map[string]leaf.Counts{}
	for s, t := range by {
		if t.All() > 0 {
			n := f.Strata[name(s)]
			f.Strata[name(s)] = leaf.Counts{Want: n.Want + t.Want, Pass: n.Pass + t.Pass, Against: n.Against + t.Against}
		}
	}
	for _, v := range b.votes {
		if v.Status == Counted {
			votes = append(votes, leaf.Vote{Salt: leaf.NewSalt(), Subject: f.Subject, Ref: ref, Stratum: name(v.Stratum), Choice: int(v.Choice)})
		}
	}
	return f, votes
}
