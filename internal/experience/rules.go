package experience

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// How long a former colleague of a clinic may not tell about it.
const afterLeaving = 24 // months

// leastLetters is how many letters words need to say something: pictures and
// signs alone tell nobody anything.
const leastLetters = 25

var errNoDraft = errs.New(errs.NotFound, "experience.draft_missing")

// tie is a time in which somebody worked for an organisation.
type tie struct {
	OrganisationID int64
	ValidTo        *time.Time // nil: still does
}

// mayTell refuses people of a clinic to tell about it, and those who left it
// less than two years ago, with the day from which they may.
func mayTell(a access.Actor, organisationID int64, ties []tie, now time.Time) error {
	if _, works := a.WorksFor(organisationID); works {
		return errs.New(errs.Forbidden, "experience.own_clinic")
	}
	var until time.Time
	for _, t := range ties {
		if t.OrganisationID != organisationID {
			continue
		}
		if t.ValidTo == nil || t.ValidTo.After(now) {
			return errs.New(errs.Forbidden, "experience.own_clinic")
		}
		if free := t.ValidTo.AddDate(0, afterLeaving, 0); free.After(until) {
			until = free
		}
	}
	if until.After(now) {
		return errs.New(errs.Forbidden, "experience.former_clinic", "day", until.UTC().Format(time.DateOnly))
	}
	return nil
}

// canEdit says whether an author may change their words in a state.
func canEdit(state string) error {
	switch state {
	case Submitted, SentBack, Published:
		return nil
	case Restricted:
		return errs.New(errs.Gone, "experience.is_restricted")
	}
	return errs.New(errs.Gone, "experience.is_gone")
}

// quarters are those that can be told about: the present one and ten years
// before it, the newest first.
func quarters(now time.Time) (out []visit.Quarter) {
	for q := visit.Of(now); len(out) < 41; q = q.Previous() {
		out = append(out, q)
	}
	return out
}

// fewLetters reports a text without enough letters, shouting one that is
// written in capitals throughout.
func fewLetters(s string, least int) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n < least
}

func shouting(s string) bool {
	upper, lower := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper+lower >= leastLetters && lower*10 < upper
}

// seenMark ties a tick "leave it as it is" to the words that were ticked:
// other words are looked at anew.
func seenMark(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// checkLeaks is the one place where words are searched for what would give
// their writer or others away. Ticked lets warnings pass.
func checkLeaks(field, s string, c text.LeakContext, ticked bool) error {
	return text.CheckLeaks(field, s, c, ticked)
}

// covered are the places of a text that are masked when it is published,
// because their writer left them as they are.
func covered(field, s string, version int, c text.LeakContext) (out []Mask) {
	for _, l := range text.Leaks(s, c) {
		if l.Tier == text.Mask {
			out = append(out, Mask{Field: field, Version: version, FirstByte: l.Start, EndByte: l.End, Class: string(l.Class)})
		}
	}
	return out
}

// afterTwoYears is asked about for some procedures only.
const afterTwoYears = "m24"

// moment is one check-in in the calendar.
type moment struct {
	name                 string
	days, months, window int // after the procedure; how many days it stays open
}

var calendar = []moment{{"d7", 7, 0, 21}, {"m1", 0, 1, 30}, {"m3", 0, 3, 45}, {"m6", 0, 6, 60}, {"m12", 0, 12, 90}, {"m24", 0, 24, 120}}

// schedule says when to ask again about a treatment that ended on day: only
// what lies ahead, since today's story says what is known by today. After two
// years only some procedures are asked about.
func schedule(day, today time.Time, twoYears bool) (out []CheckIn) {
	for _, m := range calendar {
		due := day.AddDate(0, m.months, m.days)
		if m.name == afterTwoYears && !twoYears || !due.After(today) {
			continue
		}
		out = append(out, CheckIn{Moment: m.name, DueOn: due, ClosesOn: due.AddDate(0, 0, m.window), Status: Coming, WorthIt: Unknown, Complication: Unknown})
	}
	return out
}

// treatedOn is the day from which check-ins are counted: the exact one if it
// was told, else the last one of the quarter.
func treatedOn(quarter visit.Quarter, sealed Answers) time.Time {
	if d, err := time.Parse(time.DateOnly, sealed.One("procedure_day")); err == nil {
		return d
	}
	return quarter.End().AddDate(0, 0, -1)
}

// agrees reports whether a check-in contradicts neither clinic, procedure nor
// quarter of what was told: its author does not say so, and exact days, where
// they are told, lie in or beside the quarter.
func agrees(differs bool, quarter visit.Quarter, sealed Answers) bool {
	if differs {
		return false
	}
	for _, name := range []string{"arrival_day", "procedure_day", "discharge_day", "departure_day"} {
		d, err := time.Parse(time.DateOnly, sealed.One(name))
		if err == nil && (d.Before(quarter.Previous().Start()) || !d.Before(quarter.Next().End())) {
			return false
		}
	}
	return true
}

// lifts reports whether a moment is three months or later: when it can lift
// the level of verification.
func lifts(name string) bool { return slices.Index(Moments, name) >= slices.Index(Moments, "m3") }

// oneLine folds white space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
