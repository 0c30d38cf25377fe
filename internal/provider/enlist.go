package provider

import (
	"caravan/internal/db"
	"caravan/internal/search"
)

// Enlist returns the listed organisation of that name and country, and lists a
// clinic if there is none: for tables that an operator takes in.
func (s *Service) Enlist(tx *db.Tx, name, country string) (Organisation, error) {
	o, err := findNamed(tx, name, country)
	if err != nil || o.ID != 0 {
		return o, err
	}
	o = Organisation{Kind: "clinic", Name: name, Country: country, State: Listed}
	if err := insertListed(tx, &o); err != nil {
		return o, err
	}
	return o, search.Put(tx, search.Clinic, o.ID)
}
