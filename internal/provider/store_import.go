package provider

import (
	"strings"

	"caravan/internal/db"
)

// findPlace finds an organisation of any state by its name and place; the zero
// Organisation if there is none.
func findPlace(q *db.Tx, name, country, city string) (o Organisation, err error) {
	err = q.Gorm().Raw(`SELECT `+organisationColumns+` FROM organisations o WHERE lower(o.name) = lower(?) AND o.country = ? AND lower(o.city) = lower(?) ORDER BY o.state = 'listed' DESC, o.id LIMIT 1`,
		name, country, city).Scan(&o).Error
	return o, db.Wrap("provider: find place", err)
}

func insertListing(tx *db.Tx, x *listing) error {
	if err := insertListed(tx, &x.Organisation); err != nil {
		return err
	}
	err := tx.Gorm().Exec(`UPDATE organisations SET facility = ?, website = ?, description = ?, beds = ?, languages = string_to_array(?, '|') WHERE id = ?`,
		x.Facility, x.Website, x.Description, x.Beds, strings.Join(x.Languages, "|"), x.ID).Error
	if err != nil {
		return db.Wrap("provider: store listing", err)
	}
	for _, id := range x.Procedures {
		if err := tx.Gorm().Exec(`INSERT INTO organisation_procedures (organisation_id, procedure_id) VALUES (?, ?)`, x.ID, id).Error; err != nil {
			return db.Wrap("provider: store treatment", err)
		}
	}
	if x.Body == nil {
		return nil
	}
	return insertClaim(tx, x.ID, x.Body.ID)
}
