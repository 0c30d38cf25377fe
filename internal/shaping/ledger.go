package shaping

import (
	"cmp"
	"slices"

	"caravan/internal/db"
	"caravan/internal/stats"
)

// Promises are public from five patients on, never for one of them: what fewer
// said is not there at all, not even as a number, and sums are made of what is
// shown alone, so that nobody can take one from the other.

// LedgerView is how the promises of a package were kept, version by version,
// the newest first; only versions of which something can be said.
type LedgerView struct {
	Versions []VersionLedger
	Refused  []RefusedNeed // by the provider, with who needed it after all
}

// Of returns the ledger of a version; ok is false while nothing can be said.
func (v LedgerView) Of(number int) (VersionLedger, bool) {
	for _, l := range v.Versions {
		if l.Number == number {
			return l, true
		}
	}
	return VersionLedger{}, false
}

// Newest is the ledger of the newest version of which something can be said.
func (v LedgerView) Newest() VersionLedger {
	if len(v.Versions) == 0 {
		return VersionLedger{}
	}
	return v.Versions[0]
}

// VersionLedger is how the promises of one version were kept, item by item, in
// the order of the ledger: by class and key.
type VersionLedger struct {
	Number  int
	Lines   []PromiseLine
	Classes []ClassLine
}

// Line returns what can be said of an item.
func (v VersionLedger) Line(key string) (PromiseLine, bool) {
	i := slices.IndexFunc(v.Lines, func(l PromiseLine) bool { return l.Item.Key == key })
	if i < 0 {
		return PromiseLine{}, false
	}
	return v.Lines[i], true
}

// PromiseLine is how one promise was kept. Rate is as Promises.Rate says, Low
// and High its 95 % interval.
type PromiseLine struct {
	Item            Item
	Promised        Value
	Promises        // counts; N of them
	Asked           int
	Rate, Low, High float64
	Far             int // of a price: who paid more than 8 % above
	Need            *Need
	Replies         []ReplyView
}

// ClassLine is how the promises of a class were kept, of the items shown.
type ClassLine struct {
	Class Class
	Promises
	Rate, Low, High float64
}

// Need is how many called an item a must-have before, and how many say after
// their treatment that it mattered much. Each is nil below ten voices.
type Need struct{ Before, After *Share }

// Share is a part of N.
type Share struct{ Of, N int }

// RefusedNeed is a wish that the provider refused, with how many treated
// patients needed it after all.
type RefusedNeed struct {
	AmendmentID int64
	Item        Item
	Wish        Value
	Op          Op
	Reason      string // the provider's, empty where a moderator hid it
	Lang        string
	ReasonCode  ReasonCode
	Needed, N   int
	Low, High   float64
}

// committedOnce reports whether a package ever came to a commitment.
func (p Package) committedOnce() bool {
	switch p.State {
	case Committed, Reporting, Exhausted, Ended, Suspended, Superseded, Breached, Archived:
		return true
	}
	return false
}

// ledgerOf is how the promises of a package were kept. A package that nobody
// committed to costs no question.
func (s *Service) ledgerOf(q *db.Tx, p Package) (v LedgerView, err error) {
	if !p.committedOnce() {
		return v, nil
	}
	rows, err := listKept(q, keptOfPackage, p.ID, DayAfter(q.Now.UTC(), 0))
	if err != nil {
		return v, err
	}
	var before map[int64]map[Stratum]Tally
	if Over(OnNeed, p.State, false) {
		if before, err = listBefore(q, p.ID); err != nil {
			return v, err
		}
	}
	replies, err := listReplies(q, p.ID)
	if err != nil {
		return v, err
	}
	v.Versions = versionLedgers(rows, before, replies)
	refused, err := listRefused(q, p.ID, mostRefused)
	v.Refused = refusedNeeds(refused)
	return v, err
}

