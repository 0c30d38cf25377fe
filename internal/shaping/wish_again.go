package shaping

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/live"
)

// Repropose makes a wish anew whose item has changed: as it was, on the newest
// version. Its author can do so at once, its supporters after RebaseDays. Who
// supported it is told and asked again; the old one names the new one.
func (s *Service) Repropose(ctx context.Context, a access.Actor, id int64, k db.Key) (again int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			again = idOf(kept)
			return err
		}
		p, old, err := lockWish(tx, id)
		if err != nil {
			return err
		}
		again, err = s.repropose(tx, a, p, old)
		db.Keep(tx, k, again, pathOf(p.Slug))
		return err
	})
	return again, err
}

func (s *Service) repropose(tx *db.Tx, a access.Actor, p Package, old Amendment) (again int64, err error) {
	parties, err := partiesAt(tx, a, p, old)
	if err != nil {
		return 0, err
	}
	if old.State, err = NextWish(old.State, Repropose, parties, wishFacts(tx, p, old)); err != nil {
		return 0, err
	}
	roles, err := rolesAt(tx, a, p)
	if err != nil {
		return 0, err
	}
	if err := May(p.State, Amend, roles); err != nil {
		return 0, err
	}
	base, err := content(tx, *p.NewestVersionID)
	if err != nil {
		return 0, err
	}
	all, err := wishes(tx, p.ID)
	if err != nil {
		return 0, err
	}
	if openOf(a.PersonID, all) >= MaxOpenAmendments {
		return 0, errs.New(errs.Conflict, "shaping.most_wishes", "most", MaxOpenAmendments)
	}
	made := anew(tx, a, p, base, old)
	if err := CheckAmendment(p, base, made); err != nil {
		return 0, err
	}
	// The old one first: of the same wish one at most may wait.
	if err := s.settle(tx, p, old); err != nil {
		return 0, err
	}
	if again, err = s.storeWishes(tx, p, []Amendment{made}); err != nil {
		return 0, err
	}
	if err := outdate(tx, old.ID, again); err != nil {
		return 0, err
	}
	people, err := listWishers(tx, old)
	if err != nil {
		return 0, err
	}
	return again, s.tell(tx, without(people, a.AccountID), "package_wish_again", p)
}

// anew is a wish as it was, made by a now.
func anew(tx *db.Tx, a access.Actor, p Package, base Content, old Amendment) Amendment {
	made := Amendment{PackageID: p.ID, BaseVersionID: *p.NewestVersionID, SeenVersionID: *p.NewestVersionID, ItemID: old.ItemID, ItemKey: old.ItemKey,
		NewItem: old.NewItem, Op: old.Op, OldHash: base.Value(old.ItemKey).Hash(), NewValue: old.NewValue, NewHash: old.NewHash,
		AuthorPersonID: a.PersonID, AuthorAccountID: a.AccountID, AuthorRole: "patient", Reason: old.Reason, Lang: old.Lang, State: WishDraft,
		Round: p.Round, RebasedFromID: &old.ID, CreatedAt: tx.Now, ChangedAt: tx.Now}
	if _, there := base.Find(old.ItemKey); there && made.Op == Add {
		made.Op, made.NewItem = Set, nil // somebody else's came in meanwhile
	}
	return made
}

func without(accounts []int64, one int64) (out []int64) {
	for _, id := range accounts {
		if id != one {
			out = append(out, id)
		}
	}
	return out
}

// Promote takes a refused or expired wish further: a draft of a's own, a call of
// patients with what the package offers now and the wish in it, becomes of it.
func (s *Service) Promote(ctx context.Context, a access.Actor, id int64, k db.Key) (made Package, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			made, err = loadByID(tx, kept.ID)
			return err
		}
		p, w, err := lockWish(tx, id)
		if err != nil {
			return err
		}
		parties, err := partiesAt(tx, a, p, w)
		if err != nil {
			return err
		}
		if w.State, err = NextWish(w.State, Promote, parties, WishFacts{}); err != nil {
			return err
		}
		base, err := content(tx, *p.NewestVersionID)
		if err != nil {
			return err
		}
		if made, err = s.fork(tx, a, p, apply(base, w)); err != nil {
			return err
		}
		db.Keep(tx, k, made.ID, pathOf(made.Slug))
		return s.settle(tx, p, w)
	})
	return made, err
}

// answerNews is what open pages hear of an answer.
type answerNews struct {
	Amendment int64          `json:"amendment"`
	Answer    Answer         `json:"answer"`
	State     AmendmentState `json:"state"`
}

func announceAnswer(tx *db.Tx, p Package, w Amendment, r Response) {
	live.Append(tx, channel(p.ID), live.Event{Type: "answer.new", Ref: w.ID, Ver: r.Number, Data: answerNews{w.ID, r.Answer, w.State}})
}
