package question

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// authorColumns are what the display function needs; a is the account, o the
// organisation at the time of writing.
const authorColumns = `a.handle, a.closed_at IS NOT NULL AS gone, coalesce(o.name, '') AS org_name, coalesce(o.slug, '') AS org_slug, coalesce(o.kind, '') AS org_kind`

// findScene reads where a question plays: its destination, and the clinic it is
// about with the doctors that the clinic's page names.
func findScene(q *db.Tx, questionID int64) (x scene, there bool, err error) {
	rows, err := listScenes(q, `FROM questions q LEFT JOIN organisations o ON o.id = q.organisation_id WHERE q.id = ?`, `q.destination`, questionID)
	if err != nil || len(rows) == 0 {
		return x, false, err
	}
	return rows[0], true, nil
}

// findPlannedScene is findScene of a question that is not stored yet; without a
// clinic its id is 0.
func findPlannedScene(q *db.Tx, destination string, clinicID int64) (x scene, err error) {
	if clinicID == 0 {
		return scene{countries: []string{destination}}, nil
	}
	rows, err := listScenes(q, `FROM organisations o WHERE o.id = ?`, `''`, clinicID)
	if err != nil || len(rows) == 0 {
		return x, err
	}
	rows[0].countries = append(rows[0].countries, destination)
	return rows[0], nil
}

func listScenes(q *db.Tx, from, destination string, id int64) (out []scene, err error) {
	var rows []struct{ Destination, Country, Clinic, Clinicians string }
	err = q.Gorm().Raw(`SELECT `+destination+` AS destination, coalesce(o.country, '') AS country, coalesce(o.name, '') AS clinic,
		coalesce((SELECT string_agg(c.name, E'\n') FROM clinicians c WHERE c.organisation_id = o.id AND c.left_at IS NULL), '') AS clinicians `+from, id).Scan(&rows).Error
	for _, r := range rows {
		out = append(out, scene{countries: given(r.Destination, r.Country), names: given(append(strings.Split(r.Clinicians, "\n"), r.Clinic)...)})
	}
	return out, db.Wrap("question: list scenes", err)
}

