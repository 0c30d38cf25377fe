package moderation

import (
	"context"
	"errors"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/wording"
)

// dossier is a case with what it is about and how a moderator stands to it.
type dossier struct {
	c        Case
	item     Item
	gone     bool // the thing is no longer there
	reports  []report
	past     []decision // what was decided on the thing before
	proposal *decision  // what waits for a second moderator
	appealed *decision  // what the case is an appeal against
	deciders []int64    // accounts that took the decision that is appealed against
	guarded  bool       // two moderators must agree to hide it
	weighed  bool       // two moderators must agree, whatever is decided
	// Of the moderator who asks.
	wrote, tied, colleague bool
}

func (d dossier) persons() (ids []int64) {
	for _, r := range d.reports {
		ids = append(ids, r.PersonID)
	}
	return ids
}

// open reads a case with its thing, its reports and its past, for a.
func (s *Service) open(ctx context.Context, a access.Actor, caseID int64) (d dossier, err error) {
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
	if d.reports, err = listReports(q, caseID); err != nil {
		return d, err
	}
	if d.past, err = listDecisions(q, d.c.Kind, d.c.Ref); err != nil {
		return d, err
	}
	d.place()
	_, d.guarded = s.secret(d.c.Kind)
	_, d.weighed = side[Weighed](s, d.c.Kind)
	return d, s.stand(ctx, q, a, &d)
}

// place finds the decisions that the case hangs from among those of its thing.
func (d *dossier) place() {
	byID := map[int64]*decision{}
	for i := range d.past {
		byID[d.past[i].ID] = &d.past[i]
	}
	if d.c.ProposalID != nil {
		d.proposal = byID[*d.c.ProposalID]
	}
	if d.c.AppealOf == nil || byID[*d.c.AppealOf] == nil {
		return
	}
	d.appealed = byID[*d.c.AppealOf]
	d.deciders = []int64{d.appealed.ModeratorID}
	if p := d.appealed.ProposalID; p != nil && byID[*p] != nil {
		d.deciders = append(d.deciders, byID[*p].ModeratorID)
	}
}

// stand finds out how a stands to a case.
func (s *Service) stand(ctx context.Context, q *db.Tx, a access.Actor, d *dossier) (err error) {
	if d.gone {
		return nil
	}
	if d.wrote, err = s.wrote(ctx, a, d.c.Kind, d.c.Ref, d.item); err != nil {
		return err
	}
	if d.item.OrganisationID != 0 {
		if d.tied, err = tied(q, a.PersonID, d.item.OrganisationID); err != nil {
			return err
		}
	}
	if d.proposal != nil {
		d.colleague, err = colleagues(q, a.PersonID, d.proposal.ModeratorID)
	}
	return err
}

// entitle reads the titles that decisions do not keep from their things: what
// its author withdraws has none any more.
func (s *Service) entitle(ctx context.Context, lang string, rows []decision) error {
	type thing struct {
		kind string
		ref  int64
	}
	known := map[thing]string{}
	for i, d := range rows {
		if d.Title != "" {
			continue
		}
		x := thing{d.Kind, d.Ref}
		if known[x] == "" {
			it, err := s.item(ctx, Case{Ask: d.Ask, Kind: d.Kind, Ref: d.Ref})
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			if known[x] = it.Title; it.Title == "" {
				known[x] = wording.Text(lang, "moderation.gone")
			}
		}
		rows[i].Title = known[x]
	}
	return nil
}

// item is the thing of a case. A decision that is appealed against may be on a
// thing that is published, or on one that never was.
func (s *Service) item(ctx context.Context, c Case) (Item, error) {
	sug, suggested := s.suggestions[c.Kind]
	sub, subject := s.subjects[c.Kind]
	switch {
	case suggested && (c.Ask == askSuggestion || !subject):
		return sug.About(ctx, c.Ref)
	case subject:
		return sub.About(ctx, c.Ref)
	}
	return Item{}, errors.New("moderation: nobody knows the kind " + c.Kind)
}
