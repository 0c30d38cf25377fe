// Package replay posts texts as replies while many readers listen whose
// connections are cut all the time, and then judges that nothing was lost,
// nothing doubled and nothing changed.
//
//	replay.go   the run from sign-in to judgement
//	post.go     posting one text, with the same key until it is answered
//	reader.go   one reader: cursor per channel, cuts, resumes
//	told.go     the data of an event, taken apart to be compared
//	judge.go    what must hold at the end
//	report.go   the figures and differences, for people and programs
package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"caravan/cmd/loadtest/internal/oracle"
	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/texts"
)

// Options says what a run does.
type Options struct {
	Site      *site.Site
	Texts     []texts.Text
	People    int           // who post, each one text at a time
	Questions int           // new questions that take the texts in turn
	Clients   int           // readers, each subscribed to every question
	Cut       time.Duration // mean time after which a reader's connection is cut; 0: never
	Rate      float64       // posts per second over all people; 0: as fast as answers come
	Settle    time.Duration // how long readers may take to catch up after the last post
	Patience  time.Duration // how long one post is tried again
	Progress  func(int)     // told how many posts have been answered for good, after each; nil: nobody
}

func (o Options) check() error {
	switch {
	case len(o.Texts) == 0:
		return errors.New("replay: no texts")
	case o.People < 1 || o.Questions < 1 || o.Clients < 1:
		return errors.New("replay: at least one person, one question and one client")
	case o.Questions > 32:
		return errors.New("replay: a connection may hold 32 subscriptions, so at most 32 questions")
	}
	return nil
}

// run is the state of one run.
type run struct {
	Options
	people    []site.Person
	questions []site.Question
	epoch     string
	readers   []*reader
	base      time.Time // all times of the run count from here
	calm      atomic.Bool
	posts     []post // one per text, in order of the texts
	took      time.Duration
	data      sync.Map // place to *tellings: the data of every event
}

// Run signs in, asks, listens, posts, waits and judges. The error is of the run
// itself; what the judgement found is in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	r := &run{Options: o, base: time.Now()}
	if err := r.prepare(ctx); err != nil {
		return Report{}, err
	}
	listening, stop := context.WithCancel(ctx)
	defer stop()
	wait, err := r.listen(listening)
	if err != nil {
		return Report{}, err
	}
	if err := r.postAll(ctx); err != nil {
		return Report{}, err
	}
	r.calm.Store(true)
	pages, err := r.readBack(ctx)
	if err != nil {
		return Report{}, err
	}
	late := r.settle(ctx, pages)
	stop()
	wait()
	return r.report(r.judge(pages, late)), nil
}

// prepare signs everybody in and asks the questions.
func (r *run) prepare(ctx context.Context) error {
	var err error
	if r.people, err = r.Site.SignInDemo(ctx, r.People); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	for i := range r.Questions {
		d := site.Draft{
			Title:       fmt.Sprintf("Replay %d of %s: what did you hear after coming home?", i+1, r.base.UTC().Format("2006-01-02 15:04:05")),
			Body:        "This question was asked by a program that checks that every reply arrives once and unchanged.",
			Procedure:   "den.implant.single",
			Destination: texts.Destination,
		}
		key := fmt.Sprintf("replay-q-%d-%d", r.base.UnixNano(), i)
		q, err := r.Site.Ask(ctx, r.people[i%len(r.people)], d, key)
		if err != nil {
			return fmt.Errorf("replay: question %d: %w", i+1, err)
		}
		r.questions = append(r.questions, q)
	}
	page, err := r.Site.Replies(ctx, site.Person{}, r.questions[0].ID, 0, 1)
	if err != nil {
		return fmt.Errorf("replay: read epoch: %w", err)
	}
	r.epoch = page.Epoch
	return nil
}

// listen starts the readers and returns when each has been subscribed to all
// questions once. Every second reader is signed in, the others are visitors.
func (r *run) listen(ctx context.Context) (wait func(), err error) {
	var running sync.WaitGroup
	for i := range r.Clients {
		c := newReader(i+1, r)
		if i%2 == 0 {
			c.cookie = r.people[i%len(r.people)].Header()
		}
		r.readers = append(r.readers, c)
		running.Go(func() { c.run(ctx) })
	}
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	for _, c := range r.readers {
		select {
		case <-c.ready:
		case <-c.ended:
			return nil, fmt.Errorf("replay: reader %d ended before it was subscribed: %v", c.number, c.faults)
		case <-limit.C:
			return nil, fmt.Errorf("replay: reader %d was not subscribed to %d questions within a minute (last error: %v)", c.number, r.Questions, c.lastError())
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return running.Wait, nil
}

// settle waits until every reader has applied as many events as the channels
// hold, and names those that have not when the time is over.
func (r *run) settle(ctx context.Context, pages []site.Page) []oracle.Difference {
	var total int64
	for _, p := range pages {
		total += p.Top
	}
	deadline := time.Now().Add(r.Settle)
	var late []oracle.Difference
	for _, c := range r.readers {
		for c.count.Load() < total && !c.over() && time.Now().Before(deadline) && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		if n := c.count.Load(); n < total {
			late = append(late, oracle.Difference{Where: c.name(), What: fmt.Sprintf("applied %d of %d events %v after the last post", n, total, r.Settle)})
		}
	}
	return late
}
