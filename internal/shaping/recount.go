package shaping

import (
	"context"

	"caravan/internal/db"
)

// Recount makes the standing votes and the sums of every package anew, from the
// log of votes and from what is known of the voters now, and says how many rows
// were wrong; none should be. Each package is locked for its moment, so that no
// vote comes between. What a version carried over, and what two people decided
// about a vote, is not in the log: it stays as it stands.
func (s *Service) Recount(ctx context.Context) (wrong int64, err error) {
	if err := s.CountRisen(ctx); err != nil { // who is known better since the last look is no mistake
		return 0, err
	}
	ids, err := listPublished(s.db.Read(ctx))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		var n int64
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) { n, err = recountPackage(tx, id); return err })
		if err != nil {
			return wrong, err
		}
		wrong += n
	}
	return wrong, nil
}

// RecountIn is Recount for a command, which serves nobody.
func RecountIn(ctx context.Context, d *db.DB) (wrong int64, err error) {
	return (&Service{db: d}).Recount(ctx)
}

func recountPackage(tx *db.Tx, id int64) (wrong int64, err error) {
	p, err := lock(tx, id)
	if err != nil {
		return 0, err
	}
	old, now, err := restandFromLog(tx, p)
	if err != nil {
		return 0, err
	}
	if err := dropStandings(tx, old, now); err != nil {
		return 0, err
	}
	if err := putStandings(tx, now); err != nil {
		return 0, err
	}
	sums, err := recountTallies(tx, id)
	if err != nil {
		return 0, err
	}
	interests, err := recountInterests(tx, p)
	replaced := map[standingKey]bool{}
	for _, v := range append(old, now...) {
		replaced[v.key()] = true
	}
	return int64(len(replaced)) + sums + interests, err
}

// restandFromLog projects the log of a package and returns the rows that stand
// otherwise, with what has to stand in their place.
func restandFromLog(tx *db.Tx, p Package) (old, now []Standing, err error) {
	log, err := listVotes(tx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	rows, err := readStandings(tx, `s.package_id = $1`, p.ID)
	if err != nil {
		return nil, nil, err
	}
	merged, known, err := peopleOf(tx, log, rows)
	if err != nil {
		return nil, nil, err
	}
	authors, err := authorsOf(tx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	stands := map[standingKey]Standing{}
	for _, r := range rows {
		stands[r.key()] = r.Standing
	}
	all := Latest(log)
	for from, into := range merged {
		all = Joined(all, into, from)
	}
	for _, v := range all {
		was, there := stands[v.key()]
		delete(stands, v.key())
		v = v.like(was, there, p)
		author := int64(0)
		if v.Subject == OnAmendment || v.Subject == OnAlternative || v.Subject == OnCounter {
			author = authors[v.SubjectID]
		}
		v.Status = statusNow(v, known[v.PersonID], offeredBy(p), author, tx.Now)
		if there && was == v {
			continue
		}
		if there {
			old = append(old, was)
		}
		now = append(now, v)
	}
	for _, gone := range stands { // of which the log knows nothing
		old = append(old, gone)
	}
	return old, now, nil
}

// like takes over from the row that stands what is not in the log, if it is the
// same vote.
func (s Standing) like(was Standing, there bool, p Package) Standing {
	if !there || was.Choice != s.Choice || was.Stratum != s.Stratum || was.Reason != s.Reason || !was.UpdatedAt.Equal(s.UpdatedAt) {
		s.Stale = s.Subject == OnPackage && p.NewestVersionID != nil && s.VersionID != *p.NewestVersionID
		s.Status = was.Status
		return s
	}
	s.VersionID, s.Carried, s.Stale, s.Status, s.UpdatedAt = was.VersionID, was.Carried, was.Stale, was.Status, was.UpdatedAt
	return s
}

// peopleOf is what is known of everybody who voted in a package.
func peopleOf(tx *db.Tx, log []Vote, rows []standingOf) (merged map[int64]int64, known map[int64]someone, err error) {
	ids := map[int64]bool{}
	for _, v := range log {
		ids[v.PersonID] = true
	}
	for _, r := range rows {
		ids[r.PersonID] = true
	}
	if len(ids) == 0 {
		return nil, nil, nil
	}
	if merged, err = listMerged(tx, sortedKeys(ids)); err != nil {
		return nil, nil, err
	}
	for _, into := range merged {
		ids[into] = true
	}
	known, err = peopleNow(tx, sortedKeys(ids))
	return merged, known, err
}

// recountInterests looks again at whether the interests in a package count.
func recountInterests(tx *db.Tx, p Package) (wrong int64, err error) {
	rows, err := listInterests(tx, p.ID)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var persons []int64
	for _, in := range rows {
		persons = append(persons, in.PersonID)
	}
	known, err := peopleNow(tx, persons)
	if err != nil {
		return 0, err
	}
	var changed []Interest
	for _, in := range rows {
		if now := (interestOf{in, offeredBy(p)}).statusNow(known[in.PersonID], tx.Now); now != in.Status {
			in.Status = now
			changed = append(changed, in)
		}
	}
	return int64(len(changed)), setInterestStatuses(tx, changed)
}
