package shaping

import (
	"bytes"
	"context"
	"slices"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/live"
	"caravan/internal/text"
)

// Wished is an amendment as its author typed it.
type Wished struct {
	Op        Op
	Key       string // of the item
	Value     Value  // none for Remove
	NewItem   *Item  // what Add adds; may be nil for an item of the catalogue
	Reason    string
	With      []Wished // wishes that belong to it: all are granted or none; their reasons are that of the first
	LeaksSeen bool     // its author was warned of names and contacts in it
	Companion bool     // as in Ballot, for the vote that it becomes when the wish is there already
	Tie       string
	Network   []byte // as in Ballot
}

// wishNews is what open pages hear of an amendment.
type wishNews struct {
	Amendment int64          `json:"amendment"`
	Item      string         `json:"item"`
	State     AmendmentState `json:"state"`
}

// Amend makes a wish for another value, a new item or one less in the newest
// version. A wish that somebody has made already is not made twice: it is
// supported with a vote, and joined says so. The same key amends once.
func (s *Service) Amend(ctx context.Context, a access.Actor, slug string, w Wished, k db.Key) (id int64, joined bool, err error) {
	q := s.db.Read(ctx)
	if done, err := s.count(q, "amend", a, k, wishRates...); err != nil || done != nil {
		return idOf(done), false, err
	}
	var same *Amendment
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		same = nil
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			id = idOf(kept)
			return err
		}
		p, err := lockBySlug(tx, slug)
		if err != nil {
			return err
		}
		id, same, err = s.amend(tx, a, p, w)
		db.Keep(tx, k, id, pathOf(p.Slug))
		return err
	})
	if err != nil || same == nil {
		return id, false, err
	}
	_, err = s.Vote(ctx, a, Ballot{PackageID: same.PackageID, Subject: OnAmendment, SubjectID: same.ID, Choice: 1, Companion: w.Companion, Tie: w.Tie, Network: w.Network})
	return id, err == nil, err
}

func idOf(kept *db.Kept) int64 {
	if kept == nil {
		return 0
	}
	return kept.ID
}

// amend stores a wish with those that belong to it, or finds the same one.
func (s *Service) amend(tx *db.Tx, a access.Actor, p Package, w Wished) (id int64, same *Amendment, err error) {
	roles, err := admit(tx, a, p)
	if err != nil {
		return 0, nil, err
	}
	if err := May(p.State, Amend, roles); err != nil {
		return 0, nil, err
	}
	base, err := content(tx, *p.NewestVersionID)
	if err != nil {
		return 0, nil, err
	}
	all, err := wishes(tx, p.ID)
	if err != nil {
		return 0, nil, err
	}
	made, err := s.readWishes(tx, a, p, base, w)
	if err != nil {
		return 0, nil, err
	}
	if len(made) == 1 {
		if same, err = sameWish(a, all, made[0]); err != nil || same != nil {
			return orZero(same), same, err
		}
	}
	if open := openOf(a.PersonID, all); open+len(made) > MaxOpenAmendments {
		return 0, nil, errs.New(errs.Conflict, "shaping.most_wishes", "most", MaxOpenAmendments)
	}
	id, err = s.storeWishes(tx, p, made)
	return id, nil, err
}

func orZero(a *Amendment) int64 {
	if a == nil {
		return 0
	}
	return a.ID
}

// openOf counts the wishes of a person that are still to be decided.
func openOf(person int64, all []Amendment) (n int) {
	for _, w := range all {
		if w.AuthorPersonID == person && (w.State.Live() || w.State == Screened) {
			n++
		}
	}
	return n
}

