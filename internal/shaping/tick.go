package shaping

import (
	"context"
	"errors"
	"fmt"
	"time"

	"caravan/internal/db"
	"caravan/internal/wording"
)

// tickBatch is how many packages are looked for at a time.
const tickBatch = 200

// Tick does everything whose time has come, package by package, each in a
// transaction of its own under the package's lock: whatever ends half way leaves
// nothing behind, and two nodes that tick at once do each step once. A package
// that fails does not keep the others from going on; its error is returned.
func (s *Service) Tick(ctx context.Context) error {
	var failed []error
	for _, list := range []func(*db.Tx, int64, int) ([]int64, error){listDue, listCounters, listPartly, listPromised} {
		for after := int64(0); ; {
			ids, err := list(s.db.Read(ctx), after, tickBatch)
			if err != nil {
				return errors.Join(append(failed, err)...)
			}
			for _, id := range ids {
				if err := s.tick(ctx, id); err != nil {
					failed = append(failed, fmt.Errorf("shaping: tick package %d: %w", id, err))
				}
			}
			if len(ids) < tickBatch {
				break
			}
			after = ids[len(ids)-1]
		}
	}
	return errors.Join(failed...)
}

// tickSteps bounds how many steps a package takes at once: after a long stop of
// the site each phase still gets its days.
const tickSteps = 4

// tick takes one package as far as its clock says. Packages that were committed
// to are looked at before they are locked: mostly nothing happened to them.
func (s *Service) tick(ctx context.Context, id int64) error {
	for range tickSteps {
		if idle, err := s.idle(ctx, id); err != nil || idle {
			return err
		}
		moved := false
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			p, err := lock(tx, id)
			if err != nil {
				return err
			}
			was := p.State
			if moved, err = s.advance(tx, &p); err != nil || !moved {
				return err
			}
			moved = p.State != was
			return savePackage(tx, &p)
		})
		if err != nil || !moved {
			return err
		}
	}
	return nil
}

// idle reports whether a package was committed to and has nothing to do now.
func (s *Service) idle(ctx context.Context, id int64) (bool, error) {
	q := s.db.Read(ctx)
	p, err := loadByID(q, id)
	if err != nil {
		return false, err
	}
	switch p.State {
	case Committed, Exhausted, Reporting, Ended, Breached, Suspended:
		x, err := promisedOf(q, p)
		return x.next == "" && !x.spent, err
	}
	return false, nil
}

// advance does the one thing that the clock does next to a package that tx has
// locked, and reports whether there was any. The caller saves the package.
func (s *Service) advance(tx *db.Tx, p *Package) (bool, error) {
	lapsed, err := s.lapsePartly(tx, *p)
	if err != nil {
		return false, err
	}
	moved, err := s.advancePhase(tx, p)
	return moved || lapsed, err
}

// lapsePartly closes wishes that came true in part and whose authors did not come
// back in time: to say nothing is to be content. It reports whether there were
// any.
func (s *Service) lapsePartly(tx *db.Tx, p Package) (bool, error) {
	all, err := partlyOver(tx, p.ID)
	if err != nil || p.State == Suspended {
		return false, err
	}
	for _, w := range all {
		if w.State, err = NextWish(w.State, Lapse, []Party{Machine}, wishFacts(tx, p, w)); err != nil {
			return false, err
		}
		if err := s.settle(tx, p, w); err != nil {
			return false, err
		}
	}
	return len(all) > 0, nil
}

// advancePhase takes the next step of a package itself.
func (s *Service) advancePhase(tx *db.Tx, p *Package) (bool, error) {
	over := p.EndsAt != nil && !tx.Now.Before(*p.EndsAt)
	switch p.State {
	case Call:
		return s.advanceCall(tx, p, over)
	case Shaping:
		if over {
			return true, s.endRound(tx, p)
		}
		return s.advanceCounters(tx, p)
	case Answering:
		if over {
			return true, s.endAnswers(tx, p, EndAnswers, byClock)
		}
		return s.advanceCounters(tx, p)
	case FinalVote:
		if over {
			return true, s.endFinal(tx, p)
		}
	case AwaitingCommitment:
		if over {
			if err := s.step(tx, p, Expire, byClock, Facts{}, ""); err != nil {
				return false, err
			}
			return true, s.tellStep(tx, *p, Expire)
		}
	default:
		return s.advancePromises(tx, p)
	}
	return false, nil
}

