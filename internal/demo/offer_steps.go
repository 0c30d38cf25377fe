package demo

import (
	"time"

	"caravan/internal/shaping"
)

const day = 24 * time.Hour

// step is one that a package took.
type step struct {
	event    shaping.Event
	from, to shaping.State
	round    int
	why      string
	at       time.Time
}

// open is until when people could vote and wish in the round that a version
// opened.
func (x *hearing) open(n int) time.Time {
	at := x.ago(x.Versions[n].Age)
	end := x.h.now.Add(-time.Minute)
	sooner := func(t time.Time) {
		if t.Before(end) {
			end = t
		}
	}
	if x.Closed > 0 {
		sooner(x.ago(x.Closed))
	}
	if x.Proposer != string(shaping.ByPatients) {
		sooner(at.Add(time.Duration(x.RoundDays) * day))
	}
	if n+1 < len(x.Versions) {
		sooner(x.ago(x.Versions[n+1].Age))
	}
	return end
}

// final is until when the final vote on the newest version ran.
func (x *hearing) final() time.Time {
	end := x.ago(x.Versions[len(x.Versions)-1].Age).Add(shaping.FinalDays * day)
	if limit := x.h.now.Add(-time.Minute); limit.Before(end) {
		return limit
	}
	return end
}

// clock is when the running phase ends, and a call.
func (x *hearing) clock() (ends, expires *time.Time) {
	if x.Ends > 0 {
		at := shaping.PhaseEnd(x.h.now.Add(time.Duration(x.Ends)-day), 1, x.zone)
		ends = &at
	}
	switch k := x.Commitment; {
	case k == nil:
	case x.State == string(shaping.Committed), x.State == string(shaping.Exhausted):
		at := shaping.PhaseEnd(x.h.now.Add(time.Duration(k.Valid)-day), 1, x.zone)
		ends = &at
	}
	if x.Proposer == string(shaping.ByPatients) && x.Published > 0 {
		at := shaping.PhaseEnd(x.ago(x.Published), shaping.CallDays, x.zone)
		expires = &at
	}
	return ends, expires
}

// walk collects the steps of a package.
type walk struct {
	is    shaping.State
	round int
	steps []step
}

func (w *walk) take(e shaping.Event, to shaping.State, at time.Time, why string) {
	w.steps = append(w.steps, step{e, w.is, to, w.round, why, at})
	w.is = to
}

// steps are those that led to where the package stands.
func (x *hearing) steps() []step {
	if x.State == string(shaping.Draft) {
		return nil
	}
	w := &walk{is: shaping.Draft, round: 1}
	if x.Proposer == string(shaping.ByPatients) {
		x.called(w)
	} else {
		x.shaped(w)
	}
	x.promised(w)
	x.ended(w)
	return w.steps
}

func (x *hearing) called(w *walk) {
	w.take(shaping.Publish, shaping.Call, x.ago(x.Published), "")
	for _, v := range x.Versions[1:] {
		w.round = v.Round + 1
		w.take(shaping.EndRound, shaping.Call, x.ago(v.Age), "")
	}
}

// shaped are the rounds, up to the end of the final vote.
func (x *hearing) shaped(w *walk) {
	w.take(shaping.Publish, shaping.Shaping, x.ago(x.Published), "")
	for n, v := range x.Versions[1:] {
		w.take(shaping.EndRound, shaping.Answering, x.open(n), "")
		if last := n == len(x.Versions)-2; last && x.Support.Final {
			w.take(shaping.EndAnswers, shaping.FinalVote, x.ago(v.Age), "")
			continue
		}
		w.round = v.Round + 1
		w.take(shaping.EndAnswers, shaping.Shaping, x.ago(v.Age), "")
	}
	if x.State == string(shaping.Answering) {
		w.take(shaping.EndRound, shaping.Answering, x.open(len(x.Versions)-1), "")
	}
	if w.is == shaping.FinalVote && !x.Support.Running {
		w.take(shaping.EndFinal, shaping.AwaitingCommitment, x.final(), "")
	}
}

// promised are the steps from the signature on.
func (x *hearing) promised(w *walk) {
	k := x.Commitment
	if k == nil {
		return
	}
	w.take(shaping.Commit, shaping.Committed, x.ago(k.Age), "")
	if d := x.firstDischarge(); !d.IsZero() {
		w.take(shaping.Report, shaping.Reporting, d.Add(20*time.Hour), "")
	}
}

// ended is the last step of what does not run any more, or stands still.
func (x *hearing) ended(w *walk) {
	to, at := shaping.State(x.State), x.ago(max(x.Closed, 0))
	switch to {
	case w.is:
	case shaping.Withdrawn:
		w.take(shaping.Withdraw, to, at, x.Why)
	case shaping.Declined:
		w.take(shaping.Decline, to, at, x.Why)
	case shaping.Expired:
		w.take(shaping.Expire, to, at, "")
	case shaping.Ended:
		w.take(shaping.End, to, at, "")
	case shaping.Exhausted:
		w.take(shaping.Fill, to, x.lastEnrolment().Add(time.Minute), "")
	case shaping.Archived:
		w.take(shaping.Archive, to, at, "")
	case shaping.Breached:
		w.take(shaping.Breach, to, at, x.Why)
	case shaping.Suspended:
		w.take(shaping.Suspend, to, x.ago(x.Held.Age), x.Why)
	case shaping.Superseded:
		w.take(shaping.Expire, shaping.Expired, x.final().Add(shaping.CommitDays*day), "")
		w.take(shaping.Supersede, to, at, "")
	}
}
