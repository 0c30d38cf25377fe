package shaping

import (
	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// Every version and every word that a provider gives stands in the public log,
// in the same transaction: nobody can say later that it was another one.

// logVersion enters a version that was just published, with its whole content.
func logVersion(tx *db.Tx, p Package, v Version, c Content, why string) error {
	o := leaf.Offered{Package: p.Slug, Title: p.Title, Version: v.Number, Parent: v.Number - 1, SHA256: [32]byte(v.ContentHash), Reason: why, Day: tx.Now}
	for _, l := range c.held() {
		one := map[string]any{"key": l.Item.Key, "value": l.Value.Canonical()}
		if l.Item.Unit != "" {
			one["unit"] = l.Item.Unit
		}
		if l.Item.Name != "" {
			one["name"] = l.Item.Name
		}
		o.Content = append(o.Content, one)
	}
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
	e := leaf.Committed{Package: p.Slug, Clinic: clinic, Version: v.Number, SHA256: [32]byte(c.ContentHash), State: state, Capacity: c.Capacity,
		ValidUntil: c.ValidUntil, PriceLocked: c.PriceLockedUntil, Signer: c.SignerName, SignerTitle: c.SignerTitle, Day: tx.Now}.Entry()
	return translog.Add(tx, e.Kind, e.Body)
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
