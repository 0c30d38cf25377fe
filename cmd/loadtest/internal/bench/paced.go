package bench

import (
	"context"
	"fmt"
	"time"

	"caravan/cmd/loadtest/internal/load"
)

// paced is row i, as information: latency while requests come at half the rate
// of the bar, whether the last is answered or not. The clock of a request starts
// when it is due.
func (h *host) paced(ctx context.Context, seen []measured) ([]line, error) {
	const length = 2 * time.Second
	var lines []line
	for _, m := range seen {
		if m.failure != nil {
			continue
		}
		rate := middle(m.floor).Rate * m.least / 2
		p := h.plan("i "+m.id, h.ours, m.row.ours(h.fix))
		p.Rate, p.Run, p.Warm = rate, min(length, h.Length), h.Warm/2
		for _, r := range m.ours {
			p.From += r.Sent
		}
		h.quiet(ctx, h.floor, h.ours)
		r, err := load.Run(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		h.Say("%v", r)
		most := 50.0
		if m.write {
			most = 100
		}
		l := line{ID: "i", Work: fmt.Sprintf("%s at %.0f/s, half of the bar", m.id, rate), Floor: "–", Bar: fmt.Sprintf("p99 ≤ %.0f ms", most),
			Ours: fmt.Sprintf("p50 %.1f, p99 %.1f ms", r.P50, r.P99), Verdict: info, CPU: cpu(r), Others: r.Others}
		if r.P99 > most {
			l.Note = fmt.Sprintf("%s: p99 %.0f ms is above %.0f ms", m.id, r.P99, most)
		}
		lines = append(lines, l)
	}
	return lines, nil
}
