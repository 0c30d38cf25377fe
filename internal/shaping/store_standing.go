package shaping

import (
	"caravan/internal/db"
)

// tallyRow is a row of the kept sums.
type tallyRow struct {
	Subject                                                      Subject
	SubjectID                                                    int64
	Stratum                                                      Stratum
	Want, Pass, Against, Carried                                 int
	Unverified, Quarantined, Stale, OwnWish, VoidTies, VoidFraud int
}

// tally is the row as the rules read it.
func (r tallyRow) tally() Tally {
	t := Tally{Want: r.Want, Pass: r.Pass, Against: r.Against, Carried: r.Carried, Others: map[Status]int{}}
	for s, n := range map[Status]int{Unverified: r.Unverified, Quarantined: r.Quarantined, StaleVersion: r.Stale, OwnWish: r.OwnWish, VoidTies: r.VoidTies, VoidFraud: r.VoidFraud} {
		if n != 0 {
			t.Others[s] = n
		}
	}
	return t
}

// tallies reads how the standing votes on everything in a package add up, by
// subject, its id and stratum. What nobody voted on is not in it.
func tallies(q *db.Tx, packageID int64) (map[Subject]map[int64]map[Stratum]Tally, error) {
	var rows []tallyRow
	err := q.Gorm().Raw(`SELECT subject, subject_id, stratum, want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud
		FROM package_tallies WHERE package_id = ?`, packageID).Scan(&rows).Error
	all := map[Subject]map[int64]map[Stratum]Tally{}
	for _, r := range rows {
		if all[r.Subject] == nil {
			all[r.Subject] = map[int64]map[Stratum]Tally{}
		}
		if all[r.Subject][r.SubjectID] == nil {
			all[r.Subject][r.SubjectID] = map[Stratum]Tally{}
		}
		all[r.Subject][r.SubjectID][r.Stratum] = r.tally()
	}
	return all, db.Wrap("shaping: read tallies", err)
}

const standingColumns = `package_id, person_id, subject, subject_id, version_id, choice, reason, stratum, status, carried, stale, updated_at`

// ownVotes reads the standing votes of a person in a package.
func ownVotes(q *db.Tx, packageID, personID int64) (map[Subject]map[int64]Standing, error) {
	var rows []Standing
	err := q.Gorm().Raw(`SELECT `+standingColumns+` FROM package_standings WHERE package_id = ? AND person_id = ?`, packageID, personID).Scan(&rows).Error
	own := map[Subject]map[int64]Standing{}
	for _, v := range rows {
		if own[v.Subject] == nil {
			own[v.Subject] = map[int64]Standing{}
		}
		own[v.Subject][v.SubjectID] = v
	}
	return own, db.Wrap("shaping: read own votes", err)
}
