package search_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/search"
	"caravan/migrations"
)

const sx = "host=/var/tmp/sxpg user=postgres dbname=sx"

func TestSXFill(t *testing.T) {
	ctx := context.Background()
	d, err := db.Open(ctx, db.Options{URL: sx})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(ctx, migrations.FS); err != nil {
		t.Fatal(err)
	}
	job.Migrate(ctx, d)
	jobs, _ := job.New(d)
	w := &world{t, d, nil, jobs, search.New(d, jobs, nil)}
	for k := search.Question; k <= search.Procedure; k++ {
		w.search.Add(shelf{k})
	}
	w.exec(`drop table if exists shelf`)
	w.exec(`truncate search_titles, search_replies, search_texts, search_queue`)
	w.exec(shelfSQL)
	library(t, w, 100_000)

	if true {
		return
	}
	w.exec(`drop table if exists f_search`)
	w.exec(`create table f_search as select ref id, parent tid, body, to_tsvector('simple', title||' '||body) tsv from shelf`)
	w.exec(`create index on f_search using gin (tsv)`)
	w.exec(`vacuum analyze f_search`)
	w.exec(`vacuum analyze search_docs`)
}

func TestSX(t *testing.T) {
	ctx := context.Background()
	d, err := db.Open(ctx, db.Options{URL: sx})
	if err != nil {
		t.Fatal(err)
	}
	jobs, _ := job.New(d)
	s := search.New(d, jobs, nil)
	search.Measure(s)
	var ps []string
	if f, err := os.Open("/tmp/sx/ps.txt"); err == nil {
		sc := bufio.NewScanner(f)
		for sc.Scan() {
			ps = append(ps, sc.Text())
		}
	} else {
		ps = pairs(4000)
	}
	rand.Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
	run := func(name string, conc int, f func(q string) int) {
		var next atomic.Int64
		var mu sync.Mutex
		var lat []time.Duration
		var hits int
		end := time.Now().Add(4 * time.Second)
		var wg sync.WaitGroup
		for range conc {
			wg.Go(func() {
				for time.Now().Before(end) {
					q := ps[int(next.Add(1))%len(ps)]
					b := time.Now()
					n := f(q)
					d := time.Since(b)
					mu.Lock()
					lat = append(lat, d)
					hits += n
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		slices.Sort(lat)
		t.Logf("%s conc %d: %d/s p10 %v p50 %v p99 %v hits %.1f", name, conc, len(lat)/4, lat[len(lat)/10], lat[len(lat)/2], lat[len(lat)*99/100], float64(hits)/float64(len(lat)))
	}
	floor := func(q string) int {
		rows, err := d.Pool().Query(context.Background(), `select s.id, s.tid, s.body from f_search s, plainto_tsquery('simple', $1) q where s.tsv @@ q order by ts_rank_cd(s.tsv, q) desc, s.id desc limit 20`, q)
		if err != nil {
			t.Error(err)
			return 0
		}
		n := 0
		for rows.Next() {
			n++
		}
		return n
	}
	ours := func(q string) int {
		p, err := s.Find(context.Background(), search.Query{Text: q, Lang: "en"})
		if err != nil {
			t.Error(err)
		}
		return len(p.Entries)
	}
	for range 2 {
		run("floor", 1, floor)
		run("ours", 1, ours)
	}
	run("floor", 32, floor)
	run("ours", 32, ours)
}

func TestSXExplain(t *testing.T) {
	d, err := db.Open(context.Background(), db.Options{URL: sx})
	if err != nil {
		t.Fatal(err)
	}
	jobs, _ := job.New(d)
	s := search.New(d, jobs, nil)
	search.Measure(s)
	for range 3 {
		search.Explain(s, search.Query{Text: os.Getenv("SXQ"), Lang: "en"})
	}
	out, err := search.Explain(s, search.Query{Text: os.Getenv("SXQ"), Lang: "en"})
	t.Log(err, out)
}

func TestSXCPU(t *testing.T) {
	d, err := db.Open(context.Background(), db.Options{URL: sx + os.Getenv("SXOPT"), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	jobs, _ := job.New(d)
	s := search.New(d, jobs, nil)
	if err := search.Measure(s); err != nil {
		t.Fatal(err)
	}
	file := "/tmp/sx/ps.txt"
	if v := os.Getenv("SXF"); v != "" {
		file = v
	}
	f, _ := os.Open(file)
	sc := bufio.NewScanner(f)
	var pid int
	d.Pool().QueryRow(context.Background(), "select pg_backend_pid()").Scan(&pid)
	cpu := func() float64 {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		var ns float64
		fmt.Sscan(string(b), &ns)
		return ns / 1000
	}
	self := func() float64 {
		var u syscall.Rusage
		syscall.Getrusage(0, &u)
		return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
	}
	var all []float64
	sum, s0 := 0.0, self()
	n := 0
	for sc.Scan() && n < 2000 {
		b := cpu()
		if _, err := s.Find(context.Background(), search.Query{Text: sc.Text(), Lang: "en"}); err != nil {
			t.Log(err)
		}
		if n++; n == 1000 {
			s0 = self()
		}
		if n > 1000 {
			v := cpu() - b
			all = append(all, v)
			sum += v
		}
	}
	slices.Sort(all)
	t.Logf("db cpu us: avg %.0f p10 %.0f p50 %.0f p90 %.0f p99 %.0f; go cpu avg %.0f", sum/float64(len(all)), all[len(all)/10], all[len(all)/2], all[len(all)*9/10], all[len(all)*99/100], (self()-s0)/float64(len(all)))
}
