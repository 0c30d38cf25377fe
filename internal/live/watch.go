package live

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// checkSize is how many channels one statement checks.
const checkSize = 1000

// check compares the positions of all channels with the database, at intervals
// and when the bus may have lost something. It is what bounds the harm of a lost
// announcement, and what finds out that the database is another than before.
func (h *Hub) check(ctx context.Context) {
	for h.lookAtEpoch() == "" {
		if h.pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return
		}
	}
	for {
		d := h.o.Timing.Check
		wait := time.NewTimer(d*4/5 + rand.N(d*2/5+1))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		case <-h.checkNow:
			wait.Stop()
		}
		h.lookAtEpoch()
		h.checkPositions(ctx)
		h.pause(ctx, min(d/20, time.Second)) // however often one is wanted
	}
}

// lookAtEpoch reads the epoch; empty if the database does not answer.
func (h *Hub) lookAtEpoch() string {
	ctx, cancel := context.WithTimeout(h.ctx, askTime)
	defer cancel()
	epoch, err := h.findEpoch(ctx)
	if err != nil {
		if h.ctx.Err() == nil {
			h.log.Error("live: check positions", "error", err)
		}
		return ""
	}
	h.sawEpoch(epoch)
	return epoch
}

// position is where a channel stands at this node.
type position struct {
	shard   *shard
	channel string
	known   int64 // the highest number heard of or read
	read    int64
}

func (h *Hub) checkPositions(ctx context.Context) {
	var all []position
	for _, s := range h.shards {
		answer := make(chan []position, 1)
		if !s.do(func() { answer <- s.positions() }) {
			return
		}
		select {
		case list := <-answer:
			all = append(all, list...)
		case <-ctx.Done():
			return
		}
	}
	for some := range slices.Chunk(all, checkSize) {
		names := make([]string, len(some))
		for i, p := range some {
			names[i] = p.channel
		}
		ask, cancel := context.WithTimeout(ctx, askTime)
		tops, err := h.listTops(ask, names)
		cancel()
		if err != nil {
			h.log.Error("live: check positions", "error", err)
			return
		}
		for _, p := range some {
			h.compare(p, tops[p.channel])
		}
	}
}

func (h *Hub) compare(p position, top int64) {
	switch {
	case top > p.known:
		h.metrics.gaps.WithLabelValues("position_check").Inc()
		p.shard.do(func() { p.shard.hear(Change{p.channel, top}, 0) })
	case top < p.read:
		p.shard.do(func() {
			if c := p.shard.channels[p.channel]; c != nil {
				c.doubt = true
				p.shard.step(c)
			}
		})
	}
}

// positions is asked for now and then anyway, so rings that served nobody for
// long are let go here.
func (s *shard) positions() (list []position) {
	now := s.hub.now()
	for _, c := range s.channels {
		if !c.known {
			continue
		}
		if now-c.touched > int64(ringAge) && c.read == c.last && !c.busy {
			c.ring = nil
		}
		list = append(list, position{s, c.name, max(c.read, c.wanted), c.read})
	}
	return list
}
