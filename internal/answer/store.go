package answer

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// insertAnswer says whether there was none.
func insertAnswer(tx *db.Tx, w Answer) (fresh bool, err error) {
	r := tx.Gorm().Exec(`
		INSERT INTO answers (experience_id, organisation_id, author_account_id, author_role, author_title, body, body_html, renderer, lang, state, standing, version, created_at, published_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		w.ExperienceID, w.OrganisationID, w.AuthorAccountID, w.AuthorRole, w.AuthorTitle, w.Body, w.BodyHTML, w.Renderer, w.Lang, w.State, w.Standing, w.Version, w.CreatedAt, w.PublishedAt)
	return r.RowsAffected == 1, db.Wrap("answer: store", r.Error)
}

// lockAnswer keeps everything else about the answer waiting: its wording, its
// standing, its changes.
func lockAnswer(tx *db.Tx, experienceID int64) (w Answer, err error) {
	res := tx.Gorm().Raw(`SELECT * FROM answers WHERE experience_id = ? FOR UPDATE`, experienceID).Scan(&w)
	if res.Error == nil && res.RowsAffected == 0 {
		return w, errs.New(errs.NotFound, "answer.no_answer")
	}
	return w, db.Wrap("answer: lock", res.Error)
}

func keepWording(tx *db.Tx, w Answer) error {
	return db.Wrap("answer: keep wording", tx.Gorm().Exec(`
		INSERT INTO answer_edits (experience_id, version, body, body_html, replaced_at) VALUES (?, ?, ?, ?, ?)`,
		w.ExperienceID, w.Version, w.Body, w.BodyHTML, tx.Now).Error)
}

func rewriteAnswer(tx *db.Tx, w Answer) error {
	return db.Wrap("answer: rewrite", tx.Gorm().Exec(`
		UPDATE answers SET author_account_id = ?, author_role = ?, author_title = ?, body = ?, body_html = ?, renderer = ?, lang = ?,
			state = ?, hidden_why = ?, version = ?, published_at = ?, edited_at = ? WHERE experience_id = ?`,
		w.AuthorAccountID, w.AuthorRole, w.AuthorTitle, w.Body, w.BodyHTML, w.Renderer, w.Lang,
		w.State, w.HiddenWhy, w.Version, w.PublishedAt, w.EditedAt, w.ExperienceID).Error)
}

func setState(tx *db.Tx, w Answer) error {
	return db.Wrap("answer: set state", tx.Gorm().Exec(`UPDATE answers SET state = ?, hidden_why = ?, published_at = ? WHERE experience_id = ?`,
		w.State, w.HiddenWhy, w.PublishedAt, w.ExperienceID).Error)
}

func setStanding(tx *db.Tx, experienceID int64, standing string) error {
	return db.Wrap("answer: set standing", tx.Gorm().Exec(`UPDATE answers SET standing = ? WHERE experience_id = ?`, standing, experienceID).Error)
}

func insertChange(tx *db.Tx, c *Change) error {
	return db.Wrap("answer: store change", tx.Gorm().Raw(`
		INSERT INTO changes (organisation_id, experience_id, title, due_on, first_due_on, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		c.OrganisationID, c.ExperienceID, c.Title, c.DueOn, c.FirstDueOn, c.CreatedAt).Scan(&c.ID).Error)
}

func setDue(tx *db.Tx, id int64, due time.Time) error {
	return db.Wrap("answer: move change", tx.Gorm().Exec(`UPDATE changes SET due_on = ? WHERE id = ?`, due, id).Error)
}

func setMade(tx *db.Tx, id int64, proof string, on time.Time) error {
	return db.Wrap("answer: make change", tx.Gorm().Exec(`UPDATE changes SET proof = ?, made_on = ? WHERE id = ?`, proof, on, id).Error)
}

func putSighting(tx *db.Tx, changeID, experienceID int64, seen bool) error {
	return db.Wrap("answer: store sighting", tx.Gorm().Exec(`
		INSERT INTO change_sightings (change_id, experience_id, seen, told_on) VALUES (?, ?, ?, ?)
		ON CONFLICT (change_id, experience_id) DO UPDATE SET seen = excluded.seen, told_on = excluded.told_on`,
		changeID, experienceID, seen, today(tx.Now)).Error)
}
