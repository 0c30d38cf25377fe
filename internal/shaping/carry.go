package shaping

import (
	"slices"

	"caravan/internal/db"
)

// CarryVotes takes the standing votes of a package over to a version that was
// just published with changes. Votes on the package count on where nothing harms
// their person. What was said of an item starts again where its ground has gone:
// the need of what the provider made worse without being asked, and "keep it as
// it is" of whatever changed. The package must be locked by its step.
func CarryVotes(tx *db.Tx, p Package, changes []Change, newVersion int64) error {
	rows, err := listStandingsOn(tx, p.ID)
	if err != nil {
		return err
	}
	keys, err := itemKeys(tx, p.ID)
	if err != nil {
		return err
	}
	must := map[int64][]string{} // person → items without which it is nothing for them
	for _, s := range rows {
		if s.Subject == OnNeed && s.Choice > 0 && !s.Stale {
			must[s.PersonID] = append(must[s.PersonID], keys[s.SubjectID])
		}
	}
	wanted, err := listInterests(tx, p.ID)
	if err != nil {
		return err
	}
	for _, in := range wanted {
		if in.runs() {
			must[in.PersonID] = append(must[in.PersonID], in.MustItems...)
		}
	}
	reset := ResetItems(changes)
	var old, now []Standing
	for _, s := range rows {
		next := s
		switch {
		case s.Subject == OnPackage:
			next = Carry(s, must[s.PersonID], changes, newVersion)
		case s.Subject == OnNeed && slices.Contains(reset, keys[s.SubjectID]):
			next = s.outdated()
		case s.Subject == OnKeep && isChanged(changes, keys[s.SubjectID]):
			next = s.outdated()
		}
		if next != s {
			old, now = append(old, s), append(now, next)
		}
	}
	return changeStandingsAtOnce(tx, old, now)
}

// DropVotes sets aside the votes on an amendment whose ground has gone: it needs
// a rebase, and whoever proposes it anew starts to count again. The package must
// be locked by its step.
func DropVotes(tx *db.Tx, amendmentID int64) error {
	rows, err := listStandingsOnWish(tx, amendmentID)
	if err != nil {
		return err
	}
	var old, now []Standing
	for _, s := range rows {
		if next := s.outdated(); next != s {
			old, now = append(old, s), append(now, next)
		}
	}
	return changeStandingsAtOnce(tx, old, now)
}

// CarryInterests takes the interests of a package over to a version that was
// just published with changes and a price, in minor units. The package must be
// locked by its step.
func CarryInterests(tx *db.Tx, p Package, changes []Change, price int64, newVersion int64) error {
	rows, err := listInterests(tx, p.ID)
	if err != nil {
		return err
	}
	var moved []Interest
	for _, in := range rows {
		if next := CarryInterest(in, changes, price, newVersion); next.VersionID != in.VersionID || next.State != in.State {
			moved = append(moved, next)
		}
	}
	return moveInterests(tx, moved)
}

// outdated is a vote that speaks of what is no longer there. A graver reason why
// it does not count stays.
func (s Standing) outdated() Standing {
	s.Stale = true
	if s.Status == Counted || s.Status == Unverified || s.Status == Quarantined {
		s.Status = StaleVersion
	}
	return s
}

func isChanged(changes []Change, key string) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Item.Key == key })
}
