package provider

import (
	"context"
	"net/http"
	"time"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

// apiRoutes are the operations of the JSON API.
func (s *Service) apiRoutes() []httpd.Route {
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: "/api/v1/procedures", ID: "list-procedures", Summary: "All procedures, specialty by specialty", Tag: "catalogue"}, access.Anyone, s.apiProcedures),
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: "/api/v1/destinations", ID: "list-destinations", Summary: "All destinations with their currency and emergency number", Tag: "catalogue"}, access.Anyone, s.apiDestinations),
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: "/api/v1/clinics", ID: "list-clinics", Summary: "Listed clinics, by name or by who answered last", Tag: "clinics"}, access.Anyone, s.apiClinics),
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: "/api/v1/clinics/{slug}", ID: "get-clinic", Summary: "What is known of one clinic, with sources and dates", Tag: "clinics", Errors: []int{404}}, access.Anyone, s.apiClinic),
	}
}

// ProcedureOut is a procedure in the API.
type ProcedureOut struct {
	Code        string              `json:"code" example:"den.crown"`
	Specialty   string              `json:"specialty" example:"DEN"`
	Names       map[string][]string `json:"names" doc:"By language, the name first, then what people also call it"`
	Units       []string            `json:"units" doc:"What a price is per"`
	Outcome     string              `json:"outcome,omitempty" doc:"What patients are asked afterwards"`
	TwoTrips    bool                `json:"two_trips" doc:"Often needs a second journey"`
	ImplantCard bool                `json:"implant_card" doc:"The implant card is asked for"`
	Month24     bool                `json:"month_24" doc:"Patients are asked again after two years"`
	Caution     string              `json:"caution,omitempty" doc:"A sentence that belongs beside it"`
}

// DestinationOut is a destination in the API.
type DestinationOut struct {
	Code      string            `json:"code" example:"HU" doc:"ISO 3166-1 alpha-2"`
	Names     map[string]string `json:"names"`
	Currency  string            `json:"currency" example:"HUF" doc:"ISO 4217"`
	Exponent  int               `json:"exponent" doc:"Digits of the currency's minor unit"`
	Emergency string            `json:"emergency,omitempty" doc:"Telephone number of the ambulance, where known for certain"`
}

// ClinicOut is a clinic in a list of the API.
type ClinicOut struct {
	Slug       string     `json:"slug"`
	Name       string     `json:"name"`
	City       string     `json:"city"`
	Country    string     `json:"country" doc:"ISO 3166-1 alpha-2"`
	Facility   string     `json:"facility,omitempty" enum:"hospital,day_surgery,dental,hair,ivf,eye"`
	ClaimedAt  *time.Time `json:"claimed_at,omitempty" doc:"When its staff took the page over"`
	AnsweredAt *time.Time `json:"answered_at,omitempty" doc:"When its staff last answered in public"`
}

type listOut[T any] struct {
	Body struct {
		Items []T `json:"items"`
		Count int `json:"count" doc:"Of all pages"`
	}
}

func (s *Service) apiProcedures(_ context.Context, _ access.Actor, _ *struct{}) (*listOut[ProcedureOut], error) {
	out := &listOut[ProcedureOut]{}
	for _, p := range s.Procedures() {
		out.Body.Items = append(out.Body.Items, ProcedureOut{p.Code, p.Specialty, p.Names(), p.Units, p.Outcome, p.TwoTrips, p.ImplantCard, p.Month24, p.Caution("en")})
	}
	out.Body.Count = len(out.Body.Items)
	return out, nil
}

func (s *Service) apiDestinations(_ context.Context, _ access.Actor, _ *struct{}) (*listOut[DestinationOut], error) {
	out := &listOut[DestinationOut]{}
	for _, d := range s.Destinations() {
		out.Body.Items = append(out.Body.Items, DestinationOut{d.ISO, d.names, d.Currency, d.Exponent, d.Emergency})
	}
	out.Body.Count = len(out.Body.Items)
	return out, nil
}

type clinicsIn struct {
	Text      string `query:"q" maxLength:"200" doc:"In names and cities"`
	Country   string `query:"country" maxLength:"2" doc:"ISO 3166-1 alpha-2 of a destination"`
	Procedure string `query:"procedure" maxLength:"60" doc:"Code of a procedure"`
	Sort      string `query:"sort" enum:"figures,name,answered" default:"figures"`
	Page      int    `query:"page" minimum:"1" maximum:"1000" default:"1" doc:"Of 20 clinics"`
}

func (s *Service) apiClinics(ctx context.Context, _ access.Actor, in *clinicsIn) (*listOut[ClinicOut], error) {
	address := clinicsQuery{in.Text, in.Country, in.Procedure, in.Sort, in.Page}
	f, err := s.filter(&address)
	if err != nil {
		return nil, err
	}
	q := s.db.Read(ctx)
	out := &listOut[ClinicOut]{}
	if out.Body.Count, err = countClinics(q, f); err != nil {
		return nil, err
	}
	rows, err := listClinics(q, f, (address.Page-1)*pageSize, pageSize)
	if err != nil {
		return nil, err
	}
	out.Body.Items = make([]ClinicOut, 0, len(rows))
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, clinicOut(r.Organisation))
	}
	return out, nil
}

func clinicOut(o Organisation) ClinicOut {
	return ClinicOut{o.Slug, o.Name, o.City, o.Country, o.Facility, o.ClaimedAt, o.AnsweredAt}
}

// FactsOut is what the API tells of one clinic.
type FactsOut struct {
	ClinicOut
	Description string         `json:"description,omitempty"`
	Website     string         `json:"website,omitempty"`
	Facts       []FactOut      `json:"facts"`
	Procedures  []string       `json:"procedures" doc:"Codes"`
	Clinicians  []ClinicianOut `json:"clinicians"`
}

// FactOut is one fact, in English.
type FactOut struct {
	Fact      string `json:"fact"`
	Result    string `json:"result"`
	Note      string `json:"note,omitempty"`
	Source    string `json:"source,omitempty"`
	SourceURL string `json:"source_url,omitempty"`
	LookedUp  string `json:"looked_up"`
}

// ClinicianOut is somebody who treats patients there.
type ClinicianOut struct {
	Name      string `json:"name"`
	Title     string `json:"title,omitempty"`
	Specialty string `json:"specialty,omitempty"`
	Languages string `json:"languages,omitempty"`
	Registry  string `json:"registry,omitempty"`
}

func (s *Service) apiClinic(ctx context.Context, _ access.Actor, in *struct {
	Slug string `path:"slug" maxLength:"100"`
}) (*struct{ Body FactsOut }, error) {
	q := s.db.Read(ctx)
	o, err := s.FindClinic(q, in.Slug)
	if err != nil {
		return nil, err
	}
	f, err := s.ClinicFacts(ctx, q, in.Slug, wording.Langs[0])
	if err != nil {
		return nil, err
	}
	body := FactsOut{ClinicOut: clinicOut(o), Description: f.Description, Website: f.Website, Facts: []FactOut{}, Procedures: []string{}, Clinicians: []ClinicianOut{}}
	for _, r := range f.Rows {
		body.Facts = append(body.Facts, FactOut{r.Label, r.Result, r.Note, r.Source, r.SourceURL, r.Looked})
	}
	for _, g := range f.Treatments {
		for _, t := range g.Items {
			body.Procedures = append(body.Procedures, t.Code)
		}
	}
	for _, k := range f.Clinicians {
		body.Clinicians = append(body.Clinicians, ClinicianOut{k.Name, k.Title, k.Specialty, k.Languages, k.Registry})
	}
	return &struct{ Body FactsOut }{body}, nil
}
