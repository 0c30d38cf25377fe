package provider

import (
	"context"
	"strings"

	"caravan/internal/db"
	"caravan/internal/search"
	"caravan/internal/wording"
)

// Sources are what the search index asks for clinics, clinicians and procedures.
func (s *Service) Sources() []search.Source {
	return []search.Source{clinicSource{s}, clinicianSource{s}, procedureSource{s}}
}

type clinicSource struct{ s *Service }

// Kind is the kind of its documents.
func (clinicSource) Kind() search.Kind { return search.Clinic }

// Docs returns what is indexed of listed clinics.
func (x clinicSource) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listForSearch(q, refs)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		d := search.Doc{Ref: r.ID, Lang: "en", Title: r.Name, Context: x.s.place(r.City, r.Country), Body: r.Description, Path: r.Path(),
			ClinicID: r.ID, Country: r.Country, Verified: r.Verified}
		if r.AnsweredAt != nil {
			d.BumpedAt = *r.AnsweredAt
		}
		var tags []string
		for _, id := range splitIDs(r.Procedures) {
			if p, ok := x.s.ProcedureByID(id); ok {
				tags = append(tags, p.AllNames())
			}
		}
		d.Tags = strings.Join(tags, " · ")
		out = append(out, d)
	}
	return out, nil
}

// place is a city with its country's name in every language of the interface.
func (s *Service) place(city, iso string) string {
	parts := []string{city}
	if d, ok := s.Destination(iso); ok {
		for _, lang := range wording.Langs {
			parts = append(parts, d.Name(lang))
		}
	}
	return strings.Join(parts, " · ")
}

type clinicianSource struct{ s *Service }

// Kind is the kind of its documents.
func (clinicianSource) Kind() search.Kind { return search.Clinician }

// Docs returns what is indexed of clinicians at listed clinics.
func (x clinicianSource) Docs(_ context.Context, q *db.Tx, refs []int64) ([]search.Doc, error) {
	rows, err := listCliniciansForSearch(q, refs)
	if err != nil {
		return nil, err
	}
	out := make([]search.Doc, 0, len(rows))
	for _, r := range rows {
		specialty := x.s.known().specialties[r.SpecialtyID]
		tags := []string{r.Title}
		for _, lang := range wording.Langs {
			tags = append(tags, specialty.in(lang))
		}
		out = append(out, search.Doc{Ref: r.ID, Lang: "en", Title: r.Name, Context: r.Clinic + " · " + x.s.place(r.City, r.Country), Tags: strings.Join(tags, " · "),
			Path: "/clinics/" + r.Slug + "#" + clinicianAnchor(r.ID), ClinicID: r.OrganisationID, Country: r.Country, Verified: r.CheckedOn != nil})
	}
	return out, nil
}

type procedureSource struct{ s *Service }

// Kind is the kind of its documents.
func (procedureSource) Kind() search.Kind { return search.Procedure }

// Docs returns what is indexed of procedures: they lead to the clinics that
// offer them.
func (x procedureSource) Docs(_ context.Context, _ *db.Tx, refs []int64) ([]search.Doc, error) {
	var out []search.Doc
	for _, id := range refs {
		p, ok := x.s.ProcedureByID(id)
		if !ok {
			continue
		}
		var tags []string
		for _, lang := range wording.Langs {
			tags = append(tags, p.SpecialtyName(lang))
		}
		out = append(out, search.Doc{Ref: p.ID, Lang: "en", Title: p.Name("en"), Names: p.AllNames(), Tags: strings.Join(tags, " · "),
			Path: "/clinics?procedure=" + p.Code, ProcedureID: p.ID})
	}
	return out, nil
}

// IndexAll puts the whole catalogue and every clinic and clinician into the
// search index, in one transaction: after the first start, and after their
// words changed in bulk.
func (s *Service) IndexAll(tx *db.Tx) error {
	var procedures []int64
	for _, p := range s.Procedures() {
		procedures = append(procedures, p.ID)
	}
	clinics, clinicians, err := listIDs(tx)
	if err != nil {
		return err
	}
	for kind, ids := range map[search.Kind][]int64{search.Procedure: procedures, search.Clinic: clinics, search.Clinician: clinicians} {
		if err := search.PutMany(tx, kind, ids); err != nil {
			return err
		}
	}
	return nil
}
