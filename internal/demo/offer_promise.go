package demo

import (
	"fmt"
	"slices"
	"time"

	"caravan/internal/shaping"
)

// journey is a patient under a committed version.
type journey struct {
	id         int64
	by         *member
	enrolled   time.Time
	discharged time.Time // a day; zero: not treated yet
}

// promise writes the signature and what came of it.
func (x *hearing) promise() error {
	for _, s := range x.Signatories {
		if err := x.mayBind(s.By, s.Title, s.Age); err != nil {
			return err
		}
	}
	k := x.Commitment
	if k == nil {
		return nil
	}
	if err := x.mayBind(k.By, k.Title, k.Age+age(20*day)); err != nil {
		return err
	}
	by, err := x.who(k.By)
	if err != nil {
		return err
	}
	x.h.commitmentID++
	remedies := map[string]string{}
	for _, r := range k.Remedies {
		remedies[r.Key] = r.Text
	}
	var ended *time.Time
	valid, locked := midnight(x.h.now.Add(time.Duration(k.Valid))), midnight(x.h.now.Add(time.Duration(k.PriceLocked)))
	if k.State != shaping.CommitmentActive && k.State != shaping.CommitmentSuspended {
		at := valid.Add(16 * time.Hour)
		if x.Closed > 0 {
			at = x.ago(x.Closed)
		}
		ended = &at
	}
	n := k.Version - 1
	x.h.commitments.add(x.h.commitmentID, x.id, x.versionIDs[n], x.contents[n].Hash(), x.h.places.organisations[x.Organisation].id, by.ID, by.Handle, k.Title, x.ago(k.Age),
		k.Capacity, valid, locked, toJSON(remedies), string(k.State), ended)
	if err := x.enrol(); err != nil {
		return err
	}
	return x.judge()
}

// mayBind names somebody who may sign for the provider, once.
func (x *hearing) mayBind(key, title string, since age) error {
	m, err := x.who(key)
	if err != nil {
		return err
	}
	at := x.h.places.organisations[x.Organisation]
	if s := (signatory{at.id, m.ID}); !x.h.named[s] {
		x.h.named[s] = true
		x.h.signatoryID++
		x.h.signatories.add(x.h.signatoryID, at.id, m.ID, m.Handle, title, x.namer(m).ID, x.ago(since), nil)
	}
	return nil
}

// namer is the colleague who named somebody: whoever is there for longest.
func (x *hearing) namer(m *member) *member {
	for _, other := range x.h.crowd.staff[x.Organisation] {
		if other != m {
			return other
		}
	}
	return m
}

// reach is how many patients a kind of promise could be judged by so far.
func (x *hearing) reach(kinds ...shaping.Verify) (n int) {
	for _, v := range x.Verdicts {
		if slices.Contains(kinds, x.item(v.Key).Verify) {
			n = max(n, x.Commitment.Taken-v.TooEarly)
		}
	}
	return n
}

// gone is how many days ago each patient was discharged, the first to be treated
// first: so that what was judged after a year lies a year back. None: not yet.
func (x *hearing) gone() (days []int) {
	year, half, month, now := x.reach(shaping.At365Days), x.reach(shaping.At180Days), x.reach(shaping.At30Days), x.reach(shaping.AtDischarge, shaping.ByDocument)
	half, month, now = max(half, year), max(month, half, year), max(now, month, half, year)
	signed := int(time.Duration(x.Commitment.Age) / day)
	spread := func(i, from, to, oldest, youngest int) int {
		return oldest - (oldest-youngest)*(i-from)/max(1, to-from)
	}
	for i := range now {
		switch {
		case i < year:
			days = append(days, spread(i, 0, year, signed-9, 367))
		case i < half:
			days = append(days, spread(i, year, half, min(363, signed-9), 183))
		case i < month:
			days = append(days, spread(i, half, month, min(178, signed-9), 33))
		default:
			days = append(days, spread(i, month, now, min(28, signed-9), 3))
		}
	}
	return days
}

