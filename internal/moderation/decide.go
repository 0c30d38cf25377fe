package moderation

import (
	"context"
	"strconv"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/notify"
)

// Verdict is what a moderator decides. Version is that of the case they saw.
type Verdict struct {
	Decision  string
	Reason    string // of the closed list, for what takes something
	Statement string // facts for the author, in the moderator's words
	Version   int
	Seen      int // Item.Version of the thing that was read
}

// Claim says that a looks at a case now, so that others do not. It lasts for
// ClaimLife.
func (s *Service) Claim(ctx context.Context, a access.Actor, caseID int64, version int) error {
	d, err := s.open(ctx, a, caseID)
	if err != nil {
		return err
	}
	// Who may not decide does not keep others from it.
	if err := canDecide(a, d); err != nil {
		return err
	}
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

// Decide ends a case, or, where two moderators must agree, proposes what a
// second one confirms or rejects. Of two moderators who decide at the same time
// one does; the other is told, and nothing of theirs happens.
func (s *Service) Decide(ctx context.Context, a access.Actor, caseID int64, v Verdict) error {
	d, v, err := s.check(ctx, a, caseID, v)
	if err != nil {
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
		if err := s.carryOut(tx, d, v); err != nil {
			return err
		}
		// What was confirmed is kept as what it does, with its first reasons.
		if v.Decision == Confirm {
			v.Decision, v.Reason, v.Statement = d.confirmed(), d.proposal.Reason, d.proposal.Statement
		}
		id, err := insertDecision(tx, c, d, v, a.AccountID, c.ProposalID, nil)
		if err != nil {
			return err
		}
		if err := s.recordOne(tx, id); err != nil {
			return err
		}
		switch v.Decision {
		case Propose:
			return passCase(tx, c.ID, &id)
		case Reject:
			return passCase(tx, c.ID, nil)
		}
		if err := closeCase(tx, c.ID); err != nil {
			return err
		}
		return s.tellAll(tx, d, v, id)
	})
}

// check returns the case and what was decided, cleaned, if a may decide it so and
// has shown lately that it is them: a session that was left open decides nothing.
func (s *Service) check(ctx context.Context, a access.Actor, caseID int64, v Verdict) (dossier, Verdict, error) {
	d, err := s.open(ctx, a, caseID)
	if err != nil {
		return d, v, err
	}
	if err := canDecide(a, d); err != nil {
		return d, v, err
	}
	// The version is asked for before the fields: to somebody who comes too
	// late the choices of this moment would make no sense.
	if err := canTake(a, d.c, v.Version, s.db.Now()); err != nil {
		return d, v, err
	}
	if err := account.NeedStepUp(a, s.db.Now()); err != nil {
		return d, v, err
	}
	if v.Seen != d.item.Version && !d.gone {
		return d, v, errs.New(errs.Conflict, "moderation.text_changed")
	}
	if v, err = cleanVerdict(d, v); err != nil {
		return d, v, err
	}
	return d, v, s.sift(ctx, a, d.item.OrganisationID, "statement", v.Statement)
}

// confirmed is what a proposal is kept as once a second moderator agrees.
func (d dossier) confirmed() string {
	switch {
	case !d.weighed:
		return Hide
	case d.proposal.Reason == VotesGenuine:
		return Keep
	}
	return Refuse
}

// carryOut does to the thing what was decided.
func (s *Service) carryOut(tx *db.Tx, d dossier, v Verdict) error {
	c := d.c
	switch v.Decision {
	case Hide:
		return s.subjects[c.Kind].Hide(tx, c.Ref, ReasonKey(v.Reason))
	case Confirm:
		if x, ok := side[Weighed](s, c.Kind); ok {
			return x.Settle(tx, c.Ref, d.proposal.Reason == VotesGenuine, d.proposal.Reason, d.proposal.Statement)
		}
		return s.subjects[c.Kind].Hide(tx, c.Ref, ReasonKey(d.proposal.Reason))
	case ShowIt:
		return s.subjects[c.Kind].Show(tx, c.Ref)
	case Approve:
		return s.suggestions[c.Kind].Approve(tx, c.Ref)
	case Refuse:
		return s.suggestions[c.Kind].Refuse(tx, c.Ref, ReasonKey(v.Reason))
	case Overturn:
		return s.undo(tx, d)
	}
	return nil
}

// tellAll tells the author what was decided on their text and why, and, when a
// case is decided for the first time, those who reported it.
func (s *Service) tellAll(tx *db.Tx, d dossier, v Verdict, decisionID int64) error {
	if err := s.tellAuthor(tx, d, v, decisionID); err != nil || d.c.DecidedAt != nil {
		return err
	}
	kind := "report_kept"
	if v.Decision == Hide || (v.Decision == Keep && d.item.State == Hidden) {
		kind = "report_hidden"
	}
	for _, r := range d.reports {
		n := notify.Notice{AccountID: r.AccountID, Kind: kind, Ref: d.c.ID, Path: decisionPath(decisionID), Args: map[string]string{"title": d.item.Title}}
		if d.guarded {
			n.Kind, n.Args = kind+"_plain", nil
		}
		if err := s.notify.Tell(tx, n); err != nil {
			return err
		}
	}
	return nil
}

// tellAuthor tells the author that there is a decision to read. What is told to
// one who stays unknown names neither the thing nor the decision.
func (s *Service) tellAuthor(tx *db.Tx, d dossier, v Verdict, decisionID int64) error {
	if v.Decision == Keep || d.gone {
		return nil
	}
	if x, ok := s.secret(d.c.Kind); ok {
		return x.TellAuthor(tx, d.c.Ref, notify.Notice{Kind: "moderation_told", Path: "/me/decisions"})
	}
	if d.item.AuthorAccountID == 0 {
		return nil
	}
	args := map[string]string{"title": d.item.Title}
	if v.Reason != "" {
		args["reason_key"] = ReasonKey(v.Reason)
	}
	return s.notify.Tell(tx, notify.Notice{AccountID: d.item.AuthorAccountID, Kind: "moderation_" + v.Decision, Ref: decisionID, Path: decisionPath(decisionID), Args: args})
}

func decisionPath(id int64) string { return "/decisions/" + strconv.FormatInt(id, 10) }
