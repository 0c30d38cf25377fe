package visit_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// ward is a clinic with codes, its people, and somebody who was treated.
type ward struct {
	*visit.Service
	d                     *db.DB
	clock                 *testkit.Clock
	clinic, other         provider.Organisation
	staff, rival, patient access.Actor
	provider              *provider.Service
	people                *account.Service
}

func newWard(t testing.TB, limitsOff bool) ward {
	t.Helper()
	d, clock := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	limits := httpd.NewLimits(d, make([]byte, 32), limitsOff)
	p := provider.New(provider.Tools{DB: d, Jobs: jobs, Notify: notify.New(d, jobs), Limits: limits})
	post := testkit.Mail(t, jobs, "http://localhost")
	people := account.New(account.Tools{DB: d, Jobs: jobs, Mail: post, Limits: limits, Secret: make([]byte, 32),
		Config: config.Config{BaseURL: &url.URL{Scheme: "http", Host: "localhost"}}})
	w := ward{d: d, clock: clock, provider: p, people: people,
		Service: visit.New(visit.Tools{DB: d, Limits: limits, Provider: p, Account: people, Key: []byte("the key of this purpose")})}
	find := func(name string) provider.Organisation {
		o, err := p.FindOrganisation(d.Read(context.Background()), testkit.Organisation(t, d, "clinic", name))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	w.clinic, w.other = find("Bosphorus Eye"), find("Galata Dental")
	w.staff, w.rival = testkit.Person(t, d, "Selin", testkit.StaffOf(w.clinic.ID, "staff")), testkit.Person(t, d, "Rival", testkit.StaffOf(w.other.ID, "staff"))
	w.patient = testkit.Person(t, d, "Quiet Heron")
	w.patient.Session = "one"
	return w
}

func (w ward) quarter() visit.Quarter { return visit.Of(w.d.Now()) }

func (w ward) sheet(n int) visit.Sheet {
	return visit.Sheet{Quarter: string(w.quarter()), Codes: n, Seed: visit.NewSeed()}
}

func key(s string) db.Key {
	return db.Key{Scope: "test", Route: "POST", Value: s, Hash: []byte(s)}
}

// make makes a sheet of n codes.
func (w ward) make(t testing.TB, n int) []string {
	t.Helper()
	_, codes, err := w.Make(context.Background(), w.staff, w.clinic, w.sheet(n), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func (w ward) redeem(hash []byte, c visit.Claim) error {
	return w.d.Write(context.Background(), func(tx *db.Tx) error { return w.Redeem(tx, hash, c) })
}

func (w ward) claim(experience int64) visit.Claim {
	return visit.Claim{ExperienceID: experience, OrganisationID: w.clinic.ID, Quarter: w.quarter(), SpecialtyID: 6}
}

func (w ward) look(t testing.TB, code string) visit.CodeFacts {
	t.Helper()
	f, err := w.Look(context.Background(), w.patient, code)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func value[T any](t testing.TB, d *db.DB, sql string, args ...any) (v T) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestACodeShowsAVisitOnce(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	code := w.make(t, 3)[1]
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_codes WHERE encode(hash, 'hex') ILIKE '%' || $1 || '%'`, strings.ReplaceAll(code, " ", "")); n != 0 {
		t.Error("a code itself is kept")
	}
	f := w.look(t, strings.ToLower(code))
	if f.OrganisationID != w.clinic.ID || f.Quarter != w.quarter() || f.SpecialtyID != nil || len(f.Hash) != 32 {
		t.Errorf("facts: %+v", f)
	}
	if err := w.redeem(f.Hash, w.claim(7)); err != nil {
		t.Fatal(err)
	}
	proofs, err := visit.Proofs(w.d.Read(context.Background()), []int64{7, 8})
	if err != nil || len(proofs[7]) != 1 || len(proofs[8]) != 0 {
		t.Fatalf("%v, %v", proofs, err)
	}
	if p := proofs[7][0]; p.Kind != visit.Code || p.OrganisationID != w.clinic.ID || p.Quarter != w.quarter() || p.SpecialtyID != nil || p.Sources != 1 || p.AmountSeen {
		t.Errorf("proof: %+v", p)
	}
	if err := w.redeem(f.Hash, w.claim(8)); !errs.Is(err, errs.Invalid) {
		t.Errorf("used twice: %v, want Invalid", err)
	}
}

func TestWhatDoesNotAgreeWithTheCodeUsesNothingUp(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	ctx := context.Background()
	sheet := w.sheet(1)
	sheet.Specialty = 6
	_, codes, err := w.Make(ctx, w.staff, w.clinic, sheet, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	hash := w.look(t, codes[0]).Hash
	right := w.claim(1)
	for name, c := range map[string]visit.Claim{
		"another clinic":    {ExperienceID: 1, OrganisationID: w.other.ID, Quarter: right.Quarter, SpecialtyID: 6},
		"another quarter":   {ExperienceID: 1, OrganisationID: right.OrganisationID, Quarter: right.Quarter.Previous(), SpecialtyID: 6},
		"another specialty": {ExperienceID: 1, OrganisationID: right.OrganisationID, Quarter: right.Quarter, SpecialtyID: 1},
	} {
		if err := w.redeem(hash, c); errs.Of(err).Key != "visit.cannot_be_used" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.redeem([]byte("unknown"), right); errs.Of(err).Key != "visit.cannot_be_used" {
		t.Errorf("unknown: %v", err)
	}
	if err := w.redeem(hash, right); err != nil {
		t.Errorf("after all that: %v", err)
	}
	// a second code for the same experience is not eaten
	more := w.look(t, w.make(t, 1)[0]).Hash
	if err := w.redeem(more, right); errs.Of(err).Key != "visit.cannot_be_used" {
		t.Errorf("a second code: %v", err)
	}
	if err := w.redeem(more, w.claim(2)); err != nil {
		t.Errorf("the second code is gone: %v", err)
	}
}

func TestOfFiftyWhoUseACodeAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	hash := w.look(t, w.make(t, 1)[0]).Hash
	var wait sync.WaitGroup
	outcome := make([]error, 50)
	for i := range outcome {
		wait.Go(func() { outcome[i] = w.redeem(hash, w.claim(int64(i+1))) })
	}
	wait.Wait()
	won := 0
	for _, err := range outcome {
		if err == nil {
			won++
		} else if errs.Of(err).Key != "visit.cannot_be_used" {
			t.Errorf("%v", err)
		}
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_proofs`); won != 1 || n != 1 {
		t.Errorf("%d won, %d proofs", won, n)
	}
}

func TestACodeIsNotUsedUpByWhatFails(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	hash := w.look(t, w.make(t, 1)[0]).Hash
	boom := fmt.Errorf("the rest of it fails")
	err := w.d.Write(context.Background(), func(tx *db.Tx) error {
		if err := w.Redeem(tx, hash, w.claim(1)); err != nil {
			return err
		}
		return boom
	})
	if err == nil || value[int](t, w.d, `SELECT count(*) FROM visit_proofs`) != 0 {
		t.Errorf("half of it stayed: %v", err)
	}
	if err := w.redeem(hash, w.claim(1)); err != nil {
		t.Errorf("the next try: %v", err)
	}
}

func TestCodesEndHalfAYearAfterTheirQuarter(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	code := w.make(t, 1)[0]
	hash := w.look(t, code).Hash
	q := w.quarter()
	claim := w.claim(1)
	w.clock.Move(q.End().Add(visit.CodeLife).Sub(w.d.Now()) - time.Minute)
	w.look(t, code)
	w.clock.Move(time.Minute)
	if _, err := w.Look(context.Background(), w.patient, code); errs.Of(err).Key != "visit.cannot_be_used" {
		t.Errorf("looked at too late: %v", err)
	}
	if err := w.redeem(hash, claim); errs.Of(err).Key != "visit.cannot_be_used" {
		t.Errorf("used too late: %v", err)
	}
}

func TestTheSixthTryInAnHourWaits(t *testing.T) {
	t.Parallel()
	w := newWard(t, false)
	ctx := context.Background()
	code := w.make(t, 1)[0]
	for range 5 {
		if _, err := w.Look(ctx, w.patient, "nothing"); !errs.Is(err, errs.Invalid) {
			t.Fatal(err)
		}
	}
	if _, err := w.Look(ctx, w.patient, code); !errs.Is(err, errs.TooMany) || errs.Of(err).RetryAfter == 0 {
		t.Errorf("the sixth: %v, want TooMany with a time", err)
	}
	fresh := w.patient
	fresh.Session = "another"
	if _, err := w.Look(ctx, fresh, code); err != nil {
		t.Errorf("another session: %v", err)
	}
}

func TestWhoWorksForAProviderLearnsNothingOfACode(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	code := w.make(t, 1)[0]
	for _, a := range []access.Actor{w.staff, w.rival} {
		if _, err := w.Look(context.Background(), a, code); errs.Of(err).Key != "visit.cannot_be_used" {
			t.Errorf("%s: %v", a.Handle, err)
		}
	}
}

func TestTheCapHoldsForBatchesAtTheSameMoment(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	ctx := context.Background()
	if err := w.Declare(ctx, w.staff, w.clinic, visit.Declaration{Quarter: string(w.quarter().Previous()), Patients: 50}); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	outcome := make([]error, 10) // of ten codes each; 60 may be made
	for i := range outcome {
		wait.Go(func() { _, _, outcome[i] = w.Make(ctx, w.staff, w.clinic, w.sheet(10), db.Key{}) })
	}
	wait.Wait()
	made := 0
	for _, err := range outcome {
		if err == nil {
			made++
		} else if e := errs.Of(err); e.Kind != errs.Invalid || e.Fields[0].Key != "visit.over_cap" {
			t.Errorf("%v", err)
		}
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_codes`); made != 6 || n != 60 {
		t.Errorf("%d batches, %d codes; want 6 and 60", made, n)
	}
	// the quarter before has a cap of its own, and another clinic too
	sheet := w.sheet(20)
	sheet.Quarter = string(w.quarter().Previous())
	if _, _, err := w.Make(ctx, w.staff, w.clinic, sheet, db.Key{}); err != nil {
		t.Errorf("for the quarter before: %v", err)
	}
	if _, _, err := w.Make(ctx, w.rival, w.other, w.sheet(20), db.Key{}); err != nil {
		t.Errorf("another clinic: %v", err)
	}
}

func TestWhatASheetMustBe(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	ctx := context.Background()
	with := func(change func(*visit.Sheet)) visit.Sheet {
		s := w.sheet(5)
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		sheet visit.Sheet
		field string
	}{
		"no codes":             {with(func(s *visit.Sheet) { s.Codes = 0 }), "codes"},
		"too many codes":       {with(func(s *visit.Sheet) { s.Codes = 51 }), "codes"},
		"over the cap":         {with(func(s *visit.Sheet) { s.Codes = 21 }), "codes"},
		"the next quarter":     {with(func(s *visit.Sheet) { s.Quarter = string(w.quarter().Next()) }), "quarter"},
		"two quarters before":  {with(func(s *visit.Sheet) { s.Quarter = string(w.quarter().Previous().Previous()) }), "quarter"},
		"no quarter":           {with(func(s *visit.Sheet) { s.Quarter = "" }), "quarter"},
		"an unknown specialty": {with(func(s *visit.Sheet) { s.Specialty = 99 }), "specialty"},
		"no seed":              {with(func(s *visit.Sheet) { s.Seed = "" }), ""},
		"a short seed":         {with(func(s *visit.Sheet) { s.Seed = s.Seed[:20] }), ""},
	} {
		_, codes, err := w.Make(ctx, w.staff, w.clinic, c.sheet, db.Key{})
		e := errs.Of(err)
		if err == nil || codes != nil || (c.field == "" && e.Kind != errs.Malformed) || (c.field != "" && (len(e.Fields) != 1 || e.Fields[0].Name != c.field)) {
			t.Errorf("%s: %v %+v", name, err, e)
		}
	}
	for name, a := range map[string]access.Actor{"another clinic's staff": w.rival, "a patient": w.patient} {
		if _, _, err := w.Make(ctx, a, w.clinic, w.sheet(1), db.Key{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v, want NotFound", name, err)
		}
		if err := w.Declare(ctx, a, w.clinic, visit.Declaration{Quarter: string(w.quarter().Previous()), Patients: 1}); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s declares: %v, want NotFound", name, err)
		}
	}
	for name, d := range map[string]visit.Declaration{
		"fewer than none": {Quarter: string(w.quarter().Previous()), Patients: -1}, "too many": {Quarter: string(w.quarter().Previous()), Patients: 100_001},
		"of this quarter": {Quarter: string(w.quarter()), Patients: 1},
	} {
		if err := w.Declare(ctx, w.staff, w.clinic, d); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	if n := value[int](t, w.d, `SELECT (SELECT count(*) FROM visit_codes) + (SELECT count(*) FROM visit_batches) + (SELECT count(*) FROM visit_declarations)`); n != 0 {
		t.Errorf("%d rows were left behind", n)
	}
}

func TestTheSameFormSentAgainShowsTheSameSheet(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	ctx := context.Background()
	sheet := w.sheet(20) // all that may be made
	var wait sync.WaitGroup
	got := make([][]string, 4)
	for i := range got { // an impatient press, or a page loaded again
		wait.Go(func() {
			_, codes, err := w.Make(ctx, w.staff, w.clinic, sheet, key("once"))
			if err != nil {
				t.Error(err)
			}
			got[i] = codes
		})
	}
	wait.Wait()
	for _, codes := range got {
		if len(codes) != 20 || !slices.Equal(codes, got[0]) {
			t.Errorf("%v, want %v", codes, got[0])
		}
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_codes`); n != 20 {
		t.Errorf("%d codes were made", n)
	}
	w.look(t, got[0][19])
	// Nobody without the form gets at them: not by the key, not by the seed.
	other := sheet
	other.Seed = visit.NewSeed()
	if _, codes, err := w.Make(ctx, w.staff, w.clinic, other, key("once")); !errs.Is(err, errs.Conflict) || codes != nil {
		t.Errorf("the key with another seed: %v, %v", codes, err)
	}
	if err := w.Declare(ctx, w.staff, w.clinic, visit.Declaration{Quarter: string(w.quarter().Previous()), Patients: 900}); err != nil {
		t.Fatal(err)
	}
	if _, codes, err := w.Make(ctx, w.staff, w.clinic, sheet, key("twice")); !errs.Is(err, errs.Conflict) || codes != nil {
		t.Errorf("the seed with another key: %v, %v", codes, err)
	}
	if _, codes, err := w.Make(ctx, w.rival, w.other, sheet, db.Key{}); err != nil || slices.Contains(codes, got[0][0]) {
		t.Errorf("the seed at another clinic: %v", err)
	}
}
