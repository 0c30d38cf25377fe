package shaping

import (
	"context"
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/money"
	"caravan/internal/text"
)

// Respond adds the provider's answer to an amendment; the last one stands until
// the round's end. What belongs together is answered together, with the same
// words. An acceptance that a rival or a limit between items forbids is refused.
// The same key answers once.
func (s *Service) Respond(ctx context.Context, a access.Actor, amendmentID int64, r Response, k db.Key) error {
	if done, err := s.count(s.db.Read(ctx), "respond", a, k, answerRates...); err != nil || done != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			return err
		}
		p, w, err := lockWish(tx, amendmentID)
		if err != nil {
			return err
		}
		roles, err := admit(tx, a, p)
		if err != nil {
			return err
		}
		if err := May(p.State, AnswerWish, roles); err != nil {
			return err
		}
		if err := s.respond(tx, a, p, w, r); err != nil {
			return err
		}
		db.Keep(tx, k, w.ID, pathOf(p.Slug))
		return nil
	})
}

// desk is what an answer is held against.
type desk struct {
	p         Package
	base      Content
	wishes    []Amendment
	responses map[int64][]Response
}

func (s *Service) deskOf(q *db.Tx, p Package) (d desk, err error) {
	d.p = p
	if d.base, err = content(q, *p.NewestVersionID); err != nil {
		return d, err
	}
	if d.wishes, err = wishes(q, p.ID); err != nil {
		return d, err
	}
	d.responses, err = responses(q, p.ID)
	return d, err
}

// last returns the answer that stands; false where there is none.
func (d desk) last(amendmentID int64) (Response, bool) {
	all := d.responses[amendmentID]
	if len(all) == 0 {
		return Response{}, false
	}
	return all[len(all)-1], true
}

// countered are the amendments whose standing answer is a counter-offer.
func (d desk) countered() map[int64]bool {
	out := map[int64]bool{}
	for id := range d.responses {
		if r, _ := d.last(id); r.Answer == Counter {
			out[id] = true
		}
	}
	return out
}

// with replaces an amendment among the wishes.
func (d desk) with(w Amendment) desk {
	d.wishes = slices.Clone(d.wishes)
	for i := range d.wishes {
		if d.wishes[i].ID == w.ID {
			d.wishes[i] = w
		}
	}
	return d
}

// fits says whether all that is granted, of one bundle even in part, makes a
// version without breaking a limit.
func (d desk) fits() error {
	granted := slices.Clone(d.wishes)
	for i := range granted {
		granted[i].BundleID = nil
	}
	_, _, err := Merge(d.base, *d.p.NewestVersionID, granted, nil)
	return err
}

func (s *Service) respond(tx *db.Tx, a access.Actor, p Package, w Amendment, r Response) error {
	r, err := s.readResponse(tx, a, p, r)
	if err != nil {
		return err
	}
	d, err := s.deskOf(tx, p)
	if err != nil {
		return err
	}
	all, err := bundleOf(tx, w)
	if err != nil {
		return err
	}
	if len(all) > 1 && r.Answer == Counter {
		return errs.Field("answer", "shaping.bundle_whole")
	}
	for _, x := range all {
		if x.ID != w.ID && (x.State.settled() || r.Answer != Accept && !slices.Contains(toAnswer, x.State)) {
			continue
		}
		r.AmendmentID = x.ID
		if d, err = s.answer(tx, d, x, r); err != nil {
			return err
		}
		r.PriceDeltaMinor = nil // said once for all that belongs together
	}
	s.provider.Answered(tx, *p.OrganisationID)
	people, err := listWishers(tx, w)
	if err != nil {
		return err
	}
	if r.Answer == Counter { // its supporters have five days
		return s.tell(tx, people, "package_counter", p)
	}
	return s.tell(tx, people, "package_answer", p)
}

