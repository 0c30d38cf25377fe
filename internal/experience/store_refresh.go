package experience

import "caravan/internal/db"

// findParts reads what an experience derives from. Who answers for a table that
// was taken in has confirmed an address; its patients have not.
func findParts(q *db.Tx, e Experience) (p parts, err error) {
	err = q.Gorm().Raw(`
		SELECT EXISTS (SELECT 1 FROM authorships a JOIN identities i ON i.account_id = a.account_id AND i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL
			WHERE a.experience_id = ? AND NOT EXISTS (SELECT 1 FROM experience_imports m WHERE m.experience_id = a.experience_id)), coalesce((SELECT outcome FROM procedures WHERE id = ?), '')`, e.ID, e.ProcedureID).Row().Scan(&p.confirmed, &p.outcome)
	if err != nil {
		return p, db.Wrap("experience: read parts", err)
	}
	if p.checkIns, err = listCheckIns(q, e.ID); err != nil {
		return p, err
	}
	p.complications, err = listComplications(q, e.ID)
	return p, err
}

const checkInColumns = `id, experience_id, moment, due_on, closes_on, status, token_hash, token_expires, goal_achieved, worth_it, complication, note, agrees, answers, done_on`

func listCheckIns(q *db.Tx, id int64) (rows []CheckIn, err error) {
	err = q.Gorm().Raw(`SELECT `+checkInColumns+` FROM check_ins WHERE experience_id = ? ORDER BY due_on, id`, id).Scan(&rows).Error
	return rows, db.Wrap("experience: list check-ins", err)
}

func listComplications(q *db.Tx, id int64) (rows []Complication, err error) {
	err = q.Gorm().Raw(`SELECT id, experience_id, told, kind, onset_day, grade, at_discharge, certainty, treated_where, days_in_hospital, reoperation, payer, resolved, reported_to_clinic,
		clinic_reaction FROM complications WHERE experience_id = ? ORDER BY id`, id).Scan(&rows).Error
	return rows, db.Wrap("experience: list complications", err)
}

func updateDerived(tx *db.Tx, e Experience) error {
	err := tx.Gorm().Exec(`
		UPDATE experiences SET level = ?, counted = ?, goal_achieved = ?, goal_told = ?, worth_it = ?, complication = ?, worst_grade = ?, known_days = ?, answered = ?, asked = ?,
			paid_ratio = ?, paid_euro_minor = ?, rated_on = ? WHERE id = ?`,
		e.Level, e.Counted, e.GoalAchieved, e.GoalTold, e.WorthIt, e.Complication, e.WorstGrade, e.KnownDays, e.Answered, e.Asked,
		e.PaidRatio, e.PaidEuroMinor, e.RatedOn, e.ID).Error
	return db.Wrap("experience: refresh", err)
}
