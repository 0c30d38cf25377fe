package demo

import (
	"fmt"
	"time"

	"caravan/internal/leaf"
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
	x.committed(leaf.Committed{Package: x.Slug, Clinic: x.Organisation, Version: k.Version, SHA256: [32]byte(x.contents[n].Hash()), State: string(shaping.CommitmentActive), Capacity: k.Capacity,
		ValidUntil: valid, PriceLocked: locked, Signer: by.Handle, SignerTitle: k.Title, Day: x.ago(k.Age)}, k.State)
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

// enrol writes the patients: those whose treatment has been, then those who had
// said that they are ready, then others.
func (x *hearing) enrol() error {
	k := x.Commitment
	signed := x.ago(k.Age)
	who := []*member{}
	used := map[int64]bool{}
	for _, t := range x.h.trips[x.Slug] {
		who, used[t.by.ID] = append(who, t.by), true
	}
	for _, m := range x.takers {
		if len(who) < k.Taken && !used[m.ID] && !x.told(m) {
			who, used[m.ID] = append(who, m), true
		}
	}
	for _, m := range x.h.members { // what they told of there would make them treated
		used[m.ID] = used[m.ID] || x.told(m)
	}
	more, err := x.poll.draw(k.Taken-len(who), 0, 0, signed, signed, used)
	if err != nil {
		return fmt.Errorf("patients: %w", err)
	}
	for i, m := range append(who, more...) {
		x.travel(i, m, signed)
	}
	return nil
}

// told reports whether somebody told of such a treatment there.
func (x *hearing) told(m *member) bool {
	return x.h.tales[visitOf{m.ID, x.h.places.organisations[x.Organisation].id, x.poll.procedure}] != nil
}

// travel writes the journey of patient i.
func (x *hearing) travel(i int, m *member, signed time.Time) {
	j := journey{by: m, enrolled: signed.Add(time.Duration(20+37*i) * time.Hour)}
	stage, proven := "enrolled", false
	var discharged *time.Time
	if t := x.h.trips[x.Slug]; i < len(t) {
		j.discharged = midnight(x.h.now).AddDate(0, 0, -t[i].days)
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
