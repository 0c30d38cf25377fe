package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/live"
	"caravan/internal/notify"
	"caravan/internal/testkit"
)

func service(t *testing.T, d *db.DB) *notify.Service {
	t.Helper()
	jobs := testkit.Jobs(t, d)
	return notify.New(d, jobs)
}

func tell(t *testing.T, d *db.DB, s *notify.Service, n notify.Notice) {
	t.Helper()
	if err := d.Write(context.Background(), func(tx *db.Tx) error { return s.Tell(tx, n) }); err != nil {
		t.Fatal(err)
	}
}

func kept(a access.Actor, ref int64) notify.Notice {
	return notify.Notice{AccountID: a.AccountID, Kind: "report_kept", Ref: ref, Path: fmt.Sprintf("/questions/%d/x", ref), Args: map[string]string{"title": "Is it safe?"}}
}

// counts reads the kept number and what it should be.
func counts(t *testing.T, d *db.DB, a access.Actor) (number, unread, rows int) {
	t.Helper()
	err := d.Pool().QueryRow(context.Background(), `
		SELECT unread, (SELECT count(*) FROM notifications WHERE account_id = a.id AND read_at IS NULL), (SELECT count(*) FROM notifications WHERE account_id = a.id)
		FROM accounts a WHERE id = $1`, a.AccountID).Scan(&number, &unread, &rows)
	if err != nil {
		t.Fatal(err)
	}
	return number, unread, rows
}

func TestTheSameToldAgainIsOneLineUntilItIsRead(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	s, ann := service(t, d), testkit.Person(t, d, "Ann")
	for range 3 {
		tell(t, d, s, kept(ann, 7))
	}
	if n, u, rows := counts(t, d, ann); n != 1 || u != 1 || rows != 1 {
		t.Fatalf("told three times: number %d, unread %d, rows %d; want 1, 1, 1", n, u, rows)
	}
	if err := s.ReadAll(context.Background(), ann); err != nil {
		t.Fatal(err)
	}
	tell(t, d, s, kept(ann, 7))
	if n, u, rows := counts(t, d, ann); n != 1 || u != 1 || rows != 2 {
		t.Errorf("told again after reading: number %d, unread %d, rows %d; want 1, 1, 2", n, u, rows)
	}
}

