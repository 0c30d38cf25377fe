package shaping

import (
	"fmt"
	"slices"
	"strings"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/search"
	"caravan/internal/wording"
)

// DueWords say why an amendment must be answered.
var DueWords = []string{"supported", "best", "treated"}

func (d Due) words() string {
	var out []string
	for i, is := range []bool{d.Supported, d.Best, d.Known} {
		if is {
			out = append(out, DueWords[i])
		}
	}
	return strings.Join(out, " ")
}

// weigh puts the votes beside the amendments that pick allows.
func (s *Service) weigh(q *db.Tx, p Package, all []Amendment, sums map[Subject]map[int64]map[Stratum]Tally, pick func(Amendment) bool) (out []Weighed, err error) {
	mean, err := wishMean(q, p.ProcedureID)
	if err != nil {
		return nil, err
	}
	var authors []int64
	for _, w := range all {
		authors = append(authors, w.AuthorPersonID)
	}
	treated, err := s.treatedAmong(q, authors, p.ProcedureID)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		if !pick(w) {
			continue
		}
		strata := sums[OnAmendment][w.ID]
		out = append(out, Weighed{AmendmentID: w.ID, Tally: Sum(strata), Mean: mean, CreatedAt: w.CreatedAt,
			AuthorTreated: treated[w.AuthorPersonID], TreatedWants: strata[WasTreated].Want})
	}
	return out, nil
}

// treatedAmong asks which people have a verified experience of a procedure.
func (s *Service) treatedAmong(q *db.Tx, persons []int64, procedureID int64) (map[int64]bool, error) {
	if s.experiences == nil || len(persons) == 0 {
		return nil, nil
	}
	return s.experiences.Treated(q, persons, procedureID)
}

// waits reports whether an amendment still has no answer.
func waits(w Amendment) bool { return w.State.Live() }

// endRound freezes the votes of a round and fixes what must be answered. Answers
// that were given before stand.
func (s *Service) endRound(tx *db.Tx, p *Package) error {
	start := p.begins(tx.Now)
	if err := s.step(tx, p, EndRound, byClock, Facts{}, ""); err != nil {
		return err
	}
	if err := p.phase(start, AnsweringDays); err != nil {
		return err
	}
	all, err := wishes(tx, p.ID)
	if err != nil {
		return err
	}
	sums, err := tallies(tx, p.ID)
	if err != nil {
		return err
	}
	open, err := s.weigh(tx, *p, all, sums, func(w Amendment) bool { return waits(w) || w.DueRound == 0 && w.Round == p.Round && answeredEarly(w) })
	if err != nil {
		return err
	}
	due := map[int64]Due{}
	for _, d := range DueSet(open) {
		due[d.AmendmentID] = d
	}
	for _, w := range all {
		if d, is := due[w.ID]; is {
			w.DueRound, w.DueWhy = p.Round, d.words()
			if err := saveWish(tx, w); err != nil {
				return err
			}
		}
	}
	people, err := listStaff(tx, *p.OrganisationID)
	if err != nil {
		return err
	}
	return s.tell(tx, people, "package_round", *p)
}

// answeredEarly are the states of amendments that were answered while their round
// still ran: they were as much of a duty.
func answeredEarly(w Amendment) bool {
	return w.State.Granted() || w.State == Rejected || w.State == ClinicallyBarred
}

// dueOpen counts the due amendments of a package's round without an answer, and
// counterVotes its counter-offers whose vote still runs.
func (d desk) dueOpen() (n int) {
	for _, w := range d.wishes {
		if w.DueRound == d.p.Round && w.State == Open {
			n++
		}
	}
	return n
}

func (d desk) counterVotes() (n int) {
	for _, w := range d.wishes {
		if w.State == Answered && d.countered()[w.ID] {
			n++
		}
	}
	return n
}

// endAnswers makes the next version out of what was accepted, and begins the next
// round or the final vote: at the end of the time for answers, or when the
// provider asks for the final vote. Amendments that still wait are held against
// the new version, and so are votes and interests.
func (s *Service) endAnswers(tx *db.Tx, p *Package, e Event, roles []Role) error {
	start := p.begins(tx.Now)
	d, err := s.deskOf(tx, *p)
	if err != nil {
		return err
	}
	f := Facts{DueOpen: d.dueOpen(), CounterVotes: d.counterVotes()}
	if e == AskFinal { // before anything is made
		if _, err := Next(p.State, e, roles, f); err != nil {
			return err
		}
	}
	if d, err = s.decideCounters(tx, d, true); err != nil {
		return err
	}
	was := *p.NewestVersionID
	left, err := s.renew(tx, p, d)
	if err != nil {
		return err
	}
	f.OpenAmendments = len(left)
	if err := s.step(tx, p, e, roles, f, ""); err != nil {
		return err
	}
	p.OwnChanges = []OwnChange{}
	if p.State == FinalVote {
		if err := s.closeWishes(tx, *p); err != nil {
			return err
		}
		if err := s.tellAll(tx, *p, "package_final"); err != nil {
			return err
		}
		return p.phase(start, FinalDays)
	}
	if *p.NewestVersionID != was {
		if err := s.tellAll(tx, *p, "package_version"); err != nil {
			return err
		}
	}
	p.Round++
	return p.phase(start, p.RoundDays)
}

