package provider_test

import (
	"context"
	"testing"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/mail"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

// house is the feature with what it stands on.
type house struct {
	*provider.Service
	d       *db.DB
	jobs    *job.Runner
	mail    *mail.Mailer
	desk    *moderation.Service
	told    *notify.Service
	revoked *[]int64
}

// book finds addresses as the account feature does.
type book struct{ d *db.DB }

func (b book) Address(ctx context.Context, accountID int64, _ bool) (address, lang string, err error) {
	err = b.d.Pool().QueryRow(ctx, `SELECT i.uid, a.lang FROM identities i JOIN accounts a ON a.id = i.account_id WHERE a.id = $1 AND i.provider = 'email'`, accountID).Scan(&address, &lang)
	return address, lang, err
}

func newHouse(t *testing.T) house {
	t.Helper()
	return houseOn(t, testkit.DB(t))
}

func houseOn(t *testing.T, d *db.DB) house {
	t.Helper()
	jobs := testkit.Jobs(t, d)
	m := testkit.Mail(t, jobs, "http://localhost:8080")
	m.SetBook(book{d})
	limits := httpd.NewLimits(d, make([]byte, 32), false)
	told := notify.New(d, jobs)
	h := house{d: d, jobs: jobs, mail: m, told: told, desk: moderation.New(moderation.Tools{DB: d, Notify: told, Limits: limits}), revoked: &[]int64{}}
	h.Service = provider.New(provider.Tools{DB: d, Jobs: jobs, Mail: m, Notify: told, Limits: limits, Revoke: func(id int64) { *h.revoked = append(*h.revoked, id) }})
	for _, s := range h.Suggestions() {
		h.desk.AddSuggestion(s)
	}
	return h
}

// clinic stores a listed clinic and returns it.
func (h house) clinic(t *testing.T, slug, name, city, country string, procedures ...string) provider.Organisation {
	t.Helper()
	id := value[int64](t, h.d, `INSERT INTO organisations (kind, slug, name, country, city, state, created_at) VALUES ('clinic', $1, $2, $3, $4, 'listed', now()) RETURNING id`, slug, name, country, city)
	for _, code := range procedures {
		value[int64](t, h.d, `INSERT INTO organisation_procedures SELECT $1, id FROM procedures WHERE code = $2 RETURNING procedure_id`, id, code)
	}
	o, err := h.FindClinic(h.d.Read(context.Background()), slug)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// works is a person who works for o.
func (h house) works(t *testing.T, handle string, o provider.Organisation, role string) access.Actor {
	t.Helper()
	return testkit.Person(t, h.d, handle, testkit.StaffOf(o.ID, role))
}

// value reads one value.
func value[T any](t *testing.T, d *db.DB, sql string, args ...any) (v T) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func exec(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	if _, err := d.Pool().Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func key(s string) db.Key {
	return db.Key{Scope: "a1", Route: "POST /test", Value: "key-of-the-test-" + s, Hash: []byte(s)}
}

func TestTheCatalogueIsReadOnceAndSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if p, d := len(h.Procedures()), len(h.Destinations()); p != 65 || d != 36 {
		t.Fatalf("%d procedures, %d destinations; want 65, 36", p, d)
	}
	nose, ok := h.Procedure("cof.rhino.primary")
	if !ok || nose.Name("en") != "Rhinoplasty, first operation" || nose.Name("ar") != "تجميل الأنف" || nose.SpecialtyName("ar") != "جراحة تجميل الوجه" {
		t.Errorf("%v: %q, %q, %q", ok, nose.Name("en"), nose.Name("ar"), nose.SpecialtyName("ar"))
	}
	for _, name := range []string{"nose job", "rinoplastia", "burun estetiği", "Nasenkorrektur", "تجميل الأنف"} {
		testkit.Contains(t, nose.AllNames(), name)
	}
	if bbl, _ := h.Procedure("cob.bbl"); bbl.Caution("en") == "" || bbl.Caution("ar") == bbl.Caution("en") {
		t.Errorf("the warning of a buttock lift: %q", bbl.Caution("en"))
	}
	jordan, _ := h.Destination("JO")
	if jordan.Currency != "JOD" || jordan.Exponent != 3 || jordan.Emergency != "911" || jordan.Name("ar") != "الأردن" {
		t.Errorf("Jordan: %+v", jordan)
	}
	for _, code := range []string{"organ_transplant", "surrogacy", "stem_cell"} {
		if _, ok := h.Procedure(code); ok {
			t.Errorf("%s is a procedure", code)
		}
	}
	if n := len(h.Restricted()); n != 3 {
		t.Errorf("%d restricted classes, want 3", n)
	}
	// Held in memory: it answers without the database.
	exec(t, h.d, `DELETE FROM procedure_names`)
	if p, _ := h.Procedure("den.crown"); p.Name("en") != "Dental crown" {
		t.Errorf("read again: %q", p.Name("en"))
	}
}

func TestEveryCurrencyHasItsExponentByISO4217(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	if got := value[string](t, d, `SELECT string_agg(code || exponent, ' ' ORDER BY code) FROM currencies WHERE exponent <> 2`); got != "JOD3 JPY0 KRW0 KWD3 TND3 VND0" {
		t.Errorf("exponents other than two: %s", got)
	}
	if n := value[int](t, d, `SELECT count(*) FROM currencies WHERE code IN ('USD','GBP','EUR','CAD','AUD','SEK','NOK','DKK','CHF','AED','SAR','KWD')`); n != 12 {
		t.Errorf("%d of the 12 currencies people pay from", n)
	}
}

func TestTheDatabaseItselfRefusesAClinicAccreditedByISQua(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.clinic(t, "duna", "Duna", "Budapest", "HU")
	const insert = `INSERT INTO organisation_accreditations (organisation_id, body_id, status) SELECT $1, id, 'claimed' FROM accreditation_bodies WHERE code = $2`
	exec(t, h.d, insert, o.ID, "jci")
	if _, err := h.d.Pool().Exec(context.Background(), insert, o.ID, "isqua"); err == nil {
		t.Error("a clinic was stored as accredited by ISQua")
	}
}

func TestThePresentOrderOfTheListFollowsAnswers(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	h := houseOn(t, d)
	a, b := h.clinic(t, "a", "Alpha", "Riga", "LV"), h.clinic(t, "b", "Beta", "Riga", "LV")
	for _, o := range []provider.Organisation{b, a} {
		clock.Move(1e9)
		if err := d.Write(context.Background(), func(tx *db.Tx) error { h.Answered(tx, o.ID); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := value[string](t, d, `SELECT string_agg(slug, ' ' ORDER BY answered_at DESC) FROM organisations`); got != "a b" {
		t.Errorf("by last answer: %s", got)
	}
	if clinics, countries, err := h.CountClinics(d.Read(context.Background())); clinics != 2 || countries != 1 || err != nil {
		t.Errorf("counted %d clinics in %d countries, %v", clinics, countries, err)
	}
	if got, err := h.ClinicChoices(d.Read(context.Background())); err != nil || len(got) != 2 || got[0].Name != "Alpha" {
		t.Errorf("choices %v, %v", got, err)
	}
}
