package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/testkit"
	"caravan/web"
)

// town is a house with a few clinics.
func town(t *testing.T) house {
	t.Helper()
	h := newHouse(t)
	h.clinic(t, "cinar-goz", "Çınar Göz", "İzmir", "TR", "oph.lasik", "oph.cataract")
	h.clinic(t, "duna-dental", "Duna Dental", "Budapest", "HU", "den.crown", "den.implant.single")
	h.clinic(t, "zagon-dental", "Zágon Dental 100%_", "Budapest", "HU", "den.crown", "cob.bbl")
	h.clinic(t, "amal", "مركز الأمل", "دبي", "AE", "fer.ivf_own")
	exec(t, h.d, `INSERT INTO organisations (kind, slug, name, country, city, state, created_at) VALUES
		('clinic', 'waiting', 'Waiting Clinic', 'HU', 'Budapest', 'suggested', now()), ('clinic', 'refused', 'Refused Clinic', 'HU', 'Budapest', 'refused', now()),
		('facilitator', 'carrier', 'Carrier', 'HU', 'Budapest', 'listed', now())`)
	return h
}

var listed = regexp.MustCompile(`<a href="(?:/ar)?/clinics/([a-z-]+)" dir="auto">`)

func names(body string) string {
	var got []string
	for _, m := range listed.FindAllStringSubmatch(body, -1) {
		got = append(got, m[1])
	}
	return strings.Join(got, " ")
}

func TestTheListIsFilteredByItsAddress(t *testing.T) {
	t.Parallel()
	h := town(t)
	exec(t, h.d, `UPDATE organisations SET answered_at = now() WHERE slug = 'zagon-dental'`)
	srv := testkit.Door(t, h.d, nil, h.Routes())
	v := testkit.Visit(t, srv, "")
	for query, want := range map[string]string{
		"":                                  "cinar-goz duna-dental zagon-dental amal",
		"?sort=answered":                    "zagon-dental cinar-goz duna-dental amal",
		"?country=HU":                       "duna-dental zagon-dental",
		"?country=hu&procedure=cob.bbl":     "zagon-dental",
		"?procedure=den.crown":              "duna-dental zagon-dental",
		"?country=XX&procedure=no.such":     "cinar-goz duna-dental zagon-dental amal",
		"?q=cinar":                          "cinar-goz",
		"?q=%C3%87INAR":                     "cinar-goz",
		"?q=izmir":                          "cinar-goz",
		"?q=Zagon":                          "zagon-dental",
		"?q=zagno+dental":                   "zagon-dental duna-dental",
		"?q=%D8%A7%D9%84%D8%A3%D9%85%D9%84": "amal",
		"?q=%25":                            "zagon-dental",
		"?q=_":                              "zagon-dental",
		"?q=%5C":                            "",
		"?q='%3B+DROP+TABLE--":              "",
		"?q=waiting":                        "",
		"?q=carrier":                        "",
		"?page=2":                           "",
		"?page=-3":                          "cinar-goz duna-dental zagon-dental amal",
	} {
		status, body, _ := v.Get("/clinics" + query)
		got := names(body)
		if query == "?q=zagno+dental" { // a misspelt name finds the right one; others may follow
			if !strings.Contains(got, "zagon-dental") {
				t.Errorf("%s: %q, want zagon-dental in it", query, got)
			}
			continue
		}
		if status != http.StatusOK || got != want {
			t.Errorf("%s: %d, %q; want %q", query, status, got, want)
		}
	}
	if status, body, _ := v.Get("/clinics?q=" + strings.Repeat("a", 201)); status != http.StatusUnprocessableEntity || !strings.Contains(body, "at most 200 characters") {
		t.Errorf("201 characters: %d", status)
	}
}

func TestTheListSaysItsOrderItsCountAndWhatToDoWhenEmpty(t *testing.T) {
	t.Parallel()
	h := town(t)
	srv := testkit.Door(t, h.d, nil, h.Routes())
	v := testkit.Visit(t, srv, "")
	_, body, _ := v.Get("/clinics")
	testkit.Contains(t, body, "4 clinics", "First the clinics of which enough patients have told", "Nobody can pay for a place in this list.", "Is a clinic missing?")
	_, body, _ = v.Get("/clinics?sort=name")
	testkit.Contains(t, body, "In the order of the alphabet.")
	_, body, _ = v.Get("/clinics?sort=answered")
	testkit.Contains(t, body, "answered a question here most recently stand first")
	_, body, _ = v.Get("/clinics?q=nothing+like+it")
	testkit.Contains(t, body, "0 clinics", "No clinic fits all of this.", `href="/clinics/add"`)
	_, body, _ = v.Get("/clinics?procedure=cob.bbl")
	testkit.Contains(t, body, "one of the highest death rates")
	_, body, _ = v.Get("/ar/clinics?country=HU")
	testkit.Contains(t, body, `dir="rtl"`, "عيادتان", "المجر", "لا يستطيع أحد شراء مكان", `href="/ar/clinics/duna-dental"`)
	if strings.Contains(body, `name="token"`) {
		t.Error("a page that is kept for all carries a token")
	}
}

func TestTwentyClinicsAreAPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	exec(t, h.d, `INSERT INTO organisations (kind, slug, name, country, city, state, created_at) SELECT 'clinic', 'c-' || translate(n::text, '0123456789', 'abcdefghij'), 'Clinic ' || lpad(n::text, 3, '0'), 'LV', 'Riga', 'listed', now() FROM generate_series(1, 45) n`)
	srv := testkit.Door(t, h.d, nil, h.Routes())
	v := testkit.Visit(t, srv, "")
	seen := map[string]bool{}
	for page, want := range map[int]int{1: 20, 2: 20, 3: 5} {
		_, body, _ := v.Get(fmt.Sprintf("/clinics?page=%d", page))
		got := strings.Fields(names(body))
		if len(got) != want {
			t.Errorf("page %d has %d clinics, want %d", page, len(got), want)
		}
		for _, n := range got {
			seen[n] = true
		}
		testkit.Contains(t, body, "45 clinics", `aria-current="page">`+fmt.Sprint(page))
	}
	if len(seen) != 45 {
		t.Errorf("%d different clinics on three pages, want 45", len(seen))
	}
}

func TestFactsSayWhereFromAndWhenAndUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	h := town(t)
	exec(t, h.d, `UPDATE organisations SET licence = 'Health register 123', licence_url = 'https://register.example/123', licence_valid = true, checked_at = '2026-04-02', beds = 12, icu = false, languages = '{hu,en,de}' WHERE slug = 'duna-dental'`)
	exec(t, h.d, `INSERT INTO organisation_accreditations (organisation_id, body_id, status, scope, checked_on, valid_to) SELECT o.id, 1, 'verified', 'Dental', '2026-04-02', '2020-01-01' FROM organisations o WHERE slug = 'duna-dental'`)
	exec(t, h.d, `INSERT INTO clinicians (organisation_id, name, title, specialty_id, registry, checked_on) SELECT o.id, x.name, 'Dentist', 1, 'Chamber 7', x.checked::date FROM organisations o, (VALUES ('Dr Halmi', '2026-04-02'), ('Dr Zágon', NULL)) x (name, checked) WHERE slug = 'duna-dental'`)
	ctx := context.Background()
	f, err := h.ClinicFacts(ctx, h.d.Read(ctx), "duna-dental", "en")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range f.Rows {
		got[r.Label] = strings.Join([]string{r.Result, r.Tone, r.Looked}, " | ")
	}
	for label, want := range map[string]string{
		"Licence to operate": "Valid | good | 2 April 2026", "Doctors in the register": "1 of 2 found |  | 2 April 2026",
		"Accreditation": "Expired | caution | 2 April 2026", "Beds": "12 beds |  | 2 April 2026",
		"Intensive care in the house": "no |  | 2 April 2026", "Blood bank": "unknown |  | never", "Languages": "Hungarian, English, German |  | 2 April 2026",
	} {
		if got[label] != want {
			t.Errorf("%s: %q, want %q", label, got[label], want)
		}
	}
	if f.Emergency != "112" || len(f.Treatments) != 1 || len(f.Treatments[0].Items) != 2 || len(f.Clinicians) != 2 {
		t.Errorf("%+v", f)
	}
	testkit.Contains(t, shownFacts(t, h, "duna-dental", "ar"), "زراعة سن واحدة", "الهنغارية، الإنجليزية، الألمانية", "وُجد 1 من 2", "<h1", `href="/ar/clinics?country=HU"`)
	if _, err := h.ClinicFacts(ctx, h.d.Read(ctx), "waiting", "en"); err == nil {
		t.Error("a clinic that nobody has checked shows its facts")
	}
}

