package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

var draft = provider.Draft{Name: "Mondsee Dental", City: "Pécs", Country: "HU", Website: "mondsee.example", Accreditation: "Temos", Note: "They treated my aunt."}

func TestASuggestedClinicAppearsOnceAModeratorApprovesIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, mod := testkit.Person(t, h.d, "Ann"), testkit.Person(t, h.d, "Mod", testkit.Moderator)
	ctx := context.Background()
	o, err := h.SuggestClinic(ctx, ann, draft, key("one"))
	if err != nil || o.Slug != "mondsee-dental" || o.State != provider.Suggested {
		t.Fatalf("%+v, %v", o, err)
	}
	if _, err := h.FindClinic(h.d.Read(ctx), o.Slug); !errs.Is(err, errs.NotFound) {
		t.Errorf("before it was checked: %v, want NotFound", err)
	}
	caseID := value[int64](t, h.d, `SELECT id FROM moderation_cases WHERE kind = 'clinic' AND ref = $1 AND ask = 'suggestion'`, o.ID)
	it, err := h.Suggestions()[0].About(ctx, o.ID)
	if err != nil || it.Path != "" || it.AuthorAccountID != ann.AccountID {
		t.Errorf("at the desk: %+v, %v", it, err)
	}
	testkit.Contains(t, it.Excerpt, "Pécs, Hungary", "https://mondsee.example", "Temos International", "They treated my aunt.")
	if err := h.desk.Decide(ctx, mod, caseID, moderation.Verdict{Decision: "approve"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.FindClinic(h.d.Read(ctx), o.Slug); err != nil {
		t.Errorf("after it was approved: %v", err)
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM search_queue WHERE kind = 3 AND ref_id = $1`, o.ID); n != 1 {
		t.Errorf("%d rows wait for the search index, want one", n)
	}
	if got := value[string](t, h.d, `SELECT kind FROM notifications WHERE account_id = $1`, ann.AccountID); got != "moderation_approve" {
		t.Errorf("the suggester was told %q", got)
	}
}

func TestARefusedClinicStaysHiddenAndItsSuggesterHearsWhy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, mod := testkit.Person(t, h.d, "Ann"), testkit.Person(t, h.d, "Mod", testkit.Moderator)
	o, err := h.SuggestClinic(context.Background(), ann, draft, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	caseID := value[int64](t, h.d, `SELECT id FROM moderation_cases`)
	if err := h.desk.Decide(context.Background(), mod, caseID, moderation.Verdict{Decision: "refuse", Reason: "not_found"}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, h.d, `SELECT state FROM organisations WHERE id = $1`, o.ID); got != provider.Refused {
		t.Errorf("state %q", got)
	}
	if got := value[string](t, h.d, `SELECT args->>'reason_key' FROM notifications WHERE account_id = $1`, ann.AccountID); got != "moderation.reason_not_found" {
		t.Errorf("reason told: %q", got)
	}
}

func TestTheSameFormSuggestsOnceAndALookalikeAsksFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := testkit.Person(t, h.d, "Ann")
	ctx := context.Background()
	first, err := h.SuggestClinic(ctx, ann, draft, key("one"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.SuggestClinic(ctx, ann, draft, key("one"))
	if err != nil || again.ID != first.ID {
		t.Errorf("sent twice: %+v, %v; want clinic %d", again, err, first.ID)
	}
	other := draft
	other.Name = "Mondsee dentál" // another spelling
	_, err = h.SuggestClinic(ctx, ann, other, key("two"))
	if f := errs.Of(err).Fields; len(f) != 1 || f[0].Name != "sure" {
		t.Fatalf("a lookalike: %v, want a question about it", err)
	}
	if alike, err := h.Alike(ctx, other); err != nil || len(alike) != 1 || alike[0].Slug != first.Slug {
		t.Errorf("alike: %v, %v", alike, err)
	}
	other.Sure = true
	second, err := h.SuggestClinic(ctx, ann, other, key("two"))
	if err != nil || second.Slug != "mondsee-dental-pecs" {
		t.Errorf("after saying that it is another: %+v, %v", second, err)
	}
	elsewhere := draft
	elsewhere.Country, elsewhere.City = "TR", "İzmir"
	if o, err := h.SuggestClinic(ctx, ann, elsewhere, key("three")); err != nil || o.Slug != "mondsee-dental-izmir" {
		t.Errorf("in another country: %+v, %v", o, err)
	}
}

func TestOneAccountSuggestsFiveClinicsADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := testkit.Person(t, h.d, "Ann")
	names := []string{"Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir"}
	for i, name := range names {
		d := draft
		d.Name = name + " House"
		d.Sure = true
		_, err := h.SuggestClinic(context.Background(), ann, d, db.Key{})
		if want := i == 5; errs.Is(err, errs.TooMany) != want {
			t.Errorf("suggestion %d: %v", i+1, err)
		}
	}
}

func TestTheFormKeepsWhatWasTypedAndRefusesISQuaKindly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clinic(t, "mondsee-dental", "Mondsee Dental", "Pécs", "HU")
	ann := testkit.Person(t, h.d, "Ann")
	srv := testkit.Door(t, h.d, testkit.Guests{"ann": ann}, h.Routes())
	v := testkit.Visit(t, srv, "ann")
	if status, _, to := testkit.Visit(t, srv, "").Get("/clinics/add"); status != http.StatusSeeOther || to != "/sign-in?next=%2Fclinics%2Fadd" {
		t.Errorf("signed out: %d to %q", status, to)
	}
	form := url.Values{"name": {"Mondsee <Dental>"}, "city": {"Pécs"}, "country": {"HU"}, "accreditation": {"ISQua"}, "note": {"Seen by me"}}
	status, body, _ := v.Post("/clinics/add", "/clinics/add", form)
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("with ISQua: %d, want 422", status)
	}
	testkit.Contains(t, body, "it accredits the bodies that do", "Mondsee &lt;Dental&gt;", "Seen by me", `<option value="HU" selected>`)
	_, arabic, _ := v.Post("/ar/clinics/add", "/ar/clinics/add", form)
	testkit.Contains(t, arabic, "لا تعتمد ISQua العيادات", `dir="rtl"`)

	form.Set("accreditation", "")
	form.Set("name", "Mondsee Dentl")
	status, body, _ = v.Post("/clinics/add", "/clinics/add", form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a lookalike: %d, want 422", status)
	}
	testkit.Contains(t, body, "Is it one of these?", `href="/clinics/mondsee-dental"`, `name="sure"`)
	form.Set("sure", "true")
	status, _, to := v.Post("/clinics/add", "/clinics/add", form)
	if status != http.StatusSeeOther || to != "/clinics?done=clinic_suggested" {
		t.Errorf("sure: %d to %q", status, to)
	}
	_, body, _ = v.Get(to)
	testkit.Contains(t, body, "A moderator checks the clinic, and you will be told.")
}
