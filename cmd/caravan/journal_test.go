package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// entry is what a client knows of one reply that it sent.
type entry struct {
	key, body string
	question  asked
	by        person
	status    int   // 0: no whole answer came
	id, seq   int64 // of an acknowledged one
	retry     string
	text      string // of an answer that was no yes
}

func (e entry) acked() bool { return e.status == http.StatusCreated }

// journal is what all clients of a test know of what they sent.
type journal struct {
	mu      sync.Mutex
	entries []entry
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// read is a copy of the journal as it stands.
func (j *journal) read() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]entry(nil), j.entries...)
}

// acked is the number of acknowledged replies.
func (j *journal) acked() (n int) {
	for _, e := range j.read() {
		if e.acked() {
			n++
		}
	}
	return n
}

// send posts the reply and notes the answer in e.
func (e *entry) send() {
	a, err := e.by.post(fmt.Sprintf("/api/v1/questions/%d/replies", e.question.ID), e.key, map[string]string{"body": e.body})
	e.status, e.text = 0, fmt.Sprint(err)
	if err != nil {
		return
	}
	e.status, e.retry, e.text = a.status, a.header.Get("Retry-After"), a.text
	var posted struct{ ID, Seq int64 }
	if e.acked() && json.Unmarshal([]byte(a.text), &posted) == nil {
		e.id, e.seq = posted.ID, posted.Seq
	}
}

// storm is people who post replies all the time, each one after the other.
type storm struct {
	journal
	stop    chan struct{}
	posting sync.WaitGroup
	sent    atomic.Int64
}

// full is a storm in which everybody posts as soon as the last answer came.
const full = 0

// blow starts a storm over the questions with about perSecond replies.
func blow(t *testing.T, name string, people []person, questions []asked, perSecond int) *storm {
	s := &storm{stop: make(chan struct{})}
	pause := time.Millisecond // also while nobody answers
	if perSecond != full {
		pause = time.Second * time.Duration(len(people)) / time.Duration(perSecond)
	}
	for _, who := range people {
		s.posting.Go(func() {
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for {
				n := int(s.sent.Add(1))
				e := entry{key: fmt.Sprintf("storm-0123456789-%s-%d", name, n), body: fmt.Sprintf("Reply %s %d, nothing more.", name, n),
					question: questions[n%len(questions)], by: who}
				e.send()
				s.add(e)
				next := tick.C
				if !e.acked() {
					next = time.After(100 * time.Millisecond) // a person would wait longer
				}
				select {
				case <-s.stop:
					return
				case <-next:
				}
			}
		})
	}
	t.Cleanup(s.calm)
	return s
}

// calm ends the storm. It may be called again.
func (s *storm) calm() {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	s.posting.Wait()
}

// reached waits until n replies are acknowledged.
func (s *storm) reached(t *testing.T, n int) {
	t.Helper()
	if !within(patience, func() bool { return s.acked() >= n }) {
		t.Fatalf("%d of %d replies acknowledged; the last entry: %+v", s.acked(), n, s.read()[len(s.read())-1])
	}
}

