package search_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/job"
	"caravan/internal/search"
	"caravan/internal/testkit"
)

// shelf is a feature that keeps texts of one kind in a table of the test's
// database and tells the index about them.
type shelf struct{ kind search.Kind }

func (s shelf) Kind() search.Kind { return s.kind }

func (s shelf) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	var rows []row
	err := q.Gorm().Raw(`SELECT * FROM shelf WHERE kind = ? AND ref IN ? AND shown`, s.kind, refs).Scan(&rows).Error
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		d := search.Doc{Ref: r.Ref, Parent: r.Parent, Lang: r.Lang, Title: r.Title, Names: r.Names, Context: r.Context, Body: r.Body,
			Path: fmt.Sprintf("/%d/%d", s.kind, r.Ref), ProcedureID: r.ProcedureID, Country: r.Country, Verified: r.Verified, CreatedAt: r.At, BumpedAt: r.At,
			Author: access.Author{Handle: r.Handle, Gone: r.Gone}}
		out = append(out, d)
	}
	return out, err
}

type row struct {
	Kind          search.Kind
	Ref, Parent   int64
	Lang          string
	Title, Names  string
	Context, Body string
	ProcedureID   int64
	Country       string
	Verified      bool
	At            time.Time
	Handle        string
	Gone, Shown   bool
}

const shelfSQL = `CREATE TABLE shelf (kind smallint, ref bigint, parent bigint, lang text, title text, names text, context text, body text,
	procedure_id bigint, country text, verified boolean, at timestamptz, handle text, gone boolean, shown boolean, PRIMARY KEY (kind, ref))`

// world is a database with shelves, the index and its job.
type world struct {
	testing.TB
	db     *db.DB
	clock  *testkit.Clock
	jobs   *job.Runner
	search *search.Service
	owner  *db.DB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	d, clock := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	w := &world{t, d, clock, jobs, search.New(d, jobs, nil), testkit.OwnerOf(t, d)}
	for k := search.Question; k <= search.Procedure; k++ {
		w.search.Add(shelf{k})
	}
	search.Wait(w.search, time.Minute)
	w.exec(shelfSQL)
	return w
}

// exec prepares the database for a test, however long that takes.
func (w *world) exec(sql string, args ...any) {
	w.Helper()
	ctx := context.Background()
	err := w.owner.Pool().AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if _, err := c.Exec(ctx, `set statement_timeout = 0`); err != nil {
			return err
		}
		_, err := c.Exec(ctx, sql, args...)
		_, resetErr := c.Exec(ctx, `reset statement_timeout`)
		return errors.Join(err, resetErr)
	})
	if err != nil {
		w.Fatal(err)
	}
}

// put stores texts and waits until they are indexed.
func (w *world) put(rows ...row) {
	w.Helper()
	err := w.db.Write(context.Background(), func(tx *db.Tx) error {
		for _, r := range rows {
			if r.At.IsZero() {
				r.At = tx.Now
			}
			if r.Lang == "" {
				r.Lang = "en"
			}
			r.Shown = true
			if err := tx.Gorm().Table("shelf").Create(&r).Error; err != nil {
				return err
			}
			if err := search.Put(tx, r.Kind, r.Ref); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	w.index()
}

// change changes a stored text and waits until the index knows.
func (w *world) change(k search.Kind, ref int64, set string, args ...any) {
	w.Helper()
	err := w.db.Write(context.Background(), func(tx *db.Tx) error {
		if err := tx.Gorm().Exec(`UPDATE shelf SET `+set+` WHERE kind = ? AND ref = ?`, append(args, k, ref)...).Error; err != nil {
			return err
		}
		return search.Put(tx, k, ref)
	})
	if err != nil {
		w.Fatal(err)
	}
	w.index()
}

func (w *world) index() {
	w.Helper()
	if err := w.search.Index(context.Background()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) find(q search.Query) search.Page {
	w.Helper()
	if q.Lang == "" {
		q.Lang = "en"
	}
	p, err := w.search.Find(context.Background(), q)
	if err != nil {
		w.Fatalf("find %.60q: %v", q.Text, err)
	}
	return p
}

// refs are what was found, as "kind/ref", in order.
func refs(p search.Page) string {
	var out []string
	for _, e := range p.Entries {
		out = append(out, fmt.Sprintf("%d/%d", e.Kind, e.Ref))
	}
	return strings.Join(out, " ")
}

func (w *world) wants(text, want string) {
	w.Helper()
	if got := refs(w.find(search.Query{Text: text})); got != want {
		w.Errorf("%q finds %q, want %q", text, got, want)
	}
}

func TestATextIsFoundByItsWordsUntilItIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(row{Kind: search.Question, Ref: 7, Title: "How long does swelling last?", Body: "My nose is still swollen after four months.", Country: "TR", Handle: "Quiet Heron"})
	w.wants("swelling", "1/7")
	w.wants("swollen noses", "1/7") // by their stems
	w.wants("kidney", "")
	w.change(search.Question, 7, `title = ?`, "How long do bruises last?")
	w.wants("swelling", "")
	w.wants("bruise", "1/7")
	w.change(search.Question, 7, `shown = ?`, false)
	w.wants("bruise", "")
}

func TestWhatIsNotCommittedIsNotIndexed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.db.Write(context.Background(), func(tx *db.Tx) error {
		if err := search.Put(tx, search.Question, 7); err != nil {
			return err
		}
		return errs.New(errs.Conflict, "common.not_allowed")
	})
	if !errs.Is(err, errs.Conflict) {
		t.Fatal(err)
	}
	var n int
	if err := w.db.Pool().QueryRow(context.Background(), `select count(*) from search_queue`).Scan(&n); err != nil || n != 0 {
		t.Errorf("the queue holds %d rows, %v", n, err)
	}
	if err := w.db.Write(context.Background(), func(tx *db.Tx) error { return search.Put(tx, 99, 1) }); err == nil {
		t.Error("a kind that there is not was queued")
	}
}
