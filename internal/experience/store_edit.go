package experience

import (
	"caravan/internal/db"
)

func findPublic(q *db.Tx, publicID string) (Experience, error) {
	return oneExperience(q, "find public", `SELECT `+columns+` FROM experiences WHERE public_id = ?::uuid AND state NOT IN ('submitted', 'sent_back')`, publicID)
}

func setState(tx *db.Tx, id int64, state, why string) error {
	return db.Wrap("experience: set state", tx.Gorm().Exec(`UPDATE experiences SET state = ?, state_why = ? WHERE id = ?`, state, why, id).Error)
}

func markPublished(tx *db.Tx, id int64) error {
	return db.Wrap("experience: publish", tx.Gorm().Exec(`UPDATE experiences SET published_on = coalesce(published_on, ?::date) WHERE id = ?`, tx.Now, id).Error)
}

// updateWords stores the words of a new version. Only what was published can
// have been edited for its readers.
func updateWords(tx *db.Tx, e *Experience) error {
	err := tx.Gorm().Exec(`
		UPDATE experiences SET title = ?, story = ?, goal = ?, ai_used = ?, story_html = ?, renderer = ?, lang = ?, version = ?,
			edited_on = CASE WHEN published_on IS NULL THEN edited_on ELSE ?::date END WHERE id = ?`,
		e.Title, e.Story, e.Goal, e.AIUsed, e.StoryHTML, e.Renderer, e.Lang, e.Version, tx.Now, e.ID).Error
	return db.Wrap("experience: store words", err)
}

// insertEdit keeps the words of an experience as they were.
func insertEdit(tx *db.Tx, e Experience) error {
	written := e.CreatedOn
	if e.EditedOn != nil {
		written = *e.EditedOn
	}
	err := tx.Gorm().Exec(`INSERT INTO experience_edits (experience_id, version, title, story, story_html, written_on, replaced_on) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.ID, e.Version, e.Title, e.Story, e.StoryHTML, written, tx.Now).Error
	return db.Wrap("experience: keep words", err)
}

// listEdits are the earlier wordings of an experience, the newest first.
func listEdits(q *db.Tx, id int64) (rows []Edit, err error) {
	err = q.Gorm().Raw(`SELECT experience_id, version, title, story, story_html, written_on, replaced_on FROM experience_edits WHERE experience_id = ? ORDER BY version DESC`, id).Scan(&rows).Error
	return rows, db.Wrap("experience: list edits", err)
}

func listMasks(q *db.Tx, id int64) (rows []Mask, err error) {
	err = q.Gorm().Raw(`SELECT experience_id, version, field, first_byte, end_byte, class, made_by, made_on FROM experience_masks WHERE experience_id = ? ORDER BY version, field, first_byte`, id).Scan(&rows).Error
	return rows, db.Wrap("experience: list masks", err)
}

func removeMask(tx *db.Tx, id int64, m Mask) error {
	err := tx.Gorm().Exec(`DELETE FROM experience_masks WHERE experience_id = ? AND version = ? AND field = ? AND first_byte = ?`, id, m.Version, m.Field, m.FirstByte).Error
	return db.Wrap("experience: remove mask", err)
}

func insertTombstone(tx *db.Tx, t Tombstone) error {
	err := tx.Gorm().Exec(`INSERT INTO tombstones (experience_id, kind, reason, asked_by, made_on, appeal_until) VALUES (?, ?, ?, ?, ?, ?)`,
		t.ExperienceID, t.Kind, t.Reason, t.AskedBy, t.MadeOn, t.AppealUntil).Error
	return db.Wrap("experience: store tombstone", err)
}

// eraseWords takes away everything that was told but what a tombstone and the
// clinic's record of answers stand on. The same may be told again.
func eraseWords(tx *db.Tx, id int64) error {
	for _, sql := range []string{
		`UPDATE experiences SET title = '', story = '', story_html = '', goal = '', details = '{}', age_band = NULL, origin_country = NULL, shown_origin = false, shown_age = false,
			quoted_minor = NULL, quoted_currency = NULL, paid_minor = NULL, paid_currency = NULL, paid_ratio = NULL, paid_euro_minor = NULL, gap_reasons = '{}', goal_achieved = NULL,
			would_repeat = 'unknown', worth_it = 'unknown', complication = 'unknown', worst_grade = NULL, consent_lang = '', interpreter = '', nights_before_flight = NULL,
			counted = false WHERE id = ?`,
		`UPDATE authorships SET told = false WHERE experience_id = ?`,
		`UPDATE check_ins SET goal_achieved = NULL, worth_it = 'unknown', complication = 'unknown', note = '', agrees = NULL, answers = '{}' WHERE experience_id = ?`,
		`DELETE FROM experience_edits WHERE experience_id = ?`,
		`DELETE FROM experience_masks WHERE experience_id = ?`,
		`DELETE FROM experience_restricted WHERE experience_id = ?`,
		`DELETE FROM experience_sealed WHERE experience_id = ?`,
		`DELETE FROM experience_lines WHERE experience_id = ?`,
		`DELETE FROM experience_procedures WHERE experience_id = ?`,
		`DELETE FROM complications WHERE experience_id = ?`,
	} {
		if err := tx.Gorm().Exec(sql, id).Error; err != nil {
			return db.Wrap("experience: erase", err)
		}
	}
	err := tx.Gorm().Exec(`UPDATE experience_consents SET withdrawn_at = ? WHERE experience_id = ? AND withdrawn_at IS NULL`, tx.Now, id).Error
	return db.Wrap("experience: withdraw consents", err)
}

// coverAlike shows origin or age of a clinic's experiences where at least
// leastCrowd published ones share it, and hides it elsewhere.
func coverAlike(tx *db.Tx, organisationID int64, column, value string) error {
	sql := `UPDATE experiences SET shown_age = x.enough FROM (SELECT count(*) >= ? AS enough FROM experiences WHERE organisation_id = ? AND state = 'published' AND age_band = ?) x
		WHERE organisation_id = ? AND age_band = ? AND shown_age <> x.enough`
	if column == "origin_country" {
		sql = `UPDATE experiences SET shown_origin = x.enough FROM (SELECT count(*) >= ? AS enough FROM experiences WHERE organisation_id = ? AND state = 'published' AND origin_country = ?) x
		WHERE organisation_id = ? AND origin_country = ? AND shown_origin <> x.enough`
	}
	return db.Wrap("experience: cover alike", tx.Gorm().Exec(sql, leastCrowd, organisationID, value, organisationID, value).Error)
}

func isAuthor(q *db.Tx, id, personID int64) (is bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT 1 FROM authorships WHERE experience_id = ? AND person_id = ?)`, id, personID).Scan(&is).Error
	return is, db.Wrap("experience: ask for authorship", err)
}