// readResponse makes an answer ready to be kept.
func (s *Service) readResponse(tx *db.Tx, a access.Actor, p Package, r Response) (Response, error) {
	var err error
	if r.Reason, err = text.Clean(r.Reason); err != nil {
		return r, errs.Field("reason", errs.Of(err).Msg.Key)
	}
	if r.SignedBy, err = text.Clean(r.SignedBy); err != nil {
		return r, errs.Field("signed_by", errs.Of(err).Msg.Key)
	}
	leaks, err := leaksOf(tx, a, p)
	if err != nil {
		return r, err
	}
	leaks.Allowed = append(leaks.Allowed, r.SignedBy)
	if r.Reason, err = sift("reason", r.Reason, leaks, r.LeaksSeen); err != nil {
		return r, err
	}
	if d := r.PriceDeltaMinor; d != nil && (*d > money.Most || *d < -money.Most) {
		return r, errs.Field("price_delta", "shaping.delta_range")
	}
	if r.ValidUntil != nil && !r.ValidUntil.After(tx.Now) {
		return r, errs.Field("valid_until", "shaping.valid_past")
	}
	work, _ := a.WorksFor(*p.OrganisationID)
	r.ID, r.OrganisationID, r.AuthorAccountID, r.AuthorRole, r.CreatedAt = 0, *p.OrganisationID, a.AccountID, work.Role, tx.Now
	return r, nil
}

// answer keeps an answer to one amendment and what it makes of it.
func (s *Service) answer(tx *db.Tx, d desk, w Amendment, r Response) (desk, error) {
	spec, now := specOf(d.base, w), d.base.Value(w.ItemKey)
	if err := CheckResponse(r, w, spec, now, d.p.Currency); err != nil {
		return d, err
	}
	if r.Answer == Counter && slices.ContainsFunc(d.responses[w.ID], func(o Response) bool { return o.Answer == Counter }) {
		return d, errs.Field("answer", "shaping.counter_once") // its supporters vote on one
	}
	f := wishFacts(tx, d.p, w)
	f.Licensed = r.Answer == ClinicalAnswer && r.SignedBy != ""
	f.Rival = HasRival(d.base, d.wishes, d.countered(), w)
	late, err := counterLate(d.p, tx.Now)
	if err != nil {
		return d, err
	}
	f.CounterTime = !late
	if w.State, err = NextWish(w.State, EventOf(r.Answer), []Party{Provider}, f); err != nil {
		return d, err
	}
	w.SettledValue = Value{}
	if w.State == Accepted {
		w.SettledValue = w.NewValue
	}
	if err := d.tries(w, r); err != nil {
		return d, err
	}
	r.ID = 0
	if err := insertResponse(tx, &r); err != nil {
		return d, err
	}
	w.ChangedAt = tx.Now
	if err := saveWish(tx, w); err != nil {
		return d, err
	}
	announceAnswer(tx, d.p, w, r)
	d = d.with(w)
	d.responses[w.ID] = append(d.responses[w.ID], r)
	return d, nil
}

// tries makes the version that an answer would lead to, and forgets it.
func (d desk) tries(w Amendment, r Response) error {
	switch {
	case r.Answer == Counter:
		w.State, w.SettledValue = AcceptedModified, r.CounterValue
	case !w.State.Granted():
		return nil
	}
	return d.with(w).fits()
}

// specOf is what is known of the item that an amendment is about.
func specOf(base Content, w Amendment) Spec {
	if l, ok := base.Find(w.ItemKey); ok {
		return l.Item.Spec()
	}
	if w.NewItem != nil {
		return w.NewItem.Spec()
	}
	s, _ := SpecOf(w.ItemKey)
	return s
}

// counterLate reports whether a counter-offer comes too late for its supporters
// to vote on it.
func counterLate(p Package, now time.Time) (bool, error) {
	if p.State != Answering || p.EndsAt == nil {
		return false, nil
	}
	zone, err := Zone(p.Zone)
	return err == nil && now.After(CounterBy(*p.EndsAt, zone)), err
}

// CounterEnds is when the vote on a counter-offer of a package ends.
func CounterEnds(p Package, r Response) (time.Time, error) {
	zone, err := Zone(p.Zone)
	if err != nil {
		return time.Time{}, err
	}
	return PhaseEnd(r.CreatedAt, CounterDays, zone), nil
}
