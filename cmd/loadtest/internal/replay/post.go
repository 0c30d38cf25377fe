package replay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"caravan/cmd/loadtest/internal/site"
)

// post is the story of one text.
type post struct {
	question int           // index
	key      string        // the same for every attempt
	began    time.Duration // first attempt, from the run's base
	answered time.Duration // whole answer to the last attempt
	status   int           // of the last attempt; 0: no whole answer
	id       int64         // of the reply; 0: not accepted
	tries    int
	problem  string // of an answer that is not 2xx
	doubled  string // what was wrong with a deliberate repetition
}

// repeatEvery is how often an accepted post is sent a second time with the same
// key: the answer must be the first one's.
const repeatEvery = 50

// postAll posts every text: each person one at a time, the next free person
// takes the next text.
func (r *run) postAll(ctx context.Context) error {
	r.posts = make([]post, len(r.Texts))
	var next, done atomic.Int64
	var posting sync.WaitGroup
	start := time.Now()
	for _, person := range r.people {
		posting.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= len(r.Texts) || !r.inTurn(ctx, start, i) {
					return
				}
				r.posts[i] = r.post(ctx, person, i)
				if n := done.Add(1); r.Progress != nil {
					r.Progress(int(n))
				}
			}
		})
	}
	posting.Wait()
	r.took = time.Since(start)
	if ctx.Err() != nil {
		return fmt.Errorf("replay: stopped while posting: %w", ctx.Err())
	}
	return nil
}

// inTurn waits until text i may go out at the wanted rate.
func (r *run) inTurn(ctx context.Context, start time.Time, i int) bool {
	if r.Rate <= 0 {
		return true
	}
	return rest(ctx, time.Until(start.Add(time.Duration(float64(i)/r.Rate*float64(time.Second)))))
}

// post posts text i, and every repeatEvery-th accepted one again.
func (r *run) post(ctx context.Context, who site.Person, i int) post {
	p := post{question: i % len(r.questions), key: fmt.Sprintf("replay-%d-%d", r.base.UnixNano(), i), began: time.Since(r.base)}
	err := r.insist(ctx, who, i, &p)
	p.answered = time.Since(r.base)
	if p.status = site.StatusOf(err); err != nil {
		p.problem = err.Error()
	}
	if i%repeatEvery == repeatEvery-1 && err == nil {
		again := post{question: p.question, key: p.key}
		if err := r.insist(ctx, who, i, &again); err != nil || again.id != p.id {
			p.doubled = fmt.Sprintf("sent again with the same key: got reply %d (%v), want reply %d", again.id, err, p.id)
		}
	}
	return p
}

// insist sends text i with the key of p until it gets an answer that will not
// change: 2xx, or a refusal. A lost answer, 5xx, 409 (the first attempt still
// runs) and 429 are tried again.
func (r *run) insist(ctx context.Context, who site.Person, i int, p *post) error {
	deadline := time.Now().Add(r.Patience)
	for {
		p.tries++
		var err error
		p.id, err = r.Site.Reply(ctx, who, r.questions[p.question].ID, r.Texts[i].Raw, p.key)
		if err == nil {
			return nil
		}
		wait, again := retryAfter(err, p.tries)
		if !again || time.Now().Add(wait).After(deadline) || !rest(ctx, wait) {
			return err
		}
	}
}

// retryAfter says whether a failed attempt may be made again, and when.
func retryAfter(err error, tries int) (time.Duration, bool) {
	wait := min(time.Duration(tries)*50*time.Millisecond, time.Second)
	refused, whole := errors.AsType[*site.Refused](err)
	if !whole {
		return wait, true
	}
	switch {
	case refused.Status >= 500, refused.Status == http.StatusConflict, refused.Status == http.StatusTooManyRequests:
	default:
		return 0, false
	}
	if s, err := strconv.Atoi(refused.RetryAfter); err == nil {
		wait = max(wait, time.Duration(s)*time.Second)
	}
	return wait, true
}

// rest waits for d, or until ctx ends: then it returns false.
func rest(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
