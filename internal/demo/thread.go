package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"caravan/internal/text"
)

// thread is a question with its replies, ready to be stored.
type thread struct {
	author            *member
	procedure         string // code
	destination       string // ISO code
	clinic            string // slug; "" for none
	title, body, lang string
	at                time.Time
	posts             []post // in the order of time
	accepted          int    // index of a post, or -1
}

// post is one reply.
type post struct {
	author     *member
	body, lang string
	at         time.Time
	votes      []vote
}

// vote says that a post helped somebody.
type vote struct {
	by      *member
	counted bool
	at      time.Time
}

// writer makes the threads one after the other, oldest first.
type writer struct {
	r          *rand.Rand
	c          *content
	crowd      *crowd
	now        time.Time
	clinics    []organisation
	procedures map[string]procedure
	plan       []slot
	titles     map[string]bool // that are taken
	bodies     map[uint64]bool // hashes of replies that were generated
}

// slot is a thread to be written.
type slot struct {
	age     time.Duration
	byHand  *question
	replies int // in all
}

func newWriter(r *rand.Rand, c *content, crowd *crowd, o Options) *writer {
	w := &writer{r: r, c: c, crowd: crowd, now: o.Now, procedures: map[string]procedure{}, titles: map[string]bool{}, bodies: map[uint64]bool{}}
	for _, p := range c.Procedures {
		w.procedures[p.Code] = p
	}
	for _, org := range c.Organisations {
		if org.Kind == "clinic" {
			w.clinics = append(w.clinics, org)
		}
	}
	w.plan = w.layOut(o.Scale)
	return w
}

// next writes the next n threads, fewer at the end.
func (w *writer) next(n int) (out []thread) {
	n = min(n, len(w.plan))
	for _, s := range w.plan[:n] {
		if s.byHand != nil {
			out = append(out, w.copyOut(s))
		} else {
			out = append(out, w.generate(s))
		}
	}
	w.plan = w.plan[n:]
	return out
}

// layOut plans exactly as many questions and replies as the scale says.
func (w *writer) layOut(scale int) []slot {
	var plan, drawn []slot
	replies := scale * repliesByScale
	for i := range w.c.Questions {
		q := &w.c.Questions[i]
		s := slot{age: time.Duration(q.Age), byHand: q, replies: max(len(q.Replies), q.Fill)}
		plan = append(plan, s)
		replies -= s.replies
	}
	for len(plan)+len(drawn) < scale*questionsByScale {
		drawn = append(drawn, slot{age: drawAge(w.r)})
	}
	share(w.r, drawn, replies)
	plan = append(plan, drawn...)
	slices.SortStableFunc(plan, func(a, b slot) int { return cmp.Compare(b.age, a.age) })
	return plan
}

// copyOut turns a thread written by hand into what is stored.
func (w *writer) copyOut(s slot) thread {
	q := s.byHand
	t := thread{author: w.crowd.byKey[q.Author], procedure: q.Procedure, destination: q.Destination, clinic: q.Clinic,
		title: q.Title, body: q.Body.String(), lang: q.Lang, at: w.now.Add(-s.age), accepted: -1}
	w.titles[t.title] = true
	for i, a := range q.Replies {
		if a.Accepted {
			t.accepted = i
		}
		p := post{author: w.crowd.byKey[a.Author], body: a.Body.String(), at: t.at.Add(time.Duration(a.After))}
		p.lang = text.Language(p.body, q.Lang)
		p.votes = w.votes(p, a.Helpful)
		t.posts = append(t.posts, p)
	}
	if missing := s.replies - len(t.posts); missing > 0 {
		w.fillUp(&t, missing)
	}
	return t
}

// fillUp adds generated replies behind those written by hand.
func (w *writer) fillUp(t *thread, n int) {
	sc := &scene{proc: w.procedures[t.procedure], country: t.destination, in: "in " + countries[t.destination]}
	sc.family = w.c.familyOf(t.procedure)
	for _, org := range w.clinics {
		if org.Country == t.destination {
			sc.city = org.City
			break
		}
	}
	for _, topic := range w.c.Topics {
		if topic.Code == fillTopic {
			sc.topic, sc.others = topic, w.drift(topic, t.procedure)
		}
	}
	last := t.posts[len(t.posts)-1].at
	talk := w.newTalk(t, sc)
	for _, at := range w.moments(last, w.now.Sub(last), n) {
		talk.add(at)
	}
}

// The thread that is filled up asks what it cost in the end.
const fillTopic = "cost"

// String names the thread in errors.
func (t *thread) String() string { return fmt.Sprintf("%q by %s", t.title, t.author.Handle) }
