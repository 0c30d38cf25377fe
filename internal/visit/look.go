package visit

import (
	"context"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// How often codes may be tried. 128 bits cannot be guessed: the limits are
// against probing, which is why a try that succeeds counts as well.
var (
	sessionRate = httpd.Rate{N: 5, Per: time.Hour}
	siteRate    = httpd.Rate{N: 60, Per: time.Minute}
)

// TryLimits belong to every route behind which somebody can try a code.
var TryLimits = []httpd.Limit{{Name: "visit-address", Rates: []httpd.Rate{{N: 20, Per: time.Hour}}, By: httpd.ByAddress}}

// unusable is the one answer to every code that cannot be used, whatever the
// reason: who tries codes learns nothing about any of them.
func unusable() error { return errs.New(errs.Invalid, "visit.cannot_be_used") }

// Look counts a try and returns what the code says, or the one answer to all
// that cannot be used: unknown, mistyped, used, expired. People who work for a
// provider always get that answer, so that no clinic can ask about a code that
// it kept a copy of. Every try costs one hash and one lookup.
func (s *Service) Look(ctx context.Context, a access.Actor, code string) (CodeFacts, error) {
	who := "s" + a.Session
	if a.Session == "" {
		who = "a" + strconv.FormatInt(a.AccountID, 10)
	}
	if err := s.limits.Take(ctx, "visit-session", who, sessionRate); err != nil {
		return CodeFacts{}, err
	}
	if err := s.limits.Take(ctx, "visit-site", "all", siteRate); err != nil {
		return CodeFacts{}, err
	}
	hash, wellFormed := hashOf(code)
	q := s.db.Read(ctx)
	found, err := findCode(q, hash)
	if err != nil {
		return CodeFacts{}, err
	}
	if !wellFormed || a.Insider() || !found.usable(q.Now) {
		return CodeFacts{}, unusable()
	}
	return CodeFacts{OrganisationID: found.OrganisationID, Quarter: found.Quarter, SpecialtyID: found.SpecialtyID, Hash: hash}, nil
}

// Redeem uses a code up for an experience, in the caller's transaction: the
// proof is written with it, or nothing is. Of many at the same moment one
// succeeds; the others, and a code that does not agree with the claim, get the
// one answer of Look.
func (s *Service) Redeem(tx *db.Tx, hash []byte, c Claim) error {
	specialty, used, err := useCode(tx, hash, c)
	if err != nil {
		return err
	}
	if !used {
		return unusable()
	}
	p := Proof{ExperienceID: c.ExperienceID, Kind: Code, OrganisationID: c.OrganisationID, Quarter: c.Quarter, SpecialtyID: specialty, Sources: 1, SeenOn: tx.Now}
	fresh, err := insertProof(tx, p)
	if err == nil && !fresh {
		// The experience has a code already; the transaction must not eat another.
		return unusable()
	}
	return err
}

// Proofs are what was seen of experiences, by experience. Those without are
// left out.
func Proofs(q *db.Tx, experienceIDs []int64) (map[int64][]Proof, error) {
	out := map[int64][]Proof{}
	if len(experienceIDs) == 0 {
		return out, nil
	}
	rows, err := listProofs(q, experienceIDs)
	for _, p := range rows {
		out[p.ExperienceID] = append(out[p.ExperienceID], p)
	}
	return out, err
}