// sameWish finds a wish for the same that waits for its decision. One's own, and
// one that waits for its author, are told instead.
func sameWish(a access.Actor, all []Amendment, made Amendment) (*Amendment, error) {
	i := slices.IndexFunc(all, func(w Amendment) bool {
		return w.ItemKey == made.ItemKey && w.Op == made.Op && bytes.Equal(w.NewHash, made.NewHash) &&
			(w.State.Live() || w.State == Screened || w.State == NeedsRebase)
	})
	switch {
	case i < 0:
		return nil, nil
	case all[i].AuthorPersonID == a.PersonID:
		return nil, errs.New(errs.Conflict, "shaping.own_already")
	case all[i].State == NeedsRebase:
		return nil, errs.New(errs.Conflict, "shaping.author_first")
	}
	return &all[i], nil
}

// readWishes makes amendments of what was typed, each checked against the newest
// version and searched for what would say who somebody is.
func (s *Service) readWishes(tx *db.Tx, a access.Actor, p Package, base Content, w Wished) (made []Amendment, err error) {
	if len(w.With) > MaxTogether {
		return nil, errs.New(errs.Conflict, "shaping.bundle_most", "most", MaxTogether+1)
	}
	leaks, err := leaksOf(tx, a, p)
	if err != nil {
		return nil, err
	}
	for i, one := range append([]Wished{w}, w.With...) {
		if i > 0 {
			one.Reason, one.LeaksSeen = w.Reason, w.LeaksSeen
		}
		x, err := one.amendment(tx, a, p, base, leaks)
		if err != nil {
			return nil, err
		}
		if err := CheckAmendment(p, base, x); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(made, func(o Amendment) bool { return o.ItemKey == x.ItemKey }) {
			return nil, errs.Field("item", "shaping.line_twice")
		}
		made = append(made, x)
	}
	return made, nil
}

func (w Wished) amendment(tx *db.Tx, a access.Actor, p Package, base Content, leaks text.LeakContext) (x Amendment, err error) {
	x = Amendment{PackageID: p.ID, BaseVersionID: *p.NewestVersionID, SeenVersionID: *p.NewestVersionID, ItemKey: w.Key, Op: w.Op, NewItem: w.NewItem,
		OldHash: base.Value(w.Key).Hash(), AuthorPersonID: a.PersonID, AuthorAccountID: a.AccountID, AuthorRole: "patient", State: WishDraft,
		Round: p.Round, CreatedAt: tx.Now, ChangedAt: tx.Now}
	if l, ok := base.Find(w.Key); ok && l.Item.ID != 0 {
		x.ItemID = &l.Item.ID
	}
	if w.Op == Add {
		if spec, ok := SpecOf(w.Key); ok {
			it := spec.Item(p.ID)
			x.NewItem = &it
		} else if w.NewItem != nil {
			it := *w.NewItem
			it.ID, it.PackageID = 0, p.ID
			x.NewItem = &it
		}
	} else {
		x.NewItem = nil
	}
	if w.Op != Remove {
		x.NewValue = w.Value
	}
	if x.Reason, err = text.Clean(w.Reason); err != nil {
		return x, errs.Field("reason", errs.Of(err).Msg.Key)
	}
	x.Lang = text.Language(x.Reason, a.Lang)
	if x.Reason, err = sift("reason", x.Reason, leaks, w.LeaksSeen); err != nil {
		return x, err
	}
	if x.NewValue.Kind == Text {
		if x.NewValue.Text, err = sift("value", x.NewValue.Text, leaks, w.LeaksSeen); err != nil {
			return x, err
		}
	}
	if x.NewItem != nil {
		if x.NewItem.Name, err = sift("item", x.NewItem.Name, leaks, w.LeaksSeen); err != nil {
			return x, err
		}
	}
	x.NewHash = x.NewValue.Hash()
	return x, nil
}

