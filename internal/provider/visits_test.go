package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/config"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

func TestAConsoleMarksTheDevicesOfItsOwnPeopleOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	duna := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	people := testkit.Guests{"boss": h.works(t, "Boss", duna, "staff"), "ann": testkit.Person(t, h.d, "Ann")}
	cfg, err := config.Load(func(name string) string { return map[string]string{"TRUSTED_PROXIES": "127.0.0.0/8"}[name] }, false)
	if err != nil {
		t.Fatal(err)
	}
	ok := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
	var routes []httpd.Route
	for _, path := range []string{"/console/:slug", "/console/:slug/codes", "/clinics/:slug"} {
		routes = append(routes, h.Watched(httpd.Route{Method: http.MethodGet, Path: path, Gate: access.Member, Do: ok}))
	}
	srv := httptest.NewServer(httpd.New(httpd.Options{Config: cfg, DB: h.d, Sessions: people, Secret: make([]byte, 32)}, routes))
	t.Cleanup(srv.Close)
	get := func(who, path, device string) (mark *http.Cookie) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", "203.0.113.77")
		req.AddCookie(&http.Cookie{Name: "s", Value: who})
		if device != "" {
			req.AddCookie(&http.Cookie{Name: "d", Value: device})
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusNoContent {
			t.Fatalf("%s: %d", path, res.StatusCode)
		}
		for _, k := range res.Cookies() {
			if k.Name == "d" {
				mark = k
			}
		}
		return mark
	}
	visits := func(what string) int {
		return value[int](t, h.d, `SELECT count(*) FROM console_visits WHERE what = $1 AND organisation_id = $2`, what, duna.ID)
	}
	if get("ann", "/console/duna", "") != nil || get("boss", "/clinics/duna", "") != nil || visits("device")+visits("network") != 0 {
		t.Error("somebody else, or another page, leaves a mark")
	}
	k := get("boss", "/console/duna/codes", "")
	if k == nil || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || len(k.Value) != 24 {
		t.Fatalf("the mark is %+v", k)
	}
	if again := get("boss", "/console/duna", k.Value); again == nil || again.Value != k.Value {
		t.Errorf("the device gets another mark: %+v", again)
	}
	if visits("device") != 1 || visits("network") != 1 {
		t.Errorf("%d devices and %d networks are noted", visits("device"), visits("network"))
	}
	kept := value[string](t, h.d, `SELECT string_agg(v::text || encode(hash, 'escape'), ' ') FROM console_visits v`)
	if strings.Contains(kept, k.Value) || strings.Contains(kept, "203.0.113") {
		t.Error("what is kept is no hash")
	}
}
