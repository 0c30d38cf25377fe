package question

import (
	"time"

	"caravan/internal/db"
)

// Counts are how many there are, for the start page.
type Counts struct {
	Questions int // shown
	Replies   int // shown, to shown questions
	ByClinic  int // of the questions, those that a clinic answered
}

// Counts counts what is shown. The start page is kept for a second, so this
// runs at most that often.
func (s *Service) Counts(q *db.Tx) (c Counts, err error) {
	err = q.Gorm().Raw(`SELECT count(*) AS questions, coalesce(sum(replies), 0) AS replies, count(*) FILTER (WHERE clinic_replies > 0) AS by_clinic
		FROM question_counts WHERE shown`).Scan(&c).Error
	return c, db.Wrap("question: count", err)
}

// Response is how a clinic answers what it is asked: how many of the questions
// about it its own staff answered, and the median time that took. What was
// never answered is in Asked and in no median.
type Response struct {
	Asked, Answered int
	Median          time.Duration
	Known           bool
	MedianText      string // set by whoever shows it
}

// Response reads a clinic's response clock.
func (s *Service) Response(q *db.Tx, organisation int64) (r Response, err error) {
	var row struct {
		Asked, Answered int
		Seconds         *float64
	}
	err = q.Gorm().Raw(`
		SELECT count(*) AS asked, count(f.at) AS answered, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM f.at - q.published_at)) AS seconds
		FROM questions q
		LEFT JOIN LATERAL (SELECT min(r.published_at) AS at FROM replies r WHERE r.question_id = q.id AND r.state = 'shown' AND r.author_organisation_id = q.organisation_id) f ON true
		WHERE q.state = 'shown' AND q.organisation_id = ?`, organisation).Scan(&row).Error
	if err != nil {
		return r, db.Wrap("question: response clock", err)
	}
	r.Asked, r.Answered = row.Asked, row.Answered
	if row.Seconds != nil {
		r.Median, r.Known = time.Duration(*row.Seconds*float64(time.Second)), true
	}
	return r, nil
}

// Answers are how long the questions to a clinic of the last year waited for
// its first answer, and how many have none.
type Answers struct {
	Times []time.Duration
	None  int
}

// mostTimed is how many questions are looked at for it, the newest first.
const mostTimed = 500

// FirstAnswers reads how long a clinic's first answers took.
func (s *Service) FirstAnswers(q *db.Tx, organisation int64) (a Answers, err error) {
	var rows []struct{ Seconds *float64 }
	err = q.Gorm().Raw(`
		SELECT extract(epoch FROM f.at - q.published_at)::float8 AS seconds
		FROM (SELECT id, organisation_id, published_at FROM questions WHERE state = 'shown' AND organisation_id = ? AND published_at > ? ORDER BY published_at DESC LIMIT ?) q
		LEFT JOIN LATERAL (SELECT min(r.published_at) AS at FROM replies r WHERE r.question_id = q.id AND r.state = 'shown' AND r.author_organisation_id = q.organisation_id) f ON true`,
		organisation, q.Now.AddDate(-1, 0, 0), mostTimed).Scan(&rows).Error
	for _, r := range rows {
		if r.Seconds == nil {
			a.None++
			continue
		}
		a.Times = append(a.Times, time.Duration(*r.Seconds*float64(time.Second)))
	}
	return a, db.Wrap("question: first answers", err)
}