func TestParallelTellingLosesNothingAndDoesNotDeadlock(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	s := service(t, d)
	people := []access.Actor{testkit.Person(t, d, "Ann"), testkit.Person(t, d, "Ben"), testkit.Person(t, d, "Cem")}
	const each = 8
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			for k := range each {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					for j := range people { // every goroutine in another order
						if err := s.Tell(tx, kept(people[(i+j)%len(people)], int64(k%4))); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("tell: %v", err)
				}
				if k%3 == 0 {
					if err := s.ReadAll(context.Background(), people[i%len(people)]); err != nil {
						t.Errorf("read all: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	for _, p := range people {
		if n, u, _ := counts(t, d, p); n != u {
			t.Errorf("%s: the kept number is %d, unread rows are %d", p.Handle, n, u)
		}
		var told, events int
		err := d.Pool().QueryRow(context.Background(), `
			SELECT (SELECT sum(count) FROM notifications WHERE account_id = $1), (SELECT count(*) FROM live_events WHERE channel = 'user:' || $1::text)`, p.AccountID).Scan(&told, &events)
		if err != nil {
			t.Fatal(err)
		}
		if told != 12*each || events < told {
			t.Errorf("%s: %d of %d notices kept, %d events", p.Handle, told, 12*each, events)
		}
	}
}

func TestARolledBackDeedTellsNobody(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	s, ann := service(t, d), testkit.Person(t, d, "Ann")
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		if err := s.Tell(tx, kept(ann, 1)); err != nil {
			return err
		}
		return errs.New(errs.Conflict, "common.still_running")
	})
	if n, _, rows := counts(t, d, ann); err == nil || n != 0 || rows != 0 {
		t.Errorf("error %v, number %d, rows %d", err, n, rows)
	}
}

func TestAChannelIsHeardByItsOwnerAloneAndSaysThePresentNumber(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	s, ann, ben := service(t, d), testkit.Person(t, d, "Ann"), testkit.Person(t, d, "Ben")
	topic := s.Topics()[0]
	for name, c := range map[string]struct {
		a   access.Actor
		may bool
	}{"owner": {ann, true}, "another member": {ben, false}, "testkit.Visitor": {access.Actor{}, false}} {
		if err := topic.May(context.Background(), c.a, ann.AccountID); (err == nil) != c.may {
			t.Errorf("%s: %v", name, err)
		}
	}
	tell(t, d, s, kept(ann, 1))
	tell(t, d, s, kept(ann, 2))
	// Both events are heard late, when the number is already two.
	shown, err := topic.Show(context.Background(), "en", []live.Stored{{Seq: 1, Type: "notice", Ref: ann.AccountID}, {Seq: 2, Type: "notice", Ref: ann.AccountID}})
	if err != nil || fmt.Sprint(shown) != "[map[unread:2] map[unread:2]]" {
		t.Errorf("shown %v, %v", shown, err)
	}
}

func TestOldAndTooManyNotificationsGoAndTheNumberFollows(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	s, ann, ben := service(t, d), testkit.Person(t, d, "Ann"), testkit.Person(t, d, "Ben")
	tell(t, d, s, kept(ann, 1))
	clock.Move(notify.Life / 2)
	tell(t, d, s, kept(ann, 2))
	clock.Move(notify.Life/2 + time.Second)
	_, err := d.Pool().Exec(context.Background(), `
		INSERT INTO notifications (account_id, kind, ref, path, args, created_at) SELECT $1, 'report_kept', n, '/', '{}', $2::timestamptz - n * interval '1 s' FROM generate_series(1, $3::int) n`,
		ben.AccountID, clock.Now(), notify.Most+1500)
	if err == nil {
		_, err = d.Pool().Exec(context.Background(), `UPDATE accounts SET unread = $1 WHERE id = $2`, notify.Most+1500, ben.AccountID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n, u, rows := counts(t, d, ann); n != 1 || u != 1 || rows != 1 {
		t.Errorf("after 90 days: number %d, unread %d, rows %d; want 1 each", n, u, rows)
	}
	if n, u, rows := counts(t, d, ben); n != notify.Most || u != notify.Most || rows != notify.Most {
		t.Errorf("beyond the most: number %d, unread %d, rows %d; want %d each", n, u, rows, notify.Most)
	}
	var oldest int64
	if err := d.Pool().QueryRow(context.Background(), `SELECT max(ref) FROM notifications WHERE account_id = $1`, ben.AccountID).Scan(&oldest); err != nil || oldest != notify.Most {
		t.Errorf("the oldest that stays is %d, %v; the newest %d should", oldest, err, notify.Most)
	}
}

var openButton = regexp.MustCompile(`formaction="([^"]*/open)"`)

func TestThePageOpensByPostAndAGetChangesNothing(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	s, ann, ben := service(t, d), testkit.Person(t, d, "Ann"), testkit.Person(t, d, "Ben")
	tell(t, d, s, kept(ann, 7))
	tell(t, d, s, notify.Notice{AccountID: ann.AccountID, Kind: "moderation_hide", Ref: 3, Path: "/decisions/3",
		Args: map[string]string{"title": "<b>Bold</b>", "reason_key": "moderation.reason_fake"}})
	tell(t, d, s, kept(ben, 7))
	srv := testkit.Door(t, d, testkit.Guests{"ann": ann, "ben": ben}, s.Routes())

	status, body, _ := testkit.Visit(t, srv, "ann").Get("/me/notifications")
	if status != http.StatusOK {
		t.Fatalf("status %d:\n%s", status, body)
	}
	testkit.Contains(t, body, "What you reported in “Is it safe?” was looked at, and stays.", "&lt;b&gt;Bold&lt;/b&gt;", "There is good reason to believe that it is fake.")
	_, arabic, _ := testkit.Visit(t, srv, "ann").Get("/ar/me/notifications")
	testkit.Contains(t, arabic, `dir="rtl"`, "الإشعارات", "هناك ما يدعو إلى الاعتقاد بأنه مزيف.")
	if n, _, _ := counts(t, d, ann); n != 2 {
		t.Errorf("reading the page left %d unread, want 2", n)
	}
	open := openButton.FindStringSubmatch(body)
	if open == nil {
		t.Fatalf("no button to open:\n%s", body)
	}
	if status, _, _ := testkit.Visit(t, srv, "ann").Get(open[1]); status != http.StatusMethodNotAllowed {
		t.Errorf("GET %s: %d, want 405", open[1], status)
	}
	if status, _, _ := testkit.Visit(t, srv, "ben").Post("/me/notifications", open[1], nil); status != http.StatusNotFound {
		t.Errorf("somebody else opening it: %d, want 404", status)
	}
	if status, _, to := testkit.Visit(t, srv, "ann").Post("/me/notifications", open[1], nil); status != http.StatusSeeOther || to != "/decisions/3" {
		t.Errorf("opening: %d to %q", status, to)
	}
	if n, _, _ := counts(t, d, ann); n != 1 {
		t.Errorf("after opening one %d are unread, want 1", n)
	}
	if status, _, _ := testkit.Visit(t, srv, "ann").Post("/ar/me/notifications", "/ar/me/notifications/read", nil); status != http.StatusSeeOther {
		t.Errorf("read all: %d", status)
	}
	if n, _, _ := counts(t, d, ann); n != 0 {
		t.Errorf("after reading all %d are unread", n)
	}
	if status, _, to := testkit.Visit(t, srv, "").Get("/me/notifications"); status != http.StatusSeeOther || to != "/sign-in?next=%2Fme%2Fnotifications" {
		t.Errorf("signed out: %d to %q", status, to)
	}
}

func TestTellRefusesWhatNobodyCouldRead(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	s, ann := service(t, d), testkit.Person(t, d, "Ann")
	for name, n := range map[string]notify.Notice{
		"no sentence": {AccountID: ann.AccountID, Kind: "no_such_kind", Path: "/"},
		"other host":  {AccountID: ann.AccountID, Kind: "report_kept", Path: "https://evil.example"},
	} {
		if err := d.Write(context.Background(), func(tx *db.Tx) error { return s.Tell(tx, n) }); err == nil {
			t.Errorf("%s: told", name)
		}
	}
}
