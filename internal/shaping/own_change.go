package shaping

import (
	"context"
	"slices"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// PlanChanges sets what the provider changes by itself in the next version, each
// with a reason that stands beside the change. It is tried at once, and made when
// the round's version is made.
func (s *Service) PlanChanges(ctx context.Context, a access.Actor, slug string, own []OwnChange) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		if err := May(p.State, AnswerWish, roles); err != nil {
			return err
		}
		leaks, err := leaksOf(tx, a, *p)
		if err != nil {
			return err
		}
		own := slices.Clone(own)
		for i := range own {
			if own[i].Reason, err = text.Clean(own[i].Reason); err != nil {
				return errs.Field(own[i].Key, errs.Of(err).Msg.Key)
			}
			if own[i].Reason, err = sift(own[i].Key, own[i].Reason, leaks, true); err != nil {
				return err
			}
		}
		d, err := s.deskOf(tx, *p)
		if err != nil {
			return err
		}
		if err := checkOwn(d, own); err != nil {
			return err
		}
		p.OwnChanges = own
		return nil
	})
}

// checkOwn says whether own changes can be made to what is offered now.
func checkOwn(d desk, own []OwnChange) error {
	for _, o := range own {
		spec, ok := SpecOf(o.Key)
		switch l, there := d.base.Find(o.Key); {
		case there:
			spec = l.Item.Spec()
		case o.NewItem != nil:
			if err := CheckItem(*o.NewItem); err != nil {
				return err
			}
			spec = o.NewItem.Spec()
		case !ok:
			return errs.Field(o.Key, "shaping.item_key")
		}
		if !o.Value.None() {
			if err := spec.Check(o.Value, d.p.Currency); err != nil {
				return errs.Field(o.Key, errs.Of(err).Fields[0].Key, errs.Of(err).Fields[0].Args...)
			}
		}
		if o.Key == SilenceKey && o.Value.Number != 0 {
			return errs.Field(o.Key, "shaping.no_silence")
		}
	}
	_, _, err := Merge(d.base, *d.p.NewestVersionID, nil, own)
	return err
}
