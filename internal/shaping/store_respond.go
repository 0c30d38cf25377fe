package shaping

import (
	"time"

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

// recordOf adds up how a provider answered what it had to, over rounds that are
// over. Only answers before the end of their round's time count; what no longer
// needed one is left out.
func recordOf(q *db.Tx, organisationID int64) (Record, error) {
	var rows []struct {
		OpenedAt   time.Time
		AnsweredAt *time.Time
		Answer     Answer
		Taken      bool
	}
	err := q.Gorm().Raw(`
		SELECT a.created_at AS opened_at, first.created_at AS answered_at, coalesce(last.answer, '') AS answer, a.settled_value = last.counter_value AS taken
		FROM packages p JOIN amendments a ON a.package_id = p.id AND a.due_round > 0
		LEFT JOIN LATERAL (SELECT min(at) AS at FROM package_steps t WHERE t.package_id = p.id AND t.round = a.due_round AND t.event IN ('end_answers', 'ask_final')) over ON true
		LEFT JOIN LATERAL (SELECT created_at FROM amendment_responses r WHERE r.amendment_id = a.id AND (over.at IS NULL OR r.created_at <= over.at) ORDER BY r.number LIMIT 1) first ON true
		LEFT JOIN LATERAL (SELECT answer, counter_value FROM amendment_responses r WHERE r.amendment_id = a.id ORDER BY r.number DESC LIMIT 1) last ON true
		WHERE p.organisation_id = ? AND (first.created_at IS NOT NULL OR over.at IS NOT NULL AND a.state NOT IN ?)`, organisationID, unasked).Scan(&rows).Error
	all := make([]Answerable, len(rows))
	for i, r := range rows {
		all[i] = Answerable{OpenedAt: r.OpenedAt, Answer: r.Answer, Taken: r.Taken}
		if r.AnsweredAt != nil {
			all[i].AnsweredAt = *r.AnsweredAt
		}
	}
	return RecordOf(all), db.Wrap("shaping: read record", err)
}
