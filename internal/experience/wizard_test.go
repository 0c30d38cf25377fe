package experience_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"caravan/internal/experience"
	"caravan/internal/testkit"
)

// form is a step of the eleven answers as a browser sends it.
func form(a experience.Answers, names ...string) url.Values {
	f := url.Values{"go": {"next"}}
	for _, n := range names {
		for _, v := range a[n] {
			f.Add(n, v)
		}
	}
	return f
}

// steps are the fields of each step's page, in their order.
var steps = [][]string{
	{"clinic", "procedure", "quarter"}, {"author_role", "adult", "origin_country"}, {"title", "story", "goal_achieved", "complication", "would_repeat"},
	{"quoted", "quoted_currency", "paid", "paid_currency", "incentive"},
}

// door serves the pages to the world's people.
func (w world) door(t testing.TB) func(who string) testkit.Visitor {
	t.Helper()
	srv := testkit.Door(t, w.d, testkit.Guests{"patient": w.patient, "staff": w.staff}, w.Routes())
	return func(who string) testkit.Visitor { return testkit.Visit(t, srv, who) }
}

// begin opens a draft and returns the address before its steps.
func begin(t testing.TB, v testkit.Visitor) string {
	t.Helper()
	status, body, to := v.Post("/experiences/tell", "/experiences/tell", nil)
	if status != http.StatusSeeOther || !strings.HasSuffix(to, "/where") {
		t.Fatalf("%d %s %s", status, to, body)
	}
	return strings.TrimSuffix(to, "where")
}

func TestTheStepsLeadToAnExperienceWithoutScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.door(t)("patient")
	draft := begin(t, v)
	for i, names := range steps {
		here, next := draft+experience.Steps[i], draft+experience.Steps[i+1]
		// What is missing is said at the field, and what was typed stays.
		status, body, _ := v.Post(here, here, form(w.answers(), names[1:]...))
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="`+names[0]+`-err"`) && !strings.Contains(body, `class="err" id="`+names[0]) {
			t.Errorf("step %d without %s: %d", i, names[0], status)
		}
		if i == 2 {
			testkit.Contains(t, body, story)
		}
		status, _, to := v.Post(here, here, form(w.answers(), names...))
		if status != http.StatusSeeOther || to != next+"?done=draft_saved" {
			t.Fatalf("step %d: %d %s", i, status, to)
		}
	}
	send := draft + "send"
	_, body, _ := v.Get(send)
	testkit.Contains(t, body, "How it will look", story, "8 of 10", "4,600", "Galata Dental", "about 1 patient fits this")
	status, body, _ := v.Post(send, send, url.Values{"go": {"next"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without consent: %d", status)
	}
	testkit.Contains(t, body, `id="consent_publish-err"`)
	status, _, to := v.Post(send, send, url.Values{"go": {"next"}, "consent_publish": {"yes"}, "consent_relay": {"yes"}})
	if status != http.StatusSeeOther || to != "/me/experiences?done=experience_sent" {
		t.Fatalf("%d %s", status, to)
	}
	if status, _, to = v.Post("/experiences/tell", send, url.Values{"go": {"next"}, "consent_publish": {"yes"}}); status != http.StatusSeeOther || to != "/me/experiences?done=experience_sent" {
		t.Errorf("sent again after going back: %d %s", status, to)
	}
	if status, _, to = v.Get(draft + "went"); status != http.StatusSeeOther || to != "/me/experiences" {
		t.Errorf("the draft that was sent: %d %s", status, to)
	}
	if n := value[int](t, w, `SELECT count(*) FROM experiences`); n != 1 {
		t.Errorf("%d experiences", n)
	}
	_, body, _ = v.Get("/me/experiences")
	testkit.Contains(t, body, "Kind people, and a bill that grew on the day", "waits for a moderator", "A visit code from the clinic shows")
}

func TestADraftIsSavedWhileItIsTypedAndCanBeLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.door(t)("patient")
	draft := begin(t, v)
	here := draft + "went"
	status, _, to := v.Post(here, here, url.Values{"go": {"leave"}, "title": {"Half a"}, "story": {"On 14 March"}})
	if status != http.StatusSeeOther || to != "/me/experiences?done=draft_saved" {
		t.Errorf("left: %d %s", status, to)
	}
	_, body, _ := v.Get(here)
	testkit.Contains(t, body, `value="Half a"`, "On 14 March</textarea>")
	_, body, _ = v.Get("/me/experiences")
	testkit.Contains(t, body, "Half a", "/discard")
	// Another person's draft is not there.
	other := w.door(t)("staff")
	for _, path := range []string{here, draft + "send"} {
		if status, _, _ := other.Get(path); status != http.StatusNotFound {
			t.Errorf("%s for somebody else: %d", path, status)
		}
	}
	if status, _, _ := v.Get("/experiences/drafts/not-an-id/went"); status != http.StatusNotFound {
		t.Errorf("no id: %d", status)
	}
}

func TestPeopleOfTheClinicLearnAtTheFirstStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.door(t)("staff")
	draft := begin(t, v)
	status, body, _ := v.Post(draft+"where", draft+"where", form(w.answers(), steps[0]...))
	if status != http.StatusForbidden {
		t.Errorf("%d", status)
	}
	testkit.Contains(t, body, "You work for this clinic")
}

func TestASecondOneLeadsToTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.tell(t, w.patient, w.answers())
	second := w.draft(t, w.patient, w.answers())
	v := w.door(t)("patient")
	send := "/experiences/drafts/" + second + "/send"
	status, body, _ := v.Post(send, send, url.Values{"go": {"next"}, "consent_publish": {"yes"}})
	if status != http.StatusConflict {
		t.Errorf("%d", status)
	}
	testkit.Contains(t, body, `href="/me/experiences/`+first.PublicID+`/edit"`)
}

func TestACheckInTakesThreeTapsAndShowsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, token := w.asked(t, 7)
	v := w.door(t)("")
	status, body, _ := v.Get("/check-in/" + token)
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	for _, secret := range []string{"Galata", "All-on", e.Pseudonym, e.PublicID, "Kind people", "Featherstone", "Beatrix"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page says %q", secret)
		}
	}
	if status, _, _ := v.Post("/check-in/"+token, "/check-in/"+token, url.Values{}); status != http.StatusUnprocessableEntity {
		t.Errorf("empty: %d", status)
	}
	status, _, to := v.Post("/check-in/"+token, "/check-in/"+token, url.Values{"tap_goal": {"6"}, "tap_complication": {"none"}, "tap_worth_it": {"yes"}})
	if status != http.StatusSeeOther || to != "/check-in/thanks" {
		t.Fatalf("%d %s", status, to)
	}
	for _, path := range []string{"/check-in/" + token, "/check-in/AAAAAAAA"} {
		if status, _, _ := v.Get(path); status != http.StatusGone {
			t.Errorf("%s: %d, want Gone", path, status)
		}
	}
	if got := w.state(t, e, `goal_achieved, worth_it`); got != "6 yes" {
		t.Errorf("kept: %s", got)
	}
	if n := value[int](t, w, `SELECT count(*) FROM idempotency_keys WHERE route LIKE '%' || $1 || '%' OR address LIKE '%' || $1 || '%'`, token); n != 0 {
		t.Error("the secret of the link is kept beside its hash")
	}
}

func TestOwnPagesEditAndWithdraw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.treatedToday(t, nil)
	v := w.door(t)("patient")
	edit := "/me/experiences/" + e.PublicID + "/edit"
	status, body, _ := v.Post(edit, edit, url.Values{"version": {"1"}, "title": {"Short"}, "story": {story + " And then some."}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a short title: %d", status)
	}
	testkit.Contains(t, body, "And then some.")
	if status, _, to := v.Post(edit, edit, url.Values{"version": {"1"}, "title": {"Kind people, and a longer bill"}, "story": {story + " And then some."}}); status != http.StatusSeeOther {
		t.Errorf("%d %s", status, to)
	}
	if status, _, _ := v.Post(edit, edit, url.Values{"version": {"1"}, "title": {"Kind people, and a longer bill still"}, "story": {story}}); status != http.StatusConflict {
		t.Errorf("from an old page: %d", status)
	}
	w.clock.Move(8 * day)
	_, body, _ = v.Get("/me/experiences")
	testkit.Contains(t, body, "V2", "/check-ins/d7", "Kind people, and a longer bill")
	checkIn := "/me/experiences/" + e.PublicID + "/check-ins/d7"
	_, body, _ = v.Get(checkIn)
	testkit.Contains(t, body, "How is it after 1 week?", "The journey")
	if status, _, to := v.Post(checkIn, checkIn, url.Values{"tap_goal": {"7"}, "nights_hotel": {"4"}}); status != http.StatusSeeOther || to != "/me/experiences?done=checked_in" {
		t.Errorf("%d %s", status, to)
	}
	leave := "/me/experiences/" + e.PublicID + "/withdraw"
	for range 2 {
		if status, _, to := v.Post("/experiences/tell", leave, nil); status != http.StatusSeeOther {
			t.Errorf("%d %s", status, to)
		}
	}
	_, body, _ = v.Get("/me/experiences")
	testkit.Contains(t, body, "Withdrawn by you")
	stranger := w.door(t)("staff")
	for _, path := range []string{edit, leave, checkIn} {
		if status, _, _ := stranger.Get(path); status != http.StatusNotFound {
			t.Errorf("%s for somebody else: %d", path, status)
		}
	}
}

// TestTheWritersNameAndAddressAppearNowhere plants a real name and an e-mail
// address and reads every page of this feature, as everybody who can open it.
func TestTheWritersNameAndAddressAppearNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, token := w.asked(t, 8)
	canary := regexp.MustCompile(`(?i)beatrix|featherstone|@test\.example`)
	door := w.door(t)
	for who, paths := range map[string][]string{
		"":      {"/experiences", "/experiences/" + e.PublicID, "/experiences/" + e.PublicID + "/history", "/check-in/" + token, "/api/v1/experiences", "/api/v1/experiences/" + e.PublicID},
		"staff": {"/experiences", "/experiences/" + e.PublicID, "/experiences/tell"},
	} {
		for _, path := range paths {
			status, body, _ := door(who).Get(path)
			if status != http.StatusOK {
				t.Errorf("%s: %d", path, status)
			}
			if found := canary.FindString(body); found != "" {
				t.Errorf("%s says %q", path, found)
			}
		}
	}
	for _, table := range []string{"experiences", "check_ins", "complications", "moderation_cases", "moderation_decisions", "notifications", "search_titles", "idempotency_keys"} {
		var all string
		if err := w.d.Pool().QueryRow(context.Background(), `SELECT coalesce(string_agg(x::text, ' '), '') FROM `+table+` x`).Scan(&all); err != nil {
			t.Fatal(err)
		}
		if found := canary.FindString(all); found != "" {
			t.Errorf("table %s holds %q", table, found)
		}
	}
}
