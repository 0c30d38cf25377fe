package shaping

import (
	"caravan/internal/db"
	"caravan/internal/errs"
)

// responses returns the provider's answers to each amendment of a package, in
// their order: the last one of each stands.
func responses(q *db.Tx, packageID int64) (map[int64][]Response, error) {
	var rows []Response
	err := q.Gorm().Raw(`
		SELECT r.* FROM amendment_responses r JOIN amendments a ON a.id = r.amendment_id
		WHERE a.package_id = ? ORDER BY r.amendment_id, r.number`, packageID).Scan(&rows).Error
	all := map[int64][]Response{}
	for _, r := range rows {
		all[r.AmendmentID] = append(all[r.AmendmentID], r)
	}
	return all, db.Wrap("shaping: list responses", err)
}

// hiddenResponses returns the answers of a package whose words a moderator took
// out of sight, with the key of the reason's sentence.
func hiddenResponses(q *db.Tx, packageID int64) (map[int64]string, error) {
	var rows []struct {
		ResponseID int64
		Why        string
	}
	err := q.Gorm().Raw(`
		SELECT h.response_id, h.why FROM amendment_responses_hidden h
		JOIN amendment_responses r ON r.id = h.response_id JOIN amendments a ON a.id = r.amendment_id
		WHERE a.package_id = ?`, packageID).Scan(&rows).Error
	all := map[int64]string{}
	for _, r := range rows {
		all[r.ResponseID] = r.Why
	}
	return all, db.Wrap("shaping: list hidden responses", err)
}

// insertResponse adds an answer and sets its id and number. Two at one moment
// wait for each other at the package's row, which their caller has locked.
func insertResponse(tx *db.Tx, r *Response) error {
	err := tx.Gorm().Raw(`SELECT coalesce(max(number), 0) + 1 FROM amendment_responses WHERE amendment_id = ?`, r.AmendmentID).Scan(&r.Number).Error
	if err != nil {
		return db.Wrap("shaping: number response", err)
	}
	return db.Wrap("shaping: insert response", tx.Gorm().Create(r).Error)
}

// responseByID returns an answer, and why a moderator took its words out of
// sight; empty for none.
func responseByID(q *db.Tx, id int64) (r Response, hiddenWhy string, err error) {
	err = q.Gorm().Where("id = ?", id).Take(&r).Error
	if db.Missing(err) {
		return r, "", errs.New(errs.NotFound, "shaping.no_response")
	}
	if err == nil {
		err = q.Gorm().Raw(`SELECT coalesce((SELECT why FROM amendment_responses_hidden WHERE response_id = ?), '')`, id).Scan(&hiddenWhy).Error
	}
	return r, hiddenWhy, db.Wrap("shaping: find response", err)
}

// hideResponse takes the words of an answer out of sight, or shows them again
// where there is no reason any more. The answer itself is never changed.
func hideResponse(tx *db.Tx, id int64, why string) error {
	if why == "" {
		return db.Wrap("shaping: show response", tx.Gorm().Exec(`DELETE FROM amendment_responses_hidden WHERE response_id = ?`, id).Error)
	}
	err := tx.Gorm().Exec(`INSERT INTO amendment_responses_hidden (response_id, why) VALUES (?, ?) ON CONFLICT (response_id) DO UPDATE SET why = excluded.why`, id, why).Error
	return db.Wrap("shaping: hide response", err)
}