// versionLedgers cuts rows into versions and leaves out what fewer than five
// said.
func versionLedgers(rows []keptRow, before map[int64]map[Stratum]Tally, replies map[replyOn][]ReplyView) (all []VersionLedger) {
	for _, r := range rows {
		rate, low, high, ok := r.Rate()
		if !ok || r.Key == SuitabilityKey {
			continue
		}
		l := PromiseLine{Item: r.Item, Promised: r.Promised, Promises: r.Promises, Asked: r.Asked, Rate: rate, Low: low, High: high, Far: r.Far,
			Need: needOf(before[r.Item.ID], r), Replies: replies[replyOn{r.VersionID, r.Item.ID}]}
		i := slices.IndexFunc(all, func(v VersionLedger) bool { return v.Number == r.Number })
		if i < 0 {
			i, all = len(all), append(all, VersionLedger{Number: r.Number})
		}
		all[i].Lines = append(all[i].Lines, l)
	}
	for i := range all {
		all[i].order()
	}
	slices.SortFunc(all, func(a, b VersionLedger) int { return cmp.Compare(b.Number, a.Number) })
	return all
}

// order sorts the lines as a ledger does and adds up the classes.
func (v *VersionLedger) order() {
	slices.SortStableFunc(v.Lines, func(a, b PromiseLine) int {
		return cmp.Or(cmp.Compare(slices.Index(Classes, a.Item.Class), slices.Index(Classes, b.Item.Class)), cmp.Compare(a.Item.Key, b.Item.Key))
	})
	for _, l := range v.Lines {
		n := len(v.Classes) - 1
		if n < 0 || v.Classes[n].Class != l.Item.Class {
			v.Classes, n = append(v.Classes, ClassLine{Class: l.Item.Class}), n+1
		}
		c := &v.Classes[n]
		c.Kept, c.Better, c.Worse, c.NotDelivered = c.Kept+l.Kept, c.Better+l.Better, c.Worse+l.Worse, c.NotDelivered+l.NotDelivered
		c.Rate, c.Low, c.High, _ = c.Promises.Rate() // five at least: each line has them
	}
}

// classesOf adds up rows of a provider by class. As in a package's ledger only
// lines of which something can be said have a part in it: otherwise what fewer
// said could be found by taking one sum from the other.
func classesOf(rows []keptRow) []ClassLine {
	var v VersionLedger
	for _, r := range rows {
		if _, _, _, ok := r.Rate(); ok && r.Key != SuitabilityKey {
			v.Lines = append(v.Lines, PromiseLine{Item: r.Item, Promises: r.Promises})
		}
	}
	v.order()
	return v.Classes
}

// planChanges are how often a provider's plans were changed after patients had
// been examined, out of how many who said: no promise that is kept or broken,
// but what everybody who books should know. Of is 0 of 0 below five.
func planChanges(rows []keptRow) (s Share) {
	for _, r := range rows {
		if _, _, _, ok := r.Rate(); ok && r.Key == SuitabilityKey {
			s.Of, s.N = s.Of+r.Worse, s.N+r.N()
		}
	}
	return s
}

// needOf sets what people asked for before beside what they say after.
func needOf(before map[Stratum]Tally, r keptRow) *Need {
	n := &Need{}
	n.Before = beforeTreatment(before)
	if all := r.Mattered + r.MatteredLittle + r.MatteredNot; all >= needVoices {
		n.After = &Share{r.Mattered, all}
	}
	if n.Before == nil && n.After == nil {
		return nil
	}
	return n
}

// beforeTreatment is how many of those who were not treated yet called an item a
// must-have: who was treated knows by now. Where only a few of them voted,
// leaving them out would give them away, and nothing is said.
func beforeTreatment(strata map[Stratum]Tally) *Share {
	treated, all := strata[WasTreated].All(), Sum(strata)
	n := all.All() - treated
	if n < needVoices || treated > 0 && treated < stratumVoices {
		return nil
	}
	return &Share{all.Want - strata[WasTreated].Want, n}
}

// hindsightRow is to how many patients of one version an item mattered much, of
// those who said.
type hindsightRow struct {
	Key       string
	VersionID int64
	Much, All int
}

