package search_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/search"
)

// aRound is how many replies are queued between two rounds of the job.
const aRound = 1_000

// BenchmarkIndex writes new replies, a thousand a round, beside 10,500 texts
// that are there, and says what a document takes of the database's processors
// and of ours. Wall time says little where others work too, and processor time
// still differs by a tenth and more from run to run: compare by turns.
//
// On a busy machine with two cores it was about 190 µs of the database's and 50
// of ours: stems 50, both GIN indexes 80, reading the source 15.
func BenchmarkIndex(b *testing.B) {
	const there = 10_500
	w := newWorld(b)
	library(b, w, there, 1)
	l := newLexicon(11)
	var rows [][]any
	for i := range b.N * aRound {
		rows = append(rows, []any{search.Reply, there + i, there - there%21, "en", "", "", "", l.text(60), i % 65, "TR", false, w.db.Now(), "Quiet Heron", false, true})
	}
	if _, err := w.db.Pool().CopyFrom(context.Background(), pgx.Identifier{"shelf"}, shelfColumns, pgx.CopyFromRows(rows)); err != nil {
		b.Fatal(err)
	}
	w.exec(`alter table search_queue set (autovacuum_enabled = false)`)
	var base, ours time.Duration
	for i := range b.N {
		w.exec(fmt.Sprintf(`insert into search_queue (kind, ref_id) select 2, r from generate_series(%d, %d) r`, there+i*aRound, there+(i+1)*aRound-1))
		baseBefore, oursBefore := w.backendTime(), ourTime(b)
		if err := w.search.Index(context.Background()); err != nil {
			b.Fatal(err)
		}
		ours += ourTime(b) - oursBefore
		base += w.backendTime() - baseBefore
	}
	docs := float64(b.N * aRound)
	b.ReportMetric(float64(base.Microseconds())/docs, "µs-database/doc")
	b.ReportMetric(float64(ours.Microseconds())/docs, "µs-own/doc")
	if n := w.number(`select count(*) from search_replies`); n != there-there/21+b.N*aRound {
		b.Fatalf("%d replies are there", n)
	}
}

// backendTime is what all of the database's processes have worked for this test.
func (w *world) backendTime() (sum time.Duration) {
	w.Helper()
	rows, err := w.db.Pool().Query(context.Background(), `select pid from pg_stat_activity where datname = current_database()`)
	if err != nil {
		w.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		w.Fatal(err)
	}
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			w.Fatal(err)
		}
		ns, err := strconv.ParseInt(strings.Fields(string(raw))[0], 10, 64)
		if err != nil {
			w.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}

// ourTime is what this process has worked.
func ourTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
