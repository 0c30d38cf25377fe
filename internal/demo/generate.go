package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Ages of generated questions. The oldest are younger than most accounts, so
// that there were people to answer.
const (
	youngest = time.Hour
	fresh    = 20 * time.Hour
	oldest   = 230 * 24 * time.Hour
)

// drawAge spreads questions evenly over the magnitudes of age: some of today,
// as many of this week as of this month.
func drawAge(r *rand.Rand) time.Duration {
	from, to := fresh, oldest
	if r.IntN(100) < 15 {
		from, to = youngest, fresh
	}
	span := math.Log(float64(to) / float64(from))
	return time.Duration(float64(from) * math.Exp(r.Float64()*span)).Truncate(time.Second)
}

// most is how many replies a question of an age may have.
func most(age time.Duration) int {
	switch {
	case age < 6*time.Hour:
		return 6
	case age < 24*time.Hour:
		return 16
	case age < 72*time.Hour:
		return 40
	}
	return 66
}

// share gives every slot its replies, n in all. About one question in
// seventeen stays without any.
func share(r *rand.Rand, slots []slot, n int) {
	var open []int // slots that take replies
	for i := range slots {
		if r.IntN(17) > 0 {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return
	}
	mean := float64(n) / float64(len(open))
	sum := 0
	for _, i := range open {
		slots[i].replies = min(most(slots[i].age), max(1, int(mean*(0.2+1.6*r.Float64()))))
		sum += slots[i].replies
	}
	for sum != n {
		s := &slots[open[r.IntN(len(open))]]
		switch {
		case sum < n && s.replies < most(s.age):
			s.replies++
			sum++
		case sum > n && s.replies > 1:
			s.replies--
			sum--
		}
	}
}

// generate writes a thread that nobody wrote by hand.
func (w *writer) generate(s slot) thread {
	at := w.now.Add(-s.age)
	sc := w.cast()
	title := w.say(sc, pick(w.r, sc.topic.Titles))
	for try := 0; w.titles[title] && try < 40; try++ {
		sc = w.cast()
		title = w.say(sc, pick(w.r, sc.topic.Titles))
	}
	w.titles[title] = true
	body := w.say(sc, pick(w.r, sc.topic.Bodies))
	if w.r.IntN(3) > 0 {
		body += "\n\n" + w.say(sc, pick(w.r, w.c.Common.Asides))
	}
	nobody := func(*member) bool { return false }
	t := thread{author: somebody(w.r, w.crowd.members, at, nobody), procedure: sc.proc.Code, destination: sc.country,
		title: title, body: body, lang: "en", at: at, accepted: -1}
	if sc.clinic != nil {
		t.clinic = sc.clinic.Slug
	}
	talk := w.newTalk(&t, sc)
	for _, m := range w.moments(at, s.age, s.replies) {
		talk.add(m)
	}
	w.accept(&t)
	return t
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// spacing is the least time between two replies, and before the first.
const spacing = 90 * time.Second

// moments are the times of n replies after from, within a span: many soon,
// fewer later.
func (w *writer) moments(from time.Time, span time.Duration, n int) []time.Time {
	span = min(span*9/10, 40*24*time.Hour) - time.Duration(n+1)*spacing
	offsets := make([]time.Duration, n)
	for i := range offsets {
		u := w.r.Float64()
		offsets[i] = time.Duration(u * u * u * float64(span)).Truncate(time.Second)
	}
	slices.Sort(offsets)
	out := make([]time.Time, n)
	for i, o := range offsets {
		// Each is later than the one before by spacing at least.
		out[i] = from.Add(o + time.Duration(i+2)*spacing)
	}
	return out
}

// accept marks, in some threads where the asker came back, what helped.
func (w *writer) accept(t *thread) {
	if len(t.posts) < 3 || w.r.IntN(100) >= 40 {
		return
	}
	best := -1
	for i, p := range t.posts {
		if p.author != t.author && (best < 0 || len(p.votes) > len(t.posts[best].votes)) {
			best = i
		}
	}
	t.accepted = best
}
