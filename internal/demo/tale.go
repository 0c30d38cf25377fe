package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"caravan/internal/experience"
	"caravan/internal/visit"
)

// tale is an experience on its way into the tables.
type tale struct {
	episode
	tone      string // of those that were drawn
	clinic    *organisation
	author    *member
	day       time.Time // of the treatment
	told      time.Time
	published time.Time // also of what is gone by now; told and not yet shown: zero
	first     string    // the first wording, where a later one added to it
	edited    time.Time
	state     string
	more      experience.Answers // beside what an episode holds, by the catalogue
	kept      kept               // its rows
}

func (t *tale) quarter() visit.Quarter { return visit.Of(t.day) }

// entry is a procedure of the catalogue.
type entry struct {
	ID        int64
	Specialty int16
	Outcome   string
	TwoYears  bool
}

// visitKey is what one person tells once.
type visitKey struct {
	person  int64
	clinic  string
	quarter visit.Quarter
}

// teller makes the tales.
type teller struct {
	r          *rand.Rand
	c          *content
	crowd      *crowd
	now        time.Time
	today      time.Time
	clinics    map[string]*organisation
	procedures map[string]procedure
	catalogue  map[string]entry
	perEuro    map[string]float64
	trips      map[string][]trip // by package
	visits     map[visitKey]bool
	stories    map[uint64]bool
	names      map[string]bool
}

// Chance of its own, so that the questions stay what they are whatever is told.
func tellerSeed() *rand.Rand { return rand.New(rand.NewPCG(20, 25)) }

func newTeller(c *content, w *crowd, now time.Time, catalogue map[string]entry, perEuro map[string]float64) *teller {
	t := &teller{r: tellerSeed(), c: c, crowd: w, now: now, today: midnight(now), clinics: map[string]*organisation{}, procedures: map[string]procedure{},
		catalogue: catalogue, perEuro: perEuro, visits: map[visitKey]bool{}, stories: map[uint64]bool{}, names: map[string]bool{}}
	for i := range c.Organisations {
		t.clinics[c.Organisations[i].Slug] = &c.Organisations[i]
	}
	for _, p := range c.Procedures {
		t.procedures[p.Code] = p
	}
	return t
}

// errands are what shall be told: what was written by hand first, then what the
// changes need that were seen in place, then what fills the clinics.
type errand struct {
	episode  *episode
	clinic   *organisation
	from, to int    // days since the treatment, of those that are drawn
	witness  bool   // must be verified
	code     string // of the treatment, and by whom it is told; none: by chance
	by       *member
	state    string // published, or else
}

// Sizes at scale 1: what every clinic has, those that many tell about, and the
// one that most do. The rest is spread over the many.
const (
	experiencesByScale = 140
	fewEach            = 2
	most4One           = 17
)

var (
	often  = []string{"ayazma-hair", "vilnele-surgery", "cerro-bermejo", "sedefkuyu-dental", "klinika-jarzebiec", "rimkhlong-hospital", "albaflor-fertility", "wahat-al-ghaf", "yelkapan-aesthetic"}
	oftest = "dunakert-dental"
)

// plan lays out exactly as many as the scale says.
func (t *teller) plan(scale int) (out []errand, err error) {
	for i := range t.c.Episodes {
		out = append(out, errand{episode: &t.c.Episodes[i], clinic: t.clinics[t.c.Episodes[i].Clinic], state: experience.Published})
	}
	for _, e := range t.c.Episodes {
		if e.Answer == nil {
			continue
		}
		for _, p := range e.Answer.Changes {
			made, err := daysFrom(t.now, p.Made)
			if err != nil {
				return nil, err
			}
			for range p.Seen {
				out = append(out, errand{clinic: t.clinics[e.Clinic], from: youngestTale, to: int(t.today.Sub(*made)/(24*time.Hour)) - 1, witness: true, state: experience.Published})
			}
		}
	}
	var rest []errand
	add := func(clinic *organisation, n int) {
		for range n * scale {
			rest = append(rest, errand{clinic: clinic, from: youngestTale, to: oldestTale, state: experience.Published})
		}
	}
	for i := range t.c.Organisations {
		switch o := &t.c.Organisations[i]; {
		case o.Kind != "clinic" || slices.Contains(often, o.Slug):
		case o.Slug == oftest:
			add(o, most4One)
		default:
			add(o, fewEach)
		}
	}
	missing := scale*experiencesByScale - len(out) - len(rest)
	for i := range missing {
		rest = append(rest, errand{clinic: t.clinics[often[i%len(often)]], from: youngestTale, to: oldestTale, state: experience.Published})
	}
	if missing < 0 {
		return nil, fmt.Errorf("demo: %d experiences too many", -missing)
	}
	for i, state := range unusual {
		rest[len(rest)-1-i].state = state
	}
	return slices.Concat(out, rest, t.tripErrands()), nil
}