// advanceCall ends a call whose time is over, or its round.
func (s *Service) advanceCall(tx *db.Tx, p *Package, over bool) (bool, error) {
	if p.ExpiresAt == nil || tx.Now.Before(*p.ExpiresAt) {
		if over {
			return true, s.endCallRound(tx, p)
		}
		return false, nil
	}
	n, err := countAdopters(tx, p.ID)
	if err != nil {
		return false, err
	}
	e := Expire
	if n > 0 {
		e = End
	}
	if err := s.step(tx, p, e, byClock, Facts{Adopters: n}, ""); err != nil {
		return false, err
	}
	if err := s.closeWishes(tx, *p); err != nil {
		return false, err
	}
	return true, s.tellStep(tx, *p, e)
}

// advanceCounters ends votes on counter-offers whose days are over.
func (s *Service) advanceCounters(tx *db.Tx, p *Package) (bool, error) {
	d, err := s.deskOf(tx, *p)
	if err != nil || d.counterVotes() == 0 {
		return false, err
	}
	before := d.counterVotes()
	if d, err = s.decideCounters(tx, d, false); err != nil {
		return false, err
	}
	return d.counterVotes() < before, nil
}

// endFinal ends a final vote: with a quorum it is the provider's turn to commit,
// without one there is another round, if there may be.
func (s *Service) endFinal(tx *db.Tx, p *Package) error {
	start := p.begins(tx.Now)
	sums, err := tallies(tx, p.ID)
	if err != nil {
		return err
	}
	if err := s.step(tx, p, EndFinal, byClock, Facts{Counted: Sum(sums[OnPackage][p.ID]).All()}, ""); err != nil {
		return err
	}
	if err := s.tellStep(tx, *p, EndFinal); err != nil {
		return err
	}
	switch p.State {
	case AwaitingCommitment:
		people, err := listStaff(tx, *p.OrganisationID)
		if err != nil {
			return err
		}
		if err := s.tell(tx, people, "package_commit_due", *p); err != nil {
			return err
		}
		return p.phase(start, CommitDays)
	case Shaping:
		p.Round++
		return p.phase(start, p.RoundDays)
	}
	return nil
}

// restDays is how long a package that is over is seen as it ended before it is
// archived, when there is nothing to wait for.
const restDays = 30

// promised is what the clock finds at a package that was committed to.
type promised struct {
	facts Facts
	held  *Commitment // that stands
	next  Event       // empty: nothing is to be done
	spent bool        // the commitment's last day has passed while verdicts come in
}

// promisedOf looks at what patients say and at the last day of a commitment. A
// call has no promises: it stays as it ended.
func promisedOf(q *db.Tx, p Package) (x promised, err error) {
	if p.Proposer == ByPatients {
		return x, nil
	}
	treated, toJudge, places, missed, err := factsOf(q, p)
	if err != nil {
		return x, err
	}
	x.facts = Facts{Treated: treated, ToJudge: toJudge, PlacesLeft: places, NotDelivered: missed}
	if x.held, err = standing(q, p.ID); err != nil {
		return x, err
	}
	over := p.EndsAt != nil && !q.Now.Before(*p.EndsAt)
	rested := p.ClosedAt == nil || q.Now.Sub(*p.ClosedAt) >= restDays*24*time.Hour
	for _, c := range []struct {
		e    Event
		when bool
	}{
		{Suspend, x.held != nil},
		{Resume, p.HeldByRule},
		{End, over},
		{Report, true},
		{Fill, x.held != nil},
		{Archive, x.held == nil && rested},
	} {
		if c.when && p.can(q.Now, c.e, x.facts) {
			x.next = c.e
			return x, nil
		}
	}
	x.spent = over && x.held != nil && p.State == Reporting
	return x, nil
}

