package experience

import "caravan/internal/db"

// searchRow is a published experience as the search index holds it.
type searchRow struct {
	Experience
	Clinic string
	Masks  []Mask `gorm:"-"`
}

func listForSearch(q *db.Tx, ids []int64) (rows []searchRow, err error) {
	err = q.Gorm().Raw(`SELECT e.*, o.name AS clinic FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.id IN ? AND e.state = 'published'`, ids).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return rows, db.Wrap("experience: list for search", err)
	}
	var masks []Mask
	err = q.Gorm().Raw(`SELECT experience_id, version, field, first_byte, end_byte, class FROM experience_masks WHERE experience_id IN ? ORDER BY first_byte`, ids).Scan(&masks).Error
	for i := range rows {
		for _, m := range masks {
			if m.ExperienceID == rows[i].ID {
				rows[i].Masks = append(rows[i].Masks, m)
			}
		}
	}
	return rows, db.Wrap("experience: list masks for search", err)
}
