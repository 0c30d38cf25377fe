package question

import (
	"time"

	"caravan/internal/db"
)

type vote struct {
	ReplyID, PersonID, AccountID int64
	Value                        int
	Counted                      bool
}

// cast is what one statement made of a vote.
type cast struct {
	State      string // of the reply; empty if there is none
	Author     int64
	QuestionID int64
	Fresh      bool // there was no vote of this person
	Changed    bool // there was one, and it is different now
	Same       bool // there was one, and it says the same
	Delta      int
	Helpful    int
}

// settled reports whether the statement saw the vote that it met. It did not if
// the same person's vote was committed after the statement began.
func (c cast) settled() bool { return c.Fresh || c.Changed || c.Same }

// castSQL sets a vote and moves the reply's sum by the difference, in one
// statement that commits by itself, so that the row of the sum, which many
// want, is held only while the log is flushed. The sum's own row carries the
// addition, so that two at once add up; nothing is counted from a snapshot.
// A reply that may not be voted on (not shown, or one's own) changes nothing.
const castSQL = `
	WITH r AS (
		SELECT id, question_id, author_account_id, state FROM replies WHERE id = ?
	), old AS (
		SELECT value, counted FROM reply_votes WHERE reply_id = ? AND person_id = ?
	), fresh AS (
		INSERT INTO reply_votes (reply_id, person_id, account_id, value, counted, at)
		SELECT id, ?, ?, ?, ?, ? FROM r WHERE state = 'shown' AND author_account_id <> ?
		ON CONFLICT (reply_id, person_id) DO NOTHING RETURNING 1
	), changed AS (
		UPDATE reply_votes v SET value = ?, counted = ?, at = ? FROM r, old
		WHERE v.reply_id = r.id AND v.person_id = ? AND r.state = 'shown' AND (old.value, old.counted) <> (?::smallint, ?::boolean)
		  AND v.value = old.value AND v.counted = old.counted
		RETURNING 1
	), delta AS (
		SELECT (CASE WHEN ?::boolean THEN ?::int ELSE 0 END) - coalesce((SELECT value * counted::int FROM old), 0) AS n
		WHERE EXISTS (SELECT FROM fresh) OR EXISTS (SELECT FROM changed)
	), summed AS (
		INSERT INTO reply_scores AS s (reply_id, helpful) SELECT r.id, delta.n FROM r, delta WHERE delta.n <> 0
		ON CONFLICT (reply_id) DO UPDATE SET helpful = s.helpful + excluded.helpful RETURNING helpful
	)
	SELECT r.state, r.author_account_id AS author, r.question_id,
	       EXISTS (SELECT FROM fresh) AS fresh, EXISTS (SELECT FROM changed) AS changed,
	       coalesce((SELECT (value, counted) = (?::smallint, ?::boolean) FROM old), false) AS same,
	       coalesce((SELECT n FROM delta), 0) AS delta,
	       coalesce((SELECT helpful FROM summed), (SELECT helpful FROM reply_scores WHERE reply_id = r.id), 0) AS helpful
	FROM r`

func castVote(q *db.Tx, v vote) (c cast, err error) {
	res := q.Gorm().Raw(castSQL, v.ReplyID, v.ReplyID, v.PersonID,
		v.PersonID, v.AccountID, v.Value, v.Counted, q.Now, v.AccountID,
		v.Value, v.Counted, q.Now, v.PersonID, v.Value, v.Counted,
		v.Counted, v.Value, v.Value, v.Counted).Scan(&c)
	return c, db.Wrap("question: cast vote", res.Error)
}

// scoreSum is one reply's sum, as open pages learn of it.
type scoreSum struct {
	Reply   int64 `json:"reply"`
	Helpful int   `json:"helpful"`
}

func listScores(q *db.Tx, ids []int64) (out []scoreSum, err error) {
	err = q.Gorm().Raw(`SELECT reply_id AS reply, helpful FROM reply_scores WHERE reply_id IN ? ORDER BY reply_id`, ids).Scan(&out).Error
	return out, db.Wrap("question: list scores", err)
}

// countRisenVotes counts the votes of people of whom we know enough by now: a
// confirmed address, a second identity, an account older than newness.
func countRisenVotes(tx *db.Tx, newness time.Duration) error {
	err := tx.Gorm().Exec(`
		WITH risen AS (
			UPDATE reply_votes v SET counted = true FROM accounts a
			WHERE NOT v.counted AND a.id = v.account_id AND a.created_at <= ?
			  AND EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL)
			  AND EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider <> 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL)
			RETURNING v.reply_id, v.value
		)
		INSERT INTO reply_scores AS s (reply_id, helpful) SELECT reply_id, sum(value) FROM risen GROUP BY reply_id HAVING sum(value) <> 0 ORDER BY reply_id
		ON CONFLICT (reply_id) DO UPDATE SET helpful = s.helpful + excluded.helpful`, tx.Now.Add(-newness)).Error
	return db.Wrap("question: count risen votes", err)
}

// recountScores makes every sum anew from the votes themselves and says how
// many were wrong.
func (s *Service) recountScores(tx *db.Tx) (int64, error) {
	res := tx.Gorm().Exec(`
		INSERT INTO reply_scores AS s (reply_id, helpful)
		SELECT reply_id, sum(value * counted::int) FROM reply_votes GROUP BY reply_id
		ON CONFLICT (reply_id) DO UPDATE SET helpful = excluded.helpful WHERE s.helpful <> excluded.helpful`)
	return res.RowsAffected, db.Wrap("question: recount", res.Error)
}
