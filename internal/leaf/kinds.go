package leaf

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kinds of entries.
const (
	ExpPublish = "exp.publish" // an experience appeared
	ExpEdit    = "exp.edit"    // another wording, another level, or a covered passage
	ExpErase   = "exp.erase"   // it was taken away, for good

	ModDecision = "mod.decision"

	ReplyPublish = "reply.publish" // a clinic's answer
	ReplyEdit    = "reply.edit"
	ReplyErase   = "reply.erase" // with what it answered

	PkgVersion    = "pkg.version"
	PkgCommitment = "pkg.commitment"
	VoteTally     = "vote.tally"

	VoucherBatch  = "voucher.batch" // codes that a clinic made
	StatsDaily    = "stats.daily"   // a clinic's figures, where they changed
	PolicyVersion = "policy.version"

	Lost = "log.lost" // what a commitment is opened with went with a database and could not be brought back
)

// Daily are the kinds that wait for the shuffled batch of their day: the moment
// and the order in which people write would say who wrote. That something was
// taken away is no secret: a note stands in its place at once.
var Daily = []string{ExpPublish, ExpEdit}

// Kinds of things with openings, and of what a moderator decides on.
const (
	Experience = "experience"
	Reply      = "answer"
	Feedback   = "feedback" // public comment from elsewhere that a clinic answers
	Decision   = "decision"
	Tally      = "tally"
	Package    = "package"
)

// check says what is wrong with a value, nil if nothing.
type check func(v any) error

// field is one key of an entry. Optional ones are left out, never empty.
type field struct {
	check    check
	optional bool
}

func must(c check) field { return field{check: c} }
func may(c check) field  { return field{check: c, optional: true} }

// kinds is the whole list of what may stand in the clear. There is no field for
// an account, a person, an author or a moment: what is not here is refused.
var kinds = map[string]map[string]field{
	ExpPublish: {"exp": must(isUUID), "version": must(isVersion), "clinic": must(isSlug), "level": must(upTo(4)), "counted": must(isBool), "quarter": must(isPeriod), "commit": must(isHash)},
	ExpEdit:    {"exp": must(isUUID), "version": must(isVersion), "clinic": must(isSlug), "level": must(upTo(4)), "counted": must(isBool), "quarter": must(isPeriod), "commit": must(isHash)},
	ExpErase:   {"exp": must(isUUID), "clinic": must(isSlug), "reason": must(oneOf("author", "clinic", "court", "platform")), "day": must(isDay)},

	ModDecision: {"decision": must(isRef), "kind_of": must(isWord), "ref": must(isRef), "version": may(isVersion), "action": must(oneOf("hide", "show", "refuse", "keep", "mask", "uphold", "overturn")),
		"rule": may(isWord), "commit": may(isHash), "clinic": may(isSlug), "settles": may(isRef), "moderators": must(listOf(isPseudonym, 1, 2)), "day": must(isDay)},

	ReplyPublish: {"reply": must(isRef), "about": must(oneOf(Experience, Feedback)), "ref": must(isRef), "version": must(isVersion), "clinic": must(isSlug), "commit": must(isHash)},
	ReplyEdit:    {"reply": must(isRef), "about": must(oneOf(Experience, Feedback)), "ref": must(isRef), "version": must(isVersion), "clinic": must(isSlug), "commit": must(isHash)},
	ReplyErase:   {"reply": must(isRef), "clinic": must(isSlug), "reason": must(oneOf("author", "clinic", "court", "platform")), "day": must(isDay)},

	PkgVersion: {"package": must(isSlug), "version": must(isVersion), "title": must(isText), "content": may(isText), "sha256": must(isHash), "provider": may(isSlug), "parent": may(isVersion), "reason": must(isText), "day": must(isDay)},
	PkgCommitment: {"package": must(isSlug), "version": must(isVersion), "clinic": must(isSlug), "sha256": must(isHash), "state": must(oneOf("active", "raised", "suspended", "ended", "breached", "withdrawn")),
		"capacity": must(isCount), "valid_until": must(isDay), "price_locked_until": must(isDay), "signer": must(isText), "signer_title": must(isText), "day": must(isDay)},
	VoteTally: {"tally": must(isRef), "package": must(isSlug), "version": must(isVersion), "round": must(isCount), "subject": must(isWord), "subject_ref": may(isRef), "closed": must(isBool), "participants": must(isCount),
		"root": must(isHash), "commit": may(isHash), "strata": may(isStrata), "subjects": may(listOf(isFrozen, 0, MaxFrozen)), "day": must(isDay)},

	VoucherBatch:  {"batch": must(isRef), "clinic": must(isSlug), "quarter": must(isPeriod), "codes": must(isCount), "root": must(isHash), "signature": may(isSignature), "day": must(isDay)},
	StatsDaily:    {"clinic": must(isSlug), "shown": must(isCount), "counted": must(isCount), "goal_median_x10": may(upTo(100)), "day": must(isDay)},
	Lost:          {"kind_of": must(isWord), "ref": must(isRef), "version": may(isVersion), "day": must(isDay)},
	PolicyVersion: {"policy": must(isWord), "lang": must(isWord), "text": may(isText), "sha256": must(isHash), "day": must(isDay)},
}

