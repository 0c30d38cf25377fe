package shaping

import (
	"context"
	"slices"
	"strings"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/text"
)

// NameSignatory says that a colleague may bind an organisation by signing, under
// a name and a function that are public on what they sign. Staff name colleagues,
// never themselves, but for the only owner.
func (s *Service) NameSignatory(ctx context.Context, a access.Actor, organisation, handle, name, title string) error {
	w, err := s.signingFor(a, organisation)
	if err != nil {
		return err
	}
	n := Named{OrganisationID: w.OrganisationID}
	if n.Name, err = text.Clean(name); err == nil {
		n.Title, err = text.Clean(title)
	}
	if err != nil || text.Length(n.Name) < 3 || text.Length(n.Title) < 2 || text.Length(n.Name) > MaxName || text.Length(n.Title) > MaxName {
		return errs.Field("signer", "shaping.signer")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n := n
		colleagues, err := s.provider.Colleagues(tx, w.OrganisationID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(colleagues, func(c provider.Colleague) bool { return strings.EqualFold(c.Handle, strings.TrimSpace(handle)) })
		if i < 0 {
			return errs.Field("handle", "shaping.no_colleague")
		}
		if n.PersonID = colleagues[i].PersonID; n.PersonID == a.PersonID {
			only, err := onlyOwner(tx, w.OrganisationID, a.PersonID)
			if err != nil || !only {
				return orElse(err, errs.Field("handle", "shaping.name_colleague"))
			}
		}
		n.NamedBy, n.Since = a.AccountID, tx.Now
		if err := insertSignatory(tx, &n); err != nil {
			return err
		}
		people, err := listAccountsOf(tx, n.PersonID)
		if err != nil {
			return err
		}
		for _, id := range people {
			err := s.notify.Tell(tx, notify.Notice{AccountID: id, Kind: "package_signatory", Ref: w.OrganisationID, Path: "/console/" + w.Slug + "/signatories",
				Args: map[string]string{"clinic": w.Name}})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// EndSignatory ends that somebody may sign. What they signed stays signed.
func (s *Service) EndSignatory(ctx context.Context, a access.Actor, organisation string, id int64) error {
	w, err := s.signingFor(a, organisation)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return endSignatory(tx, w.OrganisationID, id) })
}

// signingFor is the tie by which a manages who signs for an organisation.
func (s *Service) signingFor(a access.Actor, organisation string) (access.Work, error) {
	i := slices.IndexFunc(a.Works, func(w access.Work) bool { return w.Slug == organisation })
	if i < 0 {
		return access.Work{}, errs.New(errs.NotFound, "shaping.not_found")
	}
	return a.Works[i], account.NeedStepUp(a, s.db.Now())
}

// Signatories are who may sign for an organisation now.
func (s *Service) Signatories(q *db.Tx, organisationID int64) ([]Named, error) {
	return signatories(q, organisationID)
}
