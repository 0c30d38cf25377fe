package replay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"caravan/cmd/loadtest/internal/oracle"
	"caravan/cmd/loadtest/internal/wire"
)

// record is what a reader applied of one channel.
type record struct {
	channel  string
	cursor   int64 // sequence number applied last
	applied  []oracle.Applied
	arrivals []arrival
	awaiting bool // a subscription was asked for and not answered yet
}

// arrival is when an event was applied, and whether it came by itself or with
// the answer to a subscription.
type arrival struct {
	at      time.Duration
	resumed bool
}

// reader is one client of the live layer, as a page is: it keeps a cursor per
// channel, drops what it has, asks again where something is missing, and comes
// back after every cut.
type reader struct {
	number  int
	of      *run
	cookie  string
	records map[string]*record
	count   atomic.Int64 // events applied over all channels
	ready   chan struct{}
	ended   chan struct{}
	failed  atomic.Value // string: the last error of a connection

	// The rest belongs to the reader's goroutine until it has ended.
	confirmed int // subscriptions of this connection
	attempt   int // connections since the last whole subscription
	retry     time.Duration
	faults    []oracle.Difference
	counts
}

// counts are the events in the life of a reader's connections.
type counts struct {
	connects, cuts, resumes, repeated, gaps, slow, busy int
}

func newReader(number int, r *run) *reader {
	c := &reader{number: number, of: r, records: map[string]*record{}, ready: make(chan struct{}), ended: make(chan struct{})}
	for _, q := range r.questions {
		c.records[q.Channel] = &record{channel: q.Channel}
	}
	return c
}

func (c *reader) name() string { return "client " + strconv.Itoa(c.number) }

func (c *reader) fault(channel, format string, args ...any) {
	c.faults = append(c.faults, oracle.Difference{Where: c.name() + ", " + channel, What: fmt.Sprintf(format, args...)})
}

func (c *reader) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

func (c *reader) lastError() any { return c.failed.Load() }

// run keeps the reader connected until ctx ends or the server says that it may
// not come back.
func (c *reader) run(ctx context.Context) {
	defer close(c.ended)
	for ctx.Err() == nil {
		err := c.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		c.failed.Store(fmt.Sprint(err))
		code := wire.CloseCode(err)
		if wire.Final(code) {
			c.fault("connection", "closed for good with %d", code)
			return
		}
		if code == 4008 {
			c.slow++
		}
		if !rest(ctx, c.backOff(err)) {
			return
		}
	}
}

// backOff is how long to wait before the next connection: what the server asked
// for, else full jitter that grows while no subscription succeeds.
func (c *reader) backOff(err error) time.Duration {
	if c.retry > 0 {
		d := c.retry
		c.retry = 0
		return d
	}
	most := min(5*time.Second, 500*time.Millisecond<<min(c.attempt, 4))
	d := rand.N(most)
	if busy, ok := errors.AsType[*wire.Busy](err); ok {
		c.busy++
		if s, err := strconv.Atoi(busy.RetryAfter); err == nil {
			d += time.Duration(s) * time.Second
		}
	}
	return d
}

// connect opens one connection, resumes every channel at its cursor and reads
// until the connection ends, by the server or by the knife.
func (c *reader) connect(ctx context.Context) error {
	c.attempt++
	c.confirmed = 0
	conn, err := wire.Dial(ctx, c.of.Site.Addr, c.of.Site.Base, c.cookie)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	c.connects++
	cut := c.knife(conn)
	defer func() {
		if cut() {
			c.cuts++
		}
	}()
	if _, err := conn.Greet("replay-" + strconv.Itoa(c.number)); err != nil {
		return err
	}
	// In another order each time: a reader that is cut again before all are
	// answered must not always miss the same ones.
	for _, i := range rand.Perm(len(c.of.questions)) {
		if err := c.subscribe(conn, c.of.questions[i].Channel); err != nil {
			return err
		}
	}
	for {
		m, err := conn.Receive()
		if err != nil {
			return err
		}
		if err := c.take(conn, m); err != nil {
			return err
		}
	}
}

// knife cuts the connection after a random time with the wanted mean. The
// function it returns puts the knife away and says whether it has cut.
func (c *reader) knife(conn *wire.Conn) func() bool {
	mean := c.of.Cut
	if mean <= 0 {
		return func() bool { return false }
	}
	var done atomic.Bool
	t := time.AfterFunc(rand.N(2*mean)+1, func() {
		if !c.of.calm.Load() {
			done.Store(true)
			conn.Cut()
		}
	})
	return func() bool { t.Stop(); return done.Load() }
}

func (c *reader) subscribe(conn *wire.Conn, channel string) error {
	rec := c.records[channel]
	rec.awaiting = true
	return conn.Send(wire.Subscribe(c.number, channel, rec.cursor, c.of.epoch))
}

// take handles one message.
func (c *reader) take(conn *wire.Conn, m wire.Message) error {
	if m.T == "bye" {
		c.retry = time.Duration(m.RetryMS) * time.Millisecond
		return nil
	}
	rec := c.records[m.Channel]
	if rec == nil {
		return nil // eph and kinds that a later server may send
	}
	switch m.T {
	case "ev":
		if c.apply(rec, m.Event(), false) || rec.awaiting {
			return nil
		}
		c.gaps++
		return c.subscribe(conn, m.Channel)
	case "sub_ok":
		c.resume(rec, m)
	case "sub_reset", "sub_err", "unsubbed":
		c.fault(m.Channel, "%s %s %s at cursor %d, top %d", m.T, m.Why, m.Code, rec.cursor, m.Seq)
		rec.cursor, rec.awaiting = max(rec.cursor, m.Seq), false
	}
	return nil
}

// resume applies what came with the answer to a subscription.
func (c *reader) resume(rec *record, m wire.Message) {
	rec.awaiting = false
	for _, e := range m.Events {
		if !c.apply(rec, e, true) {
			c.fault(m.Channel, "sub_ok jumps from %d to %d", rec.cursor, e.Seq)
		}
	}
	if rec.cursor < m.Seq {
		c.fault(m.Channel, "sub_ok says top %d and brings events to %d", m.Seq, rec.cursor)
	}
	if c.confirmed++; c.confirmed != len(c.records) {
		return
	}
	c.attempt = 0 // the knife leaves no time to wait for two quiet seconds
	if c.connects > 1 {
		c.resumes++
	}
	select {
	case <-c.ready:
	default:
		close(c.ready)
	}
}

// apply applies e if it is next, drops it if it is known, and returns false if
// something before it is missing.
func (c *reader) apply(rec *record, e wire.Event, resumed bool) bool {
	switch {
	case e.Seq <= rec.cursor:
		c.repeated++
		return true
	case e.Seq > rec.cursor+1:
		return false
	}
	rec.cursor = e.Seq
	told := c.of.told(rec.channel, e)
	a := oracle.Applied{Seq: e.Seq, Data: told.facts, HTML: told.html}
	if e.Type == wire.ReplyNew {
		a.Reply = e.Ref
	}
	rec.applied = append(rec.applied, a)
	rec.arrivals = append(rec.arrivals, arrival{time.Since(c.of.base), resumed})
	c.count.Add(1)
	return true
}
