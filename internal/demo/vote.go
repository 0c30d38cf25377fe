package demo

import (
	"time"
)

// drawHelpful is how many people a generated reply helped: mostly nobody or
// few, seldom many.
func (w *writer) drawHelpful() int {
	n := 0
	for w.r.IntN(100) < 58 && n < 14 {
		n++
	}
	return n
}

// votes are n counted ones for a post, by different people and never by its
// author, and now and then one that does not count.
func (w *writer) votes(p post, n int) []vote {
	var out []vote
	from := w.r.IntN(len(w.crowd.voters))
	for i := 0; len(out) < n && i < len(w.crowd.voters); i++ {
		if m := w.crowd.voters[(from+i)%len(w.crowd.voters)]; m != p.author {
			out = append(out, vote{by: m, counted: true, at: w.after(p.at, m)})
		}
	}
	if len(w.crowd.unknown) > 0 && w.r.IntN(40) == 0 {
		if m := w.crowd.unknown[w.r.IntN(len(w.crowd.unknown))]; m != p.author {
			out = append(out, vote{by: m, at: w.after(p.at, m)})
		}
	}
	return out
}

// after is a moment since a post and since somebody joined.
func (w *writer) after(at time.Time, m *member) time.Time {
	if m.born.After(at) {
		at = m.born
	}
	u := w.r.Float64()
	return at.Add(time.Duration(u * u * float64(w.now.Sub(at))).Truncate(time.Second))
}
