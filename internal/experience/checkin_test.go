package experience_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/errs"
	"caravan/internal/experience"
	"caravan/internal/testkit"
)

const day = 24 * time.Hour

// treatedToday is a published experience with a visit code and the exact day.
func (w world) treatedToday(t *testing.T, changes experience.Answers) experience.Experience {
	t.Helper()
	typed := w.with(changes)
	typed["procedure_day"] = []string{w.d.Now().Format(time.DateOnly)}
	e := w.published(t, w.patient, typed)
	if err := w.AddCode(context.Background(), w.patient, e.PublicID, w.code(t)); err != nil {
		t.Fatal(err)
	}
	return e
}

func (w world) ask(t *testing.T) {
	t.Helper()
	if err := w.Ask(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// asked is an experience whose author was asked so many days after the treatment,
// with the token of the link that they got.
func (w world) asked(t *testing.T, days time.Duration) (e experience.Experience, token string) {
	t.Helper()
	e = w.treatedToday(t, nil)
	w.clock.Move(days * day)
	w.ask(t)
	return e, w.link(t)
}

func (w world) checkIns(t *testing.T) string {
	t.Helper()
	return value[string](t, w, `SELECT string_agg(moment || ':' || status, ' ' ORDER BY due_on) FROM check_ins`)
}

func TestAYearOfCheckInsWithAMovedClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.treatedToday(t, nil)
	w.clock.Move(6 * day)
	w.ask(t)
	if got := w.checkIns(t); got != "d7:coming m1:coming m3:coming m6:coming m12:coming" {
		t.Fatalf("a day early: %s", got)
	}
	w.clock.Move(day)
	var wg sync.WaitGroup
	for range 3 { // several nodes
		wg.Go(func() {
			if err := w.Ask(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	token := w.link(t)
	if box, err := w.mail.Box(); err != nil || len(box) != 1 {
		t.Fatalf("%d mails, %v; want one", len(box), err)
	}
	if n := value[int](t, w, `SELECT count(*) FROM check_ins WHERE token_hash IS NOT NULL AND encode(token_hash, 'escape') <> $1`, token); n != 1 {
		t.Errorf("%d hashes are kept", n)
	}
	k := key(w.patient)
	in := experience.Answers{"tap_goal": {"5"}, "tap_complication": {"yes"}, "tap_worth_it": {"unsure"}, "tap_note": {"Still swollen on the left side"}, "c_treatment": {"medicine"}, "c_intensive": {"no"}, "nights_before_flight": {"6"}, "consent_lang": {"en"}, "interpreter": {"independent"}, "travel_cost": {"420"}, "travel_cost_currency": {"EUR"}}
	for range 2 { // a double click
		if err := w.AnswerLink(context.Background(), token, "en", in, k); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AnswerLink(context.Background(), token, "en", in, key(w.patient)); !errs.Is(err, errs.Gone) {
		t.Errorf("the link works again: %v", err)
	}
	if got := w.state(t, e, `level, goal_achieved, goal_told, worth_it, complication, worst_grade, nights_before_flight, consent_lang, interpreter, details->'travel_cost'->>0`); got != "2 5 d7 unsure yes 2 6 en independent 42000 EUR" {
		t.Errorf("after a week: %s", got)
	}
	w.clock.Move(80 * day) // past m1, whose 30 days begin after a month
	w.ask(t)
	if got := w.checkIns(t); got != "d7:done m1:missed m3:coming m6:coming m12:coming" {
		t.Errorf("after 87 days: %s", got)
	}
	w.clock.Move(6 * day)
	w.ask(t)
	before := w.state(t, e, `answered`)
	if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "m3", "en", experience.Answers{"tap_goal": {"9"}, "tap_complication": {"none"}, "tap_worth_it": {"yes"}, "would_travel_again": {"yes"}}); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, e, `level, counted, goal_achieved, goal_told, worth_it, complication, worst_grade`); got != "4 t 9 m3 yes yes 2" {
		t.Errorf("after three months: %s", got)
	}
	if got := w.state(t, e, `answered`); got <= before {
		t.Errorf("answered %s, before %s", got, before)
	}
	w.clock.Move(400 * day)
	w.ask(t)
	if got := w.checkIns(t); got != "d7:done m1:missed m3:done m6:missed m12:missed" {
		t.Errorf("at the end: %s", got)
	}
	if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "m12", "en", experience.Answers{"tap_goal": {"9"}}); !errs.Is(err, errs.Gone) {
		t.Errorf("a missed one is answered: %v", err)
	}
}

func TestACheckInThatContradictsLiftsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.treatedToday(t, nil)
	w.clock.Move(95 * day)
	if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "m3", "en", experience.Answers{"tap_goal": {"9"}, "tap_differs": {"yes"}}); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, e, `level`); got != "2" {
		t.Errorf("level %s", got)
	}
}

