package shaping

import (
	"slices"
	"strings"
	"testing"

	"caravan/internal/access"
	"caravan/internal/testkit"
)

// reads is a page of packages as a guest sees it.
func (b *bazaar) reads(path string) string {
	b.t.Helper()
	srv := testkit.Door(b.t, b.d, testkit.Guests{}, slices.Concat(b.readRoutes(), b.apiRoutes(), b.factsAPI()))
	status, body, _ := testkit.Visit(b.t, srv, "").Get(path)
	if status != 200 {
		b.t.Fatalf("%s: %d", path, status)
	}
	return body
}

func TestWhatWasDueAndGotNoAnswerSaysSoInPublic(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 5)
	p := b.published()
	var wishes []int64
	for i, key := range []string{"x.nurse_calls", "x.guarantee", "x.lounge"} {
		id := b.asks(b.patients[i], p, key, int64(20+i))
		b.votes(p, OnAmendment, id, 1, []access.Actor{b.patients[3], b.patients[4]})
		wishes = append(wishes, id)
	}
	p = b.until(p.Slug)
	b.state(p, Answering, 1)
	page := b.reads("/packages/" + p.Slug)
	testkit.Contains(t, page, "Not answered yet, the provider has until")
	if strings.Contains(page, "unanswered") || strings.Contains(page, "How wishes are answered here") {
		t.Error("while the time for answers runs nothing is held against the clinic")
	}
	b.answers(wishes[0], Response{Answer: Reject, ReasonCode: Cost})
	p = b.until(p.Slug) // two are left
	b.Forget()
	page = b.reads("/packages/" + p.Slug)
	testkit.Contains(t, page, "An answer was due after round 1, until ", "None came.", "2 that were due had no answer in time",
		"How wishes are answered here", "Answered in time, of those that were due", "33 %", "1 of 3")
	if n := strings.Count(page, ">unanswered<"); n != 2 {
		t.Errorf("%d wishes are marked, want 2", n)
	}
	if strings.Contains(page, "Not answered yet") {
		t.Error("it still says that an answer is waited for")
	}
	if n := strings.Count(b.reads("/api/v1/packages/"+p.Slug), `"unanswered":true`); n != 2 {
		t.Errorf("the API marks %d, want 2", n)
	}
	if ar := b.reads("/ar/packages/" + p.Slug); !strings.Contains(ar, "بلا جواب") {
		t.Error("the Arabic page does not say so")
	}
}

func TestTheDeskPutsFirstWhatAllStrataWant(t *testing.T) {
	at := func(want, against int) Tally { return Tally{Want: want, Against: against} }
	m := deskMaterial{mean: 0.6, all: []Amendment{{ID: 1, DueRound: 1}, {ID: 2, DueRound: 1}, {ID: 3}, {ID: 4, DueRound: 1}, {ID: 5, DueRound: 1}},
		sums: map[Subject]map[int64]map[Stratum]Tally{OnAmendment: {
			1: {Considers: at(30, 2), WasTreated: at(1, 9)}, // most votes, and the treated do not want it
			2: {Considers: at(9, 2), WasTreated: at(8, 1)},
			3: {Considers: at(40, 0), WasTreated: at(20, 0)}, // not due
			4: {Considers: at(3, 0)},                         // too few to say, by score
		}}}
	order := func() (ids []int64) {
		for _, w := range m.order() {
			ids = append(ids, w.ID)
		}
		return ids
	}
	if got := order(); !slices.Equal(got, []int64{4, 2, 1, 5, 3}) {
		t.Errorf("got %v", got)
	}
	m.sums = nil // the round still runs
	if got := order(); !slices.Equal(got, []int64{1, 2, 4, 5, 3}) {
		t.Errorf("while votes are hidden: %v", got)
	}
}

func TestWhatIsCountedIsReadOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.do(`UPDATE packages SET steps = '[{"People": 2, "Gives": "A case manager for all."}, {"People": 8, "Gives": "Five percent less for all."}]' WHERE id = ? RETURNING id`, w.p.ID)
	srv := testkit.Door(t, w.d, testkit.Guests{}, w.factsAPI())
	read := func(what string) string {
		t.Helper()
		w.Forget()
		status, body, _ := testkit.Visit(t, srv, "").Get("/api/v1/packages/" + w.p.Slug + "/" + what)
		if status != 200 {
			t.Fatalf("%s: %d %s", what, status, body)
		}
		return body
	}
	w.proven(4, Saying{Key: "stay.hotel_nights", Verdict: WorseThan, Got: "3"})
	testkit.Contains(t, read("promises"), `"versions":[]`, `"refused_but_needed":[]`, `"slippage":[]`, `"plans_changed":null`, `"record":null`)
	w.proven(1, Saying{Key: "stay.hotel_nights", Verdict: Kept, Got: "4"})
	testkit.Contains(t, read("promises"), `"key":"stay.hotel_nights","promised":{"kind":"count","n":4},"kept":1,"better":0,"worse":4,"not_delivered":0`, `"class":"service"`,
		`"slippage":[{"key":"stay.hotel_nights","unit":"nights","median":-1,"n":5}]`)
	status, body, _ := testkit.Visit(t, srv, "").Get("/api/v1/clinics/galata-dental/promises")
	if status != 200 {
		t.Fatalf("the clinic: %d %s", status, body)
	}
	testkit.Contains(t, body, `{"classes":[{"class":"service","kept":1,"better":0,"worse":4,"not_delivered":0,"n":5`, `"slippage":[{"key":"stay.hotel_nights"`, `"record":null`)
	if status, _, _ := testkit.Visit(t, srv, "").Get("/api/v1/clinics/no-such-clinic/promises"); status != 404 {
		t.Errorf("a clinic that is not there: %d", status)
	}
	a := w.patient()
	for _, x := range []access.Actor{a, w.patient(), w.patient(), w.patient()} {
		w.do(`INSERT INTO package_interests (person_id, package_id, account_id, version_id, price_max_minor, readiness, state, confirmed_at, expires_at) VALUES (?, ?, ?, ?, 460000, 'ready', 'active', ?, ?) RETURNING 1`,
			x.PersonID, w.p.ID, x.AccountID, w.c.VersionID, w.d.Now(), w.d.Now().AddDate(0, 0, 90))
	}
	// Four prices are nobody's business; how near the next step is everybody's, in quarters.
	testkit.Contains(t, read("demand"), `"people":0`, `"curve":[]`, `{"people":2,"gives":"A case manager for all.","reached":true,"percent":100}`, `"reached":false,"percent":50}`)
	if status, _, _ := testkit.Visit(t, srv, "").Get("/api/v1/packages/" + w.p.Slug + "/changes?from=1&to=2"); status != 404 {
		t.Errorf("a version that is not there: %d", status)
	}
}

func TestTheMiddleOfAllWishesIsShownOnceVotesAre(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 8)
	p := b.published()
	for i, n := range []int64{9, 12, 24} {
		id := b.asks(b.patients[i], p, "x.guarantee", n)
		b.votes(p, OnAmendment, id, 1, b.patients[3:][i:i+2])
	}
	page := func() string { b.Forget(); return b.reads("/packages/" + p.Slug) }
	if strings.Contains(page(), "The middle of what") {
		t.Error("it is shown while votes are hidden")
	}
	whole := "/api/v1/packages/" + p.Slug
	testkit.Contains(t, b.reads(whole), `"groups":[{"key":"x.guarantee"`, `"participants":0,"exact":false,"voided":0,"split":null}}],"median":null}]`, `"history":[{"event":"publish","to":"shaping"`)
	p = b.until(p.Slug)
	b.Forget()
	testkit.Contains(t, b.reads(whole), `"median":{"kind":"duration","n":12}`, `{"event":"end_round","to":"answering","round":1`)
	testkit.Contains(t, page(), "The middle of what 6 supporters want: 12 months.")
}

func TestOffersToACallStandSideBySide(t *testing.T) {
	k := &known{lineage: []lineage{{Relation: "offer", Slug: "one"}, {Relation: "call", Slug: "other"}}}
	if got := k.offersPath(); got != "" {
		t.Errorf("one offer: %q", got)
	}
	k.lineage = append(k.lineage, lineage{Relation: "offer", Slug: "two"})
	if got := k.offersPath(); got != "/packages/compare?p=one&p=two" {
		t.Errorf("got %q", got)
	}
}
