package shaping

import (
	"context"
	"fmt"
	"slices"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// Every version and every word that a provider gives stands in the public log,
// in the same transaction: nobody can say later that it was another one.

// logVersion enters a version that was just published, with its whole content.
func logVersion(tx *db.Tx, p Package, v Version, c Content, why string) error {
	if first, err := translog.Once(tx, leaf.PkgVersion, p.Slug, v.Number); err != nil || !first {
		return err
	}
	o := leaf.Offered{Package: p.Slug, Title: p.Title, Version: v.Number, Parent: v.Number - 1, Content: c.Canonical(), SHA256: [32]byte(v.ContentHash), Reason: why, Day: tx.Now}
	var err error
	if p.OrganisationID != nil {
		if o.Provider, err = organisationSlug(tx, *p.OrganisationID); err != nil {
			return err
		}
	}
	e := o.Entry()
	return translog.Add(tx, e.Kind, e.Body)
}

// logCommitment enters what became of a commitment: active, raised, suspended,
// ended, breached or withdrawn.
func logCommitment(tx *db.Tx, p Package, c Commitment, state string) error {
	v, err := versionByID(tx, c.VersionID)
	if err != nil {
		return err
	}
	clinic, err := organisationSlug(tx, c.OrganisationID)
	if err != nil {
		return err
	}
	if state == string(CommitmentActive) {
		if _, err := translog.Once(tx, leaf.PkgCommitment, p.Slug, int(c.ID)); err != nil {
			return err
		}
	}
	e := leaf.Committed{Package: p.Slug, Clinic: clinic, Version: v.Number, SHA256: [32]byte(c.ContentHash), State: state, Capacity: c.Capacity,
		ValidUntil: c.ValidUntil, PriceLocked: c.PriceLockedUntil, Signer: c.SignerName, SignerTitle: c.SignerTitle, Day: tx.Now}.Entry()
	return translog.Add(tx, e.Kind, e.Body)
}

// recordBatch is how many packages are recorded in one transaction, each with
// all its versions and commitments.
const recordBatch = 20

// RecordMissing enters packages that were published, and commitments that were
// given, before there was a log.
func (s *Service) RecordMissing(ctx context.Context) error {
	return s.backlog.Record(ctx, s.db, func(tx *db.Tx) (int, error) {
		ids, err := listUnrecorded(tx, recordBatch)
		if err != nil {
			return 0, err
		}
		for _, id := range ids {
			if err := recordPackage(tx, id); err != nil {
				return 0, err
			}
		}
		return len(ids), nil
	})
}

// recordPackage enters all versions of a package, what became of its commitments,
// and how the votes add up that are over by now.
func recordPackage(tx *db.Tx, id int64) error {
	p, err := loadByID(tx, id)
	if err != nil {
		return err
	}
	all, err := versions(tx, id)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Version) int { return a.Number - b.Number })
	for _, v := range all {
		c, err := content(tx, v.ID)
		if err != nil {
			return err
		}
		why := "published"
		if v.Number > 1 {
			why = fmt.Sprintf("round %d", v.Round)
		}
		if err := logVersion(tx, p, v, c, why); err != nil {
			return err
		}
	}
	given, err := commitments(tx, id)
	if err != nil {
		return err
	}
	for _, c := range given {
		if first, err := translog.Once(tx, leaf.PkgCommitment, p.Slug, int(c.ID)); err != nil || !first {
			return err
		}
		if err := logCommitment(tx, p, c, string(CommitmentActive)); err != nil {
			return err
		}
		if c.State != CommitmentActive {
			if err := logCommitment(tx, p, c, string(c.State)); err != nil {
				return err
			}
		}
	}
	return freezeLate(tx, p)
}

// endCommitment ends a commitment and enters that.
func endCommitment(tx *db.Tx, p Package, c Commitment, to CommitmentState) error {
	if err := closeCommitment(tx, c, to); err != nil {
		return err
	}
	return logCommitment(tx, p, c, string(to))
}

// holdCommitment suspends the commitment of a package, if there is one, or lets
// it go on, and enters that.
func holdCommitment(tx *db.Tx, p Package, from, to CommitmentState) error {
	c, err := standing(tx, p.ID)
	if err != nil || c == nil || c.State != from {
		return err
	}
	if err := moveCommitment(tx, c.ID, to); err != nil {
		return err
	}
	return logCommitment(tx, p, *c, string(to))
}
