package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"

	"caravan/internal/leaf"
)

// shownFaults is how many faults are told one by one.
const shownFaults = 50

// thing names something that entries are about.
type thing struct{ kind, ref string }

// fault is something that is not as it must be.
type fault struct {
	code int
	text string
}

// audit is what the entries of a log say together.
type audit struct {
	entries  []leaf.Entry
	openings map[int64]*opening
	faults   []fault
	waits    bool

	versions  map[thing]int64     // newest version of each thing with versions
	hidden    map[thing]bool      // by the decisions up to here
	erased    map[thing]bool      // up to here
	lost      map[thing]bool      // with a database, and not told again up to here
	decisions map[string]int64    // id → place
	policies  map[string]bool     // names of texts that were recorded
	packages  map[string]string   // "slug 3" → hash of its content
	clinics   map[string]*figures // what is shown of each clinic, up to here
	told      map[string]*tale    // experiences
	treated   map[string][]string // the same by clinic
	kinds     map[string]int      // how many entries
	closed    map[string]bool     // votes that were counted
	outcomes  map[string][]string // the same by tally
	rounds    map[string]counted  // of packages, up to here
	unknown   map[string]int      // kinds that are newer than this program
}

// audit reads what is hidden and asks of every entry what it must be true to.
func (v *verifying) audit(ctx context.Context, t *tree) (*audit, error) {
	a := &audit{versions: map[thing]int64{}, hidden: map[thing]bool{}, erased: map[thing]bool{}, lost: map[thing]bool{}, decisions: map[string]int64{}, policies: map[string]bool{},
		packages: map[string]string{}, clinics: map[string]*figures{}, told: map[string]*tale{}, treated: map[string][]string{}, kinds: map[string]int{}, closed: map[string]bool{}, outcomes: map[string][]string{}, rounds: map[string]counted{}, unknown: map[string]int{}}
	for i, b := range t.bodies {
		e, err := leaf.ReadEntry(b)
		if err != nil {
			return nil, fail(exitMissing, "entry %d: %w", i, err)
		}
		a.entries = append(a.entries, e)
	}
	var err error
	if a.openings, err = v.openings(ctx, int64(len(a.entries))); err != nil {
		return nil, err
	}
	for i := range a.entries {
		a.entry(int64(i), a.entries[i])
	}
	// Only now is it known what was taken away in the end.
	for i, e := range a.entries {
		a.opened(int64(i), e)
	}
	a.count()
	return a, v.compareSite(ctx, a)
}

func (a *audit) fault(code int, format string, args ...any) {
	a.faults = append(a.faults, fault{code, fmt.Sprintf(format, args...)})
}

// failure tells the faults. What is missing weighs more than what does not add up.
func (a *audit) failure(w io.Writer) error {
	code := exitArithmetic
	for i, f := range a.faults {
		if f.code == exitMissing {
			code = exitMissing
		}
		if i < shownFaults {
			fmt.Fprintln(w, f.text)
		}
	}
	f := failure{code, fmt.Errorf("%d faults", len(a.faults))}
	if a.waits {
		return pending{f}
	}
	return f
}

// entry takes one entry in, in the order of the log.
func (a *audit) entry(at int64, e leaf.Entry) {
	a.kinds[e.Kind]++
	if !leaf.Known(e.Kind) {
		a.unknown[e.Kind]++
		return
	}
	if err := leaf.Check(e.Kind, e.Body); err != nil {
		a.fault(exitMissing, "entry %d: %v", at, err)
		return
	}
	kind, ref := e.About()
	what := thing{kind, ref}
	switch e.Kind {
	case leaf.ExpPublish, leaf.ExpEdit:
		a.version(at, what, e)
		a.tell(e, at)
		delete(a.lost, what)
	case leaf.ReplyPublish, leaf.ReplyEdit:
		a.version(at, what, e)
	case leaf.ExpErase, leaf.ReplyErase:
		a.erased[what] = true
	case leaf.Lost:
		a.gone(what, e)
	case leaf.ModDecision:
		a.decision(at, what, e)
	case leaf.PkgVersion:
		a.version(at, what, e)
		a.offer(at, e)
	case leaf.PkgCommitment:
		if a.packages[versionOf(e)] != e.Text("sha256") {
			a.fault(exitMissing, "package %s: entry %d binds a clinic to version %d, which was not recorded as it is", ref, at, e.Int("version"))
		}
	case leaf.VoteTally:
		a.tally(at, e)
	case leaf.StatsDaily:
		a.figuresOf(at, e)
	case leaf.PolicyVersion:
		a.policy(at, e)
	}
}

