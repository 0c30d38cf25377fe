package demo

import (
	"hash/fnv"
	"io"
	"strings"
	"time"
)

// talk is a thread while it is being talked in: who has told their story, and
// which lines have been said.
type talk struct {
	w       *writer
	t       *thread
	s       *scene
	told    map[*member]bool
	last    *member
	staff   []*member
	answers int // by staff, so far

	facts, own, advice, doubt, back, desk, asker *deck
	openings, closings, thanks, more, companions *deck
}

// newTalk shuffles what can be said: first what is about the matter itself,
// then what a long talk drifts to.
func (w *writer) newTalk(t *thread, s *scene) *talk {
	c := w.c.Common
	from := func(list func(topic) []string, between ...[]string) *deck {
		lists := append([][]string{list(s.topic)}, between...)
		for _, other := range s.others {
			lists = append(lists, list(other))
		}
		return newDeck(w.r, lists...)
	}
	k := &talk{w: w, t: t, s: s, told: map[*member]bool{t.author: true}, staff: w.staffFor(s),
		facts: from(func(t topic) []string { return t.Facts }), own: newDeck(w.r, s.family.Facts),
		advice:   from(func(t topic) []string { return t.Advice }, s.family.Advice),
		doubt:    from(func(t topic) []string { return t.Doubt }),
		back:     from(func(t topic) []string { return t.Back }, s.family.Back),
		desk:     from(func(t topic) []string { return t.Staff }),
		asker:    newDeck(w.r, s.topic.Asker, c.Asker),
		openings: newDeck(w.r, c.Openings), closings: newDeck(w.r, c.Closings), thanks: newDeck(w.r, c.Thanks),
		more: newDeck(w.r, c.More), companions: newDeck(w.r, c.Companions)}
	for _, p := range t.posts {
		k.told[p.author] = true
	}
	return k
}

// tries is how often a reply is drawn again that was written in another thread
// word for word. After that it stands: people do repeat "Thank you, that helps".
const tries = 8

// add writes one reply.
func (k *talk) add(at time.Time) {
	author, body := k.speak(at)
	for try := 0; (body == "" || k.w.bodies[hash(body)]) && try < tries; try++ {
		author, body = k.speak(at)
	}
	if body == "" {
		author, body = k.experienced(at), k.say(k.advice)
	}
	k.w.bodies[hash(body)] = true
	p := post{author: author, body: body, lang: "en", at: at}
	p.votes = k.w.votes(p, k.w.drawHelpful())
	k.t.posts = append(k.t.posts, p)
	k.last = author
}

func hash(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s) // cannot fail
	return h.Sum64()
}

// speak draws who speaks next and what; an empty body says that it does not
// fit here.
func (k *talk) speak(at time.Time) (*member, string) {
	first := len(k.t.posts) == 0
	switch n := k.w.r.IntN(100); {
	case n < 8:
		return k.fromStaff(at)
	case n < 18 && !first:
		return k.fromAsker()
	case n < 27:
		return k.member(at), k.say(k.back)
	case n < 34 && !first:
		return k.experienced(at), k.join(k.say(k.doubt), k.perhaps(25, k.closings))
	case n < 47 && !first:
		return k.experienced(at), k.join(k.perhaps(20, k.openings), k.say(k.advice), k.perhaps(50, k.advice), k.perhaps(25, k.closings))
	case n < 50 && !first:
		return k.fromAnotherWhoAsks(at)
	case n < 51 && !first:
		return k.w.crowd.byKey["stone-bridge"], k.w.say(k.s, pick(k.w.r, k.w.c.Common.Moderators))
	}
	return k.story(at)
}

// story is what somebody tells who has not yet told anything in this thread.
func (k *talk) story(at time.Time) (*member, string) {
	m := somebody(k.w.r, k.w.crowd.treated, at, func(m *member) bool { return k.told[m] })
	if m == nil {
		return nil, ""
	}
	k.told[m] = true
	opening := k.perhaps(35, k.openings)
	if m.Stands == "companion" {
		opening = k.say(k.companions)
	}
	body := k.join(opening, k.say(k.facts))
	if k.own.left() > 0 {
		body = k.join(body, k.perhaps(65, k.own))
	}
	switch n := k.w.r.IntN(100); {
	case n < 30:
		body += "\n\n" + k.join(k.say(k.advice), k.perhaps(25, k.closings))
	case n < 40:
		body = k.join(body, k.say(k.closings))
	}
	return m, body
}

// fromStaff is an answer by clinic staff: seldom, and never the same line twice.
func (k *talk) fromStaff(at time.Time) (*member, string) {
	if k.desk.left() < 2 || k.answers > len(k.t.posts)/15 {
		return nil, ""
	}
	m := somebody(k.w.r, k.staff, at, func(m *member) bool { return m == k.last })
	if m == nil {
		return nil, ""
	}
	k.answers++
	return m, k.join(k.say(k.desk), k.perhaps(25, k.desk))
}

// fromAsker is the asker coming back.
func (k *talk) fromAsker() (*member, string) {
	if k.last == k.t.author || k.asker.left() == 0 {
		return nil, ""
	}
	if k.w.r.IntN(3) == 0 {
		return k.t.author, k.say(k.asker)
	}
	return k.t.author, k.join(k.say(k.thanks), k.perhaps(70, k.asker))
}

// fromAnotherWhoAsks is somebody who waits for the same answers.
func (k *talk) fromAnotherWhoAsks(at time.Time) (*member, string) {
	m := somebody(k.w.r, k.w.crowd.asking, at, func(m *member) bool { return k.told[m] })
	if m == nil || k.more.left() == 0 {
		return nil, ""
	}
	k.told[m] = true
	return m, k.say(k.more)
}

func (k *talk) member(at time.Time) *member {
	list := k.w.crowd.members
	if m := somebody(k.w.r, list, at, func(m *member) bool { return m == k.last || m == k.t.author }); m != nil {
		return m
	}
	return list[0]
}

func (k *talk) experienced(at time.Time) *member {
	if m := somebody(k.w.r, k.w.crowd.treated, at, func(m *member) bool { return m == k.last || m == k.t.author }); m != nil {
		return m
	}
	return k.member(at)
}

func (k *talk) say(d *deck) string { return k.w.say(k.s, d.deal()) }

// perhaps says a line in so many of a hundred cases.
func (k *talk) perhaps(percent int, d *deck) string {
	if k.w.r.IntN(100) >= percent {
		return ""
	}
	return k.say(d)
}

func (k *talk) join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " ")
}
