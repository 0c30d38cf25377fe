// Package visit is how somebody shows that a treatment took place, without
// showing who they are.
//
//	visit.go     Proof, Claim, CodeFacts, Service
//	quarter.go   Quarter: the only date that is told of a treatment
//	level.go     how much was shown, V0 to V4, and the badge that says it: pure
//	code.go      the codes that clinics hand out: spelling, check character, hash
//	rules.go     who may make codes, how many, how long they work: pure
//	batch.go     making codes, saying how many patients there were; record.go enters it in the public log
//	sign.go      a batch signed by the passkey of who makes it
//	qr.go        a code as a drawing, for phones
//	look.go      trying a code, using it, reading proofs
//	store.go     all SQL
//	http*.go     pages; views.go and views/; static/js/visit.js reads the link of a QR code
//
// A clinic hands a code to every patient at discharge. Nothing that it can read
// says anything about a single code: not whether it exists, was used, when, by
// whom or for what. The server itself keeps a hash and one bit.
package visit

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/provider"
)

// Kind is a kind of evidence. Two kinds are independent of each other.
type Kind = string

// The kinds of evidence. Codes can be made today; the ladder and the badge
// treat all three alike.
const (
	Code     Kind = "code"     // the clinic handed it out, and cannot see that it was used
	Document Kind = "document" // seen by two moderators, then destroyed
	Token    Kind = "token"    // signed by the clinic without seeing it
)

// Proof is what was seen of an experience through one kind of evidence.
type Proof struct {
	ExperienceID   int64
	Kind           Kind
	OrganisationID int64
	Quarter        Quarter
	SpecialtyID    *int16 // nil: not seen
	Sources        int    // independent ones behind this kind, at least 1
	AmountSeen     bool
	SeenOn         time.Time // a day; shown by its month
}

// Claim is what an experience says about its treatment, for a code to agree with.
type Claim struct {
	ExperienceID, OrganisationID int64
	Quarter                      Quarter
	SpecialtyID                  int16
}

// CodeFacts is what a code says: nothing about a person.
type CodeFacts struct {
	OrganisationID int64
	Quarter        Quarter
	SpecialtyID    *int16 // nil: any
	Hash           []byte // what Redeem takes; may be stored, unlike the code
}

// Drafts is where somebody who typed a code goes on: package experience.
type Drafts interface {
	// StartWithCode puts the code's facts into a new or open draft of a and
	// returns the draft's path.
	StartWithCode(ctx context.Context, a access.Actor, facts CodeFacts) (path string, err error)
}

// Service makes codes and reads them.
type Service struct {
	db       *db.DB
	limits   *httpd.Limits
	provider *provider.Service
	account  *account.Service
	key      []byte
	drafts   Drafts
}

// Tools are what the feature works with.
type Tools struct {
	DB       *db.DB
	Limits   *httpd.Limits
	Provider *provider.Service
	Account  *account.Service
	Key      []byte // 32 bytes, of this purpose alone; see codes in code.go
}

// New returns the feature. Introduce it to the drafts before it serves.
func New(t Tools) *Service {
	return &Service{db: t.DB, limits: t.Limits, provider: t.Provider, account: t.Account, key: t.Key}
}

// Introduce says where a code leads to.
func (s *Service) Introduce(d Drafts) { s.drafts = d }

// Topics are none: nothing about visits is told live.
func (s *Service) Topics() []live.Topic { return nil }
