package shaping

import (
	"slices"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// endCallRound merges what the supporters of a call decided by their votes. A
// call goes on until it expires; its rounds are counted to the last one.
func (s *Service) endCallRound(tx *db.Tx, p *Package) error {
	start := p.begins(tx.Now)
	d, err := s.deskOf(tx, *p)
	if err != nil {
		return err
	}
	sums, err := tallies(tx, p.ID)
	if err != nil {
		return err
	}
	open, err := s.weigh(tx, *p, d.wishes, sums, func(w Amendment) bool { return w.State == Open })
	if err != nil {
		return err
	}
	// The best first: of two that exclude each other, the better one goes in.
	slices.SortFunc(open, func(a, b Weighed) int { return Rank(a.ranked(), b.ranked()) })
	for _, o := range open {
		if d, err = s.decideByVote(tx, d, o, open); err != nil {
			return err
		}
	}
	was := *p.NewestVersionID
	if _, err := s.renew(tx, p, d); err != nil {
		return err
	}
	if *p.NewestVersionID != was {
		if err := s.tellAll(tx, *p, "package_version"); err != nil {
			return err
		}
	}
	if err := s.step(tx, p, EndRound, byClock, Facts{}, ""); err != nil {
		return err
	}
	p.Round = min(p.Round+1, MaxRounds)
	return p.phase(start, p.RoundDays)
}

// decideByVote accepts an amendment of a call that its votes carry, with all that
// belongs to it, or none of it.
func (s *Service) decideByVote(tx *db.Tx, d desk, o Weighed, open []Weighed) (desk, error) {
	after, taken := d, []Amendment{}
	for _, w := range d.together(o.AmendmentID) {
		if w.State.settled() || w.State.Granted() {
			continue
		}
		i := slices.IndexFunc(open, func(x Weighed) bool { return x.AmendmentID == w.ID })
		if i < 0 {
			return d, nil
		}
		f := WishFacts{VotedIn: DecidedByVote(open[i], d.rivals(w, open)), Rival: HasRival(d.base, after.wishes, nil, w)}
		to, err := NextWish(w.State, DecideByVote, []Party{Machine}, f)
		if errs.Is(err, errs.Conflict) {
			return d, nil // not carried, or a better one was
		}
		if err != nil {
			return d, err
		}
		w.State, w.SettledValue = to, w.NewValue
		after, taken = after.with(w), append(taken, w)
	}
	if after.fits() != nil {
		return d, nil
	}
	for _, w := range taken {
		if err := s.settle(tx, d.p, w); err != nil {
			return d, err
		}
	}
	return after, nil
}

// together are an amendment and all that belongs to it.
func (d desk) together(id int64) (out []Amendment) {
	i := slices.IndexFunc(d.wishes, func(w Amendment) bool { return w.ID == id })
	for j, w := range d.wishes {
		if j == i || w.BundleID != nil && d.wishes[i].BundleID != nil && *w.BundleID == *d.wishes[i].BundleID {
			out = append(out, w)
		}
	}
	return out
}

// rivals are the weighed amendments that exclude one.
func (d desk) rivals(w Amendment, open []Weighed) (out []Weighed) {
	for _, o := range open {
		for _, x := range d.wishes {
			if x.ID == o.AmendmentID && x.ID != w.ID && Conflicts(d.base, w, x) != NoConflict {
				out = append(out, o)
			}
		}
	}
	return out
}
