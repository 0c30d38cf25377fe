package question

import (
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

type vote struct {
	ReplyID, PersonID, AccountID int64
	Value                        int
	Counted                      bool
	cast                         cast // what became of it
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

// castSQL sets votes and moves the sums of their replies by the difference, in
// one statement that commits by itself, so that the row of a sum, which many
// want, is held only while the log is flushed. The sum's own row carries the
// addition, so that two at once add up; nothing is counted from a snapshot.
// A reply that may not be voted on (not shown, or one's own) changes nothing.
// No two of the votes may be of one person on one reply. Lists stand as (SELECT …)
// so that Postgres does not plan anew for each short one.
const castSQL = `
	WITH v AS (
		SELECT v.*, r.question_id, r.author_account_id AS author, r.state, r.state = 'shown' AND r.author_account_id <> v.account_id AS may,
		       o.value AS old_value, o.counted AS old_counted,
		       v.value * v.counted::int - coalesce(o.value * o.counted::int, 0) AS delta
		FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[]), (SELECT $3::bigint[]), (SELECT $4::smallint[]), (SELECT $5::boolean[])) WITH ORDINALITY
			AS v (reply_id, person_id, account_id, value, counted, n)
		JOIN replies r ON r.id = v.reply_id
		LEFT JOIN reply_votes o ON o.reply_id = v.reply_id AND o.person_id = v.person_id
	), fresh AS (
		INSERT INTO reply_votes (reply_id, person_id, account_id, value, counted, at)
		SELECT reply_id, person_id, account_id, value, counted, $6 FROM v WHERE may AND old_value IS NULL ORDER BY reply_id, person_id
		ON CONFLICT (reply_id, person_id) DO NOTHING RETURNING reply_id, person_id
	), changed AS (
		UPDATE reply_votes o SET value = v.value, counted = v.counted, at = $6 FROM v
		WHERE o.reply_id = v.reply_id AND o.person_id = v.person_id AND may AND (v.old_value, v.old_counted) <> (v.value, v.counted)
		  AND o.value = v.old_value AND o.counted = v.old_counted
		RETURNING o.reply_id, o.person_id
	), done AS (
		SELECT *, true AS fresh FROM fresh UNION ALL SELECT *, false FROM changed
	), summed AS (
		INSERT INTO reply_scores AS s (reply_id, helpful)
		SELECT v.reply_id, sum(v.delta) FROM v JOIN done d ON d.reply_id = v.reply_id AND d.person_id = v.person_id
		GROUP BY v.reply_id HAVING sum(v.delta) <> 0 ORDER BY v.reply_id
		ON CONFLICT (reply_id) DO UPDATE SET helpful = s.helpful + excluded.helpful RETURNING reply_id, helpful
	)
	SELECT (v.n - 1)::int, v.state, v.author, v.question_id, coalesce(d.fresh, false), coalesce(NOT d.fresh, false),
	       coalesce((v.old_value, v.old_counted) = (v.value, v.counted), false), CASE WHEN d.fresh IS NULL THEN 0 ELSE v.delta END,
	       coalesce(s.helpful, (SELECT helpful FROM reply_scores h WHERE h.reply_id = v.reply_id), 0)
	FROM v LEFT JOIN done d ON d.reply_id = v.reply_id AND d.person_id = v.person_id LEFT JOIN summed s ON s.reply_id = v.reply_id`

// castVotes casts votes and sets what became of each.
func castVotes(q *db.Tx, vs []*vote) error {
	var replies, persons, accounts []int64
	var values []int16
	var counted []bool
	for _, v := range vs {
		v.cast = cast{}
		replies, persons, accounts = append(replies, v.ReplyID), append(persons, v.PersonID), append(accounts, v.AccountID)
		values, counted = append(values, int16(v.Value)), append(counted, v.Counted)
	}
	return db.Wrap("question: cast votes", q.All(db.Statement{SQL: castSQL, Args: []any{replies, persons, accounts, values, counted, q.Now}, Row: func(r pgx.Rows) error {
		var i int
		var c cast
		err := r.Scan(&i, &c.State, &c.Author, &c.QuestionID, &c.Fresh, &c.Changed, &c.Same, &c.Delta, &c.Helpful)
		if err == nil {
			vs[i].cast = c
		}
		return err
	}}))
}

// scoreSum is one reply's sum, as open pages learn of it.
type scoreSum struct {
	Reply   int64 `json:"reply"`
	Helpful int   `json:"helpful"`
}

// listScores reads the sums of replies by question.
func listScores(tx *db.Tx, ids []int64) (map[int64][]scoreSum, error) {
	out := map[int64][]scoreSum{}
	err := tx.All(db.Statement{SQL: `SELECT r.question_id, s.reply_id, s.helpful FROM reply_scores s JOIN replies r ON r.id = s.reply_id
		WHERE s.reply_id = ANY($1) ORDER BY s.reply_id`, Args: []any{ids}, Row: func(r pgx.Rows) error {
		var question int64
		var s scoreSum
		err := r.Scan(&question, &s.Reply, &s.Helpful)
		out[question] = append(out[question], s)
		return err
	}})
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
// many were wrong. A reply whose votes add up to nothing needs no row.
func (s *Service) recountScores(tx *db.Tx) (int64, error) {
	res := tx.Gorm().Exec(`
		INSERT INTO reply_scores AS s (reply_id, helpful)
		SELECT reply_id, sum(value * counted::int) FROM reply_votes v GROUP BY reply_id
		HAVING sum(value * counted::int) <> 0 OR EXISTS (SELECT FROM reply_scores h WHERE h.reply_id = v.reply_id)
		ON CONFLICT (reply_id) DO UPDATE SET helpful = excluded.helpful WHERE s.helpful <> excluded.helpful`)
	return res.RowsAffected, db.Wrap("question: recount", res.Error)
}
