package provider

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"caravan/internal/db"
	"caravan/internal/wording"
)

// Facts is what is known of a clinic, ready to print in one language. Every
// fact says where it comes from and when it was looked up; what nobody knows is
// shown as unknown, never left out.
type Facts struct {
	ID                   int64
	Slug, Name, Path     string
	Kind                 string // "Dental practice", or "Clinic"
	City, Country        string // country by its name
	ISO                  string // country by its code
	Description, Website string
	Languages            string // names with commas; empty: unknown
	Emergency            string // the country's ambulance; empty: unknown
	Claimed              string // sentence on whether its staff have taken the page over
	Checked              string // sentence on when the facts were looked up
	Rows                 []FactRow
	Treatments           []TreatmentGroup
	Clinicians           []ClinicianView
}

// FactRow is one fact. Tone is good, caution, or empty.
type FactRow struct {
	Label, Result, Tone string
	Note                string
	Source, SourceURL   string
	Looked              string // day, or that nobody has
}

// TreatmentGroup are the procedures of one specialty.
type TreatmentGroup struct {
	Label string
	Items []Treatment
}

// Treatment is one procedure that the clinic offers.
type Treatment struct{ Code, Name, Path, Caution string }

// ClinicianView is somebody who treats patients there.
type ClinicianView struct {
	ID                     int64
	Name, Title, Specialty string
	Languages              string
	Registry, RegistryURL  string
	Found                  string // when found in the register; empty: not looked up
	Anchor                 string // id of the element
}

// ClinicFacts returns what is known of a listed clinic, or NotFound.
func (s *Service) ClinicFacts(_ context.Context, q *db.Tx, slug, lang string) (Facts, error) {
	r, err := findFacts(q, slug)
	if err != nil {
		return Facts{}, err
	}
	accreditations, err := listAccreditations(q, r.ID)
	if err != nil {
		return Facts{}, err
	}
	clinicians, err := listClinicians(q, r.ID)
	if err != nil {
		return Facts{}, err
	}
	country, _ := s.Destination(r.Country)
	f := Facts{
		ID: r.ID, Slug: r.Slug, Name: r.Name, Path: r.Path(), Kind: facilityName(lang, r.Facility), City: r.City, Country: country.Name(lang), ISO: r.Country,
		Description: r.Description, Website: r.Website, Languages: languageNames(lang, r.Languages), Emergency: country.Emergency,
		Claimed: wording.Text(lang, "provider.unclaimed"), Checked: wording.Text(lang, "provider.never_checked"),
		Treatments: s.treatments(lang, r.Procedures), Clinicians: s.clinicianViews(lang, clinicians),
	}
	if r.ClaimedAt != nil {
		f.Claimed = wording.Text(lang, "provider.claimed", "day", wording.Day(lang, *r.ClaimedAt))
	}
	if r.CheckedAt != nil {
		f.Checked = wording.Text(lang, "provider.checked", "day", wording.Day(lang, *r.CheckedAt))
	}
	f.Rows = factRows(lang, r, accreditations, clinicians, q.Now)
	return f, nil
}

func factRows(lang string, r factsRow, accreditations []accreditationRow, clinicians []Clinician, now time.Time) []FactRow {
	say := func(key string, args ...any) string { return wording.Text(lang, "provider."+key, args...) }
	// What is unknown was not looked up, or could not be found out.
	looked, never := day(lang, r.CheckedAt), say("never")
	when := func(known bool) string {
		if known {
			return looked
		}
		return never
	}
	rows := []FactRow{licenceRow(lang, r)}
	rows = append(rows, registerRow(lang, clinicians))
	for _, a := range accreditations {
		rows = append(rows, accreditationFact(lang, a, now))
	}
	if len(accreditations) == 0 {
		rows = append(rows, FactRow{Label: say("fact_accreditation"), Result: say("none_known"), Looked: looked})
	}
	beds := say("unknown")
	if r.Beds != nil {
		beds = wording.Text(lang, "provider.beds", "count", *r.Beds)
	}
	rows = append(rows, FactRow{Label: say("fact_beds"), Result: beds, Looked: when(r.Beds != nil)})
	for _, x := range []struct {
		key string
		has *bool
	}{{"fact_icu", r.ICU}, {"fact_blood_bank", r.BloodBank}, {"fact_anaesthetist", r.Anaesthetist}} {
		rows = append(rows, FactRow{Label: say(x.key), Result: yesNo(lang, x.has), Looked: when(x.has != nil)})
	}
	languages := languageNames(lang, r.Languages)
	return append(rows, FactRow{Label: say("fact_languages"), Result: cmp.Or(languages, say("unknown")), Looked: when(languages != "")})
}

