package visit

import (
	"encoding/base64"
	"slices"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/errs"
	"caravan/internal/provider"
)

// What a clinic may make.
const (
	MaxBatch    = 50      // codes at once: a sheet for the drawer, so that making and handing over are not the same moment
	MaxPatients = 100_000 // in a declaration
	LeastCap    = 20      // codes for a quarter, whatever was declared
	seedBytes   = 32
	// TellUsed is how many codes of a quarter must be used before the clinic is
	// told anything about them.
	TellUsed = 10
)

// CodeLife is how long codes work after the end of their quarter.
const CodeLife = 180 * 24 * time.Hour

// canMake says whether a may make codes for an organisation: who works there.
// To everybody else the place does not exist.
func canMake(a access.Actor, o provider.Organisation) error {
	w, ok := a.WorksFor(o.ID)
	if !ok || o.Kind != "clinic" || (w.Role != "staff" && w.Role != "doctor") {
		return errs.New(errs.NotFound, "provider.no_such_clinic")
	}
	return nil
}

// capOf is how many codes a clinic may make for a quarter, given how many
// patients from abroad it says it had in the quarter before: 1.2 for each, and
// never fewer than LeastCap, so that beginners can begin.
func capOf(declared int) int { return max(LeastCap, declared*6/5) }

// openQuarters are the quarters of treatment that codes can be made for: this
// one, and the one before for patients who leave late.
func openQuarters(now time.Time) []Quarter {
	q := Of(now)
	return []Quarter{q, q.Previous()}
}

// declarable are the quarters whose patients count for a cap now.
func declarable(now time.Time) []Quarter {
	q := Of(now).Previous()
	return []Quarter{q, q.Previous()}
}

// expiry is when codes for a quarter end.
func expiry(q Quarter) time.Time { return q.End().Add(CodeLife) }

// usedShown is what a clinic learns of how many codes for a quarter were used:
// nothing while the quarter lasts, nothing below TellUsed, and then the tens
// below, so that watching the number says nothing about any one patient.
func usedShown(q Quarter, used int, now time.Time) (atLeast int, told bool) {
	if now.Before(q.End()) {
		return 0, false
	}
	if used < TellUsed {
		return 0, true
	}
	return used / 10 * 10, true
}

// Sheet is a batch of codes as somebody asks for it.
type Sheet struct {
	Quarter   string
	Specialty int16 // 0: any
	Codes     int
	Seed      string         // what the form was made with
	Proof     account.Answer // of a passkey that signed it; zero without scripts
}

// cleanSheet checks a batch before anything is looked up.
func cleanSheet(v Sheet, specialties []Specialty, now time.Time) (Quarter, *int16, []byte, error) {
	var wrong []errs.FieldMsg
	field := func(name, key string, args ...any) {
		wrong = append(wrong, errs.FieldMsg{Name: name, Msg: errs.Msg{Key: key, Args: args}})
	}
	if !slices.Contains(openQuarters(now), Quarter(v.Quarter)) {
		field("quarter", "visit.choose_quarter")
	}
	if v.Codes < 1 || v.Codes > MaxBatch {
		field("codes", "visit.codes_range", "most", MaxBatch)
	}
	var specialty *int16
	if v.Specialty != 0 {
		if !slices.ContainsFunc(specialties, func(s Specialty) bool { return s.ID == v.Specialty }) {
			field("specialty", "visit.choose_specialty")
		}
		specialty = &v.Specialty
	}
	seed, err := base64.RawURLEncoding.DecodeString(v.Seed)
	if err != nil || len(seed) != seedBytes {
		return "", nil, nil, errs.New(errs.Malformed, "common.key_missing")
	}
	return Quarter(v.Quarter), specialty, seed, errs.Fields(wrong...)
}

// Declaration is how many patients from abroad a clinic says it had.
type Declaration struct {
	Quarter  string
	Patients int
}

func cleanDeclaration(v Declaration, now time.Time) (Quarter, error) {
	var wrong []errs.FieldMsg
	if !slices.Contains(declarable(now), Quarter(v.Quarter)) {
		wrong = append(wrong, errs.FieldMsg{Name: "declared_quarter", Msg: errs.Msg{Key: "visit.choose_quarter"}})
	}
	if v.Patients < 0 || v.Patients > MaxPatients {
		wrong = append(wrong, errs.FieldMsg{Name: "patients", Msg: errs.Msg{Key: "visit.patients_range", Args: []any{"most", MaxPatients}}})
	}
	return Quarter(v.Quarter), errs.Fields(wrong...)
}
