package demo

import (
	"slices"
	"time"

	"caravan/internal/shaping"
)

// subject is what a vote is about, in a package.
type subject struct {
	kind shaping.Subject
	id   int64
}

// paper is one vote as it stands, and when and for which version it was cast.
type paper struct {
	subject
	by       *member
	choice   int16
	reason   string
	status   shaping.Status
	cast, is int64 // version it was cast for, and speaks of
	carried  bool
	stale    bool
	at       time.Time
	before   *time.Time // an earlier vote of the same kind, on the version before
	first    int64      // that version
}

// booth takes the votes of one package and keeps the log, what stands and how
// it adds up in step.
type booth struct {
	h         *hall
	p         *poll
	packageID int64
	papers    []paper
	first     map[int64]time.Time // the first vote of each person
	turn      int                 // other people for every subject
}

func (h *hall) booth(p *poll, packageID int64) *booth {
	return &booth{h: h, p: p, packageID: packageID, first: map[int64]time.Time{}}
}

// split is how many voted how: wanted, did not mind, did not want; and how many
// of them were treated.
type split struct{ of, treated [3]int }

// choices are the votes that split counts.
var choices = [3]int16{1, 0, -1}

func (s wishVotes) counts() [3]int { return [3]int{s.Want, s.DontMind, s.DontWant} }

// vote casts counted votes on a subject between two moments. Named ones want it,
// not never votes. It returns who wanted it.
func (b *booth) vote(on subject, s split, version int64, from, until time.Time, named []*member, not *member) (want []*member, err error) {
	used := map[int64]bool{}
	if not != nil {
		used[not.ID] = true
	}
	named = slices.Clone(named)
	named = slices.DeleteFunc(named, func(m *member) bool { return used[m.ID] })
	named = named[:min(len(named), s.of[0])]
	for _, m := range named {
		used[m.ID] = true
	}
	b.turn += 3
	for i, choice := range choices {
		var who []*member
		n, treated := s.of[i], s.treated[i]
		if i == 0 {
			who = named
			n -= len(named)
			for _, m := range named {
				if b.p.stratum(m, from) == shaping.WasTreated {
					treated--
				}
			}
		}
		more, err := b.p.draw(n, max(0, treated), b.turn, from, until, used)
		if err != nil {
			return nil, err
		}
		who = append(who, more...)
		for _, m := range who {
			b.cast(paper{subject: on, by: m, choice: choice, status: shaping.Counted, cast: version, is: version, at: b.moment(m, from, until)})
		}
		if i == 0 {
			want = who
		}
	}
	return want, nil
}

// others casts votes that are kept and do not count.
func (b *booth) others(on subject, n int, from []*member, status shaping.Status, version int64, since, until time.Time) {
	for i, m := range from {
		if i < n && m.born.Before(until) {
			b.cast(paper{subject: on, by: m, choice: 1, status: status, cast: version, is: version, at: b.moment(m, since, until)})
		}
	}
}

// moment is when somebody voted, more likely early than late.
func (b *booth) moment(m *member, from, until time.Time) time.Time {
	if born := m.born.Add(settled); born.After(from) {
		from = born
	}
	u := b.p.r.Float64()
	return from.Add(time.Duration(u * u * float64(max(0, until.Sub(from)))).Truncate(time.Second)).Add(time.Minute)
}

func (b *booth) cast(v paper) { b.papers = append(b.papers, v) }

// close writes everything down.
func (b *booth) close() {
	type line struct {
		p       *paper
		version int64
		at      time.Time
	}
	var log []line
	sums := map[subject]map[shaping.Stratum]*sum{}
	for i := range b.papers {
		v := &b.papers[i]
		if v.before != nil {
			log = append(log, line{v, v.first, *v.before})
		}
		log = append(log, line{v, v.cast, v.at})
		st := b.p.stratum(v.by, v.at)
		b.h.standings.add(b.packageID, v.by.ID, string(v.kind), v.id, v.is, v.choice, v.reason, string(st), string(v.status), v.carried, v.stale, v.at)
		if sums[v.subject] == nil {
			sums[v.subject] = map[shaping.Stratum]*sum{}
		}
		if sums[v.subject][st] == nil {
			sums[v.subject][st] = &sum{}
		}
		sums[v.subject][st].add(v)
	}
	slices.SortStableFunc(log, func(x, y line) int { return x.at.Compare(y.at) })
	for _, l := range log {
		b.h.voteID++
		b.h.votes.add(b.h.voteID, b.packageID, l.p.by.ID, l.p.by.ID, string(l.p.kind), l.p.id, l.version, l.p.choice, l.p.reason, string(b.p.stratum(l.p.by, l.at)), l.at)
		if _, known := b.first[l.p.by.ID]; !known {
			b.first[l.p.by.ID] = l.at
			b.h.declarations.add(b.packageID, l.p.by.ID, "none", l.at)
		}
	}
	for on, strata := range sums {
		for st, n := range strata {
			b.h.tallies.add(b.packageID, string(on.kind), on.id, string(st), n.want, n.pass, n.against, n.carried, n.unverified, n.quarantined, n.stale, 0, n.void, 0)
		}
	}
}

// sum is a row of the kept tallies.
type sum struct{ want, pass, against, carried, unverified, quarantined, stale, void int }

func (s *sum) add(v *paper) {
	switch v.status {
	case shaping.Unverified:
		s.unverified++
	case shaping.Quarantined:
		s.quarantined++
	case shaping.StaleVersion:
		s.stale++
	case shaping.VoidTies:
		s.void++
	default:
		switch v.choice {
		case 1:
			s.want++
		case 0:
			s.pass++
		default:
			s.against++
		}
		if v.carried {
			s.carried++
		}
	}
}
