package experience

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/visit"
)

// provenLevel is from which level of verification on an experience counts as
// shown by evidence.
const provenLevel = 2

// Treated says which of these people have a published experience of level 2 or
// more of a procedure, at whatever clinic.
func (s *Service) Treated(q *db.Tx, persons []int64, procedureID int64) (map[int64]bool, error) {
	if len(persons) == 0 {
		return nil, nil
	}
	ids, err := listTreated(q, persons, procedureID)
	if err != nil {
		return nil, err
	}
	treated := make(map[int64]bool, len(ids))
	for _, id := range ids {
		treated[id] = true
	}
	return treated, nil
}

// AskTreated is the statement that fills treated with every pair of one of these
// people and a procedure of which Treated is true. It is for who asks for much
// else in the same round trip.
func (s *Service) AskTreated(persons []int64, treated map[[2]int64]bool) db.Statement {
	return askTreated(persons, treated)
}

// Followed finds the person's own published experience at an organisation of a
// procedure that can have followed something on a day: treated in the quarter of
// that day or later. Of several it is one of level 2 or more, then the earliest.
// Discharged is the day of discharge, where that was not told the last day of
// the quarter.
func (s *Service) Followed(q *db.Tx, personID, organisationID, procedureID int64, since time.Time) (experienceID int64, proven bool, discharged time.Time, ok bool, err error) {
	f, ok, err := findFollowed(q, personID, organisationID, procedureID, string(visit.Of(since)))
	if err != nil || !ok {
		return 0, false, time.Time{}, false, err
	}
	discharged = visit.Quarter(f.Quarter).End().AddDate(0, 0, -1)
	if day, e := time.Parse(time.DateOnly, f.DischargeDay); e == nil {
		discharged = day // anything else was never told as a day
	}
	return f.ID, f.Level >= provenLevel, discharged, true, nil
}
