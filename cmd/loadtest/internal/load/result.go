package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"caravan/cmd/loadtest/internal/proc"
	"caravan/cmd/loadtest/internal/quantile"
)

// Result is what one run measured. Answers below 400 count as done, others only
// in Codes.
type Result struct {
	Name         string      `json:"name"`
	Rate         float64     `json:"per_s"` // median over five equal parts of the run
	Least, Most  float64     `json:"-"`
	P50, P99     float64     `json:"-"` // milliseconds
	Max          float64     `json:"-"`
	Done         int         `json:"done"`
	Sent         int64       `json:"-"` // with the warm-up, and with what got no answer
	Codes        map[int]int `json:"codes"`
	Fails        int         `json:"fails"` // requests without a whole answer
	Bytes        float64     `json:"bytes"` // mean size of a body
	App          float64     `json:"app_us"`
	DB           float64     `json:"db_us"` // processor time per request in microseconds
	Generator    float64     `json:"generator_us"`
	RSS          int64       `json:"rss"`    // most that the program held, in bytes
	Others       float64     `json:"others"` // share of the machine used by nobody named, 0 to 1
	First        string      `json:"-"`      // beginning of the first answer, with Plan.Keep
	FirstFailure error       `json:"-"`
}

func (r *run) result(workers []*worker, u proc.Usage, peak int64) (Result, error) {
	out := Result{Name: r.Name, Sent: r.count.Load() - r.From, Codes: map[int]int{}, RSS: peak, Others: u.Others, First: string(r.shown.body)}
	var took []time.Duration
	rates := make([]float64, parts)
	part := r.Plan.Run / parts
	total := 0
	for _, w := range workers {
		out.Fails += w.fails
		if w.failed != nil {
			out.FirstFailure = w.failed
		}
		for _, s := range w.samples {
			out.Codes[s.code]++
			if s.code >= 400 {
				continue
			}
			took = append(took, s.took)
			total += s.size
			if n := int(s.at / part); n < parts {
				rates[n] += 1 / part.Seconds()
			}
		}
	}
	if out.Done = len(took); out.Done == 0 {
		return out, fmt.Errorf("load: %s: nothing was answered below 400: codes %v, %d without an answer (%v), first body %.300q",
			r.Name, out.Codes, out.Fails, out.FirstFailure, out.First)
	}
	out.Rate, out.Least, out.Most = quantile.Median(rates), slices.Min(rates), slices.Max(rates)
	q := quantile.Durations(took, 0.5, 0.99, 1)
	out.P50, out.P99, out.Max = ms(q[0]), ms(q[1]), ms(q[2])
	n := float64(out.Done)
	out.Bytes = float64(total) / n
	out.App, out.DB, out.Generator = us(u.App)/n, us(u.DB)/n, us(u.Generator)/n
	return out, nil
}

// Failed is the share of requests that were not answered, or not below 400.
func (r Result) Failed() float64 {
	bad := r.Fails
	for code, n := range r.Codes {
		if code >= 400 {
			bad += n
		}
	}
	return float64(bad) / float64(max(1, bad+r.Done))
}

// String is one line of figures.
func (r Result) String() string {
	var codes []string
	for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
		codes = append(codes, fmt.Sprintf("%d:%d", code, r.Codes[code]))
	}
	return fmt.Sprintf("%-28s %9.1f /s [%.1f..%.1f]  p50 %.2f p99 %.2f max %.1f ms  %s fails=%d  %.0f B  app %.0f + db %.0f + generator %.0f us each  rss %d MB  others %.0f %%",
		r.Name, r.Rate, r.Least, r.Most, r.P50, r.P99, r.Max, strings.Join(codes, " "), r.Fails, r.Bytes, r.App, r.DB, r.Generator, r.RSS>>20, 100*r.Others)
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
func us(d time.Duration) float64 { return float64(d) / 1e3 }
