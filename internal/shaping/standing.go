package shaping

import (
	"context"
	"slices"
	"time"

	"caravan/internal/db"
)

// standingOf is a standing vote with what its status depends on besides its
// person.
type standingOf struct {
	Standing
	OrganisationID int64 // that offers the package; 0 for a call
	Author         int64 // of the amendment it is about; 0 for other subjects
}

// Restand looks again at all that people voted and want, by what is known of
// them now, and moves the sums by the difference: to be called where a tie
// begins, ends or is found out, where an identity comes, and where persons are
// merged. Of two persons who turned out to be one the newer vote on each subject
// stays: none is counted twice, none is lost.
//
// It holds the persons first, then their packages, so that it meets neither a
// vote nor a step of a package halfway.
func (s *Service) Restand(tx *db.Tx, persons []int64) error {
	if len(persons) == 0 {
		return nil
	}
	ids, merged, err := holdVoters(tx, persons)
	if err != nil {
		return err
	}
	if err := foldPersons(tx, merged); err != nil {
		return err
	}
	known, rows, err := votersNow(tx, ids)
	if err != nil {
		return err
	}
	old, now := restood(rows, known, merged, tx.Now)
	if err := changeStandings(tx, old, now); err != nil {
		return err
	}
	return restandInterests(tx, ids, known)
}

// holdVoters holds people, under all the persons that they turned out to be, and
// then their packages: in this order neither a vote nor a step is met halfway.
func holdVoters(tx *db.Tx, persons []int64) (ids []int64, merged map[int64]int64, err error) {
	if ids, merged, err = holdPeople(tx, persons); err != nil {
		return nil, nil, err
	}
	return ids, merged, holdPackagesOf(tx, ids)
}

// votersNow reads who people are today and what stands of their votes.
func votersNow(tx *db.Tx, ids []int64) (known map[int64]someone, rows []standingOf, err error) {
	if known, err = peopleNow(tx, ids); err != nil {
		return nil, nil, err
	}
	rows, err = listStandings(tx, ids)
	return known, rows, err
}

// restood is what of standing votes changes by what is known of their people:
// the rows that were, and those that are in their place.
func restood(rows []standingOf, known map[int64]someone, merged map[int64]int64, at time.Time) (old, now []Standing) {
	type about struct {
		subject Subject
		id      int64
	}
	facts := map[about]standingOf{}
	var all []Standing
	for _, r := range rows {
		facts[about{r.Subject, r.SubjectID}] = r
		all = append(all, r.Standing)
	}
	for from, into := range merged {
		all = Joined(all, into, from)
	}
	before := map[standingKey]Standing{}
	for _, r := range rows {
		before[r.key()] = r.Standing
	}
	for _, v := range all {
		r := facts[about{v.Subject, v.SubjectID}]
		v.Status = statusNow(v, known[v.PersonID], r.OrganisationID, r.Author, at)
		was, there := before[v.key()]
		delete(before, v.key())
		if there && was == v {
			continue
		}
		if there {
			old = append(old, was)
		}
		now = append(now, v)
	}
	for _, gone := range before { // of persons who are another one now
		old = append(old, gone)
	}
	return old, now
}

// statusNow is the status of a standing vote by what is known of its person. A
// decision about the vote itself stays with it.
func statusNow(v Standing, x someone, organisationID, author int64, at time.Time) Status {
	w := x.voter(v.PackageID, organisationID, v.UpdatedAt, at)
	w.Author = author != 0 && author == v.PersonID
	w.Fraud, w.Review = v.Status == VoidFraud, v.Status == Quarantined
	return StatusOf(v.Subject, w, v.Stale)
}

type standingKey struct {
	subject    Subject
	id, person int64
}

func (s Standing) key() standingKey { return standingKey{s.Subject, s.SubjectID, s.PersonID} }

// Risen looks again at the votes of whoever an account belongs to: it has
// confirmed an address, was linked to an identity, or was closed.
func (s *Service) Risen(tx *db.Tx, accountID int64) error {
	person, err := findPersonOf(tx, accountID)
	if err != nil || person == 0 {
		return err
	}
	return s.Restand(tx, []int64{person})
}

// How many people are looked at in one read, and changed in one transaction.
const (
	lookAtOnce    = 500
	restandAtOnce = 50
)

// CountRisen looks again at all who voted or want something: accounts grow
// older, and what a hook missed is found here.
func (s *Service) CountRisen(ctx context.Context) error {
	for after := int64(0); ; {
		q := s.db.Read(ctx)
		persons, err := listVoters(q, after, lookAtOnce)
		if err != nil || len(persons) == 0 {
			return err
		}
		after = persons[len(persons)-1]
		differ, err := whoDiffers(q, persons)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(differ, restandAtOnce) {
			if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.Restand(tx, some) }); err != nil {
				return err
			}
		}
	}
}

// whoDiffers returns those people whose votes or interests stand otherwise than
// what is known of them now.
func whoDiffers(q *db.Tx, persons []int64) ([]int64, error) {
	merged, err := listMerged(q, persons)
	if err != nil {
		return nil, err
	}
	known, err := peopleNow(q, persons)
	if err != nil {
		return nil, err
	}
	rows, err := listStandings(q, persons)
	if err != nil {
		return nil, err
	}
	differ := map[int64]bool{}
	for from := range merged {
		differ[from] = true
	}
	_, now := restood(rows, known, nil, q.Now)
	for _, v := range now {
		differ[v.PersonID] = true
	}
	interests, err := listInterestsOf(q, persons)
	if err != nil {
		return nil, err
	}
	for _, in := range interests {
		if in.Status != in.statusNow(known[in.PersonID], q.Now) {
			differ[in.PersonID] = true
		}
	}
	return sortedKeys(differ), nil
}

func sortedKeys(set map[int64]bool) (ids []int64) {
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
