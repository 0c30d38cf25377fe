package provider

import (
	"encoding/json"
	"sort"
	"strings"

	"caravan/internal/db"
)

type procedureRow struct {
	ID                             int64
	Code, Specialty                string
	SpecialtyNames                 string // JSON
	Units                          string // with commas
	Outcome, Caution               string
	TwoTrips, ImplantCard, Month24 bool
}

// readCatalogue reads all that the seed fixes.
func readCatalogue(q *db.Tx) (*catalogue, error) {
	c := &catalogue{byCode: map[string]Procedure{}, byID: map[int64]Procedure{}, byISO: map[string]Destination{}, specialties: map[int16]names{}}
	for _, read := range []func(*db.Tx, *catalogue) error{readProcedures, readDestinations, readBodies, readRestricted, readSpecialties} {
		if err := read(q, c); err != nil {
			return nil, db.Wrap("provider: read catalogue", err)
		}
	}
	return c, nil
}

func readProcedures(q *db.Tx, c *catalogue) error {
	var rows []procedureRow
	err := q.Gorm().Raw(`
		SELECT p.id, p.code, s.code AS specialty, s.names AS specialty_names, array_to_string(p.units, ',') AS units,
		       coalesce(p.outcome, '') AS outcome, coalesce(p.caution, '') AS caution, p.two_trips, p.implant_card, p.month24
		FROM procedures p JOIN specialties s ON s.id = p.specialty_id ORDER BY s.id, p.id`).Scan(&rows).Error
	if err != nil {
		return err
	}
	called, err := readNames(q)
	if err != nil {
		return err
	}
	for _, r := range rows {
		p := Procedure{ID: r.ID, Code: r.Code, Specialty: r.Specialty, Units: strings.Split(r.Units, ","), Outcome: r.Outcome, caution: r.Caution,
			TwoTrips: r.TwoTrips, ImplantCard: r.ImplantCard, Month24: r.Month24, names: called[r.ID]}
		if p.specialty, err = readJSON(r.SpecialtyNames); err != nil {
			return err
		}
		c.procedures = append(c.procedures, p)
		c.byCode[p.Code], c.byID[p.ID] = p, p
	}
	return nil
}

// readNames returns the names of each procedure by language.
func readNames(q *db.Tx) (map[int64]map[string][]string, error) {
	var rows []struct {
		ProcedureID int64
		Lang, Name  string
	}
	err := q.Gorm().Raw(`SELECT procedure_id, lang, name FROM procedure_names ORDER BY procedure_id, lang, position`).Scan(&rows).Error
	out := map[int64]map[string][]string{}
	for _, r := range rows {
		if out[r.ProcedureID] == nil {
			out[r.ProcedureID] = map[string][]string{}
		}
		out[r.ProcedureID][r.Lang] = append(out[r.ProcedureID][r.Lang], r.Name)
	}
	return out, err
}

func readDestinations(q *db.Tx, c *catalogue) error {
	var rows []struct {
		Code, Currency, Emergency, Names string
		Exponent                         int
	}
	err := q.Gorm().Raw(`
		SELECT d.code, d.currency, k.exponent, coalesce(d.emergency, '') AS emergency, d.names
		FROM destinations d JOIN currencies k ON k.code = d.currency`).Scan(&rows).Error
	for _, r := range rows {
		d := Destination{ISO: r.Code, Currency: r.Currency, Exponent: r.Exponent, Emergency: r.Emergency}
		if d.names, err = readJSON(r.Names); err != nil {
			return err
		}
		c.destinations = append(c.destinations, d)
		c.byISO[d.ISO] = d
	}
	sort.Slice(c.destinations, func(i, j int) bool { return c.destinations[i].Name("en") < c.destinations[j].Name("en") })
	return err
}

func readBodies(q *db.Tx, c *catalogue) error {
	return q.Gorm().Raw(`SELECT id, code, name, meta FROM accreditation_bodies ORDER BY id`).Scan(&c.bodies).Error
}

func readRestricted(q *db.Tx, c *catalogue) error {
	var rows []struct{ Code, Names string }
	err := q.Gorm().Raw(`SELECT code, names FROM other_codes WHERE class = 'restricted' ORDER BY code`).Scan(&rows).Error
	for _, r := range rows {
		x := Restricted{Code: r.Code}
		if x.names, err = readJSON(r.Names); err != nil {
			return err
		}
		c.restricted = append(c.restricted, x)
	}
	return err
}

func readSpecialties(q *db.Tx, c *catalogue) error {
	var rows []struct {
		ID    int16
		Names string
	}
	err := q.Gorm().Raw(`SELECT id, names FROM specialties`).Scan(&rows).Error
	for _, r := range rows {
		if c.specialties[r.ID], err = readJSON(r.Names); err != nil {
			return err
		}
	}
	return err
}

func readJSON(s string) (n names, err error) {
	err = json.Unmarshal([]byte(s), &n)
	return n, err
}