// Known reports whether a kind is one of this version's.
func Known(kind string) bool { return kinds[kind] != nil }

// IsDaily reports whether a kind waits for the batch of its day.
func IsDaily(kind string) bool { return slices.Contains(Daily, kind) }

// Check says what keeps body from being an entry of kind.
func Check(kind string, body map[string]any) error {
	fields, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("leaf: %q is no kind of entry", kind)
	}
	for k := range maps.Keys(body) {
		if _, ok := fields[k]; !ok {
			return fmt.Errorf("leaf: %s has no place for %q", kind, k)
		}
	}
	if kind == ModDecision {
		if err := checkDecision(body); err != nil {
			return err
		}
	}
	for k, f := range fields {
		v, there := body[k]
		if !there && f.optional {
			continue
		}
		if !there {
			return fmt.Errorf("leaf: %s needs %q", kind, k)
		}
		if err := f.check(v); err != nil {
			return fmt.Errorf("leaf: %s, %s: %w", kind, k, err)
		}
	}
	return nil
}

// checkDecision asks what takes something for its rule.
func checkDecision(body map[string]any) error {
	action, _ := body["action"].(string)
	rule, _ := body["rule"].(string)
	commit, _ := body["commit"].(string)
	if (action == "hide" || action == "refuse" || action == "mask") && (rule == "" || commit == "") {
		return fmt.Errorf("leaf: a decision to %s needs a rule and a statement of reasons", action)
	}
	return nil
}

func matches(what, pattern string) check {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(v any) error {
		if s, ok := v.(string); !ok || !re.MatchString(s) {
			return fmt.Errorf("%v is no %s", v, what)
		}
		return nil
	}
}

