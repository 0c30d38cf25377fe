package shaping

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// TestThePageOffersTheWayOutFromMoreThanEightPerCentOn goes through the page of a
// place: the promise is 4,600, so that 4,968 is 8 % above it and no more.
func TestThePageOffersTheWayOutFromMoreThanEightPerCentOn(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a := w.patient()
	id := w.enrol(a)
	path := journeyPath(id)
	patient := testkit.Visit(t, testkit.Door(t, w.d, testkit.Guests{"patient": a}, w.journeyRoutes()), "patient")
	asked := func(price string) string {
		t.Helper()
		_, body, _ := patient.Post(path, path+"/price", url.Values{"asked": {price}})
		return body
	}
	for _, price := range []string{"4600", "4700", "4968"} {
		if body := asked(price); !strings.Contains(body, `role="status"`) || strings.Contains(body, `id="free-exit"`) {
			t.Errorf("at %s the page says nothing, or tells of a free exit", price)
		}
	}
	testkit.Contains(t, asked("4968.01"), `id="free-exit"`, "More than 8\u00a0% above the promise", "Promised: EUR\u00a04,600. Asked: EUR\u00a04,968.01.", "You can leave at no cost.", "2015/2302", `action="`+path+`/leave"`)
	_, arabic, _ := patient.Post("/ar"+path, "/ar"+path+"/price", url.Values{"asked": {"5200"}})
	testkit.Contains(t, arabic, `id="free-exit"`, "لك أن تنسحب بلا مقابل.")
	if status, _, next := patient.Post(path, path+"/leave", nil); status != 303 {
		t.Errorf("leaving: %d to %s", status, next)
	}
	if n := w.do(`SELECT count(*) FROM package_journeys WHERE stage = 'left'`); n != 1 {
		t.Error("the way out that the page offers leads nowhere")
	}
	b, treated := w.discharged()
	w.says(b, treated, Saying{Key: PriceKey, Verdict: WorseThan, Got: "5200"})
	after := testkit.Visit(t, testkit.Door(t, w.d, testkit.Guests{"treated": b}, w.journeyRoutes()), "treated")
	_, body, _ := after.Get(journeyPath(treated))
	testkit.Contains(t, body, `id="free-exit"`, "Asked: EUR\u00a05,200.", "You were treated already")
	if strings.Contains(body, "You can leave at no cost.") {
		t.Error("the treated are told to leave")
	}
}

// TestADraftIsHeldAgainstWhatAcceptedWishesAskedForBefore has four wishes come
// into one package; the next draft for the treatment lacks three of them.
func TestADraftIsHeldAgainstWhatAcceptedWishesAskedForBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.draft("Hair in three days")
	edit := func(p Package, part string) string { return packagePath(p.Slug) + "/edit/" + part }
	if body := b.has("selin", edit(first, "stay")); strings.Contains(body, "What the crowd asks for") {
		t.Error("a standard although no wish was ever accepted")
	}
	first, err := b.Publish(context.Background(), b.actor("selin"), first.Slug, db.Key{})
	b.must(err)
	extra := extras(3)
	wishes := []int64{b.want(first, "patient", "stay.hotel_nights", 5)}
	for i, s := range extra {
		id, _, err := b.Amend(context.Background(), b.actor([]string{"patient", "second", "second"}[i]), first.Slug, Wished{Op: Add, Key: s.Key, Value: sample(s), Reason: because}, db.Key{})
		b.must(err)
		wishes = append(wishes, id)
	}
	refused := b.want(first, "second", "stay.days", 9)
	b.pass(15)
	for _, id := range wishes {
		b.must(b.Respond(context.Background(), b.actor("selin"), id, Response{Answer: Accept, ReasonCode: Cost, Reason: because + " We can do that."}, db.Key{}))
	}
	b.must(b.Respond(context.Background(), b.actor("selin"), refused, Response{Answer: Reject, ReasonCode: Cost, Reason: because + " We cannot do that."}, db.Key{}))
	b.pass(8)
	if n := b.count(`SELECT count(*) FROM amendments WHERE state = 'merged'`); n != 4 {
		t.Fatalf("%d wishes came in", n)
	}

	p := b.draft("Hair in three days, anew")
	want := []string{"What the crowd asks for", "1 of 4 lines that accepted wishes brought into such packages.", "Missing here:"}
	for _, s := range extra {
		want = append(want, edit(p, strings.TrimSuffix(SectionOf(s.Key).Begins, "."))+"#"+s.Key, s.Name("en"))
	}
	b.has("selin", edit(p, "stay"), want...)
	b.has("selin", packagePath(p.Slug)+"/publish", want[:2]...)
	b.has("selin", "/ar"+edit(p, "stay"), extra[0].Name("ar"))
	for _, s := range extra {
		part := edit(p, strings.TrimSuffix(SectionOf(s.Key).Begins, "."))
		form := url.Values{s.Key: inputsOf(sample(s), "en")}
		for _, other := range Catalogue(fue) { // the page sends all of its lines
			if other.Mandatory && SectionOf(other.Key).Begins == SectionOf(s.Key).Begins {
				form[other.Key] = inputsOf(sample(other), "en")
			}
		}
		for _, other := range extra {
			if SectionOf(other.Key).Begins == SectionOf(s.Key).Begins {
				form[other.Key] = inputsOf(sample(other), "en")
			}
		}
		if status, body, _ := b.post("selin", part, part, form); status != 303 {
			t.Fatalf("%s: %d\n%s", part, status, body)
		}
	}
	if body := b.has("selin", edit(p, "stay"), "4 of 4 lines"); strings.Contains(body, "Missing here:") {
		t.Error("a draft that has all is said to lack something")
	}
}

// extras are votable lines of the treatment that no offer must have.
func extras(n int) []Spec {
	all := Catalogue(fue)
	all = slices.DeleteFunc(slices.Clone(all), func(s Spec) bool { return s.Mandatory || !s.Votable || s.Kind != Bool || s.Key == SilenceKey })
	return all[:n]
}
