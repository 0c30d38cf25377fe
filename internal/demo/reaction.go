package demo

import (
	"fmt"
	"slices"
	"time"

	"caravan/internal/answer"
	"caravan/internal/experience"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// reactions are what clinics said in public to what was told, and what they
// changed.
type reactions struct {
	t        *teller
	titles   map[string]map[string]bool // of changes, by clinic
	lastID   int64                      // of a change
	latest   map[int64]time.Time        // last answer of a clinic
	byClinic map[string][]*tale         // that may have seen a change

	answers, changes, sightings *table
}

func newReactions(t *teller, tales []*tale) *reactions {
	a := &reactions{t: t, titles: map[string]map[string]bool{}, latest: map[int64]time.Time{}, byClinic: map[string][]*tale{},
		answers: &table{name: "answers", columns: []string{"experience_id", "organisation_id", "author_account_id", "author_role", "author_title", "body", "body_html", "renderer", "lang",
			"state", "standing", "created_at", "published_at"}},
		changes:   &table{name: "changes", columns: []string{"id", "organisation_id", "experience_id", "title", "due_on", "first_due_on", "proof", "made_on", "created_at"}},
		sightings: &table{name: "change_sightings", columns: []string{"change_id", "experience_id", "seen", "told_on"}}}
	for _, x := range tales {
		if x.state == experience.Published && x.kept.Level >= visit.Countable {
			a.byClinic[x.clinic.Slug] = append(a.byClinic[x.clinic.Slug], x)
		}
	}
	return a
}

// made is a change with its days.
type made struct {
	title, proof string
	due          time.Time
	on           *time.Time
	seen         int
}

// react answers a tale: as written by hand, or now and then as drawn.
func (a *reactions) react(x *tale) error {
	if x.state != experience.Published {
		return nil
	}
	if x.Answer != nil {
		return a.byHand(x)
	}
	staff := a.t.crowd.staff[x.clinic.Slug]
	chance := map[string]int{"good": 12, "mixed": 34, "bad": 48}[x.tone]
	if x.tone == "" || len(staff) == 0 || a.t.r.IntN(100) >= chance {
		return nil
	}
	at := x.published.AddDate(0, 0, 2+a.t.r.IntN(24)).Add(time.Duration(9*60+a.t.r.IntN(480)) * time.Minute)
	by := somebody(a.t.r, staff, at, func(*member) bool { return false })
	if by == nil || at.After(a.t.now) {
		return nil
	}
	fits := slices.DeleteFunc(slices.Clone(a.t.c.Telling.Answers), func(w struct {
		Standing, Tone string
		Body           paragraphs
	}) bool {
		return w.Tone != x.tone
	})
	w := fits[a.t.r.IntN(len(fits))]
	var changes []made
	if w.Standing == answer.Planned || w.Standing == answer.Made {
		if changes = a.promise(x, at, w.Standing == answer.Made); changes == nil {
			return nil
		}
	}
	a.add(x, by, at, w.Standing, w.Body.String(), changes)
	return nil
}

// promise draws a change that the clinic has not promised yet; nil if there is
// none left.
func (a *reactions) promise(x *tale, at time.Time, done bool) []made {
	if a.titles[x.clinic.Slug] == nil {
		a.titles[x.clinic.Slug] = map[string]bool{}
	}
	list := a.t.c.Telling.Changes
	from := a.t.r.IntN(len(list))
	days := 35 + a.t.r.IntN(110)
	for i := range list {
		c := list[(from+i)%len(list)]
		if a.titles[x.clinic.Slug][c.Title] {
			continue
		}
		a.titles[x.clinic.Slug][c.Title] = true
		m := made{title: c.Title, due: midnight(at).AddDate(0, 0, days)}
		if on := midnight(at).AddDate(0, 0, days*3/4); done && on.Before(a.t.today) {
			m.proof, m.on = c.Proof, &on
		}
		return []made{m}
	}
	return nil
}

func (a *reactions) byHand(x *tale) error {
	by := a.t.crowd.byKey[x.Answer.By]
	if by == nil || by.Organisation != x.clinic.Slug {
		return fmt.Errorf("demo: %q: %q cannot answer for %s", x.Title, x.Answer.By, x.clinic.Slug)
	}
	at := x.published.Add(time.Duration(x.Answer.After) + 10*time.Hour)
	if since := by.born.Add(24 * time.Hour); since.After(at) {
		at = since
	}
	var changes []made
	for _, p := range x.Answer.Changes {
		due, err := daysFrom(a.t.now, p.Due)
		if err != nil || due == nil {
			return fmt.Errorf("demo: %q: due %q: %w", x.Title, p.Due, err)
		}
		on, err := daysFrom(a.t.now, p.Made)
		if err != nil {
			return err
		}
		changes = append(changes, made{p.Title, p.Proof, *due, on, p.Seen})
	}
	a.add(x, by, at, x.Answer.Standing, x.Answer.Body.String(), changes)
	return nil
}

// longestPromise is a little less than how far ahead a change may be promised.
const longestPromise = 300

// add stores an answer with its changes. Where it stands follows from these.
func (a *reactions) add(x *tale, by *member, at time.Time, standing, body string, changes []made) {
	open, unseen := 0, 0
	org := x.kept.OrganisationID
	for _, c := range changes {
		promised := at
		if c.due.Sub(at) > longestPromise*24*time.Hour {
			promised = c.due.AddDate(0, 0, -longestPromise).Add(9 * time.Hour)
		}
		a.lastID++
		a.changes.add(a.lastID, org, x.kept.ID, c.title, c.due, c.due, c.proof, c.on, promised)
		switch seen := a.see(x, c); {
		case c.on == nil:
			open++
		case seen == 0:
			unseen++
		}
	}
	switch {
	case open > 0:
		standing = answer.Planned
	case unseen > 0:
		standing = answer.Made
	case len(changes) > 0:
		standing = answer.Confirmed
	}
	a.answers.add(x.kept.ID, org, by.ID, by.Role, by.Title, body, text.Markdown(body), text.RendererVersion, text.Language(body, x.Lang), answer.Shown, standing, at, at)
	if a.latest[org].Before(at) {
		a.latest[org] = at
	}
}

// see lets later verified patients say that a change is in place.
func (a *reactions) see(x *tale, c made) (n int) {
	if c.on == nil {
		return 0
	}
	for _, later := range a.byClinic[x.clinic.Slug] {
		if n < c.seen && later != x && later.day.After(*c.on) {
			a.sightings.add(a.lastID, later.kept.ID, true, earlier(a.t.today, later.published.AddDate(0, 0, 1)))
			n++
		}
	}
	return n
}

// applause are the votes on a tale: by people whose votes count, never by its
// author or by somebody of the clinic.
func (t *teller) applause(x *tale, votes *table) {
	if x.state != experience.Published {
		return
	}
	voters, n := t.crowd.voters, x.Helpful
	if most := len(voters) * 3 / 4; x.tone == "" && n > 0 {
		n = max(1, min(n, n*most/mostHelpful))
	}
	against := n * t.r.IntN(14) / 100
	from := t.r.IntN(len(voters))
	for i := 0; x.kept.HelpfulOf < n+against && i < len(voters); i++ {
		m := voters[(from+i)%len(voters)]
		if m == x.author || m.Organisation == x.clinic.Slug {
			continue
		}
		value := 0
		if x.kept.Helpful < n {
			value = 1
		}
		x.kept.Helpful += value
		x.kept.HelpfulOf++
		votes.add(x.kept.ID, m.ID, value, true, t.voted(x, m))
	}
	if len(t.crowd.unknown) > 0 && t.r.IntN(30) == 0 {
		if m := t.crowd.unknown[t.r.IntN(len(t.crowd.unknown))]; m != x.author {
			votes.add(x.kept.ID, m.ID, 1, false, t.voted(x, m))
		}
	}
}

// mostHelpful is to how many people the most helpful one by hand was of help,
// on a site with enough of them.
const mostHelpful = 154

func (t *teller) voted(x *tale, m *member) time.Time {
	at := x.published
	if m.born.After(at) {
		at = m.born
	}
	u := t.r.Float64()
	return at.Add(time.Duration(u * u * float64(t.now.Sub(at))).Truncate(time.Second))
}