var (
	isUUID      = matches("random id", `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	isSlug      = matches("address of a clinic or package", `[a-z0-9]+(?:-[a-z0-9]+)*`)
	isWord      = matches("word", `[a-z][a-z0-9_.]{0,59}`)
	isRef       = matches("id", `[a-z0-9][a-z0-9_-]{0,99}`)
	isPeriod    = matches("quarter or year", `[0-9]{4}(?:-Q[1-4])?`)
	isPseudonym = matches("pseudonym", `[0-9a-f]{16}`)
	isSignature = matches("signature", `[A-Za-z0-9_.-]{40,1000}`)
)

func isHash(v any) error {
	s, ok := v.(string)
	if b, err := hex.DecodeString(s); !ok || err != nil || len(b) != 32 || strings.ToLower(s) != s {
		return errors.New("no hash of 32 bytes in hex")
	}
	return nil
}

func isDay(v any) error {
	s, ok := v.(string)
	if _, err := time.Parse(time.DateOnly, s); !ok || err != nil {
		return fmt.Errorf("%v is no day", v)
	}
	return nil
}

func isBool(v any) error {
	if _, ok := v.(bool); !ok {
		return fmt.Errorf("%v is neither true nor false", v)
	}
	return nil
}

func isText(v any) error {
	if _, ok := v.(string); !ok {
		return fmt.Errorf("%v is no text", v)
	}
	return nil
}

func between(low, high int64) check {
	return func(v any) error {
		if n, ok := Number(v); !ok || n < low || n > high {
			return fmt.Errorf("%v is no whole number from %d to %d", v, low, high)
		}
		return nil
	}
}

var (
	isVersion = between(1, maxInt)
	isCount   = between(0, maxInt)
)

func upTo(n int64) check { return between(0, n) }

func oneOf(words ...string) check {
	return func(v any) error {
		if s, ok := v.(string); !ok || !slices.Contains(words, s) {
			return fmt.Errorf("%v is none of %s", v, strings.Join(words, ", "))
		}
		return nil
	}
}

func listOf(c check, low, high int) check {
	return func(v any) error {
		l, ok := v.([]any)
		if !ok || len(l) < low || len(l) > high {
			return fmt.Errorf("no list of %d to %d", low, high)
		}
		for _, x := range l {
			if err := c(x); err != nil {
				return err
			}
		}
		return nil
	}
}

// isStrata are counts by stratum of voters.
func isStrata(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return errors.New("no object")
	}
	for k, x := range m {
		counts, ok := x.(map[string]any)
		if !ok || isWord(k) != nil {
			return errors.New("no counts by stratum")
		}
		for what, n := range counts {
			if isWord(what) != nil || isCount(n) != nil {
				return errors.New("no counts by stratum")
			}
		}
	}
	return nil
}

// isFrozen is how the votes on one thing add up.
func isFrozen(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return errors.New("no object")
	}
	for k, x := range m {
		f, known := frozenFields[k]
		if !known {
			return fmt.Errorf("no place for %q", k)
		}
		if err := f.check(x); err != nil {
			return err
		}
	}
	for k, f := range frozenFields {
		if _, there := m[k]; !there && !f.optional {
			return fmt.Errorf("it needs %q", k)
		}
	}
	return nil
}

var frozenFields = map[string]field{"subject": must(isWord), "ref": may(matches("id or key", `[a-z0-9][a-z0-9_.-]{0,99}`)), "votes": must(isCount), "voided": may(isCount), "strata": may(isStrata)}

// Number is v as a whole number, whichever Go type it came in.
func Number(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// abouts are which thing an entry of a kind is about, and the key of its id.
var abouts = map[string][2]string{
	ExpPublish: {Experience, "exp"}, ExpEdit: {Experience, "exp"}, ExpErase: {Experience, "exp"},
	ReplyPublish: {Reply, "reply"}, ReplyEdit: {Reply, "reply"}, ReplyErase: {Reply, "reply"},
	PkgVersion: {Package, "package"}, PkgCommitment: {Package, "package"}, VoteTally: {Package, "package"},
	VoucherBatch: {"batch", "batch"}, StatsDaily: {"clinic", "clinic"}, PolicyVersion: {"policy", "policy"},
}

// About is the thing that an entry is about: its kind and public id.
func (e Entry) About() (kind, ref string) {
	if e.Kind == ModDecision || e.Kind == Lost {
		return e.Text("kind_of"), e.Text("ref")
	}
	a := abouts[e.Kind]
	return a[0], e.Text(a[1])
}

// Text is the value of a key that holds a text, else "".
func (e Entry) Text(key string) string {
	s, _ := e.Body[key].(string)
	return s
}

// Int is the value of a key that holds a number, else 0.
func (e Entry) Int(key string) int64 {
	n, _ := Number(e.Body[key])
	return n
}

// IsRemoval reports whether an entry took something out of sight, or away.
func (e Entry) IsRemoval() bool {
	switch e.Kind {
	case ExpErase, ReplyErase, Lost:
		return true
	case ModDecision:
		a := e.Text("action")
		return a == "hide" || a == "mask" || a == "refuse"
	}
	return false
}

// Opened is the thing whose opening an entry's commitment has: the kind, id and
// version under which it is asked for. Ok is false without a commitment.
func (e Entry) Opened() (kind, ref string, version int, ok bool) {
	if e.Text("commit") == "" {
		return "", "", 0, false
	}
	switch e.Kind {
	case ModDecision:
		return Decision, e.Text("decision"), 1, true
	case VoteTally:
		return Tally, e.Text("tally"), 1, true
	}
	kind, ref = e.About()
	return kind, ref, int(e.Int("version")), true
}

// Explains reports whether an entry can be why a version of a thing is not open:
// it was taken away as a whole (erased), it was taken out of sight (hidden), or
// something in that version was covered and a newer one shows the rest (erased).
// An answer goes with the experience that it answers.
func Explains(e Entry, kind, ref string, version int, state string) bool {
	k, r := e.About()
	if r != ref || k != kind && (k != Experience || kind != Reply) {
		return false
	}
	if k != kind && e.Kind == ModDecision {
		return state == "hidden" && e.Text("action") == "hide"
	}
	switch e.Kind {
	case ExpErase, ReplyErase:
		return true
	case Lost:
		return k == kind && state == "erased" && (e.Int("version") == 0 || e.Int("version") == int64(version))
	case ModDecision:
		switch e.Text("action") {
		case "hide", "refuse":
			return state == "hidden"
		case "mask":
			return state == "erased" && (e.Int("version") == 0 || e.Int("version") == int64(version))
		}
	}
	return false
}
