package question

import (
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
	"caravan/internal/live"
)

// sharedQuestion is what a reply must know of its question, and the id that the
// reply will have.
type sharedQuestion struct {
	Question
	FirstAnswerAt *time.Time
	NextReplyID   int64
}

// shareQuestion holds a question against being changed, together with others
// who reply: FOR KEY SHARE.
func shareQuestion(tx *db.Tx, id int64) (q sharedQuestion, err error) {
	found := false
	err = tx.All(db.Statement{SQL: shareSQL + ` = $1 FOR KEY SHARE OF q`, Args: []any{id}, Row: func(r pgx.Rows) (err error) {
		found = true
		q, err = scanShared(r)
		return err
	}}, db.Statement{SQL: `SELECT nextval($1::text::regclass)`, Args: []any{replyIDs}, Row: func(r pgx.Rows) error {
		return r.Scan(&q.NextReplyID)
	}})
	if err == nil && !found {
		return q, errNoQuestion
	}
	return q, db.Wrap("question: share question", err)
}

// replyIDs is the sequence of replies.id.
const replyIDs = "replies_id_seq"

// shareSQL is what a reply must know of questions.
const shareSQL = `
	SELECT q.id, q.author_account_id, q.organisation_id, q.title, q.state, q.version, c.first_answer_at
	FROM questions q JOIN question_counts c ON c.question_id = q.id WHERE q.id`

func scanShared(r pgx.Rows) (q sharedQuestion, err error) {
	err = r.Scan(&q.ID, &q.AuthorAccountID, &q.OrganisationID, &q.Title, &q.State, &q.Version, &q.FirstAnswerAt)
	return q, err
}

// shareQuestions holds the questions of many replies as shareQuestion does, but
// waits for none: who is being changed is not among them. It claims the replies'
// keys and with them their ids; a reply without an ID has been posted before.
func shareQuestions(tx *db.Tx, ps []*posting) (map[int64]sharedQuestion, error) {
	var ids []int64
	var keys []db.Key
	for _, p := range ps {
		p.reply.ID = 0
		ids, keys = append(ids, p.reply.QuestionID), append(keys, p.key)
	}
	out := map[int64]sharedQuestion{}
	err := tx.All(db.PlanOnce, db.Claim(tx, keys, replyIDs, func(i int, id int64) { ps[i].reply.ID = id }),
		db.Statement{SQL: shareSQL + ` = ANY($1) FOR KEY SHARE OF q SKIP LOCKED`, Args: []any{ids}, Row: func(r pgx.Rows) error {
			q, err := scanShared(r)
			out[q.ID] = q
			return err
		}})
	return out, db.Wrap("question: share questions", err)
}

// insertSQL puts a shown reply where its event stands, and a waiting one nowhere.
const insertSQL = `
	INSERT INTO replies (id, question_id, author_account_id, author_role, author_title, author_organisation_id,
		body, body_html, renderer, lang, state, version, created_at, published_at, position)
	SELECT r.id, r.question_id, author_account_id, author_role, author_title, author_organisation_id,
		body, body_html, renderer, lang, state, version, $15::timestamptz, CASE WHEN c.channel IS NOT NULL THEN $15::timestamptz END, c.top_seq - behind
	FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
			$9::int[], $10::text[], $11::text[], $12::int[], $13::text[], $14::int[])
		AS r (id, question_id, author_account_id, author_role, author_title, author_organisation_id,
			body, body_html, renderer, lang, state, version, channel, behind)
	LEFT JOIN live_channels c ON c.channel = r.channel
	RETURNING id, coalesce(position, 0)`

// placed is a reply on its way into the database; position is set with the
// commit.
type placed struct {
	Reply
	at       *live.Place // nil while it waits
	position *int64
}

// insertReplyLast stores a new reply together with the commit, a shown one at
// the position that its event gets, which is known after the commit.
func insertReplyLast(tx *db.Tx, r Reply, position *int64) {
	p := placed{Reply: r, position: position}
	if r.State == Shown {
		p.at = live.Append(tx, channel(r.QuestionID), live.Event{Type: "reply.new", Ref: r.ID, Ver: r.Version})
	}
	db.Gather(tx, live.OrderAfter, p, insertReplies)
}

