package experience_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/experience"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

func TestElevenAnswersMakeAnExperienceThatWaitsForAModerator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.tell(t, w.patient, w.with(experience.Answers{"procedure_2": {"den.bonegraft_sinus"}, "done_2": {"added_on_arrival"}, "gap_reasons": {"extra_procedure", "unexplained"},
		"line_implant_quoted": {"3000"}, "line_implant_paid": {"3000"}, "line_surgery_paid": {"600"}, "procedure_day": {w.d.Now().Format("2006-01-02")}, "consent_research": {"yes"}}))
	if got := w.state(t, e, `state, level, counted, paid_ratio, paid_euro_minor, goal_achieved, goal_told, worst_grade, complication, array_to_string(gap_reasons, ','), origin_country, city, answered, asked`); got != "submitted 1 f 1.1500 460000 8 start 0 none extra_procedure,unexplained IE Istanbul 13 13" {
		t.Errorf("got %s", got)
	}
	if got := value[string](t, w, `SELECT string_agg(procedure_id || state, ' ' ORDER BY position) FROM experience_procedures`); got != "2performed 4added_on_arrival" {
		t.Errorf("procedures: %s", got)
	}
	if got := value[string](t, w, `SELECT string_agg(line || coalesce(quoted_minor, -1) || '/' || paid_minor, ' ' ORDER BY position) FROM experience_lines`); got != "surgery-1/60000 implant300000/300000" {
		t.Errorf("lines: %s", got)
	}
	if got := value[string](t, w, `SELECT string_agg(purpose || text_version, ' ' ORDER BY purpose) FROM experience_consents`); got != "publish2026-11 research2026-11" {
		t.Errorf("consents: %s", got)
	}
	day := w.d.Now().AddDate(0, 0, 7).Format("2006-01-02")
	if got := value[string](t, w, `SELECT string_agg(moment, ' ' ORDER BY due_on) || ' ' || min(due_on) FROM check_ins`); got != "d7 m1 m3 m6 m12 "+day {
		t.Errorf("check-ins: %s", got)
	}
	if n := value[int](t, w, `SELECT count(*) FROM moderation_cases WHERE kind = 'experience' AND opened_by IS NULL`); n != 1 {
		t.Errorf("%d cases that name nobody, want one", n)
	}
	if n := value[int](t, w, `SELECT count(*) FROM experience_drafts`); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
	w.decide(t, moderation.Verdict{Decision: "approve"})
	if got := w.state(t, e, `state, published_on`); got != "published "+w.d.Now().Format("2006-01-02") {
		t.Errorf("approved: %s", got)
	}
	if n := value[int](t, w, `SELECT count(*) FROM notifications WHERE account_id = $1 AND path LIKE '%' || $2 || '%'`, w.patient.AccountID, e.PublicID); n != 0 {
		t.Error("a notice joins the account to the experience")
	}
}

func TestWhatIsSentTwiceIsOneExperienceWithOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, k := w.draft(t, w.patient, w.answers()), key(w.patient)
	first, err := w.Submit(context.Background(), w.patient, id, "en", k)
	if err != nil {
		t.Fatal(err)
	}
	again := key(w.patient)
	for say, k := range map[string]func() (experience.Experience, error){
		"the same key, as after a lost answer": func() (experience.Experience, error) { return w.Submit(context.Background(), w.patient, id, "en", k) },
		"another key, as after going back": func() (experience.Experience, error) {
			return w.Submit(context.Background(), w.patient, id, "en", again)
		},
	} {
		e, err := k()
		if err != nil || e.ID != first.ID || e.PublicID != first.PublicID {
			t.Errorf("%s: %d %v, want %d", say, e.ID, err, first.ID)
		}
	}
	if n := value[int](t, w, `SELECT count(*) FROM experiences`); n != 1 {
		t.Errorf("%d experiences", n)
	}
	stranger := testkit.Person(t, w.d, "Stranger")
	if _, err := w.Submit(context.Background(), stranger, id, "en", key(stranger)); !errs.Is(err, errs.NotFound) {
		t.Errorf("somebody else learns about it: %v", err)
	}
}

func TestOfManySubmitsAtOnceOneIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	same := w.draft(t, w.patient, w.answers())
	ids := []string{same, same, same, w.draft(t, w.patient, w.answers()), w.draft(t, w.patient, w.answers())}
	var wg sync.WaitGroup
	results := make([]error, len(ids))
	for i, id := range ids {
		k := key(w.patient)
		wg.Go(func() { _, results[i] = w.Submit(context.Background(), w.patient, id, "en", k) })
	}
	wg.Wait()
	if n := value[int](t, w, `SELECT count(*) FROM experiences`); n != 1 {
		t.Errorf("%d experiences, want one", n)
	}
	for i, err := range results {
		if err != nil && !errs.Is(err, errs.Conflict) {
			t.Errorf("submit %d: %v", i, err)
		}
	}
	if n := value[int](t, w, `SELECT count(*) FROM authorships a JOIN experiences e ON e.id = a.experience_id WHERE a.told`); n != 1 {
		t.Errorf("%d authorships", n)
	}
}

func TestOnePersonTellsOnceAboutAClinicAndAQuarter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.tell(t, w.patient, w.answers())
	id := w.draft(t, w.patient, w.answers())
	if _, err := w.Submit(context.Background(), w.patient, id, "en", key(w.patient)); !errs.Is(err, errs.Conflict) || errs.Of(err).Key != "experience.told_already" {
		t.Fatalf("a second one: %v", err)
	}
	if there, err := w.ToldAlready(context.Background(), w.patient, id); err != nil || there != first.PublicID {
		t.Errorf("it leads to %q, %v", there, err)
	}
	before := string(visit.Of(w.d.Now()).Previous())
	w.tell(t, w.patient, w.with(experience.Answers{"quarter": {before}}))
	if err := w.Withdraw(context.Background(), w.patient, first.PublicID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Submit(context.Background(), w.patient, id, "en", key(w.patient)); err != nil {
		t.Errorf("after withdrawing the first: %v", err)
	}
}

func TestAClinicsPeopleCannotTellAboutIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	submit := func(a access.Actor) error {
		_, err := w.Submit(context.Background(), a, w.draft(t, a, w.answers()), "en", key(a))
		return err
	}
	if err := submit(w.staff); !errs.Is(err, errs.Forbidden) || errs.Of(err).Key != "experience.own_clinic" {
		t.Errorf("staff: %v", err)
	}
	left := testkit.Person(t, w.d, "Left")
	w.exec(t, `INSERT INTO affiliations (person_id, organisation_id, role, kind, source, valid_from, valid_to) VALUES ($1, $2, 'staff', 'staff', 'roster', $3, $4)`,
		left.PersonID, w.clinic.ID, w.d.Now().AddDate(-3, 0, 0), w.d.Now().AddDate(-1, 0, 0))
	err := submit(left)
	if !errs.Is(err, errs.Forbidden) || errs.Of(err).Key != "experience.former_clinic" || errs.Of(err).Args[1] != w.d.Now().AddDate(-1, 24, 0).Format("2006-01-02") {
		t.Errorf("left a year ago: %v", err)
	}
	w.exec(t, `UPDATE affiliations SET valid_to = $1 WHERE person_id = $2`, w.d.Now().AddDate(-2, 0, -1), left.PersonID)
	if err := submit(left); err != nil {
		t.Errorf("left more than two years ago: %v", err)
	}
}

func TestAVisitCodeLiftsTheLevelAndIsUsedUpOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts, err := w.visit.Look(context.Background(), w.patient, w.code(t))
	if err != nil {
		t.Fatal(err)
	}
	path, err := w.StartWithCode(context.Background(), w.patient, facts)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Split(path, "/")[3]
	if again, err := w.StartWithCode(context.Background(), w.patient, facts); err != nil || again != path {
		t.Errorf("the same code again leads to %s, %v", again, err)
	}
	for _, step := range experience.Steps {
		if _, err := w.SaveStep(context.Background(), w.patient, id, step, "en", w.answers()); err != nil {
			t.Fatal(err)
		}
	}
	e, err := w.Submit(context.Background(), w.patient, id, "en", key(w.patient))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, e, `level, counted`); got != "2 t" {
		t.Errorf("level %s", got)
	}
	other := testkit.Person(t, w.d, "Other")
	if _, err := w.StartWithCode(context.Background(), other, facts); err != nil {
		t.Fatal(err)
	}
	// The code waits in the second draft too, but can no longer be used.
	theirs := value[string](t, w, `SELECT public_id::text FROM experience_drafts WHERE account_id = $1`, other.AccountID)
	for _, step := range experience.Steps {
		if _, err := w.SaveStep(context.Background(), other, theirs, step, "en", w.answers()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Submit(context.Background(), other, theirs, "en", key(other)); !errs.Is(err, errs.Invalid) {
		t.Errorf("a used code: %v", err)
	}
	if n := value[int](t, w, `SELECT count(*) FROM experiences`); n != 1 {
		t.Errorf("%d experiences: a refused code leaves nothing behind", n)
	}
	// Added later, at one's own place.
	mine := w.tell(t, other, w.with(experience.Answers{"title": {"Another one that was told without a code"}}))
	if err := w.AddCode(context.Background(), other, mine.PublicID, w.code(t)); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, mine, `level`); got != "2" {
		t.Errorf("with a code added later: level %s", got)
	}
	if err := w.AddCode(context.Background(), other, mine.PublicID, w.code(t)); !errs.Is(err, errs.Invalid) {
		t.Errorf("a second code: %v", err)
	}
}

func TestARewardedExperienceIsShownAndNeverCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.published(t, w.patient, w.with(experience.Answers{"incentive": {"discount"}}))
	if err := w.AddCode(context.Background(), w.patient, e.PublicID, w.code(t)); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, e, `state, level, counted`); got != "published 2 f" {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsWrongWithAStoryIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	newcomer := testkit.Person(t, w.d, "Plain Pebble")
	for say, c := range map[string]struct {
		a     access.Actor
		typed experience.Answers
	}{
		"49 characters":                 {w.patient, experience.Answers{"story": {strings.Repeat("a b c", 10)[:49]}}},
		"20,001 characters":             {w.patient, experience.Answers{"story": {strings.Repeat("word ", 4000) + "x"}}},
		"only emoji":                    {w.patient, experience.Answers{"story": {strings.Repeat("🙂", 80)}}},
		"only capitals":                 {w.patient, experience.Answers{"story": {strings.ToUpper(story)}}},
		"links of an unverified author": {newcomer, experience.Answers{"story": {story + " See https://one.example and https://two.example."}}},
		"an e-mail address":             {w.patient, experience.Answers{"story": {story + " Write to me at b.f@mail.example."}}},
		"an own name":                   {w.patient, experience.Answers{"story": {story + " Yours, Beatrix Featherstone"}}},
		"an exact day, not ticked":      {w.patient, experience.Answers{"story": {story + " It was on 14 March 2026."}}},
		"a story without a title":       {w.patient, experience.Answers{"title": {""}}},
		"a goal of eleven":              {w.patient, experience.Answers{"goal_achieved": {"11"}}},
		"an amount in words":            {w.patient, experience.Answers{"paid": {"a lot"}}},
		"a known and unknown amount":    {w.patient, experience.Answers{"paid": {"10", "unknown"}}},
		"no consent":                    {w.patient, experience.Answers{"consent_publish": nil}},
		"a child":                       {w.patient, experience.Answers{"adult": nil}},
		"a quarter to come":             {w.patient, experience.Answers{"quarter": {string(visit.Of(w.d.Now()).Next())}}},
		"something wrong, not said how": {w.patient, experience.Answers{"complication": {"yes"}}},
		"a death told by the patient":   {w.patient, experience.Answers{"complication": {"yes"}, "c_treatment": {"died"}, "c_intensive": {"no"}, "c_discharge": {"unknown"}}},
	} {
		id := w.draft(t, c.a, w.with(c.typed))
		if _, err := w.Submit(context.Background(), c.a, id, "en", key(c.a)); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", say, err)
		}
		if err := w.Discard(context.Background(), c.a, id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnknownAndRatherNotAreAnswersAndNeverGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.tell(t, w.patient, w.with(experience.Answers{"origin_country": {"rather_not"}, "goal_achieved": {"rather_not"}, "complication": {"unknown"}, "would_repeat": {"unknown"},
		"quoted": {"unknown"}, "paid": {"unknown"}, "incentive": {"unknown"}}))
	if got := w.state(t, e, `coalesce(goal_achieved::text, '-'), complication, coalesce(worst_grade::text, '-'), coalesce(paid_minor::text, '-'), coalesce(origin_country, '-'), incentive, answered, asked`); got != "- unknown - - - unknown 6 13" {
		t.Errorf("got %s", got)
	}
}

func TestAComplicationIsGradedFromThreeAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.tell(t, w.patient, w.with(experience.Answers{"complication": {"yes"}, "c_treatment": {"medicine"}, "c_intensive": {"no"}, "c_discharge": {"yes"}, "c_kind": {"infection"}, "c_where": {"home"}, "c_payer": {"public"}, "c_onset": {"٩"}}))
	if got := value[string](t, w, `SELECT concat_ws(' ', told, kind, onset_day, grade, at_discharge, treated_where, payer, resolved, reoperation) FROM complications`); got != "start infection 9 2 t home public unknown no" {
		t.Errorf("got %s", got)
	}
	if got := w.state(t, e, `complication, worst_grade`); got != "yes 2" {
		t.Errorf("got %s", got)
	}
}