// hindsight is to how many treated patients an item mattered much, by its key,
// over all packages for a treatment. Patients of packages too few to be shown
// alone have a part in it only together with at least as many as a stratum
// needs: else they could be found by taking what is shown alone from the sum.
func hindsight(rows []hindsightRow) map[string]Share {
	alone, few := map[string]Share{}, map[string]Share{}
	for _, r := range rows {
		to := few
		if r.All >= needVoices {
			to = alone
		}
		to[r.Key] = Share{to[r.Key].Of + r.Much, to[r.Key].N + r.All}
	}
	out := map[string]Share{}
	for _, r := range rows {
		s := alone[r.Key]
		if x := few[r.Key]; x.N >= stratumVoices {
			s = Share{s.Of + x.Of, s.N + x.N}
		}
		if s.N >= needVoices {
			out[r.Key] = s
		}
	}
	return out
}

// refusedNeeds are the refused wishes that five or more treated patients spoke
// of and at least one needed, the most needed first.
func refusedNeeds(rows []refusedRow) (all []RefusedNeed) {
	for _, r := range rows {
		if r.Said < verdictVoices || r.Needed == 0 {
			continue
		}
		n := RefusedNeed{AmendmentID: r.ID, Item: r.item(), Wish: r.NewValue, Op: r.Op, Lang: r.Lang, ReasonCode: r.ReasonCode, Needed: r.Needed, N: r.Said}
		if r.HiddenWhy == "" {
			n.Reason = r.Why
		}
		n.Low, n.High = stats.Wilson(r.Needed, r.Said)
		all = append(all, n)
	}
	slices.SortStableFunc(all, func(a, b RefusedNeed) int {
		return cmp.Compare(float64(b.Needed)/float64(b.N), float64(a.Needed)/float64(a.N))
	})
	return all
}

// item is the item a wish is about, as far as its key says it.
func (r refusedRow) item() Item {
	if r.NewItem != nil {
		return *r.NewItem
	}
	if s, ok := SpecOf(r.ItemKey); ok {
		return s.Item(0)
	}
	return Item{Key: r.ItemKey, Kind: r.NewValue.Kind}
}

// judgeGrace is for how many days an answer is waited for after a promise could
// be judged, before a package is archived.
const judgeGrace = 60

// factsOf is what the clock of a package must know of its patients: how many
// were treated with proof, how many promises can still be judged, how many
// places the standing commitment has left, and whether two patients missed the
// same promise without an answer.
func factsOf(q *db.Tx, p Package) (treated, toJudge, placesLeft int, notDelivered bool, err error) {
	n, err := countPromises(q, p.ID, DayAfter(q.Now.UTC(), 0), judgeGrace)
	if err != nil {
		return 0, 0, 0, false, err
	}
	missed, err := missedOf(q, p.ID)
	return n.Treated, n.ToJudge, n.Places - n.Taken, len(missed) > 0, err
}

// missedOf are the items of a package on which Suspends says that no new
// patients are taken, by commitment: what has to be answered first.
func missedOf(q *db.Tx, packageID int64) (missed []missedItem, err error) {
	rows, err := listMissed(q, packageID)
	if err != nil {
		return nil, err
	}
	under := map[int64][]Delivery{}
	for _, r := range rows {
		under[r.CommitmentID] = append(under[r.CommitmentID], r.delivery())
	}
	for commitment, all := range under {
		for {
			key, ok := Suspends(all)
			if !ok {
				break
			}
			i := slices.IndexFunc(all, func(d Delivery) bool { return d.Item.Key == key })
			missed = append(missed, missedItem{CommitmentID: commitment, Item: all[i].Item})
			all = slices.DeleteFunc(all, func(d Delivery) bool { return d.Item.Key == key })
		}
	}
	slices.SortFunc(missed, func(a, b missedItem) int {
		return cmp.Or(cmp.Compare(a.CommitmentID, b.CommitmentID), cmp.Compare(a.Item.Key, b.Item.Key))
	})
	return missed, nil
}

// missedItem is a promise that must be answered before new patients come.
type missedItem struct {
	CommitmentID int64
	Item         Item
}