// advancePromises moves a package that was committed to.
func (s *Service) advancePromises(tx *db.Tx, p *Package) (bool, error) {
	x, err := promisedOf(tx, *p)
	if err != nil {
		return false, err
	}
	switch x.next {
	case "":
		if x.spent { // no new patients; verdicts go on
			p.EndsAt = nil
			return true, endCommitment(tx, *p, *x.held, CommitmentEnded)
		}
		return false, nil
	case Suspend:
		return true, s.suspendByRule(tx, p, x.facts)
	case Resume:
		return true, s.resume(tx, p, byClock, x.facts, "")
	case End:
		if x.held != nil {
			if err := endCommitment(tx, *p, *x.held, CommitmentEnded); err != nil {
				return false, err
			}
		}
	}
	return true, s.stepOn(tx, p, x.next, x.facts)
}

// can reports whether the clock may take a package by an event now.
func (p Package) can(now time.Time, e Event, f Facts) bool {
	f.Now, f.EndsAt, f.ExpiresAt = now, ahead(p.EndsAt, now), ahead(p.ExpiresAt, now)
	f.HeldFrom, f.ByRule = p.HeldFrom, p.HeldByRule
	_, err := Next(p.State, e, byClock, f)
	return err == nil
}

func (s *Service) stepOn(tx *db.Tx, p *Package, e Event, f Facts) error {
	if err := s.step(tx, p, e, byClock, f, ""); err != nil {
		return err
	}
	return s.tellStep(tx, *p, e)
}

// suspendByRule stops new patients because of promises that were missed twice.
func (s *Service) suspendByRule(tx *db.Tx, p *Package, f Facts) error {
	missed, err := missedOf(tx, p.ID)
	if err != nil {
		return err
	}
	name := ""
	if len(missed) > 0 {
		name = missed[0].Item.Spec().Name(p.Lang)
	}
	from := p.State
	if err := s.step(tx, p, Suspend, byClock, f, wording.Text(p.Lang, "shaping.why_not_delivered", "item", name)); err != nil {
		return err
	}
	p.HeldFrom, p.HeldByRule = from, true
	if err := holdCommitment(tx, *p, CommitmentActive, CommitmentSuspended); err != nil {
		return err
	}
	return s.tellStep(tx, *p, Suspend)
}

// resume lets a suspended package go on where it stood. A phase that was stopped
// gets the days that it lost.
func (s *Service) resume(tx *db.Tx, p *Package, roles []Role, f Facts, why string) error {
	if err := s.step(tx, p, Resume, roles, f, why); err != nil {
		return err
	}
	p.HeldFrom, p.HeldByRule = "", false
	if err := holdCommitment(tx, *p, CommitmentSuspended, CommitmentActive); err != nil {
		return err
	}
	if err := s.giveBack(tx, p); err != nil {
		return err
	}
	return s.tellStep(tx, *p, Resume)
}

// giveBack moves the ends of what was stopped by the days it was, rounded up.
// The last day of a commitment stays: it was signed.
func (s *Service) giveBack(tx *db.Tx, p *Package) error {
	switch p.State {
	case Committed, Exhausted, Reporting:
		return nil
	}
	all, err := taken(tx, p.ID)
	if err != nil {
		return err
	}
	zone, err := Zone(p.Zone)
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Event != Suspend {
			continue
		}
		days := int((tx.Now.Sub(all[i].At) + 24*time.Hour - 1) / (24 * time.Hour))
		p.EndsAt, p.ExpiresAt = later(p.EndsAt, days, zone), later(p.ExpiresAt, days, zone)
		return nil
	}
	return nil
}

// later is a moment some days later by the clock on the wall.
func later(at *time.Time, days int, zone *time.Location) *time.Time {
	if at == nil {
		return nil
	}
	moved := at.In(zone).AddDate(0, 0, days).UTC()
	return &moved
}
