package shaping

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

func TestFiftyAtOnceGetThreePlaces(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.do(`UPDATE package_commitments SET capacity = 3 WHERE id = ? RETURNING id`, w.c.ID)
	people := make([]access.Actor, 50)
	for i := range people {
		people[i] = w.patient()
	}
	results := make([]error, len(people))
	var all sync.WaitGroup
	for i, a := range people {
		all.Go(func() { _, results[i] = w.Enrol(context.Background(), a, w.p.Slug, db.Key{}) })
	}
	all.Wait()
	in := 0
	for i, err := range results {
		switch {
		case err == nil:
			in++
		case errs.Of(err).Key != "shaping.enrol_full":
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := w.do(`SELECT count(*) FROM package_journeys WHERE stage = 'enrolled'`); in != 3 || n != 3 {
		t.Errorf("%d told so, %d places taken, want 3", in, n)
	}
	if f := w.facts(); f.PlacesLeft != 0 {
		t.Errorf("%d places left", f.PlacesLeft)
	}
}

func TestAPlaceIsTakenOnceAndGivenBackBeforeTreatment(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a := w.patient()
	w.do(`INSERT INTO package_interests (person_id, package_id, account_id, version_id, price_max_minor, readiness, state, confirmed_at, expires_at) VALUES (?, ?, ?, ?, 460000, 'ready', 'active', ?, ?) RETURNING 1`,
		a.PersonID, w.p.ID, a.AccountID, w.c.VersionID, w.d.Now(), w.d.Now().AddDate(0, 0, 90))
	id := w.enrol(a)
	if again := w.enrol(a); again != id {
		t.Errorf("a second place: %s, %s", id, again)
	}
	if n := w.do(`SELECT count(*) FROM package_interests WHERE state = 'converted'`); n != 1 {
		t.Error("the interest did not become the journey")
	}
	if f := w.facts(); f.PlacesLeft != places-1 {
		t.Errorf("%d places left", f.PlacesLeft)
	}
	if err := w.Leave(context.Background(), a, id); err != nil {
		t.Fatal(err)
	}
	if f := w.facts(); f.PlacesLeft != places {
		t.Errorf("after leaving %d places left", f.PlacesLeft)
	}
	if n := w.do(`SELECT count(*) FROM package_interests WHERE state = 'needs_confirm'`); n != 1 {
		t.Error("the interest is not open again")
	}
	if back := w.enrol(a); back != id {
		t.Errorf("coming back made another journey")
	}
	if err := w.SayTreated(context.Background(), a, id, w.d.Now().Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	if err := w.Leave(context.Background(), a, id); errs.Of(err).Key != "shaping.journey_treated" {
		t.Errorf("left after the treatment: %v", err)
	}
	b := w.patient()
	w.enrol(b)
	w.write(func(tx *db.Tx) error { return w.Released(tx, b.AccountID) })
	if n := w.do(`SELECT count(*) FROM package_journeys WHERE person_id = ? AND stage = 'left'`, b.PersonID); n != 1 {
		t.Error("an account that is closed keeps its place")
	}
}

func TestAPlaceIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	other := testkit.Organisation(t, w.d, "clinic", "Ayazma Hair")
	try := func(a access.Actor) string {
		_, err := w.Enrol(context.Background(), a, w.p.Slug, db.Key{})
		return errs.Of(err).Key
	}
	t1 := w.patient()
	t1.Trust = 1
	for name, c := range map[string]struct {
		a    access.Actor
		want string
	}{
		"an address alone": {t1, "shaping.need_trust"}, "own staff": {w.staff, "shaping.enrol_staff"},
		"another clinic's": {testkit.Person(t, w.d, "Rival", testkit.T2, testkit.StaffOf(other, "doctor")), "shaping.enrol_staff"},
		"a moderator":      {testkit.Person(t, w.d, "Mod", testkit.T2, testkit.Moderator), "shaping.enrol_platform"},
	} {
		if got := try(c.a); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	a := w.patient()
	for _, s := range States {
		if s == Committed || s == Reporting || s == Draft {
			continue
		}
		w.state(w.p, s)
		if got := try(a); got != "shaping.not_in_this_state" {
			t.Errorf("%s: %q", s, got)
		}
	}
	w.state(w.p, Committed)
	w.do(`UPDATE package_commitments SET state = 'suspended' WHERE id = ? RETURNING id`, w.c.ID)
	if got := try(a); got != "shaping.enrol_closed" {
		t.Errorf("suspended: %q", got)
	}
	w.do(`UPDATE package_commitments SET state = 'active' WHERE id = ? RETURNING id`, w.c.ID)
	w.later(200)
	if got := try(a); got != "shaping.enrol_over" {
		t.Errorf("after the last day: %q", got)
	}
}

func TestAJourneyIsThereForItsPatientAlone(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, id := w.discharged()
	thief := w.patient()
	for name, err := range map[string]error{
		"leave": w.Leave(context.Background(), thief, id), "treated": w.SayTreated(context.Background(), thief, id, "2026-10-30"),
		"link": w.Link(context.Background(), thief, id, true), "need": w.SayNeeded(context.Background(), thief, id, 1, true),
	} {
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Say(context.Background(), thief, id, "en", []Saying{{Key: PriceKey, Verdict: Kept}}); !errs.Is(err, errs.NotFound) {
		t.Errorf("say: %v", err)
	}
	if n := w.do(`SELECT count(*) FROM package_verdicts v JOIN package_journeys j ON j.id = v.journey_id WHERE j.person_id = ?`, a.PersonID); n == 0 {
		t.Error("what a person is asked about is not found by the person")
	}
}

func TestPromisesAreAskedAboutOnTheirDayAndOnce(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, id := w.discharged()
	due := func() (keys []string) {
		for _, v := range w.journey(a, id).Asking {
			for _, x := range v.Items {
				keys = append(keys, x.Key)
			}
		}
		slices.Sort(keys)
		return keys
	}
	if got := strings.Join(due(), " "); got != "price.total stay.hotel_nights team.surgeon" {
		t.Errorf("at discharge: %s", got)
	}
	remind := func() (notices, mails int64) {
		t.Helper()
		if err := w.RemindVerdicts(context.Background()); err != nil {
			t.Fatal(err)
		}
		return w.do(`SELECT count(*) FROM notifications WHERE kind = 'promise_due' AND account_id = ?`, a.AccountID), w.do(`SELECT count(*) FROM river.river_job WHERE kind = 'mail' AND args->>'letter' = 'promise_due'`)
	}
	for range 2 {
		if n, m := remind(); n != 1 || m != 1 {
			t.Fatalf("%d notices, %d mails at discharge", n, m)
		}
	}
	if _, err := w.Say(context.Background(), a, id, "en", []Saying{{Key: "aftercare.answer_hours", Verdict: Kept}}); errs.Of(err).Key != "shaping.verdict_early" {
		t.Errorf("judged before its day: %v", err)
	}
	w.says(a, id, Saying{Key: PriceKey, Verdict: Kept}, Saying{Key: "stay.hotel_nights", Verdict: TooEarly}, Saying{Key: "team.surgeon", Verdict: NotApplicable})
	if got := due(); len(got) != 0 {
		t.Errorf("asked again at once: %s", got)
	}
	w.later(31)
	if got := strings.Join(due(), " "); got != "aftercare.answer_hours stay.hotel_nights" {
		t.Errorf("after a month: %s", got)
	}
	if _, m := remind(); m != 2 {
		t.Errorf("%d mails after a month", m)
	}
	if n := w.do(`SELECT count(*) FROM package_verdicts v JOIN package_items i ON i.id = v.item_id WHERE i.key IN ('risk.implant_loss', 'care.emergency')`); n != 0 {
		t.Error("asked about what nobody can judge")
	}
}

// journey is the page of a person's journey in English.
func (w *ward) journey(a access.Actor, id string) JourneyView {
	w.t.Helper()
	u, err := w.ownJourney(w.read(), a, id)
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := w.journeyView(w.read(), "en", u, typedJourney{})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func TestTheOwnExperienceProvesTheVisitAndNothingIsAskedTwice(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a := w.patient()
	id := w.enrol(a)
	experienceID := w.tells(a, 1)
	w.follow()
	v := w.journey(a, id)
	if v.Stage != StageTreated || v.Proven || v.Experience == "" {
		t.Fatalf("%s, proven %v, experience %q", v.Stage, v.Proven, v.Experience)
	}
	if f := w.facts(); f.Treated != 0 {
		t.Error("a visit that nobody has shown counts as treated")
	}
	known := map[string]AskView{}
	for _, s := range v.Asking {
		for _, x := range s.Items {
			known[x.Key] = x
		}
	}
	if x := known[PriceKey]; !x.Known || x.Got != "4550" || !chosen(x, Kept) {
		t.Errorf("price: %+v", x)
	}
	if x := known["team.surgeon"]; !x.Known || !chosen(x, NotDelivered) {
		t.Errorf("surgeon: %+v", x)
	}
	w.do(`INSERT INTO experience_sealed (experience_id, answers) VALUES (?, jsonb_build_object('discharge_day', jsonb_build_array(?::text))) RETURNING 1`, experienceID, w.d.Now().AddDate(0, 0, -1).Format(time.DateOnly))
	w.do(`UPDATE experiences SET level = 2 WHERE id = ? RETURNING id`, experienceID)
	w.follow()
	if f := w.facts(); f.Treated != 0 {
		t.Error("a treatment that was over before the place was taken proves it")
	}
	w.do(`DELETE FROM experience_sealed WHERE experience_id = ? RETURNING 1`, experienceID)
	w.follow()
	if f := w.facts(); f.Treated != 1 || !w.journey(a, id).Proven {
		t.Error("the visit is proven, and the journey does not know")
	}
	w.do(`UPDATE experiences SET state = 'withdrawn' WHERE id = ? RETURNING id`, experienceID)
	w.follow()
	if f := w.facts(); f.Treated != 0 {
		t.Error("a withdrawn experience still proves")
	}
}

func TestWhatWasSaidOfPromisesIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, id := w.discharged()
	experienceID := w.tells(a, 2)
	said := func() map[string]string {
		t.Helper()
		m, err := w.SaidAlready(w.read(), experienceID)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := said(); len(m) != 1 || m["discharge_day"] != w.d.Now().Format(time.DateOnly) {
		t.Errorf("before any verdict: %v", m)
	}
	w.says(a, id, Saying{Key: "stay.hotel_nights", Got: "3"}, Saying{Key: "team.surgeon", Verdict: Kept}, Saying{Key: PriceKey, Verdict: Kept, Got: "4600"})
	if m := said(); len(m) != 3 || m["nights_hotel"] != "3" || m["operator_as_promised"] != "yes" {
		t.Errorf("got %v", m)
	}
}

func chosen(x AskView, v Verdict) bool {
	return slices.ContainsFunc(x.Verdicts, func(c ChoiceView) bool { return c.Value == string(v) && c.Chosen })
}

func TestAnExperienceSaysWhatItFollowedOnlyAmongFive(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	var ids []int64
	for i := range 5 {
		a, id := w.discharged()
		ids = append(ids, w.tells(a, 2))
		w.follow()
		if i == 4 {
			break
		}
		if err := w.Link(context.Background(), a, id, true); err != nil {
			t.Fatal(err)
		}
	}
	said := func(i int) bool {
		t.Helper()
		v, err := w.FollowedBy(w.read(), "en", ids[i])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(v), `href="/packages/galata-all-on-4/versions/1"`)
	}
	if said(0) {
		t.Error("said of one of four")
	}
	w.do(`UPDATE package_journeys SET linked = true RETURNING 1`)
	if !said(0) || !said(4) {
		t.Error("not said of five")
	}
	w.do(`UPDATE package_journeys SET linked = false WHERE person_id = (SELECT person_id FROM authorships WHERE experience_id = ?) RETURNING 1`, ids[4])
	if said(4) || said(0) {
		t.Error("said although one does not want it")
	}
}
