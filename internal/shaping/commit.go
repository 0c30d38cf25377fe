package shaping

import (
	"context"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// Bounds of a remedy, in characters.
const minRemedy, maxRemedy = 10, 500

// AskFinal ends the time for answers early: everything that was due is answered,
// the next version is made, and its final vote begins.
func (s *Service) AskFinal(ctx context.Context, a access.Actor, slug string) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		d, err := s.deskOf(tx, *p)
		if err != nil {
			return err
		}
		if _, err := Next(p.State, AskFinal, roles, Facts{DueOpen: d.dueOpen(), CounterVotes: d.counterVotes()}); err != nil {
			return err
		}
		return s.endAnswers(tx, p, AskFinal, roles)
	})
}

// Commit signs a published version for the provider: any of them, by its id and
// the hash of what it says. The signer is who a is named as, whatever c says. It
// asks for a recent repetition of the password, and the same key commits once.
func (s *Service) Commit(ctx context.Context, a access.Actor, slug string, c Commitment, k db.Key) error {
	if err := account.NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			return err
		}
		p, roles, err := enter(tx, a, slug)
		if err != nil {
			return err
		}
		if err := s.commit(tx, a, &p, roles, c); err != nil {
			return err
		}
		db.Keep(tx, k, p.ID, pathOf(p.Slug))
		return savePackage(tx, &p)
	})
}

func (s *Service) commit(tx *db.Tx, a access.Actor, p *Package, roles []Role, c Commitment) error {
	if _, err := Next(p.State, Commit, roles, Facts{}); err != nil {
		return signFirst(err, p, a)
	}
	n, err := signatory(tx, *p.OrganisationID, a.PersonID)
	if err != nil || n == nil {
		return orElse(err, errs.New(errs.Forbidden, "shaping.not_signatory"))
	}
	v, err := versionByID(tx, c.VersionID)
	if err != nil || v.PackageID != p.ID {
		return orElse(err, errNoVersion)
	}
	said, err := content(tx, v.ID)
	if err != nil {
		return err
	}
	c = Commitment{PackageID: p.ID, VersionID: v.ID, ContentHash: c.ContentHash, OrganisationID: *p.OrganisationID, SignedByPersonID: a.PersonID,
		SignerName: n.Name, SignerTitle: n.Title, SignedAt: tx.Now, Capacity: c.Capacity, ValidUntil: c.ValidUntil, PriceLockedUntil: c.PriceLockedUntil,
		Remedies: c.Remedies, State: CommitmentActive}
	if err := CheckCommitment(c, v, said, tx.Now); err != nil {
		return err
	}
	if c.Remedies, err = s.cleanRemedies(tx, a, *p, said, c.Remedies); err != nil {
		return err
	}
	if err := s.step(tx, p, Commit, roles, Facts{}, ""); err != nil {
		return err
	}
	if p.EndsAt, err = lastMoment(c.ValidUntil, p.Zone); err != nil {
		return err
	}
	if err := insertCommitment(tx, &c); err != nil {
		return err
	}
	if err := logCommitment(tx, *p, c, "active"); err != nil {
		return err
	}
	return s.tellStep(tx, *p, Commit)
}

// signFirst tells staff who may not sign what to do about it.
func signFirst(err error, p *Package, a access.Actor) error {
	if _, own := a.WorksFor(*p.OrganisationID); own && errs.Is(err, errs.Forbidden) {
		return errs.New(errs.Forbidden, "shaping.not_signatory")
	}
	return err
}

// cleanRemedies reads what patients get where a promise is not kept.
func (s *Service) cleanRemedies(tx *db.Tx, a access.Actor, p Package, c Content, typed map[string]string) (map[string]string, error) {
	leaks, err := leaksOf(tx, a, p)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for key, says := range typed {
		clean, err := text.Clean(says)
		if clean == "" && err == nil {
			continue
		}
		_, there := c.Find(key)
		if n := text.Length(clean); err != nil || !there || n < minRemedy || n > maxRemedy {
			return nil, errs.Field("remedy_"+key, "shaping.remedy")
		}
		if out[key], err = sift("remedy_"+key, clean, leaks, true); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lastMoment is when a day is over by the clock of a zone.
func lastMoment(day time.Time, zone string) (*time.Time, error) {
	loc, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	y, m, d := day.Date()
	end := time.Date(y, m, d+1, 0, 0, 0, 0, loc).UTC()
	return &end, nil
}

// Decline says that the provider will not commit, and why.
func (s *Service) Decline(ctx context.Context, a access.Actor, slug, why string) error {
	return s.actWhy(ctx, a, slug, Decline, why, func(tx *db.Tx, p *Package, roles []Role, why string) error {
		return s.step(tx, p, Decline, roles, Facts{}, why)
	})
}

// actWhy is act for a step with a reason that everybody reads who takes part.
// Whether the step can be taken is said before anything about the reason.
func (s *Service) actWhy(ctx context.Context, a access.Actor, slug string, e Event, why string, do func(tx *db.Tx, p *Package, roles []Role, why string) error) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		if _, err := Next(p.State, e, roles, Facts{Why: true, HeldFrom: p.HeldFrom, ByRule: p.HeldByRule}); err != nil {
			return err
		}
		why, err := s.cleanWhy(tx, a, *p, why)
		if err != nil {
			return err
		}
		if err := do(tx, p, roles, why); err != nil {
			return err
		}
		return s.tellStep(tx, *p, e)
	})
}

