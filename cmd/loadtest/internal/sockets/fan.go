package sockets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"caravan/cmd/loadtest/internal/proc"
	"caravan/cmd/loadtest/internal/quantile"
)

// Publish makes the server send one message that holds token to every socket of
// the group. It returns when the server has answered.
type Publish func(ctx context.Context, token string) error

// FanOptions says how one message to many sockets is measured.
type FanOptions struct {
	Rounds   int
	Gap      time.Duration // rest between rounds
	Patience time.Duration // for one round
	App, DB  int           // process ids
}

// FanResult holds medians over the rounds, in milliseconds.
type FanResult struct {
	Sockets  int     `json:"sockets"`
	Rounds   int     `json:"rounds"`
	Missed   int     `json:"missed_rounds"` // rounds in which not every socket received the message
	Dropped  int     `json:"dropped"`       // sockets closed by the server
	Answer   float64 `json:"answer_ms"`     // start of the publishing request to its answer
	First    float64 `json:"first_ms"`      // start to the first receipt
	Mid      float64 `json:"mid_ms"`
	Last     float64 `json:"last_ms"` // start to the last receipt
	Commit   float64 `json:"commit_to_last_ms"`
	Worst    float64 `json:"commit_to_last_max_ms"`
	App, DB  float64 `json:"-"` // processor milliseconds per round
	Generate float64 `json:"-"`
	Others   float64 `json:"others"`
	Bytes    int     `json:"bytes"` // of the message
}

// round is one message on its way.
type round struct {
	token    []byte
	start    time.Time
	want     int
	receipts []time.Duration // written by the reading thread only
	bytes    int
	done     chan []time.Duration
}

func (r *round) receive(after time.Duration, bytes int) {
	r.receipts = append(r.receipts, after)
	r.bytes = bytes
	if len(r.receipts) == r.want {
		r.done <- r.receipts
	}
}

// Fan publishes rounds times and takes the time from the commit to the last
// receipt. The commit cannot be seen from outside; it lies before the answer
// and before the first receipt, so the earlier of the two stands for it, which
// errs against the server.
func (g *Group) Fan(ctx context.Context, o FanOptions, publish Publish) (FanResult, error) {
	out := FanResult{Sockets: g.Count}
	var answers, firsts, mids, lasts, commits []float64
	stop := proc.Meter(o.App, o.DB)
	for i := range o.Rounds {
		r := &round{token: fmt.Appendf(nil, "tok%dx%d", time.Now().UnixNano(), i), want: g.Count - g.Dropped(), done: make(chan []time.Duration, 1)}
		answer, receipts, err := g.once(ctx, r, o.Patience, publish)
		if err != nil {
			return out, err
		}
		if receipts == nil {
			if out.Missed++; out.Missed > 2 {
				break
			}
			continue
		}
		slices.Sort(receipts)
		first, last := ms(receipts[0]), ms(receipts[len(receipts)-1])
		answers, firsts, lasts = append(answers, answer), append(firsts, first), append(lasts, last)
		mids = append(mids, ms(receipts[len(receipts)/2]))
		commits = append(commits, last-min(answer, first))
		out.Rounds, out.Bytes = out.Rounds+1, r.bytes
		if !sleep(ctx, o.Gap) {
			return out, ctx.Err()
		}
	}
	u := stop()
	if out.Dropped = g.Dropped(); out.Rounds == 0 {
		return out, fmt.Errorf("sockets: fan: no message reached all %d sockets", g.Count)
	}
	out.Answer, out.First, out.Mid, out.Last = quantile.Median(answers), quantile.Median(firsts), quantile.Median(mids), quantile.Median(lasts)
	out.Commit, out.Worst = quantile.Median(commits), slices.Max(commits)
	n := float64(out.Rounds)
	out.App, out.DB, out.Generate, out.Others = ms(u.App)/n, ms(u.DB)/n, ms(u.Generator)/n, u.Others
	return out, nil
}

// once publishes one message. No receipts mean that not all came in time.
func (g *Group) once(ctx context.Context, r *round, patience time.Duration, publish Publish) (answer float64, receipts []time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r.start = time.Now()
	g.poll.watch(r)
	defer g.poll.watch(nil)
	if err := publish(ctx, string(r.token)); err != nil {
		return 0, nil, fmt.Errorf("sockets: fan: publish: %w", err)
	}
	answer = ms(time.Since(r.start))
	select {
	case receipts = <-r.done:
	case <-ctx.Done():
	}
	return answer, receipts, nil
}

// String is one line of figures.
func (f FanResult) String() string {
	return fmt.Sprintf("%d sockets, %d rounds (%d missed, %d sockets dropped), %d B: commit to last receipt %.1f ms (max %.1f); from the request: answer %.1f first %.1f mid %.1f last %.1f ms; app %.1f + db %.1f + generator %.1f ms a round; others %.0f %%",
		f.Sockets, f.Rounds, f.Missed, f.Dropped, f.Bytes, f.Commit, f.Worst, f.Answer, f.First, f.Mid, f.Last, f.App, f.DB, f.Generate, 100*f.Others)
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// sleep waits for d; false means that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