func insertReplies(rows []placed) (db.Statement, error) {
	var ids, questions, authors []int64
	var organisations []*int64
	var roles, titles, bodies, htmls, langs, states []string
	var channels []*string
	var renderers, versions, behind []int32
	at := make(map[int64]*int64, len(rows))
	for _, r := range rows {
		at[r.ID] = r.position
		ids, questions, authors = append(ids, r.ID), append(questions, r.QuestionID), append(authors, r.AuthorAccountID)
		roles, titles, organisations = append(roles, r.AuthorRole), append(titles, r.AuthorTitle), append(organisations, r.AuthorOrganisationID)
		bodies, htmls, langs, states = append(bodies, r.Body), append(htmls, r.BodyHTML), append(langs, r.Lang), append(states, r.State)
		renderers, versions = append(renderers, int32(r.Renderer)), append(versions, int32(r.Version))
		if r.at == nil {
			channels, behind = append(channels, nil), append(behind, 0)
			continue
		}
		channels, behind = append(channels, &r.at.Channel), append(behind, r.at.Behind())
	}
	return db.Statement{SQL: insertSQL, Args: []any{ids, questions, authors, roles, titles, organisations, bodies, htmls,
		renderers, langs, states, versions, channels, behind, rows[0].CreatedAt}, Row: func(r pgx.Rows) error {
		var id, position int64
		err := r.Scan(&id, &position)
		if p := at[id]; err == nil && p != nil {
			*p = position
		}
		return err
	}}, nil
}

// publishReplyLast shows a reply that waited, at the position of its event.
func publishReplyLast(tx *db.Tx, r Reply) {
	r.PublishedAt = &tx.Now
	at := live.Append(tx, channel(r.QuestionID), live.Event{Type: "reply.new", Ref: r.ID, Ver: r.Version})
	db.Gather(tx, live.OrderAfter+" published", placed{Reply: r, at: at}, publishReplies)
}

func publishReplies(rows []placed) (db.Statement, error) {
	var ids []int64
	var channels []string
	var behind []int32
	for _, r := range rows {
		ids, channels, behind = append(ids, r.ID), append(channels, r.at.Channel), append(behind, r.at.Behind())
	}
	return db.Statement{SQL: `
		UPDATE replies SET state = 'shown', published_at = $4, position = c.top_seq - r.behind
		FROM unnest($1::bigint[], $2::text[], $3::int[]) AS r (id, channel, behind) JOIN live_channels c ON c.channel = r.channel
		WHERE replies.id = r.id`, Args: []any{ids, channels, behind, rows[0].PublishedAt}}, nil
}

// counted is a reply as its question's counters see it.
type counted struct {
	question          int64
	clinic, fromOther bool
	at                time.Time
}

// countReplyLast counts a reply on its question together with the commit.
func countReplyLast(tx *db.Tx, questionID int64, clinic, fromOther bool) {
	db.Gather(tx, "counts", counted{questionID, clinic, fromOther, tx.Now}, countReplies)
}

// countReplies makes one statement of all counters. The rows are there: they
// were made with their questions. Written as an upsert, it takes them in the
// order in which they are sorted, whatever the planner thinks.
func countReplies(rows []counted) (db.Statement, error) {
	var questions []int64
	var clinics, others []bool
	for _, r := range rows {
		questions, clinics, others = append(questions, r.question), append(clinics, r.clinic), append(others, r.fromOther)
	}
	return db.Statement{SQL: `
		INSERT INTO question_counts AS c (question_id, replies, clinic_replies, last_at, first_answer_at)
		SELECT question, count(*), count(*) FILTER (WHERE clinic), $4::timestamptz, CASE WHEN bool_or(other) THEN $4::timestamptz END
		FROM unnest($1::bigint[], $2::boolean[], $3::boolean[]) AS r (question, clinic, other) GROUP BY question ORDER BY question
		ON CONFLICT (question_id) DO UPDATE SET replies = c.replies + excluded.replies, clinic_replies = c.clinic_replies + excluded.clinic_replies,
			last_at = greatest(c.last_at, excluded.last_at), first_answer_at = coalesce(c.first_answer_at, excluded.first_answer_at)`,
		Args: []any{questions, clinics, others, rows[0].at}}, nil
}

// claimFirstAnswer reports whether this transaction brings the first answer.
// Two at the same time wait for each other here, and one of them does.
func claimFirstAnswer(tx *db.Tx, questionID int64) (bool, error) {
	res := tx.Gorm().Exec(`UPDATE question_counts SET first_answer_at = ? WHERE question_id = ? AND first_answer_at IS NULL`, tx.Now, questionID)
	return res.RowsAffected == 1, db.Wrap("question: claim first answer", res.Error)
}