// given are those that are not empty.
func given(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// PageRow is one reply of a page without its text, which the fragment holds.
type PageRow struct {
	ReplyID, ReplyAuthorID int64
	ReplyVersion           int
	ReplyState             string
	ReplyAt                time.Time
	Position               int64
	Helpful, Mine          int
}

// Page is a question with one page of its replies. Its Seq was read before the
// replies: what came in between is shown, and arrives once more as an event.
type Page struct {
	ID, AuthorAccountID     int64
	Title, State, HiddenWhy string
	Version                 int
	AcceptedReplyID         int64
	ProcedureID             int64
	Destination             string
	OrgName, OrgSlug        string
	CreatedAt               time.Time
	Replies, ClinicReplies  int
	Seq                     int64
	replies                 []PageRow
	more                    bool // in the direction of reading
}

const pageSQL = `
	SELECT q.id, q.author_account_id, q.title, q.state, q.hidden_why, q.version, coalesce(q.accepted_reply_id, 0),
	       q.procedure_id, q.destination, coalesce(o.name, ''), coalesce(o.slug, ''), q.created_at, c.replies, c.clinic_replies,
	       coalesce((SELECT top_seq FROM live_channels WHERE channel = 'question:' || q.id), 0)
	FROM questions q JOIN question_counts c ON c.question_id = q.id LEFT JOIN organisations o ON o.id = q.organisation_id
	WHERE q.id = $1`

// The limits stand in the text: with one as a value the planner keeps no plan,
// and plans anew each time, which costs more than running it.
const (
	rowColumns = `
	SELECT r.id, r.author_account_id, r.version, r.state, r.published_at, r.position, coalesce(s.helpful, 0), coalesce(v.value, 0)
	FROM replies r LEFT JOIN reply_scores s ON s.reply_id = r.id LEFT JOIN reply_votes v ON v.reply_id = r.id AND v.person_id = $3
	WHERE r.question_id = $1 AND `
	rowsAfterSQL  = rowColumns + `r.position > $2 ORDER BY r.position LIMIT 51`
	rowsBeforeSQL = rowColumns + `r.position < $2 ORDER BY r.position DESC LIMIT 51`
)

// findPage reads a question and up to pageSize replies after a position, or
// before one if before is set, in one round trip; reader is the person whose
// votes are shown.
func findPage(q *db.Tx, id, after, before, reader int64) (p Page, err error) {
	var b pgx.Batch
	queueQuestion(&b, id, &p)
	which, edge := rowsAfterSQL, after
	if before > 0 {
		which, edge = rowsBeforeSQL, before
	}
	b.Queue(which, id, edge, reader).Query(func(rows pgx.Rows) error {
		p.replies = make([]PageRow, 0, pageSize+1)
		for rows.Next() {
			var r PageRow
			if err := rows.Scan(&r.ReplyID, &r.ReplyAuthorID, &r.ReplyVersion, &r.ReplyState, &r.ReplyAt, &r.Position, &r.Helpful, &r.Mine); err != nil {
				return err
			}
			p.replies = append(p.replies, r)
		}
		return rows.Err()
	})
	if err := q.Batch(&b); err != nil {
		return p, db.Wrap("question: find page", err)
	}
	if p.ID == 0 {
		return p, errNoQuestion
	}
	if len(p.replies) > pageSize {
		p.more, p.replies = true, p.replies[:pageSize]
	}
	if before > 0 {
		slices.Reverse(p.replies)
	}
	return p, nil
}

// queueQuestion asks for all of p but its replies; its ID stays 0 if there is
// no such question.
func queueQuestion(b *pgx.Batch, id int64, p *Page) {
	b.Queue(pageSQL, id).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := rows.Scan(&p.ID, &p.AuthorAccountID, &p.Title, &p.State, &p.HiddenWhy, &p.Version, &p.AcceptedReplyID,
				&p.ProcedureID, &p.Destination, &p.OrgName, &p.OrgSlug, &p.CreatedAt, &p.Replies, &p.ClinicReplies, &p.Seq); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

const votesSQL = `
	SELECT v.reply_id, v.value, coalesce(s.helpful, 0) FROM reply_votes v LEFT JOIN reply_scores s ON s.reply_id = v.reply_id
	WHERE v.person_id = $1 AND v.reply_id = ANY ($2)`

// findVotes reads a question without its replies, and the votes that a person
// has on those given, in one round trip.
func findVotes(q *db.Tx, id, reader int64, replies []int64) (p Page, votes []ownVote, err error) {
	var b pgx.Batch
	queueQuestion(&b, id, &p)
	b.Queue(votesSQL, reader, replies).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var v ownVote
			if err := rows.Scan(&v.ReplyID, &v.Value, &v.Helpful); err != nil {
				return err
			}
			votes = append(votes, v)
		}
		return rows.Err()
	})
	if err := q.Batch(&b); err != nil {
		return p, nil, db.Wrap("question: find votes", err)
	}
	if p.ID == 0 {
		return p, nil, errNoQuestion
	}
	return p, votes, nil
}

// findStanding reads what decides who may read a question, and no more: every
// subscription to its channel asks.
func findStanding(q *db.Tx, id int64) (state string, author int64, err error) {
	var b pgx.Batch
	b.Queue(`SELECT state, author_account_id FROM questions WHERE id = $1`, id).QueryRow(func(row pgx.Row) error { return row.Scan(&state, &author) })
	if err = q.Batch(&b); db.Missing(err) {
		return "", 0, errNoQuestion
	}
	return state, author, db.Wrap("question: find standing", err)
}

const replyColumns = `
	SELECT r.id, r.question_id, r.author_account_id, coalesce(r.position, 0) AS position, r.version, r.state, r.hidden_why, r.body, r.body_html, r.lang,
	       coalesce(r.published_at, r.created_at) AS published_at, r.edited_at, r.author_role AS by_role, r.author_title AS by_title, q.author_account_id AS asker_id,
	       coalesce(q.accepted_reply_id = r.id, false) AS accepted, coalesce(s.helpful, 0) AS helpful, ` + authorColumns + `
	FROM replies r JOIN questions q ON q.id = r.question_id JOIN accounts a ON a.id = r.author_account_id
	LEFT JOIN organisations o ON o.id = r.author_organisation_id LEFT JOIN reply_scores s ON s.reply_id = r.id `

// listReplyRows reads published replies with their texts and authors.
func listReplyRows(q *db.Tx, ids []int64) (out []ReplyRow, err error) {
	err = q.Gorm().Raw(replyColumns+`WHERE r.id IN ? AND r.position IS NOT NULL`, ids).Scan(&out).Error
	return out, db.Wrap("question: list replies", err)
}

// listRow is a reply of a list without its texts.
type listRow struct {
	id      int64
	version int
	helpful int
}

