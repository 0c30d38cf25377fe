package departure_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/departure"
	"caravan/internal/errs"
	"caravan/internal/experience"
	"caravan/internal/question"
)

// meanwhile is what somebody still does, in requests that were let in before the
// account went: each says by its error whether it was taken.
func (h house) meanwhile(a access.Actor) map[string]func(i int) error {
	ctx := context.Background()
	var rooms, replies []int64
	h.list(&rooms, `SELECT id FROM questions WHERE state = 'shown' AND author_account_id <> $1 ORDER BY id LIMIT 8`, a.AccountID)
	h.list(&replies, `SELECT id FROM replies WHERE state = 'shown' AND author_account_id <> $1 ORDER BY id LIMIT 8`, a.AccountID)
	var mine []int64
	h.list(&mine, `SELECT id FROM replies WHERE author_account_id = $1 ORDER BY id DESC LIMIT 1`, a.AccountID)
	own := mine[0]
	other := h.text(`SELECT public_id::text FROM experiences e WHERE state = 'published' AND NOT EXISTS (SELECT FROM authorships x WHERE x.experience_id = e.id AND x.person_id = $1) ORDER BY id LIMIT 1`, a.PersonID)
	key := func(what string, i int) db.Key {
		return db.Key{Scope: fmt.Sprintf("a%d", a.AccountID), Route: "POST /" + what, Value: fmt.Sprintf("%s-%016d", what, i), Hash: []byte("x")}
	}
	return map[string]func(i int) error{
		"writes in a live room": func(i int) error {
			_, err := h.Question.PostReply(ctx, a, rooms[i%len(rooms)], question.Words{Body: fmt.Sprintf("Said at the last moment, for the %dth time.", i)}, key("reply", i))
			return err
		},
		"edits what it said": func(i int) error {
			var version int
			err := h.owner.Pool().QueryRow(ctx, `SELECT version FROM replies WHERE id = $1`, own).Scan(&version)
			if err == nil {
				_, err = h.Question.EditReply(ctx, a, own, question.Words{Body: fmt.Sprintf("Changed at the last moment, for the %dth time.", i)}, version)
			}
			return err
		},
		"votes on a reply": func(i int) error {
			_, err := h.Question.Vote(ctx, a, replies[i%len(replies)], 1-i%2)
			return err
		},
		"votes on an experience": func(i int) error {
			_, err := h.Experience.Vote(ctx, a, other, i%2)
			return err
		},
		"uploads a draft": func(i int) error {
			d, err := h.Experience.StartDraft(ctx, a, experience.Answers{"title": {"Told at the last moment"}})
			if err == nil {
				_, err = h.Experience.SaveStep(ctx, a, d.PublicID, "went", "en", experience.Answers{"title": {"Told at the last moment"}, "story": {"It is not told to the end."}})
			}
			return err
		},
		"asks for its data": func(int) error { _, err := h.Departure.Ask(ctx, a); return err },
		"makes exports":     func(int) error { return h.Departure.MakeExports(ctx) },
	}
}

func (h house) list(into *[]int64, sql string, args ...any) {
	h.t.Helper()
	rows, err := h.owner.Pool().Query(context.Background(), sql, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			h.t.Fatal(err)
		}
		*into = append(*into, id)
	}
	if rows.Err() != nil || len(*into) == 0 {
		h.t.Fatalf("%s: %d rows, %v", sql, len(*into), rows.Err())
	}
}

// TestWhoLeavesInTheMiddleOfEverythingIsGoneAllTheSame erases somebody, from two
// nodes at once, while requests of theirs are still on the way: a reply in a live
// room, an edit, votes, a draft that is uploaded, an export that is made. Whatever
// comes first, the end is the same.
func TestWhoLeavesInTheMiddleOfEverythingIsGoneAllTheSame(t *testing.T) {
	t.Parallel()
	for _, texts := range []bool{true, false} {
		h := newHouse(t)
		ctx := context.Background()
		a := h.who(talker)
		a.Trust = 2
		if err := h.Departure.Leave(ctx, a, texts); err != nil {
			t.Fatal(err)
		}
		h.clock.Move(departure.Grace + time.Minute)
		a.SteppedUp = h.d.Now()
		if _, err := h.Departure.Ask(ctx, a); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		over := make(chan struct{})
		begun := make(chan struct{}, 16)
		for what, do := range h.meanwhile(a) {
			all.Go(func() {
				for i := 0; ; i++ {
					if err := do(i); err != nil && errs.Of(err).Kind == errs.Internal && db.Trouble(err) == nil {
						t.Errorf("%s: %v", what, err)
						return
					}
					if i == 0 {
						begun <- struct{}{}
					}
					select {
					case <-over:
						if i > 3 {
							return
						}
					default:
					}
				}
			})
		}
		for range h.meanwhile(a) {
			<-begun
		}
		two := open(t, h.d, h.owner, h.clock, h.dir)
		results := make([]error, 2)
		var nodes sync.WaitGroup
		for i, s := range []*departure.Service{h.Departure, two.Departure} {
			nodes.Go(func() { results[i] = s.Depart(ctx) })
		}
		nodes.Wait()
		for _, err := range results { // who came second may have had to wait too long, and comes again
			if err != nil && db.Trouble(err) == nil {
				t.Error(err)
			}
		}
		close(over)
		all.Wait()
		if err := two.Departure.Depart(ctx); err != nil {
			t.Error(err)
		}
		h.gone(a, texts)
	}
}

// gone looks for anything that still leads to somebody, and for sums that do not
// add up.
func (h house) gone(a access.Actor, texts bool) {
	h.t.Helper()
	for what, sql := range map[string]string{
		"authorships": `SELECT count(*) FROM authorships WHERE account_id = $1 OR person_id = $2`, "drafts": `SELECT count(*) FROM experience_drafts WHERE account_id = $1 AND $2 > 0`,
		"exports": `SELECT count(*) FROM exports WHERE account_id = $1 OR person_id = $2`, "sessions": `SELECT count(*) FROM sessions WHERE account_id = $1 AND $2 > 0`,
		"addresses": `SELECT count(*) FROM identities WHERE account_id = $1 AND $2 > 0`, "accounts that are open": `SELECT count(*) FROM accounts WHERE id = $1 AND closed_at IS NULL AND $2 > 0`,
		"votes that add up to something else": `SELECT count(*) FROM reply_scores s WHERE $1::bigint + $2::bigint > 0 AND s.helpful <> (SELECT count(*) FROM reply_votes v WHERE v.reply_id = s.reply_id AND v.counted AND v.value > 0)`,
	} {
		var n int
		if err := h.owner.Pool().QueryRow(context.Background(), sql, a.AccountID, a.PersonID).Scan(&n); err != nil || n != 0 {
			h.t.Errorf("texts %v: %d %s are left (%v)", texts, n, what, err)
		}
	}
	if texts {
		if n := h.text(`SELECT count(*)::text FROM replies WHERE author_account_id = $1 AND body NOT LIKE '*%*'`, a.AccountID); n != "0" {
			h.t.Errorf("the words of %s replies are left", n)
		}
		if n := h.text(`SELECT count(*)::text FROM reply_edits WHERE reply_id IN (SELECT id FROM replies WHERE author_account_id = $1)`, a.AccountID); n != "0" {
			h.t.Errorf("%s earlier wordings are left", n)
		}
	}
	if n := h.text(`SELECT count(*)::text FROM departures WHERE account_id = $1 AND done_on IS NOT NULL`, a.AccountID); n != "1" {
		h.t.Errorf("it was done %s times", n)
	}
}
