package shaping

import (
	"encoding/json"
	"time"

	"caravan/internal/wording"
)

// What stands around the lines and wishes of a package: wishes that exclude each
// other, where it comes from and leads to, what was done to it.

// OfferGroupJSON is a choice among wishes on one line that exclude each other.
type OfferGroupJSON struct {
	Key    string              `json:"key"`
	Item   int64               `json:"item" doc:"Subject keep, id of the vote to leave the line as it is"`
	Keep   OfferVoteJSON       `json:"keep"`
	Wishes []OfferExcludedJSON `json:"wishes"`
	Median json.RawMessage     `json:"median" doc:"Middle of what people want a figure to be; null while votes run, and below five people"`
}

// OfferExcludedJSON is one of the wishes of a group.
type OfferExcludedJSON struct {
	Wish int64         `json:"wish" doc:"Subject alternative, id of the vote for it"`
	Vote OfferVoteJSON `json:"vote"`
}

// OfferRelatedJSON is another package that this one comes from or leads to.
type OfferRelatedJSON struct {
	Relation string          `json:"relation" enum:"call,fork,successor,offer" doc:"The call it answers, what it was copied from, what took its place, an offer that answers it"`
	Slug     string          `json:"slug"`
	Title    string          `json:"title"`
	Lang     string          `json:"lang"`
	Provider string          `json:"provider,omitempty" doc:"Name"`
	State    string          `json:"state"`
	Price    *OfferPriceJSON `json:"price"`
}

// OfferStepJSON is a step that was taken.
type OfferStepJSON struct {
	Event string    `json:"event"`
	To    string    `json:"to" doc:"State"`
	Round int       `json:"round"`
	Why   string    `json:"why,omitempty"`
	At    time.Time `json:"at"`
}

// OfferStayJSON is a stay that is shorter than usual.
type OfferStayJSON struct {
	Key    string `json:"key"`
	Usual  int64  `json:"usual"`
	Says   string `json:"says"`
	Source string `json:"source" doc:"Address of what says so"`
	Answer string `json:"answer" doc:"Why the provider thinks it is enough"`
}

// AroundJSON is what stands around a package's lines.
type AroundJSON struct {
	Groups  []OfferGroupJSON   `json:"groups"`
	Related []OfferRelatedJSON `json:"related"`
	History []OfferStepJSON    `json:"history" doc:"Oldest first"`
	Stays   []OfferStayJSON    `json:"short_stays"`
}

// aroundJSON is what stands around the lines for everybody; procedure is the code
// of the treatment.
func (k *known) aroundJSON(procedure string) AroundJSON {
	j := AroundJSON{Groups: []OfferGroupJSON{}, Related: []OfferRelatedJSON{}, History: []OfferStepJSON{}, Stays: []OfferStayJSON{}}
	over := Over(OnAmendment, k.voteState(), false)
	for _, l := range k.newest.held() {
		groups, people := k.groupsOn(l.Item.Key, over)
		for _, g := range groups {
			j.Groups = append(j.Groups, k.groupJSON(l, g, people))
		}
	}
	for _, l := range k.lineage {
		r := OfferRelatedJSON{Relation: l.Relation, Slug: l.Slug, Title: l.Title, Lang: l.Lang, Provider: l.OrgName, State: string(l.State)}
		if l.PriceMinor != nil {
			r.Price = &OfferPriceJSON{*l.PriceMinor, l.Currency}
		}
		j.Related = append(j.Related, r)
	}
	for _, t := range k.steps {
		j.History = append(j.History, OfferStepJSON{string(t.Event), string(t.ToState), t.Round, t.Why, t.At})
	}
	for _, st := range Short(procedure, k.newest) {
		j.Stays = append(j.Stays, OfferStayJSON{st.Item, st.Days, st.Say(wording.Langs[0]), st.Source.URL, k.StayAnswers[st.Item]})
	}
	return j
}

func (k *known) groupJSON(l Line, g Group, people int) OfferGroupJSON {
	j := OfferGroupJSON{Key: g.Key, Item: l.Item.ID, Keep: voteJSON(k.shown(OnKeep, l.Item.ID, false, false)), Wishes: []OfferExcludedJSON{}, Median: json.RawMessage("null")}
	for _, id := range g.Amendments {
		j.Wishes = append(j.Wishes, OfferExcludedJSON{id, voteJSON(k.shown(OnAlternative, id, false, false))})
	}
	if g.Median != nil && people >= stratumVoices {
		j.Median = canonicalJSON(*g.Median)
	}
	return j
}

// groupsOn are the wishes on a line that exclude each other. People is how many
// want one of them: 0, and no middle means anything, unless the votes may be seen.
func (k *known) groupsOn(key string, sees bool) (groups []Group, people int) {
	open := make([]Amendment, 0, 4)
	for _, w := range k.wishesOn(key, true) {
		open = append(open, w.Amendment)
	}
	supporters := map[int64]int{}
	if sees {
		for _, w := range open {
			supporters[w.ID] = Sum(k.tallies[OnAmendment][w.ID]).Want
			people += supporters[w.ID]
		}
	}
	return Groups(k.newest, open, supporters), people
}