// RaiseCapacity gives the commitment that holds more places.
func (s *Service) RaiseCapacity(ctx context.Context, a access.Actor, slug string, places int) error {
	if err := account.NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		if _, err := Next(p.State, RaiseCapacity, roles, Facts{PlacesLeft: 1}); err != nil {
			return err
		}
		c, err := lockStanding(tx, p.ID)
		if err != nil {
			return err
		}
		if c == nil || c.State != CommitmentActive {
			return errs.New(errs.Conflict, "shaping.no_commitment")
		}
		if err := c.RaiseTo(places); err != nil {
			return err
		}
		gone, err := placesTaken(tx, c.ID)
		if err != nil {
			return err
		}
		if err := raiseCommitment(tx, c.ID, places); err != nil {
			return err
		}
		c.Capacity = places
		if err := logCommitment(tx, *p, *c, "raised"); err != nil {
			return err
		}
		return s.step(tx, p, RaiseCapacity, roles, Facts{PlacesLeft: places - gone}, strconv.Itoa(places))
	})
}

// WithdrawCommitment takes the commitment back for new patients, for a reason
// that stays on the page beside the day. Who is enrolled keeps the commitment,
// and what they say of it still comes.
func (s *Service) WithdrawCommitment(ctx context.Context, a access.Actor, slug, why string) error {
	if err := account.NeedStepUp(a, s.db.Now()); err != nil {
		return err
	}
	return s.actWhy(ctx, a, slug, Retract, why, func(tx *db.Tx, p *Package, roles []Role, why string) error {
		c, err := lockStanding(tx, p.ID)
		if err != nil {
			return err
		}
		if c == nil {
			return errs.New(errs.Conflict, "shaping.no_commitment")
		}
		p.EndsAt = nil
		if err := s.step(tx, p, Retract, roles, Facts{}, why); err != nil {
			return err
		}
		return endCommitment(tx, *p, *c, CommitmentWithdrawn)
	})
}

// Supersede names the package that takes the place of one that is over: a
// published one of the same side.
func (s *Service) Supersede(ctx context.Context, a access.Actor, slug, successor string) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		next, err := load(tx, successor)
		if errs.Is(err, errs.NotFound) || err == nil && (next.PublishedAt == nil || next.ID == p.ID || !sameSide(*p, next)) {
			return errs.Field("successor", "shaping.no_successor")
		}
		if err != nil {
			return err
		}
		held, err := lockStanding(tx, p.ID)
		if err != nil {
			return err
		}
		if err := s.step(tx, p, Supersede, roles, Facts{Successor: true}, ""); err != nil {
			return err
		}
		if held != nil {
			if err := endCommitment(tx, *p, *held, CommitmentEnded); err != nil {
				return err
			}
		}
		p.SupersededByID = &next.ID
		if err := s.closeWishes(tx, *p); err != nil {
			return err
		}
		return s.tellStep(tx, *p, Supersede)
	})
}

// sameSide reports whether a package is of those who made another one, or answers
// it where that is a call.
func sameSide(p, next Package) bool {
	if p.OrganisationID != nil {
		return next.OrganisationID != nil && *next.OrganisationID == *p.OrganisationID
	}
	return next.ProposerPersonID == p.ProposerPersonID || next.AnswersCallID != nil && *next.AnswersCallID == p.ID
}

// Suspend stops a package for a licence, for safety or while fraud is looked
// into. Only the platform does, and only it lets the package go on.
func (s *Service) Suspend(ctx context.Context, a access.Actor, slug, why string) error {
	return s.actWhy(ctx, a, slug, Suspend, why, func(tx *db.Tx, p *Package, roles []Role, why string) error {
		from := p.State
		if err := s.step(tx, p, Suspend, roles, Facts{}, why); err != nil {
			return err
		}
		p.HeldFrom, p.HeldByRule = from, false
		return holdCommitment(tx, *p, CommitmentActive, CommitmentSuspended)
	})
}

// Resume lets a package go on where it stood when the platform suspended it, with
// the days that its phase lost.
func (s *Service) Resume(ctx context.Context, a access.Actor, slug, why string) error {
	return s.act(ctx, a, slug, func(tx *db.Tx, p *Package, roles []Role) error {
		if _, err := Next(p.State, Resume, roles, Facts{Why: true, HeldFrom: p.HeldFrom, ByRule: p.HeldByRule}); err != nil {
			return err
		}
		why, err := s.cleanWhy(tx, a, *p, why)
		if err != nil {
			return err
		}
		return s.resume(tx, p, roles, Facts{}, why)
	})
}

// Breach states that a commitment was broken, for a reason that stays.
func (s *Service) Breach(ctx context.Context, a access.Actor, slug, why string) error {
	return s.actWhy(ctx, a, slug, Breach, why, func(tx *db.Tx, p *Package, roles []Role, why string) error {
		if err := s.step(tx, p, Breach, roles, Facts{}, why); err != nil {
			return err
		}
		p.HeldFrom, p.HeldByRule = "", false
		held, err := standing(tx, p.ID)
		if err != nil || held == nil {
			return err
		}
		return endCommitment(tx, *p, *held, CommitmentBreached)
	})
}
