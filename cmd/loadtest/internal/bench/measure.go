package bench

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"caravan/cmd/loadtest/internal/load"
	"caravan/cmd/loadtest/internal/quantile"
)

// measured is a row with the results of its runs.
type measured struct {
	row
	floor, ours []load.Result
	queries     float64 // statements per request of ours
	failure     error   // why a side could not be measured
}

// inTurn runs the floor and the site one after the other, Runs times. A side that
// answers nothing useful fails its row, not the others.
func (h *host) inTurn(ctx context.Context, r row) measured {
	m := measured{row: r}
	m.queries, m.failure = h.alternate(ctx, r, &m)
	if m.failure != nil {
		h.Say("%s: %v; the programs said last: %s", r.id, m.failure, tail(h.log))
	}
	return m
}

// alternate fills the results of m and returns the statements per request.
func (h *host) alternate(ctx context.Context, r row, m *measured) (queries float64, err error) {
	theirs, mine := h.plan(r.id+" floor", h.floor, r.floor(h.fix)), h.plan(r.id+" ours", h.ours, r.ours(h.fix))
	var sent, calls float64
	for i := range h.Runs {
		if i == 1 {
			theirs.Warm, mine.Warm = h.Warm/5, h.Warm/5
		}
		if err := h.once(ctx, &theirs, &m.floor); err != nil {
			return 0, err
		}
		before, err := h.calls(ctx)
		if err != nil {
			return 0, err
		}
		if err := h.once(ctx, &mine, &m.ours); err != nil {
			return 0, err
		}
		after, err := h.calls(ctx)
		if err != nil {
			return 0, err
		}
		sent, calls = sent+float64(m.ours[i].Sent), calls+after-before
	}
	return calls / max(1, sent), nil
}

// once makes one run and sets the plan to go on where it ended.
func (h *host) once(ctx context.Context, p *load.Plan, into *[]load.Result) error {
	h.quiet(ctx, h.floor, h.ours)
	r, err := load.Run(ctx, *p)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	p.From += r.Sent
	*into = append(*into, r)
	h.Say("%v", r)
	return nil
}

// plan completes a row's plan with what all rows share.
func (h *host) plan(name string, p *program, plan load.Plan) load.Plan {
	plan.Name, plan.Addr, plan.Conns = name, p.addr, connections
	plan.Warm, plan.Run = h.Warm, h.Length
	plan.App, plan.DB = p.pid(), h.pg.PID()
	plan.Keep = true
	return plan
}

// calls is how many statements the database has run so far, transaction control
// not counted.
func (h *host) calls(ctx context.Context) (float64, error) {
	var n float64
	err := h.pool.QueryRow(ctx, `select coalesce(sum(calls), 0)::float8 from pg_stat_statements where query not ilike '%pg_stat_statements%'`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("bench: count statements: %w", err)
	}
	return n, nil
}

// middle is the run with the median rate.
func middle(runs []load.Result) load.Result {
	sorted := slices.Clone(runs)
	slices.SortFunc(sorted, func(a, b load.Result) int { return cmp.Compare(a.Rate, b.Rate) })
	return sorted[(len(sorted)-1)/2]
}

// line is the row of the table: medians and the verdict.
func (m measured) line() line {
	if m.failure != nil {
		return line{ID: m.id, Work: m.work, Floor: "–", Ours: "failed", Bar: m.bar(), Verdict: no, Others: -1, Note: m.failure.Error()}
	}
	f, o := middle(m.floor), middle(m.ours)
	var p99s []float64
	for _, r := range m.ours {
		p99s = append(p99s, r.P99)
	}
	p99 := quantile.Median(p99s)
	l := line{
		ID: m.id, Work: m.work, Floor: perSecond(f), Ours: perSecond(o), Ratio: o.Rate / f.Rate, Bar: m.bar(), Verdict: yes,
		ByCPU: each(f) / max(1, each(o)), CPU: cpu(o), Others: max(f.Others, o.Others), Bytes: o.Bytes,
	}
	if m.p99 > 0 {
		l.Ours += fmt.Sprintf(", p99 %.0f ms", p99)
	}
	if m.row.queries > 0 {
		l.Ours += fmt.Sprintf(", %.1f queries", m.queries)
	}
	// Work of the background is in the count too: a fraction of a statement.
	if l.Ratio < m.least || (m.p99 > 0 && p99 > m.p99) || (m.row.queries > 0 && m.queries > m.row.queries+0.2) {
		l.Verdict = no
	}
	for _, r := range append(slices.Clone(m.floor), m.ours...) {
		if bad := r.Failed(); bad > 0.01 {
			l.Verdict = no
			l.Note = fmt.Sprintf("%s: %.0f %% of the requests failed: %v", r.Name, 100*bad, r.Codes)
		}
	}
	return l
}

func perSecond(r load.Result) string { return fmt.Sprintf("%.0f/s", r.Rate) }

// each is the processor time of one request in microseconds, over all processes.
func each(r load.Result) float64 { return r.App + r.DB + r.Generator }

func cpu(r load.Result) string {
	return fmt.Sprintf("%.0f + %.0f + %.0f µs", r.App, r.DB, r.Generator)
}