func TestALinkEndsAfterFourteenDaysAndWithTheExperience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, token := w.asked(t, 7)
	w.clock.Move(14 * day)
	if _, err := w.Linked(context.Background(), token); !errs.Is(err, errs.Gone) {
		t.Errorf("after 14 days: %v", err)
	}
	// Signed in it can still be answered, while it is open.
	if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "d7", "en", experience.Answers{"tap_goal": {"too_early"}}); err != nil {
		t.Errorf("signed in: %v", err)
	}
	w.clock.Move(10 * day)
	w.ask(t)
	token = w.link(t)
	if err := w.Withdraw(context.Background(), w.patient, e.PublicID); err != nil {
		t.Fatal(err)
	}
	if err := w.AnswerLink(context.Background(), token, "en", experience.Answers{"tap_goal": {"3"}}, key(w.patient)); !errs.Is(err, errs.Gone) {
		t.Errorf("after withdrawing: %v", err)
	}
}

func TestNobodyIsAskedAboutWhatIsNotPublishedOrByAClosedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	typed := w.with(experience.Answers{"procedure_day": {w.d.Now().Format(time.DateOnly)}})
	w.tell(t, w.patient, typed)
	other := testkit.Person(t, w.d, "Quiet Heron")
	w.published(t, other, typed)
	w.exec(t, `UPDATE accounts SET closed_at = now() WHERE id = $1`, other.AccountID)
	w.clock.Move(8 * day)
	w.ask(t)
	if n := value[int](t, w, `SELECT count(*) FROM check_ins WHERE status = 'asked'`); n != 0 {
		t.Errorf("%d asked", n)
	}
	w.clock.Move(30 * day)
	w.ask(t)
	if got := value[string](t, w, `SELECT string_agg(DISTINCT status, ' ') FROM check_ins WHERE moment = 'd7'`); got != "missed" {
		t.Errorf("a month later: %s", got)
	}
}

func TestWhatWasAnsweredIsNotAskedAgain(t *testing.T) {
	names := func(fields []experience.Field) map[string]bool {
		m := map[string]bool{}
		for _, f := range fields {
			m[f.Name] = true
		}
		return m
	}
	known := experience.Answers{"visa_type": {"unknown"}, "nights_hotel": {"5"}, "out_function": {"7"}, "revision_where": {"home"}}
	at := names(experience.AskedAt("m3", "function_0_10", known, false))
	for name, want := range map[string]bool{"visa_type": false, "nights_hotel": false, "flight_hours": true, "out_function": true, "out_pain": false, "revision_where": false, "revision_cost": true, "sex_at_birth": true, "title": false, "tap_goal": false} {
		if at[name] != want {
			t.Errorf("%s asked at three months: %v, want %v", name, at[name], want)
		}
	}
	link := names(experience.AskedAt("m3", "", nil, true))
	for _, name := range []string{"flight_hours", "sex_at_birth", "out_function", "surgeon"} {
		if link[name] {
			t.Errorf("%s is asked through a link, which would tell something", name)
		}
	}
}

func TestAnEmptyCheckInAndOneWithALeakAreSentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.treatedToday(t, nil)
	w.clock.Move(8 * day)
	for say, in := range map[string]experience.Answers{
		"empty":            {},
		"own name":         {"tap_goal": {"4"}, "tap_note": {"Greetings from Beatrix Featherstone"}},
		"exact day":        {"tap_note": {"On 14 March 2026 it began to hurt"}},
		"goal of eleven":   {"tap_goal": {"11"}},
		"death by patient": {"tap_complication": {"yes"}, "c_treatment": {"died"}},
	} {
		if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "d7", "en", in); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", say, err)
		}
	}
	if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "m1", "en", experience.Answers{"tap_goal": {"4"}}); !errs.Is(err, errs.Conflict) {
		t.Errorf("too early: %v", err)
	}
	if err := w.AnswerCheckIn(context.Background(), w.patient, e.PublicID, "d7", "en", experience.Answers{"decline": {"1"}}); err != nil {
		t.Fatal(err)
	}
	if got := w.checkIns(t); !strings.HasPrefix(got, "d7:declined") {
		t.Errorf("declined: %s", got)
	}
}

func TestEveryMailSaysNothingOfTheMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, _ := w.asked(t, 8)
	box, err := w.mail.Box()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range box {
		for _, secret := range []string{w.clinic.Name, "implant", "All-on", e.Pseudonym, e.PublicID, "Featherstone"} {
			if strings.Contains(l.Subject+l.Body, secret) {
				t.Errorf("a mail says %q", secret)
			}
		}
	}
}
