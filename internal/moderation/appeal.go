package moderation

import (
	"context"
	"errors"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// appealRate is how often one account may appeal.
var appealRate = httpd.Rate{N: 10, Per: 24 * time.Hour}

// Appeal puts a decision before other moderators, once. Sending the same words
// again changes nothing.
func (s *Service) Appeal(ctx context.Context, a access.Actor, decisionID int64, words string) error {
	d, mine, err := s.reading(ctx, a, decisionID)
	if err != nil {
		return err
	}
	if !mine {
		return errs.New(errs.NotFound, "common.not_found")
	}
	if words, err = cleanAppeal(words); err != nil {
		return err
	}
	if d.Words != nil && *d.Words == words {
		return nil
	}
	if err := s.canAppeal(d); err != nil {
		return err
	}
	organisation, err := s.about(ctx, d.Kind, d.Ref)
	if err != nil {
		return err
	}
	if err := s.sift(ctx, a, organisation, "words", words); err != nil {
		return err
	}
	if err := s.limits.Take(ctx, "appeal", "a"+strconv.FormatInt(a.AccountID, 10), appealRate); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		caseID, err := openCase(tx, Case{Ask: askAppeal, Kind: d.Kind, Ref: d.Ref, AppealOf: &d.ID})
		if err != nil {
			return err
		}
		fresh, err := insertAppeal(tx, d.ID, caseID, words)
		if err != nil {
			return err
		}
		if !fresh {
			return errs.New(errs.Conflict, "moderation.appealed_already")
		}
		return nil
	})
}

// canAppeal says whether a decision can still be appealed against, which is
// only offered where it can be undone.
func (s *Service) canAppeal(d decision) error {
	if _, ok := side[Unmasker](s, d.Kind); d.Decision == MaskIt && !ok {
		return errs.New(errs.Invalid, "moderation.no_appeal")
	}
	return canAppeal(d, s.db.Now())
}

// reading returns a decision to somebody who may read it, and whether they
// wrote the thing. To others it is not there.
func (s *Service) reading(ctx context.Context, a access.Actor, id int64) (d decision, wrote bool, err error) {
	q := s.db.Read(ctx)
	if d, err = findDecision(q, id); err != nil {
		return d, false, err
	}
	if x, ok := s.secret(d.Kind); ok {
		wrote, err = x.Wrote(ctx, d.Ref, a.PersonID)
	} else {
		wrote = d.AuthorID != nil && *d.AuthorID == a.AccountID
	}
	if err != nil || wrote && heard(d.Decision) || a.Moderator || a.Admin {
		return d, wrote, err
	}
	reported, err := reportedBy(q, d.CaseID, a.PersonID)
	if err == nil && (!reported || d.Decision == Propose || d.Decision == Reject) {
		err = errs.New(errs.NotFound, "common.not_found")
	}
	return d, false, err
}

// heard reports whether the author hears of a decision: of all but what
// moderators settle among themselves.
func heard(decision string) bool { return decision != Propose && decision != Reject }

// undo takes back what was decided, after an appeal.
func (s *Service) undo(tx *db.Tx, d dossier) error {
	if d.appealed == nil {
		return errors.New("moderation: an appeal against nothing")
	}
	c := d.c
	switch d.appealed.Decision {
	case Hide:
		return s.subjects[c.Kind].Show(tx, c.Ref)
	case Refuse:
		// Sent in once more meanwhile, it may be published or waiting already.
		if err := closeSuggestion(tx, c.Kind, c.Ref); err != nil || d.item.State == Shown {
			return err
		}
		return s.suggestions[c.Kind].Approve(tx, c.Ref)
	case MaskIt:
		x, ok := side[Unmasker](s, c.Kind)
		if !ok {
			return errs.New(errs.Invalid, "moderation.no_appeal")
		}
		masks, err := d.appealed.masks()
		for _, m := range masks {
			err = errors.Join(err, x.Unmask(tx, c.Ref, m))
		}
		return err
	}
	return errors.New("moderation: nothing to undo in " + d.appealed.Decision)
}
