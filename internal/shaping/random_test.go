package shaping

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// TestRandomLivesKeepTheirPromises lets people wish, vote, answer and wait in an
// order drawn by lot, and holds every round against what must always be true of
// versions and wishes.
func TestRandomLivesKeepTheirPromises(t *testing.T) {
	t.Parallel()
	for n := range times(2, 40) {
		r := rand.New(rand.NewPCG(uint64(n), 7))
		b := newBazaar(t, 10)
		p := b.published()
		for range MaxRounds + 1 {
			if p.State != Shaping {
				break
			}
			b.wander(r, p)
			p = b.until(p.Slug)
			b.reply(r, p)
			p = b.until(p.Slug)
			b.holds(t, fmt.Sprintf("life %d, round %d", n, p.Round), p)
		}
	}
}

// wander makes wishes and votes by lot.
func (b *bazaar) wander(r *rand.Rand, p Package) {
	b.t.Helper()
	var made []int64
	for _, a := range b.patients {
		key := []string{"x.nurse_calls", "x.guarantee", "x.lounge", PriceKey}[r.IntN(4)]
		w := Wished{Op: Set, Key: key, Value: b.says(p).Value(key), Reason: becauseSo, Tie: noTie}
		switch r.IntN(6) {
		case 0:
			w = Wished{Op: Add, Key: fmt.Sprintf("x.extra_%d", r.IntN(3)), Value: Value{Kind: Count, Number: r.Int64N(3)}, Reason: becauseSo, Tie: noTie}
			w.NewItem = &Item{Key: w.Key, Kind: Count, Direction: HigherBetter, Class: Aftercare, Votable: true, Verify: At30Days, Name: "Something more"}
		case 1:
			w.Op, w.Value = Remove, Value{}
		default:
			w.Value.Number += r.Int64N(5) - 2
		}
		id, _, err := b.Amend(b.t.Context(), a, p.Slug, w, db.Key{})
		switch errs.Of(err).Kind {
		case errs.Internal:
			if err != nil {
				b.t.Fatal(err)
			}
			made = append(made, id)
		}
	}
	for _, a := range b.patients {
		for _, id := range made {
			_, err := b.Vote(b.t.Context(), a, Ballot{PackageID: p.ID, Subject: OnAmendment, SubjectID: id, Choice: int16(r.IntN(3) - 1), Tie: noTie})
			if err != nil && errs.Of(err).Kind == errs.Internal {
				b.t.Fatal(err)
			}
		}
	}
}

// reply answers by lot what waits.
func (b *bazaar) reply(r *rand.Rand, p Package) {
	b.t.Helper()
	all, err := wishes(b.d.Read(b.t.Context()), p.ID)
	b.must(err)
	for _, w := range all {
		if !w.State.Live() {
			continue
		}
		answer := Response{Answer: Answers[r.IntN(len(Answers))], Reason: "We talked about this for a long time with everybody here."}
		switch answer.Answer {
		case Counter:
			if answer.CounterValue = w.NewValue; !w.NewValue.Kind.numeric() {
				continue
			}
			answer.CounterValue.Number++
			answer.ReasonCode = Cost
		case Accept:
			delta := r.Int64N(100_00)
			answer.PriceDeltaMinor = &delta
		case ClinicalAnswer:
			answer.SignedBy, answer.ReasonCode = "Dr. Kerem Aydin, 12345", MedicalSafety
		default:
			if answer.ReasonCode = implied[answer.Answer]; answer.ReasonCode == "" {
				answer.ReasonCode = Cost
			}
		}
		err := b.Respond(b.t.Context(), b.desk, w.ID, answer, db.Key{})
		if err != nil && errs.Of(err).Kind == errs.Internal {
			b.t.Fatal(err)
		}
		if err == nil && answer.Answer == Counter {
			for _, a := range b.patients {
				_, err := b.Vote(b.t.Context(), a, Ballot{PackageID: p.ID, Subject: OnCounter, SubjectID: w.ID, Choice: 1, Tie: noTie})
				if err != nil && errs.Of(err).Kind == errs.Internal {
					b.t.Fatal(err)
				}
			}
		}
	}
}

// holds checks what must be true after every round.
func (b *bazaar) holds(t *testing.T, what string, p Package) {
	t.Helper()
	q := b.d.Read(t.Context())
	all, err := versions(q, p.ID)
	b.must(err)
	says, err := contents(q, p.ID)
	b.must(err)
	some, err := wishes(q, p.ID)
	b.must(err)
	state := map[int64]AmendmentState{}
	merged := map[int64]bool{}
	for _, w := range some {
		if state[w.ID] = w.State; w.State == Merged {
			merged[w.ID] = true
		}
		if w.State.Granted() || w.State == Answered || w.State.Live() && (w.BaseVersionID != *p.NewestVersionID || p.State != Shaping) {
			t.Errorf("%s: wish %d is left %s in %s", what, w.ID, w.State, p.State)
		}
	}
	for i, v := range all {
		if string(says[v.ID].Hash()) != string(v.ContentHash) {
			t.Errorf("%s: the hash of version %d does not recompute", what, v.Number)
		}
		if i == 0 {
			continue
		}
		changes := Diff(says[all[i-1].ID], says[v.ID])
		marked := 0
		for _, l := range says[v.ID] {
			if l.AmendmentID == 0 && l.Reason == "" {
				continue
			}
			if marked++; l.AmendmentID != 0 && !merged[l.AmendmentID] {
				t.Errorf("%s: %s is owed to wish %d, which is %s", what, l.Item.Key, l.AmendmentID, state[l.AmendmentID])
			}
			delete(merged, l.AmendmentID)
		}
		if marked != len(changes) {
			t.Errorf("%s: version %d changes %d items and names the reason of %d", what, v.Number, len(changes), marked)
		}
		for _, c := range changes {
			if (c.AmendmentID == 0) == (c.Reason == "") {
				t.Errorf("%s: %s changed by nobody or by two", what, c.Item.Key)
			}
		}
	}
	if len(merged) != 0 {
		t.Errorf("%s: merged and in no version: %v", what, merged)
	}
	before := b.read(p.Slug).Version
	b.must(b.Tick(t.Context()))
	if after := b.read(p.Slug).Version; after != before {
		t.Errorf("%s: ticking again took another step", what)
	}
	if wrong, err := b.Recount(t.Context()); err != nil || wrong != 0 {
		t.Errorf("%s: %d sums are wrong, %v", what, wrong, err)
	}
}