// tellAll puts the one notice of a round's end before everybody who takes part.
func (s *Service) tellAll(tx *db.Tx, p Package, kind string) error {
	people, err := listAudience(tx, p)
	if err != nil {
		return err
	}
	return s.tell(tx, people, kind, p)
}

// renew makes the next version, if anything changed, and carries what waits over
// to it. It returns the amendments that are open then.
func (s *Service) renew(tx *db.Tx, p *Package, d desk) (left []Amendment, err error) {
	next, changes, err := d.merge()
	if err != nil {
		return nil, err
	}
	newID := *p.NewestVersionID
	if len(changes) > 0 {
		v, err := s.putVersion(tx, p, next)
		if err != nil {
			return nil, err
		}
		newID = v.ID
		if d.wishes, err = s.markMerged(tx, *p, d.wishes, next); err != nil {
			return nil, err
		}
	}
	if left, err = s.carryWishes(tx, *p, d, next, newID); err != nil || len(changes) == 0 {
		return left, err
	}
	if err := CarryVotes(tx, *p, changes, newID); err != nil {
		return nil, err
	}
	price, _ := next.Price()
	if err := CarryInterests(tx, *p, changes, price, newID); err != nil {
		return nil, err
	}
	return left, nil
}

// merge lays what was granted over the newest version, then what the provider
// changes by itself, and what all that was granted costs. Own changes that no
// longer fit are left out: nobody waits for them.
func (d desk) merge() (Content, []Change, error) {
	own := slices.Clone(d.p.OwnChanges)
	price, moved := d.priceMove(own)
	if moved {
		own = append(own, price)
	}
	next, changes, err := Merge(d.base, *d.p.NewestVersionID, d.wishes, own)
	if err != nil && len(d.p.OwnChanges) > 0 {
		own = nil
		if price, moved := d.priceMove(nil); moved {
			own = []OwnChange{price}
		}
		next, changes, err = Merge(d.base, *d.p.NewestVersionID, d.wishes, own)
	}
	return next, changes, err
}

// priceMove is what the answers to granted amendments add to the price. Where
// the price itself is a granted wish, or changed by the provider, that stands.
func (d desk) priceMove(own []OwnChange) (OwnChange, bool) {
	price, ok := d.base.Find(PriceKey)
	sum := int64(0)
	for _, w := range d.wishes {
		if !w.State.Granted() {
			continue
		}
		if w.ItemKey == PriceKey {
			return OwnChange{}, false
		}
		if r, _ := d.last(w.ID); r.PriceDeltaMinor != nil {
			sum += *r.PriceDeltaMinor
		}
	}
	if !ok || sum == 0 || price.Value.Number+sum < 0 || slices.ContainsFunc(own, func(o OwnChange) bool { return o.Key == PriceKey }) {
		return OwnChange{}, false
	}
	v := price.Value
	v.Number += sum
	return OwnChange{Key: PriceKey, Value: v, Reason: wording.Text(d.p.Lang, "shaping.price_moved")}, true
}

// putVersion stores the next version and makes it the newest.
func (s *Service) putVersion(tx *db.Tx, p *Package, next Content) (v Version, err error) {
	was, err := versionByID(tx, *p.NewestVersionID)
	if err != nil {
		return v, err
	}
	v = Version{PackageID: p.ID, Number: was.Number + 1, ParentID: &was.ID, Round: p.Round,
		Reason: wording.Text(p.Lang, "shaping.version_round", "round", p.Round), PublishedAt: tx.Now}
	if err := insertVersion(tx, &v, next); err != nil {
		return v, err
	}
	p.NewestVersionID = &v.ID
	if err := logVersion(tx, *p, v, next, fmt.Sprintf("round %d", p.Round)); err != nil {
		return v, err
	}
	live.Append(tx, channel(p.ID), live.Event{Type: "version.new", Ref: v.ID, Ver: v.Number})
	return v, search.Put(tx, searchKind, p.ID)
}

