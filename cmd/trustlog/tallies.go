package main

import (
	"encoding/hex"
	"fmt"

	"caravan/internal/leaf"
)

// counted is where the counting of a package's votes stands.
type counted struct {
	round, version int64
	final          bool // the final vote of that round was counted
}

// part is how votes on one subject add up, as an entry says it.
type part struct {
	key            string // of the votes of the opening that belong to it
	votes          int64
	strata         map[string]any
	there, without bool // strata are given; only the number of votes is for everybody
}

// parts are what an entry counts: one subject, or all that were frozen together.
func parts(e leaf.Entry) (all []part, together bool) {
	list, together := e.Body["subjects"].([]any)
	if !together {
		p := part{votes: e.Int("participants")}
		p.strata, p.there = e.Body["strata"].(map[string]any)
		return []part{p}, false
	}
	for _, x := range list {
		m, _ := x.(map[string]any)
		subject, _ := m["subject"].(string)
		ref, _ := m["ref"].(string)
		p := part{key: subject + " " + ref}
		p.votes, _ = leaf.Number(m["votes"])
		p.strata, p.there = m["strata"].(map[string]any)
		p.without = !p.there
		all = append(all, p)
	}
	return all, true
}

// sum adds all counts of a part up.
func (p part) sum() (n int64) {
	for _, s := range p.strata {
		counts, _ := s.(map[string]any)
		for _, x := range counts {
			c, _ := leaf.Number(x)
			n += c
		}
	}
	return n
}

// tally takes the outcome of a vote in.
func (a *audit) tally(at int64, e leaf.Entry) {
	name := e.Text("package")
	if closed, _ := e.Body["closed"].(bool); !closed {
		_, told := e.Body["strata"]
		_, told2 := e.Body["subjects"]
		if told || told2 || e.Int("participants")%5 != 0 {
			a.fault(exitArithmetic, "package %s: entry %d tells more of an open vote than it may", name, at)
		}
		return
	}
	all, together := parts(e)
	most, sum := int64(0), int64(0)
	for _, p := range all {
		once := fmt.Sprintf("%s %d %s %s %s", versionOf(e), e.Int("round"), e.Text("subject"), e.Text("subject_ref"), p.key)
		if a.closed[once] {
			a.fault(exitArithmetic, "package %s: entry %d counts a vote that was closed before", name, at)
		}
		a.closed[once] = true
		a.outcomes[e.Text("tally")] = append(a.outcomes[e.Text("tally")], once)
		if n := p.sum(); !p.without && (!p.there || n != p.votes) {
			a.fault(exitArithmetic, "package %s: entry %d counts %d votes of %d people%s", name, at, n, p.votes, on(p.key))
		}
		most, sum = max(most, p.votes), sum+p.votes
	}
	if n := e.Int("participants"); together && (n < most || n > sum) {
		a.fault(exitArithmetic, "package %s: entry %d says %d people took part, who gave %d votes, up to %d of them on one thing", name, at, n, sum, most)
	}
	a.follows(at, e)
}

// on names a part of an entry, if it has several.
func on(key string) string {
	if key == "" {
		return ""
	}
	return " on " + key
}

// follows checks that votes were counted in the order in which a package goes on:
// rounds and versions never go back, and a final vote is the last of its round.
func (a *audit) follows(at int64, e leaf.Entry) {
	name, now := e.Text("package"), counted{e.Int("round"), e.Int("version"), e.Text("subject") == finalVote}
	was := a.rounds[name]
	if now.round < was.round || now.version < was.version || was.final && now.round == was.round && !now.final {
		a.fault(exitArithmetic, "package %s: entry %d counts votes of round %d and version %d, after those of round %d and version %d were counted", name, at, now.round, now.version, was.round, was.version)
	}
	a.rounds[name] = now
}

// finalVote is what entries say that close the last vote on a package.
const finalVote = "end_final"

// recount forgets an outcome that went with a database: it is counted again.
func (a *audit) recount(tally string) {
	for _, once := range a.outcomes[tally] {
		delete(a.closed, once)
	}
	for _, e := range a.entries {
		if e.Kind == leaf.VoteTally && e.Text("tally") == tally {
			delete(a.rounds, e.Text("package"))
		}
	}
}

// votes compares the outcome of a vote with the votes themselves, which nobody's
// name stands at.
func (a *audit) votes(at int64, e leaf.Entry, o *opening) {
	name := e.Text("package")
	votes, err := leaf.ReadVotes(o.words)
	if err != nil {
		a.fault(exitArithmetic, "package %s: the votes of entry %d: %v", name, at, err)
		return
	}
	root, err := leaf.VotesRoot(votes)
	if err != nil || hex.EncodeToString(root[:]) != e.Text("root") {
		a.fault(exitArithmetic, "package %s: the votes of entry %d are not those that it counted", name, at)
	}
	all, together := parts(e)
	cast := map[string]map[string]map[int]int64{}
	for _, v := range votes {
		key := ""
		if together {
			key = v.Subject + " " + v.Ref
		}
		if cast[key] == nil {
			cast[key] = map[string]map[int]int64{}
		}
		if cast[key][v.Stratum] == nil {
			cast[key][v.Stratum] = map[int]int64{}
		}
		cast[key][v.Stratum][v.Choice]++
	}
	for _, p := range all {
		a.compareVotes(at, name, p, cast[p.key])
		delete(cast, p.key)
	}
	if len(cast) > 0 {
		a.fault(exitArithmetic, "package %s: entry %d leaves out something that was voted on", name, at)
	}
}

// compareVotes compares what an entry says of one subject with the votes on it.
func (a *audit) compareVotes(at int64, name string, p part, cast map[string]map[int]int64) {
	for s, x := range p.strata {
		m, _ := x.(map[string]any)
		for choice, word := range map[int]string{1: "want", 0: "pass", -1: "against"} {
			if n, _ := leaf.Number(m[word]); n != cast[s][choice] {
				a.fault(exitArithmetic, "package %s: entry %d says %d %s of %s%s; the votes say %d", name, at, n, word, s, on(p.key), cast[s][choice])
			}
		}
		delete(cast, s)
	}
	if len(cast) > 0 {
		a.fault(exitArithmetic, "package %s: entry %d leaves out a stratum of voters%s", name, at, on(p.key))
	}
}
