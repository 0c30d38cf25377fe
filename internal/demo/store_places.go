package demo

import (
	"fmt"
	"time"

	"caravan/internal/db"
)

// places are the organisations and the catalogue, as other rows refer to them.
type places struct {
	organisations map[string]place // by slug
	procedures    map[string]int64 // by code
}

type place struct {
	id   int64
	kind string
}

// storeOrganisations writes clinics and the others with what is known of them.
func storeOrganisations(tx *db.Tx, c *content, now time.Time) (*places, error) {
	p := &places{organisations: map[string]place{}}
	var err error
	if p.procedures, err = ids(tx, `SELECT code, id FROM procedures`); err != nil {
		return nil, err
	}
	specialties, err := ids(tx, `SELECT code, id::bigint FROM specialties`)
	if err != nil {
		return nil, err
	}
	bodies, err := ids(tx, `SELECT code, id::bigint FROM accreditation_bodies WHERE NOT meta`)
	if err != nil {
		return nil, err
	}
	organisations := &table{name: "organisations", columns: []string{"id", "kind", "slug", "name", "country", "city", "state", "facility", "description",
		"beds", "icu", "blood_bank", "anaesthetist", "languages", "checked_at", "claimed_at", "created_at"}}
	treats := &table{name: "organisation_procedures", columns: []string{"organisation_id", "procedure_id"}}
	accredited := &table{name: "organisation_accreditations", columns: []string{"organisation_id", "body_id", "scope", "status", "checked_on"}}
	people := &table{name: "clinicians", columns: []string{"organisation_id", "name", "title", "specialty_id", "languages"}}
	for i, o := range c.Organisations {
		id := int64(i + 1)
		p.organisations[o.Slug] = place{id, o.Kind}
		organisations.add(o.row(id, c, now)...)
		for _, code := range o.Procedures {
			if p.procedures[code] == 0 {
				return nil, fmt.Errorf("demo: %s treats %q, which is not in the catalogue", o.Slug, code)
			}
			treats.add(id, p.procedures[code])
		}
		for _, a := range o.Accreditations {
			if bodies[a.Body] == 0 {
				return nil, fmt.Errorf("demo: %s is accredited by %q, which accredits no clinic", o.Slug, a.Body)
			}
			accredited.add(id, bodies[a.Body], a.Programme, a.Status, now.AddDate(0, 0, -a.CheckedDaysAgo))
		}
		for _, d := range o.Clinicians {
			people.add(id, d.Name, d.Title, specialties[d.Specialty], d.Languages)
		}
	}
	if err := put(tx, organisations, treats, accredited, people); err != nil {
		return nil, err
	}
	return p, moveOn(tx, "organisations")
}

// Clinics have been listed for longer than anybody has an account.
const listedFor = 900 * 24 * time.Hour

// row is an organisation as its table has it. What is not known of those that
// do not treat is null, and shown as unknown.
func (o *organisation) row(id int64, c *content, now time.Time) []any {
	row := []any{id, o.Kind, o.Slug, o.Name, o.Country, o.City, "listed", o.Facility, o.About,
		nil, nil, nil, nil, o.Languages, nil, nil, now.Add(-listedFor)}
	if o.Kind == "clinic" {
		row[9], row[10], row[11], row[12] = o.Beds, o.ICU, o.BloodBank, o.Anaesthetist
		row[14] = now.AddDate(0, 0, -20-int(id))
	}
	for _, p := range c.People {
		if p.Organisation == o.Slug {
			row[15] = now.Add(-time.Duration(p.Age))
			break
		}
	}
	return row
}