// markMerged moves what was granted on: it is part of the package now.
func (s *Service) markMerged(tx *db.Tx, p Package, all []Amendment, next Content) ([]Amendment, error) {
	out := slices.Clone(all)
	for i := range out {
		w := &out[i]
		if !w.State.Granted() {
			continue
		}
		var err error
		if w.State, err = NextWish(w.State, MergeWish, []Party{Machine}, WishFacts{}); err != nil {
			return nil, err
		}
		if j := slices.IndexFunc(next, func(l Line) bool { return l.Item.Key == w.ItemKey }); j >= 0 && w.ItemID == nil {
			w.ItemID = &next[j].Item.ID
		}
		if err := s.settle(tx, p, *w); err != nil {
			return nil, err
		}
		if err := s.tell(tx, []int64{w.AuthorAccountID}, "package_wish_true", p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// carryWishes holds every amendment that waits against the newest version, which
// may be the one it knows. It returns those that are open.
func (s *Service) carryWishes(tx *db.Tx, p Package, d desk, next Content, newID int64) (open []Amendment, err error) {
	bases, err := contents(tx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range d.wishes {
		if !w.State.Live() && w.State != NeedsRebase {
			continue
		}
		was := w.State
		moved, o := Rebase(w, bases[w.BaseVersionID], next, newID)
		if o == Unconcerned { // no new version
			if moved, err = waited(moved, w); err != nil {
				return nil, err
			}
		}
		if err := s.carried(tx, p, was, moved); err != nil {
			return nil, err
		}
		if moved.State == Open {
			open = append(open, moved)
		}
	}
	return open, nil
}

// waited is what becomes of an amendment at the end of a round without a new
// version.
func waited(moved, w Amendment) (_ Amendment, err error) {
	e := NextRound
	if w.State == NeedsRebase {
		e = Lapse
	}
	moved.State, err = NextWish(w.State, e, []Party{Machine}, WishFacts{RoundOver: true, Partly: w.Partly, Graced: true})
	return moved, err
}

// carried keeps what a new version made of an amendment, and tells its people.
func (s *Service) carried(tx *db.Tx, p Package, was AmendmentState, w Amendment) error {
	changed := w.ChangedAt
	if w.State != was {
		changed = tx.Now
	}
	w.ChangedAt = changed
	if err := saveWish(tx, w); err != nil {
		return err
	}
	if w.State == was {
		return nil
	}
	if w.State == NeedsRebase {
		if err := DropVotes(tx, w.ID); err != nil {
			return err
		}
	}
	live.Append(tx, channel(p.ID), live.Event{Type: "wish.moved", Ref: w.ID, Data: wishNews{w.ID, w.ItemKey, w.State}})
	switch w.State {
	case Achieved:
		people, err := listWishers(tx, w)
		if err != nil {
			return err
		}
		return s.tell(tx, people, "package_wish_true", p)
	case NeedsRebase:
		return s.tell(tx, []int64{w.AuthorAccountID}, "package_wish_moved", p)
	}
	return nil
}

// decideCounters ends the votes on counter-offers whose time is over, or all of
// them. One that would no longer make a whole version is not taken.
func (s *Service) decideCounters(tx *db.Tx, d desk, all bool) (desk, error) {
	sums, err := tallies(tx, d.p.ID)
	if err != nil {
		return d, err
	}
	ended := map[int64]bool{}
	for _, w := range slices.Clone(d.wishes) {
		r, _ := d.last(w.ID)
		if w.State != Answered || r.Answer != Counter {
			continue
		}
		end, err := CounterEnds(d.p, r)
		if err != nil {
			return d, err
		}
		if !all && tx.Now.Before(end) {
			continue
		}
		t := Sum(sums[OnCounter][w.ID])
		f := WishFacts{Countered: true, Agreed: CounterTaken(t.Want, t.Against)}
		taken := w
		taken.State, taken.SettledValue = AcceptedModified, r.CounterValue
		f.Agreed = f.Agreed && d.with(taken).fits() == nil
		e := DropCounter
		if f.Agreed {
			e, w.SettledValue = TakeCounter, r.CounterValue
		}
		if w.State, err = NextWish(w.State, e, []Party{Machine}, f); err != nil {
			return d, err
		}
		if err := s.settle(tx, d.p, w); err != nil {
			return d, err
		}
		d, ended[w.ID] = d.with(w), true
	}
	return d, freezeCounters(tx, d.p, ended)
}

// closeWishes ends all amendments that wait: amendments are over.
func (s *Service) closeWishes(tx *db.Tx, p Package) error {
	all, err := wishes(tx, p.ID)
	if err != nil {
		return err
	}
	for _, w := range all {
		to, err := NextWish(w.State, CloseWish, []Party{Machine}, WishFacts{})
		if err != nil {
			continue // decided before
		}
		w.State = to
		if err := s.settle(tx, p, w); err != nil {
			return err
		}
	}
	return nil
}
