package shaping

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/notify"
)

// SetInterest keeps at what price, when and under which conditions a would take
// the newest version of a package; what was said before is replaced. Of in only
// the price, the readiness, the window and the conditions are read. People with
// a tie are refused and told why; whose vote would not count yet has an interest
// that does not count yet.
func (s *Service) SetInterest(ctx context.Context, a access.Actor, slug string, in Interest) error {
	return s.interest(ctx, a, slug, func(d saying) (Interest, error) {
		new := Interest{PersonID: d.person, PackageID: d.p.ID, AccountID: a.AccountID, PriceMaxMinor: in.PriceMaxMinor, Readiness: in.Readiness,
			WindowFrom: in.WindowFrom, WindowTo: in.WindowTo, MustItems: in.MustItems}
		return d.confirm(new)
	})
}

// ConfirmInterest makes what a said once stand for the newest version, for
// another InterestDays.
func (s *Service) ConfirmInterest(ctx context.Context, a access.Actor, slug string) error {
	return s.interest(ctx, a, slug, func(d saying) (Interest, error) {
		if d.old == nil || d.old.State == TakenBack {
			return Interest{}, errs.New(errs.Conflict, "shaping.interest_none")
		}
		return d.confirm(*d.old)
	})
}

// WithdrawInterest takes back what a said, in whatever state the package is.
func (s *Service) WithdrawInterest(ctx context.Context, a access.Actor, slug string) error {
	return s.interest(ctx, a, slug, func(d saying) (Interest, error) {
		if d.old == nil {
			return Interest{}, errs.New(errs.Conflict, "shaping.interest_none")
		}
		d.old.State = TakenBack
		return *d.old, nil
	})
}

// saying is one person who says what they would take: the person and the package
// are held by the transaction.
type saying struct {
	p      Package
	c      Content // of the newest version
	person int64
	voter  Voter
	old    *Interest
	tx     *db.Tx
}

// confirm makes an interest stand for the newest version from now on.
func (d saying) confirm(in Interest) (Interest, error) {
	if err := CanCast(OnPackage, d.voter, 1, ""); err != nil {
		return in, err
	}
	if err := May(d.p.State, ShowInterest, people); err != nil {
		return in, err
	}
	if err := CheckInterest(in, d.c, d.tx.Now); err != nil {
		return in, err
	}
	if most, ok := d.c.Price(); ok && in.PriceMaxMinor > most*maxPriceTimes {
		return in, errs.Field("price", "shaping.interest_high")
	}
	in = in.Confirm(*d.p.NewestVersionID, d.tx.Now)
	in.Status = StatusOf(OnPackage, d.voter, false)
	return in, nil
}

// maxPriceTimes is how many times the offer a highest price can be: more is a
// slip of the keyboard.
const maxPriceTimes = 10

// interest does something to a person's interest in a package under the locks
// that votes take.
func (s *Service) interest(ctx context.Context, a access.Actor, slug string, do func(saying) (Interest, error)) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := load(tx, slug)
		if err != nil {
			return err
		}
		if p.PublishedAt == nil || p.NewestVersionID == nil {
			return errNoPackage
		}
		known, merged := map[int64]someone{}, map[int64]int64{}
		if err := tx.All(holdPackages([]int64{p.ID}), holdPersons([]int64{a.PersonID}, merged), askPeople(tx, []int64{a.PersonID}, known)); err != nil {
			return db.Wrap("shaping: hold for interest", err)
		}
		if len(merged) > 0 {
			return errs.New(errs.Conflict, "shaping.once_more")
		}
		d, err := openSaying(tx, p.ID, a.PersonID, known[a.PersonID])
		if err != nil {
			return err
		}
		in, err := do(d)
		if err != nil {
			return err
		}
		return putInterest(tx, in)
	})
}

func openSaying(tx *db.Tx, packageID, personID int64, x someone) (d saying, err error) {
	d.tx, d.person = tx, personID
	if d.p, err = loadByID(tx, packageID); err != nil {
		return d, err
	}
	if d.c, err = content(tx, *d.p.NewestVersionID); err != nil {
		return d, err
	}
	d.voter = x.voter(d.p.ID, offeredBy(d.p), tx.Now, tx.Now)
	in, ok, err := findInterest(tx, packageID, personID)
	if err != nil || !ok {
		return d, err
	}
	if in.State == Converted {
		return d, errs.New(errs.Conflict, "shaping.interest_converted")
	}
	d.old = &in
	d.voter.Fraud, d.voter.Review = in.Status == VoidFraud, in.Status == Quarantined
	return d, nil
}

// agedAtOnce is how many interests are looked at in one transaction.
const agedAtOnce = 200

// AgeInterests ends interests whose time is over, and reminds people once, some
// days before, of those that run out while the package still goes on.
func (s *Service) AgeInterests(ctx context.Context) error {
	for {
		var n int
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			due, err := takeAging(tx, agedAtOnce)
			n = len(due)
			for _, x := range due {
				if err == nil && x.Remind {
					err = s.notify.Tell(tx, notify.Notice{AccountID: x.AccountID, Kind: "package_interest", Ref: x.PackageID,
						Path: "/packages/" + x.Slug + "/price", Args: map[string]string{"title": x.Title}})
				}
			}
			return err
		})
		if err != nil || n < agedAtOnce {
			return err
		}
	}
}
