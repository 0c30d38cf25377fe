package experience

import (
	"slices"
	"strings"
)

// Class says who may ever see an answer.
type Class byte

// The classes. What is erased after a decision (evidence) is never asked here.
const (
	Public Class = 'P' // with the experience
	Sums   Class = 'R' // in sums of five and more, never alone
	Sealed Class = 'S' // by whoever checks a visit
)

// Input says how an answer is given and what it may be.
type Input uint8

// The inputs.
const (
	Pick      Input = iota // one of Values
	PickMany               // any of Values
	Scale                  // a whole number from Least to Most, by one press
	Number                 // a whole number from Least to Most
	Sentence               // one line of at most Most characters
	Prose                  // Markdown of Least to Most characters
	Money                  // an amount in a currency
	Day                    // an exact day
	Country                // ISO 3166-1 alpha-2
	Language               // ISO 639-1
	Clinic                 // slug of a listed clinic
	Treatment              // code of a procedure
	Period                 // a quarter
	Tick                   // yes, or nothing
)

// Place says where an answer is kept.
type Place uint8

// The places.
const (
	InColumn  Place = iota // of experiences
	InDetails              // experiences.details
	InSums                 // experience_restricted
	InSeal                 // experience_sealed
	InRows                 // rows of their own: procedures, lines, complications, consents
	InCheckIn              // columns of check_ins
)

// Two answers are possible to every question that is not a tick. Neither ever
// counts as good.
const (
	Unknown   = "unknown"
	RatherNot = "rather_not"
)

// Field is one question of the catalogue. Its words are experience.f_<name>,
// experience.h_<name> (a hint, if there is one) and, for each value,
// experience.v_<name>_<value> or else experience.v_<value>.
type Field struct {
	Name   string
	Class  Class
	Stage  string // start, or the check-in at which it is first asked
	Topic  string // the step, or the heading at a check-in
	Input  Input
	Place  Place
	Values []string // without unknown and rather_not
	Least  int
	Most   int
	Must   bool   // to be answered before sending; unknown is an answer
	Again  bool   // asked at every later check-in too: it can change
	Only   string // asked for procedures with this outcome only
	If     string // "other=value": asked when the other question was answered so
	Inside bool   // asked of its author when signed in only: the question itself would tell something
}

// Steps of telling, in their order. The last one asks nothing but consent.
var Steps = []string{"where", "you", "went", "money", "send"}

// Topics are the headings of check-ins, in their order.
var Topics = []string{"travel", "records", "decision", "paying", "care", "promised", "aftercare", "about", "result", "costs", "revision", "redress"}

// Start is the stage of telling.
const Start = "start"

var byName = func() map[string]Field {
	m := make(map[string]Field, len(Catalogue))
	for _, f := range Catalogue {
		m[f.Name] = f
	}
	return m
}()

// FieldNamed returns a question of the catalogue.
func FieldNamed(name string) (Field, bool) {
	f, ok := byName[name]
	return f, ok
}

// Allows reports whether v is one of the field's values, or says that nothing
// is known.
func (f Field) Allows(v string) bool {
	return slices.Contains(f.Values, v) || v == Unknown || v == RatherNot
}

// AskedAt returns what is asked at a stage: what begins there, what may have
// changed since, and what earlier stages asked in vain. Known are the answers
// so far: nothing that has one is asked twice. Outcome is that of the
// procedure; outside leaves out what only its author may see asked.
func AskedAt(stage, outcome string, known Answers, outside bool) (out []Field) {
	now := slices.Index(Moments, stage)
	for _, f := range Catalogue {
		first := slices.Index(Moments, f.Stage)
		switch {
		case f.Stage == Start || f.Place == InCheckIn || first > now:
			continue
		case outside && f.Inside, f.Only != "" && f.Only != outcome:
			continue
		case f.Again, len(known[f.Name]) == 0 && (!outside || first == now):
			out = append(out, f)
		}
	}
	return out
}

// asks reports whether f is to be answered at all beside the other answers.
func (f Field) asks(a Answers) bool {
	if f.If == "" {
		return true
	}
	name, value, _ := strings.Cut(f.If, "=")
	return a.One(name) == value
}

// Completeness counts how many of the questions that are due by a stage have an
// answer. To say that one does not know, or rather not, is none.
func Completeness(stage, outcome string, a Answers) (answered, asked int16) {
	now := slices.Index(Moments, stage)
	for _, f := range Catalogue {
		first := slices.Index(Moments, f.Stage)
		if f.Input == Tick || f.Class != Public || f.Place == InCheckIn || first > now || !f.asks(a) || f.Only != "" && f.Only != outcome || f.Stage == Start && !f.Must {
			continue
		}
		asked++
		if tells(a[f.Name]) {
			answered++
		}
	}
	return answered, asked
}

func tells(v []string) bool {
	return len(v) > 0 && v[0] != "" && v[0] != Unknown && v[0] != RatherNot
}
