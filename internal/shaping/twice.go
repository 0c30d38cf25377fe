package shaping

import (
	"context"
	"slices"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/notify"
)

// MarkTwice says, for the platform and with a reason that everybody can read,
// that a wish asks for what another wish of the package asks for already. It
// waits no longer, and its votes stay where they were cast: nobody's vote is
// moved to words that they did not read. Its author and those who support it
// are told, and led to the other one. Refusals name the field: id, of or why.
func (s *Service) MarkTwice(ctx context.Context, a access.Actor, slug string, id, of int64, why string) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		w, other, err := s.twins(tx, *p, id, of)
		if err != nil {
			return err
		}
		parties, err := partiesAt(tx, a, *p, w)
		if err != nil {
			return err
		}
		if w.State, err = NextWish(w.State, MarkTwice, parties, wishFacts(tx, *p, w)); err != nil {
			return err
		}
		if why, err = s.cleanWhy(tx, a, *p, why); err != nil {
			return err
		}
		w.ObsoletedByID = &other.ID
		if err := s.settle(tx, *p, w); err != nil {
			return err
		}
		if err := insertTaken(tx, Taken{PackageID: p.ID, Event: Event(MarkTwice), FromState: p.State, ToState: p.State, Round: p.Round, Why: why, At: tx.Now}); err != nil {
			return err
		}
		return s.tellTwice(tx, *p, w, other)
	})
}

// twins are a wish and the one that it is a double of, both of package p. One
// that belongs together with others is no double: they are wished for as one.
func (s *Service) twins(tx *db.Tx, p Package, id, of int64) (w, other Amendment, err error) {
	all, err := wishes(tx, p.ID)
	if err != nil {
		return w, other, err
	}
	at := func(id int64) int { return slices.IndexFunc(all, func(w Amendment) bool { return w.ID == id }) }
	i, j := at(id), at(of)
	switch {
	case i < 0 || all[i].State == WishDraft:
		return w, other, errs.Field("id", "shaping.twice_choose")
	case all[i].BundleID != nil:
		return w, other, errs.Field("id", "shaping.twice_bundle")
	case j < 0 || i == j || !firstOfTwins(all[j]):
		return w, other, errs.Field("of", "shaping.twice_choose_other")
	}
	return all[i], all[j], nil
}

// mayBeTwin and firstOfTwins report whether a wish can be found a double, and
// whether another one can be found a double of it: people must still be able to
// go there.
func mayBeTwin(w Amendment) bool {
	return (w.State == Screened || w.State == Open) && w.BundleID == nil
}

func firstOfTwins(w Amendment) bool {
	return (w.State.Live() || w.State.Granted()) && w.HiddenWhy == ""
}

func (s *Service) tellTwice(tx *db.Tx, p Package, w, other Amendment) error {
	people, err := listWishers(tx, w)
	if err != nil {
		return err
	}
	for _, id := range people {
		err := s.notify.Tell(tx, notify.Notice{AccountID: id, Kind: "package_wish_twice", Ref: other.ID, Path: wishPath(p.Slug, other.ID), Args: map[string]string{"title": p.Title}})
		if err != nil {
			return err
		}
	}
	return nil
}
