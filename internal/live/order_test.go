package live_test

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/live"
	"caravan/internal/testkit"
)

// long reports whether tests run with their full counts.
func long() bool { return os.Getenv("CARAVAN_LONG") == "1" }

// Writers whose commits come late are what breaks a cursor over a sequence: a
// reader passes number n+1 before n is committed. Both tests below have the same
// writers and the same reader; only where the number comes from differs.
const lateWriters = 16

func lateCommits(t *testing.T, d *db.DB, each int, insert func(tx *db.Tx) error) {
	t.Helper()
	d = second(t, d, lateWriters+2) // nobody waits for a connection, only for the row
	var wg sync.WaitGroup
	for range lateWriters {
		wg.Go(func() {
			for range each {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					if err := insert(tx); err != nil {
						return err
					}
					// Between the number and the commit, on the server.
					return tx.Gorm().Exec(`SELECT pg_sleep(?)`, rand.Float64()*0.004).Error
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// follow reads "number above the cursor" until stopped, and says how many rows
// it saw.
func follow(t *testing.T, d *db.DB, query string, stop *atomic.Bool) (seen int) {
	t.Helper()
	for cursor := int64(0); ; {
		last := stop.Load()
		var numbers []int64
		if err := d.Read(context.Background()).Gorm().Raw(query, cursor).Scan(&numbers).Error; err != nil {
			t.Error(err)
			return seen
		}
		for _, n := range numbers {
			seen++
			cursor = max(cursor, n)
		}
		if last {
			return seen
		}
	}
}

func TestALateCommitIsNeverPassedBy(t *testing.T) {
	t.Parallel()
	each := 20
	if long() {
		each = 100
	}
	d := testkit.DB(t)
	var stop atomic.Bool
	seen := make(chan int, 1)
	go func() {
		seen <- follow(t, d, `SELECT seq FROM live_events WHERE channel = 'question:1' AND seq > ? ORDER BY seq`, &stop)
	}()
	// Not through Append, which leaves no room between number and commit: the
	// row lock alone must do.
	lateCommits(t, d, each, func(tx *db.Tx) error {
		return tx.Gorm().Exec(`
			WITH u AS (INSERT INTO live_channels AS c (channel, top_seq) VALUES ('question:1', 1)
				ON CONFLICT (channel) DO UPDATE SET top_seq = c.top_seq + 1 RETURNING top_seq)
			INSERT INTO live_events (channel, seq, type, at) SELECT 'question:1', top_seq, 'reply.new', now() FROM u`).Error
	})
	stop.Store(true)
	if got, want := <-seen, lateWriters*each; got != want {
		t.Errorf("saw %d of %d events", got, want)
	}
}

// The mutation check: with numbers from a sequence the same reader must lose,
// else the test above would prove nothing.
func TestACursorOverASequenceWouldLoseEvents(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	if err := testkit.OwnerOf(t, d).Read(context.Background()).Gorm().Exec(`CREATE TABLE naive (id bigserial PRIMARY KEY)`).Error; err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		var before int
		if err := d.Read(context.Background()).Gorm().Raw(`SELECT count(*) FROM naive`).Scan(&before).Error; err != nil {
			t.Fatal(err)
		}
		var stop atomic.Bool
		seen := make(chan int, 1)
		go func() { seen <- follow(t, d, `SELECT id FROM naive WHERE id > ? ORDER BY id`, &stop) }()
		lateCommits(t, d, 10, func(tx *db.Tx) error { return tx.Gorm().Exec(`INSERT INTO naive DEFAULT VALUES`).Error })
		stop.Store(true)
		if got := <-seen; got < before+lateWriters*10 {
			return // lost some, as expected
		}
	}
	t.Error("a sequence lost nothing: the race is not made any more")
}

func TestParallelWritersOfOneChannelReachEverySocketInOrder(t *testing.T) {
	t.Parallel()
	each := 20
	if long() {
		each = 100
	}
	d := testkit.DB(t)
	n := start(t, d, setup{o: live.Options{LimitsOff: true}})
	var sockets []*socket
	for range 10 {
		s := n.hello()
		s.sub("question:1", 0, "")
		sockets = append(sockets, s)
	}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() { posts(t, d, "question:1", each) })
	}
	for _, s := range sockets {
		wg.Go(func() {
			for want := int64(1); want <= int64(32*each); want++ {
				if e, err := s.next(); err != nil || e.Seq != want {
					t.Errorf("got %+v, %v, want event %d", e, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestARollbackGivesItsNumberBack(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	posts(t, d, "question:1", 1)
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		live.Append(tx, "question:1", live.Event{Type: "reply.new", Data: func() {}}) // cannot be encoded
		return nil
	})
	if err == nil {
		t.Fatal("an event that cannot be encoded was committed")
	}
	n := start(t, d, setup{})
	posts(t, d, "question:1", 1)
	if seq, _, err := n.hub.Position(context.Background(), d.Read(context.Background()), "question:1"); err != nil || seq != 2 {
		t.Errorf("position %d, %v", seq, err)
	}
}

func TestAPlaceIsTheNumberOfItsEvent(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	if err := testkit.OwnerOf(t, d).Read(context.Background()).Gorm().Exec(`CREATE TABLE placed (id int, position bigint)`).Error; err != nil {
		t.Fatal(err)
	}
	type row struct {
		id int
		at *live.Place
	}
	place := func(rows []row) (db.Statement, error) {
		var ids, behind []int32
		for _, r := range rows {
			ids, behind = append(ids, int32(r.id)), append(behind, r.at.Behind())
		}
		return db.Statement{SQL: `INSERT INTO placed SELECT r.id, c.top_seq - r.behind FROM unnest($1::int[], $2::int[]) AS r (id, behind), live_channels c
			WHERE c.channel = 'question:1'`, Args: []any{ids, behind}}, nil
	}
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				for _, id := range []int{3*n + 1, 3*n + 2, 3*n + 3} { // three at once, and something else in between
					db.Gather(tx, live.OrderAfter, row{id, live.Append(tx, "question:1", live.Event{Type: "reply.new", Ref: int64(id)})}, place)
					live.Append(tx, "clinic:1", live.Event{Type: "reply.new"})
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var there, wrong int
	err := d.Pool().QueryRow(context.Background(), `SELECT count(*), count(*) FILTER (WHERE p.position IS DISTINCT FROM e.seq) FROM placed p
		FULL JOIN (SELECT * FROM live_events WHERE channel = 'question:1') e ON e.ref_id = p.id`).Scan(&there, &wrong)
	if err != nil || there != 60 || wrong != 0 {
		t.Errorf("%d of %d (want 60) stand elsewhere than their event, %v", wrong, there, err)
	}
	if err := d.Pool().QueryRow(context.Background(), `SELECT count(DISTINCT seq) FROM live_events WHERE channel = 'clinic:1' AND seq BETWEEN 1 AND 60`).Scan(&there); err != nil || there != 60 {
		t.Errorf("%d numbers on the other channel, want 60, %v", there, err)
	}
}
