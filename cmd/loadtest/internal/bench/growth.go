package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Growth is row j: every cost of the site at ten times the data against the
// same at Options.Scale. Filling takes most of the time: with Options.Keep it is
// done once, and a run that was broken off goes on from there.
func Growth(ctx context.Context, o Options) (missed int, err error) {
	began := time.Now()
	small, smallCosts, err := alone(ctx, o)
	if err != nil {
		return 0, err
	}
	large := o
	large.Scale *= 10
	big, bigCosts, err := alone(ctx, large)
	if err != nil {
		return 0, err
	}
	var lines []line
	for i := range small {
		lines = append(lines, grown(small[i], big[i]))
	}
	lines = append(lines, grownCosts(smallCosts, bigCosts)...)
	fmt.Fprintf(o.Out, "\nRow j: scale %d (column floor) against scale %d (column ours), ratio of the costs, %d runs of %v, medians; %s.\n\n",
		o.Scale, large.Scale, o.Runs, o.Length, machine())
	return o.conclude(lines, began), nil
}

// sampled is how many documents stand for all of them where search phrases are
// looked for.
const sampled = 20_000

// sample makes the documents from which phrases are drawn: as many at every
// scale. The floor's own tables are not needed, since nothing is held against it.
func sample(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, fmt.Sprintf(`drop schema if exists floor cascade; create schema floor;
		create table floor.f_search as select id, question_id as tid, body, to_tsvector('simple', body) as tsv
			from replies where state = 'shown' and id %% (select 1 + count(*) / %d from replies) = 0 limit %d`, sampled, sampled))
	if err != nil {
		return fmt.Errorf("bench: sample documents: %w", err)
	}
	return nil
}

// alone measures only the site at one scale.
func alone(ctx context.Context, o Options) (seen []measured, costs []cost, err error) {
	h, err := newHost(ctx, o, beside{"sample", sample})
	if err != nil {
		return nil, nil, err
	}
	defer h.close()
	if seen, err = h.oursOnly(ctx); err != nil {
		return nil, nil, err
	}
	if !h.wants("f") && !h.wants("g") && !h.wants("h") {
		return seen, nil, nil
	}
	for range o.Runs {
		c, err := h.ourCost(ctx)
		if err != nil {
			return nil, nil, err
		}
		costs = append(costs, c)
	}
	return seen, costs, nil
}

func (h *host) oursOnly(ctx context.Context) ([]measured, error) {
	stop, err := h.startSite(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	var seen []measured
	for _, r := range rows() {
		if !h.wants(r.id) {
			continue
		}
		m := measured{row: r}
		p := h.plan(fmt.Sprintf("%s at scale %d", r.id, h.Scale), h.ours, r.ours(h.fix))
		for range h.Runs {
			if err := h.once(ctx, &p, &m.ours); err != nil {
				return nil, err
			}
		}
		seen = append(seen, m)
	}
	return seen, nil
}

// grown compares the time that one request takes of the machine.
func grown(small, big measured) line {
	s, b := middle(small.ours), middle(big.ours)
	ratio := s.Rate / b.Rate
	return line{ID: "j " + small.id, Work: small.work, Floor: perSecond(s), Ours: perSecond(b), Ratio: ratio, ByCPU: each(b) / max(1, each(s)),
		Bar: fmt.Sprintf("≤ %.1f ×", small.growth), Verdict: met(ratio <= small.growth), CPU: cpu(b), Others: max(s.Others, b.Others), Bytes: b.Bytes}
}

func grownCosts(small, big []cost) []line {
	if len(small) == 0 {
		return nil
	}
	var lines []line
	for _, c := range []struct {
		id, work, unit string
		value          func(cost) float64
	}{
		{"j f", "one reply to all sockets, commit to last receipt", "ms", func(c cost) float64 { return c.fan.Commit }},
		{"j g", "memory of an idle socket", "KB", func(c cost) float64 { return c.idle.PerSocket() }},
		{"j h", "idle memory of the process", "MB", func(c cost) float64 { return float64(c.rss) / (1 << 20) }},
		{"j h", "start to the first answer", "ms", func(c cost) float64 { return float64(c.first.Milliseconds()) }},
	} {
		s, b := median(small, c.value), median(big, c.value)
		lines = append(lines, line{ID: c.id, Work: c.work, Floor: fmt.Sprintf("%.1f %s", s, c.unit), Ours: fmt.Sprintf("%.1f %s", b, c.unit),
			Ratio: b / s, Bar: "≤ 1.2 ×", Verdict: met(b <= 1.2*s), Others: -1})
	}
	return lines
}
