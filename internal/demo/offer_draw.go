package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"caravan/internal/shaping"
)

// offering is what drawn packages are worded with.
type offering struct {
	Titles, Summaries           []string
	CallTitles                  []string `json:"call_titles"`
	CallSummaries               []string `json:"call_summaries"`
	First, Next                 []string
	FirstCall                   []string            `json:"first_call"`
	NextCall                    []string            `json:"next_call"`
	PriceWhy                    []string            `json:"price_why"`
	Why, Texts, Wishes, Answers map[string][]string // by state; by item; by item; by answer
}

// broker draws packages that nobody wrote by hand: as a clinic would offer them,
// so that they can be published, with all that people did to them.
type broker struct {
	r          *rand.Rand
	c          *content
	now        time.Time
	procedures map[string]procedure
	models     []offer                    // by hand, whole
	values     map[string][]shaping.Value // by item, of all models
	clinics    []deal
	staff      map[string][]*member
	authors    []*member
	n          int
}

// deal is what a clinic could offer.
type deal struct {
	clinic *organisation
	code   string
}

func newBroker(c *content, w *crowd, now time.Time) *broker {
	b := &broker{r: rand.New(rand.NewPCG(20, 28)), c: c, now: now, procedures: map[string]procedure{}, values: map[string][]shaping.Value{}, staff: w.staff}
	for _, p := range c.Procedures {
		b.procedures[p.Code] = p
	}
	for _, o := range c.Offers {
		if o.State == string(shaping.Draft) || o.Proposer == string(shaping.ByPatients) {
			continue
		}
		b.models = append(b.models, o)
		for _, i := range o.Versions[0].Items {
			if !strings.HasPrefix(i.Key, shaping.Own) {
				b.values[i.Key] = append(b.values[i.Key], i.Value)
			}
		}
	}
	for i := range c.Organisations {
		for _, code := range c.Organisations[i].Procedures {
			if o := &c.Organisations[i]; o.Kind == "clinic" && len(w.staff[o.Slug]) > 0 && b.procedures[code].Stay[1] > 0 && b.knows(code) {
				b.clinics = append(b.clinics, deal{o, code})
			}
		}
	}
	for _, m := range w.members {
		if m.Vouched && m.Email != patientSignIn {
			b.authors = append(b.authors, m)
		}
	}
	return b
}

// knows reports whether every item that a package of a procedure needs stands in
// some package by hand.
func (b *broker) knows(code string) bool {
	return !slices.ContainsFunc(shaping.Catalogue(code), func(s shaping.Spec) bool {
		return s.Mandatory && len(b.values[s.Key]) == 0 && len(b.c.Offering.Texts[s.Key]) == 0
	})
}

// fates are in how many of a hundred cases a drawn package stands where.
var fates = []any{"shaping", 30, "answering", 9, "final_vote", 8, "awaiting_commitment", 8, "committed", 14, "call", 9, "expired", 10, "declined", 6, "withdrawn", 6}

// next draws a package.
func (b *broker) next() (offer, error) {
	b.n++
	for range 50 {
		d := b.clinics[b.r.IntN(len(b.clinics))]
		h := b.history(weighted(b.r, fates...))
		by := b.oldest(d.clinic.Slug)
		if by == nil || by.born.After(b.now.Add(-time.Duration(h.created)-2*day)) {
			continue
		}
		s := &sketch{broker: b, deal: d, h: h, by: by, scene: b.scene(d)}
		return s.draw(), nil
	}
	return offer{}, fmt.Errorf("demo: no clinic has staff who could have offered something")
}

func (b *broker) oldest(slug string) *member {
	if len(b.staff[slug]) == 0 {
		return nil
	}
	return b.staff[slug][0]
}

// scene is what the lines of a package are filled with.
func (b *broker) scene(d deal) *scene {
	return &scene{proc: b.procedures[d.code], country: d.clinic.Country, city: d.clinic.City, in: "in " + d.clinic.City}
}

// history is when a drawn package was what.
type history struct {
	state              string
	created, published time.Duration
	versions           []time.Duration // age of each
	ends, closed       time.Duration
	signed             time.Duration
}

func (b *broker) days(from, to float64) time.Duration {
	return time.Duration((from + b.r.Float64()*(to-from)) * float64(day)).Truncate(time.Minute)
}

// history draws ages that lead to a state.
func (b *broker) history(state string) history {
	h := history{state: state}
	var newest time.Duration
	before := b.r.IntN(3) // rounds before the newest version
	const round = shaping.UsualRoundDays * day
	switch shaping.State(state) {
	case shaping.Shaping:
		newest = b.days(0.6, 13.2)
		h.ends = round - newest
	case shaping.Answering:
		left := b.days(0.4, 6.5)
		newest, h.ends = round+shaping.AnsweringDays*day-left, left
	case shaping.FinalVote:
		newest = b.days(0.5, 6.4)
		before, h.ends = max(1, before), shaping.FinalDays*day-newest
	case shaping.AwaitingCommitment:
		h.ends = b.days(1, 28)
		before, newest = max(1, before), (shaping.FinalDays+shaping.CommitDays)*day-h.ends
	case shaping.Committed:
		h.signed = b.days(4, 150)
		before, newest = max(1, before), h.signed+shaping.FinalDays*day+b.days(1, 18)
	case shaping.Expired:
		h.closed = b.days(2, 140)
		before, newest = max(1, before), h.closed+(shaping.FinalDays+shaping.CommitDays)*day
	case shaping.Declined:
		h.closed = b.days(2, 140)
		before, newest = max(1, before), h.closed+shaping.FinalDays*day+b.days(2, 25)
	case shaping.Withdrawn:
		h.closed = b.days(2, 140)
		before, newest = 0, h.closed+b.days(5, 13)
	default: // a call: its rounds follow one another
		h.published = b.days(3, 165)
		newest, before = h.published, 0
		if h.published > round+day {
			newest, before = h.published-round, 1
		}
		h.ends = round - h.published%round
	}
	gap := time.Duration(shaping.UsualRoundDays+shaping.AnsweringDays) * day
	if state == string(shaping.Call) {
		gap = round
	}
	for i := range before + 1 {
		h.versions = append(h.versions, newest+time.Duration(before-i)*gap)
	}
	h.published = h.versions[0]
	h.created = h.published + b.days(1, 9)
	return h
}
