package demo

import (
	"fmt"
	"slices"
	"time"

	"caravan/internal/experience"
	"caravan/internal/shaping"
)

// trip is a patient's under a commitment, known before anything is told: what
// patients say of promises counts only where they told of the treatment as well.
type trip struct {
	by      *member
	days    int  // since the discharge
	episode bool // it is told by hand
}

// reach is how many patients a kind of promise could be judged by so far.
func (o *offer) reach(kinds ...shaping.Verify) (n int) {
	for _, v := range o.Verdicts {
		if slices.Contains(kinds, o.item(v.Key).Verify) {
			n = max(n, o.Commitment.Taken-v.TooEarly)
		}
	}
	return n
}

// gone is how many days ago each patient was discharged, the first to be treated
// first: so that what was judged after a year lies a year back.
func (o *offer) gone() (days []int) {
	year, half, month, now := o.reach(shaping.At365Days), o.reach(shaping.At180Days), o.reach(shaping.At30Days), o.reach(shaping.AtDischarge, shaping.ByDocument)
	half, month, now = max(half, year), max(month, half, year), max(now, month, half, year)
	signed := int(time.Duration(o.Commitment.Age)/day) - 9
	youngest := 367
	if o.Commitment.Valid < 0 { // nobody was treated after its last day
		youngest = max(youngest, -int(time.Duration(o.Commitment.Valid)/day))
	}
	spread := func(i, from, to, oldest, youngest int) int {
		return oldest - (oldest-youngest)*(i-from)/max(1, to-from)
	}
	for i := range now {
		switch {
		case i < year:
			days = append(days, spread(i, 0, year, signed, youngest))
		case i < half:
			days = append(days, spread(i, year, half, min(363, signed), 183))
		case i < month:
			days = append(days, spread(i, half, month, min(178, signed), 33))
		default:
			days = append(days, spread(i, month, now, min(28, signed), 3))
		}
	}
	return days
}

// trips are the patients of packages by hand whose treatment has been, by
// package and in the order of their discharge: those who are named, and voices
// who have not travelled yet.
func (c *content) trips(w *crowd, now time.Time) (map[string][]trip, error) {
	all := map[string][]trip{}
	var free []*member
	for _, m := range w.voices {
		if m.Vouched && m.Stands != "companion" && !slices.Contains(w.found, m) {
			free = append(free, m)
		}
	}
	for i := range c.Offers {
		o := &c.Offers[i]
		if o.Commitment == nil {
			continue
		}
		some := make([]trip, 0, o.Commitment.Taken)
		for _, days := range o.gone() {
			some = append(some, trip{days: days})
		}
		for _, key := range o.Commitment.Patients {
			if err := c.place(some, o, w.byKey[key], now); err != nil {
				return nil, err
			}
		}
		for i := range some {
			if some[i].by != nil {
				continue
			}
			if len(free) == 0 {
				return nil, fmt.Errorf("demo: %s: too few people to have taken it", o.Slug)
			}
			some[i].by, free = free[0], free[1:]
			some[i].by.Stands = "treated"
		}
		all[o.Slug] = some
	}
	return all, nil
}

// place puts somebody who told of it by hand where the days of that fit.
func (c *content) place(some []trip, o *offer, m *member, now time.Time) error {
	i := slices.IndexFunc(c.Episodes, func(e episode) bool { return m != nil && e.Author == m.Key && e.Clinic == o.Organisation })
	if i < 0 {
		return fmt.Errorf("demo: %s: a patient who told of no treatment there", o.Slug)
	}
	treated, err := monthsBack(now, c.Episodes[i].Treated)
	if err != nil {
		return err
	}
	told, best := int(midnight(now).Sub(treated)/day)-1, -1
	for k, t := range some {
		if t.by == nil && season(t.days) == season(told) && (best < 0 || abs(t.days-told) < abs(some[best].days-told)) {
			best = k
		}
	}
	if best < 0 {
		return fmt.Errorf("demo: %s: nobody can have been treated %d days ago", o.Slug, told)
	}
	some[best] = trip{by: m, days: told, episode: true}
	return nil
}

// season is what can be judged after so many days.
func season(days int) int {
	switch {
	case days >= 365:
		return 3
	case days >= 180:
		return 2
	case days >= 30:
		return 1
	}
	return 0
}

func abs(n int) int { return max(n, -n) }

// errands are what these patients tell.
func (t *teller) tripErrands() (out []errand) {
	for i := range t.c.Offers {
		o := &t.c.Offers[i]
		for _, p := range t.trips[o.Slug] {
			if !p.episode {
				out = append(out, errand{clinic: t.clinics[o.Organisation], code: o.Procedure, by: p.by, from: p.days + 1, witness: true, state: experience.Published})
			}
		}
	}
	return out
}
