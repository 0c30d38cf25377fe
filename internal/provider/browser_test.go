package provider_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/provider"
	"caravan/internal/testkit"
	"caravan/web"
)

// stone is a thing that can be reported, so that the desk has something to show.
type stone struct{ author int64 }

func (stone) Kind() string { return "reply" }
func (s stone) About(_ context.Context, id int64) (moderation.Item, error) {
	if id != 1 {
		return moderation.Item{}, errs.New(errs.NotFound, "common.not_found")
	}
	return moderation.Item{Title: "How long did you stay?", Excerpt: "They promise everything and hide the fee.", Path: "/rules", AuthorAccountID: s.author, State: moderation.Shown}, nil
}
func (stone) Hide(*db.Tx, int64, string) error { return nil }
func (stone) Show(*db.Tx, int64) error         { return nil }

// clinicPage shows the facts of a clinic as they stand on a page made elsewhere.
func clinicPage(t *testing.T) web.PageOf[provider.Facts] {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"clinic_head", "clinic_facts", "clinic_offer"} {
		part, err := fs.ReadFile(provider.Views, name+".part.html")
		if err != nil {
			t.Fatal(err)
		}
		files[name+".part.html"] = &fstest.MapFile{Data: part}
	}
	files["facts.page.html"] = &fstest.MapFile{Data: []byte(`{{define "main"}}{{template "clinic_head" .Page}}{{template "clinic_facts" .Page}}{{template "clinic_offer" .Page}}{{end}}`)}
	return web.Page[provider.Facts](files, "facts")
}

// furnished is a house in which every page has something to show.
func furnished(t *testing.T) (h house, people testkit.Guests, paths map[string][]string) {
	t.Helper()
	h = town(t)
	ctx := context.Background()
	exec(t, h.d, `UPDATE organisations SET licence = 'Health register 123', licence_url = 'https://register.example/123', licence_valid = true, checked_at = now(), beds = 12, icu = false,
		languages = '{hu,en,de}', description = 'Nine chairs and a laboratory.', facility = 'dental', website = 'https://duna.example' WHERE slug = 'duna-dental'`)
	exec(t, h.d, `INSERT INTO organisation_accreditations (organisation_id, body_id, status, scope) SELECT id, 2, 'claimed', 'Dental' FROM organisations WHERE slug = 'duna-dental'`)
	exec(t, h.d, `INSERT INTO clinicians (organisation_id, name, title, specialty_id, languages, registry) SELECT id, 'Dr Halmi', 'Dentist', 1, '{hu,en}', 'Chamber 7' FROM organisations WHERE slug = 'duna-dental'`)
	o, err := h.FindClinic(h.d.Read(ctx), "duna-dental")
	if err != nil {
		t.Fatal(err)
	}
	boss, ann, mod := h.works(t, "Boss", o, "staff"), testkit.Person(t, h.d, "Ann"), testkit.Person(t, h.d, "Mod", testkit.Moderator)
	h.desk.AddSubject(stone{ann.AccountID})
	link, err := h.Invite(ctx, boss, o, provider.Invitee{Email: testkit.Address("Ann"), Role: "doctor", Title: "Oral surgeon"}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	d := draft
	d.Sure = true
	if _, err := h.SuggestClinic(ctx, ann, d, db.Key{}); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"fake", "unrelated"} { // one is decided, one waits
		reporter := testkit.Person(t, h.d, "Reporter "+reason)
		if err := h.desk.Report(ctx, reporter, "reply", 1, reason, "Please look at the second line.", db.Key{}); err != nil {
			t.Fatal(err)
		}
		if reason == "fake" {
			id := value[int64](t, h.d, `SELECT id FROM moderation_cases WHERE ask = 'report'`)
			if err := h.desk.Decide(ctx, mod, id, moderation.Verdict{Decision: "hide", Reason: "fake", Statement: "The fee is named in the second line."}); err != nil {
				t.Fatal(err)
			}
		}
	}
	waits := value[int64](t, h.d, `SELECT id FROM moderation_cases WHERE ask = 'report' AND decided_at IS NULL`)
	return h, testkit.Guests{"boss": boss, "ann": ann, "mod": mod}, map[string][]string{
		"":     {"/clinics", "/clinics?q=nothing"},
		"ann":  {"/clinics/add", "/invitation?token=" + url.QueryEscape(token(t, link)), "/me/notifications", "/decisions/1"},
		"boss": {"/clinics/duna-dental/staff", "/report/reply/1"},
		"mod":  {"/moderation", fmt.Sprintf("/moderation/%d", waits), "/moderation/decided"},
	}
}

func TestPagesHaveNoBarriersOnPhonesDesktopsInTheDarkAndFromRightToLeft(t *testing.T) {
	h, people, paths := furnished(t)
	facts := clinicPage(t)
	routes := slices.Concat(h.Routes(), h.desk.Routes(), h.told.Routes(), []httpd.Route{{Method: http.MethodGet, Path: "/clinics/:slug", Gate: access.Anyone, Do: func(c echo.Context) error {
		f, err := h.ClinicFacts(c.Request().Context(), h.d.Read(c.Request().Context()), c.Param("slug"), httpd.Lang(c))
		if err != nil {
			return err
		}
		return httpd.Page(c, facts, httpd.Head{Title: f.Name}, f)
	}}})
	paths[""] = append(paths[""], "/clinics/duna-dental")
	srv := testkit.Door(t, h.d, people, routes)
	testkit.Tour(t, srv.URL, paths)
}