// storeWishes opens wishes that were checked; several are one bundle.
func (s *Service) storeWishes(tx *db.Tx, p Package, made []Amendment) (first int64, err error) {
	facts := WishFacts{RoundRuns: p.State == Shaping || p.State == Call}
	for i := range made {
		x := &made[i]
		if x.State, err = NextWish(x.State, Submit, []Party{Author}, facts); err != nil {
			return 0, err
		}
		if x.State, err = NextWish(x.State, OpenWish, []Party{Machine}, facts); err != nil {
			return 0, err
		}
		if i > 0 {
			x.BundleID = &first
		}
		if err := insertWish(tx, x); err != nil {
			return 0, sameMeanwhile(err)
		}
		if first == 0 {
			first = x.ID
		}
		live.Append(tx, channel(p.ID), live.Event{Type: "wish.new", Ref: x.ID, Data: wishNews{x.ID, x.ItemKey, x.State}})
	}
	if len(made) > 1 {
		return first, bundle(tx, first)
	}
	return first, nil
}

// sameMeanwhile answers who makes a wish that somebody else makes in the same
// moment: doing it again supports it.
func sameMeanwhile(err error) error {
	if db.Duplicate(err) {
		return errs.New(errs.Conflict, "shaping.changed_meanwhile")
	}
	return err
}

// WithdrawWish takes one's own wish back, and those that belong to it.
func (s *Service) WithdrawWish(ctx context.Context, a access.Actor, id int64) error {
	return s.moveWish(ctx, a, id, WithdrawWish)
}

// Enough says that the part of one's wish that came true is enough.
func (s *Service) Enough(ctx context.Context, a access.Actor, id int64) error {
	return s.moveWish(ctx, a, id, Enough)
}

// moveWish does what needs no more than the event to an amendment of one's own.
func (s *Service) moveWish(ctx context.Context, a access.Actor, id int64, e AmendmentEvent) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, x, err := lockWish(tx, id)
		if err != nil {
			return err
		}
		all, err := bundleOf(tx, x)
		if err != nil {
			return err
		}
		parties, err := partiesAt(tx, a, p, x)
		if err != nil {
			return err
		}
		for _, w := range all {
			if w.ID != x.ID && (e == Enough || w.State.settled() || !w.State.Live()) {
				continue
			}
			if w.State, err = NextWish(w.State, e, parties, wishFacts(tx, p, w)); err != nil {
				return err
			}
			if err := s.settle(tx, p, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// settle keeps what a step made of an amendment and tells open pages.
func (s *Service) settle(tx *db.Tx, p Package, w Amendment) error {
	w.ChangedAt = tx.Now
	if err := saveWish(tx, w); err != nil {
		return err
	}
	live.Append(tx, channel(p.ID), live.Event{Type: "wish.moved", Ref: w.ID, Data: wishNews{w.ID, w.ItemKey, w.State}})
	return nil
}

// wishFacts are the facts of an amendment that its package and the time say.
func wishFacts(tx *db.Tx, p Package, w Amendment) WishFacts {
	return WishFacts{
		RoundRuns: p.State == Shaping || p.State == Call,
		MayAnswer: p.State == Shaping || p.State == Answering,
		Partly:    w.Partly,
		Graced:    !tx.Now.Before(w.ChangedAt.AddDate(0, 0, RebaseDays)),
	}
}

// partiesAt returns in which capacities a meets an amendment.
func partiesAt(q *db.Tx, a access.Actor, p Package, w Amendment) (parties []Party, err error) {
	roles, err := rolesAt(q, a, p)
	if err != nil {
		return nil, err
	}
	if err := visible(p, roles); err != nil {
		return nil, err
	}
	patient := slices.ContainsFunc(roles, func(r Role) bool { return r == Patient || r == Treated })
	if a.SignedIn() && w.AuthorPersonID == a.PersonID {
		parties = append(parties, Author)
	}
	if slices.Contains(roles, OwnStaff) || slices.Contains(roles, Signatory) {
		parties = append(parties, Provider)
	}
	if slices.Contains(roles, Platform) {
		parties = append(parties, Moderator)
	}
	if patient {
		supports, err := isSupporter(q, w.ID, a.PersonID)
		if err != nil {
			return nil, err
		}
		if supports {
			parties = append(parties, Supporter)
		}
	}
	if len(parties) == 0 && roles[0] == Guest {
		return nil, errs.New(errs.SignIn, "common.sign_in_first")
	}
	return parties, nil
}