// gone takes in what was lost with a database. Votes are counted again, and the
// version of a package that went is made once more.
func (a *audit) gone(what thing, e leaf.Entry) {
	n := e.Int("version")
	switch {
	case what.kind == leaf.Tally:
		a.recount(what.ref)
	case what.kind == leaf.Package && n > 0:
		a.versions[what] = min(a.versions[what], n-1)
	}
	a.lost[what] = n == 0 || a.lost[what]
}

// version checks that the versions of a thing are 1, 2, 3 …
func (a *audit) version(at int64, what thing, e leaf.Entry) {
	if n := e.Int("version"); n != a.versions[what]+1 && !a.later(at, what, n) {
		a.fault(exitMissing, "%s %s: entry %d is version %d after version %d", what.kind, what.ref, at, n, a.versions[what])
	}
	a.versions[what] = max(a.versions[what], e.Int("version"))
}

// later reports whether the missing versions before n come further on: within
// the batch of a day the order is a lot.
func (a *audit) later(at int64, what thing, n int64) bool {
	if what.kind != leaf.Experience {
		return false
	}
	found := map[int64]bool{}
	for i, e := range a.entries {
		if kind, ref := e.About(); kind == what.kind && ref == what.ref && (e.Kind == leaf.ExpPublish || e.Kind == leaf.ExpEdit) {
			if found[e.Int("version")] && int64(i) == at {
				return false // twice
			}
			found[e.Int("version")] = true
		}
	}
	for v := int64(1); v < n; v++ {
		if !found[v] {
			return false
		}
	}
	return true
}

// decision takes a moderator's decision in.
func (a *audit) decision(at int64, what thing, e leaf.Entry) {
	id := e.Text("decision")
	if _, twice := a.decisions[id]; twice {
		a.fault(exitMissing, "decision %s is recorded twice", id)
	}
	a.decisions[id] = at
	if !a.policies["rules"] {
		a.fault(exitMissing, "decision %s: no rules were recorded before it", id)
	}
	switch action := e.Text("action"); action {
	case "hide":
		a.hidden[what] = true
	case "show":
		a.hidden[what] = false
	case "uphold", "overturn":
		before, ok := a.decisions[e.Text("settles")]
		if !ok {
			a.fault(exitMissing, "decision %s settles an appeal against one that was not recorded", id)
			return
		}
		first := a.entries[before]
		if k, r := first.About(); k != what.kind || r != what.ref {
			a.fault(exitMissing, "decision %s settles an appeal against one about something else", id)
		}
		for _, m := range moderators(e) {
			if slices.Contains(moderators(first), m) {
				a.fault(exitMissing, "decision %s: a moderator judged their own decision %s", id, e.Text("settles"))
			}
		}
		if action == "overturn" && first.Text("action") == "hide" {
			a.hidden[what] = false
		}
	}
}

func moderators(e leaf.Entry) (all []string) {
	list, _ := e.Body["moderators"].([]any)
	for _, m := range list {
		if s, ok := m.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func versionOf(e leaf.Entry) string { return fmt.Sprintf("%s %d", e.Text("package"), e.Int("version")) }

// offer takes a version of a package in.
func (a *audit) offer(at int64, e leaf.Entry) {
	if parent := e.Int("parent"); parent != e.Int("version")-1 {
		a.fault(exitMissing, "package %s: version %d (entry %d) does not follow the one before", e.Text("package"), e.Int("version"), at)
	}
	a.packages[versionOf(e)] = e.Text("sha256")
	if content, there := e.Body["content"].(string); there {
		if sum := sha256.Sum256([]byte(content)); hex.EncodeToString(sum[:]) != e.Text("sha256") {
			a.fault(exitMissing, "package %s: version %d (entry %d) has another hash than its content", e.Text("package"), e.Int("version"), at)
		}
	}
}

// policy takes a text in that rules what is done.
func (a *audit) policy(at int64, e leaf.Entry) {
	a.policies[e.Text("policy")] = true
	if text, there := e.Body["text"].(string); there {
		if sum := sha256.Sum256([]byte(text)); hex.EncodeToString(sum[:]) != e.Text("sha256") {
			a.fault(exitMissing, "policy %s: entry %d has another hash than its text", e.Text("policy"), at)
		}
	}
}

// summary says what was checked.
func (a *audit) summary() string {
	open := 0
	for _, o := range a.openings {
		if o.State == "open" {
			open++
		}
	}
	s := fmt.Sprintf("%d commitments, %d of them open", len(a.openings), open)
	for _, k := range slices.Sorted(maps.Keys(a.kinds)) {
		s += fmt.Sprintf(", %d %s", a.kinds[k], k)
	}
	if len(a.unknown) > 0 {
		s += "; this program is older than some kinds and did not look into them"
	}
	return s
}
