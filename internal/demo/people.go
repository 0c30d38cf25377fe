package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"caravan/internal/text"
)

// member is one person with one account; both have the same id.
type member struct {
	person
	ID   int64
	born time.Time // when the account was made
	key  string    // of the handle, as accounts compare it
}

// address is the numbered one that everybody has, demo-001@demo.example.
func (m *member) address() string { return fmt.Sprintf("demo-%03d@demo.example", m.ID) }

// insider works for somebody who treats, arranges or advertises.
func (m *member) insider() bool { return m.Organisation != "" }

// crowd is everybody, and in each list the oldest accounts first: those who can
// have been there at a moment are the beginning of the list.
type crowd struct {
	all     []*member
	byKey   map[string]*member // those written by hand
	members []*member          // who think about treatment, were treated, went along
	treated []*member          // of these, those with something to tell
	asking  []*member          // and those who think about it
	voters  []*member          // whose votes count
	unknown []*member          // whose votes are kept and not counted
	staff   map[string][]*member

	voices   []*member // who vote on packages and are in no other list (electorate.go)
	whispers []*member // of these, those whose votes are not counted
	found    []*member // of these, those whose votes are void
}

// newCrowd is the people written by hand and as many more as the scale wants.
func newCrowd(r *rand.Rand, c *content, scale int, now time.Time) *crowd {
	w := &crowd{byKey: map[string]*member{}, staff: map[string][]*member{}}
	taken := map[string]bool{}
	for _, p := range c.People {
		m := w.add(p, text.Skeleton(p.Handle), now)
		taken[m.key] = true
		w.byKey[p.Key] = m
	}
	named := func(r *rand.Rand) (handle, key string) {
		handle = text.Suggest(r)
		key = text.Skeleton(handle)
		for taken[key] {
			handle = fmt.Sprintf("%s %d", text.Suggest(r), between(r, 2, 99, 1))
			key = text.Skeleton(handle)
		}
		taken[key] = true
		return handle, key
	}
	for len(w.all) < scale*peopleByScale {
		handle, key := named(r)
		p := invent(r, c)
		p.Handle = handle
		w.add(p, key, now)
	}
	w.sort(now)
	w.listen(c, named, now)
	return w
}

// invent draws what a person is; the handle comes later.
func invent(r *rand.Rand, c *content) person {
	p := person{Lang: "en", Age: age(time.Duration(between(r, 30, 700*24, 1)) * time.Hour), Vouched: r.IntN(10) > 0}
	if r.IntN(25) == 0 {
		p.Lang = "ar"
	}
	switch n := r.IntN(100); {
	case n < 14:
		org := c.Organisations[r.IntN(len(c.Organisations))]
		p.Role, p.Organisation, p.Title = "staff", org.Slug, deskTitles[r.IntN(len(deskTitles))]
		if org.Kind != "clinic" {
			p.Title = "Travel planner"
		}
		if org.Kind == "agency" {
			p.Title = "Account manager"
		}
	case n < 42:
		p.Stands = "considering"
	case n < 50:
		p.Stands = "companion"
	default:
		p.Stands = "treated"
	}
	if r.IntN(60) == 0 { // signed up today, known to nobody yet
		p.Age, p.Vouched = age(time.Duration(between(r, 1, 23, 1))*time.Hour), false
	}
	return p
}

var deskTitles = []string{"Patient coordinator", "Ward nurse", "International desk", "Treatment planner", "Nurse, patients from abroad", "Physiotherapist", "Records office"}

func (w *crowd) add(p person, key string, now time.Time) *member {
	m := &member{person: p, ID: int64(len(w.all) + 1), born: now.Add(-time.Duration(p.Age)), key: key}
	w.all = append(w.all, m)
	return m
}

func (w *crowd) sort(now time.Time) {
	for _, m := range slices.SortedStableFunc(slices.Values(w.all), func(a, b *member) int { return a.born.Compare(b.born) }) {
		switch {
		case m.insider():
			w.staff[m.Organisation] = append(w.staff[m.Organisation], m)
		case m.Role == "":
			w.members = append(w.members, m)
			if m.Stands == "considering" {
				w.asking = append(w.asking, m)
			} else {
				w.treated = append(w.treated, m)
			}
		}
		if m.Vouched && now.Sub(m.born) > 24*time.Hour {
			w.voters = append(w.voters, m)
		} else if m.Role == "" {
			w.unknown = append(w.unknown, m)
		}
	}
}

// settled is how long somebody has been there before they write.
const settled = 30 * time.Minute

// there is the part of a list (oldest first) that was there at a moment.
func there(list []*member, at time.Time) []*member {
	n, _ := slices.BinarySearchFunc(list, at.Add(-settled), func(m *member, t time.Time) int {
		if m.born.After(t) {
			return 1
		}
		return -1
	})
	return list[:n]
}

// somebody draws from a list who was there at a moment and is none of not; nil
// if nobody fits.
func somebody(r *rand.Rand, list []*member, at time.Time, not func(*member) bool) *member {
	list = there(list, at)
	if len(list) == 0 {
		return nil
	}
	from := r.IntN(len(list))
	for i := range list {
		if m := list[(from+i)%len(list)]; !not(m) {
			return m
		}
	}
	return nil
}

// staffFor are people who may answer for clinics that treat something, or for
// the one that was asked about.
func (w *writer) staffFor(s *scene) []*member {
	if s.clinic != nil {
		return w.crowd.staff[s.clinic.Slug]
	}
	var all []*member
	for _, org := range w.clinics {
		if slices.Contains(org.Procedures, s.proc.Code) && org.Country == s.country {
			all = append(all, w.crowd.staff[org.Slug]...)
		}
	}
	slices.SortStableFunc(all, func(a, b *member) int { return a.born.Compare(b.born) })
	return all
}
