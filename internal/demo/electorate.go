package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"caravan/internal/experience"
	"caravan/internal/shaping"
)

// Voices are people who read and vote and seldom write: as many at every scale,
// since packages written by hand say how many voted. They have been there for
// longer than the oldest of these packages.
const (
	voices        = 112
	unknownVoices = 16 // not known through a second identity: their votes are kept and not counted
	foundVoices   = 7  // paid by an agency, as was found out after they had voted
)

// agency is for whom they turned out to work.
const agency = "lantern-street-media"

func voiceSeed() *rand.Rand { return rand.New(rand.NewPCG(20, 26)) }

// listen adds the voices to a crowd. They are in none of its lists, so that the
// questions stay what they are.
func (w *crowd) listen(c *content, named func(*rand.Rand) (handle, key string), now time.Time) {
	r := voiceSeed()
	for i := range voices + unknownVoices + foundVoices {
		p := invent(r, c)
		p.Role, p.Organisation, p.Title, p.Vouched = "", "", "", i < voices || i >= voices+unknownVoices
		if p.Stands == "" || i >= voices {
			p.Stands = "considering"
		}
		p.Age = age(time.Duration(between(r, 745, 795, 1))*24*time.Hour + time.Duration(between(r, 0, 23, 1))*time.Hour)
		var key string
		p.Handle, key = named(r)
		m := w.add(p, key, now)
		switch w.voices = append(w.voices, m); {
		case i >= voices+unknownVoices:
			w.found = append(w.found, m)
		case i >= voices:
			w.whispers = append(w.whispers, m)
		}
	}
}

// patientSignIn votes where a file says so, and nowhere else: whoever signs in
// with it shall find something to vote on.
const patientSignIn = "patient@demo.example"

// electorate is who votes on packages.
type electorate struct {
	r       *rand.Rand
	now     time.Time
	members []*member                     // whose votes count, shuffled once
	unknown []*member                     // whose votes are kept and not counted
	found   []*member                     // whose votes are void
	treated map[int64]map[int64]time.Time // by procedure and person: since when it is proven
	proven  map[int64][]*member           // by procedure, in the order of members
	tales   map[visitOf]*tale
}

// visitOf is who was where for what.
type visitOf struct {
	person, organisation, procedure int64
}

func newElectorate(w *crowd, tales []*tale, now time.Time) *electorate {
	e := &electorate{r: rand.New(rand.NewPCG(20, 27)), now: now, unknown: w.whispers, found: w.found,
		treated: map[int64]map[int64]time.Time{}, proven: map[int64][]*member{}, tales: map[visitOf]*tale{}}
	for _, m := range w.all {
		if m.Role == "" && m.Vouched && now.Sub(m.born) > 48*time.Hour && m.Email != patientSignIn && !slices.Contains(w.found, m) {
			e.members = append(e.members, m)
		}
	}
	e.r.Shuffle(len(e.members), func(i, j int) { e.members[i], e.members[j] = e.members[j], e.members[i] })
	for _, x := range tales {
		if x.kept.State != experience.Published || x.kept.Level < provenLevel {
			continue
		}
		for _, p := range x.kept.treated {
			if p.Position == 0 || p.State == "performed" || p.State == "added_on_arrival" {
				e.wasTreated(x, p.ProcedureID)
			}
		}
	}
	for _, m := range e.members {
		for procedure, who := range e.treated {
			if _, ok := who[m.ID]; ok {
				e.proven[procedure] = append(e.proven[procedure], m)
			}
		}
	}
	return e
}

// provenLevel is from which level on an experience makes its author one of those
// who were treated.
const provenLevel = 2

func (e *electorate) wasTreated(x *tale, procedure int64) {
	if e.treated[procedure] == nil {
		e.treated[procedure] = map[int64]time.Time{}
	}
	since := x.published.Add(20 * time.Hour)
	if was, known := e.treated[procedure][x.author.ID]; !known || since.Before(was) {
		e.treated[procedure][x.author.ID] = since
	}
	v := visitOf{x.author.ID, x.kept.OrganisationID, procedure}
	if was := e.tales[v]; was == nil || x.day.Before(was.day) {
		e.tales[v] = x
	}
}

// poll is the electorate as one package meets it.
type poll struct {
	*electorate
	procedure int64
	start     int // in members
}

func (e *electorate) poll(procedure int64) *poll {
	p := &poll{electorate: e, procedure: procedure}
	if len(e.members) > 0 {
		p.start = e.r.IntN(len(e.members))
	}
	return p
}

// stratum is in what relation somebody stands to the treatment at a moment: by
// what the site knows, and only else by what they say.
func (p *poll) stratum(m *member, at time.Time) shaping.Stratum {
	since, treated := p.treated[p.procedure][m.ID]
	switch {
	case treated && !since.After(at):
		return shaping.WasTreated
	case m.Stands == "companion":
		return shaping.Accompanies
	}
	return shaping.Considers
}

// draw finds n people who were there until a moment, of whom as many as possible
// up to treated were treated before another, none of those used already.
func (p *poll) draw(n, treated, turn int, from, until time.Time, used map[int64]bool) ([]*member, error) {
	var out []*member
	take := func(list []*member, start, most int, ok func(*member) bool) {
		for i := 0; i < len(list) && most > 0; i++ {
			if m := list[(start+i)%len(list)]; !used[m.ID] && m.born.Before(until.Add(-2*time.Hour)) && ok(m) {
				used[m.ID] = true
				out = append(out, m)
				most--
			}
		}
	}
	known := p.proven[p.procedure]
	wasTreated := func(m *member) bool { return p.treated[p.procedure][m.ID].Before(from) }
	take(known, turn, min(treated, n), wasTreated)
	take(p.members, p.start+turn, n-len(out), func(m *member) bool {
		at, ok := p.treated[p.procedure][m.ID]
		return !ok || at.After(until)
	})
	take(known, turn, n-len(out), wasTreated)
	if len(out) < n {
		return nil, fmt.Errorf("demo: %d people vote, only %d were there", n, len(out))
	}
	return out, nil
}