func (x *hearing) firstDischarge() (first time.Time) {
	for _, j := range x.journeys {
		if !j.discharged.IsZero() && (first.IsZero() || j.discharged.Before(first)) {
			first = j.discharged
		}
	}
	return first
}

func (x *hearing) lastEnrolment() (last time.Time) {
	for _, j := range x.journeys {
		if j.enrolled.After(last) {
			last = j.enrolled
		}
	}
	return last
}

// enrol writes the patients: those who are named, those who had said that they
// are ready, others.
func (x *hearing) enrol() error {
	k := x.Commitment
	signed := x.ago(k.Age)
	who := []*member{}
	used := map[int64]bool{}
	for _, key := range k.Patients {
		m, err := x.who(key)
		if err != nil {
			return err
		}
		used[m.ID] = true
		who = append(who, m)
	}
	for _, m := range x.h.members {
		if _, told := x.taleOf(m); told && len(who) < k.Taken && !used[m.ID] && len(who) < len(x.gone()) {
			used[m.ID] = true
			who = append(who, m)
		}
	}
	for _, m := range x.takers {
		if len(who) < k.Taken && !used[m.ID] {
			used[m.ID] = true
			who = append(who, m)
		}
	}
	more, err := x.poll.draw(k.Taken-len(who), 0, 0, signed, used)
	if err != nil {
		return fmt.Errorf("patients: %w", err)
	}
	who = append(who, more...)
	days := x.gone()
	x.meetTales(who, days)
	for i, m := range who {
		x.travel(i, m, days, signed)
	}
	return nil
}

// travel writes the journey of patient i.
func (x *hearing) travel(i int, m *member, days []int, signed time.Time) {
	j := journey{by: m, enrolled: signed.Add(time.Duration(20+37*i) * time.Hour)}
	stage, proven := "enrolled", false
	var discharged *time.Time
	if i < len(days) {
		j.discharged = midnight(x.h.now).AddDate(0, 0, -days[i])
		j.enrolled = signed.Add(j.discharged.Sub(signed) / 3)
		stage, proven, discharged = "treated", true, &j.discharged
	}
	if latest := x.h.now.Add(-5 * time.Hour); j.enrolled.After(latest) {
		j.enrolled = latest.Add(-time.Duration(i) * time.Minute)
	}
	x.h.journeyID++
	j.id = x.h.journeyID
	x.h.journeys.add(j.id, x.h.uuid(), x.h.commitmentID, m.ID, m.ID, stage, proven, proven, discharged, j.enrolled)
	x.journeys = append(x.journeys, j)
}

// taleOf is what somebody told of a treatment under this commitment, and how
// many days ago they were discharged.
func (x *hearing) taleOf(m *member) (daysAgo int, ok bool) {
	t := x.h.tales[visitOf{m.ID, x.h.places.organisations[x.Organisation].id, x.poll.procedure}]
	if t == nil || t.day.Before(x.ago(x.Commitment.Age).AddDate(0, 0, 7)) {
		return 0, false
	}
	return int(midnight(x.h.now).Sub(t.day)/day) - 1, true
}

// meetTales puts those who told of it where their own days fit, as near as the
// times of judging allow.
func (x *hearing) meetTales(who []*member, days []int) {
	class := func(days int) int {
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
	placed := map[int]bool{}
	for from := range who {
		told, ok := x.taleOf(who[from])
		if !ok || placed[from] {
			continue
		}
		best := -1
		for i, d := range days {
			if !placed[i] && class(d) == class(told) && (best < 0 || abs(d-told) < abs(days[best]-told)) {
				best = i
			}
		}
		if best >= 0 {
			who[from], who[best] = who[best], who[from]
			days[best], placed[best] = told, true
		}
	}
}

func abs(n int) int { return max(n, -n) }
