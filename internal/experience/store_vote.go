package experience

import (
	"time"

	"caravan/internal/db"
)

// votedOn is an experience as the rule of votes needs it.
type votedOn struct {
	ID, OrganisationID int64
	State              string
	Own                bool
}

// lockVoted holds the row of an experience until the commit: votes on it are
// counted anew one after the other.
func lockVoted(tx *db.Tx, publicID string, personID int64) (x votedOn, err error) {
	res := tx.Gorm().Raw(`
		SELECT e.id, e.organisation_id, e.state, EXISTS (SELECT FROM authorships a WHERE a.experience_id = e.id AND a.person_id = ?) AS own
		FROM experiences e WHERE e.public_id = ?::uuid FOR NO KEY UPDATE OF e`, personID, publicID).Scan(&x)
	if res.Error == nil && res.RowsAffected == 0 {
		return x, errNone
	}
	return x, db.Wrap("experience: lock for vote", res.Error)
}

func putVote(tx *db.Tx, id, personID int64, value int, counted bool) error {
	err := tx.Gorm().Exec(`
		INSERT INTO experience_votes (experience_id, person_id, value, counted, cast_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (experience_id, person_id) DO UPDATE SET value = excluded.value, counted = excluded.counted, cast_at = excluded.cast_at`,
		id, personID, value, counted, tx.Now).Error
	return db.Wrap("experience: store vote", err)
}

// recountVotes makes an experience's sums anew from the counted votes.
func recountVotes(tx *db.Tx, id int64) (helpful, of int, err error) {
	var sum struct{ Helpful, HelpfulOf int }
	err = tx.Gorm().Raw(`
		UPDATE experiences e SET helpful = v.helpful, helpful_of = v.n
		FROM (SELECT count(*) FILTER (WHERE value = 1) AS helpful, count(*) AS n FROM experience_votes WHERE experience_id = ? AND counted) v
		WHERE e.id = ? RETURNING e.helpful, e.helpful_of`, id, id).Scan(&sum).Error
	return sum.Helpful, sum.HelpfulOf, db.Wrap("experience: recount votes", err)
}

// countRisenVotes counts the votes of people with a confirmed address, a second
// identity and an account older than newness.
func countRisenVotes(tx *db.Tx, newness time.Duration) error {
	var ids []int64
	err := tx.Gorm().Raw(`
		WITH risen AS (
			UPDATE experience_votes v SET counted = true FROM accounts a
			WHERE NOT v.counted AND a.person_id = v.person_id AND a.created_at <= ?
			  AND EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL)
			  AND EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider <> 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL)
			RETURNING v.experience_id
		)
		SELECT DISTINCT experience_id FROM risen ORDER BY experience_id`, tx.Now.Add(-newness)).Scan(&ids).Error
	if err != nil {
		return db.Wrap("experience: count risen votes", err)
	}
	for _, id := range ids {
		if _, _, err := recountVotes(tx, id); err != nil {
			return err
		}
	}
	return nil
}