func shownFacts(t *testing.T, h house, slug, lang string) string {
	t.Helper()
	f, err := h.ClinicFacts(context.Background(), h.d.Read(context.Background()), slug, lang)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range []web.PartOf[provider.Facts]{provider.HeadPart, provider.FactsPart, provider.OfferPart} {
		if err := p.Write(&b, lang, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestNamesAreShownAsTextNeverAsMarkup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	evil := `<script>alert(1)</script>{{7*7}}`
	o := h.clinic(t, "evil", evil, `"><img src=x onerror=alert(1)>`, "HU")
	exec(t, h.d, `UPDATE organisations SET website = 'javascript:alert(1)', description = $1 WHERE id = $2`, evil, o.ID)
	srv := testkit.Door(t, h.d, nil, h.Routes())
	_, list, _ := testkit.Visit(t, srv, "").Get("/clinics")
	for name, page := range map[string]string{"list": list, "facts": shownFacts(t, h, "evil", "en")} {
		for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`} {
			if strings.Contains(page, bad) {
				t.Errorf("the %s holds %s", name, bad)
			}
		}
		testkit.Contains(t, page, "{{7*7}}")
	}
}

func TestTheIndexGetsWhatEverybodyMayRead(t *testing.T) {
	t.Parallel()
	h := town(t)
	ctx := context.Background()
	exec(t, h.d, `INSERT INTO clinicians (id, organisation_id, name, title, specialty_id) SELECT 1, id, 'Dr Halmi', 'Dentist', 1 FROM organisations WHERE slug = 'duna-dental'`)
	exec(t, h.d, `INSERT INTO clinicians (id, organisation_id, name, title, left_at) SELECT 2, id, 'Dr Gone', 'Dentist', now() FROM organisations WHERE slug = 'duna-dental'`)
	exec(t, h.d, `INSERT INTO clinicians (id, organisation_id, name) SELECT 3, id, 'Dr Waiting' FROM organisations WHERE slug = 'waiting'`)
	var docs []search.Doc
	for _, s := range h.Sources() {
		refs := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}
		found, err := s.Docs(ctx, h.d.Read(ctx), refs)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, found...)
	}
	by := map[string]search.Doc{}
	for _, d := range docs {
		by[d.Title] = d
	}
	if len(by) != 4+1+9 {
		t.Errorf("%d documents, want 4 clinics, 1 clinician, 9 procedures", len(by))
	}
	duna, halmi, crown := by["Duna Dental"], by["Dr Halmi"], by["Dental crown"]
	testkit.Contains(t, duna.Context, "Budapest", "Hungary", "المجر")
	testkit.Contains(t, duna.Tags, "Dental crown", "tooth cap", "Zahnkrone")
	testkit.Contains(t, halmi.Context, "Duna Dental")
	testkit.Contains(t, crown.Names, "zirconia crown", "تاج سني", "corona dental")
	if duna.Path != "/clinics/duna-dental" || halmi.Path != "/clinics/duna-dental#clinician-1" || crown.Path != "/clinics?procedure=den.crown" || duna.Country != "HU" {
		t.Errorf("%+v\n%+v\n%+v", duna, halmi, crown)
	}
}

func TestTheAPIGivesTheCatalogueAndTheClinics(t *testing.T) {
	t.Parallel()
	h := town(t)
	srv := testkit.Door(t, h.d, testkit.Guests{"ann": testkit.Person(t, h.d, "Ann")}, h.Routes())
	v := testkit.Visit(t, srv, "")
	read := func(path string, want int, into any) string {
		status, body, _ := v.Get(path)
		if status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, body)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(body), into); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return body
	}
	var procedures, destinations, clinics struct {
		Items []map[string]any
		Count int
	}
	read("/api/v1/procedures", 200, &procedures)
	read("/api/v1/destinations", 200, &destinations)
	read("/api/v1/clinics?country=HU&sort=name", 200, &clinics)
	if procedures.Count != 65 || procedures.Items[0]["code"] != "den.implant.single" || procedures.Items[0]["two_trips"] != true {
		t.Errorf("procedures: %d, %v", procedures.Count, procedures.Items[0])
	}
	if destinations.Count != 36 || destinations.Items[0]["code"] != "AL" {
		t.Errorf("destinations: %d, %v", destinations.Count, destinations.Items[0])
	}
	if clinics.Count != 2 || clinics.Items[0]["slug"] != "duna-dental" {
		t.Errorf("clinics: %+v", clinics)
	}
	body := read("/api/v1/clinics/duna-dental", 200, nil)
	testkit.Contains(t, body, `"name":"Duna Dental"`, `"den.crown"`, `"result":"not looked up yet"`)
	for path, want := range map[string]int{"/api/v1/clinics/waiting": 404, "/api/v1/clinics?page=0": 422, "/api/v1/clinics?sort=paid": 422, "/api/v1/clinics?q=" + strings.Repeat("a", 201): 422} {
		read(path, want, nil)
	}
}

func TestEverythingThatCanBeFoundIsQueuedForTheIndex(t *testing.T) {
	t.Parallel()
	h := town(t)
	exec(t, h.d, `INSERT INTO clinicians (organisation_id, name) SELECT id, 'Dr Halmi' FROM organisations WHERE slug IN ('duna-dental', 'waiting')`)
	if err := h.d.Write(context.Background(), h.IndexAll); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, h.d, `SELECT string_agg(kind || ':' || n, ' ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM search_queue GROUP BY kind) q`); got != "3:4 4:1 5:65" {
		t.Errorf("queued %s; want 4 clinics, 1 clinician, 65 procedures", got)
	}
}
