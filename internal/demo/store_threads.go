package demo

import (
	"fmt"
	"time"

	"caravan/internal/db"
	"caravan/internal/text"
)

// eventsFor is how long a live event is kept: older ones were purged, and the
// channel says so.
const eventsFor = 7 * 24 * time.Hour

// shelf takes threads and keeps every row that follows from them right: the
// counters, the sums of votes, the channels with their events.
type shelf struct {
	tx                  *db.Tx
	places              *places
	now                 time.Time
	questionID, replyID int64 // last ones given
	answered            map[int64]time.Time

	questions, counts, replies, votes, scores, channels, events *table
}

func newShelf(tx *db.Tx, p *places, now time.Time) *shelf {
	return &shelf{tx: tx, places: p, now: now, answered: map[int64]time.Time{},
		questions: &table{name: "questions", columns: []string{"id", "author_account_id", "author_role", "author_title", "author_organisation_id", "procedure_id",
			"destination", "organisation_id", "title", "body", "body_html", "renderer", "lang", "state", "accepted_reply_id", "created_at", "published_at"}},
		counts: &table{name: "question_counts", columns: []string{"question_id", "replies", "clinic_replies", "last_at", "first_answer_at", "shown"}},
		replies: &table{name: "replies", columns: []string{"id", "question_id", "author_account_id", "author_role", "author_title", "author_organisation_id",
			"body", "body_html", "renderer", "lang", "state", "position", "created_at", "published_at"}},
		votes:    &table{name: "reply_votes", columns: []string{"reply_id", "person_id", "account_id", "value", "counted", "at"}},
		scores:   &table{name: "reply_scores", columns: []string{"reply_id", "helpful"}},
		channels: &table{name: "live_channels", columns: []string{"channel", "top_seq", "low_seq"}},
		events:   &table{name: "live_events", columns: []string{"channel", "seq", "type", "ref_id", "ver", "at"}},
	}
}

// put stores threads.
func (s *shelf) put(threads []thread) error {
	for i := range threads {
		if err := s.question(&threads[i]); err != nil {
			return err
		}
	}
	return put(s.tx, s.questions, s.counts, s.replies, s.votes, s.scores, s.channels, s.events)
}

func (s *shelf) question(t *thread) error {
	procedure, known := s.places.procedures[t.procedure]
	if !known {
		return fmt.Errorf("demo: question %s is about %q, which is not in the catalogue", t, t.procedure)
	}
	s.questionID++
	var clinic, accepted *int64
	if t.clinic != "" {
		id := s.places.organisations[t.clinic].id
		clinic = &id
	}
	if t.accepted >= 0 {
		id := s.replyID + int64(t.accepted) + 1
		accepted = &id
	}
	role, title, org := s.snapshot(t.author)
	s.questions.add(s.questionID, t.author.ID, role, title, org, procedure, t.destination, clinic, t.title, t.body, text.Markdown(t.body),
		text.RendererVersion, t.lang, "shown", accepted, t.at, t.at)
	s.talk(t, clinic)
	return nil
}

// talk stores a thread's replies. Their positions are the numbers of their
// events, 1 to n.
func (s *shelf) talk(t *thread, clinic *int64) {
	channel := fmt.Sprintf("question:%d", s.questionID)
	var byClinic, purged int
	var firstAnswer *time.Time
	last := t.at
	for i := range t.posts {
		p, position := &t.posts[i], int64(i+1)
		s.replyID++
		role, title, org := s.snapshot(p.author)
		s.replies.add(s.replyID, s.questionID, p.author.ID, role, title, org, p.body, text.Markdown(p.body), text.RendererVersion, p.lang, "shown", position, p.at, p.at)
		s.vote(p)
		if s.forClinic(p.author, clinic) {
			byClinic++
			if s.answered[*org].Before(p.at) {
				s.answered[*org] = p.at
			}
		}
		if firstAnswer == nil && p.author != t.author {
			firstAnswer = &p.at
		}
		if s.now.Sub(p.at) > eventsFor {
			purged++
		} else {
			s.events.add(channel, position, "reply.new", s.replyID, 1, p.at)
		}
		last = p.at
	}
	s.channels.add(channel, int64(len(t.posts)), int64(purged))
	s.counts.add(s.questionID, len(t.posts), byClinic, last, firstAnswer, true)
}

func (s *shelf) vote(p *post) {
	helpful := 0
	for _, v := range p.votes {
		s.votes.add(s.replyID, v.by.ID, v.by.ID, 1, v.counted, v.at)
		if v.counted {
			helpful++
		}
	}
	if helpful > 0 {
		s.scores.add(s.replyID, helpful)
	}
}

// snapshot is who the author was when it was written.
func (s *shelf) snapshot(m *member) (role, title string, organisation *int64) {
	if m.insider() {
		id := s.places.organisations[m.Organisation].id
		return m.Role, m.Title, &id
	}
	if m.Role == "moderator" {
		return m.Role, "", nil
	}
	return "", "", nil
}

// forClinic reports whether a reply is a clinic's answer: by staff of the one
// asked about, or of any clinic if none was named.
func (s *shelf) forClinic(m *member, about *int64) bool {
	at := s.places.organisations[m.Organisation]
	return at.kind == "clinic" && (about == nil || *about == at.id)
}

// finish lets new rows follow behind.
func (s *shelf) finish() error {
	for id, at := range s.answered {
		_, err := s.tx.Pgx().Exec(s.tx.Context(), `UPDATE organisations SET answered_at = $1 WHERE id = $2`, at, id)
		if err != nil {
			return fmt.Errorf("demo: note answers: %w", err)
		}
	}
	return moveOn(s.tx, "questions", "replies")
}
