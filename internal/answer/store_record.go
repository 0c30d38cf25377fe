package answer

import (
	"strings"

	"caravan/internal/db"
)

// recordRow is an answer as the public log holds it. Body is what can be read of
// it now, empty if nothing can.
type recordRow struct {
	PublicID, Clinic, State, Body string
}

// listRecords reads answers by the public ids or the ids of their experiences.
func listRecords(q *db.Tx, publicIDs []string, ids []int64) (rows []recordRow, err error) {
	where, value := `e.public_id = ANY(ARRAY(SELECT x::uuid FROM unnest(string_to_array(?, ',')) x))`, any(strings.Join(publicIDs, ","))
	if publicIDs == nil {
		where, value = `e.id IN ?`, ids
	}
	if len(publicIDs) == 0 && len(ids) == 0 {
		return nil, nil
	}
	err = q.Gorm().Raw(`
		SELECT e.public_id::text AS public_id, o.slug AS clinic, a.state,
			CASE WHEN e.state <> 'published' THEN '' WHEN a.state = 'shown' THEN a.body WHEN a.state = 'hidden' THEN ''
				ELSE coalesce((SELECT x.body FROM answer_edits x WHERE x.experience_id = a.experience_id ORDER BY x.version DESC LIMIT 1), '') END AS body
		FROM answers a JOIN experiences e ON e.id = a.experience_id JOIN organisations o ON o.id = a.organisation_id WHERE `+where, value).Scan(&rows).Error
	return rows, db.Wrap("answer: read records", err)
}

// holdExperiences keeps experiences from being taken away until the answers to
// them are recorded: an answer's openings are destroyed with them.
func holdExperiences(tx *db.Tx, ids []int64) error {
	var held []int64
	err := tx.Gorm().Raw(`SELECT id FROM experiences WHERE id IN ? ORDER BY id FOR SHARE`, ids).Scan(&held).Error
	return db.Wrap("answer: hold experiences", err)
}

// listUnrecorded are shown answers of which the public log knows nothing, by the
// ids of their experiences.
func listUnrecorded(q *db.Tx, n int) (ids []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT a.experience_id FROM answers a JOIN experiences e ON e.id = a.experience_id WHERE a.state = 'shown' AND e.state = 'published'
		AND NOT EXISTS (SELECT FROM log_openings o WHERE o.kind = 'answer' AND o.ref = e.public_id::text) ORDER BY a.experience_id LIMIT ?`, n).Scan(&ids).Error
	return ids, db.Wrap("answer: list unrecorded", err)
}

func findPublicID(q *db.Tx, experienceID int64) (publicID string, err error) {
	err = q.Gorm().Raw(`SELECT public_id::text FROM experiences WHERE id = ?`, experienceID).Scan(&publicID).Error
	return publicID, db.Wrap("answer: find public id", err)
}