// listRepliesAfter is a page of at most limit replies for the API, read with
// what it says about the question beside them: the top of the channel first.
func listRepliesAfter(q *db.Tx, questionID, after int64, limit int) (h replyHead, out []listRow, err error) {
	var b pgx.Batch
	found := false
	b.Queue(replyHeadSQL, questionID).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			found = true
			if err := rows.Scan(&h.State, &h.AuthorAccountID, &h.Accepted, &h.Seq); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	b.Queue(repliesAfterSQL+strconv.Itoa(limit), questionID, after).Query(func(rows pgx.Rows) error {
		out = make([]listRow, 0, min(limit, 64))
		for rows.Next() {
			var r listRow
			if err := rows.Scan(&r.id, &r.version, &r.helpful); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	if err := q.Batch(&b); err != nil {
		return h, nil, db.Wrap("question: list replies", err)
	}
	if !found {
		return h, nil, errNoQuestion
	}
	return h, out, nil
}

const repliesAfterSQL = `
	SELECT r.id, r.version, coalesce(s.helpful, 0) FROM replies r LEFT JOIN reply_scores s ON s.reply_id = r.id
	WHERE r.question_id = $1 AND r.position > $2 ORDER BY r.position LIMIT `

const replyHeadSQL = `
	SELECT state, author_account_id, coalesce(accepted_reply_id, 0), coalesce((SELECT top_seq FROM live_channels WHERE channel = 'question:' || questions.id), 0)
	FROM questions WHERE id = $1`

// listAnswers are the accepted answer and the first answers by a clinic.
func listAnswers(q *db.Tx, questionID, accepted int64) (out []ReplyRow, err error) {
	err = q.Gorm().Raw(replyColumns+`WHERE r.question_id = ? AND r.state = 'shown'
		AND (r.id = ? OR (o.kind = 'clinic' AND (q.organisation_id IS NULL OR q.organisation_id = o.id)))
		ORDER BY r.id = ? DESC, r.position LIMIT 3`, questionID, accepted, accepted).Scan(&out).Error
	return out, db.Wrap("question: list answers", err)
}

// QuestionRow is a question with its author as shown.
type QuestionRow struct {
	Question
	AuthorRow
	ClinicName, ClinicSlug string
	Replies, ClinicReplies int
	LastAt                 time.Time
}

const questionColumns = `
	SELECT q.*, q.author_role AS by_role, q.author_title AS by_title, ` + authorColumns + `, coalesce(k.name, '') AS clinic_name, coalesce(k.slug, '') AS clinic_slug, c.replies, c.clinic_replies, c.last_at
	FROM questions q JOIN question_counts c ON c.question_id = q.id JOIN accounts a ON a.id = q.author_account_id
	LEFT JOIN organisations o ON o.id = q.author_organisation_id LEFT JOIN organisations k ON k.id = q.organisation_id `

func findQuestionRow(q *db.Tx, id int64) (out QuestionRow, err error) {
	res := q.Gorm().Raw(questionColumns+`WHERE q.id = ?`, id).Scan(&out)
	if res.Error == nil && res.RowsAffected == 0 {
		return out, errNoQuestion
	}
	return out, db.Wrap("question: find question", res.Error)
}

// filter narrows a list of questions.
type filter struct {
	list         string // of lists
	procedure    int64
	destination  string
	organisation int64
	before       time.Time // keyset: where the page before ended
	beforeID     int64
	limit        int
}

// ListRow is a question in a list, with only the start of its text.
type ListRow struct {
	ID                     int64
	Title, Start, Lang     string
	ProcedureID            int64
	Destination            string
	ClinicName, ClinicSlug string
	Replies, ClinicReplies int
	Accepted               bool
	At, LastAt             time.Time
	AuthorRow
}

const listColumns = `
	SELECT q.id, q.title, left(q.body, 280) AS start, q.lang, q.procedure_id, q.destination, q.author_role AS by_role, q.author_title AS by_title,
	       coalesce(k.name, '') AS clinic_name, coalesce(k.slug, '') AS clinic_slug, c.replies, c.clinic_replies,
	       q.accepted_reply_id IS NOT NULL AS accepted, coalesce(q.published_at, q.created_at) AS at, c.last_at, ` + authorColumns + `
	FROM question_counts c JOIN questions q ON q.id = c.question_id JOIN accounts a ON a.id = q.author_account_id
	LEFT JOIN organisations o ON o.id = q.author_organisation_id LEFT JOIN organisations k ON k.id = q.organisation_id
	WHERE `

// listQuestions reads one row more than the limit if there is a next page.
func listQuestions(q *db.Tx, f filter) (out []ListRow, err error) {
	var where []string
	var args []any
	add := func(cond string, v ...any) { where = append(where, cond); args = append(args, v...) }
	order, key := "c.last_at DESC, c.question_id DESC", "(c.last_at, c.question_id)"
	add("c.shown")
	switch f.list {
	case "new":
		order, key = "q.published_at DESC, q.id DESC", "(q.published_at, q.id)"
		add("q.state = 'shown'")
	case "unanswered":
		add("c.replies = 0")
	case "clinic":
		add("c.clinic_replies > 0")
	}
	if f.procedure != 0 {
		add("q.state = 'shown' AND q.procedure_id = ?", f.procedure)
	}
	if f.destination != "" {
		add("q.state = 'shown' AND q.destination = ?", f.destination)
	}
	if f.organisation != 0 {
		add("q.state = 'shown' AND q.organisation_id = ?", f.organisation)
	}
	if f.beforeID != 0 {
		add(key+" < (?, ?)", f.before, f.beforeID)
	}
	err = q.Gorm().Raw(listColumns+strings.Join(where, " AND ")+" ORDER BY "+order+" LIMIT "+strconv.Itoa(f.limit+1), args...).Scan(&out).Error
	return out, db.Wrap("question: list questions", err)
}

// listOwn are an account's own questions, whatever their state.
func listOwn(q *db.Tx, accountID int64, limit int) (out []ListRow, err error) {
	err = q.Gorm().Raw(listColumns+`q.author_account_id = ? ORDER BY q.created_at DESC LIMIT ?`, accountID, limit).Scan(&out).Error
	return out, db.Wrap("question: list own questions", err)
}

// listWordings are the earlier wordings of a question, newest first.
func listQuestionEdits(q *db.Tx, id int64) (out []Wording, err error) {
	err = q.Gorm().Raw(`SELECT version, title, body_html AS html, written_at AS at FROM question_edits WHERE question_id = ? ORDER BY version DESC LIMIT 200`, id).Scan(&out).Error
	return out, db.Wrap("question: list wordings", err)
}

func listReplyEdits(q *db.Tx, id int64) (out []Wording, err error) {
	err = q.Gorm().Raw(`SELECT version, body_html AS html, written_at AS at FROM reply_edits WHERE reply_id = ? ORDER BY version DESC LIMIT 200`, id).Scan(&out).Error
	return out, db.Wrap("question: list wordings", err)
}

// Waiting is a question that a clinic has not answered yet.
type WaitingRow struct {
	ID      int64
	Title   string
	Lang    string
	At      time.Time
	Replies int
	AuthorRow
}

// listForClinic are the questions about a clinic: those without an answer of
// the clinic first, oldest first; then the answered, newest first.
func listForClinic(q *db.Tx, organisation int64, answered bool, limit int) (out []WaitingRow, err error) {
	cond, order := "c.clinic_replies = 0", "q.published_at, q.id"
	if answered {
		cond, order = "c.clinic_replies > 0", "c.last_at DESC, q.id DESC"
	}
	err = q.Gorm().Raw(`
		SELECT q.id, q.title, q.lang, q.published_at AS at, c.replies, q.author_role AS by_role, q.author_title AS by_title, `+authorColumns+`
		FROM questions q JOIN question_counts c ON c.question_id = q.id JOIN accounts a ON a.id = q.author_account_id
		LEFT JOIN organisations o ON o.id = q.author_organisation_id
		WHERE q.state = 'shown' AND q.organisation_id = ? AND `+cond+` ORDER BY `+order+` LIMIT ?`, organisation, limit).Scan(&out).Error
	return out, db.Wrap("question: list for clinic", err)
}

// channelTop is the newest sequence number of a question's channel.
func channelTop(q *db.Tx, questionID int64) (top int64, err error) {
	err = q.Gorm().Raw(`SELECT coalesce((SELECT top_seq FROM live_channels WHERE channel = ?), 0)`, channel(questionID)).Scan(&top).Error
	return top, db.Wrap("question: top of channel", err)
}

func sortedIDs(m map[int64]bool) []int64 {
	out := make([]int64, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// listQuestionRows reads questions with their texts, by id.
func listQuestionRows(q *db.Tx, ids []int64) (map[int64]QuestionRow, error) {
	out := make(map[int64]QuestionRow, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rows []QuestionRow
	if err := q.Gorm().Raw(questionColumns+`WHERE q.id IN ?`, ids).Scan(&rows).Error; err != nil {
		return nil, db.Wrap("question: list questions", err)
	}
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

// replyHead is what the API says about a question's channel beside its replies.
type replyHead struct {
	State           string
	AuthorAccountID int64
	Accepted        int64 // reply; 0 without one
	Seq             int64
}