func TestNamesThatAreLeftAreCoveredWhenPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	typed := w.with(experience.Answers{"story": {story + " Nurse Ayse Yilmaz held my hand."}})
	id := w.draft(t, w.patient, typed)
	if _, err := w.Submit(context.Background(), w.patient, id, "en", key(w.patient)); !errs.Is(err, errs.Invalid) {
		t.Fatalf("without a tick: %v", err)
	}
	typed["leaks_seen"] = []string{"yes"}
	if _, err := w.SaveStep(context.Background(), w.patient, id, "went", "en", typed); err != nil {
		t.Fatal(err)
	}
	// Other words need another tick.
	changed := w.with(experience.Answers{"story": {story + " Nurse Fatma Demir held my hand."}})
	if _, err := w.SaveStep(context.Background(), w.patient, id, "went", "en", changed); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Submit(context.Background(), w.patient, id, "en", key(w.patient)); !errs.Is(err, errs.Invalid) {
		t.Fatalf("with a tick of other words: %v", err)
	}
	if _, err := w.SaveStep(context.Background(), w.patient, id, "went", "en", typed); err != nil {
		t.Fatal(err)
	}
	e, err := w.Submit(context.Background(), w.patient, id, "en", key(w.patient))
	if err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, w, `SELECT substring(convert_to(e.story, 'UTF8') from m.first_byte + 1 for m.end_byte - m.first_byte)::text FROM experience_masks m JOIN experiences e ON e.id = m.experience_id WHERE m.made_by IS NULL`); got == "" {
		t.Error("nothing is covered")
	}
	item, err := w.Subjects()[0].About(context.Background(), e.ID)
	if err != nil || strings.Contains(item.Excerpt, "Yilmaz") || item.AuthorAccountID != 0 {
		t.Errorf("the desk sees %+v, %v", item, err)
	}
}

func TestWhatIsToldBeforeTheAddressIsConfirmedWaitsForThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := testkit.Person(t, w.d, "Early", testkit.Unconfirmed)
	e := w.tell(t, early, w.answers())
	if n := value[int](t, w, `SELECT count(*) FROM moderation_cases`); n != 0 || w.state(t, e, "level") != "0" {
		t.Errorf("%d cases, level %s", n, w.state(t, e, "level"))
	}
	w.exec(t, `UPDATE identities SET verified_at = now() WHERE account_id = $1`, early.AccountID)
	for range 2 { // confirmed once more changes nothing
		if err := w.confirm(early); err != nil {
			t.Fatal(err)
		}
	}
	if n := value[int](t, w, `SELECT count(*) FROM moderation_cases`); n != 1 || w.state(t, e, "level") != "1" {
		t.Errorf("%d cases, level %s", n, w.state(t, e, "level"))
	}
}

func TestOriginAndAgeAreShownFromFiveOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var last experience.Experience
	for i, name := range []string{"One", "Two", "Three", "Four", "Five"} {
		last = w.published(t, testkit.Person(t, w.d, "Pebble"+strings.Repeat("x", i)), w.with(experience.Answers{"age_band": {"35-44"}, "title": {"Kind people and a long bill, number " + strings.ToLower(name)}}))
		n := value[int](t, w, `SELECT count(*) FROM experiences WHERE shown_origin AND shown_age AND state = 'published'`)
		if want := 5 * (i / 4); n != want {
			t.Errorf("after %d: %d show where they came from, want %d", i+1, n, want)
		}
	}
	person := value[int64](t, w, `SELECT person_id FROM authorships WHERE experience_id = $1`, last.ID)
	if err := w.Withdraw(context.Background(), access.Actor{PersonID: person}, last.PublicID); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, w, `SELECT count(*) FROM experiences WHERE shown_origin OR shown_age`); n != 0 {
		t.Errorf("with four left %d still show it", n)
	}
}
