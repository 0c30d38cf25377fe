package question_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/question"
	"caravan/internal/testkit"
)

// TestOneThatFailsTakesNobodyAlong posts to several questions at once, so that
// replies share transactions; some cannot be stored, some stand below a hidden
// question, some have been sent before.
func TestOneThatFailsTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, omid := testkit.Person(t, d, "mina"), testkit.Person(t, d, "omid")
	if _, err := testkit.OwnerOf(t, d).Pool().Exec(t.Context(), `alter table replies add constraint refuse check (body not like 'poison%')`); err != nil {
		t.Fatal(err)
	}
	open, hidden := []question.Question{ask(t, a, mina), ask(t, a, omid), ask(t, a, mina)}, ask(t, a, mina)
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return a.Question.Subjects()[0].Hide(tx, hidden.ID, "moderation.reason_advert") }); err != nil {
		t.Fatal(err)
	}
	before, err := a.Question.PostReply(t.Context(), omid, open[0].ID, question.Words{Body: "sent before"}, key(500))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 120 {
		wg.Go(func() {
			ctx := context.Background()
			switch {
			case i%12 == 0:
				if _, err := a.Question.PostReply(ctx, omid, open[i%3].ID, question.Words{Body: fmt.Sprintf("poison %d", i)}, key(i)); err == nil {
					t.Error("poison was posted")
				}
			case i%12 == 1:
				if _, err := a.Question.PostReply(ctx, omid, hidden.ID, question.Words{Body: "below a hidden one"}, key(i)); !errs.Is(err, errs.Gone) {
					t.Errorf("below a hidden question: %v", err)
				}
			case i%12 == 2:
				if p, err := a.Question.PostReply(ctx, omid, open[0].ID, question.Words{Body: "sent before"}, key(500)); err != nil || p != before {
					t.Errorf("sent again: %+v %v, want %+v", p, err, before)
				}
			default:
				if p, err := a.Question.PostReply(ctx, omid, open[i%3].ID, question.Words{Body: fmt.Sprintf("Reply %d", i)}, key(i)); err != nil || p.Position == 0 {
					t.Errorf("reply %d: %+v %v", i, p, err)
				}
			}
		})
	}
	wg.Wait()
	for sql, want := range map[string]int{
		`select count(*) from replies`:                                                   91,
		`select count(*) from idempotency_keys k join replies r on r.id = k.ref_id`:      91,
		`select count(*) from idempotency_keys`:                                          91,
		`select sum(replies) from question_counts`:                                       91,
		`select count(*) from live_events where type = 'reply.new'`:                      91,
		`select count(*) from search_queue where kind = 2`:                               91,
		`select count(distinct (question_id, position)) from replies where position > 1`: 91,
		// Asking is event 1: no number is missing up to the newest reply.
		`select coalesce(sum(top - n - 1), 0) from (select max(position) as top, count(*) as n from replies group by question_id) x`:               0,
		`select count(*) from replies r join live_events e on e.channel = 'question:' || r.question_id and e.seq = r.position and e.ref_id = r.id`: 91,
		`select sum(count) from notifications where kind = 'reply'`:                                                                                count(t, d, `select count(*) from replies r join questions q on q.id = r.question_id and q.author_account_id <> r.author_account_id`),
	} {
		if n := count(t, d, sql); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
	if n := count(t, d, `select unread from accounts where id = $1`, mina.AccountID); n != 2 {
		t.Errorf("%d unread lines, want one for each of two questions", n)
	}
}

// TestAQuestionBeingChangedHoldsUpOnlyItsOwnReplies keeps a question locked
// while replies to it and to another one are sent.
func TestAQuestionBeingChangedHoldsUpOnlyItsOwnReplies(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	locked, free := ask(t, a, mina), ask(t, a, mina)
	tx, err := d.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `select from questions where id = $1 for update`, locked.ID); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := a.Question.PostReply(context.Background(), mina, locked.ID, question.Words{Body: "I wait."}, key(1))
		waiting <- err
	}()
	for i := range 5 {
		if _, err := a.Question.PostReply(t.Context(), mina, free.ID, question.Words{Body: "I do not."}, key(10+i)); err != nil {
			t.Error(err)
		}
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if n := count(t, d, `select count(*) from replies`); n != 6 {
		t.Errorf("%d replies, want 6", n)
	}
}