// database opens the running program's private database beside it.
func (p *program) database() *pgx.Conn {
	p.t.Helper()
	q := url.Values{"host": {filepath.Join(p.dir, "run")}, "user": {"caravan"}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.t.Cleanup(cancel)
	c, err := pgx.Connect(ctx, "postgres:///caravan?"+q.Encode())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// judgeSQL finds what the database holds of one sent reply: all of it, or
// nothing. Parts that only some replies have (a mail, a notification) are not
// asked for.
const judgeSQL = `
	SELECT count(r.id), coalesce(max(r.id), 0), coalesce(max(r.position), 0),
		(SELECT count(*) FROM idempotency_keys k WHERE k.key = $1),
		(SELECT count(*) FROM live_events e WHERE e.channel = $3 AND e.type = 'reply.new' AND e.ref_id = max(r.id) AND e.seq = max(r.position)),
		(SELECT count(*) FROM idempotency_keys k WHERE k.key = $1 AND k.ref_id = max(r.id))
	FROM replies r WHERE r.question_id = $4 AND r.body = $2`

// judge compares the journal with the database: what was acknowledged is there
// once; what was not is wholly there, or wholly absent. Each is sent again then,
// which must end in one copy. Retries go to the program p.
func (p *program) judge(entries []entry) {
	p.t.Helper()
	db := p.database()
	lost, there, absent := 0, 0, 0
	for _, e := range entries {
		var n, id, position, keys, events, kept int64
		err := db.QueryRow(context.Background(), judgeSQL, e.key, e.body, e.question.Channel, e.question.ID).Scan(&n, &id, &position, &keys, &events, &kept)
		if err != nil {
			p.t.Fatal(err)
		}
		whole := n == 1 && keys == 1 && events == 1 && kept == 1
		switch {
		case e.acked() && !(whole && id == e.id && position == e.seq):
			lost++
			p.t.Errorf("%s was acknowledged as %d at %d; there are %d (%d at %d), %d keys, %d events", e.key, e.id, e.seq, n, id, position, keys, events)
		case whole:
			there++
		case n == 0 && keys == 0:
			absent++
		default:
			p.t.Errorf("%s (answered %d) is there in part: %d replies, %d keys, %d events, %d kept", e.key, e.status, n, keys, events, kept)
		}
		if !e.acked() {
			p.again(e, id)
		}
		if lost > 20 {
			p.t.Fatal("and so on")
		}
	}
	p.t.Logf("%d replies: %d there, %d absent until sent again", len(entries), there, absent)
	p.counted(db)
}

// again sends e with its key until an answer comes; id is the reply that is
// there already, 0 if there is none.
func (p *program) again(e entry, id int64) {
	p.t.Helper()
	e.by.at = p
	ok := within(patience, func() bool { e.send(); return e.acked() })
	if !ok || (id != 0 && e.id != id) {
		p.t.Errorf("%s sent again: %d %s, reply %d, want %d", e.key, e.status, e.text, e.id, id)
		return
	}
	first := e.id
	if e.send(); e.id != first || !e.acked() {
		p.t.Errorf("%s sent a third time: %d, reply %d, want %d", e.key, e.status, e.id, first)
	}
}

// counted compares all counters with what they count, and all channels with
// their events.
func (p *program) counted(db *pgx.Conn) {
	p.t.Helper()
	for what, sql := range map[string]string{
		"questions with a wrong number of replies": `SELECT count(*) FROM question_counts c
			WHERE c.replies <> (SELECT count(*) FROM replies r WHERE r.question_id = c.question_id AND r.state = 'shown')`,
		"channels with holes": `SELECT count(*) FROM live_channels c
			WHERE c.top_seq <> (SELECT count(*) FROM live_events e WHERE e.channel = c.channel)
			AND EXISTS (SELECT FROM live_events e WHERE e.channel = c.channel AND e.seq = 1)`,
		"replies posted twice": `SELECT count(*) FROM (SELECT body FROM replies WHERE body LIKE 'Reply %, nothing more.' GROUP BY body HAVING count(*) > 1) x`,
		"unread counters":      `SELECT count(*) FROM accounts a WHERE unread <> (SELECT count(*) FROM notifications n WHERE n.account_id = a.id AND n.read_at IS NULL)`,
	} {
		var n int
		if err := db.QueryRow(context.Background(), sql).Scan(&n); err != nil {
			p.t.Fatalf("%s: %v", what, err)
		}
		if n > 0 {
			p.t.Errorf("%d %s", n, what)
		}
	}
}

// heard judges an open page: it has every number of every channel once, and the
// texts that everybody reads.
func (p *program) heard(pages []*listener, questions []asked) {
	p.t.Helper()
	for _, q := range questions {
		all, top := p.replies(q.ID)
		at := map[int64]shown{}
		for _, r := range all {
			at[r.Position] = r
		}
		for i, l := range pages {
			if !l.has(q.Channel, top) {
				p.t.Errorf("page %d stays at %d of %d in %s", i, l.place(q.Channel), top, q.Channel)
			}
			l.mu.Lock()
			for n, e := range l.applied[q.Channel] {
				if e.Seq != int64(n+1) {
					p.t.Errorf("page %d: event %d of %s has number %d", i, n+1, q.Channel, e.Seq)
				}
				if e.Type == "reply.new" && (at[e.Seq].ID != e.Ref || !strings.Contains(string(e.Data), at[e.Seq].Source)) {
					p.t.Errorf("page %d: number %d of %s is reply %d %s, the site shows %+v", i, e.Seq, q.Channel, e.Ref, e.Data, at[e.Seq])
				}
			}
			for _, w := range l.wrong {
				p.t.Errorf("page %d: %s", i, w)
			}
			l.wrong = nil
			l.mu.Unlock()
		}
	}
}
