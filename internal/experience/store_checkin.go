package experience

import (
	"time"

	"caravan/internal/db"
)

// findLinked and lockLinked find an open check-in by its link.
func findLinked(q *db.Tx, hash []byte) (CheckIn, error) {
	return oneCheckIn(q, errLink, `SELECT `+checkInColumns+` FROM check_ins WHERE token_hash = ? AND status = 'asked' AND token_expires > ?`, hash, q.Now)
}

func lockLinked(tx *db.Tx, hash []byte) (CheckIn, error) {
	return oneCheckIn(tx, errLink, `SELECT `+checkInColumns+` FROM check_ins WHERE token_hash = ? AND status = 'asked' AND token_expires > ? FOR UPDATE`, hash, tx.Now)
}

func lockCheckIn(tx *db.Tx, experienceID int64, moment string) (CheckIn, error) {
	return oneCheckIn(tx, errNone, `SELECT `+checkInColumns+` FROM check_ins WHERE experience_id = ? AND moment = ? FOR UPDATE`, experienceID, moment)
}

func oneCheckIn(q *db.Tx, none error, sql string, args ...any) (c CheckIn, err error) {
	r := q.Gorm().Raw(sql, args...).Scan(&c)
	if r.Error == nil && r.RowsAffected == 0 {
		return c, none
	}
	return c, db.Wrap("experience: find check-in", r.Error)
}

// about is what is needed to read a check-in's words and to ask its questions.
type about struct {
	AccountID, OrganisationID            int64
	Clinic, Country, AuthorRole, Outcome string
}

func findAbout(q *db.Tx, experienceID int64) (x about, err error) {
	err = q.Gorm().Raw(`
		SELECT coalesce(a.account_id, 0) AS account_id, o.id AS organisation_id, o.name AS clinic, o.country, e.author_role, coalesce(p.outcome, '') AS outcome
		FROM experiences e JOIN organisations o ON o.id = e.organisation_id JOIN procedures p ON p.id = e.procedure_id LEFT JOIN authorships a ON a.experience_id = e.id
		WHERE e.id = ?`, experienceID).Scan(&x).Error
	return x, db.Wrap("experience: read what a check-in is about", err)
}

// knownAnswers are the names and values of everything that was answered so far.
func knownAnswers(q *db.Tx, experienceID int64) (known Answers, err error) {
	var row struct{ Details, Sums, Sealed Answers }
	err = q.Gorm().Raw(`
		SELECT e.details, coalesce(r.answers, '{}') AS sums, coalesce(s.answers, '{}') AS sealed
		FROM experiences e LEFT JOIN experience_restricted r ON r.experience_id = e.id LEFT JOIN experience_sealed s ON s.experience_id = e.id
		WHERE e.id = ?`, experienceID).Scan(&row).Error
	known = Answers{}
	for _, part := range []Answers{row.Details, row.Sums, row.Sealed} {
		for name, v := range part {
			known[name] = v
		}
	}
	return known, db.Wrap("experience: read known answers", err)
}

func findSealed(q *db.Tx, experienceID int64) (a Answers, err error) {
	var row struct{ Answers Answers }
	err = q.Gorm().Raw(`SELECT answers FROM experience_sealed WHERE experience_id = ?`, experienceID).Scan(&row).Error
	return row.Answers, db.Wrap("experience: read sealed answers", err)
}

func updateCheckIn(tx *db.Tx, c CheckIn) error {
	err := tx.Gorm().Exec(`
		UPDATE check_ins SET status = ?, token_hash = ?, token_expires = ?, goal_achieved = ?, worth_it = ?, complication = ?, note = ?, agrees = ?, answers = ?::jsonb, done_on = ?
		WHERE id = ?`, c.Status, c.TokenHash, c.TokenExpires, c.GoalAchieved, c.WorthIt, c.Complication, c.Note, c.Agrees, c.Answers, c.DoneOn, c.ID).Error
	return db.Wrap("experience: store check-in", err)
}

// putDetails adds answers to the public ones; those that lists filter by go
// into their columns as well.
func putDetails(tx *db.Tx, e Experience, a Answers) error {
	if len(a) == 0 {
		return nil
	}
	lang, interpreter, nights := e.ConsentLang, e.Interpreter, e.NightsBeforeFlight
	if tells(a["consent_lang"]) {
		lang = a.One("consent_lang")
	}
	if tells(a["interpreter"]) {
		interpreter = a.One("interpreter")
	}
	if n := number(a.One("nights_before_flight")); n != nil {
		v := int16(*n)
		nights = &v
	}
	err := tx.Gorm().Exec(`UPDATE experiences SET details = details || ?::jsonb, consent_lang = ?, interpreter = ?, nights_before_flight = ? WHERE id = ?`,
		a, lang, interpreter, nights, e.ID).Error
	return db.Wrap("experience: store details", err)
}

// dueRow is a check-in that is due, with whom to ask.
type dueRow struct{ ID, AccountID int64 }

// lockDue finds check-ins to ask about. What is not published yet is not asked
// about; who closed the account cannot be asked.
func lockDue(tx *db.Tx, most int) (rows []dueRow, err error) {
	err = tx.Gorm().Raw(`
		SELECT c.id, a.account_id FROM check_ins c JOIN experiences e ON e.id = c.experience_id JOIN authorships a ON a.experience_id = e.id
		JOIN accounts x ON x.id = a.account_id AND x.closed_at IS NULL
		WHERE c.status = 'coming' AND c.due_on <= ?::date AND c.closes_on > ?::date AND e.state IN ('published', 'restricted')
		ORDER BY c.due_on, c.id LIMIT ? FOR UPDATE OF c SKIP LOCKED`, tx.Now, tx.Now, most).Scan(&rows).Error
	return rows, db.Wrap("experience: list due check-ins", err)
}

func markAsked(tx *db.Tx, id int64, hash []byte, until time.Time) error {
	err := tx.Gorm().Exec(`UPDATE check_ins SET status = 'asked', token_hash = ?, token_expires = ? WHERE id = ?`, hash, until, id).Error
	return db.Wrap("experience: ask check-in", err)
}

func markMissed(tx *db.Tx, most int) (experienceIDs []int64, err error) {
	err = tx.Gorm().Raw(`
		UPDATE check_ins SET status = 'missed', token_hash = NULL, token_expires = NULL WHERE id IN (
			SELECT id FROM check_ins WHERE status IN ('coming', 'asked') AND closes_on <= ?::date ORDER BY closes_on, id LIMIT ? FOR UPDATE SKIP LOCKED)
		RETURNING experience_id`, tx.Now, most).Scan(&experienceIDs).Error
	return experienceIDs, db.Wrap("experience: close check-ins", err)
}

// declineAll ends the asking about an experience that is gone.
func declineAll(tx *db.Tx, experienceID int64) error {
	err := tx.Gorm().Exec(`UPDATE check_ins SET status = 'declined', token_hash = NULL, token_expires = NULL WHERE experience_id = ? AND status IN ('coming', 'asked')`, experienceID).Error
	return db.Wrap("experience: decline check-ins", err)
}