// unusual are the states of a few: what waits for the moderators, and what is
// gone.
var unusual = []string{experience.Submitted, experience.Submitted, experience.Withdrawn, experience.Removed, experience.Restricted}

// How long ago drawn treatments were, in days.
const (
	youngestTale = 13
	oldestTale   = 620
)

// all tells everything, in the order in which it was told.
func (t *teller) all(scale int) ([]*tale, error) {
	errands, err := t.plan(scale)
	if err != nil {
		return nil, err
	}
	tales := make([]*tale, 0, len(errands))
	for _, e := range errands {
		var x *tale
		if e.episode != nil {
			x, err = t.copyOut(e)
		} else {
			x, err = t.draw(e)
		}
		if err != nil {
			return nil, err
		}
		tales = append(tales, x)
	}
	slices.SortStableFunc(tales, func(a, b *tale) int { return a.told.Compare(b.told) })
	return tales, nil
}

// copyOut takes over what was written by hand.
func (t *teller) copyOut(e errand) (*tale, error) {
	x := &tale{episode: *e.episode, clinic: e.clinic, state: e.state, more: experience.Answers{}}
	var err error
	if x.day, err = monthsBack(t.now, x.Treated); err != nil {
		return nil, err
	}
	t.names[x.Pseudonym] = true
	t.dates(x)
	hint := t.crowd.byKey[x.Author]
	if hint != nil && !hint.born.Before(t.atThisHour(x.told)) {
		return nil, fmt.Errorf("demo: %q: %s was not there yet", x.Title, x.Author)
	}
	if x.author = hint; hint == nil {
		x.author = t.author(x)
	}
	if x.author == nil || !t.claim(x) {
		return nil, fmt.Errorf("demo: %q: nobody can have told it", x.Title)
	}
	// What tells of months was not all there in the first week.
	if last, ok := x.lastDone(t.today); ok && len(x.Story) > 1 && slices.Index(experience.Moments, last.Moment) >= 2 {
		x.first = x.Story[0]
		x.edited = earlier(t.today, last.DoneOn.AddDate(0, 0, 1))
	}
	return x, nil
}

// dates says when it was told and published: soon after the treatment, so that
// all check-ins lie ahead.
func (t *teller) dates(x *tale) {
	x.told = x.day.AddDate(0, 0, 2+t.r.IntN(4))
	x.published = x.told.AddDate(0, 0, 1+t.r.IntN(3))
	if x.state == experience.Submitted {
		x.told, x.published = t.today.AddDate(0, 0, -1), time.Time{}
	}
}

// author finds somebody who was there, works for nobody and has not told about
// the same visit.
func (t *teller) author(x *tale) *member {
	return somebody(t.r, t.crowd.treated, t.atThisHour(x.told), func(m *member) bool { return t.visits[visitKey{m.ID, x.clinic.Slug, x.quarter()}] })
}

// atThisHour is the moment of a day from which as much time has passed as whole
// days: so the hour of filling changes nothing.
func (t *teller) atThisHour(day time.Time) time.Time { return day.Add(t.now.Sub(t.today)) }

func (t *teller) claim(x *tale) bool {
	k := visitKey{x.author.ID, x.clinic.Slug, x.quarter()}
	if t.visits[k] {
		return false
	}
	t.visits[k] = true
	return true
}

// checkIns are those of a tale, as they stand today.
func (x *tale) checkIns(today time.Time, twoYears bool) []experience.CheckIn {
	rows := experience.Schedule(x.day, x.told, twoYears)
	for i := range rows {
		c := &rows[i]
		said, known := x.CheckIns[c.Moment]
		switch {
		case known && said != nil:
			done := earlier(today, c.DueOn.AddDate(0, 0, 1+len(said.Note)%5))
			yes := true
			c.Status, c.DoneOn, c.Note, c.Agrees, c.WorthIt, c.Complication = experience.Done, &done, said.Note, &yes, "too_early", "none"
			if said.Goal != nil {
				n := int16(*said.Goal)
				c.GoalAchieved = &n
			}
			if slices.ContainsFunc(x.Complications, func(b trouble) bool { return b.Told == c.Moment }) {
				c.Complication = "yes"
			}
		case !c.ClosesOn.After(today):
			c.Status = experience.Missed
		case !c.DueOn.After(today):
			c.Status = experience.Asked
		}
	}
	if i := lastDone(rows); i >= 0 && x.Worth != "" {
		rows[i].WorthIt = x.Worth
	}
	return rows
}

func lastDone(rows []experience.CheckIn) int {
	for i, c := range slices.Backward(rows) {
		if c.Status == experience.Done {
			return i
		}
	}
	return -1
}

// lastDone is the last check-in that was answered.
func (x *tale) lastDone(today time.Time) (experience.CheckIn, bool) {
	rows := x.checkIns(today, false)
	if i := lastDone(rows); i >= 0 {
		return rows[i], true
	}
	return experience.CheckIn{}, false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