func licenceRow(lang string, r factsRow) FactRow {
	f := FactRow{Label: wording.Text(lang, "provider.fact_licence"), Source: r.Licence, SourceURL: r.LicenceURL, Looked: day(lang, r.CheckedAt)}
	switch {
	case r.LicenceValid == nil:
		f.Result, f.Looked = wording.Text(lang, "provider.not_looked_up"), day(lang, nil)
	case *r.LicenceValid:
		f.Result, f.Tone = wording.Text(lang, "provider.licence_valid"), "good"
	default:
		f.Result, f.Tone = wording.Text(lang, "provider.licence_invalid"), "caution"
	}
	return f
}

// registerRow says how many of the clinicians were found in their registers.
func registerRow(lang string, clinicians []Clinician) FactRow {
	f := FactRow{Label: wording.Text(lang, "provider.fact_register")}
	found, last := 0, (*time.Time)(nil)
	for _, c := range clinicians {
		if c.CheckedOn != nil {
			found++
			if last == nil || c.CheckedOn.After(*last) {
				last = c.CheckedOn
			}
		}
	}
	f.Looked = day(lang, last)
	switch {
	case len(clinicians) == 0:
		f.Result = wording.Text(lang, "provider.none_known")
	case found == 0:
		f.Result = wording.Text(lang, "provider.not_looked_up")
	default:
		f.Result = wording.Text(lang, "provider.found_of", "found", found, "all", len(clinicians))
	}
	return f
}

// accreditationFact says what is known of one accreditation. One whose end has
// passed is expired, whatever was noted when it was looked up.
func accreditationFact(lang string, a accreditationRow, now time.Time) FactRow {
	f := FactRow{Label: wording.Text(lang, "provider.fact_accreditation"), Source: a.Body, SourceURL: a.RegistryURL, Note: a.Scope, Looked: day(lang, a.CheckedOn)}
	status := a.Status
	if a.ValidTo != nil && a.ValidTo.AddDate(0, 0, 1).Before(now) {
		status = "expired"
	}
	switch status {
	case "verified":
		f.Result, f.Tone = wording.Text(lang, "provider.accreditation_verified"), "good"
		if a.ValidTo != nil {
			f.Result = wording.Text(lang, "provider.accreditation_until", "day", wording.Day(lang, *a.ValidTo))
		}
	case "expired":
		f.Result, f.Tone = wording.Text(lang, "provider.accreditation_expired"), "caution"
	default:
		f.Result = wording.Text(lang, "provider.accreditation_claimed")
	}
	return f
}

func (s *Service) treatments(lang, ids string) (out []TreatmentGroup) {
	for _, id := range splitIDs(ids) {
		p, ok := s.ProcedureByID(id)
		if !ok {
			continue
		}
		label := p.SpecialtyName(lang)
		if len(out) == 0 || out[len(out)-1].Label != label {
			out = append(out, TreatmentGroup{Label: label})
		}
		g := &out[len(out)-1]
		g.Items = append(g.Items, Treatment{p.Code, p.Name(lang), "/clinics?procedure=" + p.Code, p.Caution(lang)})
	}
	return out
}

func (s *Service) clinicianViews(lang string, rows []Clinician) (out []ClinicianView) {
	for _, c := range rows {
		v := ClinicianView{ID: c.ID, Name: c.Name, Title: c.Title, Specialty: s.known().specialties[c.SpecialtyID].in(lang), Languages: languageNames(lang, c.Languages),
			Registry: c.Registry, RegistryURL: c.RegistryURL, Anchor: clinicianAnchor(c.ID)}
		if c.CheckedOn != nil {
			v.Found = wording.Text(lang, "provider.found_on", "day", wording.Day(lang, *c.CheckedOn))
		}
		out = append(out, v)
	}
	return out
}

func clinicianAnchor(id int64) string { return "clinician-" + strconv.FormatInt(id, 10) }

func facilityName(lang, facility string) string {
	if facility == "" {
		return wording.Text(lang, "provider.facility_unknown")
	}
	return wording.Text(lang, "provider.facility_"+facility)
}

// languageNames turns codes with commas into names in lang.
func languageNames(lang, codes string) string {
	in := display.Languages(language.Make(lang))
	var out []string
	for code := range strings.SplitSeq(codes, ",") {
		if tag, err := language.Parse(code); err == nil && code != "" {
			out = append(out, in.Name(tag))
		}
	}
	return strings.Join(out, wording.Text(lang, "common.comma"))
}

func splitIDs(s string) (ids []int64) {
	for part := range strings.SplitSeq(s, ",") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func day(lang string, at *time.Time) string {
	if at == nil {
		return wording.Text(lang, "provider.never")
	}
	return wording.Day(lang, *at)
}

func yesNo(lang string, b *bool) string {
	switch {
	case b == nil:
		return wording.Text(lang, "provider.unknown")
	case *b:
		return wording.Text(lang, "provider.yes")
	}
	return wording.Text(lang, "provider.no")
}
