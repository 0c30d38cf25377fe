package visit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/provider"
)

// Batch is what is known of codes that were made together.
type Batch struct {
	ID             int64
	OrganisationID int64
	Quarter        Quarter
	SpecialtyID    *int16
	Codes          int
	MadeBy         int64
	MadeAt         time.Time
	ExpiresAt      time.Time
	CodesRoot      []byte  // Merkle root of the hashes of its codes; nil: not known
	ByKey          bool    // signed by a passkey
	signed         *signed // while it is made
}

// Specialty is a family of procedures, as a batch may name it.
type Specialty struct {
	ID    int16
	Names string // JSON, by language
}

// batchRate keeps the desk from being used as a machine.
var batchRate = httpd.Rate{N: 20, Per: 24 * time.Hour}

// NewSeed returns the 256 random bits that a form for a batch is made with.
func NewSeed() string {
	b := make([]byte, seedBytes)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Make makes a batch of codes for a clinic and returns them as they are
// printed. Only their hashes are stored. Sending the same form again makes
// nothing new and returns the same codes, because they follow from the form's
// seed; without the form nobody can have them again, and a lost batch is
// replaced by another one. Who has a passkey signs it; see sign.
func (s *Service) Make(ctx context.Context, a access.Actor, o provider.Organisation, v Sheet, k db.Key) (b Batch, printed []string, err error) {
	b, made, err := s.prepare(ctx, a, o, v)
	if err != nil {
		return b, nil, err
	}
	done, err := db.Done(s.db.Read(ctx), k)
	if err != nil {
		return b, nil, err
	}
	if done == nil {
		if err := s.limits.Take(ctx, "visit-batch", "a"+strconv.FormatInt(a.AccountID, 10), batchRate); err != nil {
			return b, nil, err
		}
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			b, err = findBatch(tx, kept.ID, hashes(made))
			return err
		}
		if b.signed, err = s.sign(tx, a, o, b, v.Proof); err != nil {
			return err
		}
		if err := withinCap(tx, o.ID, b.Quarter, v.Codes); err != nil {
			return err
		}
		b.MadeAt, b.ByKey = tx.Now, b.signed != nil
		if err := insertBatch(tx, &b, hashes(made)); err != nil {
			return err
		}
		if err := record(tx, o.Slug, b); err != nil {
			return err
		}
		db.Keep(tx, k, b.ID, "")
		return nil
	})
	if err != nil {
		return b, nil, err
	}
	for _, c := range made {
		printed = append(printed, spell(c))
	}
	return b, printed, nil
}

// prepare is the batch that a sheet asks for, and its codes. Nothing is stored.
func (s *Service) prepare(ctx context.Context, a access.Actor, o provider.Organisation, v Sheet) (b Batch, made [][codeBytes]byte, err error) {
	if err := canMake(a, o); err != nil {
		return b, nil, err
	}
	specialties, err := listSpecialties(s.db.Read(ctx))
	if err != nil {
		return b, nil, err
	}
	quarter, specialty, seed, err := cleanSheet(v, specialties, s.db.Now())
	if err != nil {
		return b, nil, err
	}
	made = codes(s.key, seed, o.ID, v.Codes)
	sum := root(hashes(made))
	return Batch{OrganisationID: o.ID, Quarter: quarter, SpecialtyID: specialty, Codes: v.Codes, MadeBy: a.AccountID, ExpiresAt: expiry(quarter), CodesRoot: sum[:]}, made, nil
}

// withinCap locks the clinic, so that of two batches at the same moment the
// second sees the first.
func withinCap(tx *db.Tx, organisationID int64, q Quarter, n int) error {
	if err := lockClinic(tx, organisationID); err != nil {
		return err
	}
	declared, made, err := countForCap(tx, organisationID, q)
	if err != nil {
		return err
	}
	if left := max(0, capOf(declared)-made); n > left {
		return errs.Field("codes", "visit.over_cap", "count", left)
	}
	return nil
}

func hashes(made [][codeBytes]byte) [][]byte {
	out := make([][]byte, len(made))
	for i, c := range made {
		sum := sha256.Sum256(c[:])
		out[i] = sum[:]
	}
	return out
}

// Declare stores how many patients from abroad a clinic had in a quarter. It can
// be corrected while codes are made by it.
func (s *Service) Declare(ctx context.Context, a access.Actor, o provider.Organisation, v Declaration) error {
	if err := canMake(a, o); err != nil {
		return err
	}
	q, err := cleanDeclaration(v, s.db.Now())
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return putDeclaration(tx, o.ID, q, v.Patients, a.AccountID)
	})
}

// Standing is what a clinic sees of its codes for a quarter of treatment.
type Standing struct {
	Quarter        Quarter
	Before         Quarter // whose patients set the cap
	Declared       int
	HasDeclared    bool
	Cap, Made      int
	Left           int
	Open           bool // codes can be made
	UsedAtLeast    int  // a multiple of ten
	UsedTold       bool // false while the quarter lasts
	UsedBelowLimit bool
}

// Standings are what a clinic sees of its codes: by quarter, the newest first.
func (s *Service) Standings(q *db.Tx, organisationID int64) (out []Standing, err error) {
	open := openQuarters(q.Now)
	rows, err := listQuarters(q, organisationID, open)
	for _, r := range rows {
		st := Standing{Quarter: r.Quarter, Before: r.Quarter.Previous(), HasDeclared: r.Declared != nil, Made: r.Made}
		if r.Declared != nil {
			st.Declared = *r.Declared
		}
		st.Cap = capOf(st.Declared)
		st.Left = max(0, st.Cap-st.Made)
		st.Open = r.Quarter == open[0] || r.Quarter == open[1]
		st.UsedAtLeast, st.UsedTold = usedShown(r.Quarter, r.Used, q.Now)
		st.UsedBelowLimit = st.UsedTold && st.UsedAtLeast == 0
		out = append(out, st)
	}
	return out, err
}
