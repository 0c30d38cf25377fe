package moderation

import (
	"context"
	"errors"
	"strconv"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/notify"
)

// Verdict is what a moderator decides. Version is that of the case they saw.
type Verdict struct {
	Decision  string
	Reason    string // of the closed list, for hide and refuse
	Statement string // facts for the author, in the moderator's words; may be empty
	Version   int
}

// Claim says that a looks at a case now, so that others do not. It lasts for
// ClaimLife.
func (s *Service) Claim(ctx context.Context, a access.Actor, caseID int64, version int) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := lockCase(tx, caseID)
		if err != nil {
			return err
		}
		if c.DecidedAt != nil {
			return errs.New(errs.Conflict, "moderation.somebody_decided")
		}
		if err := canTake(a, c, version, tx.Now); err != nil {
			return err
		}
		return claimCase(tx, c.ID, a.AccountID)
	})
}

// Decide ends a case. Of two moderators who decide at the same time one does;
// the other is told, and nothing of theirs happens.
func (s *Service) Decide(ctx context.Context, a access.Actor, caseID int64, v Verdict) error {
	d, err := s.open(ctx, caseID)
	if err != nil {
		return err
	}
	if err := canDecide(a, d.item.AuthorAccountID, d.persons()); err != nil {
		return err
	}
	// The version is asked for before the fields: to somebody who comes too
	// late the choices of this moment would make no sense.
	if err := canTake(a, d.c, v.Version, s.db.Now()); err != nil {
		return err
	}
	if v, err = cleanVerdict(d.c, d.item, v); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := lockCase(tx, caseID)
		if err != nil {
			return err
		}
		if err := canTake(a, c, v.Version, tx.Now); err != nil {
			return err
		}
		if err := s.carryOut(tx, c, v); err != nil {
			return err
		}
		if err := closeCase(tx, c.ID); err != nil {
			return err
		}
		id, err := insertDecision(tx, c, d.item, v, a.AccountID, len(d.reports))
		if err != nil {
			return err
		}
		return s.tellAll(tx, c, d, v, id)
	})
}

// carryOut does to the thing what was decided.
func (s *Service) carryOut(tx *db.Tx, c Case, v Verdict) error {
	switch v.Decision {
	case Hide:
		return s.subjects[c.Kind].Hide(tx, c.Ref, ReasonKey(v.Reason))
	case ShowIt:
		return s.subjects[c.Kind].Show(tx, c.Ref)
	case Approve:
		return s.suggestions[c.Kind].Approve(tx, c.Ref)
	case Refuse:
		return s.suggestions[c.Kind].Refuse(tx, c.Ref, ReasonKey(v.Reason))
	}
	return nil
}

// tellAll tells the author what was decided on their text and why, and, when a
// case is decided for the first time, those who reported it.
func (s *Service) tellAll(tx *db.Tx, c Case, d dossier, v Verdict, decisionID int64) error {
	args := map[string]string{"title": d.item.Title}
	if v.Decision != Keep && d.item.AuthorAccountID != 0 {
		n := notify.Notice{AccountID: d.item.AuthorAccountID, Kind: "moderation_" + v.Decision, Ref: decisionID, Path: decisionPath(decisionID), Args: args}
		if v.Reason != "" {
			n.Args = map[string]string{"title": d.item.Title, "reason_key": ReasonKey(v.Reason)}
		}
		if err := s.notify.Tell(tx, n); err != nil {
			return err
		}
	}
	if c.DecidedAt != nil {
		return nil
	}
	kind := "report_kept"
	if v.Decision == Hide || (v.Decision == Keep && d.item.State == Hidden) {
		kind = "report_hidden"
	}
	for _, r := range d.reports {
		if err := s.notify.Tell(tx, notify.Notice{AccountID: r.AccountID, Kind: kind, Ref: c.ID, Path: decisionPath(decisionID), Args: args}); err != nil {
			return err
		}
	}
	return nil
}

func decisionPath(id int64) string { return "/decisions/" + strconv.FormatInt(id, 10) }

// dossier is a case with what it is about.
type dossier struct {
	c       Case
	item    Item
	gone    bool // the thing is no longer there
	reports []report
}

func (d dossier) persons() (ids []int64) {
	for _, r := range d.reports {
		ids = append(ids, r.PersonID)
	}
	return ids
}

// open reads a case with its thing and its reports.
func (s *Service) open(ctx context.Context, caseID int64) (d dossier, err error) {
	q := s.db.Read(ctx)
	if d.c, err = findCase(q, caseID); err != nil {
		return d, err
	}
	if d.item, err = s.item(ctx, d.c); errs.Is(err, errs.NotFound) {
		d.gone, err = true, nil
	}
	if err != nil {
		return d, err
	}
	d.reports, err = listReports(q, caseID)
	return d, err
}

func (s *Service) item(ctx context.Context, c Case) (Item, error) {
	if c.Ask == askSuggestion {
		if x, ok := s.suggestions[c.Kind]; ok {
			return x.About(ctx, c.Ref)
		}
	} else if x, ok := s.subjects[c.Kind]; ok {
		return x.About(ctx, c.Ref)
	}
	return Item{}, errors.New("moderation: nobody knows the kind " + c.Kind)
}
