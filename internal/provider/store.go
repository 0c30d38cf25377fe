package provider

import (
	"errors"
	"fmt"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

const organisationColumns = `o.id, o.kind, o.slug, o.name, o.country, o.city, o.state, o.facility, o.website, o.claimed_at, o.answered_at`

func findClinic(q *db.Tx, slug string) (Organisation, error) {
	return oneOrganisation(q, `SELECT `+organisationColumns+` FROM organisations o WHERE o.slug = ? AND o.kind = 'clinic' AND o.state = 'listed'`, slug)
}

func findOrganisation(q *db.Tx, id int64) (Organisation, error) {
	return oneOrganisation(q, `SELECT `+organisationColumns+` FROM organisations o WHERE o.id = ?`, id)
}

func oneOrganisation(q *db.Tx, sql string, arg any) (o Organisation, err error) {
	err = q.Gorm().Raw(sql, arg).Take(&o).Error
	if db.Missing(err) {
		return o, errs.New(errs.NotFound, "provider.no_such_clinic")
	}
	return o, db.Wrap("provider: find organisation", err)
}

// listChoices are the clinics that a form offers.
func listChoices(q *db.Tx) (rows []Organisation, err error) {
	err = q.Gorm().Raw(`SELECT ` + organisationColumns + ` FROM organisations o WHERE o.kind = 'clinic' AND o.state = 'listed' ORDER BY o.words, o.id LIMIT 1000`).Scan(&rows).Error
	return rows, db.Wrap("provider: list choices", err)
}

// insertSuggestion stores o under the first of its slugs that is free, and sets
// its ID and Slug.
func insertSuggestion(tx *db.Tx, o *Organisation, byAccountID int64, note string) error {
	for slug := range slugs(o.Name, o.City, o.Country) {
		err := tx.Gorm().Raw(`
			INSERT INTO organisations (kind, slug, name, country, city, state, website, suggested_by, suggestion, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING RETURNING id`,
			o.Kind, slug, o.Name, o.Country, o.City, o.State, o.Website, byAccountID, note, tx.Now).Scan(&o.ID).Error
		if err != nil {
			return db.Wrap("provider: insert organisation", err)
		}
		if o.ID != 0 {
			o.Slug = slug
			return nil
		}
	}
	return errors.New("provider: no free slug")
}

// insertClaim stores that a clinic is said to be accredited by a body.
func insertClaim(tx *db.Tx, organisationID int64, bodyID int16) error {
	err := tx.Gorm().Exec(`INSERT INTO organisation_accreditations (organisation_id, body_id, status) VALUES (?, ?, 'claimed')`, organisationID, bodyID).Error
	return db.Wrap("provider: insert accreditation", err)
}

// listAlike are clinics of a country whose name looks like name.
func listAlike(q *db.Tx, name, country string) (rows []Alike, err error) {
	err = q.Gorm().Raw(`
		SELECT name, city, slug, state FROM organisations
		WHERE kind = 'clinic' AND state IN ('listed', 'suggested') AND country = ? AND plain_letters(?) <% words
		ORDER BY word_similarity(plain_letters(?), words) DESC, id LIMIT 5`, country, name, name).Scan(&rows).Error
	return rows, db.Wrap("provider: list alike", err)
}

// suggestion is a suggested clinic with what was said about it.
type suggestion struct {
	Organisation
	Suggestion  string
	SuggestedBy int64
	Bodies      string
}

func findSuggestion(q *db.Tx, id int64) (r suggestion, err error) {
	err = q.Gorm().Raw(`
		SELECT `+organisationColumns+`, o.suggestion, coalesce(o.suggested_by, 0) AS suggested_by,
		       coalesce((SELECT string_agg(b.name, ', ') FROM organisation_accreditations a JOIN accreditation_bodies b ON b.id = a.body_id WHERE a.organisation_id = o.id), '') AS bodies
		FROM organisations o WHERE o.id = ?`, id).Take(&r).Error
	if db.Missing(err) {
		return r, errs.New(errs.NotFound, "provider.no_such_clinic")
	}
	return r, db.Wrap("provider: find suggestion", err)
}

func setState(tx *db.Tx, id int64, state string) error {
	return db.Wrap("provider: set state", tx.Gorm().Exec(`UPDATE organisations SET state = ? WHERE id = ?`, state, id).Error)
}

// claim notes that an organisation's own people have taken its page over.
func claim(tx *db.Tx, id int64) error {
	return db.Wrap("provider: claim", tx.Gorm().Exec(`UPDATE organisations SET claimed_at = coalesce(claimed_at, ?) WHERE id = ?`, tx.Now, id).Error)
}

// queueAnswered goes with the commit: the row is read by every page of the
// clinic, and should be locked for a moment only.
func queueAnswered(tx *db.Tx, id int64) {
	tx.Last(fmt.Sprintf("provider %020d", id), `UPDATE organisations SET answered_at = greatest(answered_at, $1) WHERE id = $2`, []any{tx.Now, id}, nil)
}

// factsRow is what is known of one clinic.
type factsRow struct {
	Organisation
	Description             string
	Beds                    *int
	ICU                     *bool `gorm:"column:icu"`
	BloodBank, Anaesthetist *bool
	Languages               string // codes with commas
	Licence                 string
	LicenceURL              string `gorm:"column:licence_url"`
	LicenceValid            *bool
	CheckedAt               *time.Time
	Procedures              string // ids with commas, in the order of the catalogue
}

func findFacts(q *db.Tx, slug string) (r factsRow, err error) {
	err = q.Gorm().Raw(`
		SELECT `+organisationColumns+`, o.description, o.beds, o.icu, o.blood_bank, o.anaesthetist, array_to_string(o.languages, ',') AS languages,
		       o.licence, o.licence_url, o.licence_valid, o.checked_at,
		       coalesce((SELECT string_agg(procedure_id::text, ',' ORDER BY procedure_id) FROM organisation_procedures WHERE organisation_id = o.id), '') AS procedures
		FROM organisations o WHERE o.slug = ? AND o.kind = 'clinic' AND o.state = 'listed'`, slug).Take(&r).Error
	if db.Missing(err) {
		return r, errs.New(errs.NotFound, "provider.no_such_clinic")
	}
	return r, db.Wrap("provider: find facts", err)
}

type accreditationRow struct {
	Body        string
	Scope       string
	Certificate string
	RegistryURL string `gorm:"column:registry_url"`
	Status      string
	ValidTo     *time.Time
	CheckedOn   *time.Time
}

func listAccreditations(q *db.Tx, organisationID int64) (rows []accreditationRow, err error) {
	err = q.Gorm().Raw(`
		SELECT b.name AS body, a.scope, a.certificate, a.registry_url, a.status, a.valid_to, a.checked_on
		FROM organisation_accreditations a JOIN accreditation_bodies b ON b.id = a.body_id WHERE a.organisation_id = ? ORDER BY a.id`, organisationID).Scan(&rows).Error
	return rows, db.Wrap("provider: list accreditations", err)
}

// Clinician is somebody who treats patients at a clinic, as stored. It is
// exported because gorm leaves out what is embedded under a small name.
type Clinician struct {
	ID             int64
	OrganisationID int64
	Name, Title    string
	SpecialtyID    int16
	Languages      string
	Registry       string
	RegistryURL    string `gorm:"column:registry_url"`
	CheckedOn      *time.Time
}

const clinicianColumns = `c.id, c.organisation_id, c.name, c.title, coalesce(c.specialty_id, 0) AS specialty_id, array_to_string(c.languages, ',') AS languages, c.registry, c.registry_url, c.checked_on`

func listClinicians(q *db.Tx, organisationID int64) (rows []Clinician, err error) {
	err = q.Gorm().Raw(`SELECT `+clinicianColumns+` FROM clinicians c WHERE c.organisation_id = ? AND c.left_at IS NULL ORDER BY c.id`, organisationID).Scan(&rows).Error
	return rows, db.Wrap("provider: list clinicians", err)
}

// findNamed returns the listed organisation of exactly that name in a country;
// zero if there is none.
func findNamed(q *db.Tx, name, country string) (o Organisation, err error) {
	err = q.Gorm().Raw(`SELECT `+organisationColumns+` FROM organisations o WHERE o.name = ? AND o.country = ? AND o.state = 'listed' ORDER BY o.id LIMIT 1`,
		name, country).Scan(&o).Error
	return o, db.Wrap("provider: find named", err)
}

// insertListed stores o under the first of its slugs that is free, and sets its
// ID and Slug.
func insertListed(tx *db.Tx, o *Organisation) error {
	for slug := range slugs(o.Name, o.City, o.Country) {
		err := tx.Gorm().Raw(`
			INSERT INTO organisations (kind, slug, name, country, city, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING RETURNING id`,
			o.Kind, slug, o.Name, o.Country, o.City, o.State, tx.Now).Scan(&o.ID).Error
		if err != nil {
			return db.Wrap("provider: insert listed", err)
		}
		if o.ID != 0 {
			o.Slug = slug
			return nil
		}
	}
	return errors.New("provider: no free slug")
}
