package live

import (
	"context"
	"fmt"
	"time"
)

// loadTime is how long a job may take; the database gives up on a statement
// before.
const loadTime = 10 * time.Second

// work is what a channel needs before it can go on: events from the database,
// encodings of events it has.
type work struct {
	read    bool
	from    int64
	near    bool             // nobody needs more than the last maxReplay
	langs   []int            // in which new events are wanted
	entries map[int][]*entry // to encode, by language
}

func (w *work) empty() bool { return !w.read && len(w.entries) == 0 }

// readFrom asks for what came after a number.
func (w *work) readFrom(seq int64) { w.read, w.from = true, min(w.from, seq) }

// encode asks for what is not yet encoded in a language.
func (w *work) encode(list []*entry, lang int) (missing bool) {
	for _, e := range list {
		if e.in(lang) == nil {
			if w.entries == nil {
				w.entries = map[int][]*entry{}
			}
			w.entries[lang] = append(w.entries[lang], e)
			missing = true
		}
	}
	return missing
}

// result is what a job brings back.
type result struct {
	page    page
	encoded []translation
	err     error
}

type translation struct {
	entry *entry
	lang  int
	enc   *encoded
}

// begin starts the job of a channel. Everybody who waits is served by the same
// one: a thousand readers coming back to one channel cost one read.
func (s *shard) begin(c *channel, w work) {
	c.busy = true
	if w.near = len(c.members) == 0; w.near && w.read {
		c.known, c.ring = false, nil // nobody to be true to: begin where the joiners are
	}
	seen := make([]bool, len(c.langs))
	for _, m := range c.joiners {
		if w.near && w.read && m.force == "" && !m.fresh {
			w.readFrom(m.since)
		}
		m.reading = m.reading || w.read
		seen[m.lang] = true
	}
	for lang, n := range c.langs {
		if n > 0 || seen[lang] {
			w.langs = append(w.langs, lang)
		}
	}
	s.hub.job("load", func() {
		r := s.hub.load(c.name, c.topic, w)
		s.do(func() { s.loaded(c, w, r) })
	})
}

// load runs outside of the shard. It touches nothing of the channel that can
// change.
func (h *Hub) load(name string, t *Topic, w work) (r result) {
	defer func() {
		if p := recover(); p != nil {
			h.panicked("load", p)
			r.err = fmt.Errorf("live: load: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(h.ctx, loadTime)
	defer cancel()
	if w.read {
		if r.page, r.err = h.listEvents(ctx, name, w.from, w.near); r.err != nil {
			return r
		}
		for _, lang := range w.langs {
			r.translate(h, ctx, t, name, lang, r.page.rows)
		}
	}
	for lang, list := range w.entries {
		r.translate(h, ctx, t, name, lang, list)
	}
	return r
}

func (r *result) translate(h *Hub, ctx context.Context, t *Topic, name string, lang int, list []*entry) {
	for i, enc := range h.encode(ctx, t, name, lang, list) {
		r.encoded = append(r.encoded, translation{list[i], lang, enc})
	}
}
