package shaping

import (
	"context"
	"net/http"
	"time"

	"caravan/internal/access"
	"caravan/internal/httpd"
)

// signatoryAPI are the operations of the JSON API by which a provider says who may
// sign for it. To everybody else they are not there.
func (s *Service) signatoryAPI() []httpd.Route {
	const tag, all = "Packages", "/api/v1/console/{slug}/signatories"
	return []httpd.Route{
		httpd.API(httpd.Operation{Method: http.MethodGet, Path: all, ID: "list-signatories", Summary: "Who may sign for a provider, for its own people", Tag: tag, Errors: []int{404}}, access.Member, s.apiSignatories),
		httpd.API(httpd.Operation{Method: http.MethodPost, Path: all, ID: "name-signatory", Summary: "Say that a colleague may sign; needs a recent step-up", Tag: tag, Errors: []int{403, 404, 409}}, access.Member, s.apiNameSignatory),
		httpd.API(httpd.Operation{Method: http.MethodDelete, Path: all + "/{id}", ID: "end-signatory", Summary: "End that; what was signed stays signed", Tag: tag, Errors: []int{403, 404}}, access.Member, s.apiEndSignatory),
	}
}

// SignatoryJSON is somebody who may sign.
type SignatoryJSON struct {
	ID    int64     `json:"id"`
	Name  string    `json:"name"`
	Title string    `json:"title"`
	Since time.Time `json:"since"`
}

type deskIn struct {
	Slug string `path:"slug" maxLength:"120"`
}

type signatoriesOut struct {
	Body struct {
		Signatories []SignatoryJSON `json:"signatories"`
	}
}

func (s *Service) apiSignatories(ctx context.Context, a access.Actor, in *deskIn) (*signatoriesOut, error) {
	w, err := deskFor(a, in.Slug)
	if err != nil {
		return nil, err
	}
	rows, err := signatories(s.db.Read(ctx), w.OrganisationID)
	out := &signatoriesOut{}
	out.Body.Signatories = []SignatoryJSON{}
	for _, r := range rows {
		out.Body.Signatories = append(out.Body.Signatories, SignatoryJSON{r.ID, r.Name, r.Title, r.Since})
	}
	return out, err
}

type nameIn struct {
	Slug string `path:"slug" maxLength:"120"`
	Body struct {
		Handle string `json:"handle" doc:"Of the colleague; never one's own, but for the only owner"`
		Name   string `json:"name" doc:"Public on what is signed"`
		Title  string `json:"title" doc:"Function, public too"`
	}
}

func (s *Service) apiNameSignatory(ctx context.Context, a access.Actor, in *nameIn) (*signatoriesOut, error) {
	if _, err := deskFor(a, in.Slug); err != nil {
		return nil, err
	}
	if err := s.NameSignatory(ctx, a, in.Slug, in.Body.Handle, in.Body.Name, in.Body.Title); err != nil {
		return nil, err
	}
	return s.apiSignatories(ctx, a, &deskIn{in.Slug})
}

type endIn struct {
	Slug string `path:"slug" maxLength:"120"`
	ID   int64  `path:"id"`
}

func (s *Service) apiEndSignatory(ctx context.Context, a access.Actor, in *endIn) (*signatoriesOut, error) {
	if _, err := deskFor(a, in.Slug); err != nil {
		return nil, err
	}
	if err := s.EndSignatory(ctx, a, in.Slug, in.ID); err != nil {
		return nil, err
	}
	return s.apiSignatories(ctx, a, &deskIn{in.Slug})
}
