package main

import (
	"crypto/sha256"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// freeze records the outcome of a round in which four people voted on the package
// and two of them on a wish, after change.
func (h *house) freeze(id, what string, round, version int, change func(*leaf.Tallied)) {
	h.t.Helper()
	votes := []leaf.Vote{}
	for i := range 4 {
		votes = append(votes, leaf.Vote{Salt: leaf.NewSalt(), Subject: "package", Stratum: leaf.Everybody, Choice: i%2 - 1})
	}
	for range 2 {
		votes = append(votes, leaf.Vote{Salt: leaf.NewSalt(), Subject: "amendment", Ref: "7", Stratum: leaf.Everybody, Choice: 1})
	}
	list := []any{}
	for _, v := range votes {
		list = append(list, v.Body())
	}
	root, err := leaf.VotesRoot(votes)
	if err != nil {
		h.t.Fatal(err)
	}
	t := leaf.Tallied{ID: id, Package: "smile", Version: version, Round: round, Subject: what, Closed: true, Participants: 4, Root: root, Day: h.clock.Now(), Subjects: []leaf.Frozen{
		{Subject: "amendment", Ref: "7", Votes: 2, Strata: map[string]leaf.Counts{leaf.Everybody: {Want: 2}}},
		{Subject: "item_need", Ref: "stay.hotel_nights", Votes: 3, Voided: 1},
		{Subject: "package", Votes: 4, Strata: map[string]leaf.Counts{leaf.Everybody: {Pass: 2, Against: 2}}},
	}}
	if change != nil {
		change(&t)
	}
	h.act(func(tx *db.Tx) error {
		if t.Commit, err = translog.Open(tx, leaf.Tally, t.ID, 1, map[string]any{"votes": list}); err != nil {
			return err
		}
		e := t.Entry()
		return translog.Add(tx, e.Kind, e.Body)
	})
	h.round()
}

func TestFrozenVotesAddUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.freeze("t1", "end_round", 1, 1, nil)
	h.freeze("t2", "end_final", 1, 2, nil)
	h.freeze("t3", "end_round", 2, 2, nil)
	h.wants("as they were counted", h.verify(), exitOK, "3 vote.tally")
	// A database was lost with the last outcome in it: its votes are counted again.
	h.act(func(tx *db.Tx) error {
		if err := translog.Erase(tx, leaf.Tally, "t3"); err != nil {
			return err
		}
		e := leaf.Gone(leaf.Tally, "t3", 0, tx.Now)
		return translog.Add(tx, e.Kind, e.Body)
	})
	h.freeze("t4", "end_round", 2, 2, nil)
	h.wants("counted again", h.verify(), exitOK, "4 vote.tally")
	for name, c := range map[string]struct {
		what           string
		round, version int
		change         func(*leaf.Tallied)
		says           string
	}{
		"a total is changed": {"end_round", 3, 2, func(t *leaf.Tallied) { t.Subjects[0].Strata[leaf.Everybody] = leaf.Counts{Against: 2} }, "0 want of all on amendment 7; the votes say 2"},
		"a vote is added": {"end_round", 3, 2, func(t *leaf.Tallied) {
			t.Subjects[0].Votes, t.Subjects[0].Strata[leaf.Everybody] = 3, leaf.Counts{Want: 3}
		}, "3 want of all on amendment 7"},
		"strata and sum":    {"end_round", 3, 2, func(t *leaf.Tallied) { t.Subjects[2].Votes = 3 }, "4 votes of 3 people on package"},
		"a subject is gone": {"end_round", 3, 2, func(t *leaf.Tallied) { t.Subjects = t.Subjects[1:] }, "leaves out something"},
		"too few people":    {"end_round", 3, 2, func(t *leaf.Tallied) { t.Participants = 3 }, "3 people took part"},
		"too many people":   {"end_round", 3, 2, func(t *leaf.Tallied) { t.Participants = 30 }, "30 people took part"},
		"counted twice":     {"end_round", 2, 2, nil, "closed before"},
		"an earlier round":  {"end_final", 1, 2, nil, "after those of round 2"},
		"an older version":  {"end_final", 2, 1, nil, "after those of round 2 and version 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.freeze("t1", "end_round", 1, 1, nil)
			h.freeze("t2", "end_round", 2, 2, nil)
			h.freeze("t3", c.what, c.round, c.version, c.change)
			h.wants(name, h.verify(), exitArithmetic, c.says)
		})
	}
}

func TestAVersionThatWentWithADatabaseIsMadeOnceMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	offer := func(n int) {
		h.record(leaf.Offered{Package: "smile", Title: "Smile", Version: n, Parent: n - 1, Content: `{}`, SHA256: sha256.Sum256([]byte(`{}`)), Reason: "published", Day: h.clock.Now()}.Entry())
	}
	offer(1)
	offer(2)
	h.record(leaf.Gone(leaf.Package, "smile", 2, h.clock.Now()))
	offer(2)
	h.round()
	h.wants("after it was said to be lost", h.verify(), exitOK, "3 pkg.version")
	offer(2)
	h.round()
	h.wants("without a word", h.verify(), exitMissing, "version 2 after version 2")
}
