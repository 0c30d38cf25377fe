// Package bench measures the site against the floor in one run on one machine
// and prints a table of ratios: absolute times mean little on shared machines.
//
//	bench.go      Options and the run
//	host.go       the private database and the programs under test
//	process.go    one program: start, first answer, end
//	fixture.go    what the rows need: a hot question, ids, sessions, phrases
//	rows.go       the rows that are a request each: floor, ours, bar
//	measure.go    three runs in turn and their medians
//	costs.go      the rows about sockets, memory and start (f, g, h); costlines.go how they are told
//	paced.go      latency at half of the bar's load (i)
//	growth.go     the same rows at ten times the data (j)
//	plans.go      the plans of the statements behind each row (-v)
//	table.go      the table
package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"caravan/cmd/loadtest/internal/floor"
)

// Options says what is measured.
type Options struct {
	Caravan string        // path of the built program
	Scale   int           // of the demo data: 40 is 2,000 people, 5,000 questions, 100,000 replies
	Runs    int           // per row; the median counts
	Length  time.Duration // of one run
	Warm    time.Duration // before the first run of each side of a row; later runs warm up for a fifth of it
	Sockets int           // for rows f and g
	Rounds  int           // for row f, in each run
	Rows    []string      // only these; empty: all
	Keep    string        // folder that keeps filled databases for a later run; empty: none
	Plans   bool          // print the plans of the statements
	Out     io.Writer     // the table
	Say     func(format string, args ...any)
}

// wants reports whether row id is to be measured.
func (o Options) wants(id string) bool {
	return len(o.Rows) == 0 || slices.Contains(o.Rows, id)
}

// connections is how many keep-alive connections drive every row.
const connections = 32

// Run measures everything once and prints the table. It returns how many bars
// were missed.
func Run(ctx context.Context, o Options) (missed int, err error) {
	began := time.Now()
	h, err := newHost(ctx, o, beside{"floor", floor.Load})
	if err != nil {
		return 0, err
	}
	defer h.close()
	lines, err := h.measure(ctx)
	if err != nil {
		return 0, err
	}
	if o.Plans {
		if err := h.plans(ctx); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(o.Out, "\nScale %d, %d connections, %d runs of %v a row, medians; floor and site in turn; fsync and synchronous_commit on; %s.\n\n",
		o.Scale, connections, o.Runs, o.Length, machine())
	return o.conclude(lines, began), nil
}

// conclude prints the table and counts the bars that were missed.
func (o Options) conclude(lines []line, began time.Time) (missed int) {
	table(o.Out, lines)
	o.Say("took %v", time.Since(began).Round(time.Second))
	for _, l := range lines {
		if l.Verdict == no {
			missed++
		}
	}
	return missed
}

// measure takes all rows that are wanted, in the order of the table.
func (h *host) measure(ctx context.Context) ([]line, error) {
	requests, err := h.requests(ctx)
	if err != nil {
		return nil, err
	}
	costs, err := h.costs(ctx)
	if err != nil {
		return nil, err
	}
	return append(requests, costs...), nil
}

// requests takes the rows that are a request each, and row i beside them, while
// the floor and the site both run.
func (h *host) requests(ctx context.Context) ([]line, error) {
	wanted := slices.DeleteFunc(rows(), func(r row) bool { return !h.wants(r.id) })
	if len(wanted) == 0 && !h.wants("i") {
		return nil, nil
	}
	stop, err := h.startBoth(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	var lines []line
	var seen []measured
	for _, r := range wanted {
		m := h.inTurn(ctx, r)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("bench: %w", context.Cause(ctx))
		}
		seen = append(seen, m)
		lines = append(lines, m.line())
	}
	if h.wants("i") {
		paced, err := h.paced(ctx, seen)
		if err != nil {
			return nil, err
		}
		lines = append(lines, paced...)
	}
	return lines, nil
}
