package demo

import (
	"crypto/rand"
	"slices"
	"time"

	"caravan/internal/visit"
)

// desk is what clinics with staff did: they made codes and said how many
// patients they had.
type desk struct {
	crowd    *crowd
	places   *places
	today    time.Time
	used     map[sheet]int
	patients map[int64]map[visit.Quarter]int // by clinic
	beds     map[string]int
}

// sheet is what codes are made for.
type sheet struct {
	clinic  string
	quarter visit.Quarter
}

func newDesk(t *teller, p *places, tales []*tale) *desk {
	d := &desk{crowd: t.crowd, places: p, today: t.today, used: map[sheet]int{}, patients: map[int64]map[visit.Quarter]int{}, beds: map[string]int{}}
	told := map[sheet]int{}
	for _, x := range tales {
		told[sheet{x.clinic.Slug, x.quarter()}]++
	}
	for slug, o := range t.clinics {
		if o.Kind != "clinic" || len(t.crowd.staff[slug]) == 0 {
			continue
		}
		of := map[visit.Quarter]int{}
		// The present quarter is told when it is over.
		// Whoever came late could still tell about the quarter before.
		for q := visit.Of(t.today).Previous(); len(of) < 10 && q.Next().End().After(t.crowd.staff[slug][0].born); q = q.Previous() {
			of[q] = max(24+o.Beds%40, 4*told[sheet{slug, q}], 2*told[sheet{slug, q.Next()}])
		}
		d.patients[p.organisations[slug].id] = of
	}
	return d
}

// declared is what a clinic said, by quarter and by year.
func (d *desk) declared(organisationID int64) (quarter, year, of map[string]int) {
	quarter, year, of = map[string]int{}, map[string]int{}, map[string]int{}
	for q, n := range d.patients[organisationID] {
		quarter[string(q)] = n
		year[string(q[:4])] += n
		of[string(q[:4])]++
	}
	return quarter, year, of
}

// couldHandOut reports whether somebody was there to make codes for a visit
// while they could be made, and before they were needed.
func (d *desk) couldHandOut(x *tale) bool {
	staff := d.crowd.staff[x.clinic.Slug]
	if len(staff) == 0 {
		return false
	}
	made := d.madeAt(sheet{x.clinic.Slug, x.quarter()})
	return made.Before(x.told) && made.Before(x.quarter().Next().End())
}

// madeAt is when the codes of a quarter were made: when it began, or when the
// first of the staff had been there for a day.
func (d *desk) madeAt(s sheet) time.Time {
	at, since := s.quarter.Start().Add(9*time.Hour), d.crowd.staff[s.clinic][0].born.Add(24*time.Hour)
	if since.After(at) {
		return since
	}
	return at
}

// proofs are what was seen of a visit. Where no code can have been handed out, a
// document was shown instead.
func (d *desk) proofs(x *tale, id int64) (rows []visit.Proof) {
	for _, p := range x.Proofs {
		kind := p.Kind
		if kind == visit.Code && !d.couldHandOut(x) {
			kind = visit.Document
		}
		if slices.ContainsFunc(rows, func(r visit.Proof) bool { return r.Kind == kind }) {
			continue
		}
		row := visit.Proof{ExperienceID: id, Kind: kind, OrganisationID: x.kept.OrganisationID, Quarter: x.quarter(), Sources: max(1, p.Sources), AmountSeen: p.Amount, SeenOn: x.told}
		if kind == visit.Document {
			specialty := x.kept.SpecialtyID
			row.SpecialtyID, row.SeenOn = &specialty, earlier(d.today, x.told.AddDate(0, 0, 3))
		} else {
			d.used[sheet{x.clinic.Slug, x.quarter()}]++
		}
		rows = append(rows, row)
	}
	return rows
}

// batches are the codes that were made: the used ones and as many again, in
// sheets.
func (d *desk) batches() (batches, codes, declarations *table) {
	batches = &table{name: "visit_batches", columns: []string{"id", "organisation_id", "quarter", "specialty_id", "codes", "made_by", "made_at", "expires_at"}}
	codes = &table{name: "visit_codes", columns: []string{"hash", "batch_id", "used"}}
	declarations = &table{name: "visit_declarations", columns: []string{"organisation_id", "quarter", "patients", "declared_by", "declared_at"}}
	id := int64(0)
	sheets := make([]sheet, 0, len(d.used))
	for s := range d.used {
		sheets = append(sheets, s)
	}
	slices.SortFunc(sheets, func(a, b sheet) int {
		return slices.Compare([]string{a.clinic, string(a.quarter)}, []string{b.clinic, string(b.quarter)})
	})
	for _, s := range sheets {
		used := d.used[s]
		for left := used + max(3, used/3); left > 0; left -= visit.MaxBatch {
			id++
			n := min(left, visit.MaxBatch)
			batches.add(id, d.places.organisations[s.clinic].id, string(s.quarter), nil, n, d.crowd.staff[s.clinic][0].ID, d.madeAt(s), s.quarter.End().Add(visit.CodeLife))
			for i := range n {
				codes.add(hiddenHash(), id, i < used)
			}
			used = max(0, used-n)
		}
	}
	for slug, staff := range d.crowd.staff {
		org := d.places.organisations[slug].id
		for q, n := range d.patients[org] {
			at := q.End().Add(4*24*time.Hour + 9*time.Hour)
			if since := staff[0].born.Add(24 * time.Hour); since.After(at) {
				at = since
			}
			declarations.add(org, string(q), n, staff[0].ID, earlier(at, d.today))
		}
	}
	return batches, codes, declarations
}

// hiddenHash stands for a code that nobody knows: nobody shall find one out
// from how the demo was made.
func hiddenHash() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}
