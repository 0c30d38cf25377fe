package visit_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// drawer keeps what was brought to it, in the place of the drafts.
type drawer struct{ got []visit.CodeFacts }

func (d *drawer) StartWithCode(_ context.Context, _ access.Actor, f visit.CodeFacts) (string, error) {
	d.got = append(d.got, f)
	return "/rules", nil
}

func (w ward) door(t testing.TB) (visitor func(string) testkit.Visitor, d *drawer) {
	t.Helper()
	d = &drawer{}
	w.Introduce(d)
	srv := testkit.Door(t, w.d, testkit.Guests{"selin": w.staff, "rival": w.rival, "heron": w.patient}, w.Routes())
	return func(session string) testkit.Visitor { return testkit.Visit(t, srv, session) }, d
}

// varying is what is random on every page, whatever it says, and always of one
// length: the keys of forms, the number of an error.
var varying = regexp.MustCompile(`name="(?:once|seed|token)" value="[^"]*|<code>[^<]*`)

func same(body string) string { return varying.ReplaceAllString(body, "") }

func try(v testkit.Visitor, code string) (int, string, string) {
	return v.Post("/v", "/v", url.Values{"code": {code}})
}

func TestEveryCodeThatCannotBeUsedGetsTheSameBytes(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	visitor, drawer := w.door(t)
	codes := w.make(t, 5)
	_, others, err := w.Make(context.Background(), w.rival, w.other, w.sheet(1), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.redeem(w.look(t, codes[0]).Hash, w.claim(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.d.Pool().Exec(context.Background(), `UPDATE visit_batches SET expires_at = made_at WHERE organisation_id = $1`, w.other.ID); err != nil {
		t.Fatal(err)
	}
	last := codes[1][len(codes[1])-1]
	wrong := codes[1][:len(codes[1])-1] + string("ABCD"[strings.IndexByte("ABC", last)+1])
	unknown := "7ZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZ" // of the right length; checked below
	for _, r := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U" {
		if _, err := w.Look(context.Background(), w.patient, unknown+string(r)); err == nil {
			t.Fatal("nobody made this code")
		}
	}
	heron := visitor("heron")
	status, first, _ := try(heron, codes[0])
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("a used code: %d", status)
	}
	testkit.Contains(t, first, "This code cannot be used.")
	for name, code := range map[string]string{"unknown": unknown + "0", "expired, of another clinic": others[0], "mistyped": wrong, "empty": "", "noise": "<script>", "long": strings.Repeat("9", 80)} {
		status, body, _ := try(heron, code)
		if status != http.StatusUnprocessableEntity || len(body) != len(first) || same(body) != same(first) {
			t.Errorf("%s: %d, and the bytes differ from those for a used code: %v", name, status, same(body) != same(first))
		}
	}
	status, _, to := try(heron, codes[2])
	if status != http.StatusSeeOther || to != "/rules" || len(drawer.got) != 1 || drawer.got[0].OrganisationID != w.clinic.ID {
		t.Errorf("a good code: %d to %s, %+v", status, to, drawer.got)
	}
	if status, body, _ := try(visitor("selin"), codes[3]); status != http.StatusUnprocessableEntity || !strings.Contains(body, "This code cannot be used.") {
		t.Errorf("the clinic's own staff: %d", status)
	}
	if status, body, _ := try(visitor(""), codes[3]); status != http.StatusUnauthorized || !strings.Contains(body, codes[3]) {
		t.Errorf("somebody signed out: %d, and the code must come along to the sign-in", status)
	}
}

// TestRefusalsTakeTheSameTime compares medians. The cap is loose: the machine
// may be busy; that the same work is done is in the code.
func TestRefusalsTakeTheSameTime(t *testing.T) {
	w := newWard(t, true)
	ctx := context.Background()
	codes := w.make(t, 2)
	if err := w.redeem(w.look(t, codes[0]).Hash, w.claim(1)); err != nil {
		t.Fatal(err)
	}
	mistyped := codes[1][:len(codes[1])-2] + "00"
	kinds := []string{codes[0], mistyped, "7ZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZ0", "no"}
	times := make([][]time.Duration, len(kinds))
	for range 100 {
		for i, code := range kinds {
			began := time.Now()
			if _, err := w.Look(ctx, w.patient, code); err == nil {
				t.Fatalf("%s can be used", code)
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	var medians []time.Duration
	for _, x := range times {
		slices.Sort(x)
		medians = append(medians, x[len(x)/2])
	}
	if spread := slices.Max(medians) - slices.Min(medians); spread > 10*time.Millisecond {
		t.Errorf("medians: %v", medians)
	}
}

func TestACodeIsInNoAddress(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	visitor, _ := w.door(t)
	_, body, _ := visitor("heron").Get("/v")
	if !regexp.MustCompile(`<form[^>]+method="post" action="/v"`).MatchString(body) {
		t.Errorf("the form does not post its code:\n%s", body)
	}
	if status, _, _ := visitor("").Get("/v"); status != http.StatusOK {
		t.Errorf("who scans a code and is signed out gets %d", status)
	}
}

var (
	cards = regexp.MustCompile(`<p class="code-text num" dir="ltr">([^<]+)</p>`)
	seed  = regexp.MustCompile(`name="seed" value="([^"]+)"`)
)

// print makes a sheet as the page would and returns its codes.
func (w ward) print(t testing.TB, v testkit.Visitor, n int) []string {
	t.Helper()
	const page = "/console/bosphorus-eye/codes"
	_, form, _ := v.Get(page)
	status, body, _ := v.Post(page, page, url.Values{"quarter": {string(w.quarter())}, "specialty": {"0"}, "codes": {fmt.Sprint(n)}, "seed": {seed.FindStringSubmatch(form)[1]}})
	if status != http.StatusCreated {
		t.Fatalf("%d\n%s", status, body)
	}
	testkit.Contains(t, body, `<svg class="qr"`, "The clinic cannot see whether you used it.", `lang="ar" dir="rtl"`, `lang="tr"`)
	var out []string
	for _, m := range cards.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestTheConsoleTellsNothingOfASingleCode(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	visitor, _ := w.door(t)
	selin := visitor("selin")
	codes := w.print(t, selin, 20)
	if len(codes) != 20 {
		t.Fatalf("%d codes are on the sheet", len(codes))
	}
	const page = "/console/bosphorus-eye/codes"
	look := func() string {
		status, body, _ := selin.Get(page)
		if status != http.StatusOK {
			t.Fatalf("%d", status)
		}
		return same(body)
	}
	hash := w.look(t, codes[0]).Hash
	before := look()
	if err := w.redeem(hash, w.claim(1)); err != nil {
		t.Fatal(err)
	}
	if look() != before {
		t.Error("the page changes when a code is used")
	}
	w.clock.Move(w.quarter().End().Sub(w.d.Now())) // the quarter is over
	nine := look()
	claimQuarter := w.quarter().Previous()
	for i, c := range codes[1:12] {
		claim := w.claim(int64(i + 2))
		claim.Quarter = claimQuarter
		if err := w.redeem(w.look(t, c).Hash, claim); err != nil {
			t.Fatal(err)
		}
		switch now := look(); {
		case i < 8 && now != nine: // 2 to 9 used
			t.Errorf("the page changes at %d used", i+2)
		case i == 8:
			testkit.Contains(t, now, "at least 10")
			nine = now
		case i > 8 && now != nine:
			t.Errorf("the page changes at %d used", i+2)
		}
	}
	for _, c := range codes {
		if strings.Contains(nine, c) || strings.Contains(nine, strings.ReplaceAll(c, " ", "")) {
			t.Errorf("the page shows the code %s", c)
		}
	}
}

func TestOthersDoNotFindTheCodes(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	visitor, _ := w.door(t)
	const page = "/console/bosphorus-eye/codes"
	for _, who := range []string{"rival", "heron"} {
		v := visitor(who)
		absent, missing, _ := v.Get("/console/no-such-place/codes")
		status, body, _ := v.Get(page)
		if status != http.StatusNotFound || status != absent || same(strings.ReplaceAll(body, "bosphorus-eye", "no-such-place")) != same(missing) {
			t.Errorf("%s gets %d where nothing is, and %d here; what stands there differs", who, absent, status)
		}
		for _, to := range []string{page, page + "/patients"} {
			form := url.Values{"once": {"0123456789abcdef0123"}, "quarter": {string(w.quarter())}, "codes": {"1"}, "specialty": {"0"}, "seed": {visit.NewSeed()}, "patients": {"5"}, "declared_quarter": {string(w.quarter().Previous())}}
			if status, _, _ := v.Post("/v", to, form); status != http.StatusNotFound {
				t.Errorf("%s posts to %s: %d", who, to, status)
			}
		}
	}
	if status, _, to := visitor("").Get(page); status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("somebody signed out: %d to %s", status, to)
	}
	if n := value[int](t, w.d, `SELECT (SELECT count(*) FROM visit_batches) + (SELECT count(*) FROM visit_declarations)`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestAClinicSaysHowManyPatientsItHad(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	visitor, _ := w.door(t)
	selin := visitor("selin")
	const page = "/console/bosphorus-eye/codes"
	post := func(patients string) (int, string, string) {
		return selin.Post(page, page+"/patients", url.Values{"declared_quarter": {string(w.quarter().Previous())}, "patients": {patients}})
	}
	for _, no := range []string{"", "many", "-4", "1.5", "100001"} {
		if status, body, _ := post(no); status != http.StatusUnprocessableEntity || !strings.Contains(body, "whole number") {
			t.Errorf("%q: %d", no, status)
		}
	}
	for _, n := range []string{"70", "80"} { // it can be corrected
		if status, _, to := post(n); status != http.StatusSeeOther || !strings.Contains(to, "done=patients_declared") {
			t.Errorf("%s: %d to %s", n, status, to)
		}
	}
	_, body, _ := selin.Get(page)
	testkit.Contains(t, body, `<td class="r num">80</td><td class="r num">96</td>`)
}

func TestTheTwentyFirstTryFromAnAddressWaits(t *testing.T) {
	t.Parallel()
	w := newWard(t, true) // the limits of sessions and of the site are off
	visitor, _ := w.door(t)
	heron := visitor("heron")
	_, page, _ := heron.Get("/v")
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)[1]
	for i := range 21 {
		want := http.StatusUnprocessableEntity
		if i == 20 {
			want = http.StatusTooManyRequests
		}
		// from is no page, so that only tries are counted
		if status, _, _ := heron.Post("/static/none", "/v", url.Values{"code": {"nothing"}, "token": {token}}); status != want {
			t.Errorf("try %d: %d, want %d", i+1, status, want)
		}
	}
}

// TestNoColumnTellsMoreOfACodeThanThatItWasUsed keeps the time, the person and
// the experience out of the schema.
func TestNoColumnTellsMoreOfACodeThanThatItWasUsed(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	if got := value[string](t, d, `SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns WHERE table_name = 'visit_codes' AND table_schema = 'public'`); got != "batch_id hash used" {
		t.Errorf("a code has %s", got)
	}
	if got := value[string](t, d, `SELECT coalesce(string_agg(table_name, ' '), '') FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'visit_codes' AND column_name LIKE '%code_hash%' AND table_name NOT LIKE '%draft%'`); got != "" {
		t.Errorf("codes are also in %s", got)
	}
	w := newWard(t, true)
	for _, r := range w.Routes() {
		if strings.HasPrefix(r.Path, "/api") || len(w.Topics()) > 0 {
			t.Errorf("%s tells machines of codes", r.Path)
		}
	}
}
