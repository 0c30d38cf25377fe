package question_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/app"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/question"
	"caravan/internal/testkit"
)

// house is the whole server without its door: what a use case meets for real.
func house(t testing.TB) (*app.App, *db.DB) {
	t.Helper()
	d := testkit.DB(t)
	addr := net.JoinHostPort("localhost", "8080")
	env := map[string]string{"ADDR": addr, "LIMITS": "off", "STATE_DIR": t.TempDir()}
	cfg, err := config.Load(func(k string) string { return env[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(app.Options{Config: cfg, DB: d, Secret: make([]byte, 32), BoxDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a, d
}

var draft = question.Draft{Title: "Can a sinus lift be ruled out before I fly?", Body: "They quoted me from a panoramic X-ray only. Is there a scan at home?", Procedure: "den.crown", Destination: "HU"}

func ask(t testing.TB, a *app.App, by access.Actor) question.Question {
	t.Helper()
	q, err := a.Question.Ask(t.Context(), by, draft, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func key(n int) db.Key {
	return db.Key{Scope: "a1", Route: "POST /test", Value: fmt.Sprintf("0123456789abcdef%04d", n), Hash: []byte("same")}
}

func count(t testing.TB, d *db.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRepliesTakeTheirPlaceFromTheLiveChannel(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, omid := testkit.Person(t, d, "mina"), testkit.Person(t, d, "omid")
	q := ask(t, a, mina)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			if _, err := a.Question.PostReply(context.Background(), omid, q.ID, question.Words{Body: fmt.Sprintf("Reply %d", i)}, db.Key{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// Asking is event 1; the replies are 2 to 33 without a hole.
	if n := count(t, d, `select count(distinct position) from replies where question_id = $1 and position between 2 and 33`, q.ID); n != 32 {
		t.Errorf("%d positions, want 32", n)
	}
	if n := count(t, d, `select count(*) from live_events e join replies r on r.id = e.ref_id and r.position = e.seq where e.channel = $1 and e.type = 'reply.new'`, fmt.Sprintf("question:%d", q.ID)); n != 32 {
		t.Errorf("%d events at their reply's position, want 32", n)
	}
	if n := count(t, d, `select replies from question_counts where question_id = $1`, q.ID); n != 32 {
		t.Errorf("counter says %d, want 32", n)
	}
}

func TestTheSameKeyPostsOnce(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	q := ask(t, a, mina)
	var wg sync.WaitGroup
	got := make([]question.Posted, 10)
	for i := range got {
		wg.Go(func() {
			var err error
			for range 20 { // "still running" is an answer too: the sender tries again
				if got[i], err = a.Question.PostReply(context.Background(), mina, q.ID, question.Words{Body: "Three weeks."}, key(1)); !errs.Is(err, errs.Conflict) {
					break
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, p := range got {
		if p.ID != got[0].ID || p.Position != got[0].Position || p.Position == 0 {
			t.Errorf("answers differ: %+v and %+v", p, got[0])
		}
	}
	if n := count(t, d, `select count(*) from replies`); n != 1 {
		t.Errorf("%d replies, want 1", n)
	}
	if n := count(t, d, `select count(*) from live_events where type = 'reply.new'`); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	other := key(1)
	other.Hash = []byte("another text")
	if _, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "Four weeks."}, other); !errs.Is(err, errs.Invalid) {
		t.Errorf("the same key with another text: %v", err)
	}
}

func TestWhatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	q := ask(t, a, mina)
	if _, err := testkit.OwnerOf(t, d).Pool().Exec(t.Context(), `alter table replies add constraint refuse check (body <> 'poison')`); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "poison"}, key(2)); err == nil {
		t.Fatal("posted")
	}
	for _, table := range []string{"replies", "idempotency_keys"} {
		if n := count(t, d, `select count(*) from `+table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "healthy"}, key(2))
	if err != nil || p.Position != 2 {
		t.Errorf("the next one: %+v %v, want position 2: no number may be lost", p, err)
	}
}

func TestTextsAreKeptAsWrittenAfterCleaning(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "  e\u0301ins\r\nzwei\u202e  "}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	var body string
	if err := d.Pool().QueryRow(t.Context(), `select body from replies where id = $1`, p.ID).Scan(&body); err != nil {
		t.Fatal(err)
	}
	if body != "\u00e9ins\nzwei" {
		t.Errorf("kept %q", body)
	}
}

func TestUnconfirmedWordsWaitAndAppearOnce(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, shy := testkit.Person(t, d, "mina"), testkit.Person(t, d, "shy", testkit.Unconfirmed)
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), shy, q.ID, question.Words{Body: "I know this one."}, db.Key{})
	if err != nil || p.State != question.Waiting || p.Position != 0 {
		t.Fatalf("%+v %v", p, err)
	}
	own := ask(t, a, shy)
	if n := count(t, d, `select count(*) from live_events where type = 'reply.new'`); n != 0 {
		t.Fatalf("told of %d", n)
	}
	for range 2 { // the second time there is nothing left to do
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return a.Question.Publish(tx, shy.AccountID) }); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, d, `select count(*) from replies where state = 'shown' and position = 2`); n != 1 {
		t.Errorf("%d replies shown at position 2", n)
	}
	if n := count(t, d, `select count(*) from questions where id = $1 and state = 'shown'`, own.ID); n != 1 {
		t.Errorf("own question not shown")
	}
	if n := count(t, d, `select count(*) from live_events where type = 'reply.new'`); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestEarlierWordingsStay(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "first words"}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Question.EditReply(t.Context(), mina, p.ID, question.Words{Body: "second words"}, 1)
	if err != nil || r.Version != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := a.Question.EditReply(t.Context(), mina, p.ID, question.Words{Body: "third words"}, 1); !errs.Is(err, errs.Conflict) {
		t.Errorf("an edit of an old version: %v", err)
	}
	if n := count(t, d, `select count(*) from reply_edits where reply_id = $1 and body = 'first words' and version = 1`, p.ID); n != 1 {
		t.Errorf("first words are gone")
	}
}

func TestTheFirstAnswerBringsOneMail(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, omid := testkit.Person(t, d, "mina"), testkit.Person(t, d, "omid")
	if err := a.Account.Consent(t.Context(), mina, account.PurposeMails, true); err != nil {
		t.Fatal(err)
	}
	q, other := ask(t, a, mina), ask(t, a, omid)
	if _, err := a.Question.PostReply(t.Context(), mina, other.ID, question.Words{Body: "Nobody is mailed who did not agree to it."}, db.Key{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "I forgot to say: upper jaw."}, db.Key{}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := a.Question.PostReply(context.Background(), omid, q.ID, question.Words{Body: "Ask for a CBCT."}, db.Key{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := a.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	letters, err := a.Mail.Box()
	if err != nil || len(letters) != 1 {
		t.Fatalf("%d mails, %v, want 1", len(letters), err)
	}
	if l := letters[0]; strings.Contains(l.Subject+l.Body, "sinus") || strings.Contains(l.Subject+l.Body, "omid") || strings.Contains(l.Subject+l.Body, "CBCT") {
		t.Errorf("the mail says too much: %+v", l)
	}
	if n := count(t, d, `select unread from accounts where id = $1`, mina.AccountID); n == 0 {
		t.Errorf("no unread notice")
	}
}

func TestParallelVotesCountOnce(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, omid := testkit.Person(t, d, "mina"), testkit.Person(t, d, "omid", testkit.T2)
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "Three weeks."}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if _, err := a.Question.Vote(context.Background(), omid, p.ID, i%2); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, step := range []struct{ value, want int }{{1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}} {
		v, err := a.Question.Vote(t.Context(), omid, p.ID, step.value)
		if err != nil || v.Helpful != step.want || !v.Counted {
			t.Fatalf("vote %d: %+v %v, want %d", step.value, v, err, step.want)
		}
	}
	if n := count(t, d, `select count(*) from reply_votes`); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestVotesOfManyAddUp(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "Three weeks."}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 24 {
		trait := testkit.T2
		if i%4 == 0 {
			trait = testkit.Newcomer // kept, not counted
		}
		voter := testkit.Person(t, d, fmt.Sprintf("voter%d", i), trait)
		wg.Go(func() {
			for _, v := range []int{1, 0, 1} {
				if _, err := a.Question.Vote(context.Background(), voter, p.ID, v); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	sum := count(t, d, `select helpful from reply_scores where reply_id = $1`, p.ID)
	rows := count(t, d, `select sum(value) from reply_votes where counted`)
	if sum != 18 || rows != 18 {
		t.Errorf("sum %d, rows %d, want 18", sum, rows)
	}
	if _, err := a.Question.Vote(t.Context(), mina, p.ID, 1); !errs.Is(err, errs.Forbidden) {
		t.Errorf("voted on her own reply: %v", err)
	}
	if _, err := a.Question.Vote(t.Context(), testkit.Person(t, d, "late", testkit.T2), 999_999, 1); !errs.Is(err, errs.NotFound) {
		t.Errorf("voted on nothing: %v", err)
	}
}

func TestVotesCountOnceWeKnowEnough(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, omid := testkit.Person(t, d, "mina"), testkit.Person(t, d, "omid")
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "Three weeks."}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := a.Question.Vote(t.Context(), omid, p.ID, 1); err != nil || v.Counted || v.Helpful != 0 {
		t.Fatalf("%+v %v", v, err)
	}
	for range 2 {
		if err := a.Question.CountRisen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, d, `select count(*) from reply_scores`); n != 0 {
		t.Fatal("counted too early")
	}
	if _, err := d.Pool().Exec(t.Context(), `insert into identities (provider, uid, account_id, verified_at, created_at) values ('demo', 'omid', $1, now(), now())`, omid.AccountID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Question.CountRisen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if wrong, err := a.Question.Recount(t.Context()); err != nil || wrong != 0 {
		t.Errorf("recount found %d wrong sums, %v", wrong, err)
	}
	if n := count(t, d, `select helpful from reply_scores where reply_id = $1`, p.ID); n != 1 {
		t.Errorf("sum %d, want 1", n)
	}
}

func TestTheAskerAloneAccepts(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina, omid := testkit.Person(t, d, "mina"), testkit.Person(t, d, "omid")
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), omid, q.ID, question.Words{Body: "Three weeks."}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Question.Accept(t.Context(), omid, p.ID, true); !errs.Is(err, errs.Forbidden) {
		t.Errorf("omid accepted himself: %v", err)
	}
	x, err := a.Question.Accept(t.Context(), mina, p.ID, true)
	if err != nil || x.AcceptedReplyID == nil || *x.AcceptedReplyID != p.ID {
		t.Fatalf("%+v %v", x, err)
	}
	if x, err = a.Question.Accept(t.Context(), mina, p.ID, false); err != nil || x.AcceptedReplyID != nil {
		t.Fatalf("%+v %v", x, err)
	}
}

func TestHidingKeepsTheWordsAndSaysWhy(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	mina := testkit.Person(t, d, "mina")
	q := ask(t, a, mina)
	p, err := a.Question.PostReply(t.Context(), mina, q.ID, question.Words{Body: "Call me."}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	reply := a.Question.Subjects()[1]
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return reply.Hide(tx, p.ID, "moderation.reason_personal_data") }); err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, `select count(*) from replies where state = 'hidden' and body = 'Call me.' and version = 2`); n != 1 {
		t.Error("the words are gone or still shown")
	}
	if n := count(t, d, `select replies from question_counts where question_id = $1`, q.ID); n != 0 {
		t.Errorf("counter says %d", n)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return reply.Show(tx, p.ID) }); err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, `select replies from question_counts where question_id = $1`, q.ID); n != 1 {
		t.Errorf("counter says %d after showing again", n)
	}
}

func TestAskingForAClinicReachesItsPeople(t *testing.T) {
	t.Parallel()
	a, d := house(t)
	org := testkit.Organisation(t, d, "clinic", "Dunakert Dental")
	mina, eszter := testkit.Person(t, d, "mina"), testkit.Person(t, d, "eszter", testkit.StaffOf(org, "doctor"))
	with := draft
	with.Clinic = "dunakert-dental"
	q, err := a.Question.Ask(t.Context(), mina, with, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, `select count(*) from live_events where channel = $1 and type = 'question.new' and ref_id = $2`, question.ClinicChannel(org), q.ID); n != 1 {
		t.Errorf("%d events on the clinic's channel", n)
	}
	waiting, err := a.Question.Desk(d.Read(t.Context()), org, false, 10)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d waiting, %v", len(waiting), err)
	}
	if _, err := a.Question.PostReply(t.Context(), eszter, q.ID, question.Words{Body: "A CBCT settles it."}, db.Key{}); err != nil {
		t.Fatal(err)
	}
	answered, err := a.Question.Desk(d.Read(t.Context()), org, true, 10)
	if err != nil || len(answered) != 1 {
		t.Errorf("%d answered, %v", len(answered), err)
	}
	r, err := a.Question.Response(d.Read(t.Context()), org)
	if err != nil || r.Asked != 1 || r.Answered != 1 || !r.Known || r.Median > time.Minute {
		t.Errorf("response %+v %v", r, err)
	}
}
