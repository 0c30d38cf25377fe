package answer

import (
	"html/template"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
)

// answerRow is an answer with who stands beside it.
type answerRow struct {
	Answer
	Handle           string
	Gone             bool
	Organisation     string
	OrganisationSlug string
	OrganisationKind string
	PublicID         string // of the experience
}

func (r answerRow) author() access.Author {
	return access.Author{Handle: r.Handle, Role: r.AuthorRole, Title: r.AuthorTitle, Organisation: r.Organisation,
		OrganisationSlug: r.OrganisationSlug, OrganisationKind: r.OrganisationKind, Gone: r.Gone}
}

// findAnswer returns the answer to an experience; found is false if there is none.
func findAnswer(q *db.Tx, experienceID int64) (r answerRow, found bool, err error) {
	res := q.Gorm().Raw(`
		SELECT w.*, a.handle, a.closed_at IS NOT NULL AS gone, o.name AS organisation, o.slug AS organisation_slug, o.kind AS organisation_kind,
			e.public_id::text AS public_id
		FROM answers w JOIN accounts a ON a.id = w.author_account_id JOIN organisations o ON o.id = w.organisation_id JOIN experiences e ON e.id = w.experience_id
		WHERE w.experience_id = ?`, experienceID).Scan(&r)
	return r, res.RowsAffected == 1, db.Wrap("answer: find", res.Error)
}

// changeRow is a change with what later patients said of it.
type changeRow struct {
	Change
	Seen, Missed int
}

const selectChanges = `
	SELECT c.*, count(*) FILTER (WHERE s.seen) AS seen, count(*) FILTER (WHERE NOT s.seen) AS missed
	FROM changes c LEFT JOIN change_sightings s ON s.change_id = c.id `

func listChanges(q *db.Tx, experienceID int64) (rows []changeRow, err error) {
	err = q.Gorm().Raw(selectChanges+`WHERE c.experience_id = ? GROUP BY c.id ORDER BY c.due_on, c.id`, experienceID).Scan(&rows).Error
	return rows, db.Wrap("answer: list changes", err)
}

// listClinicChanges leaves out what was promised to experiences that are no
// longer public.
func listClinicChanges(q *db.Tx, organisationID int64) (rows []changeRow, err error) {
	err = q.Gorm().Raw(selectChanges+`JOIN experiences e ON e.id = c.experience_id AND e.state = 'published'
		WHERE c.organisation_id = ? GROUP BY c.id ORDER BY c.due_on, c.id LIMIT 500`, organisationID).Scan(&rows).Error
	return rows, db.Wrap("answer: list clinic's changes", err)
}

// findChange returns a change of a published experience, or NotFound.
func findChange(q *db.Tx, id int64) (r changeRow, err error) {
	res := q.Gorm().Raw(selectChanges+`JOIN experiences e ON e.id = c.experience_id AND e.state = 'published'
		WHERE c.id = ? GROUP BY c.id`, id).Scan(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		return r, errs.New(errs.NotFound, "answer.no_change")
	}
	return r, db.Wrap("answer: find change", res.Error)
}

// experienceRow is a published experience as the clinic's people see it: as
// everybody does.
type experienceRow struct {
	ID          int64
	PublicID    string
	Title, Lang string
	PublishedOn time.Time
	State       string // of the answer; empty: none
	Standing    string
}

// listToAnswer are a clinic's published experiences, the oldest first: those
// that wait for an answer (none, held, refused), or those that have one.
func listToAnswer(q *db.Tx, organisationID int64, answered bool, most int) (rows []experienceRow, err error) {
	err = q.Gorm().Raw(`
		SELECT e.id, e.public_id::text, e.lang, e.published_on, coalesce(w.state, '') AS state, coalesce(w.standing, '') AS standing
		FROM experiences e LEFT JOIN answers w ON w.experience_id = e.id
		WHERE e.organisation_id = ? AND e.state = 'published' AND (coalesce(w.state, '') IN ('shown', 'hidden')) = ?
		ORDER BY e.published_on, e.id LIMIT ?`, organisationID, answered, most).Scan(&rows).Error
	if err != nil {
		return nil, db.Wrap("answer: list experiences", err)
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	titles, err := listTitles(q, ids)
	for i := range rows {
		rows[i].Title = titles[rows[i].ID]
	}
	return rows, err
}

// listTitles are the titles of experiences as everybody may read them: what a
// moderator has covered is covered here too.
func listTitles(q *db.Tx, ids []int64) (map[int64]string, error) {
	var rows []struct {
		ID                 int64
		Title, Lang        string
		FirstByte, EndByte *int
		Class              *string
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err := q.Gorm().Raw(`
		SELECT e.id, e.title, e.lang, m.first_byte, m.end_byte, m.class FROM experiences e
		LEFT JOIN experience_masks m ON m.experience_id = e.id AND m.version = e.version AND m.field = 'title'
		WHERE e.id IN ? ORDER BY e.id, m.first_byte`, ids).Scan(&rows).Error
	out := map[int64]string{}
	for i := 0; i < len(rows); {
		r := rows[i]
		var masks []moderation.Mask
		for ; i < len(rows) && rows[i].ID == r.ID; i++ {
			if m := rows[i]; m.Class != nil {
				masks = append(masks, moderation.Mask{First: *m.FirstByte, End: *m.EndByte, Class: *m.Class})
			}
		}
		out[r.ID] = moderation.Cover(r.Lang, r.Title, masks)
	}
	return out, db.Wrap("answer: list titles", err)
}

// neutralRow is what stands above an experience in words of ours.
type neutralRow struct {
	Name, City     string
	ProcedureID    int64
	ShownTreatment string
}

func findNeutral(q *db.Tx, experienceID int64) (r neutralRow, err error) {
	err = q.Gorm().Raw(`
		SELECT o.name, o.city, e.procedure_id, e.shown_treatment FROM experiences e JOIN organisations o ON o.id = e.organisation_id
		WHERE e.id = ?`, experienceID).Scan(&r).Error
	return r, db.Wrap("answer: find words of the experience", err)
}

// promisedBy is who promised a change, and to what.
type promisedBy struct{ Name, Slug, PublicID, Title string }

func findPromisedBy(q *db.Tx, c Change) (r promisedBy, err error) {
	err = q.Gorm().Raw(`
		SELECT o.name, o.slug, e.public_id::text FROM organisations o, experiences e WHERE o.id = ? AND e.id = ?`,
		c.OrganisationID, c.ExperienceID).Scan(&r).Error
	if err != nil {
		return r, db.Wrap("answer: find who promised", err)
	}
	titles, err := listTitles(q, []int64{c.ExperienceID})
	r.Title = titles[c.ExperienceID]
	return r, err
}

func listWordings(q *db.Tx, experienceID int64) (out []Wording, err error) {
	var rows []struct {
		BodyHTML   string
		ReplacedAt time.Time
	}
	err = q.Gorm().Raw(`SELECT body_html, replaced_at FROM answer_edits WHERE experience_id = ? ORDER BY version DESC`, experienceID).Scan(&rows).Error
	for _, r := range rows {
		out = append(out, Wording{template.HTML(r.BodyHTML), r.ReplacedAt}) // #nosec G203: text.Markdown made it
	}
	return out, db.Wrap("answer: list wordings", err)
}
