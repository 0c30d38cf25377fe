package app_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestTheAPIDescribesItself loads the description as a stranger's tools would.
func TestTheAPIDescribesItself(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	a := s.visitor().get("/openapi.json")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(a.text))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %s, want 3.1", doc.OpenAPI)
	}
	for path, methods := range map[string][]string{
		"/api/v1/accounts": {"POST"}, "/api/v1/session": {"POST", "DELETE"}, "/api/v1/questions": {"GET", "POST"}, "/api/v1/questions/{id}/replies": {"GET", "POST"},
		"/api/v1/replies/{id}/vote": {"PUT"}, "/api/v1/search": {"GET"}, "/api/v1/packages/{slug}/promises": {"GET"}, "/api/v1/packages/{slug}/demand": {"GET"},
		"/api/v1/packages/{slug}/changes": {"GET"}, "/api/v1/packages/{slug}/commitment": {"POST"}, "/api/v1/packages/{slug}/steps": {"POST"}, "/api/v1/me/journeys/{id}/verdicts": {"PUT"},
		"/api/v1/packages": {"GET", "POST"}, "/api/v1/packages/{slug}/draft": {"GET", "PUT"}, "/api/v1/packages/{slug}/publish": {"POST"}, "/api/v1/packages/{slug}/adopt": {"POST"}, "/api/v1/packages/{slug}/fork": {"POST"},
		"/api/v1/packages/compare": {"GET"}, "/api/v1/packages/{slug}/mine": {"GET"}, "/api/v1/me/packages": {"GET"}, "/api/v1/amendments/{id}/steps": {"POST"}, "/api/v1/amendments/{id}/responses": {"POST"},
		"/api/v1/packages/{slug}/own-changes": {"GET", "PUT"}, "/api/v1/packages/{slug}/oversight": {"POST"}, "/api/v1/packages/{slug}/promises/{item}/replies": {"POST"}, "/api/v1/clinics/{slug}/promises": {"GET"},
	} {
		for _, m := range methods {
			if item := doc.Paths.Value(path); item == nil || item.GetOperation(m) == nil {
				t.Errorf("%s %s is not described", m, path)
			}
		}
	}
}