// findAuthor is the account that wrote an experience, 0 if nobody is left.
func findAuthor(q *db.Tx, id int64) (accountID int64, err error) {
	err = q.Gorm().Raw(`SELECT a.account_id FROM authorships a JOIN accounts x ON x.id = a.account_id AND x.closed_at IS NULL WHERE a.experience_id = ?`, id).Scan(&accountID).Error
	return accountID, db.Wrap("experience: find author", err)
}

func listWritten(q *db.Tx, personID int64) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT experience_id FROM authorships WHERE person_id = ? ORDER BY experience_id`, personID).Scan(&ids).Error
	return ids, db.Wrap("experience: list written", err)
}

func listLaterVerified(q *db.Tx, personID, organisationID int64, quarter string) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT e.id FROM authorships a JOIN experiences e ON e.id = a.experience_id
		WHERE a.person_id = ? AND e.organisation_id = ? AND e.state = 'published' AND e.level >= 2 AND e.quarter >= ? ORDER BY e.id`, personID, organisationID, quarter).Scan(&ids).Error
	return ids, db.Wrap("experience: list later verified", err)
}

// listMine are a person's experiences, the newest first.
func listMine(q *db.Tx, personID int64) (rows []Experience, err error) {
	err = q.Gorm().Raw(`SELECT `+columns+` FROM experiences WHERE id IN (SELECT experience_id FROM authorships WHERE person_id = ?) ORDER BY id DESC`, personID).Scan(&rows).Error
	return rows, db.Wrap("experience: list mine", err)
}
