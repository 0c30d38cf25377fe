package live

import (
	"runtime"
	"sync"
)

// Bounds of handing on.
const (
	maxFrame  = 16 << 10 // bytes of messages that share a frame
	crowd     = 512      // members from which on several goroutines write
	maxHelper = 4
)

// bundle is one frame with one or more events.
type bundle struct {
	frame  *message
	events []*encoded
}

// fan hands events to every live member. They are one frame, or a few, made
// once for each language; nothing here waits for a socket.
func (s *shard) fan(c *channel, todo []*entry) {
	byLang := make([][]bundle, len(c.langs))
	for lang, n := range c.langs {
		if n > 0 {
			byLang[lang] = bundles(todo, lang)
		}
	}
	s.each(c, func(m *member) {
		for i := range byLang[m.lang] {
			m.who.out.event(m, &byLang[m.lang][i])
		}
	})
}

// bundles puts events into as few frames as their size allows.
func bundles(todo []*entry, lang int) (out []bundle) {
	var some []*encoded
	size := 0
	pack := func() {
		if len(some) == 1 {
			out = append(out, bundle{&some[0].message, some})
			return
		}
		ms := make([]*message, len(some))
		for i, e := range some {
			ms[i] = &e.message
		}
		frame := merge(nil, ms)
		out = append(out, bundle{&message{frame: frame, head: len(frame) - size - len(some) + 1}, some})
	}
	for _, e := range todo {
		enc := e.in(lang)
		if n := len(enc.payload()); size > 0 && size+n+len(some) > maxFrame {
			pack()
			some, size = nil, 0
		}
		some = append(some, enc)
		size += len(enc.payload())
	}
	pack()
	return out
}

// each calls f for every live member; with many of them from several goroutines
// at once, as each call may write to a socket.
func (s *shard) each(c *channel, f func(*member)) {
	n := min(maxHelper, runtime.GOMAXPROCS(0), 1+len(c.members)/crowd)
	if n == 1 {
		for _, m := range c.members {
			f(m)
		}
		return
	}
	var wg sync.WaitGroup
	for i := range n {
		part := c.members[i*len(c.members)/n : (i+1)*len(c.members)/n]
		wg.Go(func() {
			s.hub.survive("fan", func() {
				for _, m := range part {
					f(m)
				}
			})
		})
	}
	wg.Wait()
}
